/**
 * What a session is paid for coins that are new to it, and from where. Computes it, and does nothing about it.
 */
import { InvalidParametersError } from '@libp2p/interface'

/** A coin that was redeemed before, by another one than claims it now. */
export interface SpentCoin {
  coin: number
  worth: number
  /** Of the first that had it, the server aside; absent: only the server had it */
  claim?: number
}

/** What there is to pay from, and how much of the price void sessions did not give back. */
export interface Funds {
  escrow: number
  bondLeft: number
  shortfall: number
}

/** Before the fee. */
export interface Payout {
  fromEscrow: number
  /** What escrow is short of, since void sessions did not give it back: the bond pays that as well */
  missing: number
  fromBond: number
  /** What the coins are worth, and nobody paid */
  unpaid: number
  /** Coins that others had before, and that the claimant has from now on too */
  again: number[]
  /** The first coin that another provider had, neither of the two the server, and that one's claim */
  twice?: { coin: number, claim: number }
}

/**
 * @param worth - of coins that nobody has redeemed
 * @param spent - in the order in which the bond pays for them
 * @param funds - of the book
 * @param isServer - the claimant is the server's node
 * @throws {InvalidParametersError} when escrow is short of what no void session has taken
 */
export function payout (worth: number, spent: SpentCoin[], funds: Funds, isServer: boolean): Payout {
  const { escrow, bondLeft, shortfall } = funds
  const fromEscrow = Math.min(worth, escrow)
  const missing = worth - fromEscrow

  if (missing > shortfall) {
    throw new InvalidParametersError('The coins are worth more than was paid for them')
  }

  const fromBond = Math.min(missing, bondLeft)
  const result: Payout = { fromEscrow, missing, fromBond, unpaid: missing - fromBond, again: [] }

  for (const { coin, worth, claim } of spent) {
    const paid = Math.min(worth, bondLeft - result.fromBond)
    result.fromBond += paid
    result.unpaid += worth - paid

    if (!isServer && claim != null) {
      result.twice ??= { coin, claim }
    }

    // the first provider besides the server has it, even unpaid: or else nobody could tell that a second one is one too many
    if (paid > 0 || (!isServer && claim == null)) {
      result.again.push(coin)
    }
  }

  return result
}
