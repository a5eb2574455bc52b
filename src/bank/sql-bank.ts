/**
 * The bank in the home's database, beside the ledger of credit. Works on the database alone: another process may look at it
 * and make deposits while the server runs.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { InvalidParametersError } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { toString } from 'uint8arrays/to-string'
import { MAX_STATEMENT_BOOKS, MAX_STATEMENT_MOVEMENTS, SERIAL_LENGTH } from '../../protocols/ticket/constants.ts'
import { transaction } from '../home/migrate.ts'
import { Accounts, MAX_MEMO_LENGTH } from '../ledger/accounts.ts'
import { keepPolicy } from '../ledger/kept-policy.ts'
import { WORLD, WORLD_ID } from '../ledger/schema.ts'
import { expectSame, NOTHING, Sessions } from '../ledger/sessions.ts'
import { MAX_BLOCKS } from '../object/index.ts'
import { checkBank } from './check.ts'
import { Claims, evidenceColumns, evidenceOf } from './claims.ts'
import { InvalidAmountError, MoneyShortError, PaymentConflictError, PaymentNeededError } from './errors.ts'
import { partAbove, partOf } from './parts.ts'
import { payout } from './payout.ts'
import { checkBankPolicy, DEFAULT_BANK_POLICY } from './policy.ts'
import { migrateBank } from './schema.ts'
import type { Holdings } from './claims.ts'
import type { Bank, BankCheck, BankStatement, BookOrder, BookQuote, CoinBook, DoubleSpend, Payment, PaymentOptions, PurseInfo, Redeemed, Redemption } from './index.ts'
import type { SpentCoin } from './payout.ts'
import type { BankPolicy } from './policy.ts'
import type { SessionEvidence } from '../../protocols/ack/index.ts'
import type { CreditedBlocks } from '../ledger/credited-blocks.ts'
import type { Movement, MovementFilter, SessionAccount } from '../ledger/index.ts'
import type { KnownSession } from '../ledger/sessions.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Orders of one transaction: 30 ms or so, in which nothing else is done */
const MAX_ORDERS = 512

/** Books that are closed at once, for the same reason */
const MAX_CLOSED = 512

/** Double spends that are noted of one book, each with another provider: who did it once is barred, the rest is for the record */
const MAX_DOUBLE_SPENDS = 16

const REFERENCE = /^[\x20-\x7e]{1,128}$/

/** Names of a book's accounts: its serial in hex behind these */
const COINS = 'coins:'
const BOND = 'bond:'

const BOOKS = `
  SELECT
    books.ticket, serial, books.client, clients.account AS peer, books.object, first, books.count, price, bond_paid, fee, share,
    not_after, redeem_until, redeemed, shortfall, lost, closed, coins, coins.balance AS escrow, bond, bonds.balance AS bond_left
  FROM bank_books AS books
    JOIN ledger_tickets AS tickets ON tickets.id = books.ticket
    JOIN ledger_accounts AS clients ON clients.id = books.client
    JOIN ledger_accounts AS coins ON coins.id = books.coins
    JOIN ledger_accounts AS bonds ON bonds.id = books.bond`

export interface SqlBankInit {
  /** The server's own node, whose account fees go to */
  self: PeerId
  /** What is given is kept in the database, and holds from now on wherever nothing else is given */
  policy?: Partial<BankPolicy>
  /** A client has spent a coin twice. Called within the transaction that notes it: may not begin one, or throw */
  onDoubleSpend? (client: PeerId): void
  /**
   * Void sessions have taken so much out of a book that it is short: whoever serves its client from now on might go unpaid. Called
   * within the transaction that notes it: may not begin one, or throw
   */
  onShort? (client: PeerId, object: CID): void
  /**
   * Milliseconds since the epoch.
   *
   * @default Date.now
   */
  now? (): number
}

/** A book as it is kept. */
interface BookRow {
  ticket: number
  serial: Uint8Array
  /** Rows of accounts */
  client: number
  coins: number
  bond: number
  /** PeerId and CID */
  peer: string
  object: string
  first: number
  count: number
  price: number
  bondPaid: number
  fee: number
  /** Of the price that is paid for more coins, the bond is so much, 1/10,000 */
  share: number
  notAfter: number
  redeemUntil: number
  redeemed: number
  shortfall: number
  lost: number
  closed: boolean
  /** Balances */
  escrow: number
  bondLeft: number
}

type Funded = Pick<BookRow, 'lost' | 'shortfall' | 'bondLeft'>

/** What an order comes to. */
interface Plan {
  order: BookOrder
  purse?: { id: number, balance: number }
  book?: BookRow
  /** The run that the book has then */
  first: number
  count: number
  quote: BookQuote
}

/** An order that waits for its turn. */
interface Pending {
  order: BookOrder
  resolve (result: { book: CoinBook, quote: BookQuote }): void
  reject (err: Error): void
}

