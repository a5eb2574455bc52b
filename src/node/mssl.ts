/**
 * What a libp2p application sees of mSSL. `MsslService` implements it.
 */
import type { Bank, BankPolicy } from '../bank/index.ts'
import type { AuthorizeOptions, DownloadOptions, DownloadResult, ReadOptions } from '../client/index.ts'
import type { PublishProgressEvents } from '../holding/index.ts'
import type { CreditPolicy, Ledger } from '../ledger/index.ts'
import type { Link } from '../link/index.ts'
import type { HashName, Price, ServiceMode } from '../object/index.ts'
import type { PaymentsInit } from '../payments/index.ts'
import type { ClaimOptions, ClaimSummary, ReceiptInfo } from '../receipts/index.ts'
import type { Authorize, Policy } from '../server/index.ts'
import type { SpentCoins } from '../wallet/index.ts'
import type { AbortOptions, PeerId, TypedEventTarget } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { ProgressOptions } from 'progress-events'

export type { AuthorizeOptions, ClientProgressEvents, Credentials, DownloadOptions, DownloadResult, PurchaseInfo, ReadOptions } from '../client/index.ts'
export type { Bank, BankCheck, BankPolicy, BankStatement, Payment, PaymentOptions } from '../bank/index.ts'
export type { PublishProgressEvents } from '../holding/index.ts'
export type { HashName, Price, ServiceMode } from '../object/index.ts'
export { PAYMENTS_PATH } from '../payments/constants.ts'
export type { PaymentsInit } from '../payments/index.ts'
export type { DownloadStatus, SourceStatus } from '../swarm/tally.ts'

export interface PublishOptions extends AbortOptions, ProgressOptions<PublishProgressEvents> {
  /**
   * Name that clients see.
   *
   * @default the last segment of the path
   */
  name?: string

  /**
   * Bytes, a power of two from 64 KiB to 4 MiB.
   *
   * @default chosen by size
   */
  blockSize?: number

  /**
   * Hash function that blocks are verified with. blake3 takes a quarter of the time where its native module loads, and
   * thirty times as much where it does not, browsers among them; sha2-256 is fast everywhere.
   *
   * @default 'sha2-256'
   */
  hash?: HashName
  /** @default 'object-key' */
  encryption?: 'none' | 'object-key'
  /** @default 'per-block' */
  delivery?: 'per-block' | 'super-block'
  /**
   * How blocks change hands: `proof` is the interlocked exchange, in which whoever serves blocks gets signed
   * acknowledgements for them, and credit for those; `purchase` is the same for money, which takes a price.
   *
   * @default that of what was published before at the same path, else 'plain'
   */
  mode?: ServiceMode
  /**
   * With mode purchase, what it costs: `amount` whole units for `per` bytes. The unit is the one that this server's bank
   * counts in. It is part of the object: with another price it is another object, with a link of its own.
   *
   * @default that of what was published before at the same path; without `per`, for the whole object
   */
  price?: { amount: number, per?: number }
  /**
   * Who may have it.
   *
   * @default that of what was published before at the same path, else the node's default policy
   */
  policy?: Policy
}

export interface UnpublishOptions {
  /**
   * Although coins of it can still be redeemed: clients who have sold its blocks, and not claimed that yet, will not be paid.
   *
   * @default false
   */
  force?: boolean
}

export interface Published {
  id: CID
  name: string
  /** Bytes */
  size: number
  blockSize: number
  blockCount: number
  path: string
  /** One line that a client needs to get the object */
  link: string
  mode: ServiceMode
  /** With mode purchase */
  price?: Price
  /** Published before, unchanged since: nothing was read again */
  reused: boolean
}

export interface GrantInfo {
  id: CID
  name: string
  size: number
  server: PeerId
  /** The ticket ends, milliseconds since the epoch */
  notAfter: number
}

/** An object that this node holds, whole or in part. */
export interface HoldingInfo {
  id: CID
  name: string
  path: string
  /** Bytes */
  size: number
  have: number
  role: 'origin' | 'client'
  /** How blocks change hands */
  mode: ServiceMode
  /** With mode purchase */
  price?: Price
  complete: boolean
  /** This node serves it at the moment */
  provided: boolean
}

/** Somebody whom this node serves. */
export interface RecipientInfo {
  peer: PeerId
  id: CID
  /** Bytes of blocks that were sent in this session */
  sent: number
}

