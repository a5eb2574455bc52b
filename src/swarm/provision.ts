import { CID } from 'multiformats/cid'
import { equals } from 'uint8arrays/equals'
import { Availability, BlockStatus, RefusedError, requestWindow } from '../../protocols/block/index.ts'
import { Bitfield } from '../object/bitfield.ts'
import { isExchange } from '../object/manifest.ts'
import { OfferBook } from '../server/offers.ts'
import { CLOCK_TOLERANCE, isRevoked, verifyTicket } from '../ticket/index.ts'
import { MAX_RECIPIENTS_MEANWHILE } from './constants.ts'
import type { Admission, BlockPeer, BlockRange, ObjectShape, Open, ProviderExchange, ProviderSession, Provision } from '../../protocols/block/index.ts'
import type { Geometry } from '../object/block-geometry.ts'
import type { Manifest } from '../object/manifest.ts'
import type { MerkleTree } from '../object/merkle.ts'
import type { OfferTaker } from '../server/offers.ts'
import type { OpenedCertificate, RevocationList, Ticket, TicketErrorCode } from '../ticket/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, TypedEventTarget } from '@libp2p/interface'

/** An object on this machine, as far as providing it goes. */
export interface Provided extends TypedEventTarget<ProvidedEvents> {
  id: CID
  manifest: Manifest
  geometry: Geometry
  tree: MerkleTree
  have: Bitfield
  complete: boolean
  /** Fingerprint of the server, 32 bytes */
  issuer: Uint8Array
  role: 'origin' | 'client'
  readPublished (index: number, options?: AbortOptions): Promise<Uint8Array>
  superBlock (): Uint8Array
}

export interface ProvidedEvents {
  /** Blocks were verified and written */
  have: CustomEvent<BlockRange[]>
  /** The source changed: it must not be served any more */
  changed: Event
}

/** What a node knows of servers' certificates. */
export interface Certificates {
  /** Any fingerprint of a lineage gives the newest certificate known. */
  trusted (fingerprint: Uint8Array): OpenedCertificate | undefined
  /**
   * Take note of a certificate.
   *
   * @throws {ServerChangedError} when it is not of the lineage of `fingerprint`
   */
  consider (envelope: Uint8Array, options?: { fingerprint?: Uint8Array } & AbortOptions): Promise<OpenedCertificate>
}

export interface SwarmProvisionComponents {
  /** An object that is held here, partly or wholly */
  holding (id: CID): Provided | undefined
  certificates: Certificates
  /** The newest revocation list known of a server */
  revocations (fingerprint: Uint8Array): RevocationList | undefined
  /** Other holders, for this recipient; at most 16 */
  peers (id: CID, recipient: PeerId): BlockPeer[]
  /** A recipient with a good ticket: a holder of the object itself, or soon */
  recipientSeen (id: CID, recipient: PeerId): void
  /** It may have the object, but not from here at the moment */
  recipientTurnedAway? (id: CID, recipient: PeerId): void
  /** While this node fetches the object itself: whether it does from this peer. */
  fetchesFrom? (id: CID, peer: PeerId): boolean | undefined
  /**
   * With mode proof: what the blocks of one session go through.
   *
   * @throws {RefusedError}
   */
  exchange? (id: CID, terms: ExchangeTerms): SessionExchange
  /** It is served no more; `sent` is what it got in this session, bytes of blocks */
  recipientLeft? (id: CID, recipient: PeerId, sent: number): void
  logger: ComponentLogger
}

/** What a recipient brings to a session of mode proof or purchase; its ticket has been verified. */
export interface ExchangeTerms {
  /** Signed envelope, as it was presented */
  ticket: Uint8Array
  /** The ticket's, 16 bytes */
  serial: Uint8Array
  /** The ticket's end, milliseconds since the epoch */
  notAfter: number
  /** With mode purchase: coins are redeemed until this time, milliseconds since the epoch */
  redeemUntil?: number
  /** With mode purchase: blocks that may be had for the serial from this node, over all sessions */
  most?: number
  recipient: PeerId
  /** 32 bytes */
  recipientNonce: Uint8Array
  /** The session has to end. */
  onFault (err: RefusedError): void
}

