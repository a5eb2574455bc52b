import { InvalidParametersError } from '@libp2p/interface'
import { ctr } from '@noble/ciphers/aes.js'

/** Bytes of an object key */
export const OBJECT_KEY_LENGTH = 32

/** Bytes of key stream that one counter gives */
const STEP = 16

/**
 * What `block-cipher.ts` does, for browsers, whose own AES-CTR is asynchronous and takes a message as a whole.
 */
export class BlockCipher {
  readonly #key: Uint8Array

  /**
   * @throws {InvalidParametersError} when the key does not have 32 bytes
   */
  constructor (key: Uint8Array) {
    if (key.byteLength !== OBJECT_KEY_LENGTH) {
      throw new InvalidParametersError(`An object key has ${OBJECT_KEY_LENGTH} bytes, not ${key.byteLength}`)
    }

    this.#key = key.slice()
  }

  /** Encrypts, or decrypts, block `index`, piece by piece in order. */
  block (index: number): { update (chunk: Uint8Array): Uint8Array } {
    const counter = new Uint8Array(STEP)
    const view = new DataView(counter.buffer)
    let position = 0
    view.setBigUint64(0, BigInt(index))

    return {
      update: chunk => {
        // a piece may begin within a step
        const skip = position % STEP
        const padded = new Uint8Array(skip + chunk.byteLength)
        padded.set(chunk, skip)
        view.setBigUint64(8, BigInt((position - skip) / STEP))
        position += chunk.byteLength

        return ctr(this.#key, counter).encrypt(padded).subarray(skip)
      }
    }
  }
}
