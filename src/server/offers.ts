import { Bitfield } from '../object/bitfield.ts'

/** Blocks on offer with a recipient that has shown nothing: as many as it asks for at first. */
const FIRST_OFFERS = 2

/**
 * Milliseconds for which a block that was sent counts as on its way through the swarm: it passes some nodes, and waits at each.
 * Meanwhile those who want it as well come after those who want what was sent to nobody.
 */
const SPREADING = 60_000

/**
 * Milliseconds after which a block that was sent has been passed on, if it ever is: so long nobody but those who have it from the origin
 * has it, and it is offered to another recipient.
 */
const STRANDED = 15_000

/** Blocks that are looked at for a stranded one at a time. */
const STRANDED_SEARCH = 256

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
 * the fewest hashes. When every block was offered, those come again that were not passed on: some recipients only take.
 *
 * Memory: eight bytes per block, and one bit per block and recipient.
 */
export class OfferBook {
  readonly #blockCount: number
  readonly #window: number
  /** By block: how many takers claim it */
  readonly #claims: Uint16Array
  #unclaimed: number
  /** Where to look for the next unclaimed block: round and round */
  #cursor = 0
  /** Where to look for the next stranded block */
  #search = 0
  readonly #takers = new Set<Taker>()
  readonly #now: () => number
  /** By block: when it was sent last, seconds; -Infinity: never */
  readonly #sentAt: Float32Array
  /** By block: how often it was sent to those who are there, at most */
  readonly #sent: Uint16Array

  /**
   * @param blockCount - of the object
   * @param window - how many blocks a recipient should have on offer that it has not asked for, at most
   * @param now - milliseconds of a clock that never goes back
   */
  constructor (blockCount: number, window: number, now: () => number = () => performance.now()) {
    this.#blockCount = blockCount
    this.#now = now
    this.#window = window
    this.#claims = new Uint16Array(blockCount)
    this.#unclaimed = blockCount
    this.#sentAt = new Float32Array(blockCount).fill(-Infinity)
    this.#sent = new Uint16Array(blockCount)
  }

  /** How many recipients there are. */
  get size (): number {
    return this.#takers.size
  }

  /** A block is sent to somebody. */
  sent (index: number): void {
    this.#sentAt[index] = this.#now() / 1000
    this.#sent[index]++
  }

  /** Somebody was sent the block, so that others may soon have it from there. */
  isSpreading (index: number): boolean {
    return this.#now() / 1000 - this.#sentAt[index] < SPREADING / 1000
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

        // it may have had it from somebody else: then a copy that was sent is taken for one that was passed on
        this.#sent[index] = Math.max(0, this.#sent[index] - 1)
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

    while (this.#takers.has(taker) && taker.offered.size < enough) {
      const index = this.#unclaimed > 0 ? this.#nextUnclaimed() : this.#nextStranded(taker)

      if (index == null) {
        break
      }

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

  /** A block that this recipient lacks, and that nobody has who was not sent it from here long ago. */
  #nextStranded ({ claims }: Taker): number | undefined {
    const before = this.#now() / 1000 - STRANDED / 1000

    for (let looked = Math.min(STRANDED_SEARCH, this.#blockCount); looked > 0; looked--) {
      const index = this.#search
      this.#search = (index + 1) % this.#blockCount

      if (this.#sentAt[index] < before && this.#claims[index] <= this.#sent[index] && !claims.has(index)) {
        return index
      }
    }
  }
}
