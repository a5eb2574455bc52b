import { PARTS } from './policy.ts'

/** Amounts up to this times any part stay below 2^53. */
const SMALL = Math.floor(Number.MAX_SAFE_INTEGER / (10 * PARTS))

/** So many 1/10,000 of an amount, rounded down. */
export function partOf (amount: number, parts: number): number {
  return amount <= SMALL ? Math.floor(amount * parts / PARTS) : Number(BigInt(amount) * BigInt(parts) / BigInt(PARTS))
}

/** So many 1/10,000 of an amount, rounded up; 2^53 - 1 where it is more, which nobody can have beside the amount itself. */
export function partAbove (amount: number, parts: number): number {
  return amount <= SMALL
    ? Math.ceil(amount * parts / PARTS)
    : Math.min(Number.MAX_SAFE_INTEGER, Number((BigInt(amount) * BigInt(parts) + BigInt(PARTS - 1)) / BigInt(PARTS)))
}
