import { setTimeout as delay } from 'node:timers/promises'
import { InvalidParametersError, UnsupportedOperationError } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { covers, Encryption, isExchange, Mode } from '../object/index.ts'
import { UnreachableError } from '../swarm/errors.ts'
import { InvalidRecordError, openManifest, openRevocations, parseAddress, parsePeerId, verifyTicket } from '../ticket/index.ts'
import { BalanceTooLowError, ClockSkewError, CredentialNeededError, NotPaidError, RefusedError } from './errors.ts'
import { GrantTable } from './grants.ts'
import { checkSale, coinValues, wantedBlocks } from './purchase.ts'
import type { StoredGrant } from './grants.ts'
import type { Pins } from './pins.ts'
import type { PaymentTerms, PurchaseInfo } from './purchase.ts'
import type { PeerHint, Purchase, Statement, TicketRequest, TicketResponse, TicketService } from '../../protocols/ticket/index.ts'
import type { Link } from '../link/index.ts'
import type { BlockRun, Manifest } from '../object/index.ts'
import type { OpenedCertificate, RevocationList, Ticket } from '../ticket/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, PeerInfo, PeerStore } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync } from 'node:sqlite'

/** Milliseconds between two looks at a server's revocation list: a ticket taken back is void at peers after at most this. */
const REVOCATION_INTERVAL = 60_000

/** Milliseconds that a server has to answer. */
const REQUEST_TIMEOUT = 15_000

/** How often a busy server is asked again, how long it is left alone if it does not say, and how long it may ask for, milliseconds. */
const BUSY_RETRIES = 3
const DEFAULT_RETRY_AFTER = 1_000
const MAX_RETRY_AFTER = 5_000

/** How often a price that has risen since it was quoted is quoted anew. */
const MAX_QUOTES = 3

/** Movements in a statement unless it is said how many. */
const STATEMENT_MOVEMENTS = 20

/** Milliseconds until a renewal that failed is tried again. */
const RENEW_RETRY = 15_000

/** Milliseconds: a ticket is not renewed more often than this, however short its life. */
const MIN_RENEW_INTERVAL = 250

/** Milliseconds: the longest time that a timer takes. */
const MAX_TIMER = 2 ** 31 - 1

/** What a client shows to a server whose policy asks for it. */
export interface Credentials {
  /** An access token that the server's operator issued */
  token?: string
  /** A JSON Web Token of an issuer that the server trusts */
  jwt?: string
}

/** A verified permission to get one object, with all that it takes. */
export interface Grant extends StoredGrant {
  manifest: Manifest
  /** The ticket's validity, milliseconds since the epoch */
  notBefore: number
  notAfter: number
  /** The only blocks that the ticket allows, if not all */
  range?: Ticket['range']
  /** Of the ticket; with mode purchase of the coin book, 16 bytes */
  serial: Uint8Array
  /** With mode purchase: what was bought just now, if anything was */
  bought?: PurchaseInfo
  /** Other holders that the server named */
  hints: PeerInfo[]
  /** The ticket is one of an earlier time, because the server cannot be reached */
  kept?: boolean
}

export interface TicketKeeperComponents {
  database: DatabaseSync
  tickets: Pick<TicketService, 'request'>
  certificates: Pins
  peerStore: Pick<PeerStore, 'merge'>
  peerId: PeerId
  logger: ComponentLogger
}

export interface TicketKeeperInit {
  /**
   * Milliseconds.
   *
   * @default 60_000
   */
  revocationInterval?: number

  /**
   * Milliseconds since the epoch, as this machine's clock says.
   *
   * @default Date.now
   */
  now?(): number
}

export interface TicketKeeperEvents {
  /** A ticket was renewed */
  ticket: CustomEvent<Grant>
  /** A server has taken tickets back */
  revocations: CustomEvent<RevocationList>
}

interface ObtainOptions extends AbortOptions {
  /** The web domain that vouches for the server */
  domain?: string
  /**
   * With mode purchase: what may be bought.
   *
   * @default nothing
   */
  payment?: PaymentTerms
}

/** What a ticket is asked with. */
type Application = Omit<StoredGrant, 'ticket' | 'swarmSecret' | 'escrowSecret' | 'manifestEnvelope'> & Partial<Pick<StoredGrant, 'manifestEnvelope'>>

