/**
 * As much of DER (ITU-T X.690) as a certificate of libp2p needs. Reading is strict: one encoding of a value, nothing left over.
 */
import { concat } from 'uint8arrays/concat'

export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31
} as const

/** `[number]`, constructed */
export function contextTag (number: number): number {
  return 0xa0 | number
}

export class DerError extends Error {
  static name = 'DerError'
  name = 'DerError'
}

/** One value: tag, length, and what the parts are together. */
export function encodeDer (tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concat(parts)
  const { byteLength: length } = content

  if (length < 0x80) {
    return concat([Uint8Array.of(tag, length), content])
  }

  return concat([length < 0x100 ? Uint8Array.of(tag, 0x81, length) : Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), content])
}

/** One value after the other. What it gives are views. */
export class DerReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The next value has this tag. */
  has (tag: number): boolean {
    return this.#bytes[this.#offset] === tag
  }

  get isDone (): boolean {
    return this.#offset === this.#bytes.byteLength
  }

  /**
   * The content of the next value.
   *
   * @throws {DerError} when it has another tag, another than the shortest length, or is cut short
   */
  read (tag: number): Uint8Array {
    const [content, end] = this.#next(tag)
    this.#offset = end

    return this.#bytes.subarray(content, end)
  }

  /** The next value with its tag and length; else as `read`. */
  readWhole (tag: number): Uint8Array {
    const [, end] = this.#next(tag)
    const whole = this.#bytes.subarray(this.#offset, end)
    this.#offset = end

    return whole
  }

  /** @throws {DerError} unless all was read */
  finish (): void {
    if (!this.isDone) {
      throw new DerError('Bytes are left over')
    }
  }

  /** Where the content of the next value begins and ends */
  #next (tag: number): [number, number] {
    if (!this.has(tag)) {
      throw new DerError(`Expected tag ${tag}, found ${this.#bytes[this.#offset] ?? 'nothing'}`)
    }

    const [length, content] = this.#length(this.#offset + 1)
    const end = content + length

    if (end > this.#bytes.byteLength) {
      throw new DerError('Cut short')
    }

    return [content, end]
  }

  /** The length at an offset, and where the content begins */
  #length (offset: number): [number, number] {
    // beyond the end they are 0, which is no shortest length
    const [first, high = 0, low = 0] = this.#bytes.subarray(offset, offset + 3)

    if (first < 0x80) {
      return [first, offset + 1]
    }

    if (first === 0x81 && high >= 0x80) {
      return [high, offset + 2]
    }

    if (first === 0x82 && high > 0) {
      return [high << 8 | low, offset + 3]
    }

    throw new DerError('Not a length of at most 65,535 in its shortest form')
  }
}

/** All values of one tag that bytes consist of, as readers of their contents. */
export function * readAll (bytes: Uint8Array, tag: number): Generator<DerReader> {
  const reader = new DerReader(bytes)

  while (!reader.isDone) {
    yield new DerReader(reader.read(tag))
  }
}
