/** As much of protobuf as the specifications use: varints and fields with a length. */

const MAX_INTEGER = BigInt(Number.MAX_SAFE_INTEGER)

export type Value = number | Uint8Array

/** The values of each field, in the order in which they came. */
export class Fields {
  readonly #fields = new Map<number, Array<bigint | Uint8Array>>()

  constructor (bytes: Uint8Array) {
    for (let at = 0; at < bytes.byteLength;) {
      const [tag, afterTag] = readVarint(bytes, at)
      const [number, type] = [Math.floor(tag / 8), tag % 8]
      const [first, next] = readInteger(bytes, afterTag)

      if (type !== 0 && type !== 2) {
        throw new Error(`Wire type ${type} is used by no message`)
      }

      at = type === 0 ? next : next + toNumber(first)

      if (at > bytes.byteLength) {
        throw new Error('A field is cut short')
      }

      this.#fields.set(number, [...this.#fields.get(number) ?? [], type === 0 ? first : bytes.subarray(next, at)])
    }
  }

  has (number: number): boolean {
    return this.#fields.has(number)
  }

  number (number: number): number {
    return this.numbers(number).at(-1) ?? 0
  }

  numbers (number: number): number[] {
    return this.#integers(number).map(toNumber)
  }

  /** Of a field that is written as zigzag: sint64. */
  signed (number: number): number {
    const zigzag = this.#integers(number).at(-1) ?? 0n

    return zigzag % 2n === 0n ? toNumber(zigzag / 2n) : -toNumber((zigzag + 1n) / 2n)
  }

  bytes (number: number): Uint8Array {
    return this.all(number).at(-1) ?? new Uint8Array(0)
  }

  all (number: number): Uint8Array[] {
    return (this.#fields.get(number) ?? []).map(value => {
      if (typeof value === 'bigint') {
        throw new Error(`Field ${number} has no bytes`)
      }

      return value
    })
  }

  text (number: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(number))
  }

  #integers (number: number): bigint[] {
    return (this.#fields.get(number) ?? []).map(value => {
      if (typeof value !== 'bigint') {
        throw new Error(`Field ${number} is no integer`)
      }

      return value
    })
  }
}

/** Encodes fields in the order given; zero, empty and absent values are left out, as proto3 wants it. */
export function encode (...fields: Array<[number: number, value: Value | boolean | string | undefined]>): Uint8Array {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (value == null || value === 0 || value === false || value === '' || (value instanceof Uint8Array && value.byteLength === 0)) {
      return []
    }

    if (typeof value === 'number' || value === true) {
      return [varint(number * 8), varint(Number(value))]
    }

    return [varint(number * 8 + 2), prefixed(typeof value === 'string' ? Buffer.from(value) : value)]
  }))
}

/** A field of which nothing is left out: a message that is there and empty, or one of many. */
export function field (number: number, value: Value): Uint8Array {
  return typeof value === 'number'
    ? Buffer.concat([varint(number * 8), varint(value)])
    : Buffer.concat([varint(number * 8 + 2), prefixed(value)])
}

export function prefixed (bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(bytes.byteLength), bytes])
}

/** A field of type sint64. */
export function signedField (number: number, value: number): Uint8Array {
  const zigzag = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value)

  return value === 0 ? new Uint8Array(0) : Buffer.concat([varint(number * 8), varint(zigzag)])
}

export function varint (value: number | bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(value)

  for (; rest >= 0x80n; rest >>= 7n) {
    bytes.push(Number(rest % 0x80n) + 0x80)
  }

  return Uint8Array.of(...bytes, Number(rest))
}

/** @returns the value, and where the next thing begins */
export function readVarint (bytes: Uint8Array, at: number): [value: number, next: number] {
  const [value, next] = readInteger(bytes, at)

  return [toNumber(value), next]
}

function readInteger (bytes: Uint8Array, at: number): [value: bigint, next: number] {
  let value = 0n

  for (let shift = 0n; shift < 64n; shift += 7n) {
    if (at >= bytes.byteLength) {
      throw new Error('A varint is cut short')
    }

    const byte = bytes[at++]
    value += BigInt(byte % 0x80) << shift

    if (byte < 0x80) {
      return [value, at]
    }
  }

  throw new Error('A varint does not end')
}

function toNumber (value: bigint): number {
  if (value > MAX_INTEGER) {
    throw new Error('An integer is above 2^53 - 1')
  }

  return Number(value)
}
