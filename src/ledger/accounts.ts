/**
 * Bookkeeping: accounts of one currency and what moves between them. Credit and money both stand on this.
 */
import type { Movement, MovementFilter, MovementKind } from './index.ts'
import type { Currency } from './schema.ts'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Characters of what a movement says for people */
export const MAX_MEMO_LENGTH = 200

/** Movements that are read at once: between two pages others may write */
const PAGE = 1024

export interface Posting {
  kind: MovementKind
  /** Rows */
  payer: number
  payee: number
  /** Nothing is posted for 0 */
  amount: number
  session?: number
  memo?: string
}

export interface AccountRow {
  id: number
  balance: number
}

const MOVEMENTS = `
  SELECT movements.id, time, kind, payers.account AS payer, payees.account AS payee, movements.amount, sessions.session, memo
  FROM ledger_movements AS movements
    JOIN ledger_accounts AS payers ON payers.id = payer
    JOIN ledger_accounts AS payees ON payees.id = payee
    LEFT JOIN ledger_sessions AS sessions ON sessions.id = movements.session`

/** What changes something is to be called within a transaction. */
export class Accounts {
  readonly #database: DatabaseSync
  readonly #currency: Currency
  readonly #now: () => number
  readonly #find: StatementSync
  readonly #balance: StatementSync
  readonly #open: StatementSync
  readonly #move: StatementSync
  readonly #latest: StatementSync

  /** `now` gives milliseconds since the epoch. */
  constructor (database: DatabaseSync, currency: Currency, now: () => number) {
    this.#database = database
    this.#currency = currency
    this.#now = now
    this.#find = database.prepare('SELECT id, balance FROM ledger_accounts WHERE account = ? AND currency = ?')
    this.#balance = database.prepare('SELECT balance FROM ledger_accounts WHERE id = ?')
    this.#open = database.prepare('INSERT INTO ledger_accounts (account, currency, opened, aged) VALUES (?, ?, ?, ?)')
    this.#move = database.prepare('INSERT INTO ledger_movements (time, kind, payer, payee, amount, session, memo) VALUES (?, ?, ?, ?, ?, ?, ?)')
    // each side by its index: an account may have few among very many
    this.#latest = database.prepare(`${MOVEMENTS} WHERE movements.id IN (
      SELECT id FROM (SELECT id FROM ledger_movements WHERE payer = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3)
      UNION
      SELECT id FROM (SELECT id FROM ledger_movements WHERE payee = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3)
    ) ORDER BY movements.id DESC LIMIT ?3`)
  }

  find (account: string): AccountRow | undefined {
    const row = this.#find.get(account, this.#currency)

    return row == null ? undefined : { id: Number(row.id), balance: Number(row.balance) }
  }

  /** The row of an account that is not there yet. */
  open (account: string): number {
    const now = this.#now()

    return Number(this.#open.run(account, this.#currency, now, now).lastInsertRowid)
  }

  balance (id: number): number {
    return Number(this.#balance.get(id)?.balance)
  }

  /**
   * @returns the movement's row, 0 if there is none
   */
  post ({ kind, payer, payee, amount, session, memo }: Posting, time: number = this.#now()): number {
    return amount > 0 ? Number(this.#move.run(time, kind, payer, payee, amount, session ?? null, memo ?? null).lastInsertRowid) : 0
  }

  /** Oldest first. Others may write meanwhile. */
  * movements ({ account, since, limit }: MovementFilter = {}): Generator<Movement> {
    // whichever conditions there are, movements are read in their order: the plus keeps accounts from coming first
    const conditions = ['+payers.currency = ?']
    const values: SQLInputValue[] = [this.#currency]

    if (account != null) {
      conditions.push('? IN (payers.account, payees.account)')
      values.push(account.toString())
    }

    if (since != null) {
      conditions.push('time >= ?')
      values.push(since)
    }

    const matching = `${MOVEMENTS} WHERE ${conditions.join(' AND ')}`
    const page = this.#database.prepare(`${matching} AND movements.id >= ? ORDER BY movements.id LIMIT ${PAGE}`)
    let next = 0

    if (limit != null) {
      const first = this.#database.prepare(`SELECT min(id) AS id FROM (${matching} ORDER BY movements.id DESC LIMIT ?)`).get(...values, limit)?.id

      if (first == null) {
        return
      }

      next = Number(first)
    }

    for (;;) {
      const rows = page.all(...values, next)

      for (const row of rows) {
        yield movementOf(row)
      }

      if (rows.length < PAGE) {
        return
      }

      next = Number(rows[rows.length - 1].id) + 1
    }
  }

  /** Of one account, newest first, in a time that does not grow with what others move. */
  latest (account: number, { before, limit }: { before: number, limit: number }): Movement[] {
    return this.#latest.all(account, before, limit).map(movementOf)
  }
}

function movementOf (row: Record<string, SQLOutputValue>): Movement {
  return {
    id: Number(row.id),
    time: Number(row.time),
    kind: String(row.kind) as MovementKind,
    payer: String(row.payer),
    payee: String(row.payee),
    amount: Number(row.amount),
    session: row.session == null ? undefined : row.session as Uint8Array,
    memo: row.memo == null ? undefined : String(row.memo)
  }
}
