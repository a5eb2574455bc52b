/** Amounts of money: protocols/ticket/README.md, "Price" and "Coin book", protocols/ack/README.md, "Redemption". */
import type { Fields } from './protobuf.ts'

const MAX_AMOUNT = 2n ** 53n - 1n
const PARTS = 10_000n

export interface Price {
  amount: number
  per: number
  unit: string
}

/** @throws {Error} with the rule that is broken */
export function checkPrice (price: Price, size: number): Price {
  const total = price.per < 1 ? 0n : upTo(price, size)

  if (price.amount < 1 || !/^[A-Za-z0-9._-]{1,16}$/.test(price.unit) || total < 1n || total > MAX_AMOUNT) {
    throw new Error('price')
  }

  return price
}

export function readPrice (fields: Fields, size: number): Price {
  return checkPrice({ amount: fields.number(1), per: fields.number(2), unit: fields.text(3) }, size)
}

/** What the coins of `count` blocks from `first` on are worth together. */
export function worthOf (price: Price, { size, blockSize }: { size: number, blockSize: number }, first: number, count: number): number {
  const [begin, end] = [first, first + count].map(index => upTo(price, Math.min(size, index * blockSize)))

  return Number(end - begin)
}

/** What is set aside besides a price. `rate`: 1/10,000 */
export function bondOf (price: number, rate: number): number {
  const bond = (BigInt(price) * BigInt(rate) + PARTS - 1n) / PARTS

  return Number(bond < MAX_AMOUNT ? bond : MAX_AMOUNT)
}

/** What the server keeps of all that was paid for a session. `fee`: 1/10,000 */
export function feeOf (paid: number, fee: number): number {
  return Number(BigInt(paid) * BigInt(fee) / PARTS)
}

/** Of the bytes before `end`, which need not be a whole number of `per`. */
function upTo ({ amount, per }: Price, end: number): bigint {
  return BigInt(amount) * BigInt(end) / BigInt(per)
}
