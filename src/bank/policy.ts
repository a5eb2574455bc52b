import { InvalidParametersError } from '@libp2p/interface'
import { MAX_BOND_SHARE } from '../../protocols/ticket/constants.ts'
import { checkUnit } from '../object/index.ts'

/** What a fee and a bond are parts of. */
export const PARTS = 10_000

const MAX_BOND = MAX_BOND_SHARE * PARTS

const MAX_REDEMPTION = 366 * 86_400_000

/** What the operator sells blocks by. A book keeps the fee and the share of the bond that it was opened with. */
export interface BankPolicy {
  /**
   * What is counted; 1 to 16 of A-Z a-z 0-9 . _ -. It cannot be changed any more when there are accounts.
   *
   * @default 'coin'
   */
  unit: string

  /**
   * The server's part of what a coin is worth when another client redeems it, 1/10,000.
   *
   * @default 500 (5 %)
   */
  fee: number

  /**
   * What a client sets aside besides the price of its coins, 1/10,000 of that. With less than all of it, who spends coins
   * with an accomplice first gets blocks for less than they cost.
   *
   * @default 10_000 (as much as the price)
   */
  bond: number

  /**
   * Milliseconds after the end of the latest ticket in which coins can be redeemed; then what is left goes back.
   *
   * @default 604_800_000 (7 days)
   */
  redemption: number
}

export const DEFAULT_BANK_POLICY: BankPolicy = {
  unit: 'coin',
  fee: 500,
  bond: PARTS,
  redemption: 7 * 86_400_000
}

/**
 * @throws {InvalidParametersError}
 */
export function checkBankPolicy ({ unit, fee, bond, redemption }: BankPolicy): void {
  checkUnit(unit)

  for (const [name, value, most] of [['fee', fee, PARTS], ['bond', bond, MAX_BOND], ['redemption', redemption, MAX_REDEMPTION]] as const) {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw new InvalidParametersError(`"${name}" of a bank's policy has to be a whole number from 0 to ${most}, not ${value}`)
    }
  }
}