/** What a server answers, verified. */
interface Answer {
  response: TicketResponse
  certificate: OpenedCertificate
  manifest: Manifest
  manifestEnvelope: Uint8Array
  /** Absent: something has to be bought first */
  ticket?: Ticket
}

interface Watch {
  users: number
  /** The server is being asked */
  asking: boolean
  server: PeerId
  issuer: Uint8Array
}

/**
 * Obtains tickets and keeps them fresh: they are renewed at half of their life while somebody uses them, and the
 * revocation lists of the servers concerned are looked at again and again.
 */
export class TicketKeeper extends TypedEventEmitter<TicketKeeperEvents> {
  readonly #components: TicketKeeperComponents
  readonly #table: GrantTable
  readonly #log: Logger
  readonly #now: () => number
  readonly #interval: number
  /** By the server's first fingerprint */
  readonly #revocations = new Map<string, RevocationList>()
  readonly #watches = new Map<string, Watch>()
  readonly #renewals = new Map<string, { users: number, timer?: ReturnType<typeof setTimeout> }>()
  #poll?: ReturnType<typeof setInterval>
  #stopping = new AbortController()

  private constructor (components: TicketKeeperComponents, init: TicketKeeperInit) {
    super()

    this.#components = components
    this.#table = new GrantTable(components.database)
    this.#log = components.logger.forComponent('mssl:tickets')
    this.#now = init.now ?? Date.now
    this.#interval = init.revocationInterval ?? REVOCATION_INTERVAL
  }

