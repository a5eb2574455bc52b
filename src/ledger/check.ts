import { countBlocks } from './credited-blocks.ts'
import { GRANT, GRANT_ID } from './schema.ts'
import type { LedgerCheck } from './index.ts'
import type { DatabaseSync } from 'node:sqlite'

/** Problems of a kind that are told: one fault in a rule can make one for every account */
const MAX_PROBLEMS = 20

/** Each finds what must not be; `problem` says it to a person. */
const RULES = [
  `SELECT format('the account %s has a balance of %d, and movements that come to %d', account, balance, total) AS problem
   FROM (
     SELECT account, balance, coalesce((SELECT total FROM totals WHERE totals.account = accounts.id), 0) AS total
     FROM ledger_accounts AS accounts
   ) WHERE balance <> total`,
  `SELECT format('the account %s has less than nothing: %d', account, balance) AS problem
   FROM ledger_accounts WHERE id <> ${GRANT_ID} AND balance < 0`,
  `SELECT format('movement %d is of an account that is not there', movement) AS problem
   FROM ledger_entries WHERE account NOT IN (SELECT id FROM ledger_accounts)`,
  `SELECT format('the account %s was given a starting credit %d times', account, count(*)) AS problem
   FROM ledger_movements JOIN ledger_accounts AS accounts ON accounts.id = payee
   WHERE kind = 'starting' GROUP BY payee HAVING count(*) > 1`,
  `SELECT format('the session %s gave %d and %d, and has movements of %d and %d', hex(session), amount, discount, service, relief) AS problem
   FROM (
     SELECT sessions.session, amount, discount, coalesce(service, 0) AS service, coalesce(relief, 0) AS relief
     FROM ledger_sessions AS sessions LEFT JOIN flows ON flows.session = sessions.id
   ) WHERE amount <> service OR discount <> relief`,
  `SELECT format('the session %s gave %d, and %d of that was taken back', hex(sessions.session), service + relief, reversal) AS problem
   FROM ledger_sessions AS sessions JOIN flows ON flows.session = sessions.id
   WHERE reversal > iif(void IS NULL, 0, service + relief)`,
  `SELECT format('the session %s has %d blocks, and %d of them were credited', hex(session), count, credited) AS problem
   FROM ledger_sessions WHERE credited > count`,
  `SELECT format('movement %d is of a session that is not there', id) AS problem
   FROM ledger_movements WHERE session IS NOT NULL AND session NOT IN (SELECT id FROM ledger_sessions)`
]

const SUMS = `
  WITH
    totals AS MATERIALIZED (SELECT account, sum(amount) AS total FROM ledger_entries GROUP BY account),
    flows AS MATERIALIZED (
      SELECT
        session,
        sum(iif(kind = 'service', amount, 0)) AS service,
        sum(iif(kind = 'discount', amount, 0)) AS relief,
        sum(iif(kind = 'reversal', amount, 0)) AS reversal
      FROM ledger_movements WHERE session IS NOT NULL GROUP BY session
    )`

/** Looks at one state of the ledger, whatever others write meanwhile, and keeps nobody waiting. */
export function checkLedger (database: DatabaseSync): LedgerCheck {
  database.exec('BEGIN')

  try {
    const count = (sql: string): number => Number(database.prepare(sql).get()?.value)
    const sum = count('SELECT coalesce(sum(balance), 0) AS value FROM ledger_accounts')
    const problems = [
      ...sum === 0 ? [] : [`all accounts together have ${sum}, which has to be 0`],
      ...RULES.flatMap(rule => database.prepare(`${SUMS} ${rule} LIMIT ${MAX_PROBLEMS}`).all().map(row => String(row.problem))),
      ...blockProblems(database).slice(0, MAX_PROBLEMS)
    ]

    return {
      holds: problems.length === 0,
      problems,
      accounts: count('SELECT count(*) AS value FROM ledger_accounts'),
      movements: count('SELECT count(*) AS value FROM ledger_movements'),
      sessions: count('SELECT count(*) AS value FROM ledger_sessions'),
      blocks: count('SELECT coalesce(sum(credited), 0) AS value FROM ledger_sessions'),
      issued: count(`SELECT -balance AS value FROM ledger_accounts WHERE account = '${GRANT}'`),
      sum
    }
  } finally {
    database.exec('COMMIT')
  }
}

/** Sessions of a ticket have to have been credited as many blocks as are noted for it. */
function blockProblems (database: DatabaseSync): string[] {
  const blocks = new Map<number, number>()

  for (const { ticket, ones, bits } of database.prepare('SELECT ticket, ones, bits FROM ledger_blocks').iterate()) {
    blocks.set(Number(ticket), (blocks.get(Number(ticket)) ?? 0) + countBlocks(Number(ones), bits as Uint8Array))
  }

  const problems: string[] = []

  for (const { id, serial, credited } of database.prepare(`
    SELECT tickets.id, hex(serial) AS serial, sum(credited) AS credited
    FROM ledger_tickets AS tickets LEFT JOIN ledger_sessions AS sessions ON ticket = tickets.id GROUP BY tickets.id
  `).iterate()) {
    const noted = blocks.get(Number(id)) ?? 0
    blocks.delete(Number(id))

    if (noted !== Number(credited)) {
      problems.push(`${noted} blocks of the ticket ${serial} are noted as credited, and its sessions were credited ${credited}`)
    }
  }

  return [...problems, ...[...blocks.keys()].map(id => `blocks of a ticket that is not there, ${id}, are noted as credited`)]
}
