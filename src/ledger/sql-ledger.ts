/**
 * The ledger in the home's database. Works on the database alone: another process may look at it and adjust accounts
 * while the server runs.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { transaction } from '../home/migrate.ts'
import { checkLedger } from './check.ts'
import { CreditedBlocks, prepareBlocks } from './credited-blocks.ts'
import { InsufficientBalanceError } from './errors.ts'
import { checkPolicy, DEFAULT_POLICY, standingOf, UNIT_LENGTH } from './policy.ts'
import { GRANT_ID, migrateLedger } from './schema.ts'
import type { BlockStatements } from './credited-blocks.ts'
import type { AccountInfo, Ledger, LedgerCheck, Movement, MovementFilter, MovementKind, SessionAccount, Settled, Settlement } from './index.ts'
import type { CreditPolicy } from './policy.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Milliseconds between two times that an account is aged */
const AGEING_INTERVAL = 86_400_000

/** Accounts that are aged at once, each by a movement: 20 ms or so, and millions a day if that is done each minute */
const MAX_AGED = 2048

/** Movements that are read at once: between two pages others may write */
const PAGE = 1024

/** Characters */
const MAX_MEMO_LENGTH = 200

const ACCOUNTS = `
  SELECT account, balance, opened, sessions, served, credited, voided
  FROM ledger_accounts AS accounts LEFT JOIN (
    SELECT
      provider,
      count(*) FILTER (WHERE void IS NULL) AS sessions,
      sum(count) FILTER (WHERE void IS NULL) AS served,
      sum(credited) FILTER (WHERE void IS NULL) AS credited,
      count(void) AS voided
    FROM ledger_sessions GROUP BY provider
  ) ON provider = accounts.id`

type Statements = Record<'account' | 'balance' | 'openAccount' | 'ageing' | 'aged' | 'session' | 'addSession' | 'extendSession' | 'voidSession' | 'addVoid' | 'ticket' | 'addTicket' | 'move', StatementSync>

interface Posting {
  kind: MovementKind
  /** Rows */
  payer: number
  payee: number
  /** Nothing is posted for 0 */
  amount: number
  session?: number
  memo?: string
}

export class SqlLedger implements Ledger {
  readonly policy: CreditPolicy
  readonly #database: DatabaseSync
  readonly #now: () => number
  readonly #statements: Statements
  readonly #blocks: BlockStatements

