/** Blocks, their hashes, and what encrypts them: protocols/block/README.md, "Published form" and "Hash delivery". */
import { createCipheriv, createHash } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'

/** Of an object's tree. All other hashes are SHA-256. */
export type Hash = (...parts: Uint8Array[]) => Uint8Array

export function sha256 (...parts: Array<Uint8Array | string>): Buffer {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
}

/** By multihash code. */
export const HASHES: Record<number, Hash> = { 0x12: sha256, 0x1e: (...parts) => blake3(Buffer.concat(parts)) }

export function leafHash (block: Uint8Array, hash: Hash): Uint8Array {
  return hash(Uint8Array.of(0), block)
}

/** The levels of a tree, the leaves first; an odd last node is promoted. */
export function treeLevels (leaves: Uint8Array[], hash: Hash): Uint8Array[][] {
  const levels = [leaves]

  for (let below = leaves; below.length > 1; levels.push(below)) {
    below = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => i * 2 + 1 < below.length
      ? hash(Uint8Array.of(1), below[i * 2], below[i * 2 + 1])
      : below[i * 2])
  }

  return levels
}

export function rootOf (leaves: Uint8Array[], hash: Hash): Uint8Array {
  return treeLevels(leaves, hash).at(-1)?.[0] ?? hash()
}

/** The siblings of the lowest levels of a block's path, lowest first. */
export function pathOf (levels: Uint8Array[][], index: number, count: number): Uint8Array {
  const siblings = levels.slice(0, -1).slice(0, count).map((nodes, level) => nodes[Math.floor(index / 2 ** level) ^ 1] ?? new Uint8Array(0))

  return Buffer.concat(siblings)
}

/** What a recipient knows of a tree. Nothing enters that does not lead to the root. */
export class Hashes {
  readonly #blockCount: number
  readonly #hash: Hash
  /** By level, then index */
  readonly #known: Array<Map<number, Uint8Array>> = [new Map()]

  constructor (blockCount: number, root: Uint8Array, hash: Hash) {
    this.#blockCount = blockCount
    this.#hash = hash

    for (let nodes = blockCount; nodes > 1; nodes = Math.ceil(nodes / 2)) {
      this.#known.push(new Map())
    }

    this.#known.at(-1)?.set(0, root)
  }

  /** How many levels of a block's path are missing. */
  levels (index: number): number {
    return this.#known.findIndex((nodes, level) => nodes.has(Math.floor(index / 2 ** level)))
  }

  /** Whether a block is true. Then its hashes are, too. */
  verify (index: number, block: Uint8Array, siblings: Uint8Array, levels: number): boolean {
    const learned: Array<[level: number, index: number, hash: Uint8Array]> = []
    let node = leafHash(block, this.#hash)
    let nodes = this.#blockCount
    let level = 0
    let at = 0

    for (; level < levels; level++, nodes = Math.ceil(nodes / 2), index = Math.floor(index / 2)) {
      learned.push([level, index, node])

      if ((index ^ 1) < nodes) {
        const sibling = siblings.subarray(at, at += 32)
        learned.push([level, index ^ 1, sibling])
        node = index % 2 === 0 ? this.#hash(Uint8Array.of(1), node, sibling) : this.#hash(Uint8Array.of(1), sibling, node)
      }
    }

    const expected = this.#known[level].get(index)

    if (at !== siblings.byteLength || expected == null || Buffer.compare(node, expected) !== 0) {
      return false
    }

    learned.forEach(([level, index, hash]) => this.#known[level].set(index, hash))

    return true
  }

  /** Takes a super-block over, if it is true. */
  adopt (leaves: Uint8Array[]): boolean {
    if (leaves.length !== this.#blockCount || Buffer.compare(rootOf(leaves, this.#hash), this.#known.at(-1)?.get(0) ?? this.#hash()) !== 0) {
      return false
    }

    leaves.forEach((leaf, index) => this.#known[0].set(index, leaf))

    return true
  }
}

/** From the plain form of a block to the published form, and back. */
export function crypt (block: Uint8Array, index: number, key: Uint8Array): Uint8Array {
  if (key.byteLength === 0) {
    return block
  }

  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(index))

  return createCipheriv('aes-256-ctr', key, counter).update(block)
}
