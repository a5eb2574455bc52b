/**
 * What the command's exit code says, for every error of the library: the one table that scripts can rely on.
 */

export const EXIT_OK = 0
export const EXIT_INTERNAL = 1
export const EXIT_USAGE = 2
export const EXIT_REFUSED = 3
export const EXIT_INTEGRITY = 4
export const EXIT_SERVER_CHANGED = 5
export const EXIT_UNREACHABLE = 6
export const EXIT_LOCAL = 7
export const EXIT_NOT_PAID = 8
export const EXIT_MONEY_SHORT = 9
/** 128 + SIGINT, as shells report it */
export const EXIT_INTERRUPTED = 130

/** For `mssl --help`. */
export const EXIT_CODES: Array<[code: number, meaning: string]> = [
  [EXIT_OK, 'done'],
  [EXIT_INTERNAL, 'internal error'],
  [EXIT_USAGE, 'wrong usage, a damaged link included'],
  [EXIT_REFUSED, 'refused: a credential is needed, was not accepted, or access was revoked'],
  [EXIT_INTEGRITY, 'integrity: the file does not verify, or a source file changed'],
  [EXIT_SERVER_CHANGED, 'the server is not the one that was seen before'],
  [EXIT_UNREACHABLE, 'neither the server nor another provider can be reached'],
  [EXIT_LOCAL, 'local trouble: no space, file exists, unreadable, home in use, port taken'],
  [EXIT_NOT_PAID, 'this has to be paid for, and nobody has said that it may be bought'],
  [EXIT_MONEY_SHORT, 'the balance does not reach'],
  [EXIT_INTERRUPTED, 'interrupted (Ctrl-C); run the same command again to go on']
]

/** The command line itself is wrong. */
export class UsageError extends Error {
  static name = 'UsageError'
  name = 'UsageError'
}

/** Ctrl-C or SIGTERM; the message says what was kept and how to go on. */
export class InterruptedError extends Error {
  static name = 'InterruptedError'
  name = 'InterruptedError'
}

/** A file that is not what the link says. */
export class VerificationFailedError extends Error {
  static name = 'VerificationFailedError'
  name = 'VerificationFailedError'
}

/** What the ledger keeps contradicts itself. */
export class UnbalancedLedgerError extends Error {
  static name = 'UnbalancedLedgerError'
  name = 'UnbalancedLedgerError'
}

/** A node runs on the home that was to be claimed for. */
export class NodeClaimsError extends Error {
  static name = 'NodeClaimsError'
  name = 'NodeClaimsError'
}

/** Claims stay without a verdict. */
export class UnclaimedError extends Error {
  static name = 'UnclaimedError'
  name = 'UnclaimedError'
}

/** The server gave no credit for a claim. */
export class ClaimRefusedError extends Error {
  static name = 'ClaimRefusedError'
  name = 'ClaimRefusedError'
}

/** A server did not say what this home has there. */
export class NoStatementError extends Error {
  static name = 'NoStatementError'
  name = 'NoStatementError'
}

/** A node runs on the home, so that no server could be asked. */
export class NotAskedError extends Error {
  static name = 'NotAskedError'
  name = 'NotAskedError'
}

interface Explanation {
  code: number
  /** The next step, where the message itself does not name one */
  hint?: string
}

/** By `err.name`. */
const ERRORS: Record<string, Explanation> = {
  UsageError: { code: EXIT_USAGE },
  InvalidLinkError: { code: EXIT_USAGE },
  InvalidParametersError: { code: EXIT_USAGE },
  NotFoundError: { code: EXIT_USAGE },
  UnsafePathError: { code: EXIT_USAGE },
  NotEvidenceError: { code: EXIT_USAGE },
  InsufficientBalanceError: { code: EXIT_USAGE },
  InvalidMultiaddrError: { code: EXIT_USAGE, hint: 'addresses look like /ip4/203.0.113.7/tcp/4455' },

  RefusedError: { code: EXIT_REFUSED, hint: 'ask the operator of the server for access' },
  CredentialNeededError: { code: EXIT_REFUSED, hint: 'give what the operator of the server handed out: --token or --jwt' },
  TicketError: { code: EXIT_REFUSED },
  TooManyRevocationsError: { code: EXIT_REFUSED },
  CertificateValidityError: { code: EXIT_REFUSED },
  ClaimRefusedError: { code: EXIT_REFUSED, hint: '`mssl receipts` shows the reasons' },
  ClockSkewError: { code: EXIT_REFUSED, hint: 'set the clock of this machine' },

  VerificationFailedError: { code: EXIT_INTEGRITY },
  IntegrityError: { code: EXIT_INTEGRITY },
  InvalidManifestError: { code: EXIT_INTEGRITY },
  InvalidRecordError: { code: EXIT_INTEGRITY },
  UnsupportedHashError: { code: EXIT_INTEGRITY, hint: 'a newer version of mssl may know it' },
  SourceChangedError: { code: EXIT_INTEGRITY },
  FalseHashesError: { code: EXIT_INTEGRITY },
  FalseEvidenceError: { code: EXIT_INTEGRITY },
  UnbalancedLedgerError: { code: EXIT_INTEGRITY, hint: 'keep a copy of mssl.db in the home, and restore it from a backup' },

  InvalidAmountError: { code: EXIT_USAGE },
  OpenBooksError: { code: EXIT_USAGE, hint: 'wait until then, or give --force' },
  PaymentConflictError: { code: EXIT_USAGE, hint: 'another payment needs another reference' },

  NotPaidError: { code: EXIT_NOT_PAID, hint: '`mssl get --yes` buys it, `--max-price` up to a price' },
  BalanceTooLowError: { code: EXIT_MONEY_SHORT, hint: 'pay in at the operator of the server, who needs what `mssl id` prints' },
  MoneyShortError: { code: EXIT_MONEY_SHORT },

  ServerChangedError: { code: EXIT_SERVER_CHANGED },

  UnreachableError: { code: EXIT_UNREACHABLE, hint: 'what was fetched is kept: try again later' },
  // most often a server that ended in the middle of its answer
  TicketProtocolError: { code: EXIT_UNREACHABLE, hint: 'what was fetched is kept: try again later' },
  UnclaimedError: { code: EXIT_UNREACHABLE, hint: 'what is left is kept: try again later' },
  NoStatementError: { code: EXIT_UNREACHABLE, hint: 'what this home knows itself is above: try again later' },
  WellKnownError: { code: EXIT_UNREACHABLE },
  DialError: { code: EXIT_UNREACHABLE },
  TimeoutError: { code: EXIT_UNREACHABLE },

  FileExistsError: { code: EXIT_LOCAL, hint: 'move it away, or choose another place with --out' },
  NoSpaceError: { code: EXIT_LOCAL },
  StorageError: { code: EXIT_LOCAL },
  NotHeldError: { code: EXIT_LOCAL },
  DamagedHomeError: { code: EXIT_LOCAL },
  HomeInUseError: { code: EXIT_LOCAL, hint: 'stop the other one, or use another home with --home' },
  NodeClaimsError: { code: EXIT_LOCAL, hint: '`mssl receipts` shows what became of it' },
  NotAskedError: { code: EXIT_LOCAL, hint: 'what this home knows itself is above: stop the other one to ask' },
  PaymentsListenError: { code: EXIT_LOCAL, hint: 'choose another address with --payments' },
  UnsupportedListenAddressesError: { code: EXIT_LOCAL, hint: 'choose another one with --port or --listen' },

  InterruptedError: { code: EXIT_INTERRUPTED },
  AbortError: { code: EXIT_INTERRUPTED }
}

