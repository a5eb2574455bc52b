import type { DatabaseSync } from 'node:sqlite'

/**
 * A policy that is kept in a table of its own: what is given holds from now on, else what was kept, else the standard.
 * `check` throws when the policy cannot be, or cannot follow the one that was kept.
 */
export function keepPolicy <T extends object> (database: DatabaseSync, table: string, standard: T, given: Partial<T> | undefined, check: (policy: T, kept?: T) => void): T {
  const row = database.prepare(`SELECT policy FROM ${table}`).get()
  const kept: T | undefined = row == null ? undefined : { ...standard, ...JSON.parse(String(row.policy)) }
  const policy = { ...kept ?? standard, ...given }
  check(policy, kept)

  if (given != null) {
    database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (1, ?)`).run(JSON.stringify(policy))
  }

  return policy
}
