import type { Acknowledgement } from '../../protocols/ack/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** What a provider has to know of a session to claim it, and to compute its keys again. */
export interface ReceiptSession {
  /** Session id, 32 bytes */
  session: Uint8Array
  object: CID
  /** Signed envelope: the recipient's ticket, as it was presented */
  ticket: Uint8Array
  /** The ticket's, 16 bytes */
  serial: Uint8Array
  /** The ticket's end, ms since 1970 */
  notAfter: number
  /** With mode purchase: the server redeems the coins until this time, ms since 1970 */
  redeemUntil?: number
  provider: PeerId
  recipient: PeerId
  /** 32 bytes each */
  recipientNonce: Uint8Array
  providerNonce: Uint8Array
}

/**
 * How far a receipt is: its session goes on, is over and to be claimed, was settled by the server, or will never be
 * (void, expired, not valid).
 */
export type ReceiptState = 'open' | 'due' | 'settled' | 'refused'

export interface StoredReceipt extends ReceiptSession {
  /** The last one */
  acknowledgement: Acknowledgement
  /** `count` block indices, in the order of the session */
  indices: Uint32Array
  /** Ciphertext hashes in the same order, 32 bytes each, joined */
  hashes: Uint8Array
  state: ReceiptState
}

/** Where a provider keeps the acknowledgements that it was given. */
export interface ReceiptStore {
  /** A session begins. Writes nothing before its first acknowledgement. */
  begin (session: ReceiptSession): ReceiptLog

  /**
   * For keys that are asked for again after the session, or a restart.
   *
   * @param session - 32 bytes
   */
  find (session: Uint8Array): StoredReceipt | undefined

  /** Blocks acknowledged with tickets of this serial, over all sessions that are remembered. */
  acknowledged (serial: Uint8Array): number
}

/** The acknowledgements of one session. */
export interface ReceiptLog {
  /**
   * Replace the acknowledgement by one of more blocks. When this returns, nothing but the loss of the disk loses it; when it
   * throws, no key may be released.
   *
   * @param acknowledgement - verified
   * @param indices - of the blocks that are new in it; the caller uses the memory again
   * @param hashes - of their ciphertexts, 32 bytes each, joined; the same holds
   */
  store (acknowledgement: Acknowledgement, indices: ArrayLike<number>, hashes: Uint8Array): void

  /** No acknowledgement will follow: the session may be claimed. */
  close (): void
}
