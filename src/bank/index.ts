/**
 * @packageDocumentation
 *
 * Money: accounts of clients with a server, and the books of coins that they buy blocks with.
 *
 * All of it is in the server's double-entry ledger, in whole units and apart from credit. Money comes from the account
 * {@link WORLD}, which alone may be negative, by deposits, and leaves to it by withdrawals. The price of a book is in an
 * account of that book until its coins are redeemed; so is its bond, in another one. What is left when the book is closed
 * goes back to the client.
 *
 * @example Selling a book, and redeeming coins of it
 *
 * ```ts
 * const bank = new SqlBank(home.database(), { self, policy: { unit: 'cent' } })
 * bank.deposit(client, 500, { reference: 'invoice-17' })
 * const { book } = await bank.order({ client, object, values, first: 0, count: 100, maxPrice: 250, notAfter })
 * bank.settle([{ session, provider, recipient: client, object, serial: book.serial, count, indices, … }])
 * bank.close(Date.now())
 * ```
 */
import type { BankPolicy } from './policy.ts'
import type { SessionEvidence } from '../../protocols/ack/index.ts'
import type { Movement, MovementFilter, SessionAccount, Settled, Settlement } from '../ledger/index.ts'
import type { CoinValues } from '../object/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export * from './errors.ts'
export * from './policy.ts'
export * from './sql-bank.ts'
export { WORLD } from '../ledger/index.ts'

/** Coins of a client for the blocks of one object. There is one at most that is not closed. */
export interface CoinBook {
  /** 16 bytes, drawn at random */
  serial: Uint8Array
  client: PeerId
  object: CID
  /** Blocks whose coins were bought, one run */
  first: number
  count: number
  /** What was paid for the coins, without the bond */
  price: number
  /** What the bond is and was when it was paid in */
  bond: number
  bondPaid: number
  /** Of what a coin is worth, 1/10,000 */
  fee: number
  /** The latest ticket of the book ends, milliseconds since the epoch */
  notAfter: number
  /** Coins are redeemed until this time, milliseconds since the epoch */
  redeemUntil: number
  /** All that was left went back */
  closed: boolean
}

/** What a client wants to have a ticket for. */
export interface BookOrder {
  client: PeerId
  object: CID
  values: CoinValues
  /** Blocks, one run */
  first: number
  count: number
  /** The price of what has to be bought may be this at most */
  maxPrice: number
  /** The ticket's end, milliseconds since the epoch */
  notAfter: number
}

/** What an order takes, beyond what the client's book has already. */
export interface BookQuote {
  price: number
  bond: number
  /** Of the price, what is paid in again because the book is short; absent: it is not */
  lost?: number
  /** Of the client's account: before, or, when the order was carried out, after */
  balance: number
}

/** A session of mode purchase whose acknowledgement has been judged good. */
export interface Redemption extends Settlement {
  values: CoinValues
  /** What proves that the recipient spent these coins */
  evidence: SessionEvidence
}

/** What a session has redeemed. All of it in all, so that it is the same again and again. */
export interface Redeemed extends Settled {
  /** Coins that another one had been paid for before, or could have been */
  spentBefore: number
  /** What the bond paid: for those, and where a void session had not given back the price of others */
  fromBond: number
  /** What its coins are worth, and nobody paid */
  unpaid: number
}

/** Two sessions in which a client spent the same coin with two providers. */
export interface DoubleSpend {
  /** Of the row, ascending */
  id: number
  serial: Uint8Array
  client: PeerId
  object: CID
  /** Block whose coin it is; of several, one */
  index: number
  /** The one that was paid from the price, then the one that was paid from the bond */
  sessions: [SessionEvidence, SessionEvidence]
  /** Milliseconds since the epoch */
  at: number
}

export interface Payment {
  reference: string
  kind: 'deposit' | 'withdrawal'
  account: PeerId
  /** Above zero */
  amount: number
  /** Milliseconds since the epoch */
  time: number
  /** It was known already: nothing happened now */
  repeated: boolean
}

export interface PaymentOptions {
  /**
   * The payment's name in whoever's books it comes from, 1 to 128 printable ASCII characters: the same payment is made once.
   *
   * @default drawn at random
   */
  reference?: string
  /** For people, at most 200 characters */
  memo?: string
}

export interface PurseInfo {
  /** PeerId, {@link WORLD}, or that of a book */
  account: string
  kind: 'purse' | 'world' | 'coins' | 'bond'
  balance: number
}

/** One client's money, as {@link Bank.statement} gives it. */
export interface BankStatement {
  unit: string
  balance: number
  /** In books that are not closed, bonds included */
  reserved: number
  /** By coins that others gave to it, less fees */
  earned: number
  /** By coins of its own that were redeemed, from bonds as well */
  spent: number
  /** Not closed, latest first */
  books: Array<CoinBook & { redeemed: number }>
  /** Newest first */
  movements: Movement[]
}

