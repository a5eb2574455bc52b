import { createHash, hash } from 'node:crypto'
import { LEAF_PREFIX, lookUp, NODE_PREFIX, SHA2_256 } from './tree-hash.ts'
import type { TreeHash } from './tree-hash.ts'

export function sha256 (bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** A SHA-256 whose value can be had at any time. */
export interface RunningHash {
  update (bytes: Uint8Array): void
  /** Of all bytes until now; more may follow. */
  value (): Uint8Array
}

export function runningSha256 (): RunningHash {
  const running = createHash('sha256')

  return {
    update: bytes => { running.update(bytes) },
    value: () => running.copy().digest()
  }
}

// input of the node hash, used over and over: hashing is synchronous
const pair = new Uint8Array(1 + 32 + 32)
pair[0] = NODE_PREFIX

const sha2256: TreeHash = {
  code: SHA2_256,
  name: 'sha2-256',
  size: 32,
  leaf: (block) => createHash('sha256').update(LEAF_PREFIX).update(block).digest(),
  leafHasher: () => createHash('sha256').update(LEAF_PREFIX),
  node: (left, right) => {
    pair.set(left, 1)
    pair.set(right, 33)

    return sha256(pair)
  },
  empty: () => sha256(new Uint8Array())
}

/**
 * The tree hash over the hash function with a multihash code.
 *
 * @throws {UnsupportedHashError}
 */
export const treeHash = lookUp(sha2256)
