import { InvalidParametersError } from '@libp2p/interface'

/** Bytes of block that a unit of service stands for: the smallest block size */
export const UNIT_LENGTH = 64 * 1024

/** Highest weight in the sharing of an uplink: nobody gets more than this many times the rate of a newcomer */
export const MAX_STANDING = 100

/** At this much for a unit, a year and more of 10 Gbit/s fits into what an amount can be, 2^53 */
const MAX_RATE = 10_000

const MAX_STARTING_CREDIT = 1_000_000_000

/** Credit that a standing of 1 takes where newcomers get none */
const STANDING_STEP = 1024

/** What the operator gives for service. */
export interface CreditPolicy {
  /**
   * To the provider, for each unit of 64 KiB of a block, begun ones included.
   *
   * @default 4
   */
  credit: number

  /**
   * To the recipient, for each unit that another client served in place of the server.
   *
   * @default 1
   */
  discount: number

  /**
   * To each account when it is opened; also what a step of standing takes.
   *
   * @default 1024
   */
  startingCredit: number

  /**
   * Milliseconds in which a balance halves; 0: never.
   *
   * @default 2_592_000_000 (30 days)
   */
  halfLife: number
}

export const DEFAULT_POLICY: CreditPolicy = {
  credit: 4,
  discount: 1,
  startingCredit: 1024,
  halfLife: 30 * 86_400_000
}

/**
 * @throws {InvalidParametersError}
 */
export function checkPolicy (policy: CreditPolicy): void {
  for (const [name, most] of [['credit', MAX_RATE], ['discount', MAX_RATE], ['startingCredit', MAX_STARTING_CREDIT]] as const) {
    if (!Number.isInteger(policy[name]) || policy[name] < 0 || policy[name] > most) {
      throw new InvalidParametersError(`"${name}" of a credit policy has to be a whole number from 0 to ${most}, not ${policy[name]}`)
    }
  }

  if (!Number.isSafeInteger(policy.halfLife) || policy.halfLife < 0) {
    throw new InvalidParametersError(`"halfLife" of a credit policy has to be milliseconds, or 0 for no ageing, not ${policy.halfLife}`)
  }
}

/** 1 to {@link MAX_STANDING}: a newcomer has 1, and who has n times the starting credit has n. */
export function standingOf (balance: number, { startingCredit }: CreditPolicy): number {
  const step = startingCredit === 0 ? STANDING_STEP : startingCredit

  return Math.max(1, Math.min(MAX_STANDING, Math.floor(balance / step)))
}