/** The exchange of one session, which ends with it. */
export interface SessionExchange extends ProviderExchange {
  end (): void
}

const NO_BYTES = new Uint8Array(0)

/**
 * A coin is paid once with one provider, however often its block is acknowledged. So often may a recipient that has lost blocks ask for
 * all of them, and for a few more, which are the rule with small objects.
 */
const TIMES_SERVED = 2
const SERVED_BESIDES = 64

const TICKET_STATUS: Record<TicketErrorCode, BlockStatus> = {
  invalid: BlockStatus.BLOCK_TICKET_INVALID,
  foreign: BlockStatus.BLOCK_TICKET_INVALID,
  'not-yet-valid': BlockStatus.BLOCK_TICKET_INVALID,
  expired: BlockStatus.BLOCK_TICKET_EXPIRED,
  revoked: BlockStatus.BLOCK_TICKET_REVOKED,
  'wrong-mode': BlockStatus.BLOCK_MODE_UNSUPPORTED
}

/** A ticket that was verified here. */
interface AdmittedTicket extends Ticket {
  /** Fingerprint of the key that signed it, 32 bytes */
  issuer: Uint8Array
}

/**
 * Gives the blocks of this node's objects to whoever has a ticket for them, and to nobody else.
 */
export class SwarmProvision implements Provision {
  readonly #components: SwarmProvisionComponents
  readonly #log: Logger
  readonly #admissions = new Set<SwarmAdmission>()
  readonly #offers = new Map<string, OfferBook>()
  readonly #changed = new WeakSet<Provided>()
  /** Blocks that were found to be those of the tree, with mode proof */
  readonly #checked = new WeakMap<Provided, Bitfield>()

  constructor (components: SwarmProvisionComponents) {
    this.#components = components
    this.#log = components.logger.forComponent('mssl:provision')
  }

  /** Checks in an order that gives nothing away before the ticket is verified, and costs little before it is plausible. */
  async admit (open: Open, recipient: PeerId, options: AbortOptions): Promise<Admission> {
    const holding = this.#find(open.object)
    const have = readBitmap(open.have, holding.geometry.blockCount)
    const { certificate, newer } = await this.#agree(open.certificate, holding, options)
    const verify = async (envelope: Uint8Array, options: AbortOptions): Promise<AdmittedTicket> => this.#verify(envelope, holding, recipient, options)
    const ticket = await this.#verifyWith(open.ticket, certificate, holding, recipient, options)

    if (this.#isCrowded(holding, recipient)) {
      // it has a ticket, so it may be asked as well
      this.#components.recipientTurnedAway?.(holding.id, recipient)

      throw new RefusedError(BlockStatus.BLOCK_BUSY, 'as many as this node can serve while it fetches')
    }

    const exchange = isExchange(holding.manifest.mode)
      ? this.#exchange(open, ticket, holding, recipient, err => { admission.fault(err) })
      : undefined
    const admission: SwarmAdmission = new SwarmAdmission({
      holding,
      exchange,
      // the tree of what was published here was computed from these very files
      isTrue: exchange == null || holding.role === 'origin' ? undefined : (index, block) => this.#isTrue(index, block, holding),
      recipient,
      have,
      ticket,
      verify,
      certificate: newer ? certificate.envelope : undefined,
      peers: this.#components.peers(holding.id, recipient),
      book: holding.role === 'origin' ? this.#book(holding) : undefined,
      verdict: ticket => this.#verdict(ticket, holding),
      onChanged: () => {
        this.#changed.add(holding)
      },
      onReleased: () => {
        this.#admissions.delete(admission)
        this.#components.recipientLeft?.(holding.id, recipient, admission.sent)

        if (this.#offers.get(holding.id.toString())?.size === 0) {
          this.#offers.delete(holding.id.toString())
        }
      }
    })
    this.#admissions.add(admission)
    this.#components.recipientSeen(holding.id, recipient)
    this.#log('admitted %p to %c', recipient, holding.id)

    return admission
  }

