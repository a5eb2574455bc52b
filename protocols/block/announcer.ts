import { InvalidMessageError } from '@libp2p/interface'
import { ANNOUNCE_BLOCKS, ANNOUNCE_INTERVAL, MAX_RANGE_NUMBERS } from './constants.ts'
import { countBlocks, decodeRanges, encodeRanges, joinRanges } from './ranges.ts'
import type { BlockRange } from './index.ts'

/** The part of a channel that announcements need. */
interface Outlet {
  readonly needsDrain: boolean
  send (message: { have: { ranges: number[] } }): void
}

/**
 * Collects announcements of blocks and sends them as ranges. Holds them back while the stream does not take more.
 */
export class Announcer {
  readonly #outlet: Outlet
  readonly #batch: number
  #ranges: BlockRange[] = []
  #blocks = 0
  #timer?: ReturnType<typeof setTimeout>

  /**
   * @param outlet - where to
   * @param batch - so many blocks are sent without waiting for more
   */
  constructor (outlet: Outlet, batch: number = ANNOUNCE_BLOCKS) {
    this.#outlet = outlet
    this.#batch = Math.min(batch, ANNOUNCE_BLOCKS)
  }

  /** No ranges: an empty message at once, a sign of life. */
  add (ranges: BlockRange[]): void {
    if (ranges.length === 0) {
      this.#outlet.send({ have: { ranges: [] } })
      return
    }

    for (const range of ranges) {
      this.#ranges.push(range)
      this.#blocks += range.count
    }

    if (this.#blocks >= this.#batch) {
      this.#flush()
    }

    this.#schedule()
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#ranges = []
  }

  #schedule (): void {
    if (this.#ranges.length > 0 && this.#timer == null) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#flush()
        this.#schedule()
      }, ANNOUNCE_INTERVAL)
    }
  }

  #flush (): void {
    if (this.#outlet.needsDrain) {
      return
    }

    const numbers = encodeRanges(joinRanges(this.#ranges))

    for (let at = 0; at < numbers.length; at += MAX_RANGE_NUMBERS) {
      this.#outlet.send({ have: { ranges: numbers.slice(at, at + MAX_RANGE_NUMBERS) } })
    }

    this.#ranges = []
    this.#blocks = 0
  }
}

/**
 * Reads the other end's announcements. An end announces a block at most once in a session, and twice is tolerated because
 * the opening's bitmap and the first announcement can overlap; so a flood of ranges ends the session.
 */
export class Announcements {
  readonly #blockCount: number
  #left: number

  constructor (blockCount: number) {
    this.#blockCount = blockCount
    this.#left = 2 * blockCount
  }

  /**
   * @throws {InvalidMessageError}
   */
  read (numbers: number[]): BlockRange[] {
    const ranges = decodeRanges(numbers, this.#blockCount)
    this.#left -= countBlocks(ranges)

    if (this.#left < 0) {
      throw new InvalidMessageError('The same blocks were announced again and again')
    }

    return ranges
  }
}
