import { lstat, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InvalidParametersError, UnsupportedOperationError } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { CustomProgressEvent } from 'progress-events'
import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { copyTo, FileExistsError, Holding } from '../holding/index.ts'
import { covers, isExchange, Mode, serviceMode } from '../object/index.ts'
import { WAITING_NOTICE } from '../swarm/constants.ts'
import { Download } from '../swarm/download.ts'
import { RefusedError } from './errors.ts'
import { KnownProviders } from './known-providers.ts'
import { allBlocks, coinValues } from './purchase.ts'
import { ReadTarget } from './read-target.ts'
import type { Pins } from './pins.ts'
import type { PaymentTerms, PurchaseInfo } from './purchase.ts'
import type { Credentials, Grant, TicketKeeper } from './ticket-keeper.ts'
import type { Acks } from '../../protocols/ack/index.ts'
import type { Blocks } from '../../protocols/block/index.ts'
import type { Discovery } from '../discovery/index.ts'
import type { Signer } from '../exchange/index.ts'
import type { HoldingStore } from '../holding/index.ts'
import type { Link } from '../link/index.ts'
import type { BlockRun, Manifest } from '../object/index.ts'
import type { DownloadCredentials } from '../swarm/credentials.ts'
import type { DownloadInit, DownloadProgressEvents } from '../swarm/download.ts'
import type { DownloadStatistics } from '../swarm/tally.ts'
import type { DownloadTarget } from '../swarm/target.ts'
import type { Wallet } from '../wallet/index.ts'
import type { AbortOptions, ComponentLogger, Libp2pEvents, Logger, PeerId, PeerInfo, PeerStore } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync } from 'node:sqlite'
import type { ProgressOptions } from 'progress-events'

/** Bytes that a sequential read fetches ahead of its reader. */
const READ_AHEAD_BYTES = 16 * 1024 * 1024

/** Blocks that it fetches ahead at least. */
const MIN_READ_AHEAD = 4

/** Of an object that is not encrypted. */
const NO_KEY = new Uint8Array(0)

const NOTHING_FETCHED: DownloadStatistics = { sources: [], fetched: 0, wasted: 0, hashBytes: 0, bad: 0, disputes: 0 }

export type ClientProgressEvents =
  CustomProgressEvent<{ name: string, size: number, server: PeerId }, 'mssl:get:authorized'> |
  CustomProgressEvent<PurchaseInfo, 'mssl:get:bought'> |
  CustomProgressEvent<{ have: number, checked: number }, 'mssl:get:resumed'> |
  DownloadProgressEvents

/** What blocks of an object of mode purchase may cost. */
export interface PurchaseConsent {
  /**
   * What is missing is bought when it costs so much at most, in whole units of the object's price. The bond, which is set
   * aside besides, does not count.
   *
   * @default nothing is bought without being confirmed
   */
  maxPrice?: number

  /**
   * Asked when something has to be bought that costs more than that.
   *
   * @default it is not bought
   */
  confirmPurchase? (purchase: PurchaseInfo): boolean | Promise<boolean>
}

export interface AuthorizeOptions extends Credentials, PurchaseConsent, AbortOptions, ProgressOptions<ClientProgressEvents> {}

export interface DownloadOptions extends AuthorizeOptions {
  /**
   * File or folder to write; an existing folder gets the object under its own name.
   *
   * @default the current folder
   */
  to?: string
}

export interface ReadOptions extends AuthorizeOptions {
  /**
   * First byte.
   *
   * @default 0
   */
  offset?: number

  /**
   * Bytes.
   *
   * @default up to the end
   */
  length?: number
}

export interface DownloadResult extends DownloadStatistics {
  id: CID
  name: string
  path: string
  /** Bytes */
  size: number
  /** Milliseconds */
  elapsed: number
  /** It was here already, in this place */
  copiedFrom?: string
  /** What was bought for this download, in whole units */
  paid?: Pick<PurchaseInfo, 'unit' | 'price' | 'bond'>
}

export interface ClientEvents {
  /** A provider broke the rules */
  'provider:dropped': CustomEvent<{ peer: PeerId, id: CID, reason: string }>
  /** A provider holds a certificate that contradicts ours */
  'server:conflict': CustomEvent<{ peer?: PeerId, evidence: string }>
}

