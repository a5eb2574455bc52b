/** An account has less than was to be taken from it. */
export class InsufficientBalanceError extends Error {
  static name = 'InsufficientBalanceError'
  name = 'InsufficientBalanceError'
}
