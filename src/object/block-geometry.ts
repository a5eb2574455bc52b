import { InvalidParametersError } from '@libp2p/interface'
import { MAX_BLOCK_LENGTH as MAX_BLOCK_SIZE, MAX_BLOCKS } from '../../protocols/block/constants.ts'

export { MAX_BLOCK_SIZE, MAX_BLOCKS }

/** Bytes. Smaller blocks would cost more in hashes and messages than they gain. */
export const MIN_BLOCK_SIZE = 64 * 1024

/** Bytes. From here on the number of blocks may grow as well, or the blocks of large objects would be too coarse. */
const TYPICAL_BLOCK_SIZE = 256 * 1024

/** Enough for a crowd to have something different each; more of them, and smaller, would cost each client more messages than bytes. */
const MAX_SMALL_BLOCKS = 512

/**
 * The block size in bytes for an object of `size` bytes: at most 512 blocks up to 64 MiB, 256 KiB up to 1 GiB; from
 * there on block size and number of blocks both grow with the square root of the size.
 */
export function chooseBlockSize (size: number): number {
  let blockSize = MIN_BLOCK_SIZE

  while (blockSize < MAX_BLOCK_SIZE && size > blockSize * (blockSize < TYPICAL_BLOCK_SIZE ? MAX_SMALL_BLOCKS : blockSize / 64)) {
    blockSize *= 2
  }

  return blockSize
}

/** How an object is cut into blocks: all of `blockSize`, but for the last. An object of 0 bytes has no blocks. */
export class Geometry {
  /** Bytes */
  readonly size: number
  /** Bytes */
  readonly blockSize: number
  readonly blockCount: number

  /**
   * @throws {InvalidParametersError}
   */
  constructor (size: number, blockSize: number) {
    if (!Number.isInteger(blockSize) || blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE || (blockSize & (blockSize - 1)) !== 0) {
      throw new InvalidParametersError(`Block size must be a power of two from ${MIN_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}, not ${blockSize}`)
    }

    if (!Number.isSafeInteger(size) || size < 0 || size > blockSize * MAX_BLOCKS) {
      throw new InvalidParametersError(`Size must be from 0 to ${MAX_BLOCKS} blocks of ${blockSize} bytes, not ${size}`)
    }

    this.size = size
    this.blockSize = blockSize
    this.blockCount = Math.ceil(size / blockSize)
  }

  /**
   * Bytes of block `index`.
   *
   * @throws {InvalidParametersError} when there is no such block
   */
  blockLength (index: number): number {
    return Math.min(this.blockSize, this.size - this.blockOffset(index))
  }

  /**
   * Offset of block `index` in the object, bytes.
   *
   * @throws {InvalidParametersError} when there is no such block
   */
  blockOffset (index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.blockCount) {
      throw new InvalidParametersError(`No block ${index} among ${this.blockCount}`)
    }

    return index * this.blockSize
  }
}
