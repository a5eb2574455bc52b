/**
 * Consent to what a command would have to buy: given beforehand by options, or asked for on a terminal.
 */
import { formatAmount, formatBytes, parseAmount } from './parse.ts'
import type { Context } from './context.ts'
import type { AuthorizeOptions, PurchaseInfo } from '../node/mssl.ts'
import type { Command } from 'commander'

export interface ConsentOptions {
  maxPrice?: number
  yes?: boolean
}

export function consentOptions (command: Command): void {
  command
    .option('--max-price <amount>', 'mode purchase: buy if it costs so much at most; what is set aside besides does not count (default: ask on a terminal)', parseAmount)
    .option('--yes', 'mode purchase: buy without being asked, whatever it costs or up to --max-price')
}

/** What was said on the command line holds; only without it a person is asked, if there is one. */
export function consent ({ maxPrice, yes = false }: ConsentOptions, { output, signal }: Context): Pick<AuthorizeOptions, 'maxPrice' | 'confirmPurchase'> {
  if (maxPrice != null) {
    return { maxPrice }
  }

  if (yes) {
    return { confirmPurchase: () => true }
  }

  return output.asks ? { confirmPurchase: async purchase => isYes(await output.ask(`${describe(purchase)} Buy? [y/N] `, signal)) } : {}
}

function describe ({ name, size, unit, price, bond, balance, total }: PurchaseInfo): string {
  const what = `${price === total ? '' : 'What is missing of '}${name} (${formatBytes(size)})`
  const more = bond === 0 ? '' : `, and ${formatAmount(bond, unit)} more to be set aside, which come back`

  return `${what} costs ${formatAmount(price, unit)}${more}. You have ${formatAmount(balance, unit)}.`
}

function isYes (answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim())
}

/** What was bought, for a person and for programs. */
export function bought ({ name, unit, price, bond, balance, total }: PurchaseInfo): string {
  return `bought ${price === total ? '' : 'what was missing of '}${name} for ${formatAmount(price, unit)}${bond === 0 ? '' : `, ${formatAmount(bond, unit)} more set aside`}: ${formatAmount(balance, unit)} left`
}

export function purchaseData ({ id, server, ...rest }: PurchaseInfo): Record<string, unknown> {
  return { id: id.toString(), server: server.toString(), ...rest }
}