export interface BankCheck {
  holds: boolean
  /** What does not hold, one line each for a person */
  problems: string[]
  accounts: number
  movements: number
  /** Open and closed ones */
  books: { open: number, closed: number }
  coins: { sold: number, redeemed: number }
  /** In the clients' accounts, the server's own included, and in books */
  held: number
  reserved: number
  /** Of all accounts; zero */
  sum: number
}

/**
 * Where money is kept. Each method that changes something does all of it or nothing, durably, and may not be called within
 * another transaction.
 */
export interface Bank {
  readonly policy: BankPolicy

  /**
   * Money came in for an account. Again with the same reference is the same payment.
   *
   * @throws {InvalidAmountError | PaymentConflictError}
   */
  deposit (account: PeerId, amount: number, options?: PaymentOptions): Payment

  /**
   * Money was paid out.
   *
   * @throws {InvalidAmountError | PaymentConflictError | MoneyShortError}
   */
  withdraw (account: PeerId, amount: number, options?: PaymentOptions): Payment

  /** 0 if there is no such account */
  balance (account: PeerId): number

  /**
   * Moves the price of the coins that are wanted and not bought yet, and the bond, from the client's account to the client's
   * book, which is opened if there is none; and notes that there is a ticket until `notAfter`. The run of a book is one: what
   * lies between two wanted ones is bought as well. Again and again is the same as once. Orders that come together are
   * one transaction.
   *
   * A book is short when what void sessions have taken out of it, twice, is more than its bond, what the bond has given for
   * that already included. The price for a short book is what is missing besides: that fills escrow and bond again.
   *
   * @throws {PaymentNeededError} the price is above `maxPrice`; nothing was written
   * @throws {MoneyShortError} with the amount that is missing
   */
  order (order: BookOrder): Promise<{ book: CoinBook, quote: BookQuote }>

  /** Also one that is closed. */
  book (serial: Uint8Array): CoinBook | undefined

  /** The client's book that is not closed. */
  bookOf (client: PeerId, object: CID): CoinBook | undefined

  /** Books of an object that are not closed, and when coins of the last one are redeemed no more, milliseconds since the epoch. */
  openBooks (object: CID): { count: number, redeemUntil: number }

  /** Whether it has or had a book: then it can provide what it bought, and be paid for that. */
  isClient (peer: PeerId): boolean

  /**
   * Pays providers for coins, in order, all or none. Again and again is the same as once; a higher count of a known session
   * settles what is new. A provider is whoever provides, the server as well. Each coin that is new to a session is paid
   *
   * | who has it | from |
   * |---|---|
   * | nobody | the escrow; what a void session has not given back of it: the bond, as far as it reaches |
   * | the same provider | not again: it was paid |
   * | another one | the bond, as far as it reaches. If neither of the two is the server this is noted as spent twice |
   *
   * A coin is had by all that were paid for it, if only a part, by sessions that are not {@link void}; by who redeemed it from the book and by the first
   * provider besides the server even if nothing was left to pay that one. All is less the fee, which is the server's: by what
   * the session was paid in all, so that claims in pieces save nothing, and wherever it comes from, so that no way around saves it.
   *
   * A session that has no coin is not kept. Nothing is paid from a book that is closed.
   *
   * @throws {InvalidParametersError} when there is no such book, it has not these coins, or the session is known with another provider or serial
   */
  settle (redemptions: Redemption[]): Redeemed[]

  /** undefined: neither settled nor void */
  settled (session: Uint8Array): SessionAccount | undefined

  /**
   * Takes back what a session earned, as far as the account still has it, and its fee, as far as the server still has that: first to
   * the escrow, then to the bond what came from there. What is missing of the price is missing in the book; nobody makes it good.
   * The session earns nothing any more. Its coins are free again; one that another session has besides is that one's from then on. A session of
   * the same provider that was settled meanwhile does not have it: it was paid by the void one, and is not paid afterwards. Double
   * spends that it proved and that were not reported are forgotten. What comes back when the book is closed is the client's.
   */
  void (session: Uint8Array, reason: string): void

  /** Noted and not {@link reported}, oldest first. */
  doubleSpends (limit: number): DoubleSpend[]

  /** There is a file of evidence, or enough of them. */
  reported (doubleSpend: number): void

  /**
   * Gives back what is left in books whose coins are redeemed no more, and forgets what was kept to prove double spending.
   *
   * @param now - milliseconds since the epoch
   * @param keep - books of these serials wait: something of theirs is still to be settled
   * @returns how many were closed
   */
  close (now?: number, keep?: (serial: Uint8Array) => boolean): number

  statement (client: PeerId, options?: { before?: number, limit?: number }): BankStatement

  /** Purses and the world, then the books that are not empty. */
  accounts (): PurseInfo[]

  /** Oldest first. Others may write meanwhile. */
  movements (filter?: MovementFilter): Iterable<Movement>

  /** Compares everything that is kept with everything else. */
  check (): BankCheck
}
