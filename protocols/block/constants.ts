/** The protocol's name on the wire. */
export const BLOCK_PROTOCOL = '/mssl/block/1.0.0'

/**
 * Blocks of one object: 2^20. Bounds bitmaps to 128 KiB, trees to 64 MiB of hashes, objects to 4 TiB. The manifest's rules
 * hold to it, before anything is allocated by index.
 */
export const MAX_BLOCKS = 2 ** 20

/** Levels of the tallest tree: log2(MAX_BLOCKS). */
export const MAX_LEVELS = 20

/** Longest block, 4 MiB: what one session may hold in memory for one request, and what one false block can waste. */
export const MAX_BLOCK_LENGTH = 4 * 2 ** 20

/** Longest super-block: 2^20 hashes of 32 bytes. A recipient allocates no more for a provider's word. */
export const MAX_SUPER_BLOCK_LENGTH = 32 * 2 ** 20

/** First message of each direction: a bitmap of 2^20 bits (128 KiB), a certificate, a ticket or 16 peers. */
export const MAX_FIRST_MESSAGE_LENGTH = 256 * 1024

/** Every later message: 2048 range numbers (10 KiB), 256 requests (3 KiB), a ticket, 20 hashes: well below it. */
export const MAX_MESSAGE_LENGTH = 64 * 1024

/** A signed envelope (certificate, ticket): a certificate with 64 addresses and 64 rotations stays below it. */
export const MAX_ENVELOPE_LENGTH = 48 * 1024

/** A binary CID; sha2-256 takes 36 bytes, the longest common multihash fits. */
export const MAX_CID_LENGTH = 128

/** A reason is one short line for a person. */
export const MAX_REASON_LENGTH = 256

/** A binary multiaddr or PeerId in a list of peers; longer ones are dropped. */
export const MAX_ADDRESS_LENGTH = 512

/** Other holders told in `Opened`. */
export const MAX_PEERS = 16

/** Requests in one message, cancels in one message, refusals in one message. */
export const MAX_REQUESTS_PER_MESSAGE = 256

/** Numbers in one `Have` message, two per range. */
export const MAX_RANGE_NUMBERS = 2048

/** Bytes of requested blocks that a provider lets a recipient have outstanding: covers 1 Gbit/s at 130 ms. */
export const WINDOW_BYTES = 16 * 2 ** 20

/** Fewest outstanding requests, so that even 4 MiB blocks are pipelined. */
export const MIN_WINDOW = 4

/** Most outstanding requests: what bounds a provider's queue for one recipient. */
export const MAX_WINDOW = 256

/** From the stream's start to a complete `Open`, and from `Open` to `Opened`, ms: a round trip and a signature check, with room. */
export const OPEN_TIMEOUT = 10_000

/** A recipient that reads nothing for so long while data is pending for it is dropped, ms. */
export const STALL_TIMEOUT = 60_000

/** While other sessions wait for read memory, a block must leave it in this time plus `length / CONTENDED_RATE`, ms. */
export const CONTENDED_TIMEOUT = 5_000

/** Bytes per second that a recipient must take while others wait for memory; without it a few slow readers starve all. */
export const CONTENDED_RATE = 64 * 1024

/** A recipient gives up a stream on which nothing came for so long while it waits for blocks, ms. */
export const SILENCE_TIMEOUT = 60_000

/** A provider ends a session in which neither end sent anything for so long, ms; an empty `Have` keeps one. */
export const IDLE_TIMEOUT = 300_000

/** After this end said its last word, how long the other may take to close the stream before it is reset, ms. */
export const CLOSE_TIMEOUT = 5_000

/** `Have` announcements are collected for so long, ms … */
export const ANNOUNCE_INTERVAL = 100

/** … or until so many blocks came together: a fast download sends a message per 32 blocks, not per block. */
export const ANNOUNCE_BLOCKS = 32

/** Bytes of the nonces that make a session of mode proof the one it is. */
export const NONCE_LENGTH = 32

/** Blocks that may be sent and not acknowledged, at most: twice the largest window of requests, so that these limit the rate. */
export const MAX_ACKNOWLEDGEMENT_WINDOW = 2 * MAX_WINDOW

/** Blocks that a node holds in memory for all its recipients, bytes (default of `readBudget`). */
export const READ_BUDGET = 32 * 2 ** 20

/** What a late wake-up or a slow disk cost a limited uplink is made good, ms of its rate; an idle one saves up no more. */
export const UPLOAD_CREDIT = 250

/** Bytes that may be on their way to recipients before it is known how fast the uplink is: a second of 2 Mbit/s. */
export const FIRST_FLIGHT = 256 * 1024

/** Blocks that may be on their way at least, however long they take: while one is reported, another one is under way. */
export const FLIGHT_BLOCKS = 2

/**
 * What a block may take, ms, besides twice what it took at best, before it counts as held up here: the time to write and to report it, and
 * what these vary by.
 */
export const FLIGHT_SLACK = 250

/** How long to wait for the report of a block besides four times what they take, ms: who gives none does not keep others back. */
export const FLIGHT_PATIENCE = 1_000

/** Milliseconds between two moments with little on its way, at least, which show how fast blocks can be. */
export const FLIGHT_REVIEW = 10_000

/** Sessions that a node provides at the same time (default of `maxSessions`): each costs up to two blocks and a bitmap. */
export const MAX_SESSIONS = 512

/** Recipients that the upload queue knows, at most: those with sessions, and those that left in debt and may come back. */
export const MAX_REMEMBERED_RECIPIENTS = 2 * MAX_SESSIONS

/** Sessions with one recipient over all its connections, opening ones included (default of `maxSessionsPerPeer`). */
export const MAX_SESSIONS_PER_PEER = 32

/**
 * Inbound streams per connection. Above the quota per peer, so that the excess is answered BUSY instead of a bare reset,
 * and a session that is being replaced does not stand in the way of its successor.
 */
export const MAX_INBOUND_STREAMS = MAX_SESSIONS_PER_PEER + 16

/** Outbound streams per connection: as many as the other side takes. */
export const MAX_OUTBOUND_STREAMS = MAX_INBOUND_STREAMS

/**
 * Yamux grows a stream's receive window up to 16 MiB, and its stream is reset when a paused reader has more than
 * `maxReadBufferLength` (4 MiB by default) waiting. A session that pauses must be able to hold a whole window, bytes.
 */
export const PAUSED_BUFFER_LENGTH = 17 * 2 ** 20

/** A part of what the uplink has shown to take, below which it is not the uplink that blocks wait for … */
export const FLIGHT_IDLE = 0.75

/** … and milliseconds in which half of that is forgotten, since links and those who share them change. */
export const FLIGHT_MEMORY = 60_000
