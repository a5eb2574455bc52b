import { Bitfield } from '../object/bitfield.ts'

/** `count` blocks from `first` on. */
export interface OfferRange {
  first: number
  count: number
}

/** One recipient in an {@link OfferBook}. */
export interface OfferTaker {
  /** It asked for these blocks. */
  requested (indices: number[]): void
  /** It got these blocks, from wherever. */
  announced (ranges: OfferRange[]): void
  /** It is gone, and its copies with it. */
  leave (): void
}

interface Taker {
  /** What it has, is getting, or has on offer */
  claims: Bitfield
  /** Offered and not asked for */
  offered: Set<number>
  offer (ranges: OfferRange[]): void
}

/**
 * Which blocks an origin offers to whom, so that each leaves it about once: a block is offered to one recipient only, and
 * to nobody as long as a recipient that is there has it. Offers are in file order, which reads well from a disk and needs
 * the fewest hashes.
 *
 * Memory: two bytes per block, and one bit per block and recipient.
 */
export class OfferBook {
  readonly #blockCount: number
  readonly #window: number
  /** By block: how many takers claim it */
  readonly #claims: Uint16Array
  #unclaimed: number
  /** Where to look for the next unclaimed block: round and round */
  #cursor = 0
  readonly #takers = new Set<Taker>()

  /**
   * @param blockCount - of the object
   * @param window - how many blocks a recipient should have on offer that it has not asked for
   */
  constructor (blockCount: number, window: number) {
    this.#blockCount = blockCount
    this.#window = window
    this.#claims = new Uint16Array(blockCount)
    this.#unclaimed = blockCount
  }

  /** How many recipients there are. */
  get size (): number {
    return this.#takers.size
  }

  /**
   * @param have - what the recipient has; the book keeps it and writes to it
   * @param offer - called at once and later, whenever there is something to offer
   */
  join (have: Bitfield, offer: (ranges: OfferRange[]) => void): OfferTaker {
    const taker: Taker = { claims: have, offered: new Set(), offer }
    this.#takers.add(taker)

    for (const { first, count } of have.ranges()) {
      for (let index = first; index < first + count; index++) {
        this.#count(index)
      }
    }

    this.#topUp(taker)

    return {
      requested: (indices) => {
        for (const index of indices) {
          this.#claim(taker, index)
          taker.offered.delete(index)
        }

        this.#topUp(taker)
      },
      announced: (ranges) => {
        for (const { first, count } of ranges) {
          for (let index = first; index < first + count; index++) {
            this.#claim(taker, index)
            taker.offered.delete(index)
          }
        }

        this.#topUp(taker)
      },
      leave: () => { this.#leave(taker) }
    }
  }

  #leave (taker: Taker): void {
    if (!this.#takers.delete(taker)) {
      return
    }

    for (const { first, count } of taker.claims.ranges()) {
      for (let index = first; index < first + count; index++) {
        if (--this.#claims[index] === 0) {
          this.#unclaimed++
        }
      }
    }

    for (const other of this.#takers) {
      this.#topUp(other)
    }
  }

  #claim (taker: Taker, index: number): void {
    if (!taker.claims.has(index)) {
      taker.claims.set(index)
      this.#count(index)
    }
  }

  #count (index: number): void {
    if (this.#claims[index]++ === 0) {
      this.#unclaimed--
    }
  }

  #topUp (taker: Taker): void {
    const ranges: OfferRange[] = []

    while (this.#takers.has(taker) && this.#unclaimed > 0 && taker.offered.size < this.#window) {
      const index = this.#nextUnclaimed()
      const last = ranges.at(-1)
      this.#claim(taker, index)
      taker.offered.add(index)

      if (last != null && index === last.first + last.count) {
        last.count++
      } else {
        ranges.push({ first: index, count: 1 })
      }
    }

    if (ranges.length > 0) {
      taker.offer(ranges)
    }
  }

  /** There is one. A round of the cursor finds every block that was unclaimed at its start. */
  #nextUnclaimed (): number {
    while (this.#claims[this.#cursor] !== 0) {
      this.#cursor = (this.#cursor + 1) % this.#blockCount
    }

    return this.#cursor
  }
}
