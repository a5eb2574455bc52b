/**
 * Every limit of `/mssl/ticket` and of the signed records, with its reason.
 */
import { fromString } from 'uint8arrays/from-string'

export const PROTOCOL = '/mssl/ticket/1.0.0'

/** What a signed record is: its signature's domain, its payload type and how large its envelope may be. */
export interface RecordKind {
  /** Part of what is signed: a signature on one kind of record is none on another */
  domain: string
  /** UTF-8 bytes of a path, as libp2p RFC 0002 allows */
  payloadType: Uint8Array
  /** Bytes of the whole envelope */
  maxLength: number
}

function recordKind (name: string, maxLength: number): RecordKind {
  return {
    domain: `mssl/${name}/1`,
    payloadType: fromString(`/mssl/${name}/1`),
    maxLength
  }
}

/** 64 nodes, 64 addresses and 64 rotations fit; it is sent with every session */
export const CERTIFICATE = recordKind('certificate', 16 * 1024)

/** A dozen short fields; it is sent with every session */
export const TICKET = recordKind('ticket', 1024)

/** 65,536 files with paths of 40 bytes fit; bounds what a client takes before it knows what it gets */
export const MANIFEST = recordKind('manifest', 4 * 1024 * 1024)

/** MAX_REVOCATIONS entries fit; every provider keeps one per server in memory */
export const REVOCATIONS = recordKind('revocations', 1024 * 1024)

/** A hash and a time: the server's word for what it found in a dispute; see src/judge/evidence.ts */
export const VERDICT = recordKind('verdict', 1024)

/** What an old issuer key signs to hand over to the next: domain | u64be(next epoch) | next key */
export const ROTATION_DOMAIN = 'mssl/rotation/1'

/** Milliseconds that two clocks may differ */
export const CLOCK_TOLERANCE = 120_000

/** Milliseconds. Bounds how long the server has to remember a revocation */
export const MAX_TICKET_LIFETIME = 30 * 24 * 3_600_000

/** Entries of a revocation list: 100 bytes each stay under REVOCATIONS.maxLength */
export const MAX_REVOCATIONS = 10_000

/** Bytes: SHA-256 */
export const FINGERPRINT_LENGTH = 32

/** Bytes: CIDv1, raw, sha2-256 */
export const OBJECT_ID_LENGTH = 36

/** Bytes: random or a keyed hash, so that two of them never meet */
export const SERIAL_LENGTH = 16

/** Largest fee in a coin book, 1/10,000 of what a coin is worth: all of it */
export const MAX_FEE = 10_000

/** A bond is at most so many times the price of its coins: a client sees the price before it buys, and the bond is bounded by it */
export const MAX_BOND_SHARE = 10

/** Largest standing in a ticket of mode PROOF: nobody gets more than a hundred times what a newcomer gets */
export const MAX_STANDING = 100

/** Bytes: an AES-256 key and the secret that blinds the object's key in the DHT */
export const SECRET_LENGTH = 32

/** Bytes of a PeerId's multihash: 38 for Ed25519, 39 for secp256k1, 34 for RSA; bounds work before parsing */
export const MAX_PEER_ID_LENGTH = 64

/** Bytes of one multiaddr; a relayed WebTransport address with two certificate hashes has about 200 */
export const MAX_ADDRESS_LENGTH = 512

/** Bytes of a PublicKey protobuf: Ed25519 has 36, the only kind that may issue */
export const PUBLIC_KEY_LENGTH = 36

/** Bytes of UTF-8 of a certificate's name */
export const MAX_NAME_LENGTH = 255

/** Peers in one response, addresses each: what a client dials at once; more come through the DHT */
export const MAX_HINTS = 16
export const MAX_HINT_ADDRESSES = 8

/** Addresses in a link, and its characters: a line that a person can paste */
export const MAX_LINK_ADDRESSES = 8
export const MAX_LINK_LENGTH = 8192

/** Bytes. A JWT with a long list of objects fits, a flood of request memory does not */
export const MAX_CREDENTIAL_LENGTH = 16 * 1024

/** Bytes of UTF-8 */
export const MAX_REASON_LENGTH = 512

/** Bytes of a unit of money */
export const MAX_UNIT_LENGTH = 16

/** Books and movements in one statement: a page for a person, and a bound of the work of a request that costs nothing */
export const MAX_STATEMENT_BOOKS = 256
export const MAX_STATEMENT_MOVEMENTS = 256

/** Bytes of UTF-8 of a movement's kind, which is one word, and of its other side: a PeerId or the name of an account */
export const MAX_KIND_LENGTH = 32
export const MAX_COUNTERPART_LENGTH = 128

/** Bytes of UTF-8 of a movement's memo: 200 characters of 3 bytes, with what the server says besides */
export const MAX_MEMO_LENGTH = 800

/** Bytes: the two credentials cannot both be there, the rest is small */
export const MAX_REQUEST_LENGTH = MAX_CREDENTIAL_LENGTH + 1024

/** Bytes: 128 hold serial, object id and numbers of a book, 64 the numbers of a movement */
const MAX_STATEMENT_LENGTH = MAX_STATEMENT_BOOKS * 128 +
  MAX_STATEMENT_MOVEMENTS * (64 + MAX_KIND_LENGTH + MAX_COUNTERPART_LENGTH + MAX_MEMO_LENGTH)

/** Bytes: certificate, manifest, ticket, revocation list, 16 hints with 8 addresses each, a statement and some fields */
export const MAX_RESPONSE_LENGTH = CERTIFICATE.maxLength + MANIFEST.maxLength + TICKET.maxLength + REVOCATIONS.maxLength + MAX_STATEMENT_LENGTH +
  MAX_HINTS * (MAX_PEER_ID_LENGTH + MAX_HINT_ADDRESSES * (MAX_ADDRESS_LENGTH + 4)) + 4096

/** Milliseconds that a request may take, from the stream's opening to its close: a slow peer holds a stream no longer */
export const REQUEST_TIMEOUT = 10_000

/** Requests of one peer within QUOTA_INTERVAL milliseconds; a client with many objects renews a few per minute */
export const QUOTA_REQUESTS = 120
export const QUOTA_INTERVAL = 60_000

/** Peers whose quota is remembered; the least recent is forgotten first. Identities are cheap, memory is not */
export const QUOTA_PEERS = 4096

/** Requests answered at once by one node, and by one node for one peer: signing is the cost */
export const MAX_CONCURRENT = 64
export const MAX_CONCURRENT_PER_PEER = 4

/** Streams on one connection: libp2p resets what is more */
export const MAX_INBOUND_STREAMS = 16
export const MAX_OUTBOUND_STREAMS = 32

/** Milliseconds after which a client that was told BUSY by concurrency tries again */
export const BUSY_RETRY_AFTER = 1_000
