/** Providers that one download uses at once: more share the same bottleneck and cost memory. */
export const MAX_PROVIDERS = 20

/**
 * Providers that a download tries at once, and how long it waits before each further one, ms; how many it chooses, and after how
 * long one more, ms. Clients that come together hear of those who came first at first: were all places taken then, everybody would fetch from
 * the same few, and nobody from the others, whose blocks and uplinks would be of no use. Who fetches from us is fetched from at once.
 */
export const FIRST_PROVIDERS = 4
export const CHOSEN_PROVIDERS = 8
export const PROVIDER_INTERVAL = 500
export const LATE_PROVIDER_INTERVAL = 5_000

/** The wait before the next provider that we choose doubles with each that has no place for us, so often at most: to half a minute. All may be full. */
export const MAX_DOUBLINGS = 6

/** Recipients of an object that this node itself still fetches. Beyond, it serves only those that it fetches from: the rest find others. */
export const MAX_RECIPIENTS_MEANWHILE = 20

/** Members remembered per object: enough to introduce many times over, small enough to forget nobody's memory bill. */
export const MAX_MEMBERS = 256

/** Milliseconds between two looks for sessions whose ticket has ended, or was taken back by `mssl access revoke`. */
export const RECHECK_INTERVAL = 2_000

/** Blocks that are taken at random, so that a newcomer soon has something that others lack. */
export const RANDOM_FIRST = 4

/** Candidates that a download remembers, so that peer exchange cannot fill the memory. */
export const MAX_CANDIDATES = 1024

/** Addresses remembered per candidate; the wire allows as many. */
export const MAX_ADDRESSES = 8

/** Milliseconds of work that the requests outstanding at one provider should cover: they outlast a pause of either end. */
export const QUEUE_TIME = 300

/** Bytes outstanding at one provider, which is also the largest receive window of a stream. */
export const MAX_OUTSTANDING_BYTES = 16 * 1024 * 1024

/** Requests at a provider that is slow, or shared by many: it has others to serve while the next request travels. */
export const MIN_WINDOW = 1

/** A provider starts with this many requests and doubles them per round trip until its rate is known. */
export const FIRST_WINDOW = 2

/** Milliseconds: no path is longer, so what takes longer is a wait at the provider. */
export const MAX_ROUND_TRIP = 1_000

/** Milliseconds without a byte after which a provider that owes blocks has stalled, and others are asked for them. */
export const STALL_TIMEOUT = 2_000

/** Milliseconds without a byte after which a stalled provider is left. */
export const SNUB_TIMEOUT = 15_000

/** Milliseconds that those who were paid for missing blocks are waited for at the begin of a download: as long as it takes to dial them. */
export const PAYEE_GRACE = 3_000

/** Milliseconds that the origin is left alone with what it did not offer while peers could have it. */
export const ORIGIN_GRACE = 2_000

/** Milliseconds from the origin's answer until it is believed that there is nobody else: introductions take a few round trips. */
export const ALONE_AFTER = 1_000

/** Milliseconds without a block after which the origin is asked, even if peers say that they get new ones. */
export const ORIGIN_PATIENCE = 15_000

/** Milliseconds that a block of the endgame, or the next of a sequential read, is waited for before another is asked. */
export const DUPLICATE_AFTER = 400

/**
 * The same with mode proof, where a block is acknowledged to everybody who sends it and credited to one of them: so late is
 * only a provider that has stalled, or hardly moves.
 */
export const DUPLICATE_SEALED_AFTER = 10_000

/**
 * Milliseconds that a provider may hold up the end of a download with mode purchase, where nobody else is asked for what it owes,
 * before its session is closed: if it is also slower by this factor than one that has nothing to do. What is on its way from it
 * is lost.
 */
export const LAGGARD_AFTER = 2_000
export const LAGGARD_FACTOR = 4

/** Requests for one block at the same time. */
export const MAX_DUPLICATES = 3

/**
 * Bytes of blocks that arrived before the hashes that they are verified with. Above, requests rely on verified hashes
 * only; above twice as much, such blocks are thrown away and asked for again.
 */
export const MAX_PARKED_BYTES = 32 * 1024 * 1024

/** Bytes verified and not yet written, or not yet consumed, above which sessions pause. They go on at half of it. */
export const MAX_UNWRITTEN_BYTES = 32 * 1024 * 1024

/** Milliseconds between two looks at stalls, endgame, reconnects, have announcements and progress. */
export const TICK = 250

/** Milliseconds: first and longest pause before a provider is tried again. */
export const FIRST_BACKOFF = 1_000
export const MAX_BACKOFF = 60_000

/** Misbehaviour that is no proof of bad will (wrong length, refusals of blocks it said to have) before a provider is left. */
export const MAX_OFFENCES = 3

/** Milliseconds to open a session. */
export const OPEN_TIMEOUT = 10_000

/** Milliseconds between two looks at the DHT. */
export const LOOKUP_INTERVAL = 30_000

/** The same while there is no provider, or nobody but the server is known: the routing table of a node that has just started may still have been empty. */
export const URGENT_LOOKUP_INTERVAL = 5_000

/** Milliseconds that a lookup may take. */
export const LOOKUP_TIMEOUT = 20_000

/** Milliseconds without any provider after which a download gives up that was never served. A person looks on. */
export const PATIENCE = 20_000

/** Milliseconds that one waits which was served before: a server that restarts, a network that comes back. */
export const RECONNECT_PATIENCE = 60_000

/** Milliseconds without any provider after which it is said what is being waited for. */
export const WAITING_NOTICE = 3_000

/** Answers that an object is not there before a provider is believed: a server that has just started has yet to open it. */
export const NOT_FOUND_ANSWERS = 2

/** Milliseconds between two comparisons of providers, while others wait for their places. */
export const REPLACE_INTERVAL = 10_000

/** A provider slower than this part of the middle one gives its place to a candidate. */
export const SLOW_PART = 1 / 8

/** Milliseconds between two rebuilds of the picker's order, per 2^20 blocks: a rebuild of that many takes about 15 ms. */
export const REORDER_INTERVAL = 2_000

/**
 * Milliseconds that a provider may let us wait for a turn, as long as it says that it is there: a short uplink has many
 * recipients. Afterwards its silence counts, or one that only says so could hold a download up for ever; but for the server, which nobody
 * can stand in for.
 */
export const MAX_WAIT = 60_000

/** With mode proof: bytes of sealed blocks that wait for their keys, over all providers; nothing more is asked meanwhile. */
export const MAX_LOCKED_BYTES = 64 * 1024 * 1024

/** Milliseconds to open the stream of acknowledgements; without it there are no keys. */
export const CONVERSATION_TIMEOUT = 10_000

/** Milliseconds that the server has to judge; a block of 4 MiB may have to come with the answer. */
export const DISPUTE_TIMEOUT = 30_000

/** Complaints about one provider in one session: it is dropped after the first, some blocks may be on their way. */
export const MAX_DISPUTES = 8

/** Milliseconds that the end of a download waits for its last acknowledgements. */
export const SETTLE_TIMEOUT = 5_000