/** By `err.code` of the operating system. */
const SYSTEM_ERRORS: Record<string, Explanation> = {
  ENOENT: { code: EXIT_LOCAL },
  EACCES: { code: EXIT_LOCAL },
  EPERM: { code: EXIT_LOCAL },
  EROFS: { code: EXIT_LOCAL },
  EEXIST: { code: EXIT_LOCAL, hint: 'move it away, or choose another place' },
  EISDIR: { code: EXIT_LOCAL },
  ENOTDIR: { code: EXIT_LOCAL },
  EIO: { code: EXIT_LOCAL },
  EMFILE: { code: EXIT_LOCAL },
  ENOSPC: { code: EXIT_LOCAL, hint: 'make space and run the same command again: it goes on where it stopped' },
  EDQUOT: { code: EXIT_LOCAL, hint: 'make space and run the same command again: it goes on where it stopped' },
  EADDRINUSE: { code: EXIT_LOCAL, hint: 'choose another port with --port' },
  EADDRNOTAVAIL: { code: EXIT_LOCAL, hint: 'listen on an address of this machine' },
  ENOTFOUND: { code: EXIT_UNREACHABLE },
  ECONNREFUSED: { code: EXIT_UNREACHABLE },
  ECONNRESET: { code: EXIT_UNREACHABLE },
  EHOSTUNREACH: { code: EXIT_UNREACHABLE },
  ENETUNREACH: { code: EXIT_UNREACHABLE },
  ETIMEDOUT: { code: EXIT_UNREACHABLE }
}

/** By SQLite's primary result code: trouble with the home's database that a person can do something about. */
const DATABASE_ERRORS: Record<number, Explanation> = {
  5: { code: EXIT_LOCAL, hint: 'another process keeps the home busy: try again' },
  8: { code: EXIT_LOCAL, hint: 'the home has to be writable' },
  10: { code: EXIT_LOCAL, hint: 'the disk of the home does not work, or is full' },
  11: { code: EXIT_LOCAL, hint: 'restore mssl.db in the home from a backup' },
  13: { code: EXIT_LOCAL, hint: 'make space on the disk of the home and run the same command again: it goes on where it stopped' },
  14: { code: EXIT_LOCAL, hint: 'the home has to be readable and writable' },
  26: { code: EXIT_LOCAL, hint: 'restore mssl.db in the home from a backup' }
}

/** The exit code for an error, what it says, and the next step where that does not name one. */
export function explain (err: Error & { code?: unknown, errcode?: unknown, path?: unknown }): Explanation & { message: string } {
  // extended result codes have the primary one in their lowest byte
  const database = err.code === 'ERR_SQLITE_ERROR' ? DATABASE_ERRORS[Number(err.errcode) & 0xff] : undefined

  if (database != null) {
    return { ...database, message: `the home's database: ${err.message}` }
  }

  const explanation = ERRORS[err.name] ?? SYSTEM_ERRORS[String(err.code)] ?? {
    code: EXIT_INTERNAL,
    hint: 'run again with --verbose for the details'
  }

  return { ...explanation, message: message(err) }
}

/** Node's "ENOENT: no such file or directory, open 'x'" is turned into "x: no such file or directory". */
function message (err: Error & { path?: unknown }): string {
  const system = /^E[A-Z0-9]+: (.+?), \w+/.exec(err.message)

  if (system != null && typeof err.path === 'string') {
    return `${err.path}: ${system[1]}`
  }

  // libp2p's advice is for programmers, and comes with stacks
  const addresses = [...err.message.matchAll(/(\/\S+): Error: listen \w+: (.+) \S+$/gm)].map(([, address, reason]) => `cannot listen on ${address}: ${reason}`)

  if (addresses.length > 0) {
    return addresses.join(', ')
  }

  return err.message.trim() === '' ? err.name : err.message.trim()
}
