/**
 * What a libp2p application sees of mSSL. `MsslService` implements it.
 */
import type { Credentials, DownloadOptions, DownloadResult, ReadOptions } from '../client/index.ts'
import type { PublishProgressEvents } from '../holding/index.ts'
import type { CreditPolicy, Ledger } from '../ledger/index.ts'
import type { Link } from '../link/index.ts'
import type { ClaimOptions, ClaimSummary, ReceiptInfo } from '../receipts/index.ts'
import type { Authorize, Policy } from '../server/index.ts'
import type { AbortOptions, PeerId, TypedEventTarget } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { ProgressOptions } from 'progress-events'

export type { ClientProgressEvents, Credentials, DownloadOptions, DownloadResult, ReadOptions } from '../client/index.ts'
export type { PublishProgressEvents } from '../holding/index.ts'
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

  /** @default 'object-key' */
  encryption?: 'none' | 'object-key'
  /** @default 'per-block' */
  delivery?: 'per-block' | 'super-block'
  /**
   * How blocks change hands: `proof` is the interlocked exchange, in which whoever serves blocks gets signed
   * acknowledgements for them, and credit for those.
   *
   * @default that of what was published before at the same path, else 'plain'
   */
  mode?: 'plain' | 'proof'
  /**
   * Who may have it.
   *
   * @default that of what was published before at the same path, else the node's default policy
   */
  policy?: Policy
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
  mode: 'plain' | 'proof'
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
  mode: 'plain' | 'proof'
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
  'peer:convicted': CustomEvent<{ peer: PeerId, kind: 'false-entry' | 'equivocation', evidence?: string }>
}

export interface Mssl extends TypedEventTarget<MsslEvents> {
  /**
   * Makes a file or folder an object of this node's own and serves it.
   *
   * @throws {SourceChangedError | NoSpaceError | InvalidParametersError}
   */
  publish (path: string, options?: PublishOptions): Promise<Published>

  /** Ends the service of an object that this node published; its files stay. */
  unpublish (id: CID): Promise<void>

  /** The link of an object that this node published, with the addresses of now. */
  link (id: CID): Promise<string>

  /**
   * Gets an object into a file or folder; goes on where an earlier run stopped. It is provided to others meanwhile,
   * and afterwards for as long as this node runs. What this home has in another place already is copied from there.
   *
   * A link may also be the web address of a domain that vouches for its server, `https://example.org/holiday.mp4`: the
   * domain is pinned with the server's key, as the server is.
   *
   * @throws {WellKnownError | RefusedError | CredentialNeededError | ServerChangedError | ClockSkewError} by what the server says
   * @throws {UnreachableError | IntegrityError | AbortError} while blocks are fetched
   * @throws {FileExistsError | NoSpaceError | StorageError} while they are written
   */
  get (link: string | Link, options?: DownloadOptions): Promise<DownloadResult>

  /** The bytes of an object, or a range of them, in order and verified; nothing is written. */
  read (link: string | Link, options?: ReadOptions): AsyncGenerator<Uint8Array>

  /** Obtains and keeps a ticket, so that the object can be got later, from peers alone if need be. */
  authorize (link: string | Link, options?: Credentials & AbortOptions): Promise<GrantInfo>

  /** Serves what the home holds: one object, or all. Returns what is served. */
  provide (id?: CID, options?: AbortOptions): Promise<HoldingInfo[]>

  /** What the home holds. */
  list (): HoldingInfo[]

  /** Whom this node serves at the moment. */
  recipients (): RecipientInfo[]

  /** What recipients acknowledged to this node, with mode proof, and what became of it. */
  receipts (): ReceiptInfo[]

  /**
   * Claims credit for what was acknowledged, now. A node does that by itself again and again; what a server cannot be
   * reached for stays for another time. What was acknowledged of this node's own objects makes it serve them: it is their judge.
   */
  claim (options?: ClaimOptions): Promise<ClaimSummary>

  /** The credit of this server's clients. Written by claims, and by the operator. */
  readonly ledger: Ledger
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
   * @default 16
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
}
