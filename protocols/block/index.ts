/**
 * @packageDocumentation
 *
 * `/mssl/block/1.0.0`: a recipient fetches the blocks of one object from one provider. The messages, limits and rules of
 * both ends are specified in `README.md` beside this file. This module moves and polices blocks; what may be given to whom
 * is decided by the {@link Provision} it is given, and what becomes of a received block by the {@link SessionHandler}.
 *
 * @example Serving and fetching
 *
 * ```ts
 * import { createLibp2p } from 'libp2p'
 * import { block } from 'mssl/protocols/block'
 *
 * const node = await createLibp2p({
 *   // transports, connectionEncrypters, streamMuxers …
 *   services: { block: block({ provision }) }
 * })
 *
 * const session = await node.services.block.openSession(provider, { object, certificate, ticket, have }, handler)
 * session.request([{ index: 0, levels: 12 }])
 * ```
 */

import { BlockService } from './block.ts'
import type { Availability, BlockStatus } from './pb/block.ts'
import type { AbortOptions, ComponentLogger, Metrics, PeerId } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

export { Availability, BlockStatus } from './pb/block.ts'
export { RefusedError } from './errors.ts'
export { acknowledgementWindow, requestWindow } from './request-window.ts'
export { BlockService } from './block.ts'
export { BLOCK_PROTOCOL, IDLE_TIMEOUT, MAX_PEERS, MAX_WINDOW } from './constants.ts'

/** `count` blocks from `first` on. */
export interface BlockRange {
  first: number
  count: number
}

/** What one end asks the other for. */
export interface BlockRequest {
  index: number
  /** Missing levels of the inclusion path, counted from the leaf; 0 with super-block delivery. */
  levels: number
}

/** A recipient's opening. */
export interface Open {
  /** CID */
  object: Uint8Array
  /** Signed envelope: the server's certificate as the recipient knows it. */
  certificate: Uint8Array
  /** Signed envelope. */
  ticket: Uint8Array
  /** Bitmap of what the recipient has, lowest bit first; empty: nothing. */
  have: Uint8Array
  /** With mode proof: the recipient's, 32 random bytes. */
  nonce?: Uint8Array
}

/** Another holder of the object. */
export interface BlockPeer {
  /** PeerId multihash */
  id: Uint8Array
  /** Binary multiaddrs */
  addresses: Uint8Array[]
}

/** The sizes of an object, as its signed manifest gives them. */
export interface ObjectShape {
  blockCount: number
  /** Bytes of one node hash. */
  hashLength: number
  /** Bytes of block `index` in its published form. */
  blockLength (index: number): number
}

// ---------------------------------------------------------------- provider

/**
 * Decides who gets what. One per node; the session asks it before anything of an object is given.
 */
export interface Provision {
  /**
   * Check a recipient's opening. The channel has proven `recipient`.
   *
   * @throws {RefusedError} whose status, reason and certificate are sent; any other error is answered BLOCK_STOPPING
   */
  admit (open: Open, recipient: PeerId, options: AbortOptions): Promise<Admission>
}

/**
 * One recipient's way to one object.
 */
export interface Admission {
  shape: ObjectShape
  availability: Availability
  /** Bitmap, with availability SOME. */
  have?: Uint8Array
  /** Other holders, at most 16. */
  peers: BlockPeer[]
  /** This end's certificate of the server when it is newer than the recipient's. */
  certificate?: Uint8Array
  /** The ticket's attenuation, bytes per second; looked up for each block. */
  rate?: number
  /** The recipient's share where upload capacity is short, relative to those of others; 1 when absent. */
  weight?: number
  /** With mode proof: what every block goes through before it leaves. */
  exchange?: ProviderExchange

  /** Whether block `index` may be given now; asked again for every block before it is read. */
  permits (index: number): BlockStatus

  /** Whether recipients that ask for something else go first now. */
  yields? (index: number): boolean

  /** The block's published form. A rejection is answered NOT_FOUND and the session is closed with STOPPING. */
  readBlock (index: number, options: AbortOptions): Promise<Uint8Array>

  /** Sibling hashes of the lowest `levels` levels, lowest first. */
  path (index: number, levels: number): Uint8Array

  /** Every leaf hash in order; absent when this provider cannot serve it. */
  superBlock? (): Uint8Array | Promise<Uint8Array>

