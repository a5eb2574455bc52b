import { InvalidMessageError } from '@libp2p/interface'
import type { BlockRange } from './index.ts'

/**
 * Sorts ranges and joins those that touch or overlap.
 */
export function joinRanges (ranges: BlockRange[]): BlockRange[] {
  const joined: BlockRange[] = []

  for (const { first, count } of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = joined.at(-1)

    if (last != null && first <= last.first + last.count) {
      last.count = Math.max(last.count, first + count - last.first)
    } else {
      joined.push({ first, count })
    }
  }

  return joined
}

/** The numbers of a `Have` message. */
export function encodeRanges (ranges: BlockRange[]): number[] {
  return ranges.flatMap(({ first, count }) => [first, count])
}

/**
 * Reads the numbers of a `Have` message: pairs, ascending, apart from each other, within the object. The order bounds what a
 * short message can cost.
 *
 * @throws {InvalidMessageError}
 */
export function decodeRanges (numbers: number[], blockCount: number): BlockRange[] {
  if (numbers.length % 2 !== 0) {
    throw new InvalidMessageError('A range without a count')
  }

  const ranges: BlockRange[] = []
  let end = 0

  for (let i = 0; i < numbers.length; i += 2) {
    const [first, count] = [numbers[i], numbers[i + 1]]

    if (first < end || count === 0 || first + count > blockCount) {
      throw new InvalidMessageError('A range is empty, out of order or beyond the object')
    }

    end = first + count
    ranges.push({ first, count })
  }

  return ranges
}

/** Blocks in all ranges. */
export function countBlocks (ranges: BlockRange[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0)
}

/** Whether a bitmap is of the right length and has no bit beyond the object. */
export function isBitmap (bytes: Uint8Array, blockCount: number): boolean {
  const spare = bytes.byteLength * 8 - blockCount

  return spare >= 0 && spare < 8 && (spare === 0 || bytes[bytes.byteLength - 1] >> (8 - spare) === 0)
}
