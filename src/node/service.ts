import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { AbortError, InvalidParametersError, NotStartedError, serviceCapabilities, serviceDependencies, UnsupportedOperationError } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { equals } from 'uint8arrays/equals'
import { AckService } from '../../protocols/ack/index.ts'
import { acknowledgementWindow, BlockService, BlockStatus, RefusedError } from '../../protocols/block/index.ts'
import { TicketService } from '../../protocols/ticket/ticket.ts'
import { OpenBooksError, SqlBank } from '../bank/index.ts'
import { MsslClient, Pins, TicketKeeper } from '../client/index.ts'
import { Discovery } from '../discovery/index.ts'
import { escrowSecret, Exchanges, signer } from '../exchange/index.ts'
import { HoldingStore } from '../holding/index.ts'
import { Home } from '../home/index.ts'
import { SqlLedger } from '../ledger/index.ts'
import { parseLink, resolveWellKnown } from '../link/index.ts'
import { Encryption, HASH_CODES, HashDelivery, parseServiceMode } from '../object/index.ts'
import { Claimer, Receipts } from '../receipts/index.ts'
import { checkPolicy, Origin } from '../server/index.ts'
import { RECHECK_INTERVAL } from '../swarm/constants.ts'
import { Members } from '../swarm/members.ts'
import { SwarmProvision } from '../swarm/provision.ts'
import { signManifest } from '../ticket/index.ts'
import { Wallet } from '../wallet/index.ts'
import { registerMetrics } from './metrics.ts'
import { wallets } from './wallets.ts'
import type { AuthorizeOptions, DownloadOptions, DownloadResult, GrantInfo, HoldingInfo, Mssl, MsslEvents, MsslInit, Published, PublishOptions, ReadOptions, RecipientInfo, UnpublishOptions, WalletInfo, WalletOptions } from './mssl.ts'
import type { Acks, KeyRelease } from '../../protocols/ack/index.ts'
import type { Blocks, Provision } from '../../protocols/block/index.ts'
import type { Bank } from '../bank/index.ts'
import type { SessionExchange } from '../exchange/index.ts'
import type { AddPublishedInit, Holding, HoldingRecord } from '../holding/index.ts'
import type { HomeLock } from '../home/index.ts'
import type { Judge } from '../judge/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Link } from '../link/index.ts'
import type { ServiceMode } from '../object/index.ts'
import type { PaymentServer } from '../payments/index.ts'
import type { ClaimOptions, ClaimSummary, ReceiptInfo } from '../receipts/index.ts'
import type { ExchangeTerms } from '../swarm/provision.ts'
import type { RevocationList } from '../ticket/index.ts'
import type { AbortOptions, ComponentLogger, ContentRouting, Libp2pEvents, Logger, Metrics, PeerId, PeerStore, PrivateKey, Startable } from '@libp2p/interface'
import type { AddressManager, ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { TypedEventTarget } from 'main-event'
import type { CID } from 'multiformats/cid'

/** Milliseconds between two rounds of what a server's books need: records that are due, credit that ages. */
const BOOKS_INTERVAL = 60_000

/** Bytes that prices are usually for, if not for the whole object. */
const MIB = 2 ** 20

/** Milliseconds that a node which stops waits for the acknowledgements of its last blocks. */
const LAST_ACKNOWLEDGEMENTS_TIMEOUT = 1_000

/** Milliseconds that a node which stops gives its last claims. */
const LAST_CLAIM_TIMEOUT = 2_000

/** What the service needs of libp2p. */
export interface MsslComponents {
  peerId: PeerId
  privateKey: PrivateKey
  registrar: Registrar
  connectionManager: ConnectionManager
  addressManager: AddressManager
  contentRouting: ContentRouting
  peerStore: PeerStore
  events: TypedEventTarget<Libp2pEvents>
  logger: ComponentLogger
  metrics?: Metrics
}

/**
 * Where the parts of a node meet its protocols. Each function gets what an honest node has there, and returns what this one has: so
 * simulations and tests make nodes with one behaviour of their own. By default nothing is changed.
 */
export interface Seams {
  /** What recipients of blocks meet */
  provision? (honest: Provision): Provision
  /** What is answered to acknowledgements */
  keys? (honest: KeyRelease): KeyRelease
  /** How blocks are asked for */
  blocks? (honest: Pick<Blocks, 'openSession'>): Pick<Blocks, 'openSession'>
  /** How acknowledgements are presented, and disputes */
  acks? (honest: Pick<Acks, 'openExchange' | 'recover' | 'complain'>): Pick<Acks, 'openExchange' | 'recover' | 'complain'>
  /** How claims are submitted */
  claims? (honest: Pick<Acks, 'openClaims'>): Pick<Acks, 'openClaims'>
}

/** What there is between start and stop. */
interface Running {
  home: Home
  lock: HomeLock
  holdings: HoldingStore
  pins: Pins
  origin: Origin
  keeper: TicketKeeper
  client: MsslClient
  ledger: SqlLedger
  bank: SqlBank
  wallet: Wallet
  receipts: Receipts
  exchanges: Exchanges
  /** Absent when the identity's key is not of the kind that mode proof needs */
  claimer?: Claimer
  /** With a server's books: from when it is one */
  judge?: Judge
  payments?: PaymentServer
  timers: NodeJS.Timeout[]
  /** A round of the books that is under way */
  books?: Promise<void>
  /** Work under way, which is ended and waited for when the node stops */
  tasks: Set<Promise<unknown>>
  stopping: AbortController
}

/**
 * The composition root: everything that mSSL is made of meets here and nowhere else.
 */
export class MsslService extends TypedEventEmitter<MsslEvents> implements Mssl, Startable {
  readonly [Symbol.toStringTag] = 'mssl'
  readonly [serviceCapabilities]: string[] = ['mssl']
  readonly [serviceDependencies]: string[] = ['@libp2p/identify', '@libp2p/content-routing']

  readonly #components: MsslComponents
  readonly #init: MsslInit
  readonly #seams: Seams
  readonly #log: Logger
  readonly #tickets: TicketService
  readonly #blocks: BlockService
  readonly #acks: AckService
  readonly #discovery: Discovery
  readonly #members: Members
  readonly #provision: SwarmProvision
  /** Objects of this node's own that are served: they enter when it is settled who may have them */
  readonly #served = new Map<string, Holding>()
  /** With an own server: what it derives with mode proof */
  #escrowRoot?: Uint8Array
  /** This server's own list, as another process may have changed it */
  #ownRevocations?: RevocationList
  /** Files of evidence that were told of, as many as `Pins` keeps */
  readonly #conflicts = new Set<string>()
  #running?: Running
  #stop?: Promise<void>

  constructor (components: MsslComponents, init: MsslInit = {}, seams: Seams = {}) {
    super()

    this.#components = components
    this.#init = init
    this.#seams = seams
    this.#log = components.logger.forComponent('mssl')
    this.#tickets = new TicketService(components)
    this.#blocks = new BlockService(components, { uploadLimit: init.uploadLimit, uploadLimitPerPeer: init.uploadLimitPerPeer })
    this.#acks = new AckService(components)
    this.#discovery = new Discovery(components)
    this.#members = new Members(components)
    this.#provision = new SwarmProvision({
      holding: id => this.#provided(id),
      certificates: {
        trusted: fingerprint => this.#started.pins.trusted(fingerprint),
        consider: async (envelope, options) => this.#started.pins.consider(envelope, options).catch(err => {
          // any stranger can show the same contradiction as often as it likes
          if (err.evidence != null && !this.#conflicts.has(err.evidence)) {
            this.#conflicts.add(err.evidence)
            this.safeDispatchEvent('server:conflict', { detail: { evidence: err.evidence } })
          }

          throw err
        })
      },
      revocations: fingerprint => this.#revocations(fingerprint),
      peers: (id, recipient) => this.#members.others(id, recipient),
      recipientSeen: (id, recipient) => {
        this.#memberSeen(id, recipient, 'inbound')
        this.safeDispatchEvent('recipient:join', { detail: { id, peer: recipient } })
      },
      recipientTurnedAway: (id, recipient) => { this.#memberSeen(id, recipient, 'turned-away') },
      fetchesFrom: (id, peer) => this.#running?.client.fetchesFrom(id, peer),
      recipientLeft: (id, recipient, bytes) => {
        this.safeDispatchEvent('recipient:leave', { detail: { id, peer: recipient, bytes } })
      },
      exchange: (id, terms) => this.#exchange(id, terms),
      logger: components.logger
    })
    this.#blocks.provision = seams.provision?.(this.#provision) ?? this.#provision
    registerMetrics(this, () => this.#running == null ? [] : this.list().filter(({ provided }) => provided), components.metrics)
  }

  async start (): Promise<void> {
    const { peerId, privateKey, peerStore, logger, addressManager } = this.#components
    const home = await Home.open(this.#init.home)
    const lock = home.lock()

    try {
      const database = home.database()
      const holdings = new HoldingStore(home)
      const pins = await Pins.open(home)
      const ledger = new SqlLedger(database, this.#init.credit)
      const bank: SqlBank = new SqlBank(database, {
        self: peerId,
        policy: this.#init.bank,
        onDoubleSpend: client => { origin.bar(client) },
        onShort: (client, object) => { origin.recall(client, object) }
      })
      const origin = new Origin({
        home,
        database,
        self: peerId,
        published: id => this.#served.get(id.toString()),
        addresses: () => addressManager.getAddresses(),
        hints: (id, client) => {
          // with its first block it would be too late for those who come at the same time: each would know of nobody
          this.#members.seen(id, client)

          return this.#members.others(id, client)
        },
        escrowRoot: async () => home.secret('escrow'),
        standing: client => {
          ledger.open(client)

          return ledger.standing(client)
        },
        bank,
        logger
      }, {
        name: this.#init.name ?? hostname(),
        ticketLifetime: this.#init.ticketLifetime,
        policy: this.#init.policy,
        authorize: this.#init.authorize
      })
      const keeper = await TicketKeeper.open({
        peerId,
        peerStore,
        logger,
        database,
        tickets: this.#tickets,
        certificates: pins
      }, {
        revocationInterval: this.#init.revocationInterval
      })
      const receipts = Receipts.open(home)
      const wallet = Wallet.open(home)
      // with an identity of another kind there is no mode proof
      const signs = privateKey.type === 'Ed25519' ? signer(privateKey) : undefined
      const claims = this.#seams.claims?.(this.#acks) ?? this.#acks
      const claimer = signs == null
        ? undefined
        : new Claimer({
          receipts,
          signer: signs,
          openClaims: async (server, options) => claims.openClaims(server, options),
          grantOf: object => keeper.stored(object),
          local: object => this.#served.has(object.toString()) ? this.#running?.judge : undefined,
          peerStore,
          logger
        }, { interval: this.#init.claimInterval })
      const client = new MsslClient({
        peerId,
        peerStore,
        logger,
        database,
        tickets: keeper,
        blocks: this.#seams.blocks?.(this.#blocks) ?? this.#blocks,
        acks: this.#seams.acks?.(this.#acks) ?? this.#acks,
        signer: signs,
        certificates: pins,
        holdings,
        wallet,
        discovery: this.#discovery,
        events: this.#components.events
      }, {
        maxProviders: this.#init.maxProviders
      })
      client.addEventListener('server:conflict', ({ detail }) => this.safeDispatchEvent('server:conflict', { detail }))
      client.addEventListener('provider:dropped', ({ detail }) => this.safeDispatchEvent('provider:dropped', { detail }))
      keeper.addEventListener('revocations', () => { this.#provision.recheck() })
      const timers = [
        setInterval(() => { void this.#recheck() }, RECHECK_INTERVAL).unref(),
        setInterval(() => { this.#keepBooks() }, this.#init.booksInterval ?? BOOKS_INTERVAL).unref()
      ]
      const exchanges = new Exchanges({ receipts, escrowSecret: object => this.#escrowSecret(object), logger })
      this.#running = { home, lock, holdings, pins, origin, keeper, client, ledger, bank, wallet, receipts, claimer, exchanges, timers, tasks: new Set(), stopping: new AbortController() }

      if (origin.isServer()) {
        // its books go on, whatever it serves today
        await this.#beJudge()
      }

      this.#tickets.authority = origin
      this.#acks.keys = this.#seams.keys?.(exchanges) ?? exchanges
      this.#members.start()
      await this.#tickets.start()
      await this.#acks.start()
      await this.#blocks.start()
      claimer?.start()
      this.#running.payments = await this.#takePayments(bank)
      // what a crash left is finished
      this.#keepBooks()
    } catch (err) {
      await this.stop()
      home.close()
      lock.release()
      throw err
    }
  }

  /** Ends all that is under way, with an AbortError for whoever waits for it. */
  async stop (): Promise<void> {
    if (this.#running != null) {
      this.#stop ??= this.#end(this.#running).finally(() => { this.#stop = undefined })
      await this.#stop
    }
  }

  async #end (running: Running): Promise<void> {
    running.timers.forEach(timer => { clearInterval(timer) })
    running.stopping.abort(new AbortError('The node was stopped'))
    this.#members.stop()
    running.client.stop()
    await Promise.allSettled([...running.tasks, running.payments?.stop()])
    await Promise.all([this.#tickets.stop(), this.#blocks.stop()])
    // recipients have heard that there will be no more blocks, and acknowledge those that they got
    await running.exchanges.settled({ signal: AbortSignal.timeout(LAST_ACKNOWLEDGEMENTS_TIMEOUT) }).catch(() => {})
    running.exchanges.stop()
    await running.claimer?.stop({ signal: AbortSignal.timeout(LAST_CLAIM_TIMEOUT) })
    await this.#acks.stop()
    await running.books
    await running.holdings.close()
    running.receipts.close()
    running.wallet.close()
    this.#served.clear()
    this.#running = undefined
    running.home.close()
    running.lock.release()
  }

  async publish (path: string, options: PublishOptions = {}): Promise<Published> {
    return this.#task(options, async options => this.#publish(path, options))
  }

  async #publish (path: string, options: PublishOptions): Promise<Published> {
    const { origin, holdings } = this.#started

    if (options.policy != null) {
      // better now than after hours
      checkPolicy(options.policy)
    }

    const { key, certificate } = await origin.identity()
    await this.#beServer()

    const before = holdings.list().findLast(record => record.role === 'origin' && record.path === resolve(path))
    const mode = options.mode ?? before?.mode ?? 'plain'
    const price = this.#price(mode, options, before)

    const { holding, reused } = await holdings.addPublished({
      path,
      name: options.name,
      blockSize: options.blockSize,
      hash: HASH_CODES[options.hash ?? 'sha2-256'],
      encryption: options.encryption === 'none' ? Encryption.NONE : Encryption.OBJECT_KEY,
      delivery: options.delivery === 'super-block' ? HashDelivery.SUPER_BLOCK : HashDelivery.PER_BLOCK,
      mode: parseServiceMode(mode),
      price,
      issuer: certificate.fingerprint,
      sign: async payload => signManifest(payload, key),
      settle: (id, earlier) => { origin.settlePolicy(id, { policy: options.policy, earlier }) }
    }, options)

    for (const { id } of this.#served.values()) {
      // what was replaced is closed
      if (holdings.get(id) == null) {
        this.#withdraw(id)
      }
    }

    this.#serve(holding)

    return {
      id: holding.id,
      name: holding.manifest.name,
      size: holding.geometry.size,
      blockSize: holding.geometry.blockSize,
      blockCount: holding.geometry.blockCount,
      path: holding.path,
      link: await origin.link(holding.id),
      mode,
      price: holding.manifest.price,
      reused
    }
  }

  async unpublish (id: CID, { force = false }: UnpublishOptions = {}): Promise<void> {
    const { count, redeemUntil } = this.#started.bank.openBooks(id)

    if (count > 0 && !force) {
      throw new OpenBooksError(`${count === 1 ? 'A coin book of it is' : `${count} coin books of it are`} open until ${new Date(redeemUntil).toISOString()}: without it, clients who have sold its blocks cannot be paid`)
    }

    this.#withdraw(id)
    await this.#started.holdings.remove(id)
  }

  async link (id: CID): Promise<string> {
    return this.#started.origin.link(id)
  }

  async get (link: string | Link, options: DownloadOptions = {}): Promise<DownloadResult> {
    return this.#task(options, async options => this.#started.client.download(await toLink(link, options), options))
  }

  async * read (link: string | Link, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { client, stopping } = this.#started
    const until = untilStopped(stopping, options)
    yield * client.read(await toLink(link, until), until)
  }

  async authorize (link: string | Link, options: AuthorizeOptions = {}): Promise<GrantInfo> {
    const { id, manifest: { name, size }, server, notAfter } = await this.#task(options, async options => this.#started.client.authorize(await toLink(link, options), options))

    return { id, name, size, server, notAfter }
  }

  async provide (id?: CID, options: AbortOptions = {}): Promise<HoldingInfo[]> {
    return this.#task(options, async options => this.#provide(id, options))
  }

  async #provide (id: CID | undefined, options: AbortOptions): Promise<HoldingInfo[]> {
    const { holdings, client } = this.#started
    const records = holdings.list().filter(record => id == null || record.id.equals(id))

    if (records.some(({ role }) => role === 'origin')) {
      await this.#beServer()
    }

    for (const record of records) {
      try {
        const holding = await holdings.open(record.id, options)
        holding.role === 'origin' ? this.#serve(holding) : client.provide(holding)
      } catch (err: any) {
        options.signal?.throwIfAborted()
        this.#log.error('%s cannot be served - %e', record.path, err)
        this.safeDispatchEvent('holding:changed', { detail: { id: record.id, path: record.path, reason: err.message } })
      }
    }

    return records.map(record => this.#info(record)).filter(({ provided }) => provided)
  }

  list (): HoldingInfo[] {
    return this.#started.holdings.list().map(record => this.#info(record))
  }

  recipients (): RecipientInfo[] {
    return this.#provision.recipients()
  }

  receipts (): ReceiptInfo[] {
    return this.#started.receipts.list()
  }

  async claim (options: ClaimOptions = {}): Promise<ClaimSummary> {
    const { claimer } = this.#started

    if (claimer == null) {
      throw new UnsupportedOperationError('A node without an Ed25519 identity has nothing to claim')
    }

    return this.#task(options, async options => {
      await this.#openClaimed(options)

      return claimer.claimNow(options)
    })
  }

  /** Serves what this node itself has published and others have acknowledged: its own judge needs it. */
  async #openClaimed (options: AbortOptions): Promise<void> {
    const { holdings, receipts } = this.#started
    const claimed = new Set(receipts.pending().map(({ object }) => object.toString()))

    for (const { id, role } of holdings.list()) {
      if (role === 'origin' && claimed.has(id.toString()) && !this.#served.has(id.toString())) {
        await this.#provide(id, options)
      }
    }
  }

  get ledger (): Ledger {
    return this.#started.ledger
  }

  get bank (): Bank {
    return this.#started.bank
  }

  async wallet (options: WalletOptions = {}): Promise<WalletInfo[]> {
    const { peerStore, peerId } = this.#components
    const { keeper, pins, wallet } = this.#started

    return this.#task(options, async ({ link, ...options }) => wallets({ keeper, pins, wallet, peerStore, peerId }, {
      ...options,
      link: link == null ? undefined : await toLink(link, options)
    }))
  }

  get #started (): Running {
    if (this.#running == null) {
      throw new NotStartedError('The mSSL service is not started')
    }

    return this.#running
  }

  async #task <T, O extends AbortOptions> (options: O, work: (options: O) => Promise<T>): Promise<T> {
    const { tasks, stopping } = this.#started
    const task = work(untilStopped(stopping, options))
    tasks.add(task)

    try {
      return await task
    } finally {
      tasks.delete(task)
    }
  }

  #info (record: HoldingRecord): HoldingInfo {
    return { ...record, provided: this.#provided(record.id) != null }
  }

  /** What this node's own server says is what its provider side goes by. From now on it also judges. */
  async #beServer (): Promise<void> {
    const { origin, pins } = this.#started
    const certificate = await origin.certificate()
    await pins.consider(certificate.envelope, { server: this.#components.peerId })
    this.#ownRevocations = await origin.revocations()

    await this.#beJudge()
  }

  /** From now on what is claimed and disputed is judged here, and the books are kept. */
  async #beJudge (): Promise<void> {
    const running = this.#started
    const { origin, home, ledger, bank } = running
    // clients start without it
    const { Judge } = await import('../judge/index.ts')

    if (running.judge == null) {
      this.#escrowRoot = await home.secret('escrow')
      running.judge = new Judge({
        root: this.#escrowRoot,
        self: this.#components.peerId,
        database: home.database(),
        ledger,
        bank,
        identity: async () => origin.identity(),
        object: id => this.#judged(id),
        evidenceFolder: home.join('evidence'),
        onConviction: ({ peer, kind, file }) => {
          this.safeDispatchEvent('peer:convicted', { detail: { peer, kind, evidence: file == null ? undefined : home.join('evidence', file) } })
        },
        logger: this.#components.logger
      }, { auditRate: this.#init.auditRate })
      this.#acks.arbiter = running.judge
    }
  }

  /**
   * An object that this node has published, for its judge: whoever provided it before another price, for example, took its
   * place has to get what it earned. One that is not served is opened when it is needed, and there for the next claim.
   */
  #judged (id: CID): Holding | undefined {
    const holdings = this.#running?.holdings
    const holding = this.#served.get(id.toString()) ?? holdings?.get(id)

    if (holding == null && holdings?.list().some(record => record.role === 'origin' && record.id.equals(id)) === true) {
      void this.#task({}, async options => holdings.open(id, options)).catch(err => { this.#log('%c cannot be opened for claims - %e', id, err) })
    }

    return holding?.role === 'origin' ? holding : undefined
  }

  /** What the block keys of the sessions that this node provides are derived from. */
  #escrowSecret (object: CID): Uint8Array | undefined {
    return this.#escrowRoot != null && this.#served.has(object.toString())
      ? escrowSecret(this.#escrowRoot, this.#components.peerId.toMultihash().bytes)
      : this.#started.keeper.stored(object)?.escrowSecret
  }

  #exchange (object: CID, terms: ExchangeTerms): SessionExchange {
    const secret = this.#escrowSecret(object)
    const holding = this.#provided(object)

    if (secret == null || holding == null) {
      throw new RefusedError(BlockStatus.BLOCK_MODE_UNSUPPORTED, 'the object cannot be had from here in this mode')
    }

    const { geometry } = holding

    return this.#started.exchanges.open({
      ...terms,
      object,
      provider: this.#components.peerId,
      escrowSecret: secret,
      cap: Math.min(acknowledgementWindow(geometry), this.#init.acknowledgementWindow ?? Infinity),
      blockSize: geometry.blockSize
    })
  }

  /** One round; none while there is one. */
  #keepBooks (): void {
    const running = this.#started

    running.books ??= this.#round(running).catch(err => {
      this.#log.error('the books could not be kept - %e', err)
    }).finally(() => { running.books = undefined })
  }

  async #round ({ judge, ledger }: Running): Promise<void> {
    await judge?.sweep()
    ledger.age()
  }

  #revocations (fingerprint: Uint8Array): RevocationList | undefined {
    const { pins, keeper } = this.#started
    const own = this.#ownRevocations
    const current = pins.trusted(fingerprint)?.fingerprint

    return own != null && current != null && equals(own.issuer, current) ? own : keeper.revocations(fingerprint)
  }

  async #recheck (): Promise<void> {
    try {
      if (this.#ownRevocations != null) {
        await this.#beServer()
      }
    } catch (err) {
      this.#log.error('could not read the revocation list - %e', err)
    }

    this.#provision.recheck()
  }

  /** What peers with a ticket can have from this node: what it got from others, and what it serves of its own. */
  #provided (id: CID): Holding | undefined {
    const holding = this.#running?.holdings.get(id)

    return holding?.role === 'client' ? holding : this.#served.get(id.toString())
  }

  #memberSeen (id: CID, peer: PeerId, introduction: 'inbound' | 'turned-away'): void {
    this.#members.seen(id, peer)
    this.#started.client.recipientSeen(id, peer, introduction)
  }

  /** From now on, whoever the policy admits is served. */
  #serve (holding: Holding): void {
    if (this.#served.get(holding.id.toString()) === holding) {
      return
    }

    this.#served.set(holding.id.toString(), holding)
    this.#discovery.provide(holding, { introduced: true })
    holding.addEventListener('changed', ({ detail }) => {
      this.#withdraw(holding.id)
      this.safeDispatchEvent('holding:changed', { detail: { id: holding.id, path: holding.path, reason: detail.message } })
    }, { once: true })
  }

  /**
   * What an object costs that is about to be published.
   *
   * @throws {InvalidParametersError}
   */
  #price (mode: ServiceMode, { price }: PublishOptions, before?: HoldingRecord): AddPublishedInit['price'] {
    if (mode !== 'purchase') {
      if (price != null) {
        throw new InvalidParametersError('Only what is served in mode purchase has a price')
      }

      return
    }

    const { unit } = this.#started.bank.policy

    if (price != null) {
      return { amount: price.amount, per: price.per, unit }
    }

    if (before?.price == null) {
      throw new InvalidParametersError('What is served in mode purchase needs a price')
    }

    const { amount, per } = before.price

    // what the whole object cost is what it costs, however long it is now
    return { amount, per: per === before.size && per !== MIB ? undefined : per, unit }
  }

  async #takePayments (bank: Bank): Promise<PaymentServer | undefined> {
    if (this.#init.payments != null) {
      // brings an HTTP server with it
      const { PaymentServer } = await import('../payments/index.ts')

      return PaymentServer.listen(bank, this.#init.payments, { logger: this.#components.logger })
    }
  }

  #withdraw (id: CID): void {
    const holding = this.#served.get(id.toString())

    if (holding != null) {
      this.#served.delete(id.toString())
      this.#discovery.unprovide(holding)
    }
  }
}

function untilStopped <O extends AbortOptions> ({ signal }: AbortController, options: O): O {
  return { ...options, signal: options.signal == null ? signal : AbortSignal.any([signal, options.signal]) }
}

async function toLink (link: string | Link, options: AbortOptions): Promise<Link> {
  if (typeof link !== 'string') {
    return link
  }

  return link.startsWith('https:') ? resolveWellKnown(link, options) : parseLink(link)
}

/**
 * The mSSL service for a libp2p node of your own, which has to have `identify` and a content routing such as `kadDHT`.
 *
 * @example
 *
 * ```TypeScript
 * import { createLibp2p } from 'libp2p'
 * import { mssl } from 'mssl'
 *
 * const node = await createLibp2p({
 *   // transports, connectionEncrypters, streamMuxers …
 *   services: {
 *     // identify, ping, dht …
 *     mssl: mssl({ home: './state' })
 *   }
 * })
 * ```
 */
export function mssl (init: MsslInit = {}): (components: MsslComponents) => Mssl {
  return components => new MsslService(components, init)
}