  /** A node that has not all of it yet serves few besides those that serve it, so that those who come find others, and all are asked. */
  #isCrowded ({ id }: Provided, recipient: PeerId): boolean {
    if (this.#components.fetchesFrom?.(id, recipient) !== false) {
      return false
    }

    // whoever opens many sessions takes one place only
    const others = new Set<string>()

    for (const admission of this.#admissions) {
      if (admission.id.equals(id) && !admission.recipient.equals(recipient)) {
        others.add(admission.recipient.toString())
      }
    }

    return others.size >= MAX_RECIPIENTS_MEANWHILE
  }

  /** Whom this node serves, and how many bytes of blocks each was sent. */
  recipients (): Array<{ id: CID, peer: PeerId, sent: number }> {
    return [...this.#admissions].map(({ id, recipient, sent }) => ({ id, peer: recipient, sent }))
  }

  /** Ends the sessions whose ticket has ended or was revoked: call it when a new revocation list came, and now and then. */
  recheck (): void {
    for (const admission of this.#admissions) {
      admission.recheck()
    }
  }

  #find (object: Uint8Array): Provided {
    let id: CID

    try {
      id = CID.decode(object)
    } catch {
      throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'not an object id')
    }

    const holding = this.#components.holding(id)

    if (holding == null || this.#changed.has(holding)) {
      throw new RefusedError(BlockStatus.BLOCK_NOT_FOUND, 'no such object here')
    }

    return holding
  }

  /** The certificate that both ends go by: theirs if it is newer, else ours. */
  async #agree (theirs: Uint8Array, holding: Provided, options: AbortOptions): Promise<{ certificate: OpenedCertificate, newer: boolean }> {
    const { certificates } = this.#components
    const ours = certificates.trusted(holding.issuer)

    if (ours != null && equals(ours.envelope, theirs)) {
      return { certificate: ours, newer: false }
    }

    try {
      await certificates.consider(theirs, { fingerprint: holding.issuer, ...options })
    } catch (err: any) {
      options.signal?.throwIfAborted()
      this.#log('the certificate of a recipient is not accepted - %e', err)

      throw new RefusedError(
        err.name === 'ServerChangedError' ? BlockStatus.BLOCK_SERVER_CONFLICT : BlockStatus.BLOCK_MALFORMED,
        err.name === 'ServerChangedError' ? 'the certificates of the server differ' : 'the certificate is not valid',
        ours?.envelope
      )
    }

    const certificate = certificates.trusted(holding.issuer)

    if (certificate == null) {
      throw new RefusedError(BlockStatus.BLOCK_NOT_FOUND, 'no such object here')
    }

    return { certificate, newer: !equals(certificate.envelope, theirs) }
  }

  async #verify (envelope: Uint8Array, holding: Provided, recipient: PeerId, options: AbortOptions): Promise<AdmittedTicket> {
    const certificate = this.#components.certificates.trusted(holding.issuer)

    if (certificate == null) {
      throw new RefusedError(BlockStatus.BLOCK_NOT_FOUND, 'no such object here')
    }

    return this.#verifyWith(envelope, certificate, holding, recipient, options)
  }

  async #verifyWith (envelope: Uint8Array, certificate: OpenedCertificate, holding: Provided, recipient: PeerId, options: AbortOptions): Promise<AdmittedTicket> {
    const { mode } = holding.manifest
    let ticket: Ticket

    try {
      ticket = await verifyTicket(envelope, {
        ...options,
        issuer: certificate.publicKey,
        client: recipient,
        object: holding.id,
        mode,
        revocations: this.#components.revocations(holding.issuer)
      })
    } catch (err: any) {
      options.signal?.throwIfAborted()

      const status = TICKET_STATUS[err.code as TicketErrorCode] ?? BlockStatus.BLOCK_TICKET_INVALID

      throw new RefusedError(status, 'the ticket is not valid here')
    }

    if (ticket.rate === 0) {
      throw new RefusedError(BlockStatus.BLOCK_TICKET_INVALID, 'the ticket allows nothing')
    }

    return { ...ticket, issuer: certificate.fingerprint }
  }

  /**
   * @throws {RefusedError}
   */
  #exchange ({ ticket, nonce }: Open, { serial, notAfter, range, book }: AdmittedTicket, { id, geometry }: Provided, recipient: PeerId, onFault: (err: RefusedError) => void): SessionExchange {
    if (nonce == null) {
      throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'the object\'s mode of service takes a nonce')
    }

    if (this.#components.exchange == null) {
      throw new RefusedError(BlockStatus.BLOCK_MODE_UNSUPPORTED, 'this mode of service is not known here')
    }

    const coins = range?.count ?? geometry.blockCount
    const purchase = book == null ? {} : { redeemUntil: book.redeemUntil, most: TIMES_SERVED * coins + SERVED_BESIDES }

    return this.#components.exchange(id, { ticket, serial, notAfter, ...purchase, recipient, recipientNonce: nonce, onFault })
  }

  /**
   * Who serves in mode proof answers for what it sends: a block is compared with the tree when it is sent for the first time
   * since the object was opened. Afterwards the files' stamps tell if it is another one.
   */
  #isTrue (index: number, block: Uint8Array, holding: Provided): boolean {
    let checked = this.#checked.get(holding)

    if (checked == null) {
      checked = new Bitfield(holding.geometry.blockCount)
      this.#checked.set(holding, checked)
    }

    if (!checked.has(index)) {
      const { tree } = holding

      if (!equals(tree.hash.leaf(block), tree.leaf(index) ?? NO_BYTES)) {
        return false
      }

      checked.set(index)
    }

    return true
  }

  /** What became of a ticket since it was verified: its end apart, which is seen by the clock. */
  #verdict (ticket: AdmittedTicket, { issuer }: Provided): BlockStatus {
    const certificate = this.#components.certificates.trusted(issuer)
    const list = this.#components.revocations(issuer)

    if (certificate == null || !equals(certificate.fingerprint, ticket.issuer)) {
      // a rotation voids the tickets of the former key
      return BlockStatus.BLOCK_TICKET_INVALID
    }

    return list != null && isRevoked(list, ticket) ? BlockStatus.BLOCK_TICKET_REVOKED : BlockStatus.BLOCK_OK
  }

  #book ({ id, geometry }: Provided): OfferBook {
    let book = this.#offers.get(id.toString())

    if (book == null) {
      book = new OfferBook(geometry.blockCount, requestWindow(geometry))
      this.#offers.set(id.toString(), book)
    }

    return book
  }
}

