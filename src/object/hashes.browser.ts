import { blake3 } from '@noble/hashes/blake3.js'
import { sha256 as sha2 } from '@noble/hashes/sha2.js'
import { BLAKE3, LEAF_PREFIX, lookUp, NODE_PREFIX, SHA2_256 } from './tree-hash.ts'
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

const treeHashOver = (code: number, name: string, hash: typeof sha2 | typeof blake3): TreeHash => ({
  code,
  name,
  size: 32,
  leaf: block => hash.create().update(LEAF_PREFIX).update(block).digest(),
  leafHasher: () => hash.create().update(LEAF_PREFIX),
  node: (left, right) => hash.create().update(Uint8Array.of(NODE_PREFIX)).update(left).update(right).digest(),
  empty: () => hash(new Uint8Array())
})

/**
 * The tree hash over the hash function with a multihash code.
 *
 * @throws {UnsupportedHashError}
 */
export const treeHash = lookUp(treeHashOver(SHA2_256, 'sha2-256', sha2), treeHashOver(BLAKE3, 'blake3', blake3))
