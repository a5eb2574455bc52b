/**
 * Symmetric signatures of Standard Webhooks, over the bytes that were received. The package `standardwebhooks` does the
 * same, but for CommonJS, with hashes in JavaScript, a lenient timestamp, and over text that it has decoded.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { InvalidParametersError } from '@libp2p/interface'
import { MAX_SECRET_LENGTH, MIN_SECRET_LENGTH, TIMESTAMP_TOLERANCE } from './constants.ts'
import type { IncomingHttpHeaders } from 'node:http'

const SECRET_PREFIX = 'whsec_'
const SIGNATURE_PREFIX = 'v1,'

/** The signature is missing or another's, or its time is too far from now. */
export class SignatureError extends Error {
  static name = 'SignatureError'
  name = 'SignatureError'
}

/**
 * The key of a secret as people write it: `whsec_` and base64.
 *
 * @throws {InvalidParametersError} which does not tell the secret
 */
export function parseSecret (secret: string): Uint8Array {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : ''
  const key = Buffer.from(text, 'base64')

  if (key.toString('base64') !== text || key.byteLength < MIN_SECRET_LENGTH || key.byteLength > MAX_SECRET_LENGTH) {
    throw new InvalidParametersError(`A secret for payments is "${SECRET_PREFIX}" and the base64 of ${MIN_SECRET_LENGTH} to ${MAX_SECRET_LENGTH} bytes`)
  }

  return key
}

/**
 * `now` in milliseconds since the epoch.
 *
 * @throws {SignatureError}
 */
export function checkSignature (headers: IncomingHttpHeaders, body: Uint8Array, key: Uint8Array, now: number): void {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers

  // without a full stop in the id what is signed can be read in one way only
  if (typeof id !== 'string' || !/^[^.]+$/.test(id) || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    throw new SignatureError('The headers webhook-id, webhook-timestamp and webhook-signature are needed; an id has no full stop')
  }

  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > TIMESTAMP_TOLERANCE) {
    throw new SignatureError('The time of webhook-timestamp is too far from now')
  }

  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()

  // several: while a secret is being replaced
  const signed = signatures.split(' ').some(signature => {
    const given = Buffer.from(signature.startsWith(SIGNATURE_PREFIX) ? signature.slice(SIGNATURE_PREFIX.length) : '', 'base64')

    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
  })

  if (!signed) {
    throw new SignatureError('The signature is not one of this secret over this message')
  }
}
