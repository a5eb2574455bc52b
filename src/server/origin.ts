import { InvalidParametersError, NotFoundError } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import { MAX_HINTS, MAX_HINT_ADDRESSES, MAX_TICKET_LIFETIME } from '../../protocols/ticket/constants.ts'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { escrowSecret, ticketSerial } from '../exchange/index.ts'
import { formatLink } from '../link/link.ts'
import { isExchange, Mode, serviceMode } from '../object/manifest.ts'
import { parseObjectId } from '../ticket/fields.ts'
import { openRevocations, signRevocations } from '../ticket/revocation.ts'
import { signTicket } from '../ticket/ticket.ts'
import { Access } from './access.ts'
import { Issuer } from './issuer.ts'
import { Policies } from './policy.ts'
import { Till } from './till.ts'
import { Tokens } from './tokens.ts'
import type { Identity } from './issuer.ts'
import type { JwtVerifier } from './jwt.ts'
import type { Attenuation, Authorize, Policy } from './policy.ts'
import type { Sale, SellingBank } from './till.ts'
import type { PeerHint, TicketAuthority, TicketRequest, TicketResponse } from '../../protocols/ticket/index.ts'
import type { Home } from '../home/home.ts'
import type { Geometry } from '../object/block-geometry.ts'
import type { Manifest } from '../object/manifest.ts'
import type { OpenedCertificate } from '../ticket/certificate.ts'
import type { Bytes } from '../ticket/fields.ts'
import type { RevocationList } from '../ticket/revocation.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync } from 'node:sqlite'

/** Milliseconds. Short, since a ticket outlives whatever its client was admitted for; clients renew at half of it */
const TICKET_LIFETIME = 3_600_000

/** Milliseconds. To ask libp2p for this node's addresses takes longer than a signature, and they seldom change */
const ADDRESSES_TTL = 1_000

/** Object ids that are known as CIDs: a CID finds its text, by which all is looked up, once. */
const MAX_OBJECT_IDS = 256

/** An object that this server has published. */
export interface PublishedObject {
  id: CID
  manifest: Pick<Manifest, 'name' | 'mode' | 'price'>
  geometry: Geometry
  manifestEnvelope: Uint8Array
  swarmSecret: Uint8Array
  /** Absent when the object is not encrypted */
  objectKey?: Uint8Array
}

export interface OriginComponents {
  home: Home
  database: DatabaseSync
  /** This node */
  self: PeerId
  /** What this server has published */
  published (id: CID): PublishedObject | undefined
  /** Where clients reach this node; each ends in /p2p/ and its PeerId */
  addresses (): Multiaddr[]
  /** Peers that hold an object, for a client to begin with; the first 16 with 8 addresses each are sent */
  hints? (object: CID, client: PeerId): PeerHint[]
  /** With objects of mode proof or purchase: the one secret of this server, 32 bytes (`Home.secret`) */
  escrowRoot? (): Promise<Uint8Array>
  /**
   * With objects of mode proof: a client's weight where upload capacity is short, 1 to 100.
   *
   * @default 1 for everybody
   */
  standing? (client: PeerId): number
  /** With objects of mode purchase: where clients have their money */
  bank?: SellingBank
  logger: ComponentLogger
}

export interface OriginInit {
  /** Name on the certificate, for people */
  name: string

  /**
   * Milliseconds, 1 s to 30 days.
   *
   * @default 3_600_000
   */
  ticketLifetime?: number

  /**
   * Of objects that have none of their own.
   *
   * @default { kind: 'open' }
   */
  policy?: Policy

  /** Decides for objects whose policy is `callback` */
  authorize?: Authorize
}

interface Admission {
  status: typeof TicketStatus.TICKET_OK
  limits: Attenuation
  /** The credential ends, milliseconds since the epoch */
  expires?: number
}

interface Refusal {
  status: typeof TicketStatus.TICKET_REFUSED | typeof TicketStatus.TICKET_CREDENTIAL_NEEDED
  reason: string
}

/** When a ticket begins and ends, milliseconds since the epoch. */
interface Validity {
  notBefore: number
  notAfter: number
}

/**
 * A server: it answers who may have what, and vouches for it. All that it has to remember is in the database before an
 * answer depends on it.
 */
