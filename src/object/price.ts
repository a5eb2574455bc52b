import { InvalidParametersError } from '@libp2p/interface'
import type { Geometry } from './block-geometry.ts'
import type { Price } from '../../protocols/ticket/pb/records.ts'

export type { Price } from '../../protocols/ticket/pb/records.ts'

const UNIT = /^[A-Za-z0-9._-]{1,16}$/

/**
 * @throws {InvalidParametersError} when it is not a name that a unit of money can have
 */
export function checkUnit (unit: string): void {
  if (!UNIT.test(unit)) {
    throw new InvalidParametersError('A unit has 1 to 16 of the characters A-Z, a-z, 0-9, ".", "_" and "-"')
  }
}

/**
 * What the coins of an object are worth, in whole units. A run of blocks is worth what its coins are worth together,
 * without rounding: so it does not matter how a payment is cut into pieces.
 */
export class CoinValues {
  /** Of all coins */
  readonly total: number
  readonly #price: Price
  readonly #geometry: Geometry
  /** Products stay below 2^53 */
  readonly #small: boolean

  /**
   * @throws {InvalidParametersError} when the price is none, or the object costs nothing, or more than 2^53 - 1
   */
  constructor (price: Price, geometry: Geometry) {
    const { amount, per, unit } = price
    checkUnit(unit)

    if (geometry.size === 0) {
      throw new InvalidParametersError('An object without bytes cannot be sold')
    }

    if (!Number.isSafeInteger(amount) || amount < 1 || !Number.isSafeInteger(per) || per < 1) {
      throw new InvalidParametersError('A price is a whole number of units, at least 1, for a whole number of bytes, at least 1')
    }

    this.#price = price
    this.#geometry = geometry
    this.#small = amount * geometry.size <= Number.MAX_SAFE_INTEGER
    const total = BigInt(amount) * BigInt(geometry.size) / BigInt(per)

    if (total < 1n || total > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new InvalidParametersError(`The object would cost ${total} ${unit}: a price has to come to 1 at least, and to 2^53 - 1 at most`)
    }

    this.total = Number(total)
  }

  /** Of one block. */
  coin (index: number): number {
    return this.run(index, 1)
  }

  /** Of the blocks `first` to `first + count - 1`. */
  run (first: number, count: number): number {
    return this.#upTo(first + count) - this.#upTo(first)
  }

  /** Of the blocks before `index`. */
  #upTo (index: number): number {
    const { size, blockSize } = this.#geometry
    const { amount, per } = this.#price
    const bytes = Math.min(size, index * blockSize)

    // exact, since a quotient of integers below 2^53 never rounds up to the next whole number
    return this.#small ? Math.floor(amount * bytes / per) : Number(BigInt(amount) * BigInt(bytes) / BigInt(per))
  }
}