export interface ClientComponents {
  database: DatabaseSync
  tickets: TicketKeeper
  certificates: Pins
  holdings: HoldingStore
  discovery: Discovery
  blocks: Pick<Blocks, 'openSession'>
  acks: Pick<Acks, 'openExchange' | 'recover' | 'complain'>
  /** Signs acknowledgements; absent when the identity's key is not of the kind that modes proof and purchase need */
  signer?: Signer
  /** Which coins were spent with whom */
  wallet: Pick<Wallet, 'spending'>
  peerStore: Pick<PeerStore, 'merge' | 'get'>
  events: TypedEventTarget<Libp2pEvents>
  peerId: PeerId
  logger: ComponentLogger
}

export type ClientInit = Pick<DownloadInit, 'maxProviders' | 'patience' | 'stallTimeout' | 'originGrace'>

/**
 * Gets objects: tickets from their server, blocks from whoever has them.
 */
export class MsslClient extends TypedEventEmitter<ClientEvents> {
  /** Who holds what, as far as this node has seen */
  readonly known: KnownProviders
  readonly #components: ClientComponents
  readonly #init: ClientInit
  readonly #log: Logger
  readonly #downloads = new Map<string, Download>()
  /** A recipient has one session per object with a provider, so transfers of one object follow each other. */
  readonly #turns = new Map<string, Promise<void>>()
  readonly #provided = new Map<string, () => void>()

  constructor (components: ClientComponents, init: ClientInit = {}) {
    super()

    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('mssl:client')
    this.known = new KnownProviders(components.database)
  }

  /** Ends what runs in the background. Downloads under way are ended by their signals. */
  stop (): void {
    this.#provided.forEach(end => { end() })
    this.#provided.clear()
    this.#components.tickets.stop()
    this.#components.discovery.stop()
    this.known.stop()
  }

  /**
   * Obtains a ticket and all that belongs to it, and keeps it for later. With mode purchase, the blocks that are missing
   * here are bought.
   *
   * @throws {InvalidParametersError} when this node is the server, and what `TicketKeeper.authorize` throws
   */
  async authorize (link: Link, options: AuthorizeOptions = {}): Promise<Grant> {
    return this.#authorize(link, options)
  }

