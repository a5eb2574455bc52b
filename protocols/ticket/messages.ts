/**
 * Checks of decoded messages: protobuf bounds nothing but the count of repeated fields.
 */
import { fromString } from 'uint8arrays/from-string'
import {
  CERTIFICATE, FINGERPRINT_LENGTH, MANIFEST, MAX_ADDRESS_LENGTH, MAX_CREDENTIAL_LENGTH, MAX_PEER_ID_LENGTH, MAX_REASON_LENGTH,
  OBJECT_ID_LENGTH, REVOCATIONS, SECRET_LENGTH, TICKET
} from './constants.ts'
import type { TicketRequest, TicketResponse } from './pb/ticket.ts'

/** The peer's message breaks the protocol. */
export class TicketProtocolError extends Error {
  static name = 'TicketProtocolError'
  name = 'TicketProtocolError'
}

/**
 * @throws {TicketProtocolError}
 */
export function checkRequest (request: TicketRequest): void {
  const { object, token, jwt, fingerprint } = request

  check(object == null || object.byteLength === OBJECT_ID_LENGTH, 'object')
  check(token == null || jwt == null, 'token and jwt together')
  check(textLength(token) <= MAX_CREDENTIAL_LENGTH, 'token')
  check(textLength(jwt) <= MAX_CREDENTIAL_LENGTH, 'jwt')
  check(fingerprint.byteLength === 0 || fingerprint.byteLength === FINGERPRINT_LENGTH, 'fingerprint')
}

/**
 * @throws {TicketProtocolError}
 */
export function checkResponse (response: TicketResponse): void {
  const { reason, certificate, manifest, ticket, revocations, secrets, hints } = response

  check(textLength(reason) <= MAX_REASON_LENGTH, 'reason')
  check(certificate.byteLength <= CERTIFICATE.maxLength, 'certificate')
  check(manifest.byteLength <= MANIFEST.maxLength, 'manifest')
  check(ticket.byteLength <= TICKET.maxLength, 'ticket')
  check(revocations.byteLength <= REVOCATIONS.maxLength, 'revocations')

  if (secrets != null) {
    check(secrets.objectKey.byteLength === 0 || secrets.objectKey.byteLength === SECRET_LENGTH, 'object key')
    check(secrets.swarmSecret.byteLength === SECRET_LENGTH, 'swarm secret')
    check(secrets.escrowSecret == null || secrets.escrowSecret.byteLength === SECRET_LENGTH, 'escrow secret')
  }

  for (const hint of hints) {
    check(hint.id.byteLength > 0 && hint.id.byteLength <= MAX_PEER_ID_LENGTH, 'hint id')
    check(hint.addresses.every(address => address.byteLength <= MAX_ADDRESS_LENGTH), 'hint address')
  }
}

function textLength (text: string = ''): number {
  return fromString(text).byteLength
}

function check (condition: boolean, field: string): void {
  if (!condition) {
    throw new TicketProtocolError(`Invalid field in message: ${field}`)
  }
}
