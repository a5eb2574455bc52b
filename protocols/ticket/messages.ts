/**
 * Checks of decoded messages: protobuf bounds nothing but the count of repeated fields. Decoding fails for an unsigned number
 * that a double does not hold exactly, and for no signed one.
 */
import { fromString } from 'uint8arrays/from-string'
import {
  CERTIFICATE, FINGERPRINT_LENGTH, MANIFEST, MAX_ADDRESS_LENGTH, MAX_COUNTERPART_LENGTH, MAX_CREDENTIAL_LENGTH, MAX_KIND_LENGTH, MAX_MEMO_LENGTH,
  MAX_PEER_ID_LENGTH, MAX_REASON_LENGTH, MAX_STATEMENT_MOVEMENTS, MAX_UNIT_LENGTH, OBJECT_ID_LENGTH, REVOCATIONS, SECRET_LENGTH, SERIAL_LENGTH, TICKET
} from './constants.ts'
import type { Statement, TicketRequest, TicketResponse } from './pb/ticket.ts'

/** The peer's message breaks the protocol. */
export class TicketProtocolError extends Error {
  static name = 'TicketProtocolError'
  name = 'TicketProtocolError'
}

/**
 * @throws {TicketProtocolError}
 */
export function checkRequest (request: TicketRequest): void {
  const { object, token, jwt, fingerprint, purchase, statement } = request

  check(object == null || object.byteLength === OBJECT_ID_LENGTH, 'object')
  check(token == null || jwt == null, 'token and jwt together')
  check(textLength(token) <= MAX_CREDENTIAL_LENGTH, 'token')
  check(textLength(jwt) <= MAX_CREDENTIAL_LENGTH, 'jwt')
  check(fingerprint.byteLength === 0 || fingerprint.byteLength === FINGERPRINT_LENGTH, 'fingerprint')

  check(purchase == null || object != null, 'purchase without object')
  check(statement == null || (statement.limit >= 1 && statement.limit <= MAX_STATEMENT_MOVEMENTS), 'statement limit')
}

/**
 * @throws {TicketProtocolError}
 */
export function checkResponse (response: TicketResponse): void {
  const { reason, certificate, manifest, ticket, revocations, secrets, hints, statement } = response

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

  if (statement != null) {
    checkStatement(statement)
  }
}

function checkStatement ({ unit, books, movements }: Statement): void {
  check(unit !== '' && textLength(unit) <= MAX_UNIT_LENGTH, 'unit')

  for (const { serial, object } of books) {
    check(serial.byteLength === SERIAL_LENGTH, 'serial of a book')
    check(object.byteLength === OBJECT_ID_LENGTH, 'object of a book')
  }

  for (const { kind, amount, counterpart, memo } of movements) {
    check(Number.isSafeInteger(amount), 'amount of a movement')
    check(textLength(kind) <= MAX_KIND_LENGTH, 'kind of a movement')
    check(textLength(counterpart) <= MAX_COUNTERPART_LENGTH, 'counterpart of a movement')
    check(textLength(memo) <= MAX_MEMO_LENGTH, 'memo of a movement')
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