  /**
   * Gets an object into a file or folder; goes on where an earlier run stopped. The object is provided to others
   * meanwhile and afterwards.
   *
   * @throws {UnreachableError | IntegrityError | FileExistsError | NoSpaceError | StorageError | AbortError} and what `authorize` throws
   */
  async download (link: Link, options: DownloadOptions = {}): Promise<DownloadResult> {
    const started = Date.now()
    const source = await this.#own(link, options) ?? await this.#bought(link, options) ??
      // what is complete and yet of no use has to come again
      await this.#authorized(link, options, manifest => this.#missing(link, manifest) ?? allBlocks(manifest))
    const { id, manifest: { name, size } } = source

    if (source instanceof Holding && source.role === 'client') {
      this.provide(source)
    }

    return this.#inTurn(id, options, async () => {
      const out = await outputPath(name, options)
      const { holding, statistics, paid } = source instanceof Holding ? { holding: source, statistics: NOTHING_FETCHED, paid: undefined } : await this.#fetch(link, source, out, options)
      // it may be in another place of this machine, from an earlier time
      const copiedFrom = await samePlace(holding.path, out) ? undefined : holding.path

      if (copiedFrom != null) {
        await copyTo(holding, out, options)
      }

      return { id, name, path: out, size, elapsed: Date.now() - started, ...statistics, copiedFrom, paid }
    })
  }

  /**
   * The bytes of an object, or a range of them, in order and verified. Nothing is written; a bounded number of blocks is
   * in memory. Ending the iteration ends the transfer.
   *
   * @throws {InvalidParametersError} when the range is not one of the object's, and what `download` throws
   */
  async * read (link: Link, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const own = await this.#own(link, options) ?? await this.#bought(link, options)

    if (own != null) {
      yield * readHeld(own, options)

      return
    }

    let nothing = false
    const grant = await this.#authorized(link, options, manifest => {
      const { first, count } = extentOf(manifest, options)
      nothing = count === 0

      return nothing ? undefined : { first, count }
    }).catch(err => {
      if (!nothing || err.name !== 'NotPaidError') {
        throw err
      }
    })

    if (grant == null) {
      return
    }

    const { id, manifest } = grant
    const { first, count, cut } = extentOf(manifest, options)
    const holding = this.#components.holdings.get(id)

    if (count === 0) {
      return
    }

    // with another server's key it may be other bytes
    if (holding?.complete === true && equals(holding.objectKey ?? NO_KEY, grant.objectKey ?? NO_KEY)) {
      yield * readHeld(holding, options)

      return
    }

    const turn = await this.#takeTurn(id, options)
    const stop = new AbortController()
    const signal = options.signal == null ? stop.signal : AbortSignal.any([options.signal, stop.signal])
    const target = new ReadTarget(grant)
    const transfer = this.#transfer(grant, target, {
      announce: false,
      order: 'sequential',
      range: { first, count },
      readAhead: Math.max(MIN_READ_AHEAD, Math.floor(READ_AHEAD_BYTES / manifest.blockSize))
    }, { ...options, signal }).catch(err => { target.fail(err) })

    try {
      for (let index = first; index < first + count; index++) {
        const plain = await target.take(index)
        this.#downloads.get(id.toString())?.moveTo(index + 1)
        yield * cut(plain, index)
      }
    } finally {
      stop.abort()
      await transfer
      turn()
    }
  }

  /**
   * Announces an object of this home to those who look for it, and keeps its server's revocation list fresh. As long as this node is connected to
   * the introducer, that is soon enough later.
   */
  provide (holding: Pick<Holding, 'id' | 'swarmSecret'>, introducer?: PeerId): void {
    const { discovery, tickets, events } = this.#components
    const { id } = holding
    const key = id.toString()

    if (!this.#provided.has(key)) {
      const issuer = tickets.stored(id)
      const unwatch = issuer == null ? undefined : tickets.watch(issuer)
      const onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
        if (introducer?.equals(detail) === true) {
          discovery.provide(holding)
        }
      }
      events.addEventListener('peer:disconnect', onDisconnect)
      discovery.provide(holding, { introduced: introducer != null })
      this.#provided.set(key, () => {
        events.removeEventListener('peer:disconnect', onDisconnect)
        unwatch?.()
        discovery.unprovide(holding)
      })
    }
  }

  unprovide (id: CID): void {
    this.#provided.get(id.toString())?.()
    this.#provided.delete(id.toString())
  }

  /** Somebody fetches an object from this node, or would if it were not turned away: a provider of it as well, or soon. */
  recipientSeen (id: CID, peer: PeerId, introduction: 'inbound' | 'turned-away'): void {
    this.#downloads.get(id.toString())?.addPeer({ id: peer, multiaddrs: [] }, introduction)

    // what is published here has no other source to remember
    if (this.#provided.has(id.toString())) {
      void this.#remember(id, peer)
    }
  }

  /** Whether an object is fetched from this peer at the moment; undefined when it is not fetched at all. */
  fetchesFrom (id: CID, peer: PeerId): boolean | undefined {
    return this.#downloads.get(id.toString())?.fetchesFrom(peer)
  }

  /** By default, the range of what is missing here. */
  async #authorize (link: Link, options: AuthorizeOptions, range: PaymentTerms['range'] = manifest => this.#missing(link, manifest)): Promise<Grant> {
    if (link.server.equals(this.#components.peerId)) {
      throw new InvalidParametersError('This node is the server of the link: it needs no permission')
    }

    const { token, jwt, maxPrice, confirmPurchase, signal, onProgress } = options

    if (maxPrice != null && (!Number.isSafeInteger(maxPrice) || maxPrice < 0)) {
      throw new InvalidParametersError(`maxPrice has to be a whole number from 0 to 2^53 - 1, not ${maxPrice}`)
    }

    const grant = await this.#components.tickets.authorize(link, { token, jwt }, { signal, payment: { maxPrice, confirm: confirmPurchase, range } })

    // when the object is got, the server may be gone
    grant.hints.forEach(peer => { this.known.seen(grant.id, peer.id, peer.multiaddrs) })

    if (grant.bought != null) {
      onProgress?.(new CustomProgressEvent('mssl:get:bought', grant.bought))
    }

    return grant
  }

  async #authorized (link: Link, options: AuthorizeOptions, range?: PaymentTerms['range']): Promise<Grant> {
    const notice = setTimeout(() => {
      options.onProgress?.(new CustomProgressEvent('mssl:get:warning', { message: `The server ${link.server} does not answer; waiting for it` }))
    }, WAITING_NOTICE)
    const { confirmPurchase } = options
    const asked: AuthorizeOptions = confirmPurchase == null
      ? options
      : {
          ...options,
          confirmPurchase: purchase => {
            // it has answered: now a person is waited for
            clearTimeout(notice)

            return confirmPurchase(purchase)
          }
        }
    const grant = await this.#authorize(link, asked, range).finally(() => { clearTimeout(notice) })
    const { manifest: { name, size }, server } = grant
    options.onProgress?.(new CustomProgressEvent('mssl:get:authorized', { name, size, server }))

    return grant
  }

  /**
   * An object that this node itself has published: there is no server to ask.
   *
   * @throws {NotHeldError} when it is published no more
   * @throws {SourceChangedError}
   */
  async #own ({ server, object }: Link, options: AbortOptions): Promise<Holding | undefined> {
    const { peerId, holdings } = this.#components

    return object != null && server.equals(peerId) ? holdings.open(object, options) : undefined
  }

  /**
   * An object of mode purchase that this home has got from the link's server: a ticket for it would be of no use, and might
   * cost money.
   */
  async #bought ({ object, fingerprint }: Link, options: AbortOptions): Promise<Holding | undefined> {
    const { holdings, tickets } = this.#components
    const known = object == null ? undefined : holdings.list().find(({ id }) => id.equals(object))
    const stored = object == null ? undefined : tickets.kept({ object, fingerprint })

    if (known?.mode !== 'purchase' || !known.complete || stored == null) {
      return
    }

    try {
      const holding = await holdings.open(known.id, options)

      // with another server's key it may be other bytes
      if (equals(holding.objectKey ?? NO_KEY, stored.objectKey ?? NO_KEY)) {
        return holding
      }
    } catch (err: any) {
      if (err.name !== 'SourceChangedError') {
        throw err
      }

      // its blocks have to come again
    }
  }

  /** What of an object is not in this home; undefined: nothing. */
  #missing ({ object }: Link, manifest: Manifest): BlockRun | undefined {
    const { holdings } = this.#components
    const known = holdings.list().find(({ id }) => object?.equals(id))

    return known == null ? allBlocks(manifest) : holdings.missing(known.id)
  }

  async #fetch (link: Link, grant: Grant, out: string, options: DownloadOptions): Promise<{ holding: Holding, statistics: DownloadStatistics, paid?: DownloadResult['paid'] }> {
    const holding = await this.#openHolding(grant, out, options)
    let statistics = NOTHING_FETCHED
    let paid = paidFor(grant)
    options.onProgress?.(new CustomProgressEvent('mssl:get:resumed', holding.resumed))
    this.provide(holding, grant.kept === true ? undefined : grant.server)

    if (!holding.complete) {
      try {
        const missing = holding.have.missing()

        if (grant.manifest.mode === Mode.PURCHASE && missing != null && !covers(grant.range, missing)) {
          // blocks that were thought to be here turned out not to be
          const maxPrice = options.maxPrice == null ? undefined : options.maxPrice - (paid?.price ?? 0)
          grant = await this.#authorize(link, { ...options, maxPrice }, () => missing)
          paid = paidFor(grant, paid)
        }

        statistics = await this.#transfer(grant, holding, {}, options)
        await holding.finish()
      } catch (err) {
        this.unprovide(grant.id)
        await holding.close()
        throw err
      }
    }

    return { holding, statistics, paid }
  }

  async #openHolding ({ id, manifestEnvelope, issuer, objectKey, swarmSecret }: Grant, out: string, options: AbortOptions): Promise<Holding> {
    const { holdings } = this.#components
    const known = holdings.list().some(record => record.id.equals(id))

    // better now than after hours
    if (!known && await lstat(out).then(() => true, () => false)) {
      throw new FileExistsError(out)
    }

    return holdings.openPartial({ id, manifestEnvelope, issuer, objectKey, swarmSecret, out }, options)
  }

  async #transfer (grant: Grant, target: DownloadTarget, init: Partial<DownloadInit>, options: AbortOptions & ProgressOptions<ClientProgressEvents>): Promise<DownloadStatistics> {
    const { tickets, discovery } = this.#components
    const { id, server, addresses } = grant
    checkAllowed(grant, target, init.range)
    const credentials = new GrantCredentials(grant, this.#components, err => {
      this.safeDispatchEvent('server:conflict', { detail: err })
    })
    const download = new Download(target, this.#components, {
      ...this.#init,
      ...init,
      credentials,
      exchange: this.#exchange(grant),
      findProviders: options => {
        // others who found nobody are looking for this node as well
        this.#provided.has(id.toString()) && discovery.provide(grant)

        return discovery.findProviders(grant, options)
      },
      onProvider: peer => { void this.#remember(id, peer) }
    })
    const onTicket = ({ detail }: CustomEvent<Grant>): void => {
      // the coins of another book would be noted as this one's; the ticket that is there is good until its end
      if (detail.id.equals(id) && (grant.manifest.mode !== Mode.PURCHASE || equals(detail.serial, grant.serial))) {
        credentials.ticket = detail.ticket
        download.renewed()
      }
    }
    const release = tickets.use(grant)
    tickets.addEventListener('ticket', onTicket)
    this.#downloads.set(id.toString(), download)
    download.addPeer({ id: server, multiaddrs: addresses }, 'server')
    grant.hints.forEach(peer => { download.addPeer(peer, 'hint') })
    this.known.list(id).forEach((peer: PeerInfo) => { download.addPeer(peer, 'remembered') })

    try {
      return await download.run({
        signal: options.signal,
        onProgress: (event: DownloadProgressEvents) => {
          if (event.type === 'mssl:get:dropped') {
            this.safeDispatchEvent('provider:dropped', { detail: { id, ...event.detail } })
          }

          options.onProgress?.(event)
        }
      })
    } finally {
      this.#downloads.delete(id.toString())
      tickets.removeEventListener('ticket', onTicket)
      release()
    }
  }

  /**
   * What the acknowledgements of a download need, with modes proof and purchase.
   *
   * @throws {UnsupportedOperationError}
   */
  #exchange ({ id, manifest, server, serial }: Grant): DownloadInit['exchange'] {
    const { acks, signer, wallet } = this.#components

    if (!isExchange(manifest.mode)) {
      return
    }

    if (signer == null) {
      throw new UnsupportedOperationError(`An object of mode ${serviceMode(manifest.mode)} can be fetched by nodes with an Ed25519 identity only`)
    }

    return {
      signer,
      conversation: async (provider, options) => acks.openExchange(provider, options),
      recover: async (recovery, options) => acks.recover(server, recovery, options),
      complain: async (complaint, options) => acks.complain(server, complaint, options),
      ...(manifest.mode === Mode.PURCHASE ? { spending: wallet.spending(serial, id), values: coinValues(manifest) } : {})
    }
  }

  async #remember (id: CID, peer: PeerId): Promise<void> {
    try {
      const { addresses } = await this.#components.peerStore.get(peer)
      this.known.seen(id, peer, addresses.map(({ multiaddr }) => multiaddr))
    } catch (err) {
      this.#log('no addresses of %p - %e', peer, err)
    }
  }

  async #inTurn <T> (id: CID, options: AbortOptions, work: () => Promise<T>): Promise<T> {
    const turn = await this.#takeTurn(id, options)

    try {
      return await work()
    } finally {
      turn()
    }
  }

  /** Waits for the transfers of this object that were begun before; call the function returned at the end. */
  async #takeTurn (id: CID, options: AbortOptions): Promise<() => void> {
    const key = id.toString()
    const before = this.#turns.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    const turn = Promise.resolve(before).then(async () => promise)
    this.#turns.set(key, turn)
    void turn.then(() => {
      if (this.#turns.get(key) === turn) {
        this.#turns.delete(key)
      }
    })

    try {
      await raceSignal(Promise.resolve(before), options.signal)
    } catch (err) {
      resolve()
      throw err
    }

    return resolve
  }
}

