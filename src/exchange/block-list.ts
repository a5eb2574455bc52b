import { InvalidMessageError } from '@libp2p/interface'
import { MAX_BLOCKS_LENGTH } from '../../protocols/ack/constants.ts'

/** Numbers below this fit the three bytes that a difference of two block indices takes. */
const MAX_INDEX = 2 ** 20

/** The block indices of a session, in order: zigzag varints of the difference to the one before, the first to 0. */
export function encodeBlocks (indices: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(3 * indices.length)
  let at = 0
  let before = 0

  for (let n = 0; n < indices.length; n++) {
    const difference = indices[n] - before
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference
    before = indices[n]

    while (rest > 0x7f) {
      bytes[at++] = rest & 0x7f | 0x80
      rest >>= 7
    }

    bytes[at++] = rest
  }

  return bytes.slice(0, at)
}

/**
 * Reads what `encodeBlocks` wrote.
 *
 * @param bytes - the encoded list
 * @param count - how many there have to be
 * @param blockCount - all are below this
 * @throws {InvalidMessageError} when they are not, or a number is not in its shortest form, so that one list has one encoding
 */
export function decodeBlocks (bytes: Uint8Array, count: number, blockCount: number): Uint32Array {
  if (bytes.byteLength < count || bytes.byteLength > Math.min(3 * count, MAX_BLOCKS_LENGTH)) {
    throw new InvalidMessageError(`A list of ${count} blocks cannot have ${bytes.byteLength} bytes`)
  }

  const limit = Math.min(blockCount, MAX_INDEX)
  const indices = new Uint32Array(count)
  let at = 0
  let before = 0

  for (let n = 0; n < count; n++) {
    let rest = bytes[at++]

    if (rest > 0x7f) {
      const second = bytes[at++]
      rest = (rest & 0x7f) | (second & 0x7f) << 7

      if (second > 0x7f) {
        const third = bytes[at++]
        rest |= third << 14

        if (third === 0 || third > 0x7f) {
          throw new InvalidMessageError('A number in the list of blocks is too long')
        }
      } else if (second === 0) {
        throw new InvalidMessageError('A number in the list of blocks is too long')
      }
    }

    before += rest & 1 ? -(rest + 1) / 2 : rest / 2

    // not a number: the list ended within it
    if (!(before >= 0 && before < limit)) {
      throw new InvalidMessageError('The list of blocks names one that the object does not have')
    }

    indices[n] = before
  }

  if (at !== bytes.byteLength) {
    throw new InvalidMessageError('The list of blocks is longer than it says')
  }

  return indices
}
