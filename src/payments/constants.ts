export const PAYMENTS_PATH = '/payments'

/** Bytes of a message: a few short fields, and room for a memo */
export const MAX_BODY_LENGTH = 16 * 1024

/** Bytes of a request's headers: the three that are needed take some 300 with one signature */
export const MAX_HEADER_LENGTH = 8 * 1024

/** Milliseconds that a request may take to arrive, headers and body: who is slower only holds a connection */
export const REQUEST_TIMEOUT = 10_000

/** Milliseconds between two looks for requests that take too long */
export const TIMEOUT_CHECK_INTERVAL = 1_000

/** Connections at once: one provider needs a few; each may hold one message */
export const MAX_CONNECTIONS = 64

/** Seconds that a message's time may be off, in both directions: as Standard Webhooks has it */
export const TIMESTAMP_TOLERANCE = 300

/** Bytes of a secret, as Standard Webhooks has it */
export const MIN_SECRET_LENGTH = 24
export const MAX_SECRET_LENGTH = 64