/** What a download opens its sessions with: the newest certificate and ticket. */
class GrantCredentials implements DownloadCredentials {
  ticket: Uint8Array
  readonly #grant: Grant
  readonly #components: Pick<ClientComponents, 'certificates' | 'tickets'>
  readonly #onConflict: (conflict: { peer: PeerId, evidence: string }) => void

  constructor (grant: Grant, components: Pick<ClientComponents, 'certificates' | 'tickets'>, onConflict: (conflict: { peer: PeerId, evidence: string }) => void) {
    this.ticket = grant.ticket
    this.#grant = grant
    this.#components = components
    this.#onConflict = onConflict
  }

  get certificate (): Uint8Array {
    return this.#components.certificates.trusted(this.#grant.issuer)?.envelope ?? new Uint8Array(0)
  }

  isServer (peer: PeerId): boolean {
    const nodes = this.#components.certificates.trusted(this.#grant.issuer)?.nodes ?? []

    return [this.#grant.server, ...nodes].some(node => node.equals(peer))
  }

  async renew (options: AbortOptions): Promise<void> {
    await this.#components.tickets.renew(this.#grant.id, options)
  }

  async consider (certificate: Uint8Array, peer: PeerId, options: AbortOptions): Promise<void> {
    try {
      await this.#components.certificates.consider(certificate, { fingerprint: this.#grant.issuer, ...options })
    } catch (err: any) {
      if (err.evidence != null) {
        this.#onConflict({ peer, evidence: err.evidence })
      }

      throw err
    }
  }
}

/** What was bought with a grant, and before. */
function paidFor ({ bought }: Grant, before?: DownloadResult['paid']): DownloadResult['paid'] {
  return bought == null ? before : { unit: bought.unit, price: bought.price + (before?.price ?? 0), bond: bought.bond + (before?.bond ?? 0) }
}

/** Where an object goes: an existing folder gets it under its own name. */
async function outputPath (name: string, { to = '.' }: DownloadOptions): Promise<string> {
  const path = resolve(to)
  const isFolder = await stat(path).then(stats => stats.isDirectory(), () => false)

  return isFolder ? join(path, name) : path
}

/** One path, or two that lead to the same file or folder. */
async function samePlace (a: string, b: string): Promise<boolean> {
  const [one, two] = await Promise.all([a, b].map(async path => stat(path).catch(() => undefined)))

  return a === b || (one != null && one.ino === two?.ino && one.dev === two.dev)
}

/** The part of an object that is read. */
interface Extent extends BlockRun {
  /** Cuts the pieces of a block to what of it belongs to the part */
  cut (plain: Uint8Array[], index: number): Uint8Array[]
}

/** @throws {InvalidParametersError} */
function extentOf ({ size, blockSize }: Manifest, { offset = 0, length = size - offset }: ReadOptions): Extent {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 0 || offset + length > size) {
    throw new InvalidParametersError(`The object has ${size} bytes: there are not ${length} from ${offset} on`)
  }

