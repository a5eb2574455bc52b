/**
 * @packageDocumentation
 *
 * `/mssl/ack/1.0.0`: an acknowledgement is presented to whoever must answer for it. A provider answers with block keys; the
 * server answers a recipient with the keys that a provider withheld, and a provider with credit. Messages, limits and the
 * rules of both ends are specified in `README.md` beside this file. This module moves and polices messages; keys come from
 * the {@link KeyRelease} of a provider, judgement from the {@link Arbiter} of a server.
 *
 * @example Presenting acknowledgements to a provider
 *
 * ```ts
 * import { createLibp2p } from 'libp2p'
 * import { ack } from 'mssl/protocols/ack'
 *
 * const node = await createLibp2p({
 *   // transports, connectionEncrypters, streamMuxers …
 *   services: { ack: ack({ keys, arbiter }) }
 * })
 *
 * const conversation = await node.services.ack.openExchange(provider)
 * const { first, keys, window } = await conversation.present(acknowledgement)
 * ```
 */

import { AckService } from './ack.ts'
import type { AbortOptions, ComponentLogger, Metrics, PeerId } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

export { AckService } from './ack.ts'
export { AckRefusedError } from './errors.ts'
export { ACK_PROTOCOL, ACKNOWLEDGEMENT_DOMAIN, CLAIM_DOMAIN, MAX_CLAIMS, MAX_KEYS, MAX_SESSION_BLOCKS } from './constants.ts'
export { AckStatus, ClaimStatus } from './pb/ack.ts'

/** What a recipient signs: it received the first `count` blocks of the session. Lengths have been checked. */
export interface Acknowledgement {
  /** 32 bytes */
  session: Uint8Array
  /** 1 to MAX_SESSION_BLOCKS */
  count: number
  /** Index chain, 32 bytes */
  indices: Uint8Array
  /** Entry chain, 32 bytes */
  entries: Uint8Array
  /** Ed25519, 64 bytes */
  signature: Uint8Array
}

/** All that it takes to judge a session. Lengths have been checked, nothing else. */
export interface SessionEvidence {
  /** Signed envelope: the recipient's ticket, as presented */
  ticket: Uint8Array
  /** PeerId multihash */
  provider: Uint8Array
  /** 32 bytes each */
  recipientNonce: Uint8Array
  providerNonce: Uint8Array
  acknowledgement: Acknowledgement
  /** Block indices in the order of the session, encoded as the specification says */
  blocks: Uint8Array
}

/** Keys of consecutive positions. */
export interface ReleasedKeys {
  /** Position of the first key, from 1 */
  first: number
  /** 32 bytes each, joined */
  keys: Uint8Array
  /** Blocks that may be sent and not acknowledged from now on; 0 from a server, and when the session is over */
  window: number
}

export interface Recovery {
  session: SessionEvidence
  /** First position whose key is missing */
  first: number
  /** Entry chain before `first`, 32 bytes */
  before: Uint8Array
  /** Ciphertext hashes from `first` to the acknowledged count, 32 bytes each, joined */
  hashes: Uint8Array
}

export interface Complaint {
  session: SessionEvidence
  /** Of the false block */
  position: number
  /** Entry chain before `position`, 32 bytes */
  before: Uint8Array
  /** Ciphertext hashes from `position` to the acknowledged count, 32 bytes each, joined */
  hashes: Uint8Array
}

/** What the server found: one of `key` and `block`. */
export interface Ruling {
  /** The ciphertext was right */
  key?: Uint8Array
  /** The ciphertext was false: the block's published form */
  block?: Uint8Array
  /** All siblings of the inclusion path, lowest first */
  path: Uint8Array
}

export interface Claim {
  session: SessionEvidence
  /** The provider's, Ed25519, 64 bytes */
  signature: Uint8Array
}

export type ClaimOutcome = 'settled' | 'audit' | 'void' | 'expired' | 'invalid' | 'busy'

export interface Verdict {
  outcome: ClaimOutcome
  /** One line for a person */
  reason: string
  /** Blocks of this session credited to this provider in all */
  credited: number
  /** Credit for those, in all */
  amount: number
}