  /**
   * A new ticket came.
   *
   * @throws {RefusedError} when it is not good; ends the session
   */
  renew (ticket: Uint8Array, options: AbortOptions): Promise<void>

  /** The recipient got these blocks from wherever. In range. */
  announced (ranges: BlockRange[]): void

  /** The recipient asked for these blocks. In range. */
  requested? (indices: number[]): void

  /** The session stands: `Opened` is on its way. */
  attach? (session: ProviderSession): void

  /** The session is over, whatever ended it. Called exactly once. */
  released (): void
}

/**
 * The provider's half of the interlocked exchange, as far as blocks are concerned. Acknowledgements do not come over this
 * protocol.
 */
export interface ProviderExchange {
  /** Sent in `Opened`, 32 bytes. */
  readonly nonce: Uint8Array
  /** Blocks that may be sent and not acknowledged, now. */
  readonly window: number
  /** Blocks that may be sealed now; 0 or less: the recipient has to acknowledge first. */
  readonly room: number

  /**
   * Wait until there is room.
   *
   * @throws {RefusedError} BLOCK_UNACKNOWLEDGED when the recipient acknowledges nothing for too long
   * @throws {AbortError}
   */
  waitForRoom (options: AbortOptions): Promise<void>

  /**
   * Encrypt a block under the key of its position, which is final: the block is sent next. Needs room.
   *
   * @param index - of the block
   * @param block - not used any more by the caller: its memory may be given back
   * @returns the position, and the bytes to send, as many as were given
   */
  seal (index: number, block: Uint8Array): { position: number, bytes: Uint8Array }
}

/** A provider's handle on a session under way. */
export interface ProviderSession {
  readonly recipient: PeerId
  /** Requests not yet answered. */
  readonly outstanding: number
  /** Tell the recipient about blocks: held (SOME), or offered (OFFERS). Collected and sent as ranges. */
  announce (ranges: BlockRange[]): void
  /** Send `Closing` and end the stream. */
  close (status: BlockStatus, reason?: string): void
}

// ---------------------------------------------------------------- recipient

/** What a recipient knows of the object before it asks a provider. */
export interface RecipientShape extends ObjectShape {
  /** How many sibling hashes the lowest `levels` levels of block `index` have (promoted levels have none). */
  siblingCount (index: number, levels: number): number
}

/**
 * Takes what a provider sends. Calls are synchronous, in the order of arrival, and never come for what was not asked for:
 * index, length and number of hashes have been checked. An error thrown here ends the session.
 */
export interface SessionHandler {
  /** What the provider's word is checked against. */
  shape: RecipientShape

  /** The session stands. The first call, before the promise of `openSession` resolves. */
  opened? (session: RecipientSession): void

  /**
   * With mode proof: the session's blocks have positions, which are checked, and those that were cancelled are handed over
   * like the others if they come, since they have to be accounted for.
   */
  exchange?: boolean

  /**
   * A block that was asked for begins to arrive. Without a sink its bytes are thrown away.
   *
   * @param index - of the block
   * @param length - bytes of it
   * @param cancelled - with `exchange`: the request was cancelled, and the block, with the hashes of that request, is here to
   * be accounted for. If it was asked for again with other levels, it comes once more
   */
  begin (index: number, length: number, cancelled: boolean): BlockSink | undefined

  /** The provider has, or offers, these blocks. In range. */
  have (ranges: BlockRange[]): void

  /** These blocks, asked for, will not come. */
  refused (indices: number[], status: BlockStatus): void

  /** All leaf hashes, of the right length, not verified. `undefined`: refused. */
  superBlock (leaves: Uint8Array | undefined): void

  /**
   * The session is over; the last call, exactly once after `opened`.
   *
   * @param err - nothing when this end closed it, else `RefusedError` when the provider said why, `InvalidMessageError` when
   * it broke the rules, `TimeoutError` when it fell silent, or the stream's error
   */
  closed (err?: Error): void
}

/**
 * Takes one block as it arrives.
 */
export interface BlockSink {
  /** Bytes of the block, in order, not copied: the chunk is the sink's from now on. */
  chunk (bytes: Uint8Array): void
  /** All bytes came; `hashes` are the siblings asked for, lowest first, not verified. */
  end (hashes: Uint8Array): void
  /** The rest will not come. */
  abort (): void
}