export class Origin implements TicketAuthority {
  readonly #components: OriginComponents
  readonly #init: OriginInit
  readonly #ticketLifetime: number
  readonly #log: Logger
  readonly #issuer: Issuer
  readonly #policies: Policies
  readonly #tokens: Tokens
  readonly #access: Access
  readonly #till?: Till
  readonly #objectIds = new LRUCache<string, CID>({ max: MAX_OBJECT_IDS })
  #jwts?: JwtVerifier
  #revocationList?: RevocationList
  #addresses: { list: Multiaddr[], until: number } = { list: [], until: 0 }

  /**
   * @throws {InvalidParametersError}
   */
  constructor (components: OriginComponents, init: OriginInit) {
    this.#components = components
    this.#init = init
    this.#ticketLifetime = init.ticketLifetime ?? TICKET_LIFETIME
    this.#log = components.logger.forComponent('mssl:origin')
    this.#issuer = new Issuer(components.home, components.database)
    this.#policies = new Policies(components.database)
    this.#tokens = new Tokens(components.database)
    this.#access = new Access(components.database)
    this.#till = components.bank == null ? undefined : new Till(components.bank)

    if (!(this.#ticketLifetime >= 1_000 && this.#ticketLifetime <= MAX_TICKET_LIFETIME)) {
      throw new InvalidParametersError(`A ticket's lifetime has to be 1 second to ${MAX_TICKET_LIFETIME / 86_400_000} days`)
    }
  }

  /** The key that signs for this server and its certificate, as of now. */
  async identity (): Promise<Identity> {
    this.#addresses.until = 0

    return this.#recentIdentity()
  }

  /** Whether this home has ever served. */
  isServer (): boolean {
    return this.#issuer.exists()
  }

  async certificate (): Promise<OpenedCertificate> {
    return (await this.identity()).certificate
  }

  /** Makes a new issuer key, which the old one vouches for; voids all tickets. */
  async rotate (): Promise<OpenedCertificate> {
    return (await this.#issuer.rotate()).certificate
  }

  /** The list of tickets taken back, as of now; also when another process has changed it. */
  async revocations (): Promise<RevocationList> {
    return this.#revocations(await this.identity())
  }

  async #revocations ({ key, certificate }: Identity): Promise<RevocationList> {
    const known = this.#revocationList

    if (known?.epoch !== this.#access.epoch() || !equals(known.issuer, certificate.fingerprint)) {
      const envelope = await signRevocations(this.#access.revocations(), key)
      this.#revocationList = await openRevocations(envelope, { issuer: key.publicKey })
    }

    return this.#revocationList as RevocationList
  }

  /** Sets the policy of an object; without one, the server's default is in force. */
  setPolicy (object: CID, policy?: Policy): void {
    this.#policies.set(object, policy)
  }

  /**
   * Settles who may have an object that is about to be published: without a policy of its own, whoever may have the
   * earlier one whose place it takes. The server's default is that of now, whatever it is on another day.
   *
   * @throws {InvalidParametersError}
   */
  settlePolicy (object: CID, { policy, earlier }: { policy?: Policy, earlier?: CID } = {}): void {
    const inherited = this.#policies.get(object) ?? (earlier == null ? undefined : this.#policies.get(earlier))
    this.#policies.set(object, policy ?? inherited ?? this.#init.policy)

    if (earlier != null) {
      this.#access.inherit(object, earlier)
    }
  }

  /**
   * Refuses a client that spent a coin with two providers further tickets, and voids those that it has, until the operator
   * grants it access again. To be called within the transaction in which the bank notes that.
   */
  bar (client: PeerId): void {
    this.#log('bar %p, which spent a coin twice', client)
    this.#access.bar(client, 'double-spend')
  }

  /**
   * Voids the tickets that a client has for an object: its coin book is short, and whoever serves it might go unpaid. It gets a new one
   * when it has paid in what is missing. To be called within the transaction in which the bank notes that.
   */
  recall (client: PeerId, object: CID): void {
    this.#log('recall the tickets of %p for %c, whose coin book is short', client, object)
    this.#access.recall(client, object)
  }

  policy (object: CID): Policy {
    return this.#policies.get(object) ?? this.#init.policy ?? { kind: 'open' }
  }

  /** One line that a client needs to get an object. */
  async link (object: CID): Promise<string> {
    const published = this.#components.published(object)

    if (published == null) {
      throw new NotFoundError(`This server has not published ${object}`)
    }

    return formatLink({
      server: this.#components.self,
      fingerprint: (await this.certificate()).fingerprint,
      object,
      addresses: this.#components.addresses(),
      name: published.manifest.name
    })
  }

  async answer (request: TicketRequest, client: PeerId, options: AbortOptions = {}): Promise<Partial<TicketResponse>> {
    // one for the whole answer: what is decided before a rotation is not signed by the key after it, which voids all else
    const identity = await this.#recentIdentity()
    const { key, certificate } = identity

    if (request.fingerprint.byteLength > 0 && !certificate.fingerprints.some(fingerprint => equals(fingerprint, request.fingerprint))) {
      return { status: TicketStatus.TICKET_WRONG_SERVER, reason: 'This server has another key', certificate: certificate.envelope as Bytes }
    }

    const revocations = await this.#revocations(identity)
    const response: Partial<TicketResponse> = {
      certificate: certificate.envelope as Bytes,
      revocations: revocations.epoch > request.revocationEpoch ? revocations.envelope as Bytes : undefined
    }

    const admission = request.object == null ? {} : await this.#admit(request, request.object, client, key, options)

    // after what was bought
    return { ...response, ...admission, statement: request.statement == null ? undefined : this.#till?.statement(client, request.statement) }
  }

  async #admit (request: TicketRequest, object: Uint8Array, client: PeerId, key: PrivateKey, options: AbortOptions): Promise<Partial<TicketResponse>> {
    let id: CID

    try {
      id = this.#objectId(object)
    } catch {
      return { status: TicketStatus.TICKET_MALFORMED, reason: 'Not an object id' }
    }

    const published = this.#components.published(id)

    if (published == null) {
      return { status: TicketStatus.TICKET_NOT_FOUND, reason: 'This server does not have the object' }
    }

    const { mode } = published.manifest

    if (isExchange(mode) && client.type !== 'Ed25519') {
      return refused(`The object is served in mode ${serviceMode(mode)}, which takes a client with an Ed25519 identity`)
    }

    // before the decision, so that a revocation in the meantime voids the ticket; and after an earlier revocation of a
    // client that was granted access again within the same tick of the clock
    const notBefore = Math.max(Date.now(), this.#access.voidUntil(client, id) + 1)
    this.#access.noteBegin(notBefore)
    const verdict = await this.#decide(request, client, published)
    options.signal?.throwIfAborted()

    if (verdict.status !== TicketStatus.TICKET_OK) {
      this.#log('refuse %p %c - %s', client, id, verdict.reason)

      return verdict
    }

    checkLimits(verdict.limits)

    const { manifestEnvelope, objectKey = new Uint8Array(0), swarmSecret } = published
    const manifest = request.haveManifest ? undefined : manifestEnvelope as Bytes
    const root = isExchange(mode) ? await this.#escrowRoot() : undefined
    const validity = this.#validity(notBefore, verdict)
    const { ticket, ...sale } = mode === Mode.PURCHASE
      ? await this.#sell(request, published, client, validity, verdict.limits)
      : { ticket: root == null ? {} : { serial: ticketSerial(root, client, id, notBefore), standing: this.#components.standing?.(client) ?? 1 } }

    if (ticket == null) {
      // the client compares the price with the manifest
      return { ...sale, manifest }
    }

    const { range, rate } = verdict.limits

    return {
      status: TicketStatus.TICKET_OK,
      ticket: await signTicket({ client, object: id, mode, ...validity, range, rate, ...ticket }, key) as Bytes,
      ...sale,
      manifest,
      secrets: {
        objectKey: objectKey as Bytes,
        swarmSecret: swarmSecret as Bytes,
        ...(root == null ? {} : { escrowSecret: escrowSecret(root, client.toMultihash().bytes) as Bytes })
      },
      hints: this.#components.hints?.(id, client).slice(0, MAX_HINTS).map(({ id, addresses }) => ({
        id,
        addresses: addresses.slice(0, MAX_HINT_ADDRESSES)
      }))
    }
  }

  async #decide ({ token, jwt }: TicketRequest, client: PeerId, { id, manifest }: PublishedObject): Promise<Admission | Refusal> {
    const decision = this.#access.decision(client, id)

    if (decision === 'revoked') {
      return refused('The operator has revoked the access of this client')
    }

    if (decision === 'double-spend') {
      return refused('This client has spent the same coin with two providers: it gets no tickets any more, unless the operator grants it access again')
    }

    const policy = this.policy(id)

    switch (policy.kind) {
      case 'open':
        return { status: TicketStatus.TICKET_OK, limits: {} }

      case 'list':
        return decision === 'granted'
          ? { status: TicketStatus.TICKET_OK, limits: {} }
          : refused('The operator has not granted access to this client')

      case 'token': {
        if (token == null) {
          return { status: TicketStatus.TICKET_CREDENTIAL_NEEDED, reason: 'An access token is needed' }
        }

        const redemption = this.#tokens.redeem(token, client, id)

        return redemption.admitted
          ? { status: TicketStatus.TICKET_OK, limits: {}, expires: redemption.expires }
          : refused(redemption.reason)
      }

      case 'jwt': {
        if (jwt == null) {
          return { status: TicketStatus.TICKET_CREDENTIAL_NEEDED, reason: 'A JSON Web Token is needed' }
        }

        // with a library of its own, which most servers and all clients can do without
        const { JwtVerifier } = await import('./jwt.ts')
        this.#jwts ??= new JwtVerifier()
        const verdict = await this.#jwts.verify(jwt, policy, { id: id.toString(), name: manifest.name })

        return verdict.allowed
          ? { status: TicketStatus.TICKET_OK, limits: {}, expires: verdict.expires }
          : refused(verdict.reason)
      }

      case 'callback': {
        if (this.#init.authorize == null) {
          throw new InvalidParametersError(`The policy of ${id} is "callback", but there is no authorize function`)
        }

        const limits = await this.#init.authorize({ client, object: id, name: manifest.name, token, jwt })

        return limits === false
          ? refused('This client is not admitted')
          : { status: TicketStatus.TICKET_OK, limits: limits === true ? {} : limits }
      }

      default:
        throw new InvalidParametersError('The object\'s policy is not known to this version')
    }
  }

  #validity (notBefore: number, { limits: { lifetime = Infinity }, expires = Infinity }: Admission): Validity {
    return {
      notBefore,
      // a credential that ends within the clocks' tolerance still makes a ticket, for as long as that lasts
      notAfter: Math.max(notBefore + 1_000, Math.min(notBefore + Math.min(this.#ticketLifetime, lifetime), expires))
    }
  }

  /** What the ticket of an admitted client says about the coins that it has; they are bought before it is signed. */
  async #sell ({ purchase }: TicketRequest, { id, geometry, manifest: { price } }: PublishedObject, client: PeerId, { notAfter }: Validity, { range }: Attenuation): Promise<Sale> {
    if (this.#till == null) {
      throw new InvalidParametersError('An object of mode purchase takes a server with a bank')
    }

    // a policy may have taken its time: who is refused by now does not pay
    const decision = this.#access.decision(client, id)

    return decision === 'revoked' || decision === 'double-spend'
      ? refused('The access of this client has just been revoked')
      : this.#till.sell({ client, object: id, geometry, price, notAfter, purchase, allowed: range })
  }

  /** The key as of now; the certificate may be older than the last change of addresses. */
  async #recentIdentity (): Promise<Identity> {
    const now = performance.now()

    if (now >= this.#addresses.until) {
      this.#addresses = { list: this.#components.addresses(), until: now + ADDRESSES_TTL }
    }

    return this.#issuer.identity({ name: this.#init.name, nodes: [this.#components.self], addresses: this.#addresses.list })
  }

  /**
   * @throws {InvalidCIDError}
   */
  #objectId (bytes: Uint8Array): CID {
    const key = toString(bytes, 'base64')
    const id = this.#objectIds.get(key) ?? parseObjectId(bytes)
    this.#objectIds.set(key, id)

    return id
  }

  async #escrowRoot (): Promise<Uint8Array> {
    const { escrowRoot } = this.#components

    if (escrowRoot == null) {
      throw new InvalidParametersError('An object of mode proof or purchase takes a server with an escrow secret')
    }

    return escrowRoot()
  }
}

function refused (reason: string): Refusal {
  return { status: TicketStatus.TICKET_REFUSED, reason }
}

/** What an embedding program's callback returned. */
function checkLimits ({ range, rate, lifetime }: Attenuation): void {
  const valid = (value: number | undefined, least: number, most: number): boolean => value == null || (Number.isSafeInteger(value) && value >= least && value <= most)

  if (!valid(rate, 1, Number.MAX_SAFE_INTEGER) || !valid(lifetime, 1_000, MAX_TICKET_LIFETIME) || !valid(range?.first, 0, 2 ** 32 - 1) || !valid(range?.count, 1, 2 ** 32 - 1)) {
    throw new InvalidParametersError('authorize returned a range, rate or lifetime that no ticket can have')
  }
}
