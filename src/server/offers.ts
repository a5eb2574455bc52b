import { Bitfield } from '../object/bitfield.ts'

/** Blocks on offer with a recipient that has shown nothing: as many as it asks for at first. */
const FIRST_OFFERS = 2

/**
 * Milliseconds for which a block that was sent counts as on its way through the swarm: it passes some nodes, and waits at each.
 * Meanwhile those who want it as well come after those who want what was sent to nobody.
 */
const SPREADING = 60_000

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
  /** Asked for and not there yet */
  coming: Set<number>
  offer (ranges: OfferRange[]): void
}

/**
 * Which blocks an origin offers to whom, so that each leaves it about once: a block is offered to one recipient only, and
 * to nobody as long as a recipient that is there has it. Offers are in file order, which reads well from a disk and needs
 * the fewest hashes.
 *
 * Memory: six bytes per block, and one bit per block and recipient.
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
  /** By block: when it was sent last, seconds of the caller's clock; -Infinity: never */
  readonly #sentAt: Float32Array

  /**
   * @param blockCount - of the object
   * @param window - how many blocks a recipient should have on offer that it has not asked for, at most
   */
  constructor (blockCount: number, window: number) {
    this.#blockCount = blockCount
    this.#window = window
    this.#claims = new Uint16Array(blockCount)
    this.#unclaimed = blockCount
    this.#sentAt = new Float32Array(blockCount).fill(-Infinity)
  }

  /** How many recipients there are. */
  get size (): number {
    return this.#takers.size
  }

  /** A block is sent to somebody. `now`: milliseconds. */
  sent (index: number, now: number): void {
    this.#sentAt[index] = now / 1000
  }

  /** Somebody was sent the block, so that others may soon have it from there. `now`: milliseconds. */
  isSpreading (index: number, now: number): boolean {
    return now / 1000 - this.#sentAt[index] < SPREADING / 1000
  }

  /**
   * @param have - what the recipient has; the book keeps it and writes to it
   * @param offer - called at once and later, whenever there is something to offer
   */
  join (have: Bitfield, offer: (ranges: OfferRange[]) => void): OfferTaker {
    const taker: Taker = { claims: have, offered: new Set(), coming: new Set(), offer }
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
          taker.coming.add(index)
        }

        this.#topUp(taker)
      },
      announced: (ranges) => {
        for (const { first, count } of ranges) {
          for (let index = first; index < first + count; index++) {
            this.#claim(taker, index)
            taker.offered.delete(index)
            taker.coming.delete(index)
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
    // as many again as it asks for at a time: more would be out of the reach of others, who may be faster
    const enough = Math.min(this.#window, Math.max(FIRST_OFFERS, taker.coming.size))

    while (this.#takers.has(taker) && this.#unclaimed > 0 && taker.offered.size < enough) {
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
