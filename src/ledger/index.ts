/**
 * @packageDocumentation
 *
 * Credit: a double-entry ledger of what clients gave each other, and the standing that it gives them. Money is kept in the
 * same tables, by `../bank`, and apart from it: nothing here shows any.
 *
 * Amounts are integers. Every movement takes an amount from one account and gives the same to another, so that all
 * accounts together always hold zero. Credit comes from the account {@link GRANT}, which alone may be negative. A block
 * of a ticket, (serial, index), is credited at most once, for ever, unless all that it earned was taken back.
 *
 * @example Settling what a provider claims
 *
 * ```ts
 * const ledger = new SqlLedger(home.database())
 * const [{ credited, amount }] = ledger.settle([{ session, provider, recipient, object, serial, count, indices, blockLength, relieved: true }])
 * ```
 */
import type { CreditPolicy } from './policy.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export * from './errors.ts'
export * from './export.ts'
export * from './policy.ts'
export { GRANT, WORLD } from './schema.ts'
export type { Currency } from './schema.ts'
export * from './sql-ledger.ts'

/** Why credit moved, or money. */
export type MovementKind = 'starting' | 'service' | 'discount' | 'ageing' | 'reversal' | 'adjustment' |
  'deposit' | 'withdrawal' | 'purchase' | 'bond' | 'payment' | 'fee' | 'forfeit' | 'refund'

/** A session whose acknowledgement has been judged good. */
export interface Settlement {
  /** 32 bytes */
  session: Uint8Array
  provider: PeerId
  recipient: PeerId
  object: CID
  /** Of the recipient's ticket, 16 bytes: of one recipient and one object */
  serial: Uint8Array
  /** Blocks acknowledged */
  count: number
  /** Of the session's blocks, in its order; `count` at least */
  indices: Uint32Array
  /** Bytes of a block */
  blockLength (index: number): number
  /** The provider is not the server */
  relieved: boolean
}

export interface Settled {
  /** Blocks of this session credited to its provider in all; none if the session is void */
  credited: number
  /** Credit for those, in all */
  amount: number
  /** Blocks credited just now */
  newly: number
}

/** What is known of a session. */
export interface SessionAccount {
  /** Blocks credited to its provider; none if it is void */
  credited: number
  /** Credit for those */
  amount: number
  /** Blocks acknowledged, as far as settled */
  count: number
  void: boolean
}

export interface AccountInfo {
  /** PeerId, or {@link GRANT} */
  account: string
  balance: number
  standing: number
  /** Milliseconds since the epoch */
  opened: number
  /** Sessions that it provided and earned by, as far as settled and not void */
  sessions: number
  /** Blocks acknowledged in those */
  served: number
  /** Blocks credited for those */
  credited: number
  /** Sessions that it provided and that are void */
  voided: number
}

/** Takes an amount from one account and gives it to another: two entries that sum to zero. */
export interface Movement {
  /** Grows with time */
  id: number
  /** Milliseconds since the epoch */
  time: number
  kind: MovementKind
  /** PeerId, {@link GRANT}, or with money {@link WORLD} or the name of what belongs to a book of coins */
  payer: string
  payee: string
  /** Above zero */
  amount: number
  /** 32 bytes */
  session?: Uint8Array
  memo?: string
}

export interface MovementFilter {
  /** Those that give to this account or take from it */
  account?: PeerId | string
  /** Not before this time, milliseconds since the epoch */
  since?: number
  /** The latest ones only */
  limit?: number
}

export interface LedgerCheck {
  /** Whether nothing was found */
  holds: boolean
  /** What does not hold, one line each for a person */
  problems: string[]
  accounts: number
  movements: number
  sessions: number
  /** Blocks credited, those of void sessions included by which nobody else may earn */
  blocks: number
  /** Credit that accounts have: what came from {@link GRANT} and has not gone back */
  issued: number
  /** Of all accounts; zero */
  sum: number
}

/**
 * Where credit is kept. Each method that changes something does all of it or nothing, durably, and may not be called
 * within another transaction.
 */
export interface Ledger {
  readonly policy: CreditPolicy

  /** Opens an account with the starting credit; one that is open stays as it is. */
  open (account: PeerId): void

  /**
   * Credits blocks that have not been credited before; opens the accounts. A session that earns nothing is not kept. All or none, in order. Again and again is the
   * same as once; a higher count of a known session settles what is new.
   *
   * @throws {InvalidParametersError} when a session or a serial is known with another provider, recipient or object
   */
  settle (settlements: Settlement[]): Settled[]

  /** undefined: neither settled nor void */
  settled (session: Uint8Array): SessionAccount | undefined

  /**
   * Takes back what a session earned, as far as the accounts still have it. It earns nothing any more. If it earned by all
   * of its blocks and all of that was taken back, others may earn by these blocks; else they stay credited once for all.
   * `indices` are of the session's blocks, as it was settled; without them the blocks stay credited.
   *
   * @throws {InvalidParametersError} when these are other blocks than those
   */
  void (session: Uint8Array, reason: string, indices?: Uint32Array): void

  /** Whether it has an account */
  isOpen (account: PeerId): boolean

  /** 0 if the account is not open */
  balance (account: PeerId): number

  /** 1 to {@link MAX_STANDING}: weight in the sharing of an uplink */
  standing (account: PeerId): number

  /**
   * The operator's word: gives, or takes if below zero. Opens the account.
   *
   * @throws {InsufficientBalanceError | InvalidParametersError}
   */
  adjust (account: PeerId, amount: number, memo: string): void

  /**
   * Ages accounts that were not aged for a day, as many as take no time to speak of. To be called now and then.
   *
   * @param now - milliseconds since the epoch
   * @returns credit that went back to {@link GRANT}
   */
  age (now?: number): number

  /** By balance, highest first; {@link GRANT} included */
  accounts (): AccountInfo[]

  account (account: PeerId): AccountInfo | undefined

  /** Oldest first. Others may write meanwhile. */
  movements (filter?: MovementFilter): Iterable<Movement>

  /** Compares everything that is kept with everything else. Takes long for a large ledger, others may write meanwhile. */
  check (): LedgerCheck
}