export interface Verdicts {
  verdicts: Verdict[]
  /** The provider's account */
  balance: number
  standing: number
}

/**
 * The provider's side: gives out keys. One per node.
 */
export interface KeyRelease {
  /**
   * Take an acknowledgement, store it, and release the keys that it pays for: those beyond the last one, or, when the same
   * one comes again, the same. `recipient` is proven by the channel.
   *
   * @throws {AckRefusedError} whose status and reason are sent
   */
  acknowledge (acknowledgement: Acknowledgement, recipient: PeerId, options: AbortOptions): Promise<ReleasedKeys>
}

/**
 * The server's side: judges. What its methods throw as {@link AckRefusedError} is sent; any other error is answered BUSY.
 */
export interface Arbiter {
  recover (recovery: Recovery, recipient: PeerId, options: AbortOptions): Promise<ReleasedKeys>

  complain (complaint: Complaint, recipient: PeerId, options: AbortOptions): Promise<Ruling>

  /**
   * Judge claims; one verdict for each, in order. They are settled together.
   *
   * @param ticket - signed envelope, one of the provider's own
   */
  claim (ticket: Uint8Array, claims: Claim[], provider: PeerId, options: AbortOptions): Promise<Verdicts>

  /**
   * What `claim` asked for by `audit`: one verdict.
   * `hashes`: of all ciphertexts acknowledged, 32 bytes each, joined.
   */
  audit (session: Uint8Array, hashes: Uint8Array, provider: PeerId, options: AbortOptions): Promise<Verdicts>
}

/** A recipient's conversation with the provider of one session, over one stream. */
export interface ExchangeConversation {
  /**
   * Present an acknowledgement. Further ones may follow before the answer: answers come in the order of presentation.
   *
   * @throws {AckRefusedError | InvalidMessageError | TimeoutError} and whatever ended the stream
   */
  present (acknowledgement: Acknowledgement, options?: AbortOptions): Promise<ReleasedKeys>
  close (): Promise<void>
}

/** A provider's conversation with the server: one request at a time. */
export interface ClaimConversation {
  /** Submit up to MAX_CLAIMS claims of one object; one verdict for each. */
  claim (ticket: Uint8Array, claims: Claim[], options?: AbortOptions): Promise<Verdicts>
  /** Answer the verdict `audit`. */
  audit (session: Uint8Array, hashes: Uint8Array, options?: AbortOptions): Promise<Verdicts>
  close (): Promise<void>
}

export interface AckInit {
  /** Without it acknowledgements are answered NOT_FOUND. */
  keys?: KeyRelease
  /** Without it, whatever is for a server is answered WRONG_SERVER. */
  arbiter?: Arbiter

  /**
   * Time for one request to be read and answered, ms.
   *
   * @default 15_000
   */
  timeout?: number

  /**
   * Time that a provider has to answer an acknowledgement, ms.
   *
   * @default 10_000
   */
  keysTimeout?: number

  /**
   * Recoveries and complaints of one peer in a minute.
   *
   * @default 30
   */
  disputesPerMinute?: number
}

export interface AckComponents {
  registrar: Registrar
  connectionManager: ConnectionManager
  logger: ComponentLogger
  metrics?: Metrics
}

/** The acknowledgement protocol: both ends. */
export interface Acks {
  /** May be set after construction. */
  keys?: KeyRelease
  arbiter?: Arbiter

  openExchange (provider: PeerId | Multiaddr[], options?: AbortOptions): Promise<ExchangeConversation>

  /** @throws {AckRefusedError | InvalidMessageError | TimeoutError} */
  recover (server: PeerId | Multiaddr[], recovery: Recovery, options?: AbortOptions): Promise<ReleasedKeys>

  /** @throws {AckRefusedError | InvalidMessageError | TimeoutError} */
  complain (server: PeerId | Multiaddr[], complaint: Complaint, options?: AbortOptions): Promise<Ruling>

  openClaims (server: PeerId | Multiaddr[], options?: AbortOptions): Promise<ClaimConversation>
}

/**
 * The acknowledgement protocol as a libp2p service.
 */
export function ack (init: AckInit = {}): (components: AckComponents) => AckService {
  return (components) => new AckService(components, init)
}
