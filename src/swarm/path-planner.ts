import { siblingCount, treeDepth } from '../object/merkle.ts'
import type { KnownNode, MerkleTree } from '../object/merkle.ts'

/** A block that arrived, its leaf hash computed, its path not yet verified. */
export interface Arrival {
  index: number
  /** As asked for in the request that it answers */
  levels: number
  leaf: Uint8Array
  /** `levels` siblings, lowest first, promoted levels left out */
  siblings: Uint8Array
}

export interface Judged<T extends Arrival> {
  arrival: T
  /** Nodes that became known with it; undefined: the block or its hashes are false */
  learned?: KnownNode[]
}

export type PathTree = Pick<MerkleTree, 'leafCount' | 'levelsNeeded' | 'verify'>

/** Levels are counted from the leaves; 2^20 leaves are the most there are. */
function nodeKey (level: number, index: number): number {
  return level * 2 ** 21 + index
}

/**
 * Decides which levels of its inclusion path to ask for with a block: those that are neither verified nor on their way
 * with another request. Blocks that arrive before the nodes that they build on are parked.
 *
 * The set of verified nodes is closed: with a node, its sibling and its parent are known. So is what a request
 * promises, hence one mark per pair of siblings, on their parent, is enough: *the children of this node will be known*.
 *
 * Nothing waits for ever: a first request relies on earlier requests only, a repeated one on verified nodes only, and a
 * block whose request failed is asked for again, with at least the nodes that it promised and that are still missing.
 */
export class PathPlanner<T extends Arrival = Arrival> {
  readonly #tree: PathTree
  readonly #promises = new Map<number, number>()
  readonly #parked = new Map<number, T[]>()
  #parkedCount = 0

  constructor (tree: PathTree) {
    this.#tree = tree
  }

  /** Blocks that wait for hashes */
  get parkedCount (): number {
    return this.#parkedCount
  }

  /**
   * The levels to ask for with a block. Call `release` with them when the request has ended, whichever way. Without
   * `relying` it rests on verified nodes only, as it must when the block was asked for before.
   */
  promise (index: number, relying: boolean): number {
    const needed = this.#tree.levelsNeeded(index)
    let levels = needed

    if (relying) {
      levels = 0

      while (levels < needed && !this.#promises.has(nodeKey(levels + 1, index >> (levels + 1)))) {
        levels++
      }
    }

    for (let level = 0; level < levels; level++) {
      const key = nodeKey(level + 1, index >> (level + 1))
      this.#promises.set(key, (this.#promises.get(key) ?? 0) + 1)
    }

    return levels
  }

  /** Ends what a request promised. A parked block still promises; release it when it is judged or discarded. */
  release (index: number, levels: number): void {
    for (let level = 0; level < levels; level++) {
      const key = nodeKey(level + 1, index >> (level + 1))
      const count = (this.#promises.get(key) ?? 0) - 1

      if (count > 0) {
        this.#promises.set(key, count)
      } else {
        this.#promises.delete(key)
      }
    }
  }

  /** Can the arrival be judged now, or would it be parked? */
  decidable (arrival: Arrival): boolean {
    return this.#tree.levelsNeeded(arrival.index) <= arrival.levels
  }

  /**
   * Judges an arrival, and every parked one that it sets free; none when it must wait itself.
   */
  arrive (arrival: T): Array<Judged<T>> {
    if (!this.decidable(arrival)) {
      const key = this.#slotKey(arrival.levels, arrival.index >> arrival.levels)
      const waiting = this.#parked.get(key)
      this.#parkedCount++

      if (waiting == null) {
        this.#parked.set(key, [arrival])
      } else {
        waiting.push(arrival)
      }

      return []
    }

    const judged: Array<Judged<T>> = []
    const ready = [arrival]

    for (const next of ready) {
      const learned = this.#tree.verify(next.index, next.leaf, next.siblings, next.levels)
      judged.push({ arrival: next, learned })

      if (learned == null || this.#parkedCount === 0) {
        continue
      }

      for (const node of learned) {
        const key = this.#slotKey(node.level, node.index)
        const waiting = this.#parked.get(key)

        if (waiting != null) {
          this.#parked.delete(key)
          this.#parkedCount -= waiting.length
          ready.push(...waiting)
        }
      }
    }

    return judged
  }

  /** Takes parked arrivals out, for instance those of a provider that turned out to lie. */
  discard (matches: (arrival: T) => boolean): T[] {
    const discarded: T[] = []

    for (const [key, waiting] of this.#parked) {
      const kept = waiting.filter(arrival => !matches(arrival))

      if (kept.length < waiting.length) {
        discarded.push(...waiting.filter(matches))
        this.#parkedCount -= waiting.length - kept.length

        if (kept.length === 0) {
          this.#parked.delete(key)
        } else {
          this.#parked.set(key, kept)
        }
      }
    }

    return discarded
  }

  /** A promoted node has one key, whatever the level at which a path comes across it. */
  #slotKey (level: number, index: number): number {
    while (level > 0 && index * 2 === (this.#tree.leafCount - 1) >> (level - 1)) {
      level--
      index *= 2
    }

    return nodeKey(level, index)
  }
}

/**
 * Bytes of hashes, of `hashLength` bytes each, that a recipient with an empty tree fetches to verify these blocks, in this
 * order.
 */
export function hashBytes (delivery: 'per-block' | 'super-block', leafCount: number, order: Iterable<number>, hashLength: number): number {
  if (delivery === 'super-block') {
    return leafCount * hashLength
  }

  const depth = treeDepth(leafCount)
  // what was promised stays promised: the same as if each block arrived before the next is asked for
  const planner = new PathPlanner({ leafCount, levelsNeeded: () => depth, verify: () => undefined })
  let hashes = 0

  for (const index of order) {
    hashes += siblingCount(leafCount, index, planner.promise(index, true))
  }

  return hashes * hashLength
}
