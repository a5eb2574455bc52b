import { sha256 as sha2 } from '@noble/hashes/sha2.js'
import { LEAF_PREFIX, lookUp, NODE_PREFIX, SHA2_256 } from './tree-hash.ts'
import type { RunningHash } from './hashes.ts'
import type { TreeHash } from './tree-hash.ts'

export function sha256 (bytes: Uint8Array): Uint8Array {
  return sha2(bytes)
}

export function runningSha256 (): RunningHash {
  const running = sha2.create()

  return {
    update: bytes => { running.update(bytes) },
    value: () => running.clone().digest()
  }
}

const sha2256: TreeHash = {
  code: SHA2_256,
  name: 'sha2-256',
  size: 32,
  leaf: (block) => sha2.create().update(LEAF_PREFIX).update(block).digest(),
  leafHasher: () => sha2.create().update(LEAF_PREFIX),
  node: (left, right) => sha2.create().update(Uint8Array.of(NODE_PREFIX)).update(left).update(right).digest(),
  empty: () => sha2(new Uint8Array())
}

/**
 * The tree hash over the hash function with a multihash code.
 *
 * @throws {UnsupportedHashError}
 */
export const treeHash = lookUp(sha2256)
