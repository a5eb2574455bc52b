/**
 * What messages say, for those who act on it: protobuf bounds nothing but the count of repeated fields, so every field is
 * checked here. Bytes that come out are views of the message.
 */
import { InvalidMessageError } from '@libp2p/interface'
import {
  HASH_LENGTH, MAX_BLOCK_LENGTH, MAX_BLOCKS_LENGTH, MAX_CLAIMS, MAX_KEYS, MAX_PATH_HASHES, MAX_REASON_LENGTH, MAX_SESSION_BLOCKS,
  MAX_TICKET_LENGTH, PEER_ID_LENGTH, SIGNATURE_LENGTH
} from './constants.ts'
import { AckRefusedError } from './errors.ts'
import { AckRequest, AckResponse, AckStatus, ClaimStatus, Session } from './pb/ack.ts'
import type { Acknowledgement, Claim, ClaimOutcome, Complaint, Recovery, ReleasedKeys, Ruling, SessionEvidence, Verdicts } from './index.ts'
import type * as pb from './pb/ack.ts'

export type RequestKind = keyof AckRequest
export type ResponseKind = keyof AckResponse

/** By the number of the field */
export const REQUESTS: ReadonlyArray<RequestKind | undefined> = [undefined, 'acknowledgement', 'recovery', 'complaint', 'claims', 'entries']
const RESPONSES: ReadonlyArray<ResponseKind | undefined> = [undefined, 'keys', 'ruling', 'verdicts']

/** How a request is answered. */
const ANSWERS: Record<RequestKind, ResponseKind> = {
  acknowledgement: 'keys',
  recovery: 'keys',
  complaint: 'ruling',
  claims: 'verdicts',
  entries: 'verdicts'
}

/** The hashes of all ciphertexts of a session that were acknowledged. */
export interface Entries {
  session: Uint8Array
  hashes: Uint8Array
}

/** What a client asks, one of these. */
export type Request = { acknowledgement: Acknowledgement } | { recovery: Recovery } | { complaint: Complaint } |
  { claims: { ticket: Uint8Array, claims: Claim[] } } | { entries: Entries }

export function encodeRequest (request: Request): Uint8Array {
  return AckRequest.encode(request as AckRequest)
}

/**
 * @throws {InvalidMessageError} when it is no request of that kind, which its first byte said
 */
export function decodeRequest (bytes: Uint8Array, kind: RequestKind): AckRequest {
  return decode(AckRequest, bytes, kind)
}

/** A session's evidence by itself, to be stored: the message `Session`. */
export function encodeEvidence (evidence: SessionEvidence): Uint8Array {
  return Session.encode(evidence as Session)
}

/**
 * @throws {InvalidMessageError} when it is none
 */
export function decodeEvidence (bytes: Uint8Array): SessionEvidence {
  return toEvidence(Session.decode(bytes))
}

/**
 * @throws {InvalidMessageError} when a field is not what it should be
 */
export function toRequest ({ acknowledgement, recovery, complaint, claims, entries }: AckRequest): Request {
  if (recovery != null) {
    return { recovery: toRecovery(recovery) }
  }

  if (complaint != null) {
    return { complaint: toComplaint(complaint) }
  }

  if (claims != null) {
    return { claims: toClaims(claims) }
  }

  if (entries != null) {
    return { entries: toEntries(entries) }
  }

  return { acknowledgement: toAcknowledgement(acknowledgement) }
}

function toAcknowledgement (message: pb.Acknowledgement | undefined): Acknowledgement {
  check(message != null, 'acknowledgement')
  checkHash(message.session, 'session')
  check(message.count >= 1 && message.count <= MAX_SESSION_BLOCKS, 'count')
  checkHash(message.indices, 'indices')
  checkHash(message.entries, 'entries')
  check(message.signature.byteLength === SIGNATURE_LENGTH, 'signature')

  return message
}

