/** The file is no evidence at all. */
export class NotEvidenceError extends Error {
  static name = 'NotEvidenceError'
  name = 'NotEvidenceError'
}

/** The file says that it proves something, and does not. */
export class FalseEvidenceError extends Error {
  static name = 'FalseEvidenceError'
  name = 'FalseEvidenceError'
}