/** A recipient's handle on a session under way. */
export interface RecipientSession {
  readonly peer: PeerId
  readonly availability: Availability
  /** Bitmap, with availability SOME. */
  readonly have?: Uint8Array
  readonly peers: BlockPeer[]
  /** Requests that the provider takes at a time, 1 to 256; further ones wait at this end. */
  readonly window: number
  /** The provider's certificate of the server, when newer. Not verified. */
  readonly certificate?: Uint8Array
  /** The provider can serve the super-block. */
  readonly superBlock: boolean
  /** With mode proof: the provider's nonce, 32 bytes. */
  readonly nonce?: Uint8Array
  /** With mode proof: blocks that the provider sends before it waits for an acknowledgement, at first. */
  readonly acknowledgementWindow?: number
  /** Blocks asked for and not answered, those that wait for the window included, cancelled ones not. */
  readonly outstanding: number

  /** Ask for blocks. One that is outstanding already is not asked for again. */
  request (blocks: BlockRequest[]): void
  /** Ask for all leaf hashes. */
  requestSuperBlock (): void
  /**
   * These blocks are not needed any more; nothing of them reaches the handler from now on, unless asked for again. With
   * `exchange` those that come all the same do.
   */
  cancel (indices: number[]): void
  /** This end got these blocks. Collected and sent as ranges; with no ranges, keeps an idle session. */
  announce (ranges: BlockRange[]): void
  /** Present a renewed ticket. */
  renew (ticket: Uint8Array): void
  /** Take no more bytes from the stream; at most one receive window is buffered. */
  pause (): void
  resume (): void
  /** End the session: gracefully, or with an error at once. Resolves when the stream is closed on both ends. */
  close (err?: Error): Promise<void>
}

// ---------------------------------------------------------------- service

export interface BlockInit {
  /**
   * Who gets what. Without it every opening is refused.
   */
  provision?: Provision

  /**
   * Bytes of blocks held in memory for all recipients.
   *
   * @default 33_554_432
   */
  readBudget?: number

  /**
   * Bytes per second of blocks to all recipients together, shared by their weights.
   *
   * @default unlimited
   */
  uploadLimit?: number

  /**
   * Bytes per second of blocks to one recipient, over all its sessions.
   *
   * @default unlimited
   */
  uploadLimitPerPeer?: number

  /**
   * Sessions provided at the same time.
   *
   * @default 512
   */
  maxSessions?: number

  /**
   * Sessions provided to one recipient.
   *
   * @default 32
   */
  maxSessionsPerPeer?: number

  /**
   * Time for the opening, at either end, ms.
   *
   * @default 10_000
   */
  openTimeout?: number

  /**
   * A recipient that reads nothing for so long is dropped, ms.
   *
   * @default 60_000
   */
  stallTimeout?: number

  /**
   * While others wait for read memory, a block must leave it in this time plus what it takes at 64 KiB/s, ms.
   *
   * @default 5_000
   */
  contendedTimeout?: number

  /**
   * A provider that sends nothing for so long while blocks are outstanding is given up, ms.
   *
   * @default 60_000
   */
  silenceTimeout?: number

  /**
   * A session without any message for so long is ended by its provider, ms.
   *
   * @default 300_000
   */
  idleTimeout?: number
}

export interface BlockComponents {
  registrar: Registrar
  connectionManager: ConnectionManager
  logger: ComponentLogger
  metrics?: Metrics
}

/** The block protocol: both ends. */
export interface Blocks {
  /** Decides who gets what; may be set after construction. */
  provision?: Provision

  /**
   * Open a session with a provider.
   *
   * @param peer - the provider; dialled when not connected
   * @throws {InvalidParametersError} an exchange without a nonce of 32 bytes
   * @throws {RefusedError} the provider refuses
   * @throws {InvalidMessageError} the provider's answer breaks the rules
   * @throws {TimeoutError} no answer within 10 s
   */
  openSession (peer: PeerId | Multiaddr[], open: Open, handler: SessionHandler, options?: AbortOptions): Promise<RecipientSession>
}

/**
 * The block protocol as a libp2p service.
 */
export function block (init: BlockInit = {}): (components: BlockComponents) => BlockService {
  return (components) => new BlockService(components, init)
}