  const end = offset + length
  const first = Math.floor(offset / blockSize)

  return {
    first,
    count: length === 0 ? 0 : Math.ceil(end / blockSize) - first,
    cut: (plain, index) => slice(plain, index * blockSize, offset, end)
  }
}

/**
 * Blocks that the ticket does not allow would be asked for in vain, of one provider after the other.
 *
 * @throws {RefusedError}
 */
function checkAllowed ({ range }: Grant, { geometry, have }: DownloadTarget, { first, count } = { first: 0, count: geometry.blockCount }): void {
  if (range == null) {
    return
  }

  const end = range.first + range.count

  for (let index = first; index < first + count; index++) {
    if ((index < range.first || index >= end) && !have.has(index)) {
      throw new RefusedError(`The server allows this client only the blocks ${range.first} to ${end - 1} of the object`)
    }
  }
}

async function * readHeld (holding: Holding, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { first, count, cut } = extentOf(holding.manifest, options)

  for (let index = first; index < first + count; index++) {
    yield * cut([await holding.readPlain(index, options)], index)
  }
}

/** Cuts the pieces of a block that begins at `start` to what lies between two places of the object. */
function slice (plain: Uint8Array[], start: number, from: number, to: number): Uint8Array[] {
  const slices: Uint8Array[] = []

  for (const piece of plain) {
    const part = piece.subarray(Math.max(0, from - start), Math.max(0, to - start))
    start += piece.byteLength

    if (part.byteLength > 0) {
      slices.push(part)
    }
  }

  return slices
}