interface SwarmAdmissionInit {
  holding: Provided
  recipient: PeerId
  have: Bitfield
  ticket: AdmittedTicket
  /** With mode proof */
  exchange?: SessionExchange
  /** With mode proof: whether what was read is the block that the tree says */
  isTrue? (index: number, block: Uint8Array): boolean
  verify (envelope: Uint8Array, options: AbortOptions): Promise<AdmittedTicket>
  certificate?: Uint8Array
  peers: BlockPeer[]
  book?: OfferBook
  verdict (ticket: AdmittedTicket): BlockStatus
  onChanged (): void
  onReleased (): void
}

class SwarmAdmission implements Admission {
  readonly shape: ObjectShape
  readonly availability: Availability
  readonly have?: Uint8Array
  readonly peers: BlockPeer[]
  readonly certificate?: Uint8Array
  readonly superBlock?: () => Uint8Array
  readonly weight: number
  readonly exchange?: SessionExchange
  /** Bytes of blocks that were read to be sent */
  sent = 0
  readonly #init: SwarmAdmissionInit
  readonly #holding: Provided
  #ticket: AdmittedTicket
  #verdict: BlockStatus = BlockStatus.BLOCK_OK
  #session?: ProviderSession
  #taker?: OfferTaker

  constructor (init: SwarmAdmissionInit) {
    const { holding, ticket } = init
    this.#init = init
    this.#holding = holding
    this.#ticket = ticket
    this.shape = {
      blockCount: holding.geometry.blockCount,
      hashLength: holding.tree.hash.size,
      blockLength: index => holding.geometry.blockLength(index)
    }
    this.availability = holding.complete ? Availability.ALL : Availability.SOME

    if (init.book != null) {
      this.availability = Availability.OFFERS
    }

    this.have = this.availability === Availability.SOME ? holding.have.bytes : undefined
    this.peers = init.peers
    // none with mode purchase, where all pay; a ticket that was renewed with another standing counts from the next session on
    this.weight = ticket.standing ?? 1
    this.exchange = init.exchange
    this.certificate = init.certificate
    this.superBlock = holding.tree.complete ? () => holding.superBlock() : undefined
    this.onHave = this.onHave.bind(this)
    this.onChanged = this.onChanged.bind(this)
    holding.addEventListener('changed', this.onChanged)
  }

