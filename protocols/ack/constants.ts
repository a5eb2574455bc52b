/**
 * Every limit of `/mssl/ack`, with its reason.
 */

/** The protocol's name on the wire. */
export const ACK_PROTOCOL = '/mssl/ack/1.0.0'

/** What a recipient signs begins with this. */
export const ACKNOWLEDGEMENT_DOMAIN = 'mssl/acknowledgement/1'

/** What a provider signs begins with this. */
export const CLAIM_DOMAIN = 'mssl/claim/1'

/** What the session id hashes first. */
export const SESSION_DOMAIN = 'mssl/session/1'

/** Bytes: session ids, nonces, chain values, ciphertext hashes and block keys are SHA-256 or AES-256 sized */
export const HASH_LENGTH = 32

/** Bytes: an Ed25519 signature */
export const SIGNATURE_LENGTH = 64

/**
 * Blocks of one session; the provider ends a session that has reached it, and the recipient opens another. Bounds what is
 * kept of a session in memory and on disk (2 MiB of ciphertext hashes) and what a claim and an audit weigh.
 */
export const MAX_SESSION_BLOCKS = 65_536

/** Keys in one answer: the largest acknowledgement window, 16 KiB */
export const MAX_KEYS = 512

/** Claims in one message */
export const MAX_CLAIMS = 64

/** Bytes of a session's list of block indices: three for each at most, since a zigzag difference is below 2^21 */
export const MAX_BLOCKS_LENGTH = 3 * MAX_SESSION_BLOCKS

/** Bytes of a PeerId's multihash: both ends of a session have Ed25519 identities, whose key is in the PeerId */
export const PEER_ID_LENGTH = 38

/** Bytes of a ticket's envelope: the limit of the record itself */
export const MAX_TICKET_LENGTH = 1024

/** UTF-16 code units of a reason: one line for a person */
export const MAX_REASON_LENGTH = 256

/** Bytes of a block in a ruling, and hashes of its inclusion path: the largest that an object can have */
export const MAX_BLOCK_LENGTH = 4 * 2 ** 20
export const MAX_PATH_HASHES = 20

/**
 * Bytes of an acknowledgement as a message: it has 177 at most. It is all that a node without an arbiter reads; it answers
 * whatever is longer by its first byte
 */
export const MAX_ACKNOWLEDGEMENT_LENGTH = 256

/** Acknowledgements of one conversation that wait for an answer: ten a round trip of 200 ms at 50 a second, with room */
export const MAX_UNANSWERED = 64

/**
 * Bytes that may come in behind a message that is being answered, MAX_UNANSWERED acknowledgements: what a peer can make a
 * node hold by asking ahead. The stream is reset when there are more
 */
export const MAX_READ_AHEAD = MAX_UNANSWERED * MAX_ACKNOWLEDGEMENT_LENGTH

/**
 * Bytes of a message to a server. The largest recovery or complaint (2.2 MiB) and the largest list of entries (2 MiB) fit; of claims 20,
 * of sessions as long as can be. Bounds what a server holds, together with MAX_LARGE_MESSAGES
 */
export const MAX_REQUEST_LENGTH = 4 * 2 ** 20

/** Bytes of an answer that is no ruling: MAX_KEYS keys (16 KiB), or 64 verdicts with reasons of 768 bytes */
export const MAX_ANSWER_LENGTH = 64 * 1024

/** Bytes of a ruling: a block, its path, and small fields */
export const MAX_RULING_LENGTH = MAX_BLOCK_LENGTH + 4096

/** Milliseconds until the first message has begun, and for each request to be answered (default of `timeout`) */
export const REQUEST_TIMEOUT = 15_000

/** Bytes per second that a message must come or go at, beyond that time: 4 MiB take two minutes on the slowest line served */
export const MIN_RATE = 32 * 1024

/** Milliseconds that a provider has to answer an acknowledgement (default of `keysTimeout`): storing it takes one sync */
export const KEYS_TIMEOUT = 10_000

/** Milliseconds without a message, after which a conversation is ended; the client opens another stream when it needs one */
export const IDLE_TIMEOUT = 300_000

/** Milliseconds that the other end has to close a stream on which all is said, before it is reset */
export const CLOSE_TIMEOUT = 5_000

/** Milliseconds after which a peer that was told BUSY should try again, unless a quota says longer */
export const BUSY_RETRY_AFTER = 1_000

/** Milliseconds that quotas count over */
export const QUOTA_INTERVAL = 60_000

/**
 * Recoveries and complaints of one peer within QUOTA_INTERVAL (default of `disputesPerMinute`). A complaint
 * makes the server read and encrypt a block, a recovery 16 MiB at most; an honest recipient has one of a kind for each session that went wrong
 */
export const QUOTA_DISPUTES = 30

/** Messages with claims of one peer within QUOTA_INTERVAL: 7,680 sessions; each takes tens of milliseconds at most to verify */
export const QUOTA_CLAIMS = 120

/** Peers whose quotas are remembered; the least recent is forgotten first. Identities are cheap, memory is not */
export const QUOTA_PEERS = 4096

/**
 * Conversations of recipients with a provider, in all and with one peer: one for each block session (512, 32 of one peer)
 * and those whose session has just ended. Each holds MAX_READ_AHEAD and one answer at most
 */
export const MAX_EXCHANGES = 1024
export const MAX_EXCHANGES_PER_PEER = 48

/** Conversations with a server, in all and with one peer: reading, judging and hashing are the cost */
export const MAX_JUDGED = 128
export const MAX_JUDGED_PER_PEER = 4

/**
 * Bytes above which a message to a server is large, and large ones read or judged at once: they take 128 MiB at most, since
 * one is held twice for a moment, and the others, among them nearly all recoveries, need not wait for them
 */
export const LARGE_MESSAGE_LENGTH = 64 * 1024
export const MAX_LARGE_MESSAGES = 16

/** Verdicts `audit` of one conversation that may wait for their entries: those of four messages; earlier ones are forgotten */
export const MAX_AUDITS = 4 * MAX_CLAIMS

/** Streams on one connection, above the conversations of a peer, so that what is too much is answered BUSY */
export const MAX_INBOUND_STREAMS = MAX_EXCHANGES_PER_PEER + MAX_JUDGED_PER_PEER + 12
export const MAX_OUTBOUND_STREAMS = MAX_INBOUND_STREAMS
