/**
 * The Merkle tree of RFC 9162, section 2.1, of any number of leaves, known in part or in whole.
 *
 * Level 0 are the leaf hashes; node i of level l + 1 is the hash of nodes 2i and 2i + 1 of level l. The last node of a
 * level without a sibling is promoted: it is its own parent. This is the same tree as the RFC's recursive definition.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { Bitfield } from './bitfield.ts'
import type { TreeHash } from './tree-hash.ts'

/** A node whose hash was verified against the root. */
export interface KnownNode {
  level: number
  index: number
  hash: Uint8Array
}

/** A hash was asked for that this end does not have. */
export class UnknownHashError extends Error {
  static name = 'UnknownHashError'
  name = 'UnknownHashError'
}

/** Levels above the leaves: the root is at this level. */
export function treeDepth (leafCount: number): number {
  return leafCount <= 1 ? 0 : 32 - Math.clz32(leafCount - 1)
}

/** How many siblings the lowest `levels` levels of the path of leaf `index` have; levels where it is promoted have none. */
export function siblingCount (leafCount: number, index: number, levels: number): number {
  let siblings = 0

  for (let level = 0, last = leafCount - 1; level < levels && last > 0; level++, last >>= 1) {
    if (((index >> level) ^ 1) <= last) {
      siblings++
    }
  }

  return siblings
}

/**
 * All hashes are kept in one buffer, so a tree costs about two hashes per leaf. A known node's sibling and parent are
 * always known as well, which is what lets a recipient ask for less and less of each path, and pass on what it has.
 */
export class MerkleTree {
  readonly hash: TreeHash
  readonly leafCount: number
  readonly root: Uint8Array
  /** The root's level */
  readonly depth: number
  /** First slot of each level */
  readonly #first: number[] = []
  /** Last index of each level */
  readonly #last: number[] = []
  #hashes: Uint8Array
  readonly #known: Bitfield
  #unknownLeaves: number

  /**
   * A tree of which only the root is known.
   *
   * @throws {InvalidParametersError} when the root has the wrong length, or is not the root of the empty tree when there
   * are no leaves
   */
  constructor (hash: TreeHash, leafCount: number, root: Uint8Array) {
    if (root.byteLength !== hash.size) {
      throw new InvalidParametersError(`A ${hash.name} root has ${hash.size} bytes, not ${root.byteLength}`)
    }

    if (leafCount === 0 && !equals(root, hash.empty())) {
      throw new InvalidParametersError('Not the root of a tree without leaves')
    }

    this.hash = hash
    this.leafCount = leafCount
    this.root = root
    this.depth = treeDepth(leafCount)

    let slots = 0

    for (let level = 0, count = leafCount; level <= this.depth; level++, count = Math.ceil(count / 2)) {
      this.#first.push(slots)
      this.#last.push(count - 1)
      slots += count
    }

    this.#hashes = new Uint8Array(slots * hash.size)
    this.#known = new Bitfield(slots)
    this.#unknownLeaves = leafCount

    if (leafCount > 0) {
      this.#adopt(this.depth, 0, root)
    }
  }