  get id (): CID {
    return this.#holding.id
  }

  get recipient (): PeerId {
    return this.#init.recipient
  }

  get rate (): number | undefined {
    return this.#ticket.rate
  }

  permits (index: number): BlockStatus {
    const { range, notAfter } = this.#ticket

    if (this.#verdict !== BlockStatus.BLOCK_OK) {
      return this.#verdict
    }

    if (Date.now() > notAfter + CLOCK_TOLERANCE) {
      return BlockStatus.BLOCK_TICKET_EXPIRED
    }

    if (range != null && (index < range.first || index >= range.first + range.count)) {
      return BlockStatus.BLOCK_TICKET_INVALID
    }

    return this.#holding.have.has(index) ? BlockStatus.BLOCK_OK : BlockStatus.BLOCK_NOT_FOUND
  }

  yields (index: number): boolean {
    return this.#init.book?.isSpreading(index) === true
  }

  async readBlock (index: number, options: AbortOptions): Promise<Uint8Array> {
    const block = await this.#holding.readPublished(index, options)

    if (this.#init.isTrue?.(index, block) === false) {
      this.onChanged()
      throw new Error(`Block ${index} of ${this.id} is not what was published`)
    }

    this.sent += block.byteLength
    this.#init.book?.sent(index)

    return block
  }

  path (index: number, levels: number): Uint8Array {
    return this.#holding.tree.path(index, levels)
  }

  async renew (envelope: Uint8Array, options: AbortOptions): Promise<void> {
    this.#ticket = await this.#init.verify(envelope, options)
  }

  announced (ranges: BlockRange[]): void {
    this.#taker?.announced(ranges)
  }

  requested (indices: number[]): void {
    this.#taker?.requested(indices)
  }

  attach (session: ProviderSession): void {
    this.#session = session
    this.#taker = this.#init.book?.join(this.#init.have, ranges => { session.announce(ranges) })

    if (this.availability === Availability.SOME) {
      this.#holding.addEventListener('have', this.onHave)
    }
  }

  /** The exchange went wrong. */
  fault ({ status, message }: RefusedError): void {
    this.#session?.close(status, message)
  }

  recheck (): void {
    this.#verdict = this.#init.verdict(this.#ticket)

    if (this.#verdict !== BlockStatus.BLOCK_OK) {
      this.#session?.close(this.#verdict, 'the server has taken the ticket back')
    } else if (Date.now() > this.#ticket.notAfter + CLOCK_TOLERANCE) {
      this.#session?.close(BlockStatus.BLOCK_TICKET_EXPIRED, 'the ticket has ended')
    }
  }

  released (): void {
    this.#holding.removeEventListener('have', this.onHave)
    this.#holding.removeEventListener('changed', this.onChanged)
    this.#taker?.leave()
    this.exchange?.end()
    this.#init.onReleased()
  }

  onHave (event: CustomEvent<BlockRange[]>): void {
    this.#session?.announce(event.detail)
  }

  onChanged (): void {
    this.#init.onChanged()
    this.#session?.close(BlockStatus.BLOCK_STOPPING, 'the object is not provided any more')
  }
}

function readBitmap (bytes: Uint8Array, blockCount: number): Bitfield {
  if (bytes.byteLength === 0) {
    return new Bitfield(blockCount)
  }

  try {
    return Bitfield.from(bytes, blockCount)
  } catch {
    throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'the bitmap is not one of this object')
  }
}
