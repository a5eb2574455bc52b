import { runningSha256, sha256 } from '../object/hashes.ts'
import type { RunningHash } from '../object/hashes.ts'

/**
 * Which blocks a session carried, in order: SHA-256(session | u32be(index of the first block) | u32be(of the second) | …).
 * One hash over all of it, since each claim is checked against it.
 */
export class IndexChain {
  readonly #hash: RunningHash

  /**
   * @param session - 32 bytes
   */
  constructor (session: Uint8Array) {
    this.#hash = runningSha256()
    this.#hash.update(session)
  }

  /** The next blocks of the session. */
  extend (indices: ArrayLike<number>): void {
    const bytes = new Uint8Array(4 * indices.length)
    const view = new DataView(bytes.buffer)

    for (let at = 0; at < indices.length; at++) {
      view.setUint32(4 * at, indices[at])
    }

    this.#hash.update(bytes)
  }

  /** 32 bytes */
  get value (): Uint8Array {
    return this.#hash.value()
  }
}

// input of the chain's hash, used over and over: hashing is synchronous
const link = new Uint8Array(32 + 4 + 32)
const linkView = new DataView(link.buffer)

/**
 * One step of the entry chain, SHA-256(before | u32be(index) | hash): what was sent for each block. A chain and not one hash,
 * so that a dispute about a late entry needs no earlier ones. It begins with the session id.
 *
 * @param before - 32 bytes
 * @param index - the block's index in the object
 * @param hash - SHA-256 of the ciphertext
 */
export function extendEntries (before: Uint8Array, index: number, hash: Uint8Array): Uint8Array {
  link.set(before)
  linkView.setUint32(32, index)
  link.set(hash, 36)

  return sha256(link)
}

/**
 * Continues the entry chain by several steps.
 *
 * @param before - the chain so far; the session id at its start
 * @param indices - of the blocks that follow
 * @param hashes - of their ciphertexts, 32 bytes each, joined
 */
export function entryChain (before: Uint8Array, indices: Uint32Array, hashes: Uint8Array): Uint8Array {
  let chain = before

  for (let at = 0; at < indices.length; at++) {
    chain = extendEntries(chain, indices[at], hashes.subarray(32 * at, 32 * (at + 1)))
  }

  return chain
}
