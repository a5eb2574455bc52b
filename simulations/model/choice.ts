import { MAX_DUPLICATES, RANDOM_FIRST } from '../../src/swarm/constants.ts'
import { BlockSets } from './block-sets.ts'

/** Places of the number by which equally rare blocks are told apart */
const ORDER_BITS = 22

/** Who has what and asks for what, of all nodes, and which block is asked for next: `Picker` of src/swarm. */
export class Choice {
  readonly blockCount: number
  /** Verified */
  readonly have: BlockSets
  /** What others know that it has */
  readonly announced: BlockSets
  /** Asked for */
  readonly asked: BlockSets
  /** Requests for a block at the same time, and when the last one was made, seconds */
  readonly #claims: Uint8Array
  readonly #claimed: Float32Array
  /** How many of a node's providers have a block */
  readonly #counts: Uint8Array
  /** In which order each node takes what is equally rare */
  readonly #orders: Int32Array
  readonly #lastMask: number

  constructor (nodes: number, blockCount: number, orders: Int32Array) {
    this.blockCount = blockCount
    this.have = new BlockSets(nodes, blockCount)
    this.announced = new BlockSets(nodes, blockCount)
    this.asked = new BlockSets(nodes, blockCount)
    this.#claims = new Uint8Array(nodes * blockCount)
    this.#claimed = new Float32Array(nodes * blockCount)
    this.#counts = new Uint8Array(nodes * blockCount)
    this.#orders = orders
    this.#lastMask = blockCount % 32 === 0 ? -1 : (1 << blockCount % 32) - 1
  }

  /** Another provider of `node` has `block`. */
  count (node: number, block: number): void {
    this.#counts[node * this.blockCount + block]++
  }

  /** A provider of `node` comes (1) or goes (-1), with what it announced. */
  countAll (node: number, provider: number, change: 1 | -1): void {
    const { words, bits } = this.announced
    const base = node * this.blockCount

    for (let word = 0; word < words; word++) {
      for (let left = bits[provider * words + word]; left !== 0; left &= left - 1) {
        this.#counts[base + 32 * word + 31 - Math.clz32(left & -left)] += change
      }
    }
  }

  isElsewhere (node: number, block: number): boolean {
    return this.#counts[node * this.blockCount + block] > 0
  }

  isOpen (node: number, block: number): boolean {
    return !this.have.has(node, block) && !this.asked.has(node, block)
  }

  /**
   * The block that `node` should ask `provider` for: the rarest among its own providers that nobody was asked for, or any while it has hardly any; -1: none.
   * `hasAll`: the provider is known to have everything.
   */
  rarest (node: number, provider: number, hasAll: boolean, blocks: number): number {
    const { words, bits } = this.have
    const asked = this.asked.bits
    const announced = this.announced.bits
    const counts = this.#counts
    const order = this.#orders[node]
    const base = node * this.blockCount
    let best = -1
    let least = Infinity

    for (let word = 0; word < words; word++) {
      let left = (hasAll ? -1 : announced[provider * words + word]) & ~bits[node * words + word] & ~asked[node * words + word]

      if (word === words - 1) {
        left &= this.#lastMask
      }

      for (; left !== 0; left &= left - 1) {
        const block = 32 * word + 31 - Math.clz32(left & -left)
        const rank = (Math.imul(block + 1, order) >>> (32 - ORDER_BITS)) + (blocks < RANDOM_FIRST ? 0 : counts[base + block] * 2 ** ORDER_BITS)

        if (rank < least) {
          least = rank
          best = block
        }
      }
    }

    return best
  }

  /** A block that was asked for at least `patience` ms ago, the longest first, but not of those in `owed`; -1: none. */
  duplicate (node: number, provider: number, hasAll: boolean, owed: number[], before: number): number {
    const { words, bits } = this.asked
    const announced = this.announced.bits
    const have = this.have.bits
    const base = node * this.blockCount
    let best = -1
    let first = before / 1000

    for (let word = 0; word < words; word++) {
      let left = (hasAll ? -1 : announced[provider * words + word]) & bits[node * words + word] & ~have[node * words + word]

      for (; left !== 0; left &= left - 1) {
        const block = 32 * word + 31 - Math.clz32(left & -left)

        if (this.#claims[base + block] < MAX_DUPLICATES && this.#claimed[base + block] <= first && !owed.includes(block)) {
          first = this.#claimed[base + block]
          best = block
        }
      }
    }

    return best
  }

  /** One of the blocks `atOrigin`, of which nobody else was asked, before `before`, and that `provider` has; -1: none. */
  waiting (node: number, provider: number, hasAll: boolean, atOrigin: number[], before: number): number {
    const base = node * this.blockCount

    return atOrigin.find(block => this.#claims[base + block] === 1 && this.#claimed[base + block] <= before / 1000 && (hasAll || this.announced.has(provider, block))) ?? -1
  }

  claim (node: number, block: number, now: number): void {
    const at = node * this.blockCount + block
    this.#claims[at]++
    this.#claimed[at] = now / 1000
    this.asked.add(node, block)
  }

  /** A request ended. Returns whether nobody else is asked for the block. */
  release (node: number, block: number): boolean {
    const at = node * this.blockCount + block

    if (this.#claims[at] > 0 && --this.#claims[at] === 0) {
      this.asked.remove(node, block)

      return true
    }

    return false
  }

  /** How many others are asked for it. */
  claims (node: number, block: number): number {
    return this.#claims[node * this.blockCount + block]
  }
}