  static async open (components: TicketKeeperComponents, init: TicketKeeperInit = {}): Promise<TicketKeeper> {
    const keeper = new TicketKeeper(components, init)

    for (const { origin, envelope } of keeper.#table.revocations()) {
      const certificate = components.certificates.trusted(origin)

      if (certificate != null) {
        // one that a former key signed is void with the tickets of that key
        await openRevocations(envelope, { issuer: certificate.publicKey }).then(list => {
          keeper.#revocations.set(toString(origin, 'hex'), list)
        }, err => { keeper.#log('dropped a revocation list - %e', err) })
      }
    }

    return keeper
  }

  /** Ends all renewals and polls. */
  stop (): void {
    this.#stopping.abort()
    clearInterval(this.#poll)
    this.#poll = undefined
    this.#watches.clear()
    this.#renewals.forEach(({ timer }) => { clearTimeout(timer) })
    this.#renewals.clear()
    this.#stopping = new AbortController()
  }

  /**
   * Obtains a ticket and all that belongs to it from the server that a link names. When the server cannot be reached, a
   * ticket that this home still has is as good.
   *
   * @throws {RefusedError | CredentialNeededError | ServerChangedError | ClockSkewError | UnreachableError | InvalidRecordError}
   * @throws {NotPaidError | BalanceTooLowError} with mode purchase, when `payment` or the account does not suffice; then nothing was bought
   */
  async authorize (link: Link, credentials: Credentials = {}, options: AbortOptions & Pick<ObtainOptions, 'payment'> = {}): Promise<Grant> {
    if (link.object == null) {
      throw new InvalidParametersError('The link names a server, not an object')
    }

    const stored = this.kept(link)
    const grant = {
      id: link.object,
      server: link.server,
      addresses: link.addresses,
      issuer: link.fingerprint,
      manifestEnvelope: stored?.manifestEnvelope,
      credentials: credentials.token == null && credentials.jwt == null ? this.#keptCredentials(link, stored) : { token: credentials.token, jwt: credentials.jwt }
    }

    try {
      return await this.#obtain(grant, { ...options, domain: link.domain })
    } catch (err: any) {
      options.signal?.throwIfAborted()

      if (err.name !== 'UnreachableError') {
        throw err
      }

      const kept = stored == null ? undefined : await this.grant(link.object)

      const wanted = kept == null ? undefined : wantedBlocks(kept.manifest, options.payment)

      if (kept == null || (wanted != null && !covers(kept.range, wanted))) {
        throw err
      }

      this.#log('the server cannot be reached, the stored ticket for %c is used', link.object)

      return { ...kept, kept: true }
    }
  }

  /** What this home got for an object, valid or not any more. */
  stored (id: CID): StoredGrant | undefined {
    return this.#table.get(id)
  }

  /** What this home got for all objects. */
  grants (): StoredGrant[] {
    return this.#table.list()
  }

  /** What this home has for an object, if the ticket is valid now. */
  async grant (id: CID): Promise<Grant | undefined> {
    const stored = this.#table.get(id)
    const certificate = stored == null ? undefined : this.#components.certificates.trusted(stored.issuer)

    if (stored == null || certificate == null) {
      return
    }

    try {
      const { manifest } = await openManifest(stored.manifestEnvelope, { id, issuers: certificate.fingerprints })
      const { notBefore, notAfter, range, serial } = await this.#verify(stored.ticket, id, certificate, manifest)

      return { ...stored, manifest, notBefore, notAfter, range, serial, hints: [] }
    } catch (err) {
      this.#log('the stored ticket for %c is of no use - %e', id, err)
    }
  }

  /**
   * Obtains a new ticket for an object that this home has one for, also when the old one is over. It never buys anything.
   *
   * @throws {InvalidParametersError} when this home never had a ticket for it, and what `authorize` throws
   */
  async renew (id: CID, options: AbortOptions = {}): Promise<Grant> {
    const stored = this.#table.get(id)

    if (stored == null) {
      throw new InvalidParametersError(`This home has no ticket for ${id}`)
    }

    const grant = await this.#obtain(stored, options)
    this.safeDispatchEvent('ticket', { detail: grant })

    return grant
  }

  /**
   * What this node's account with a server looks like. `issuer` is the fingerprint of the server's key, if it is known which
   * one it has to have; movements are those before one of them, the latest first.
   *
   * @throws {UnsupportedOperationError} when the server keeps no money, and what `authorize` throws
   */
  async statement (server: PeerId, issuer?: Uint8Array, { before = 0, limit = STATEMENT_MOVEMENTS }: { before?: number, limit?: number } = {}, options: AbortOptions = {}): Promise<Statement> {
    const response = await this.#ask(server, {
      revocationEpoch: issuer == null ? 0 : this.revocations(issuer)?.epoch ?? 0,
      fingerprint: issuer as Uint8Array<ArrayBuffer> | undefined,
      statement: { before, limit }
    }, options)
    await this.#absorb(response, server, issuer, options)
    checkStatus(response)

    if (response.statement == null) {
      throw new UnsupportedOperationError(`The server ${server} keeps no money`)
    }

    return response.statement
  }

  /** Renews the ticket in time, and watches the server's revocation list, until the function returned is called. */
  use (grant: Grant): () => void {
    const key = grant.id.toString()
    const renewal = this.#renewals.get(key) ?? { users: 0 }
    const unwatch = this.#watch(grant)
    this.#renewals.set(key, renewal)

    if (renewal.users++ === 0) {
      this.#schedule(grant)
    }

    return once(() => {
      unwatch()

      if (--renewal.users === 0) {
        clearTimeout(renewal.timer)
        this.#renewals.delete(key)
      }
    })
  }

  /** Looks at a server's revocation list, now and again and again, until the function returned is called. */
  watch (grant: Pick<Grant, 'server' | 'issuer' | 'addresses'>): () => void {
    void this.#fetchRevocations(grant)

    return this.#watch(grant)
  }

  /** The newest revocation list known of the server that has, or had, this fingerprint. */
  revocations (fingerprint: Uint8Array): RevocationList | undefined {
    const certificate = this.#components.certificates.trusted(fingerprint)

    const list = certificate == null ? undefined : this.#revocations.get(toString(certificate.fingerprints[0], 'hex'))

    // one that a former key signed is void with the tickets of that key
    return list != null && certificate != null && equals(list.issuer, certificate.fingerprint) ? list : undefined
  }

  /** What this home has of a link's object from the link's server: what another one gave for the same object says nothing. */
  kept ({ object, fingerprint }: Pick<Link, 'object' | 'fingerprint'>): StoredGrant | undefined {
    const stored = object == null ? undefined : this.#table.get(object)
    const certificate = stored == null ? undefined : this.#components.certificates.trusted(stored.issuer)

    return certificate?.fingerprints.some(own => equals(own, fingerprint)) === true ? stored : undefined
  }

  /** What was meant for one server is shown to no other, whatever object a link names. */
  #keptCredentials ({ server }: Link, stored?: StoredGrant): Credentials {
    const certificate = stored == null ? undefined : this.#components.certificates.trusted(stored.issuer)

    return certificate?.nodes.some(node => node.equals(server)) === true ? stored?.credentials ?? {} : {}
  }

