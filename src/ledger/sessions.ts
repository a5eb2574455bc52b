/**
 * Sessions that were settled, and which blocks of which tickets by them: each once. Credit and money both stand on this.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { CreditedBlocks, prepareBlocks } from './credited-blocks.ts'
import type { BlockStatements } from './credited-blocks.ts'
import type { SessionAccount, Settlement } from './index.ts'
import type { Currency } from './schema.ts'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** What a session was settled for, in all. */
export interface SessionTotals {
  count: number
  credited: number
  /** To the provider, and to the recipient */
  amount: number
  discount: number
  /** With money: of those credited, blocks that are noted as another session's */
  again: number
}

export interface KnownSession extends SessionTotals {
  id: number
  /** Rows; absent where it was void before anything was settled */
  ticket?: number
  provider?: number
  recipient?: number
  void: boolean
}

/** What a session has before it is settled. */
export const NOTHING: Readonly<SessionTotals> = { count: 0, credited: 0, amount: 0, discount: 0, again: 0 }

type Statements = Record<'find' | 'add' | 'extend' | 'void' | 'addVoid' | 'inherit' | 'ticket' | 'addTicket', StatementSync>

/** What changes something is to be called within a transaction. */
export class Sessions {
  readonly #currency: Currency
  readonly #statements: Statements
  readonly #blocks: BlockStatements

  constructor (database: DatabaseSync, currency: Currency) {
    this.#currency = currency
    this.#blocks = prepareBlocks(database)
    this.#statements = {
      find: database.prepare(`
        SELECT sessions.id, ticket, provider, recipient, count, credited, amount, discount, again, void
        FROM ledger_sessions AS sessions LEFT JOIN ledger_tickets AS tickets ON tickets.id = ticket
        WHERE session = ? AND currency = ?`),
      add: database.prepare('INSERT INTO ledger_sessions (session, currency, ticket, provider, count, credited, amount, discount, again) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      extend: database.prepare('UPDATE ledger_sessions SET count = ?, credited = ?, amount = ?, discount = ?, again = ? WHERE id = ?'),
      void: database.prepare('UPDATE ledger_sessions SET void = ?, credited = ?, again = ? WHERE id = ?'),
      addVoid: database.prepare('INSERT INTO ledger_sessions (session, currency, void) VALUES (?, ?, ?)'),
      inherit: database.prepare('UPDATE ledger_sessions SET again = again - ? WHERE id = ?'),
      ticket: database.prepare('SELECT id, recipient, object FROM ledger_tickets WHERE serial = ?'),
      addTicket: database.prepare('INSERT INTO ledger_tickets (serial, recipient, object) VALUES (?, ?, ?)')
    }
  }

  find (session: Uint8Array): KnownSession | undefined {
    const row = this.#statements.find.get(session, this.#currency)

    return row == null ? undefined : knownSession(row)
  }

  /**
   * The session of a settlement, if it is known.
   *
   * @throws {InvalidParametersError} when it has fewer blocks than are to be settled
   */
  open ({ session, count, indices }: Settlement): KnownSession | undefined {
    if (!Number.isInteger(count) || count < 1 || count > indices.length) {
      throw new InvalidParametersError(`A session of ${indices.length} blocks has none that is number ${count}`)
    }

    return this.find(session)
  }

  settled (session: Uint8Array): SessionAccount | undefined {
    const known = this.find(session)

    if (known != null) {
      const { credited, amount, count, void: isVoid } = known

      return { credited: isVoid ? 0 : credited, amount: isVoid ? 0 : amount, count, void: isVoid }
    }
  }

  /**
   * The row of a ticket, which is added if need be.
   *
   * @throws {InvalidParametersError}
   */
  ticket (serial: Uint8Array, recipient: number, object: string): number {
    const known = this.#statements.ticket.get(serial)

    if (known == null) {
      return Number(this.#statements.addTicket.run(serial, recipient, object).lastInsertRowid)
    }

    if (known.recipient !== recipient || known.object !== object) {
      throw new InvalidParametersError('The serial is known with another recipient or object')
    }

    return Number(known.id)
  }

  /**
   * Notes what a session was settled for by now, one that is not known too.
   *
   * @returns its row
   */
  settle (session: Uint8Array, known: KnownSession | undefined, ticket: number, provider: number, totals: SessionTotals): number {
    const { count, credited, amount, discount, again } = totals

    if (known == null) {
      return Number(this.#statements.add.run(session, this.#currency, ticket, provider, count, credited, amount, discount, again).lastInsertRowid)
    }

    if (count > known.count) {
      this.#statements.extend.run(count, credited, amount, discount, again, known.id)
    }

    return known.id
  }

  /** It earns nothing any more, whether it was known before or not; of its blocks so many stay noted as credited. */
  void (session: Uint8Array, reason: string, known?: KnownSession, { credited, again }: Pick<SessionTotals, 'credited' | 'again'> = NOTHING): void {
    if (known == null) {
      this.#statements.addVoid.run(session, this.#currency, reason)
    } else {
      this.#statements.void.run(reason, credited, again, known.id)
    }
  }

  /** So many blocks that were noted as another session's are noted as this one's from now on. */
  inherit (session: number, count: number): void {
    this.#statements.inherit.run(count, session)
  }

  /** Which blocks have been credited, until `store`. */
  blocks (): CreditedBlocks {
    return new CreditedBlocks(this.#blocks)
  }

  /**
   * All of these were credited, and may be again.
   *
   * @throws {InvalidParametersError} when they were not
   */
  free (ticket: number, indices: Uint32Array): void {
    const blocks = this.blocks()

    for (const index of indices) {
      if (!blocks.delete(ticket, index)) {
        throw new InvalidParametersError('These are not the blocks that the session was credited for')
      }
    }

    blocks.store()
  }
}

/**
 * @throws {InvalidParametersError} when a session is known with another provider or ticket
 */
export function expectSame (known: KnownSession | undefined, ticket: number, provider: number | undefined): void {
  if (known != null && (known.provider !== provider || known.ticket !== ticket)) {
    throw new InvalidParametersError('The session is known with another provider or ticket')
  }
}

function knownSession (row: Record<string, SQLOutputValue>): KnownSession {
  const number = (value: SQLOutputValue): number | undefined => value == null ? undefined : Number(value)

  return {
    id: Number(row.id),
    ticket: number(row.ticket),
    provider: number(row.provider),
    recipient: number(row.recipient),
    count: Number(row.count),
    credited: Number(row.credited),
    amount: Number(row.amount),
    discount: Number(row.discount),
    again: Number(row.again),
    void: row.void != null
  }
}
