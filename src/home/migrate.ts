import type { DatabaseSync } from 'node:sqlite'

/**
 * Brings the tables of one module up to date: each step is run once, in order, ever. Steps are only ever added. Two
 * processes may do this at the same time.
 *
 * Tables without what is written later need not last, and the next transaction that does syncs the write-ahead log with all
 * that came before: a new home waits for the disk once, not for each module.
 *
 * @throws {Error} when the database was written by a newer version that has more steps
 */
export function migrate (db: DatabaseSync, module: string, steps: string[]): void {
  const before = db.prepare('PRAGMA synchronous').get()?.synchronous
  db.exec('PRAGMA synchronous = NORMAL')

  try {
    transaction(db, () => { takeSteps(db, module, steps) })
  } finally {
    db.exec(`PRAGMA synchronous = ${before}`)
  }
}

function takeSteps (db: DatabaseSync, module: string, steps: string[]): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (module TEXT PRIMARY KEY, steps INTEGER NOT NULL) STRICT')

  const row = db.prepare('SELECT steps FROM migrations WHERE module = ?').get(module)
  const done = Number(row?.steps ?? 0)

  if (done > steps.length) {
    throw new Error(`The tables of "${module}" in this home are of a newer version of mssl`)
  }

  for (const step of steps.slice(done)) {
    db.exec(step)
  }

  db.prepare('INSERT INTO migrations VALUES (?, ?) ON CONFLICT DO UPDATE SET steps = excluded.steps').run(module, steps.length)
}

/** Runs `work` as one transaction that has the write lock from its start: all of it happens, or nothing. */
export function transaction <T> (db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')

  try {
    const result = work()
    db.exec('COMMIT')

    return result
  } catch (err) {
    try {
      db.exec('ROLLBACK')
    } catch {
      // SQLite has done it already, as it does when the disk is full: the first error is the one that tells
    }

    throw err
  }
}
