import { countBlocks } from './credited-blocks.ts'
import { GRANT_ID, WORLD_ID } from './schema.ts'
import type { LedgerCheck } from './index.ts'
import type { Currency } from './schema.ts'
import type { DatabaseSync } from 'node:sqlite'

/** Problems of a kind that are told: one fault in a rule can make one for every account */
const MAX_PROBLEMS = 20

/** What every currency has to keep. Each rule finds what must not be; `problem` says it to a person. */
const RULES = [
  `SELECT format('the account %s has a balance of %d, and movements that come to %d', account, balance, total) AS problem
   FROM (
     SELECT account, balance, coalesce((SELECT total FROM totals WHERE totals.account = accounts.id), 0) AS total FROM accounts
   ) WHERE balance <> total`,
  `SELECT format('the account %s has less than nothing: %d', account, balance) AS problem
   FROM accounts WHERE id NOT IN (${GRANT_ID}, ${WORLD_ID}) AND balance < 0`,
  `SELECT format('movement %d is of an account that is not there', movement) AS problem
   FROM ledger_entries WHERE account NOT IN (SELECT id FROM ledger_accounts)`,
  `SELECT format('movement %d takes credit and gives money, or the other way round', id) AS problem
   FROM movements WHERE (payer IN (SELECT id FROM accounts)) <> (payee IN (SELECT id FROM accounts))`,
  `SELECT format('the session %s has %d blocks, and %d of them were credited', hex(session), count, credited) AS problem
   FROM sessions WHERE credited > count`,
  `SELECT format('movement %d is of a session that is not there', id) AS problem
   FROM ledger_movements WHERE session IS NOT NULL AND session NOT IN (SELECT id FROM ledger_sessions)`
]

const CREDIT_RULES = [
  `SELECT format('the account %s was given a starting credit %d times', account, count(*)) AS problem
   FROM movements JOIN accounts ON accounts.id = payee
   WHERE kind = 'starting' GROUP BY payee HAVING count(*) > 1`,
  `SELECT format('the session %s gave %d and %d, and has movements of %d and %d', hex(session), amount, discount, service, relief) AS problem
   FROM (
     SELECT sessions.session, amount, discount, coalesce(service, 0) AS service, coalesce(relief, 0) AS relief
     FROM sessions LEFT JOIN flows ON flows.session = sessions.id
   ) WHERE amount <> service OR discount <> relief`,
  `SELECT format('the session %s gave %d, and %d of that was taken back', hex(sessions.session), service + relief, reversal) AS problem
   FROM sessions JOIN flows ON flows.session = sessions.id
   WHERE reversal > iif(void IS NULL, 0, service + relief)`
]

/** What belongs to one currency; `flows` says what moved because of a session. */
function sums (currency: Currency): string {
  return `
  WITH
    accounts AS MATERIALIZED (SELECT * FROM ledger_accounts WHERE currency = '${currency}'),
    movements AS MATERIALIZED (
      SELECT * FROM ledger_movements
      WHERE payer IN (SELECT id FROM accounts) OR payee IN (SELECT id FROM accounts)
    ),
    sessions AS MATERIALIZED (SELECT * FROM ledger_sessions WHERE currency = '${currency}'),
    totals AS MATERIALIZED (SELECT account, sum(amount) AS total FROM ledger_entries GROUP BY account),
    flows AS MATERIALIZED (
      SELECT
        movements.session,
        sum(iif(kind = 'service', movements.amount, 0)) AS service,
        sum(iif(kind = 'discount', movements.amount, 0)) AS relief,
        sum(iif(kind = 'reversal', movements.amount, 0)) AS reversal,
        sum(iif(kind IN ('payment', 'forfeit'), movements.amount, 0)) AS paid,
        sum(iif(kind = 'fee', movements.amount, 0)) AS fee,
        -- from the provider itself
        sum(iif(kind = 'reversal' AND payer = provider, movements.amount, 0)) AS taken
      FROM movements JOIN sessions ON sessions.id = movements.session GROUP BY movements.session
    )`
}

/** One look at the books of one currency. */
export interface Inspection {
  /** The `value` that the statement gives */
  count (sql: string): number
  /** Of all accounts; zero */
  sum: number
  problems: string[]
}

/**
 * Looks at one state of the database, whatever others write meanwhile, and keeps nobody waiting. The rules come besides those
 * that every currency has to keep; `report` makes of it what is told.
 */
export function inspect <T> (database: DatabaseSync, currency: Currency, rules: string[], report: (inspection: Inspection) => T): T {
  database.exec('BEGIN')

  try {
    const tables = sums(currency)
    const count = (sql: string): number => Number(database.prepare(`${tables} ${sql}`).get()?.value)
    const sum = count('SELECT coalesce(sum(balance), 0) AS value FROM accounts')

    return report({
      count,
      sum,
      problems: [
        ...sum === 0 ? [] : [`all accounts together have ${sum}, which has to be 0`],
        ...[...RULES, ...rules].flatMap(rule => database.prepare(`${tables} ${rule} LIMIT ${MAX_PROBLEMS}`).all().map(row => String(row.problem))),
        ...blockProblems(database, currency).slice(0, MAX_PROBLEMS)
      ]
    })
  } finally {
    database.exec('COMMIT')
  }
}

export function checkLedger (database: DatabaseSync): LedgerCheck {
  return inspect(database, 'credit', CREDIT_RULES, ({ count, sum, problems }) => ({
    holds: problems.length === 0,
    problems,
    accounts: count('SELECT count(*) AS value FROM accounts'),
    movements: count('SELECT count(*) AS value FROM movements'),
    sessions: count('SELECT count(*) AS value FROM sessions'),
    blocks: count('SELECT coalesce(sum(credited), 0) AS value FROM sessions'),
    issued: count(`SELECT -balance AS value FROM accounts WHERE id = ${GRANT_ID}`),
    sum
  }))
}

/** Sessions of a ticket have to have been credited as many blocks as are noted for it. */
function blockProblems (database: DatabaseSync, currency: Currency): string[] {
  const blocks = new Map<number, number>()

  for (const { ticket, ones, bits } of database.prepare(`
    SELECT ticket, ones, bits FROM ledger_blocks
    WHERE coalesce((
      SELECT currency FROM ledger_tickets AS tickets JOIN ledger_accounts AS accounts ON accounts.id = recipient WHERE tickets.id = ticket
    ), '${currency}') = '${currency}'
  `).iterate()) {
    blocks.set(Number(ticket), (blocks.get(Number(ticket)) ?? 0) + countBlocks(Number(ones), bits as Uint8Array))
  }

  const problems: string[] = []

  for (const { id, serial, credited } of database.prepare(`
    SELECT tickets.id, hex(serial) AS serial, coalesce(sum(credited - again), 0) AS credited
    FROM ledger_tickets AS tickets
      JOIN ledger_accounts AS accounts ON accounts.id = recipient AND accounts.currency = '${currency}'
      LEFT JOIN ledger_sessions AS sessions ON ticket = tickets.id
    GROUP BY tickets.id
  `).iterate()) {
    const noted = blocks.get(Number(id)) ?? 0
    blocks.delete(Number(id))

    if (noted !== Number(credited)) {
      problems.push(`${noted} blocks of the ticket ${serial} are noted as credited, and its sessions were credited ${credited}`)
    }
  }

  return [...problems, ...[...blocks.keys()].map(id => `blocks of a ticket that is not there, ${id}, are noted as credited`)]
}
