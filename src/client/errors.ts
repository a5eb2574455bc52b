import { toString } from 'uint8arrays/to-string'
import type { PurchaseInfo } from './purchase.ts'

/** The server is not the one that was seen before, or that the link names. */
export class ServerChangedError extends Error {
  static name = 'ServerChangedError'
  name = 'ServerChangedError'
  /** Fingerprint that was expected, 32 bytes */
  readonly expected: Uint8Array
  /** Fingerprint that was shown */
  readonly shown: Uint8Array
  /** File with both certificates */
  readonly evidence?: string

  constructor (who: string, expected: Uint8Array, shown: Uint8Array, evidence?: string) {
    super(`The server ${who} shows the fingerprint ${hex(shown)}, but ${hex(expected)} is expected: it was set up anew, or somebody ` +
      'poses as it. Ask its operator for the fingerprint on another way; if the new one is right, run "mssl id --forget <server>" and get a fresh link' +
      (evidence == null ? '' : `. The evidence is in ${evidence}`))
    this.expected = expected
    this.shown = shown
    this.evidence = evidence
  }
}

/** The server refuses this client or its credential. */
export class RefusedError extends Error {
  static name = 'RefusedError'
  name = 'RefusedError'
}

/** The server's policy asks for a credential that was not given. */
export class CredentialNeededError extends Error {
  static name = 'CredentialNeededError'
  name = 'CredentialNeededError'
}

/** This machine's clock and the server's are too far apart for tickets to be checked. */
export class ClockSkewError extends Error {
  static name = 'ClockSkewError'
  name = 'ClockSkewError'
}

/** Blocks have to be bought, and nobody has agreed to what they cost. Nothing was bought. */
export class NotPaidError extends Error {
  static name = 'NotPaidError'
  name = 'NotPaidError'
  /** What has to be paid now */
  readonly purchase: PurchaseInfo

  constructor (purchase: PurchaseInfo) {
    super(`${costs(purchase)}, and nobody has agreed to pay that`)
    this.purchase = purchase
  }
}

/** The account with the server does not hold what blocks cost. Nothing was bought. */
export class BalanceTooLowError extends Error {
  static name = 'BalanceTooLowError'
  name = 'BalanceTooLowError'
  /** What has to be paid now */
  readonly purchase: PurchaseInfo
  /** Units */
  readonly missing: number

  constructor (purchase: PurchaseInfo) {
    const missing = Math.min(Number.MAX_SAFE_INTEGER, purchase.price + purchase.bond - purchase.balance)
    super(`${costs(purchase)}, but the account with ${purchase.server} holds ${purchase.balance} ${purchase.unit}: ${missing} ${purchase.unit} are missing`)
    this.purchase = purchase
    this.missing = missing
  }
}

function costs ({ name, unit, price, bond }: PurchaseInfo): string {
  return `The blocks of ${name} that are wanted cost ${price} ${unit}${bond === 0 ? '' : `, and ${bond} ${unit} are set aside besides`}`
}

function hex (fingerprint: Uint8Array): string {
  return toString(fingerprint, 'hex')
}