/** Coins of this home that are still a server's to pay out, or to give back. */
export interface BookInfo {
  /** 16 bytes */
  serial: Uint8Array
  object: CID
  /** Of the object; empty when this home has never had a ticket for it */
  name: string
  /** Blocks whose coins were bought, one run */
  first: number
  count: number
  /** What was paid for them, and what of that others were given */
  price: number
  redeemed: number
  /** What is left of what was set aside besides */
  bond: number
  /** What is left comes back after this time, milliseconds since the epoch */
  redeemUntil: number
}

/** What happened on an account. */
export interface AccountMovement {
  /** Grows with time */
  id: number
  /** Milliseconds since the epoch */
  time: number
  kind: string
  /** Units; below zero, it was taken from the account */
  amount: number
  /** The other side: a PeerId, or a name of the server's books */
  counterpart: string
  memo: string
}

/** This home's account with a server, as the server states it. Amounts are whole units. */
export interface AccountStatement {
  unit: string
  balance: number
  /** In books that are not closed, bonds included */
  reserved: number
  /** By coins that others gave to this node, less fees */
  earned: number
  /** By coins of this node that were redeemed */
  spent: number
  /** Not closed, latest first */
  books: BookInfo[]
  /** Newest first */
  movements: AccountMovement[]
}

/** Coins of one book that this home has spent with one provider, by its own notes. */
export interface SpentInfo extends SpentCoins {
  /** Of the object */
  name: string
}

/** What this home has with one server. */
export interface WalletInfo {
  server: PeerId
  /** On the server's certificate; empty if that was never seen */
  name: string
  /** Absent when the server cannot be asked, or keeps no money */
  statement?: AccountStatement
  /** Why there is no statement, one line for a person */
  error?: string
  spent: SpentInfo[]
}

export interface WalletOptions extends AbortOptions {
  /** The server of this link only, also when this home has bought nothing of it yet */
  link?: string | Link
  /** Movements with a lower id than this */
  before?: number
  /**
   * Movements at most, 1 to 256.
   *
   * @default 20
   */
  limit?: number
}

export interface MsslEvents {
  /** A peer with a good ticket began, or ended, to be served */
  'recipient:join': CustomEvent<{ peer: PeerId, id: CID }>
  'recipient:leave': CustomEvent<{ peer: PeerId, id: CID, bytes: number }>
  /** A provider sent what is false, or broke the rules: nothing more is taken from it for this object */
  'provider:dropped': CustomEvent<{ peer: PeerId, id: CID, reason: string }>
  /** The files of an object are not what they were: it is served no more */
  'holding:changed': CustomEvent<{ id: CID, path: string, reason: string }>
  /** Two nodes hold certificates of one server that contradict each other; both are stored at `evidence` */
  'server:conflict': CustomEvent<{ peer?: PeerId, evidence: string }>
  /** This server has proof that a peer claimed, or signed, what is false; it is stored at `evidence`, unless there was enough already */
  'peer:convicted': CustomEvent<{ peer: PeerId, kind: 'false-entry' | 'equivocation' | 'double-spend', evidence?: string }>
}

export interface Mssl extends TypedEventTarget<MsslEvents> {
  /**
   * Makes a file or folder an object of this node's own and serves it.
   *
   * @throws {SourceChangedError | NoSpaceError | InvalidParametersError}
   */
  publish (path: string, options?: PublishOptions): Promise<Published>

  /**
   * Ends the service of an object that this node published; its files stay.
   *
   * @throws {OpenBooksError} when coins of it can still be redeemed
   */
  unpublish (id: CID, options?: UnpublishOptions): Promise<void>

  /** The link of an object that this node published, with the addresses of now. */
  link (id: CID): Promise<string>

  /**
   * Gets an object into a file or folder; goes on where an earlier run stopped. It is provided to others meanwhile,
   * and afterwards for as long as this node runs. What this home has in another place already is copied from there.
   *
   * A link may also be the web address of a domain that vouches for its server, `https://example.org/holiday.mp4`: the
   * domain is pinned with the server's key, as the server is.
   *
   * With mode purchase, what is missing is paid for first, if `maxPrice` or `confirmPurchase` of the options says so. What
   * was paid for and is not used comes back when the books are closed.
   *
   * @throws {NotPaidError} when something has to be bought and the options do not allow it; with its price
   * @throws {BalanceTooLowError} with the amount that is missing
   * @throws {WellKnownError | RefusedError | CredentialNeededError | ServerChangedError | ClockSkewError} by what the server says
   * @throws {UnreachableError | IntegrityError | AbortError} while blocks are fetched
   * @throws {FileExistsError | NoSpaceError | StorageError} while they are written
   */
  get (link: string | Link, options?: DownloadOptions): Promise<DownloadResult>