  /**
   * The whole tree over leaf hashes, one after the other.
   *
   * @throws {InvalidParametersError} when the last is cut short
   */
  static fromLeaves (hash: TreeHash, leaves: Uint8Array): MerkleTree {
    const leafCount = leaves.byteLength / hash.size

    if (!Number.isInteger(leafCount)) {
      throw new InvalidParametersError(`Leaf hashes have ${hash.size} bytes each; ${leaves.byteLength} are not a multiple`)
    }

    if (leafCount === 0) {
      return new MerkleTree(hash, 0, hash.empty())
    }

    // the root is known last
    const tree = new MerkleTree(hash, leafCount, new Uint8Array(hash.size))
    tree.#fill(tree.#compute(leaves))
    tree.root.set(tree.#at(tree.#slot(tree.depth, 0)))

    return tree
  }

  /** Every leaf hash is known. */
  get complete (): boolean {
    return this.#unknownLeaves === 0
  }

  hasLeaf (index: number): boolean {
    return this.#known.has(this.#slot(0, this.#checked(index)))
  }

  /** A leaf's hash (a view), when it is known. */
  leaf (index: number): Uint8Array | undefined {
    return this.hasLeaf(index) ? this.#at(index) : undefined
  }

  /**
   * How many levels of siblings it takes to verify block `index`: up to its lowest ancestor that is known. 0 when the
   * leaf's own hash is.
   */
  levelsNeeded (index: number): number {
    this.#checked(index)

    let level = 0

    while (!this.#known.has(this.#slot(level, index >> level))) {
      level++
    }

    return level
  }

  /**
   * Checks a leaf hash with the siblings of its lowest `levels` levels, lowest first and none where the path is promoted,
   * against its ancestor at that level. All that is true then is kept, nothing otherwise.
   *
   * @returns the nodes that were not known before (views), or undefined: the hashes are false
   * @throws {UnknownHashError} when that ancestor is not known
   */
  verify (index: number, leaf: Uint8Array, siblings: Uint8Array, levels: number): KnownNode[] | undefined {
    this.#checked(index)

    const top = Math.min(levels, this.depth)
    const size = this.hash.size

    if (!this.#known.has(this.#slot(top, index >> top))) {
      throw new UnknownHashError(`No known hash above block ${index} at level ${top}`)
    }

    if (leaf.byteLength !== size || siblings.byteLength !== siblingCount(this.leafCount, index, top) * size) {
      return undefined
    }

    const path = [leaf]

    for (let level = 0, used = 0; level < top; level++) {
      const node = index >> level

      if ((node ^ 1) > this.#last[level]) {
        path.push(path[level])
        continue
      }

      const sibling = siblings.subarray(used, used += size)
      path.push((node & 1) === 0 ? this.hash.node(path[level], sibling) : this.hash.node(sibling, path[level]))
    }

    if (!equals(path[top], this.#at(this.#slot(top, index >> top)))) {
      return undefined
    }

    const learned: KnownNode[] = []

    for (let level = 0, used = 0; level < top; level++) {
      const node = index >> level
      this.#keep(level, node, path[level], learned)

      if ((node ^ 1) <= this.#last[level]) {
        this.#keep(level, node ^ 1, siblings.subarray(used, used += size), learned)
      }
    }

    return learned
  }

  /**
   * Takes over nodes from this node's own records, unverified.
   *
   * @throws {InvalidParametersError} when a node is not of this tree
   */
  learn (nodes: KnownNode[]): void {
    for (const { level, index, hash } of nodes) {
      if (level > this.depth || index > this.#last[level] || hash.byteLength !== this.hash.size) {
        throw new InvalidParametersError(`No node ${index} at level ${level}`)
      }

      this.#adopt(level, index, hash)
    }
  }

  /** Every node that is known, but the root: views, lowest level first. */
  * known (): Generator<KnownNode> {
    for (let level = 0; level < this.depth; level++) {
      for (let index = 0; index <= this.#last[level]; index++) {
        const slot = this.#slot(level, index)

        // a promoted node was yielded below
        if (slot === this.#first[level] + index && this.#known.has(slot)) {
          yield { level, index, hash: this.#at(slot) }
        }
      }
    }
  }

  /**
   * The siblings of the lowest `levels` levels of a leaf's path, lowest first; promoted levels have none.
   *
   * @throws {UnknownHashError} when one is not known
   */
  path (index: number, levels = this.depth): Uint8Array {
    this.#checked(index)

    const size = this.hash.size
    const path = new Uint8Array(siblingCount(this.leafCount, index, levels) * size)

    for (let level = 0, used = 0; used < path.byteLength; level++) {
      const sibling = (index >> level) ^ 1

      if (sibling > this.#last[level]) {
        continue
      }

      const slot = this.#slot(level, sibling)

      if (!this.#known.has(slot)) {
        throw new UnknownHashError(`No known hash of node ${sibling} at level ${level}`)
      }

      path.set(this.#at(slot), used)
      used += size
    }

    return path
  }

  /**
   * The super-block: every leaf hash, in order. A view.
   *
   * @throws {UnknownHashError} when one is not known
   */
  leaves (): Uint8Array {
    if (!this.complete) {
      throw new UnknownHashError(`${this.#unknownLeaves} leaf hashes are not known`)
    }

    return this.#hashes.subarray(0, this.leafCount * this.hash.size)
  }

  /** Checks a super-block against the root. The whole tree is known when it is true, nothing changes when it is false. */
  adoptLeaves (leaves: Uint8Array): boolean {
    if (leaves.byteLength !== this.leafCount * this.hash.size) {
      return false
    }

    if (this.leafCount === 0) {
      return true
    }

    const hashes = this.#compute(leaves)
    const root = this.#slot(this.depth, 0) * this.hash.size

    if (!equals(hashes.subarray(root, root + this.hash.size), this.root)) {
      return false
    }

    this.#fill(hashes)

    return true
  }

  #checked (index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.leafCount) {
      throw new InvalidParametersError(`No leaf ${index} among ${this.leafCount}`)
    }

    return index
  }

  /** Where a node's hash is kept; a promoted node's is kept once, at the level where it was computed. */
  #slot (level: number, index: number): number {
    while (level > 0 && index * 2 === this.#last[level - 1]) {
      level--
      index *= 2
    }

    return this.#first[level] + index
  }

  #at (slot: number): Uint8Array {
    return this.#hashes.subarray(slot * this.hash.size, (slot + 1) * this.hash.size)
  }

  /** Returns whether the node was not known before. */
  #adopt (level: number, index: number, hash: Uint8Array): boolean {
    const slot = this.#slot(level, index)

    if (this.#known.has(slot)) {
      return false
    }

    this.#hashes.set(hash, slot * this.hash.size)
    this.#known.set(slot)

    if (slot < this.leafCount) {
      this.#unknownLeaves--
    }

    return true
  }

  #keep (level: number, index: number, hash: Uint8Array, learned: KnownNode[]): void {
    if (this.#adopt(level, index, hash)) {
      learned.push({ level, index, hash: this.#at(this.#slot(level, index)) })
    }
  }

  /** All hashes of the tree over some leaves, laid out like this tree's. */
  #compute (leaves: Uint8Array): Uint8Array {
    const size = this.hash.size
    const hashes = new Uint8Array(this.#hashes.byteLength)
    const at = (slot: number): Uint8Array => hashes.subarray(slot * size, (slot + 1) * size)

    hashes.set(leaves)

    for (let level = 1; level <= this.depth; level++) {
      for (let index = 0; index * 2 < this.#last[level - 1]; index++) {
        const node = this.hash.node(at(this.#slot(level - 1, index * 2)), at(this.#slot(level - 1, index * 2 + 1)))
        hashes.set(node, (this.#first[level] + index) * size)
      }
    }

    return hashes
  }

  #fill (hashes: Uint8Array): void {
    this.#hashes = hashes
    this.#known.setRange(0, this.#known.length)
    this.#unknownLeaves = 0
  }
}
