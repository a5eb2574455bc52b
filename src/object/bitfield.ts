import { InvalidParametersError } from '@libp2p/interface'

/** A run of blocks that follow each other. */
export interface BlockRun {
  first: number
  count: number
}

/** A set of the numbers below `length`. */
export class Bitfield {
  readonly length: number
  /** Wire form: bit i of byte i / 8, lowest bit first. A view: it changes with the set. */
  readonly bytes: Uint8Array
  #count = 0

  constructor (length: number) {
    this.length = length
    this.bytes = new Uint8Array(Math.ceil(length / 8))
  }

  /**
   * A copy of the wire form.
   *
   * @throws {InvalidParametersError} when there are too many or too few bytes or bits beyond `length`
   */
  static from (bytes: Uint8Array, length: number): Bitfield {
    const field = new Bitfield(length)

    if (bytes.byteLength !== field.bytes.byteLength) {
      throw new InvalidParametersError(`A bitfield of ${length} has ${field.bytes.byteLength} bytes, not ${bytes.byteLength}`)
    }

    if (length % 8 !== 0 && bytes[bytes.byteLength - 1] >> (length % 8) !== 0) {
      throw new InvalidParametersError('Bitfield has bits beyond its length')
    }

    field.bytes.set(bytes)

    for (let byte of bytes) {
      for (; byte !== 0; byte &= byte - 1) {
        field.#count++
      }
    }

    return field
  }

  /** How many numbers are in the set. */
  get count (): number {
    return this.#count
  }

  get full (): boolean {
    return this.#count === this.length
  }

  has (i: number): boolean {
    return i >= 0 && i < this.length && (this.bytes[i >> 3] & (1 << (i & 7))) !== 0
  }

  /**
   * @throws {InvalidParametersError} when `i` is out of range
   */
  set (i: number): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.length) {
      throw new InvalidParametersError(`${i} is not in a bitfield of ${this.length}`)
    }

    if (!this.has(i)) {
      this.bytes[i >> 3] |= 1 << (i & 7)
      this.#count++
    }
  }

  clear (i: number): void {
    if (this.has(i)) {
      this.bytes[i >> 3] &= ~(1 << (i & 7))
      this.#count--
    }
  }

  /**
   * @throws {InvalidParametersError} when the range goes beyond the length; then nothing is set
   */
  setRange (first: number, count: number): void {
    if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 0 || first + count > this.length) {
      throw new InvalidParametersError(`${first} to ${first + count} is not in a bitfield of ${this.length}`)
    }

    for (let i = first; i < first + count; i++) {
      this.set(i)
    }
  }

  /** From the first to the last number that is not in the set; undefined when it is full. */
  missing (): BlockRun | undefined {
    let first = 0
    let end = this.length

    while (this.has(first)) {
      first++
    }

    while (end > first && this.has(end - 1)) {
      end--
    }

    return first === end ? undefined : { first, count: end - first }
  }

  /** The set as runs, in order. */
  * ranges (): Generator<BlockRun> {
    let first = -1

    for (let i = 0; i <= this.length; i++) {
      if (first < 0 && (i & 7) === 0 && this.bytes[i >> 3] === 0) {
        // nothing in this byte
        i += 7
      } else if (this.has(i)) {
        first = first < 0 ? i : first
      } else if (first >= 0) {
        yield { first, count: i - first }
        first = -1
      }
    }
  }
}
