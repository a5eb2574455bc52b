/** What is said between a client that buys and its server: protocols/ticket/README.md, "Request" and "Response". */
import { encode, field, Fields } from './protobuf.ts'
import { must, same } from './records.ts'

export const PAYMENT_NEEDED = 7
export const MONEY_SHORT = 8

export interface Purchase {
  maxPrice: number
  first?: number
  count?: number
}

export interface Quote {
  price: number
  bond: number
  balance: number
}

export interface Statement {
  unit: string
  balance: number
  reserved: number
  earned: number
  spent: number
  books: Array<{ serial: Uint8Array, object: Uint8Array, first: number, count: number, price: number, redeemed: number, bond: number, redeemUntil: number }>
  movements: Array<{ id: number, time: number, kind: string, amount: number, counterpart: string, memo: string }>
}

export interface Request {
  object?: Uint8Array
  token?: string
  haveManifest?: boolean
  revocationEpoch?: number
  fingerprint?: Uint8Array
  purchase?: Purchase
  statement?: { before?: number, limit: number }
}

export function encodeRequest ({ object, token, haveManifest, revocationEpoch, fingerprint, purchase, statement }: Request): Uint8Array {
  return Buffer.concat([
    encode([1, object], [2, token], [4, haveManifest], [5, revocationEpoch], [6, fingerprint]),
    // a purchase for nothing is there, and has nothing in it
    purchase == null ? new Uint8Array(0) : field(7, encode([1, purchase.maxPrice], [2, purchase.first], [3, purchase.count])),
    statement == null ? new Uint8Array(0) : field(8, encode([1, statement.before], [2, statement.limit]))
  ])
}

/** What a server has to check of the fields above before it looks at what they mean. */
export function readRequest (fields: Fields): Request {
  const [purchase, statement] = [7, 8].map(number => new Fields(fields.bytes(number)))
  must(!fields.has(7) || fields.has(1), 'a purchase is of an object')
  must(!fields.has(8) || (statement.number(2) >= 1 && statement.number(2) <= 256), 'number of movements')

  return {
    object: fields.has(1) ? fields.bytes(1) : undefined,
    token: fields.has(2) ? fields.text(2) : undefined,
    haveManifest: fields.number(4) === 1,
    revocationEpoch: fields.number(5),
    fingerprint: fields.bytes(6),
    purchase: fields.has(7) ? { maxPrice: purchase.number(1), first: purchase.number(2), count: purchase.number(3) } : undefined,
    statement: fields.has(8) ? { before: statement.number(1), limit: statement.number(2) } : undefined
  }
}

export function readQuote (fields: Fields): Quote {
  return { price: fields.number(1), bond: fields.number(2), balance: fields.number(3) }
}

export function readStatement (fields: Fields): Statement {
  const statement = {
    unit: fields.text(1),
    balance: fields.number(2),
    reserved: fields.number(3),
    earned: fields.number(4),
    spent: fields.number(5),
    books: fields.all(6).map(bytes => new Fields(bytes)).map(book => ({
      serial: book.bytes(1),
      object: book.bytes(2),
      first: book.number(3),
      count: book.number(4),
      price: book.number(5),
      redeemed: book.number(6),
      bond: book.number(7),
      redeemUntil: book.number(8)
    })),
    movements: fields.all(7).map(bytes => new Fields(bytes)).map(movement => ({
      id: movement.number(1),
      time: movement.number(2),
      kind: movement.text(3),
      amount: movement.signed(4),
      counterpart: movement.text(5),
      memo: movement.text(6)
    }))
  }
  const { unit, books, movements } = statement
  must(unit !== '' && unit.length <= 16, 'unit')
  must(books.length <= 256 && books.every(({ serial, object }) => serial.byteLength === 16 && object.byteLength === 36), 'books')
  must(movements.length <= 256, 'number of movements')
  must(movements.every(({ kind, counterpart, memo }) => Buffer.byteLength(kind) <= 32 && Buffer.byteLength(counterpart) <= 128 && Buffer.byteLength(memo) <= 800), 'movements')

  return statement
}

/** With whom the coins of one book were spent. Here in memory; a client has to have it on its disk before it spends. */
export class Wallet {
  readonly #server: Uint8Array
  readonly #payees = new Map<number, Uint8Array>()

  /** @param server - PeerId multihash: coins may be spent with it again */
  constructor (server: Uint8Array) {
    this.#server = server
  }

  /** @throws {Error} for a coin that another provider has */
  spend (provider: Uint8Array, indices: number[]): void {
    const others = indices.filter(index => !same(this.#payees.get(index) ?? provider, provider) && !same(provider, this.#server))
    must(others.length === 0, `coins ${others} are not spent twice`)
    indices.filter(index => !this.#payees.has(index)).forEach(index => this.#payees.set(index, provider))
  }
}