  /** The bytes of an object, or a range of them, in order and verified; nothing is written. */
  read (link: string | Link, options?: ReadOptions): AsyncGenerator<Uint8Array>

  /** Obtains and keeps a ticket, so that the object can be got later, from peers alone if need be. */
  authorize (link: string | Link, options?: AuthorizeOptions): Promise<GrantInfo>

  /** Serves what the home holds: one object, or all. Returns what is served. */
  provide (id?: CID, options?: AbortOptions): Promise<HoldingInfo[]>

  /** What the home holds. */
  list (): HoldingInfo[]

  /** Whom this node serves at the moment. */
  recipients (): RecipientInfo[]

  /** What recipients acknowledged to this node, with mode proof or purchase, and what became of it. */
  receipts (): ReceiptInfo[]

  /**
   * Claims credit, or money, for what was acknowledged, now. A node does that by itself again and again; what a server cannot be
   * reached for stays for another time. What was acknowledged of this node's own objects makes it serve them: it is their judge.
   */
  claim (options?: ClaimOptions): Promise<ClaimSummary>

  /** The credit of this server's clients. Written by claims, and by the operator. */
  readonly ledger: Ledger

  /** The money of this server's clients. Written by what they buy and redeem, by payments, and by the operator. */
  readonly bank: Bank

  /**
   * What this home has with the servers that it buys from: asked of them, with what it has noted itself. One that cannot be
   * reached is in the list with an error.
   */
  wallet (options?: WalletOptions): Promise<WalletInfo[]>
}

export interface MsslInit {
  /**
   * Folder for keys, tickets and state.
   *
   * @default `$MSSL_HOME` or `~/.mssl`
   */
  home?: string

  /**
   * Name on the server's certificate.
   *
   * @default the host's name
   */
  name?: string

  /**
   * Milliseconds that a ticket is valid; it is renewed when half of that has passed.
   *
   * @default 3_600_000
   */
  ticketLifetime?: number

  /** Decides who may have an object whose policy is `callback` */
  authorize?: Authorize

  /**
   * Policy of objects that are published without one.
   *
   * @default { kind: 'open' }
   */
  policy?: Policy

  /**
   * Providers that one download uses at once.
   *
   * @default 20
   */
  maxProviders?: number

  /**
   * Milliseconds between two looks at the server's revocation list.
   *
   * @default 60_000
   */
  revocationInterval?: number

  /**
   * Bytes per second of blocks to all recipients together. Their shares are as their standings, with mode proof.
   *
   * @default unlimited
   */
  uploadLimit?: number

  /**
   * Bytes per second of blocks to one recipient.
   *
   * @default unlimited
   */
  uploadLimitPerPeer?: number

  /**
   * Blocks that are sent ahead of their acknowledgements at most, with mode proof. 1 is strict interlock: the next block when
   * the last one was acknowledged.
   *
   * @default as many as make 32 MiB, 512 at most
   */
  acknowledgementWindow?: number

  /** What this server gives credit for, with mode proof */
  credit?: Partial<CreditPolicy>

  /** What this server sells blocks by, with mode purchase: unit, fee, bond, time of redemption. Kept in the home */
  bank?: Partial<BankPolicy>

  /**
   * Takes a payment provider's signed messages, by which money comes into accounts and leaves them, see `src/payments/README.md`.
   *
   * @default none
   */
  payments?: PaymentsInit

  /**
   * Part of the claims that a server audits without a reason, 0 to 1.
   *
   * @default 1 / 64
   */
  auditRate?: number

  /**
   * Milliseconds between two rounds of claims.
   *
   * @default 60_000
   */
  claimInterval?: number

  /**
   * Milliseconds between two rounds of a server's books: what recipients have shown is paid, coin books that are over are
   * closed and what is left in them goes back, credit ages. Each round begins when the one before has ended.
   *
   * @default 60_000
   */
  booksInterval?: number
}
