/**
 * libp2p signed envelopes (RFC 0002) around the records of mSSL. A record is verified over the bytes that were received
 * and never encoded again.
 */
import { RecordEnvelope } from '@libp2p/peer-record'
import { sha256 } from '@noble/hashes/sha2.js'
import { LRUCache } from 'lru-cache'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import type { RecordKind } from '../../protocols/ticket/constants.ts'
import type { AbortOptions, PrivateKey, PublicKey } from '@libp2p/interface'

/** The bytes are no such record, or their signature is false. */
export class InvalidRecordError extends Error {
  static name = 'InvalidRecordError'
  name = 'InvalidRecordError'
}

export interface Unsealed {
  payload: Uint8Array
  publicKey: PublicKey
}

/**
 * A session's opening presents the same certificate and often the same ticket again. 4096 small records, 2 MiB together;
 * what is larger (manifests, revocation lists) is rare and kept elsewhere by who needs it.
 */
const verified = new LRUCache<string, Unsealed>({
  max: 4096,
  maxSize: 2 * 1024 * 1024,
  maxEntrySize: 16 * 1024,
  sizeCalculation: ({ payload }) => payload.byteLength + 512
})

/**
 * Signs a record.
 *
 * @param kind - one of the kinds in the protocol's constants
 * @param payload - the encoded record
 * @returns the envelope's bytes
 * @throws {InvalidRecordError} when the envelope would be larger than receivers accept
 */
export async function seal (kind: RecordKind, payload: Uint8Array, privateKey: PrivateKey, options?: AbortOptions): Promise<Uint8Array> {
  const envelope = await RecordEnvelope.seal({
    domain: kind.domain,
    codec: kind.payloadType,
    marshal: () => payload,
    equals: () => false
  }, privateKey, options)
  const bytes = envelope.marshal()

  if (bytes.byteLength > kind.maxLength) {
    throw new InvalidRecordError(`${kind.domain} would have ${bytes.byteLength} bytes, ${kind.maxLength} are allowed`)
  }

  return bytes
}

/**
 * Verifies an envelope's length, type and signature. Whose key it is, is for the caller to judge.
 *
 * @throws {InvalidRecordError}
 */
export async function unseal (kind: RecordKind, bytes: Uint8Array, options?: AbortOptions): Promise<Unsealed> {
  if (bytes.byteLength === 0 || bytes.byteLength > kind.maxLength) {
    throw new InvalidRecordError(`${kind.domain} has ${bytes.byteLength} bytes, 1 to ${kind.maxLength} are allowed`)
  }

  const cacheable = bytes.byteLength <= 16 * 1024
  const cacheKey = cacheable ? `${kind.domain}/${toString(sha256(bytes), 'base64')}` : ''
  const cached = verified.get(cacheKey)

  if (cached != null) {
    return cached
  }

  let envelope: RecordEnvelope

  try {
    envelope = await RecordEnvelope.openAndCertify(bytes, kind.domain, options)
  } catch (err: any) {
    options?.signal?.throwIfAborted()

    throw new InvalidRecordError(`${kind.domain} is not validly signed: ${err.message}`)
  }

  if (!equals(envelope.payloadType, kind.payloadType)) {
    throw new InvalidRecordError(`${kind.domain} has another payload type`)
  }

  // one record has one envelope: its hash may stand for it, and nobody can smuggle anything in beside it
  if (!equals(envelope.marshal(), bytes)) {
    throw new InvalidRecordError(`${kind.domain} is in an envelope with something else in it`)
  }

  const unsealed = {
    // a copy: the received bytes may be part of a larger buffer, which the cache would keep alive
    payload: cacheable ? envelope.payload.slice() : envelope.payload,
    publicKey: envelope.publicKey
  }

  if (cacheable) {
    verified.set(cacheKey, unsealed)
  }

  return unsealed
}

/** Runs a decoder on hostile bytes: whatever it throws is an InvalidRecordError. */
export function decodeRecord <T> (kind: RecordKind, decode: () => T): T {
  try {
    return decode()
  } catch (err: any) {
    throw new InvalidRecordError(`${kind.domain} is malformed: ${err.message}`)
  }
}
