/**
 * Tickets: the server's permission for one client to obtain one object, from anyone.
 */
import { equals } from 'uint8arrays/equals'
import { CLOCK_TOLERANCE, MAX_FEE, MAX_STANDING, MAX_TICKET_LIFETIME, SERIAL_LENGTH, TICKET } from '../../protocols/ticket/constants.ts'
import { Mode, Ticket as TicketRecord } from '../../protocols/ticket/pb/records.ts'
import { decodeRecord, InvalidRecordError, seal, unseal } from './envelope.ts'
import { parseObjectId, parsePeerId } from './fields.ts'
import { isRevoked } from './revocation.ts'
import type { Bytes } from './fields.ts'
import type { RevocationList } from './revocation.ts'
import type { CoinBook } from '../../protocols/ticket/pb/records.ts'
import type { AbortOptions, PeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export type TicketErrorCode = 'invalid' | 'expired' | 'not-yet-valid' | 'foreign' | 'revoked' | 'wrong-mode'

/** Why a ticket is not accepted. `foreign`: of another server, for another client or another object. */
export class TicketError extends Error {
  static name = 'TicketError'
  name = 'TicketError'
  code: TicketErrorCode

  constructor (message: string, code: TicketErrorCode) {
    super(message)
    this.code = code
  }
}

/** Attenuations: what the ticket does not give. */
export interface TicketLimits {
  /** Only these blocks */
  range?: { first: number, count: number }
  /** Bytes per second from one provider */
  rate?: number
}

export interface Ticket extends TicketLimits {
  /** 16 bytes. Mode PLAIN: never used twice. Mode PROOF: the same for a client, an object and a period. Mode PURCHASE: of the coin book */
  serial: Uint8Array
  client: PeerId
  object: CID
  mode: Mode
  /** Milliseconds since the epoch */
  notBefore: number
  notAfter: number
  /** With mode PROOF: the client's weight where upload capacity is short, 1 to 100 */
  standing?: number
  /** With mode PURCHASE: what the coins of the blocks are good for */
  book?: CoinBook
}

export interface VerifyTicketOptions extends AbortOptions {
  /** The key that signs for the object's server */
  issuer: PublicKey
  /** Who presents it, as the connection proves */
  client: PeerId
  object: CID

  /**
   * The object's.
   *
   * @default Mode.PLAIN
   */
  mode?: Mode

  revocations?: RevocationList

  /**
   * Milliseconds since the epoch.
   *
   * @default Date.now()
   */
  now?: number
}

/**
 * Signs a ticket; the serial is drawn here unless one is given.
 *
 * @returns the envelope's bytes
 */
export async function signTicket (ticket: Omit<Ticket, 'serial' | 'mode'> & Partial<Ticket>, issuerKey: PrivateKey, options?: AbortOptions): Promise<Uint8Array> {
  return seal(TICKET, TicketRecord.encode({
    serial: ticket.serial as Bytes | undefined ?? crypto.getRandomValues(new Uint8Array(SERIAL_LENGTH)),
    client: ticket.client.toMultihash().bytes as Bytes,
    object: ticket.object.bytes as Bytes,
    mode: ticket.mode ?? Mode.PLAIN,
    notBefore: ticket.notBefore,
    notAfter: ticket.notAfter,
    standing: ticket.standing,
    range: ticket.range,
    rate: ticket.rate,
    book: ticket.book
  }), issuerKey, options)
}

/**
 * Decodes a ticket and verifies its signature, not who signed it: to look at one. Whoever acts on a ticket calls
 * `verifyTicket`.
 *
 * @throws {InvalidRecordError}
 */
export async function openTicket (envelope: Uint8Array, options?: AbortOptions): Promise<Ticket & { issuer: PublicKey }> {
  const { payload, publicKey } = await unseal(TICKET, envelope, options)

  return decodeRecord(TICKET, () => {
    const { serial, client, object, mode, notBefore, notAfter, standing, range, rate, book } = TicketRecord.decode(payload)

    if (serial.byteLength !== SERIAL_LENGTH) {
      throw new InvalidRecordError(`serial of ${serial.byteLength} bytes`)
    }

    if (notAfter <= notBefore || notAfter - notBefore > MAX_TICKET_LIFETIME) {
      throw new InvalidRecordError('validity is empty or too long')
    }

    if (mode === Mode.PROOF && !(standing != null && standing >= 1 && standing <= MAX_STANDING)) {
      throw new InvalidRecordError(`standing of ${standing ?? 'nothing'}`)
    }

    checkBook(book, mode, notAfter)

    return {
      serial,
      client: parsePeerId(client),
      object: parseObjectId(object),
      mode,
      notBefore,
      notAfter,
      standing: mode === Mode.PROOF ? standing : undefined,
      range,
      rate,
      book,
      issuer: publicKey
    }
  })
}

/**
 * Verifies everything about a ticket that is presented.
 *
 * @throws {TicketError}
 */
export async function verifyTicket (envelope: Uint8Array, options: VerifyTicketOptions): Promise<Ticket> {
  const { client, object, mode = Mode.PLAIN, revocations, now = Date.now() } = options

  const { issuer, ...ticket } = await openTicket(envelope, options).catch(err => {
    options.signal?.throwIfAborted()

    throw new TicketError(err.message, 'invalid')
  })

  if (!issuer.equals(options.issuer)) {
    throw new TicketError('The ticket was signed by another server', 'foreign')
  }

  if (!ticket.client.equals(client)) {
    throw new TicketError('The ticket is another client\'s', 'foreign')
  }

  if (!equals(ticket.object.bytes, object.bytes)) {
    throw new TicketError('The ticket is for another object', 'foreign')
  }

  if (ticket.mode !== mode) {
    throw new TicketError('The ticket is for another mode of service', 'wrong-mode')
  }

  if (now < ticket.notBefore - CLOCK_TOLERANCE) {
    throw new TicketError(`The ticket is valid from ${new Date(ticket.notBefore).toISOString()} only, this clock says ${new Date(now).toISOString()}`, 'not-yet-valid')
  }

  if (now > ticket.notAfter + CLOCK_TOLERANCE) {
    throw new TicketError(`The ticket was valid until ${new Date(ticket.notAfter).toISOString()}, this clock says ${new Date(now).toISOString()}`, 'expired')
  }

  if (revocations != null && isRevoked(revocations, ticket)) {
    throw new TicketError('The server has revoked the ticket', 'revoked')
  }

  return ticket
}

/**
 * What a provider goes by, without anybody to ask, has to be something that the server can pay.
 *
 * @throws {InvalidRecordError}
 */
function checkBook (book: CoinBook | undefined, mode: Mode, notAfter: number): void {
  if ((book != null) !== (mode === Mode.PURCHASE)) {
    throw new InvalidRecordError(book == null ? 'no coin book with mode PURCHASE' : 'a coin book with another mode than PURCHASE')
  }

  if (book == null) {
    return
  }

  if (book.fee > MAX_FEE) {
    throw new InvalidRecordError(`fee of ${book.fee}`)
  }

  if (book.redeemUntil < notAfter) {
    throw new InvalidRecordError('coins can be spent longer than they are redeemed')
  }
}
