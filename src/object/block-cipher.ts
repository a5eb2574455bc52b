import { createCipheriv, createSecretKey } from 'node:crypto'
import { InvalidParametersError } from '@libp2p/interface'
import type { KeyObject } from 'node:crypto'

/** Bytes of an object key */
export const OBJECT_KEY_LENGTH = 32

/**
 * Turns the plain form of a block into the published form and back: AES-256-CTR under the object key. The initial
 * counter block is the block's index and 0, both as big-endian 64 bit integers, so no two blocks of an object ever share
 * key stream (a block takes 2^18 counters at most), and each object has a key of its own.
 */
export class BlockCipher {
  readonly #key: KeyObject

  /**
   * @throws {InvalidParametersError} when the key does not have 32 bytes
   */
  constructor (key: Uint8Array) {
    if (key.byteLength !== OBJECT_KEY_LENGTH) {
      throw new InvalidParametersError(`An object key has ${OBJECT_KEY_LENGTH} bytes, not ${key.byteLength}`)
    }

    this.#key = createSecretKey(key)
  }

  /** Encrypts, or decrypts, block `index`, piece by piece in order. */
  block (index: number): { update (chunk: Uint8Array): Uint8Array } {
    const counter = Buffer.alloc(16)
    counter.writeBigUInt64BE(BigInt(index))

    return createCipheriv('aes-256-ctr', this.#key, counter)
  }
}