function toEvidence (message: pb.Session | undefined): SessionEvidence {
  check(message != null, 'session')
  const { ticket, provider, recipientNonce, providerNonce, blocks } = message
  const acknowledgement = toAcknowledgement(message.acknowledgement)

  check(ticket.byteLength >= 1 && ticket.byteLength <= MAX_TICKET_LENGTH, 'ticket')
  check(provider.byteLength === PEER_ID_LENGTH, 'provider')
  checkHash(recipientNonce, 'recipient nonce')
  checkHash(providerNonce, 'provider nonce')
  check(blocks.byteLength >= acknowledgement.count && blocks.byteLength <= Math.min(3 * acknowledgement.count, MAX_BLOCKS_LENGTH), 'blocks')

  return { ticket, provider, recipientNonce, providerNonce, acknowledgement, blocks }
}

function toRecovery ({ first, before, hashes, ...message }: pb.Recovery): Recovery {
  const session = toEvidence(message.session)
  const { count } = session.acknowledgement

  check(first >= 1 && first <= count, 'first')
  checkHash(before, 'before')
  check(hashes.byteLength === HASH_LENGTH * (count - first + 1), 'hashes')

  return { session, first, before, hashes }
}

function toComplaint ({ position, before, hashes, ...message }: pb.Complaint): Complaint {
  const session = toEvidence(message.session)
  const { count } = session.acknowledgement

  check(position >= 1 && position <= count, 'position')
  checkHash(before, 'before')
  check(hashes.byteLength === HASH_LENGTH * (count - position + 1), 'hashes')

  return { session, position, before, hashes }
}

function toClaims ({ ticket, claims }: pb.Claims): { ticket: Uint8Array, claims: Claim[] } {
  check(ticket.byteLength <= MAX_TICKET_LENGTH, 'ticket')
  check(claims.length >= 1 && claims.length <= MAX_CLAIMS, 'claims')

  return {
    ticket,
    claims: claims.map(({ session, signature }) => {
      check(signature.byteLength === SIGNATURE_LENGTH, 'signature')

      return { session: toEvidence(session), signature }
    })
  }
}

function toEntries ({ session, hashes }: pb.Entries): Entries {
  checkHash(session, 'session')
  check(hashes.byteLength >= HASH_LENGTH && hashes.byteLength % HASH_LENGTH === 0 && hashes.byteLength <= HASH_LENGTH * MAX_SESSION_BLOCKS, 'hashes')

  return { session, hashes }
}

export function encodeKeys (keys: ReleasedKeys): Uint8Array {
  return AckResponse.encode({ keys: { status: AckStatus.ACK_OK, ...keys } as pb.Keys })
}

export function encodeRuling (ruling: Ruling): Uint8Array {
  return AckResponse.encode({ ruling: { status: AckStatus.ACK_OK, ...ruling } as pb.Ruling })
}

export function encodeVerdicts ({ verdicts, balance, standing }: Verdicts): Uint8Array {
  return AckResponse.encode({
    verdicts: {
      status: AckStatus.ACK_OK,
      reason: '',
      retryAfter: 0,
      verdicts: verdicts.map(({ outcome, reason, credited, amount }) => ({ status: CLAIM_STATUSES[outcome], reason: oneLine(reason), credited, amount })),
      balance,
      standing
    }
  })
}

/** The answer to a request that is refused. */
export function encodeRefusal (kind: RequestKind, { status, message, retryAfter = 0 }: AckRefusedError): Uint8Array {
  return AckResponse.encode({ [ANSWERS[kind]]: { status, reason: oneLine(message), retryAfter } })
}

/** Whether a response that begins with this field answers such a request. */
export function isAnswer (field: number, request: RequestKind): boolean {
  return RESPONSES[field] === ANSWERS[request]
}

/**
 * A provider's answer: the last of the keys is that of the last block acknowledged.
 *
 * @throws {AckRefusedError | InvalidMessageError}
 */
export function decodeReleased (bytes: Uint8Array, { count }: Acknowledgement): ReleasedKeys {
  const released = decodeKeys(bytes)

  check(released.first + released.keys.byteLength / HASH_LENGTH - 1 === count, 'keys')

  return released
}

/**
 * The server's answer: the keys from the first that is missing on.
 *
 * @throws {AckRefusedError | InvalidMessageError}
 */