  #watch ({ server, issuer }: Pick<Grant, 'server' | 'issuer'>): () => void {
    const key = `${server}/${toString(issuer, 'hex')}`
    const watch = this.#watches.get(key) ?? { users: 0, asking: false, server, issuer }
    this.#watches.set(key, watch)
    watch.users++
    this.#poll ??= setInterval(() => {
      this.#watches.forEach(watch => { void this.#look(watch) })
    }, this.#interval)
    this.#poll.unref?.()

    return once(() => {
      if (--watch.users === 0) {
        this.#watches.delete(key)
      }
    })
  }

  /** What the server gives is verified and stored before it is returned. */
  async #obtain (application: Application, options: ObtainOptions): Promise<Grant> {
    const { id, server, addresses, credentials } = application

    if (addresses.length > 0) {
      await this.#components.peerStore.merge(server, { multiaddrs: addresses })
    }

    // coins that were bought before cost nothing, and are the only ones that may be used without anybody's consent
    let answer = await this.#request(application, options)
    const wanted = wantedBlocks(answer.manifest, options.payment)

    if (wanted != null && (answer.ticket == null || !covers(answer.ticket.range, wanted))) {
      answer = await this.#buy({ ...application, manifestEnvelope: answer.manifestEnvelope }, wanted, options)
    }

    const { response, certificate, manifest, manifestEnvelope, ticket } = answer

    if (ticket == null) {
      throw new NotPaidError(this.#purchaseInfo(application, answer))
    }

    if (response.secrets == null) {
      throw new InvalidRecordError('The server\'s answer is incomplete')
    }

    const { objectKey, swarmSecret, escrowSecret } = response.secrets

    if ((escrowSecret != null) !== isExchange(manifest.mode)) {
      throw new InvalidRecordError('The server sent an escrow secret for an object of mode plain, or none for one of mode proof or purchase')
    }

    if ((objectKey.byteLength > 0) !== (manifest.encryption === Encryption.OBJECT_KEY)) {
      throw new InvalidRecordError('The server sent a key for an object that is not encrypted, or none for one that is')
    }

    const obtained: StoredGrant = {
      id,
      server,
      addresses,
      issuer: certificate.fingerprint,
      manifestEnvelope,
      ticket: response.ticket,
      objectKey: objectKey.byteLength > 0 ? objectKey : undefined,
      swarmSecret,
      escrowSecret,
      credentials
    }
    this.#table.save(obtained)

    const { notBefore, notAfter, range, serial } = ticket
    const bought = manifest.mode === Mode.PURCHASE ? this.#purchaseInfo(application, answer) : undefined

    return {
      ...obtained,
      manifest,
      notBefore,
      notAfter,
      range,
      serial,
      ...(bought == null || bought.price + bought.bond === 0 ? {} : { bought }),
      hints: parseHints(response.hints)
    }
  }

  /**
   * Buys the coins of a run of blocks. Again and again is the same as once, so a purchase whose answer was lost is asked for
   * again.
   */
  async #buy (application: Application, wanted: BlockRun, options: ObtainOptions): Promise<Answer> {
    const { confirm, maxPrice: agreed = 0 } = options.payment ?? {}
    let maxPrice = agreed
    /** What somebody has seen and agreed to */
    let confirmed: PurchaseInfo | undefined

    if (this.#components.peerId.type !== 'Ed25519') {
      throw new UnsupportedOperationError('Blocks of an object of mode purchase can be bought by nodes with an Ed25519 identity only')
    }

    for (let quotes = 1; ; quotes++) {
      const answer = await this.#request(application, options, { maxPrice, ...wanted })

      const purchase = this.#purchaseInfo(application, answer)

      if (answer.ticket != null) {
        if (confirmed != null && purchase.bond > confirmed.bond) {
          throw new InvalidRecordError(`The server set ${purchase.bond} ${purchase.unit} aside, though ${confirmed.bond} were agreed to`)
        }

        return answer
      }

      const short = purchase.price + purchase.bond > purchase.balance

      if (answer.response.status === TicketStatus.TICKET_MONEY_SHORT ? !short : purchase.price <= maxPrice) {
        throw new InvalidRecordError(`The server does not sell, although what it asks for was offered: ${answer.response.reason}`)
      }

      if (purchase.price > maxPrice && (confirm == null || quotes === MAX_QUOTES)) {
        throw new NotPaidError(purchase)
      }

      if (short) {
        throw new BalanceTooLowError(purchase)
      }

      if (confirm == null || !await raceSignal(Promise.resolve(confirm(purchase)), options.signal)) {
        throw new NotPaidError(purchase)
      }

      maxPrice = purchase.price
      confirmed = purchase
    }
  }

  /** One round trip to the server. */
  async #request (application: Application, options: ObtainOptions, purchase?: Purchase): Promise<Answer> {
    const { id, server, issuer, credentials } = application
    const response = await this.#ask(server, {
      object: id.bytes as Uint8Array<ArrayBuffer>,
      token: credentials.token,
      jwt: credentials.token == null ? credentials.jwt : undefined,
      haveManifest: application.manifestEnvelope != null,
      revocationEpoch: this.revocations(issuer)?.epoch ?? 0,
      fingerprint: issuer as Uint8Array<ArrayBuffer>,
      purchase,
      // says what the account is counted in
      statement: purchase == null ? undefined : { before: 0, limit: 1 }
    }, options)
    const certificate = await this.#absorb(response, server, issuer, options)
    const unpaid = response.status === TicketStatus.TICKET_PAYMENT_NEEDED || response.status === TicketStatus.TICKET_MONEY_SHORT

    if (!unpaid) {
      checkStatus(response)
    }

    const manifestEnvelope = response.manifest.byteLength > 0 ? response.manifest : application.manifestEnvelope

    if (manifestEnvelope == null || certificate == null) {
      throw new InvalidRecordError('The server\'s answer is incomplete')
    }

    const { manifest } = await openManifest(manifestEnvelope, { id, issuers: certificate.fingerprints, signal: options.signal })

    if (unpaid) {
      checkSale(response, manifest, purchase)

      return { response, certificate, manifest, manifestEnvelope }
    }

    const ticket = await this.#verify(response.ticket, id, certificate, manifest).catch(err => {
      throw err.code === 'not-yet-valid' || err.code === 'expired' ? clockSkew(err) : err
    })

    if (manifest.mode === Mode.PURCHASE) {
      checkSale(response, manifest, purchase, ticket)
    }

    return { response, certificate, manifest, manifestEnvelope, ticket }
  }

  #purchaseInfo ({ id, server }: Application, { manifest, response: { quote } }: Answer): PurchaseInfo {
    const { name, size, price } = manifest
    const { price: now = 0, bond = 0, balance = 0 } = quote ?? {}

    return { id, name, size, server, unit: price?.unit ?? '', price: now, bond, balance, total: coinValues(manifest).total }
  }

  /** @throws {UnreachableError} when there is no answer */
  async #ask (server: PeerId, request: Partial<TicketRequest>, options: AbortOptions): Promise<TicketResponse> {
    const signals = [AbortSignal.timeout(REQUEST_TIMEOUT), this.#stopping.signal]
    const signal = AbortSignal.any(options.signal == null ? signals : [...signals, options.signal])

    for (let attempt = 0; ; attempt++) {
      let response: TicketResponse

      try {
        response = await this.#components.tickets.request(server, request, { signal })
      } catch (err: any) {
        options.signal?.throwIfAborted()

        if (request.purchase != null && attempt < BUSY_RETRIES && !signal.aborted) {
          // it may have been carried out, and asked for again it is the same purchase
          this.#log('asking again whether %p has sold the coins - %e', server, err)
          await delay(DEFAULT_RETRY_AFTER, undefined, { signal }).catch(() => {})

          continue
        }

        throw err.name === 'TicketProtocolError' ? err : new UnreachableError(`The server ${server} cannot be reached: ${err.message}`, { cause: err })
      }

      if (response.status !== TicketStatus.TICKET_BUSY) {
        return response
      }

      if (attempt === BUSY_RETRIES) {
        throw new UnreachableError(`The server ${server} is busy: ${response.reason}`)
      }

      await delay(Math.min(response.retryAfter || DEFAULT_RETRY_AFTER, MAX_RETRY_AFTER), undefined, { signal }).catch(() => {})
    }
  }

  /** Takes over what an answer says about the server itself. */
  async #absorb (response: TicketResponse, server: PeerId, issuer: Uint8Array | undefined, { domain, signal }: ObtainOptions): Promise<OpenedCertificate | undefined> {
    if (response.certificate.byteLength === 0) {
      return
    }

    const certificate = await this.#components.certificates.consider(response.certificate, { fingerprint: issuer, server, domain, now: this.#now(), signal }).catch(err => {
      throw err.name === 'CertificateValidityError' ? clockSkew(err) : err
    })

    if (!certificate.nodes.some(node => node.equals(server))) {
      throw new InvalidRecordError('The node that answered is not one of those that the server\'s certificate names')
    }

    if (response.revocations.byteLength > 0) {
      const list = await openRevocations(response.revocations, { issuer: certificate.publicKey, signal })
      const [origin] = certificate.fingerprints

      if (list.epoch > (this.revocations(origin)?.epoch ?? 0)) {
        this.#table.saveRevocations(origin, list.epoch, list.envelope)
        this.#revocations.set(toString(origin, 'hex'), list)
        this.safeDispatchEvent('revocations', { detail: list })
      }
    }

    return certificate
  }

  async #verify (ticket: Uint8Array, object: CID, certificate: OpenedCertificate, manifest: Manifest): Promise<Ticket> {
    return verifyTicket(ticket, { issuer: certificate.publicKey, client: this.#components.peerId, object, mode: manifest.mode, now: this.#now() })
  }

  /** Where the way to the server is busy, its answer may take longer than it is until the next look. */
  async #look (watch: Watch): Promise<void> {
    if (!watch.asking) {
      watch.asking = true
      await this.#fetchRevocations(watch)
      watch.asking = false
    }
  }

  async #fetchRevocations ({ server, issuer, addresses = [] }: Pick<Grant, 'server' | 'issuer'> & Partial<Pick<Grant, 'addresses'>>): Promise<void> {
    try {
      if (addresses.length > 0) {
        // a node that only serves has nobody else to begin with: through its servers it comes into the DHT
        await this.#components.peerStore.merge(server, { multiaddrs: addresses })
      }

      const response = await this.#ask(server, {
        revocationEpoch: this.revocations(issuer)?.epoch ?? 0,
        fingerprint: issuer as Uint8Array<ArrayBuffer>
      }, {})
      await this.#absorb(response, server, issuer, {})
    } catch (err) {
      this.#log('no revocation list from %p - %e', server, err)
    }
  }

  #schedule ({ id, notBefore, notAfter }: Pick<Grant, 'id' | 'notBefore' | 'notAfter'>): void {
    this.#renewAfter(id, (notBefore + notAfter) / 2 - this.#now())
  }

  #renewAfter (id: CID, pause: number): void {
    const renewal = this.#renewals.get(id.toString())

    if (renewal == null) {
      return
    }

    renewal.timer = setTimeout(() => {
      this.renew(id).then(grant => {
        this.#schedule(grant)
      }, err => {
        this.#log('could not renew the ticket for %c - %e', id, err)
        this.#renewAfter(id, RENEW_RETRY)
      })
    }, Math.min(MAX_TIMER, Math.max(MIN_RENEW_INTERVAL, pause)))
    renewal.timer.unref?.()
  }
}

function checkStatus ({ status, reason }: TicketResponse): void {
  switch (status) {
    case TicketStatus.TICKET_OK:
      return
    case TicketStatus.TICKET_NOT_FOUND:
      // as if it were gone: a ticket that is left is good with others
      throw new UnreachableError('The server does not have the object any more')
    case TicketStatus.TICKET_CREDENTIAL_NEEDED:
      throw new CredentialNeededError(reason === '' ? 'The server asks for a credential' : reason)
    default:
      throw new RefusedError(reason === '' ? `The server refuses: ${status}` : reason)
  }
}

function clockSkew (err: Error): ClockSkewError {
  return new ClockSkewError(`This machine's clock and the server's are too far apart: ${err.message}`, { cause: err })
}

/** Hints are only hints: those that cannot be read are left out. */
function parseHints (hints: PeerHint[]): PeerInfo[] {
  return hints.flatMap(({ id, addresses }) => {
    try {
      return [{ id: parsePeerId(id), multiaddrs: addresses.map(parseAddress) }]
    } catch {
      return []
    }
  })
}

function once (run: () => void): () => void {
  let done = false

  return () => {
    if (!done) {
      done = true
      run()
    }
  }
}