type Statements = Record<'bookOfSerial' | 'bookOfTicket' | 'openBook' | 'addBook' | 'extendBook' | 'repay' | 'redeem' | 'closeBook' | 'due' | 'books' | 'reserved' | 'client' |
  'payment' | 'addPayment' | 'purse' | 'addToPurse' | 'session' | 'writeSession' | 'isNoted' | 'noted' | 'note' | 'doubleSpends' | 'doubleSpend' | 'report' | 'dropSpend' | 'dropReported' | 'spendsOf', StatementSync>

export class SqlBank implements Bank {
  readonly policy: BankPolicy
  readonly #database: DatabaseSync
  readonly #self: string
  readonly #onDoubleSpend: (client: PeerId) => void
  readonly #onShort: (client: PeerId, object: CID) => void
  readonly #now: () => number
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #claims: Claims
  readonly #statements: Statements
  readonly #orders: Pending[] = []

  /**
   * @param database - of the home
   * @throws {InvalidParametersError} when the policy cannot be, or has another unit than the accounts that there are
   */
  constructor (database: DatabaseSync, { self, policy, onDoubleSpend = () => {}, onShort = () => {}, now = Date.now }: SqlBankInit) {
    migrateBank(database)

    this.policy = transaction(database, () => keepPolicy(database, 'bank_policy', DEFAULT_BANK_POLICY, policy, (policy, kept = DEFAULT_BANK_POLICY) => {
      checkBankPolicy(policy)

      if (policy.unit !== kept.unit && database.prepare('SELECT 1 FROM ledger_accounts WHERE currency = \'money\' AND id <> ?').get(WORLD_ID) != null) {
        throw new InvalidParametersError(`The accounts of this server are in ${kept.unit}: the unit cannot be changed to ${policy.unit} any more`)
      }
    }))
    this.#database = database
    this.#self = self.toString()
    this.#onDoubleSpend = onDoubleSpend
    this.#onShort = onShort
    this.#now = now
    this.#accounts = new Accounts(database, 'money', now)
    this.#sessions = new Sessions(database, 'money')
    this.#claims = new Claims(database)
    this.#statements = {
      bookOfSerial: database.prepare(`${BOOKS} WHERE serial = ?`),
      bookOfTicket: database.prepare(`${BOOKS} WHERE books.ticket = ?`),
      openBook: database.prepare(`${BOOKS} WHERE books.client = ? AND books.object = ? AND closed = 0`),
      addBook: database.prepare(`
        INSERT INTO bank_books (ticket, client, object, coins, bond, first, count, price, bond_paid, fee, share, not_after, redeem_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      extendBook: database.prepare('UPDATE bank_books SET first = ?, count = ?, price = ?, bond_paid = ?, not_after = ?, redeem_until = ? WHERE ticket = ?'),
      repay: database.prepare('UPDATE bank_books SET repaid = repaid + shortfall, shortfall = 0, lost = 0 WHERE ticket = ?'),
      redeem: database.prepare('UPDATE bank_books SET redeemed = redeemed + ?, forfeited = forfeited + ?, shortfall = shortfall + ?, lost = lost + ? WHERE ticket = ?'),
      closeBook: database.prepare('UPDATE bank_books SET closed = 1 WHERE ticket = ?'),
      due: database.prepare('SELECT ticket, serial FROM bank_books JOIN ledger_tickets ON ledger_tickets.id = ticket WHERE closed = 0 AND redeem_until < ? ORDER BY redeem_until'),
      books: database.prepare(`${BOOKS} WHERE books.client = ? AND closed = 0 ORDER BY books.ticket DESC LIMIT ${MAX_STATEMENT_BOOKS}`),
      reserved: database.prepare(`
        SELECT coalesce(sum(coins.balance + bonds.balance), 0) AS reserved
        FROM bank_books AS books JOIN ledger_accounts AS coins ON coins.id = coins JOIN ledger_accounts AS bonds ON bonds.id = bond
        WHERE client = ? AND closed = 0`),
      client: database.prepare('SELECT 1 FROM bank_books WHERE client = ? LIMIT 1'),
      payment: database.prepare('SELECT kind, ledger_accounts.account, amount, time FROM bank_payments AS payments JOIN ledger_accounts ON ledger_accounts.id = payments.account WHERE reference = ?'),
      addPayment: database.prepare('INSERT INTO bank_payments (reference, kind, account, amount, time, movement) VALUES (?, ?, ?, ?, ?, ?)'),
      purse: database.prepare(`
        SELECT min(earned, ${Number.MAX_SAFE_INTEGER}) AS earned, min(spent, ${Number.MAX_SAFE_INTEGER}) AS spent FROM bank_purses WHERE account = ?`),
      addToPurse: database.prepare(`
        INSERT INTO bank_purses (account, earned, spent) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET earned = earned + excluded.earned, spent = spent + excluded.spent`),
      session: database.prepare('SELECT worth, gross, spent_before, from_bond, unpaid FROM bank_sessions WHERE session = ?'),
      writeSession: database.prepare(`
        INSERT INTO bank_sessions (session, worth, gross, spent_before, from_bond, unpaid) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
          worth = excluded.worth, gross = excluded.gross, spent_before = excluded.spent_before, from_bond = excluded.from_bond, unpaid = excluded.unpaid`),
      isNoted: database.prepare('SELECT 1 FROM bank_double_spends WHERE book = ? AND provider = ?'),
      noted: database.prepare('SELECT count(*) AS count FROM bank_double_spends WHERE book = ?'),
      note: database.prepare('INSERT INTO bank_double_spends (book, provider, coin, at, first, second) VALUES (?, ?, ?, ?, ?, ?)'),
      doubleSpends: database.prepare(`
        SELECT spends.id, serial, clients.account AS client, books.object, coin, at, ${evidenceColumns('one')}, ${evidenceColumns('other')}
        FROM bank_double_spends AS spends
          JOIN bank_evidence AS one ON one.id = spends.first
          JOIN bank_evidence AS other ON other.id = spends.second
          JOIN bank_books AS books ON books.ticket = spends.book
          JOIN ledger_tickets AS tickets ON tickets.id = spends.book
          JOIN ledger_accounts AS clients ON clients.id = books.client
        WHERE spends.first IS NOT NULL ORDER BY spends.id LIMIT ?`),
      doubleSpend: database.prepare('SELECT spends.first, second, closed FROM bank_double_spends AS spends JOIN bank_books AS books ON books.ticket = spends.book WHERE spends.id = ? AND spends.first IS NOT NULL'),
      report: database.prepare('UPDATE bank_double_spends SET first = NULL, second = NULL WHERE id = ?'),
      dropSpend: database.prepare('DELETE FROM bank_double_spends WHERE id = ?'),
      dropReported: database.prepare('DELETE FROM bank_double_spends WHERE book = ? AND first IS NULL'),
      spendsOf: database.prepare(`
        SELECT spends.id, spends.first, spends.second
        FROM bank_double_spends AS spends JOIN bank_evidence AS one ON one.id = spends.first JOIN bank_evidence AS other ON other.id = spends.second
        WHERE spends.book = ?1 AND ?2 IN (one.acknowledged, other.acknowledged)`)
    }
  }

  deposit (account: PeerId, amount: number, options: PaymentOptions = {}): Payment {
    return this.#pay('deposit', account, amount, options)
  }

  withdraw (account: PeerId, amount: number, options: PaymentOptions = {}): Payment {
    return this.#pay('withdrawal', account, amount, options)
  }

  balance (account: PeerId): number {
    return this.#accounts.find(account.toString())?.balance ?? 0
  }

  async order (order: BookOrder): Promise<{ book: CoinBook, quote: BookQuote }> {
    return new Promise((resolve, reject) => {
      this.#orders.push({ order, resolve, reject })

      if (this.#orders.length === 1) {
        // after all that has arrived by now: one sync to the disk is enough for them
        setImmediate(() => { this.#carryOut() })
      }
    })
  }

  book (serial: Uint8Array): CoinBook | undefined {
    const row = this.#bookOf('bookOfSerial', serial)

    return row == null ? undefined : coinBook(row)
  }

  bookOf (client: PeerId, object: CID): CoinBook | undefined {
    const purse = this.#accounts.find(client.toString())
    const row = purse == null ? undefined : this.#bookOf('openBook', purse.id, object.toString())

    return row == null ? undefined : coinBook(row, client, object)
  }

  openBooks (object: CID): { count: number, redeemUntil: number } {
    const row = this.#database.prepare('SELECT count(*) AS count, coalesce(max(redeem_until), 0) AS until FROM bank_books WHERE object = ? AND closed = 0').get(object.toString())

    return { count: Number(row?.count), redeemUntil: Number(row?.until) }
  }

  isClient (peer: PeerId): boolean {
    const purse = this.#accounts.find(peer.toString())

    return purse != null && this.#statements.client.get(purse.id) != null
  }

  settle (redemptions: Redemption[]): Redeemed[] {
    return transaction(this.#database, () => {
      const blocks = this.#sessions.blocks()
      const holdings = this.#claims.holdings()
      const redeemed = redemptions.map(redemption => this.#settle(redemption, blocks, holdings))
      blocks.store()

      return redeemed
    })
  }

  settled (session: Uint8Array): SessionAccount | undefined {
    return this.#sessions.settled(session)
  }

  void (session: Uint8Array, reason: string): void {
    transaction(this.#database, () => { this.#void(session, reason) })
  }

  doubleSpends (limit: number): DoubleSpend[] {
    return this.#statements.doubleSpends.all(limit).map(row => ({
      id: Number(row.id),
      serial: row.serial as Uint8Array,
      client: peerIdFromString(String(row.client)),
      object: CID.parse(String(row.object)),
      index: Number(row.coin),
      sessions: [evidenceOf(row, 'one_'), evidenceOf(row, 'other_')],
      at: Number(row.at)
    }))
  }

  reported (doubleSpend: number): void {
    transaction(this.#database, () => {
      const row = this.#statements.doubleSpend.get(doubleSpend)

      if (row != null) {
        // that it is known stays as long as the book: it is not noted again
        (row.closed === 1 ? this.#statements.dropSpend : this.#statements.report).run(doubleSpend)
        this.#claims.forget(Number(row.first))
        this.#claims.forget(Number(row.second))
      }
    })
  }

  close (now: number = this.#now(), keep: (serial: Uint8Array) => boolean = () => false): number {
    if (this.#statements.due.get(now) == null) {
      return 0
    }

    return transaction(this.#database, () => {
      const due: number[] = []

      for (const { ticket, serial } of this.#statements.due.iterate(now)) {
        if (due.length === MAX_CLOSED) {
          break
        }

        if (!keep(serial as Uint8Array)) {
          due.push(Number(ticket))
        }
      }

      for (const ticket of due) {
        const { client, coins, escrow, bond, bondLeft } = this.#bookOf('bookOfTicket', ticket) as BookRow

        this.#accounts.post({ kind: 'refund', payer: coins, payee: client, amount: escrow })
        this.#accounts.post({ kind: 'refund', payer: bond, payee: client, amount: bondLeft })
        this.#statements.closeBook.run(ticket)
        this.#claims.forgetBook(ticket)
        this.#statements.dropReported.run(ticket)
      }

      return due.length
    })
  }

  statement (client: PeerId, { before = Number.MAX_SAFE_INTEGER, limit = MAX_STATEMENT_MOVEMENTS }: { before?: number, limit?: number } = {}): BankStatement {
    const { unit } = this.policy
    const purse = this.#accounts.find(client.toString())

    if (purse == null) {
      return { unit, balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] }
    }

    const totals = this.#statements.purse.get(purse.id)

    return {
      unit,
      balance: purse.balance,
      reserved: Number(this.#statements.reserved.get(purse.id)?.reserved),
      earned: Number(totals?.earned ?? 0),
      spent: Number(totals?.spent ?? 0),
      books: this.#statements.books.all(purse.id).map(row => {
        const book = bookRow(row)

        return { ...coinBook(book, client), redeemed: book.redeemed }
      }),
      movements: this.#accounts.latest(purse.id, { before, limit: Math.min(limit, MAX_STATEMENT_MOVEMENTS) })
    }
  }

  accounts (): PurseInfo[] {
    return this.#database.prepare(`
      SELECT account, balance, account LIKE '${COINS}%' AS coins, account LIKE '${BOND}%' AS bond FROM ledger_accounts
      WHERE currency = 'money' AND (NOT (coins OR bond) OR balance > 0)
      ORDER BY coins OR bond, balance DESC, account
    `).all().map(({ account, balance, coins, bond }) => ({
      account: String(account),
      kind: purseKind(coins === 1, bond === 1, account === WORLD),
      balance: Number(balance)
    }))
  }

  movements (filter?: MovementFilter): Iterable<Movement> {
    return this.#accounts.movements(filter)
  }

  check (): BankCheck {
    return checkBank(this.#database)
  }

  #pay (kind: Payment['kind'], account: PeerId, amount: number, { reference = randomUUID(), memo }: PaymentOptions): Payment {
    if (!Number.isSafeInteger(amount) || amount < 1) {
      throw new InvalidAmountError(`An amount is a whole number from 1 to 2^53 - 1, not ${amount}`)
    }

    if (!REFERENCE.test(reference)) {
      throw new InvalidParametersError('A reference has 1 to 128 printable ASCII characters')
    }

    if (memo != null && memo.length > MAX_MEMO_LENGTH) {
      throw new InvalidParametersError(`A memo has ${MAX_MEMO_LENGTH} characters at most`)
    }

    return transaction(this.#database, () => {
      const known = this.#statements.payment.get(reference)

      if (known != null) {
        if (known.kind !== kind || known.account !== account.toString() || known.amount !== amount) {
          throw new PaymentConflictError(`The reference ${reference} is of a ${known.kind} of ${known.amount} for ${known.account}`)
        }

        return { reference, kind, account, amount, time: Number(known.time), repeated: true }
      }

      const time = this.#now()
      const purse = kind === 'deposit' ? this.#fill(account, amount) : this.#drain(account, amount)
      const [payer, payee] = kind === 'deposit' ? [WORLD_ID, purse] : [purse, WORLD_ID]
      const movement = this.#accounts.post({ kind, payer, payee, amount, memo: memo ?? reference }, time)
      this.#statements.addPayment.run(reference, kind, purse, amount, time, movement)

      return { reference, kind, account, amount, time, repeated: false }
    })
  }

  /** The row of an account that an amount can be paid to. */
  #fill (account: PeerId, amount: number): number {
    // no account can have more than the world has given
    if (this.#accounts.balance(WORLD_ID) - amount < Number.MIN_SAFE_INTEGER) {
      throw new InvalidAmountError('All accounts together can have 2^53 - 1 at most')
    }

    return this.#purse(account.toString())
  }

  /** The row of an account that an amount can be taken from. */
  #drain (account: PeerId, amount: number): number {
    const purse = this.#accounts.find(account.toString())

    if (purse == null || purse.balance < amount) {
      const balance = purse?.balance ?? 0

      throw new MoneyShortError(`The account has ${balance} ${this.policy.unit}: ${amount - balance} are missing`, amount - balance)
    }

    return purse.id
  }

  /** The row of an account, which is opened if need be. */
  #purse (account: string): number {
    return this.#accounts.find(account)?.id ?? this.#accounts.open(account)
  }

  #bookOf (statement: 'bookOfSerial' | 'bookOfTicket' | 'openBook', ...values: Array<Uint8Array | number | string>): BookRow | undefined {
    const row = this.#statements[statement].get(...values)

    return row == null ? undefined : bookRow(row)
  }

  /** Orders that have arrived, in one transaction. */
  #carryOut (): void {
    const pending = this.#orders.splice(0, MAX_ORDERS)
    let tell: Array<() => void>

    if (this.#orders.length > 0) {
      setImmediate(() => { this.#carryOut() })
    }

    try {
      tell = transaction(this.#database, () => pending.map(({ order, resolve, reject }) => {
        let plan: Plan

        try {
          plan = this.#plan(order)
          this.#expectPayable(plan)
        } catch (err: any) {
          // nothing was written for it: the others go on
          return () => { reject(err) }
        }

        const result = this.#buy(plan)

        return () => { resolve(result) }
      }))
    } catch (err: any) {
      tell = pending.map(({ reject }) => () => { reject(err) })
    }

    tell.forEach(each => { each() })
  }

  #plan (order: BookOrder): Plan {
    const { client, object, values, notAfter } = order

    if (!Number.isInteger(order.first) || !Number.isInteger(order.count) || order.first < 0 || order.count < 1 || order.first + order.count > MAX_BLOCKS) {
      throw new InvalidParametersError(`There are no ${order.count} blocks from ${order.first} on`)
    }

    if (!Number.isSafeInteger(notAfter)) {
      throw new InvalidParametersError('A ticket ends at a whole millisecond')
    }

    const purse = this.#accounts.find(client.toString())
    const book = purse == null ? undefined : this.#bookOf('openBook', purse.id, object.toString())
    const first = Math.min(order.first, book?.first ?? order.first)
    const count = Math.max(order.first + order.count, book == null ? 0 : book.first + book.count) - first
    const more = values.run(first, count) - (book?.price ?? 0)

    if (more < 0) {
      throw new InvalidParametersError('The coins of this object were sold at another price')
    }

    const quote = { bond: partAbove(more, book?.share ?? this.policy.bond), balance: purse?.balance ?? 0 }

    if (book == null || !isShort(book)) {
      return { order, purse, book, first, count, quote: { ...quote, price: more } }
    }

    const lost = Math.max(book.lost, book.shortfall)

    return { order, purse, book, first, count, quote: { ...quote, price: Math.min(Number.MAX_SAFE_INTEGER, more + lost), lost } }
  }

  /**
   * @throws {PaymentNeededError | MoneyShortError}
   */
  #expectPayable ({ order: { maxPrice }, quote }: Plan): void {
    const { price, bond, balance } = quote
    const { unit } = this.policy

    // whatever is no number covers nothing
    if (!(maxPrice >= price)) {
      throw new PaymentNeededError(`The coins cost ${price} ${unit}`, quote)
    }

    const missing = Math.min(Number.MAX_SAFE_INTEGER, price + bond - balance)

    if (missing > 0) {
      throw new MoneyShortError(`The coins cost ${price} ${unit}, and ${bond} are set aside; the account has ${balance}: ${missing} are missing`, missing, quote)
    }
  }

  #buy ({ order: { client, object, notAfter }, purse, book, first, count, quote }: Plan): { book: CoinBook, quote: BookQuote } {
    const { fee, bond: share, redemption } = this.policy
    const { lost = 0, balance } = quote
    // what is missing in escrow goes there, and what the bond has given instead to the bond
    const shortfall = lost === 0 ? 0 : book?.shortfall ?? 0
    const price = quote.price - lost
    const bond = quote.bond + lost - shortfall
    let row: BookRow

    if (book == null) {
      const clientId = purse?.id ?? this.#accounts.open(client.toString())
      const serial = randomBytes(SERIAL_LENGTH)
      const name = toString(serial, 'hex')
      row = {
        ticket: this.#sessions.ticket(serial, clientId, object.toString()),
        serial,
        client: clientId,
        coins: this.#accounts.open(COINS + name),
        bond: this.#accounts.open(BOND + name),
        peer: client.toString(),
        object: object.toString(),
        first,
        count,
        price,
        bondPaid: bond,
        fee,
        share,
        notAfter,
        redeemUntil: notAfter + redemption,
        redeemed: 0,
        shortfall: 0,
        lost: 0,
        closed: false,
        escrow: price,
        bondLeft: bond
      }
      this.#statements.addBook.run(row.ticket, row.client, row.object, row.coins, row.bond, first, count, price, bond, fee, share, notAfter, row.redeemUntil)
    } else {
      row = {
        ...book,
        first,
        count,
        price: book.price + price,
        bondPaid: book.bondPaid + bond,
        notAfter: Math.max(book.notAfter, notAfter),
        redeemUntil: Math.max(book.redeemUntil, notAfter + redemption),
        shortfall: book.shortfall - shortfall,
        lost: lost === 0 ? book.lost : 0,
        escrow: book.escrow + price + shortfall,
        bondLeft: book.bondLeft + bond
      }

      if (lost > 0) {
        this.#statements.repay.run(row.ticket)
      }

      if (count !== book.count || row.bondPaid !== book.bondPaid || row.notAfter !== book.notAfter || row.redeemUntil !== book.redeemUntil) {
        this.#statements.extendBook.run(first, count, row.price, row.bondPaid, row.notAfter, row.redeemUntil, row.ticket)
      }
    }

    this.#accounts.post({ kind: 'purchase', payer: row.client, payee: row.coins, amount: price + shortfall })
    this.#accounts.post({ kind: 'bond', payer: row.client, payee: row.bond, amount: bond })

    return { book: coinBook(row, client, object), quote: { ...quote, balance: balance - quote.price - quote.bond } }
  }

  #settle (redemption: Redemption, blocks: CreditedBlocks, holdings: Holdings): Redeemed {
    const { session, provider, count, evidence } = redemption
    const known = this.#sessions.open(redemption)

    if (known?.void === true) {
      return { credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 }
    }

    const book = this.#sold(redemption)
    const payee = this.#accounts.find(provider.toString())?.id
    expectSame(known, book.ticket, payee)

    const totals = known ?? NOTHING
    const sums = this.#sumsOf(known?.id)

    if (book.closed || count <= totals.count) {
      return { credited: totals.credited, amount: totals.amount, newly: 0, spentBefore: sums.spentBefore, fromBond: sums.fromBond, unpaid: sums.unpaid }
    }

    const before = known == null ? undefined : this.#claims.before(known.id, evidence)
    const { coins, others, worth } = takeCoins(redemption, book, before?.settled ?? 0, blocks)
    const spent = this.#spentBefore(redemption, { book, payee, holdings, redeemed: coins, others })
    const { fromEscrow, missing, fromBond, unpaid, again, twice } = payout(worth, spent, book, this.#isServer(provider))
    const newly = coins.length + again.length
    const gross = fromEscrow + fromBond
    const result = { newly, spentBefore: sums.spentBefore + spent.length, fromBond: sums.fromBond + fromBond, unpaid: sums.unpaid + unpaid }

    if (twice != null) {
      this.#note(book, payee ?? this.#accounts.open(provider.toString()), twice, evidence)
    }

    if (known == null && newly === 0) {
      // else colluders could fill the books with sessions that never were
      return { credited: 0, amount: 0, ...result }
    }

    // by the total: to claim in small pieces saves nothing
    const fee = this.#isServer(provider) ? 0 : partOf(sums.gross + gross, book.fee) - partOf(sums.gross, book.fee)
    const providerId = this.#purse(provider.toString())
    const credited = totals.credited + newly
    const amount = totals.amount + gross - fee
    const id = this.#sessions.settle(session, known, book.ticket, providerId, { ...totals, count, credited, amount, again: totals.again + again.length })

    this.#post({ book, session: id, provider: providerId, fromEscrow, fromBond, fee })
    this.#statements.redeem.run(worth, fromBond, -missing, 0, book.ticket)
    this.#tellShort(book, { lost: book.lost, shortfall: book.shortfall - missing, bondLeft: book.bondLeft - fromBond })
    this.#addToPurse(providerId, gross - fee, 0)
    this.#addToPurse(book.client, 0, worth + fromBond)
    this.#statements.writeSession.run(id, sums.worth + worth, sums.gross + gross, result.spentBefore, result.fromBond, result.unpaid)

    if (newly > 0) {
      const lists = { coins, again: Uint32Array.from(again) }
      const claim = this.#claims.write(book.ticket, id, { settled: count, ...lists }, evidence, before)
      holdings.add(book.ticket, claim, providerId, lists.coins, lists.again)
    } else if (before != null) {
      this.#claims.reach(before.id, count)
    }

    return { credited, amount, ...result }
  }

  /**
   * The book that coins are of.
   *
   * @throws {InvalidParametersError}
   */
  #sold ({ serial, recipient, object }: Redemption): BookRow {
    const book = this.#bookOf('bookOfSerial', serial)

    if (book == null || book.peer !== recipient.toString() || book.object !== object.toString()) {
      throw new InvalidParametersError('There is no such book of coins')
    }

    return book
  }

  #isServer (peer: PeerId): boolean {
    return peer.toString() === this.#self
  }

  /** The fee is taken from the escrow's part first. */
  #post ({ book, session, provider, fromEscrow, fromBond, fee }: { book: BookRow, session: number, provider: number, fromEscrow: number, fromBond: number, fee: number }): void {
    const server = this.#purse(this.#self)
    const feeOfCoins = Math.min(fee, fromEscrow)
    const feeOfBond = fee - feeOfCoins

    this.#accounts.post({ kind: 'payment', payer: book.coins, payee: provider, amount: fromEscrow - feeOfCoins, session })
    this.#accounts.post({ kind: 'fee', payer: book.coins, payee: server, amount: feeOfCoins, session })
    this.#accounts.post({ kind: 'forfeit', payer: book.bond, payee: provider, amount: fromBond - feeOfBond, session })
    this.#accounts.post({ kind: 'fee', payer: book.bond, payee: server, amount: feeOfBond, session })
  }

  /**
   * Coins of a session that were redeemed before, and not by its provider, whose account is `payee` if it has one: the
   * `others`, of which some may be among those that this session redeemed just now.
   */
  #spentBefore ({ values }: Redemption, { book, payee, holdings, redeemed, others }: { book: BookRow, payee?: number, holdings: Holdings, redeemed: Uint32Array, others: number[] }): SpentCoin[] {
    if (others.length === 0) {
      return []
    }

    const coins = new Set(others)
    redeemed.forEach(coin => coins.delete(coin))
    const held = holdings.of(book)
    const server = this.#accounts.find(this.#self)?.id

    return [...coins].filter(coin => payee == null || !held.isHeldBy(coin, payee))
      .map(coin => ({ coin, worth: values.coin(coin), claim: held.claimOf(coin, server) }))
  }

  /** Whoever serves a client whose book has become short is told to stop. */
  #tellShort (before: BookRow, after: Funded): void {
    if (isShort(after) && !isShort(before)) {
      this.#onShort(peerIdFromString(before.peer), CID.parse(before.object))
    }
  }

  /** Keeps both sessions, so that there is evidence whatever becomes of them. */
  #note (book: BookRow, provider: number, { coin, claim }: { coin: number, claim: number }, evidence: SessionEvidence): void {
    const { ticket } = book

    if (this.#statements.isNoted.get(ticket, provider) == null && Number(this.#statements.noted.get(ticket)?.count) < MAX_DOUBLE_SPENDS) {
      this.#statements.note.run(ticket, provider, coin, this.#now(), this.#claims.copy(claim), this.#claims.keep(ticket, evidence))
      this.#onDoubleSpend(peerIdFromString(book.peer))
    }
  }

  #void (session: Uint8Array, reason: string): void {
    const known = this.#sessions.find(session)

    if (known?.void === true) {
      return
    }

    if (known == null) {
      this.#sessions.void(session, reason)

      return
    }

    const book = this.#bookOf('bookOfTicket', Number(known.ticket)) as BookRow
    this.#takeBack(known, book, reason)

    if (book.closed) {
      this.#sessions.void(session, reason, known, known)
    } else {
      this.#sessions.void(session, reason, known)
      const coins = this.#claims.redeemed(known.id)

      for (const { session, count } of this.#claims.inherit(book.ticket, known.id, coins)) {
        this.#sessions.inherit(session, count)
      }

      this.#sessions.free(book.ticket, Uint32Array.from(coins))
      this.#claims.forgetSession(known.id)
      this.#forgetDoubleSpends(book.ticket, session)
    }
  }

  /** What a session was paid, as far as the provider has it, and the fee of this session, as far as the server has that. */
  #takeBack ({ id, amount, provider }: KnownSession, book: BookRow, reason: string): void {
    const { worth, gross } = this.#sumsOf(id)
    // once a book is closed, what it had is the client's
    const [escrow, bond] = book.closed ? [book.client, book.client] : [book.coins, book.bond]
    let owed = worth
    let returned = 0

    const take = (payer: number, most: number): number => {
      const taken = Math.min(most, this.#accounts.balance(payer))
      const toEscrow = Math.min(taken, owed)
      const toBond = taken - toEscrow
      owed -= toEscrow
      returned += toBond
      this.#accounts.post({ kind: 'reversal', payer, payee: escrow, amount: toEscrow, session: id, memo: reason })
      this.#accounts.post({ kind: 'reversal', payer, payee: bond, amount: toBond, session: id, memo: reason })

      return taken
    }

    const earned = take(Number(provider), amount)
    // nothing else of the server's: who has an accomplice lie and run would have it
    const fee = take(this.#purse(this.#self), gross - amount)
    const [shortfall, lost] = book.closed ? [0, 0] : [owed, gross - earned - fee]

    this.#statements.redeem.run(-worth, -returned, shortfall, lost, book.ticket)
    this.#tellShort(book, { lost: book.lost + lost, shortfall: book.shortfall + shortfall, bondLeft: book.bondLeft + returned })
    this.#addToPurse(Number(provider), -earned, 0)
    this.#addToPurse(book.client, 0, -worth - returned)
  }

  /** A void session proves nothing against its recipient. */
  #forgetDoubleSpends (book: number, session: Uint8Array): void {
    for (const { id, first, second } of this.#statements.spendsOf.all(book, session)) {
      this.#statements.dropSpend.run(id)
      this.#claims.forget(Number(first))
      this.#claims.forget(Number(second))
    }
  }

  #sumsOf (session: number | undefined): { worth: number, gross: number, spentBefore: number, fromBond: number, unpaid: number } {
    const row = session == null ? undefined : this.#statements.session.get(session)

    return {
      worth: Number(row?.worth ?? 0),
      gross: Number(row?.gross ?? 0),
      spentBefore: Number(row?.spent_before ?? 0),
      fromBond: Number(row?.from_bond ?? 0),
      unpaid: Number(row?.unpaid ?? 0)
    }
  }

  #addToPurse (account: number, earned: number, spent: number): void {
    this.#statements.addToPurse.run(account, earned, spent)
  }
}

/** Whether void sessions have taken out more than half of the bond that there would be without them: see {@link Bank.order}. */
function isShort ({ lost, shortfall, bondLeft }: Funded): boolean {
  // of what was lost, the bond has given all but the shortfall
  return lost > bondLeft - shortfall
}

function bookRow (row: Record<string, SQLOutputValue>): BookRow {
  return {
    ticket: Number(row.ticket),
    serial: row.serial as Uint8Array,
    client: Number(row.client),
    coins: Number(row.coins),
    bond: Number(row.bond),
    peer: String(row.peer),
    object: String(row.object),
    first: Number(row.first),
    count: Number(row.count),
    price: Number(row.price),
    bondPaid: Number(row.bond_paid),
    fee: Number(row.fee),
    share: Number(row.share),
    notAfter: Number(row.not_after),
    redeemUntil: Number(row.redeem_until),
    redeemed: Number(row.redeemed),
    shortfall: Number(row.shortfall),
    lost: Number(row.lost),
    closed: row.closed === 1,
    escrow: Number(row.escrow),
    bondLeft: Number(row.bond_left)
  }
}

/**
 * The coins of the blocks of a session from a position on: those that nobody has redeemed, which this does now, and what they are
 * worth; and the others, in which a coin may be more than once.
 */
function takeCoins ({ count, indices, values }: Redemption, { ticket, first, count: blockCount }: BookRow, start: number, blocks: CreditedBlocks): { coins: Uint32Array, others: number[], worth: number } {
  const end = first + blockCount
  const coins = new Uint32Array(count - start)
  const others: number[] = []
  let length = 0
  let worth = 0
  // a run is worth what its coins are worth: most often blocks come in long ones
  let run = first
  let next = first

  for (let position = start; position < count; position++) {
    const index = indices[position]

    if (index < first || index >= end) {
      throw new InvalidParametersError(`The book has no coin for block ${index}`)
    }

    if (blocks.add(ticket, index)) {
      coins[length++] = index

      if (index !== next) {
        worth += values.run(run, next - run)
        run = index
      }

      next = index + 1
    } else {
      others.push(index)
    }
  }

  return { coins: coins.subarray(0, length), others, worth: worth + values.run(run, next - run) }
}

function purseKind (isCoins: boolean, isBond: boolean, isWorld: boolean): PurseInfo['kind'] {
  if (isCoins) {
    return 'coins'
  }

  if (isBond) {
    return 'bond'
  }

  return isWorld ? 'world' : 'purse'
}

/** To parse a PeerId and a CID takes longer than to read a book: whoever has them gives them. */
function coinBook ({ serial, peer, object, first, count, price, bondLeft, bondPaid, fee, notAfter, redeemUntil, closed }: BookRow, client: PeerId = peerIdFromString(peer), id: CID = CID.parse(object)): CoinBook {
  return { serial, client, object: id, first, count, price, bond: bondLeft, bondPaid, fee, notAfter, redeemUntil, closed }
}