export function decodeRecovered (bytes: Uint8Array, { first, session: { acknowledgement } }: Recovery): ReleasedKeys {
  const released = decodeKeys(bytes)

  check(released.first === first, 'first')
  check(first + released.keys.byteLength / HASH_LENGTH - 1 <= acknowledgement.count, 'keys')

  return released
}

function decodeKeys (bytes: Uint8Array): ReleasedKeys {
  const { keys: message } = decode(AckResponse, bytes, 'keys')
  checkStatus(message)
  const { first, keys, window } = message

  check(first >= 1, 'first')
  check(keys.byteLength >= HASH_LENGTH && keys.byteLength % HASH_LENGTH === 0 && keys.byteLength <= HASH_LENGTH * MAX_KEYS, 'keys')
  check(window <= MAX_KEYS, 'window')

  return { first, keys, window }
}

/**
 * @throws {AckRefusedError | InvalidMessageError}
 */
export function decodeRuling (bytes: Uint8Array): Ruling {
  const { ruling: message } = decode(AckResponse, bytes, 'ruling')
  checkStatus(message)
  const { key, block, path } = message

  check(path.byteLength % HASH_LENGTH === 0 && path.byteLength <= HASH_LENGTH * MAX_PATH_HASHES, 'path')
  check((key.byteLength > 0) !== (block.byteLength > 0), 'key and block')

  if (block.byteLength > 0) {
    check(block.byteLength <= MAX_BLOCK_LENGTH, 'block')

    return { block, path }
  }

  checkHash(key, 'key')

  return { key, path }
}

/**
 * `count` verdicts, neither more nor less.
 *
 * @throws {AckRefusedError | InvalidMessageError}
 */
export function decodeVerdicts (bytes: Uint8Array, count: number): Verdicts {
  const { verdicts: message } = decode(AckResponse, bytes, 'verdicts')
  checkStatus(message)
  const { verdicts, balance, standing } = message

  check(verdicts.length === count, 'verdicts')
  check(verdicts.every(({ reason }) => reason.length <= MAX_REASON_LENGTH), 'reason')

  return {
    verdicts: verdicts.map(({ status, reason, credited, amount }) => ({ outcome: OUTCOMES[status], reason: oneLine(reason), credited, amount })),
    balance,
    standing
  }
}

const CLAIM_STATUSES: Record<ClaimOutcome, ClaimStatus> = {
  settled: ClaimStatus.CLAIM_SETTLED,
  audit: ClaimStatus.CLAIM_AUDIT,
  void: ClaimStatus.CLAIM_VOID,
  expired: ClaimStatus.CLAIM_EXPIRED,
  invalid: ClaimStatus.CLAIM_INVALID,
  busy: ClaimStatus.CLAIM_BUSY
}

const OUTCOMES = Object.fromEntries(Object.entries(CLAIM_STATUSES).map(([outcome, status]) => [status, outcome])) as Record<ClaimStatus, ClaimOutcome>

function decode<T, K extends keyof T> (codec: { decode (bytes: Uint8Array): T }, bytes: Uint8Array, kind: K): T & Required<Pick<T, K>> {
  let message: T

  try {
    message = codec.decode(bytes)
  } catch (err: any) {
    throw new InvalidMessageError(`The message cannot be decoded: ${err.message}`)
  }

  check(message[kind] != null, String(kind))

  return message as T & Required<Pick<T, K>>
}

/**
 * @throws {AckRefusedError} unless it is OK
 */
function checkStatus ({ status, reason, retryAfter }: { status: AckStatus, reason: string, retryAfter: number }): void {
  check(reason.length <= MAX_REASON_LENGTH, 'reason')

  if (status !== AckStatus.ACK_OK) {
    throw new AckRefusedError(status, oneLine(reason) || status, retryAfter === 0 ? undefined : retryAfter)
  }
}

function oneLine (reason: string): string {
  return reason.slice(0, MAX_REASON_LENGTH).replace(/\p{C}+/gu, ' ').trim()
}

function checkHash (hash: Uint8Array, field: string): void {
  check(hash.byteLength === HASH_LENGTH, field)
}

function check (condition: boolean, field: string): asserts condition {
  if (!condition) {
    throw new InvalidMessageError(`Invalid field in message: ${field}`)
  }
}
