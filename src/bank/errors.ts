import type { BookQuote } from './index.ts'

/** An amount that cannot be paid: not a whole number from 1 to 2^53 - 1, or more than the books can hold. */
export class InvalidAmountError extends Error {
  static name = 'InvalidAmountError'
  name = 'InvalidAmountError'
}

/** A reference names another payment. */
export class PaymentConflictError extends Error {
  static name = 'PaymentConflictError'
  name = 'PaymentConflictError'
}

/** Coins of an object can still be redeemed: who has sold its blocks could not be paid without it. */
export class OpenBooksError extends Error {
  static name = 'OpenBooksError'
  name = 'OpenBooksError'
}

/** The client has not said that it would pay this much. */
export class PaymentNeededError extends Error {
  static name = 'PaymentNeededError'
  name = 'PaymentNeededError'
  quote: BookQuote

  constructor (message: string, quote: BookQuote) {
    super(message)
    this.quote = quote
  }
}

/** An account does not have enough. */
export class MoneyShortError extends Error {
  static name = 'MoneyShortError'
  name = 'MoneyShortError'
  /** Units */
  missing: number
  /** What was to be paid, if it was an order */
  quote?: BookQuote

  constructor (message: string, missing: number, quote?: BookQuote) {
    super(message)
    this.missing = missing
    this.quote = quote
  }
}
