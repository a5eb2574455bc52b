import { createHash, hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { BLAKE3, LEAF_PREFIX, lookUp, NODE_PREFIX, SHA2_256 } from './tree-hash.ts'
import type { LeafHasher, TreeHash } from './tree-hash.ts'
import type * as Native from '@napi-rs/blake-hash'
import type * as Portable from '@noble/hashes/blake3.js'

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

function paired (left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(left, 1)
  pair.set(right, 33)

  return pair
}

const sha2256: TreeHash = {
  code: SHA2_256,
  name: 'sha2-256',
  size: 32,
  leaf: (block) => createHash('sha256').update(LEAF_PREFIX).update(block).digest(),
  leafHasher: () => createHash('sha256').update(LEAF_PREFIX),
  node: (left, right) => sha256(paired(left, right)),
  empty: () => sha256(new Uint8Array())
}

interface Blake3 {
  hash (...parts: Uint8Array[]): Uint8Array
  hasher (): LeafHasher
}

let loaded: Blake3 | undefined

/** Loaded when it is needed, which most objects never do. The native module is optional: it is not there for every system. */
function blake3 (): Blake3 {
  loaded ??= loadBlake3()

  return loaded
}

function loadBlake3 (): Blake3 {
  const load = createRequire(import.meta.url)

  try {
    return nativeBlake3(load('@napi-rs/blake-hash'))
  } catch {
    return portableBlake3(load('@noble/hashes/blake3.js'))
  }
}

function nativeBlake3 ({ Blake3Hasher }: typeof Native): Blake3 {
  // to make one takes ten times as long as to hash a short input
  const shared = new Blake3Hasher()
  // in hexadecimal: a buffer of the module's own memory costs twice as much, and is collected one by one
  const digest = (hasher: Native.Blake3Hasher): Uint8Array => Buffer.from(hasher.digest(), 'hex')

  return {
    hash: (...parts) => {
      shared.reset()
      parts.forEach(part => shared.update(part))

      return digest(shared)
    },
    hasher: () => {
      const hasher = new Blake3Hasher()

      return { update: chunk => { hasher.update(chunk) }, digest: () => digest(hasher) }
    }
  }
}

function portableBlake3 ({ blake3 }: typeof Portable): Blake3 {
  return {
    hash: (...parts) => parts.reduce((hasher, part) => hasher.update(part), blake3.create()).digest(),
    hasher: () => blake3.create()
  }
}

const blake3Tree: TreeHash = {
  code: BLAKE3,
  name: 'blake3',
  size: 32,
  leaf: block => blake3().hash(LEAF_PREFIX, block),
  leafHasher: () => {
    const hasher = blake3().hasher()
    hasher.update(LEAF_PREFIX)

    return hasher
  },
  node: (left, right) => blake3().hash(paired(left, right)),
  empty: () => blake3().hash()
}

/**
 * The tree hash over the hash function with a multihash code.
 *
 * @throws {UnsupportedHashError}
 */
export const treeHash = lookUp(sha2256, blake3Tree)