  /**
   * @param database - of the home
   * @param policy - what is given is kept in the database, and holds from now on wherever nothing else is given
   * @param now - milliseconds since the epoch
   * @throws {InvalidParametersError}
   */
  constructor (database: DatabaseSync, policy?: Partial<CreditPolicy>, now: () => number = Date.now) {
    migrateLedger(database)

    const kept = database.prepare('SELECT policy FROM ledger_policy').get()?.policy
    this.policy = { ...DEFAULT_POLICY, ...(kept == null ? {} : JSON.parse(String(kept))), ...policy }
    checkPolicy(this.policy)

    if (policy != null) {
      database.prepare('INSERT OR REPLACE INTO ledger_policy VALUES (1, ?)').run(JSON.stringify(this.policy))
    }

    this.#database = database
    this.#now = now
    this.#blocks = prepareBlocks(database)
    this.#statements = {
      account: database.prepare('SELECT id, balance FROM ledger_accounts WHERE account = ?'),
      balance: database.prepare('SELECT balance FROM ledger_accounts WHERE id = ?'),
      openAccount: database.prepare('INSERT INTO ledger_accounts (account, opened, aged) VALUES (?, ?, ?)'),
      ageing: database.prepare('SELECT id, balance, aged, due FROM ledger_accounts WHERE id <> ? AND aged <= ? ORDER BY aged LIMIT ?'),
      aged: database.prepare('UPDATE ledger_accounts SET aged = ?, due = ? WHERE id = ?'),
      session: database.prepare(`
        SELECT sessions.id, ticket, provider, recipient, count, credited, amount, discount, void
        FROM ledger_sessions AS sessions LEFT JOIN ledger_tickets AS tickets ON tickets.id = ticket WHERE session = ?`),
      addSession: database.prepare('INSERT INTO ledger_sessions (session, ticket, provider, count, credited, amount, discount) VALUES (?, ?, ?, ?, ?, ?, ?)'),
      extendSession: database.prepare('UPDATE ledger_sessions SET count = ?, credited = ?, amount = ?, discount = ? WHERE id = ?'),
      voidSession: database.prepare('UPDATE ledger_sessions SET void = ?, credited = ? WHERE id = ?'),
      addVoid: database.prepare('INSERT INTO ledger_sessions (session, void) VALUES (?, ?)'),
      ticket: database.prepare('SELECT id, recipient, object FROM ledger_tickets WHERE serial = ?'),
      addTicket: database.prepare('INSERT INTO ledger_tickets (serial, recipient, object) VALUES (?, ?, ?)'),
      move: database.prepare('INSERT INTO ledger_movements (time, kind, payer, payee, amount, session, memo) VALUES (?, ?, ?, ?, ?, ?, ?)')
    }
  }

  open (account: PeerId): void {
    // most often it is open: then nothing is written
    if (!this.isOpen(account)) {
      transaction(this.#database, () => { this.#account(account) })
    }
  }

  settle (settlements: Settlement[]): Settled[] {
    return transaction(this.#database, () => {
      const blocks = new CreditedBlocks(this.#blocks)
      const settled = settlements.map(settlement => this.#settle(settlement, blocks))
      blocks.store()

      return settled
    })
  }

  settled (session: Uint8Array): SessionAccount | undefined {
    const known = this.#statements.session.get(session)

    return known == null
      ? undefined
      : {
          credited: known.void == null ? Number(known.credited) : 0,
          amount: known.void == null ? Number(known.amount) : 0,
          count: Number(known.count),
          void: known.void != null
        }
  }

  void (session: Uint8Array, reason: string, indices?: Uint32Array): void {
    transaction(this.#database, () => {
      const known = this.#statements.session.get(session)

      if (known == null) {
        this.#statements.addVoid.run(session, reason)
      } else if (known.void == null) {
        let isWhole = true

        for (const [account, earned] of [[known.provider, known.amount], [known.recipient, known.discount]]) {
          const payer = Number(account)
          const amount = Math.min(Number(earned), this.#balanceOf(payer))
          isWhole &&= amount === Number(earned)

          this.#post({ kind: 'reversal', payer, payee: GRANT_ID, amount, session: Number(known.id), memo: reason })
        }

        const count = Number(known.count)
        const isFree = isWhole && known.credited === known.count && indices != null && indices.length >= count
        this.#statements.voidSession.run(reason, isFree ? 0 : known.credited, known.id)

        if (isFree) {
          this.#free(Number(known.ticket), indices.subarray(0, count))
        }
      }
    })
  }

  isOpen (account: PeerId): boolean {
    return this.#statements.account.get(account.toString()) != null
  }

  balance (account: PeerId): number {
    return Number(this.#statements.account.get(account.toString())?.balance ?? 0)
  }

  standing (account: PeerId): number {
    return standingOf(this.balance(account), this.policy)
  }

  adjust (account: PeerId, amount: number, memo: string): void {
    if (!Number.isSafeInteger(amount) || amount === 0) {
      throw new InvalidParametersError('An adjustment has to be a whole number, above or below zero')
    }

    if (memo.trim() === '' || memo.length > MAX_MEMO_LENGTH) {
      throw new InvalidParametersError(`An adjustment needs a memo that says why, of ${MAX_MEMO_LENGTH} characters at most`)
    }

    transaction(this.#database, () => {
      const id = this.#account(account)
      const balance = this.#balanceOf(id)

      if (balance + amount < 0) {
        throw new InsufficientBalanceError(`The account has ${balance}: no more can be taken from it`)
      }

      if (balance + amount > Number.MAX_SAFE_INTEGER || this.#balanceOf(GRANT_ID) - amount < Number.MIN_SAFE_INTEGER) {
        throw new InvalidParametersError('An adjustment has to leave balances below 2^53')
      }

      this.#post(amount > 0
        ? { kind: 'adjustment', payer: GRANT_ID, payee: id, amount, memo }
        : { kind: 'adjustment', payer: id, payee: GRANT_ID, amount: -amount, memo })
    })
  }

  age (now: number = this.#now()): number {
    const { halfLife } = this.policy

    if (halfLife === 0) {
      return 0
    }

    return transaction(this.#database, () => {
      let total = 0

      for (const row of this.#statements.ageing.all(GRANT_ID, now - AGEING_INTERVAL, MAX_AGED)) {
        const [id, balance, aged] = [row.id, row.balance, row.aged].map(Number)
        // what is less than one is due the next time: small balances age as fast as large ones
        const due = Number(row.due) + balance * (1 - 2 ** ((aged - now) / halfLife))
        const amount = Math.min(balance, Math.floor(due))

        this.#post({ kind: 'ageing', payer: id, payee: GRANT_ID, amount }, now)
        this.#statements.aged.run(now, due - Math.floor(due), id)
        total += amount
      }

      return total
    })
  }

  accounts (): AccountInfo[] {
    return this.#database.prepare(`${ACCOUNTS} ORDER BY balance DESC, account`).all().map(row => this.#accountInfo(row))
  }

  account (account: PeerId): AccountInfo | undefined {
    const row = this.#database.prepare(`${ACCOUNTS} WHERE account = ?`).get(account.toString())

    return row == null ? undefined : this.#accountInfo(row)
  }

  * movements ({ account, since, limit }: MovementFilter = {}): Generator<Movement> {
    const conditions = ['true']
    const values: SQLInputValue[] = []

    if (account != null) {
      conditions.push('? IN (payers.account, payees.account)')
      values.push(account.toString())
    }

    if (since != null) {
      conditions.push('time >= ?')
      values.push(since)
    }

    const matching = `
      FROM ledger_movements AS movements
        JOIN ledger_accounts AS payers ON payers.id = payer
        JOIN ledger_accounts AS payees ON payees.id = payee
        LEFT JOIN ledger_sessions AS sessions ON sessions.id = movements.session
      WHERE ${conditions.join(' AND ')}`
    const page = this.#database.prepare(`
      SELECT movements.id, time, kind, payers.account AS payer, payees.account AS payee, movements.amount, sessions.session, memo
      ${matching} AND movements.id >= ? ORDER BY movements.id LIMIT ${PAGE}`)
    let next = 0

    if (limit != null) {
      const first = this.#database.prepare(`SELECT min(id) AS id FROM (SELECT movements.id ${matching} ORDER BY movements.id DESC LIMIT ?)`).get(...values, limit)?.id

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

  check (): LedgerCheck {
    return checkLedger(this.#database)
  }

  #settle (settlement: Settlement, blocks: CreditedBlocks): Settled {
    const { session, provider, recipient, object, serial, count, indices, relieved } = settlement

    if (!Number.isInteger(count) || count < 1 || count > indices.length) {
      throw new InvalidParametersError(`A session of ${indices.length} blocks has none that is number ${count}`)
    }

    const known = this.#statements.session.get(session)

    if (known?.void != null) {
      return { credited: 0, amount: 0, newly: 0 }
    }

    const providerId = this.#account(provider)
    const recipientId = this.#account(recipient)
    const ticket = this.#ticket(serial, recipientId, object.toString())

    if (known != null && (known.provider !== providerId || known.ticket !== ticket)) {
      throw new InvalidParametersError('The session is known with another provider or ticket')
    }

    const before = (column: 'count' | 'credited' | 'amount' | 'discount'): number => Number(known?.[column] ?? 0)
    let newly = 0
    let units = 0

    for (let position = before('count'); position < count; position++) {
      if (blocks.add(ticket, indices[position])) {
        newly++
        units += Math.ceil(settlement.blockLength(indices[position]) / UNIT_LENGTH)
      }
    }

    if (known == null && newly === 0) {
      // else colluders could fill the books with sessions that never were
      return { credited: 0, amount: 0, newly }
    }

    const service = units * this.policy.credit
    const relief = relieved ? units * this.policy.discount : 0
    const credited = before('credited') + newly
    const amount = before('amount') + service
    const discount = before('discount') + relief
    let id = Number(known?.id)

    if (known == null) {
      id = Number(this.#statements.addSession.run(session, ticket, providerId, count, credited, amount, discount).lastInsertRowid)
    } else if (count > before('count')) {
      this.#statements.extendSession.run(count, credited, amount, discount, id)
    }

    this.#post({ kind: 'service', payer: GRANT_ID, payee: providerId, amount: service, session: id })
    this.#post({ kind: 'discount', payer: GRANT_ID, payee: recipientId, amount: relief, session: id })

    return { credited, amount, newly }
  }

  /** All of these were credited, and may be again. */
  #free (ticket: number, indices: Uint32Array): void {
    const blocks = new CreditedBlocks(this.#blocks)

    for (const index of indices) {
      if (!blocks.delete(ticket, index)) {
        throw new InvalidParametersError('These are not the blocks that the session was credited for')
      }
    }

    blocks.store()
  }

  /** The row of an account, which is opened if need be. */
  #account (account: PeerId): number {
    const known = this.#statements.account.get(account.toString())

    if (known != null) {
      return Number(known.id)
    }

    const now = this.#now()
    const id = Number(this.#statements.openAccount.run(account.toString(), now, now).lastInsertRowid)
    this.#post({ kind: 'starting', payer: GRANT_ID, payee: id, amount: this.policy.startingCredit })

    return id
  }

  #ticket (serial: Uint8Array, recipient: number, object: string): number {
    const known = this.#statements.ticket.get(serial)

    if (known == null) {
      return Number(this.#statements.addTicket.run(serial, recipient, object).lastInsertRowid)
    }

    if (known.recipient !== recipient || known.object !== object) {
      throw new InvalidParametersError('The serial is known with another recipient or object')
    }

    return Number(known.id)
  }

  #balanceOf (id: number): number {
    return Number(this.#statements.balance.get(id)?.balance)
  }

  #post ({ kind, payer, payee, amount, session, memo }: Posting, time: number = this.#now()): void {
    if (amount > 0) {
      this.#statements.move.run(time, kind, payer, payee, amount, session ?? null, memo ?? null)
    }
  }

  #accountInfo (row: Record<string, SQLOutputValue>): AccountInfo {
    const balance = Number(row.balance)

    return {
      account: String(row.account),
      balance,
      standing: standingOf(balance, this.policy),
      opened: Number(row.opened),
      sessions: Number(row.sessions),
      served: Number(row.served),
      credited: Number(row.credited),
      voided: Number(row.voided)
    }
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
