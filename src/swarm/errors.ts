/** Neither the server nor another provider could be reached, or none of them is of use. */
export class UnreachableError extends Error {
  static name = 'UnreachableError'
  name = 'UnreachableError'
}

/** Whoever could be reached sent blocks that are not those of the object. */
export class IntegrityError extends Error {
  static name = 'IntegrityError'
  name = 'IntegrityError'
}
