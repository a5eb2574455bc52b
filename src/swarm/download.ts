import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import * as Digest from 'multiformats/hashes/digest'
import { CustomProgressEvent } from 'progress-events'
import { raceSignal } from 'race-signal'
import { MAX_REQUESTS_PER_MESSAGE } from '../../protocols/block/constants.ts'
import { BlockStatus } from '../../protocols/block/index.ts'
import { Bitfield } from '../object/bitfield.ts'
import { giveBack } from '../object/give-back.ts'
import { HashDelivery } from '../object/manifest.ts'
import { openPublished } from './arriving-block.ts'
import { Candidates } from './candidates.ts'
import {
  ALONE_AFTER, CHOSEN_PROVIDERS, DUPLICATE_AFTER, DUPLICATE_SEALED_AFTER, FIRST_PROVIDERS, LAGGARD_AFTER, LAGGARD_FACTOR, LATE_PROVIDER_INTERVAL, LOOKUP_INTERVAL, LOOKUP_TIMEOUT, MAX_BACKOFF, MAX_DOUBLINGS, MAX_PARKED_BYTES, MAX_PROVIDERS, MAX_UNWRITTEN_BYTES, NOT_FOUND_ANSWERS,
  MAX_LOCKED_BYTES, OPEN_TIMEOUT, ORIGIN_GRACE, ORIGIN_PATIENCE, PATIENCE, PAYEE_GRACE, PROVIDER_INTERVAL, RECONNECT_PATIENCE, REPLACE_INTERVAL, SETTLE_TIMEOUT, SLOW_PART, SNUB_TIMEOUT, STALL_TIMEOUT, TICK, URGENT_LOOKUP_INTERVAL, WAITING_NOTICE
} from './constants.ts'
import { IntegrityError, UnreachableError } from './errors.ts'
import { PathPlanner } from './path-planner.ts'
import { Picker } from './picker.ts'
import { Provider } from './provider.ts'
import { slowest } from './request-window.ts'
import { Tally } from './tally.ts'
import type { ArrivingBlock } from './arriving-block.ts'
import type { Candidate, Introduction } from './candidates.ts'
import type { DownloadCredentials } from './credentials.ts'
import type { Judged } from './path-planner.ts'
import type { ArrivedBlock, DownloadExchange, ProviderEvents } from './provider.ts'
import type { DownloadStatistics, DownloadStatus } from './tally.ts'
import type { DownloadTarget } from './target.ts'
import type { Ruling } from '../../protocols/ack/index.ts'
import type { BlockPeer, BlockRange, BlockRequest, Blocks } from '../../protocols/block/index.ts'
import type { KnownNode } from '../object/merkle.ts'
import type { Spending } from '../wallet/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, PeerInfo, PeerStore } from '@libp2p/interface'
import type { ProgressOptions } from 'progress-events'

/** Bytes per millisecond below which another provider is asked for the super-block as well. */
const SLOWEST_LEAVES = 256

/** Bytes per second that are expected of a provider whose rate is not known. */
const SLOWEST_RATE = 64 * 1024

export type DownloadProgressEvents =
  CustomProgressEvent<DownloadStatus, 'mssl:get:progress'> |
  CustomProgressEvent<{ peer: PeerId, reason: string }, 'mssl:get:dropped'> |
  CustomProgressEvent<{ message: string }, 'mssl:get:warning'>

export interface DownloadComponents {
  blocks: Pick<Blocks, 'openSession'>
  peerStore: Pick<PeerStore, 'merge'>
  peerId: PeerId
  logger: ComponentLogger
}

export interface DownloadInit {
  credentials: DownloadCredentials

  /** Needed with mode proof and mode purchase */
  exchange?: DownloadExchange

  /**
   * Looks for providers; called again and again.
   *
   * @default nowhere
   */
  findProviders? (options: AbortOptions): AsyncIterable<PeerInfo>

  /** A provider delivered its first block. */
  onProvider? (peer: PeerId): void

  /**
   * The blocks wanted.
   *
   * @default all
   */
  range?: BlockRange

  /** @default 'rarest' */
  order?: 'rarest' | 'sequential'

  /**
   * Blocks ahead of the reader, with order sequential.
   *
   * @default 64
   */
  readAhead?: number

  /**
   * Tell providers which blocks are here, because they are kept.
   *
   * @default true
   */
  announce?: boolean

  /**
   * Providers at once.
   *
   * @default 20
   */
  maxProviders?: number

  /**
   * Milliseconds without a provider after which to give up.
   *
   * @default 20_000, or 60_000 once there was one
   */
  patience?: number

  /**
   * Milliseconds without a byte after which others are asked for what a provider owes.
   *
   * @default 2_000
   */
  stallTimeout?: number

  /**
   * Milliseconds that the origin is left alone with what it did not offer.
   *
   * @default 2_000
   */
  originGrace?: number

  /**
   * Numbers in [0, 1).
   *
   * @default Math.random
   */
  random?(): number
}

/**
 * Fetches the blocks of one object from many providers at once.
 */
export class Download implements ProviderEvents {
  readonly #target: DownloadTarget
  readonly #components: DownloadComponents
  readonly #init: DownloadInit
  readonly #log: Logger
  readonly #picker: Picker
  readonly #planner: PathPlanner<ArrivedBlock>
  readonly #candidates: Candidates
  /** With an open session */
  readonly #providers = new Set<Provider>()
  /** With mode proof: sessions that are over, and what came in them is not all unlocked */
  readonly #settling = new Set<Provider>()
  readonly #disputes = new Set<Promise<void>>()
  readonly #opening = new Set<Candidate>()
  readonly #tally: Tally
  /** Verified; written, or about to be */
  readonly #verified: Bitfield
  readonly #done = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  #onProgress: NonNullable<ProgressOptions<DownloadProgressEvents>['onProgress']> = () => {}
  #started = false
  /** The super-block has to come first. */
  #leavesMissing: boolean
  /** Nothing is acknowledged any more. */
  #over = false
  #parkedBytes = 0
  #unwritten = 0
  #paused = false
  #renewing?: Promise<void>
  /** Times, of `performance.now()` */
  #began = 0
  #lastBlock = 0
  /** When a peer that is no origin last delivered, or joined */
  #lastPeerBlock = -Infinity
  /** When a peer came by a block that none had, and how long that takes, smoothed */
  #lastNews = 0
  #newsInterval = 0
  /** Times in a row that we were told that a provider has no place for us */
  #turnedAway = 0
  /** When the next provider of our choice may be asked */
  #nextChoice = -Infinity
  #lastProvider = 0
  #lastLookup = 0
  #lastReplace = 0
  /** Why providers refused us, if that is what keeps us from finishing */
  #refusal?: Error
  /** Why the server gives no new ticket: waiting does not help */
  #denial?: Error
  /** Those who said that they do not have the object */
  readonly #without = new Set<Candidate>()
  #lookingUp = false
  /** It was said what is being waited for */
  #noticed = false

  constructor (target: DownloadTarget, components: DownloadComponents, init: DownloadInit) {
    const { have, geometry, manifest, tree } = target
    this.#target = target
    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('mssl:download')
    const spending = init.exchange?.spending
    this.#picker = new Picker({
      have,
      range: init.range,
      order: init.order,
      readAhead: init.readAhead,
      random: init.random,
      bound: spending == null ? undefined : index => spending.payee(index) != null
    })
    this.#planner = new PathPlanner(tree)
    this.#candidates = new Candidates(init.random)
    this.#tally = new Tally(have, geometry, init.exchange?.values)
    this.#verified = Bitfield.from(have.bytes, geometry.blockCount)
    this.#leavesMissing = manifest.delivery === HashDelivery.SUPER_BLOCK && !tree.complete
    this.#done.promise.catch(() => {})
  }

  /**
   * Runs until every block wanted is written. What is written stays when it fails.
   *
   * @throws {Error} UnreachableError when there was no provider for too long; IntegrityError when every provider there was sent
   * false blocks; the server's refusal when that is the reason; AbortError; what `target.write` throws
   */
  async run (options: AbortOptions & ProgressOptions<DownloadProgressEvents> = {}): Promise<DownloadStatistics> {
    this.#onProgress = options.onProgress ?? this.#onProgress
    const now = performance.now()
    this.#tally.start(now)
    this.#began = this.#lastBlock = this.#lastNews = this.#lastProvider = this.#lastReplace = now
    // not before it is known that there is nobody else
    this.#lastLookup = now + ALONE_AFTER - URGENT_LOOKUP_INTERVAL
    this.#started = true
    const timer = setInterval(() => { this.#tick() }, TICK)

    try {
      options.signal?.throwIfAborted()
      this.#finishIfDone()
      this.#tick()
      await raceSignal(this.#done.promise, options.signal)
    } finally {
      clearInterval(timer)
      this.#stopping.abort()
      this.#started = false
      this.#providers.forEach(provider => { provider.close() })
      await this.#settle()
      // the next download of the object has to know all that was spent
      this.#over = true
    }

    this.#onProgress(new CustomProgressEvent('mssl:get:progress', this.status))

    return this.statistics
  }

  get status (): DownloadStatus {
    const { id, manifest } = this.#target

    return {
      id,
      name: manifest.name,
      size: manifest.size,
      ...this.#tally.status,
      providers: this.#providers.size
    }
  }

  get statistics (): DownloadStatistics {
    return this.#tally.statistics
  }

  /** Somebody may have blocks of the object. */
  addPeer (info: PeerInfo, introduction: Introduction): void {
    if (info.id.equals(this.#components.peerId)) {
      return
    }

    const how = this.#init.credentials.isServer(info.id) ? 'server' : introduction

    if (this.#candidates.add(info.id, info.multiaddrs, how)) {
      this.#fill(performance.now())
    }
  }

  /** Is there a session with this provider, or about to be? */
  fetchesFrom (peer: PeerId): boolean {
    const { state } = this.#candidates.find(peer) ?? {}

    return state === 'open' || state === 'opening'
  }

  /** There is a new ticket: whoever serves us learns of it. */
  renewed (): void {
    for (const provider of this.#providers) {
      provider.heldUntil = 0

      if (!provider.exchange) {
        provider.session.renew(this.#init.credentials.ticket)
      } else {
        // an exchange is bound to its ticket: another session takes its place
        provider.retiring = true

        if (provider.settled) {
          provider.close()
        }
      }
    }

    this.#pumpAll()
  }

  /** Order sequential: the reader is at this block. */
  moveTo (index: number): void {
    this.#picker.moveTo(index)
    this.#pumpAll()
  }

  // -------------------------------------------------------------- what providers tell

  opened (provider: Provider): void {
    if (!this.#started) {
      provider.close()
      return
    }

    const { session, candidate } = provider
    this.#log.trace('session with %p, %s', candidate.peer, session.availability)
    candidate.state = 'open'
    this.#without.delete(candidate)
    this.#providers.add(provider)
    this.#picker.add(provider.source)
    const now = performance.now()
    provider.openedAt = provider.idleSince = now
    this.#turnedAway = 0
    this.#lastPeerBlock = provider.source.origin ? this.#lastPeerBlock : now
    session.peers.forEach(peer => { this.#introduce(peer) })

    if (session.certificate != null) {
      this.#consider(session.certificate, candidate)
    }

    if (this.#paused) {
      session.pause()
    }

    this.#pump(provider, now)
  }

  wanted (index: number): boolean {
    return !this.#verified.has(index)
  }

  arrived (block: ArrivedBlock): void {
    const { index, provider } = block
    const now = performance.now()
    this.#picker.release(provider.source, index)
    this.#tally.hashBytes += block.siblings.byteLength

    if (this.#verified.has(index)) {
      this.#discard(block)
    } else if (this.#planner.decidable(block)) {
      this.#planner.arrive(block).forEach(judged => { this.#judge(judged, now) })
    } else if (this.#parkedBytes + block.length > 2 * MAX_PARKED_BYTES) {
      this.#discard(block)
    } else {
      block.parked = true
      this.#parkedBytes += block.length
      this.#picker.settle(index)
      this.#planner.arrive(block)
    }

    this.#pump(provider, now)
  }

  failed (provider: Provider, index: number, levels: number): void {
    this.#planner.release(index, levels)
    this.#picker.release(provider.source, index)
  }

  wasted (provider: Provider, bytes: number): void {
    this.#tally.wasted += bytes
  }

  announced (provider: Provider, ranges: BlockRange[]): void {
    const now = performance.now()

    if (provider.source.origin) {
      this.#picker.offer(provider.source, ranges)
    } else if (this.#picker.announce(provider.source, ranges)) {
      this.#newsInterval += (now - this.#lastNews - this.#newsInterval) / 8
      this.#lastNews = now
    }

    this.#pump(provider, now)
  }

  refused (provider: Provider, indices: number[], status: BlockStatus): void {
    const now = performance.now()

    switch (status) {
      case BlockStatus.BLOCK_NOT_FOUND:
        if (this.#candidates.offended(provider.candidate)) {
          this.#drop(provider, 'does not have the blocks that it says it has')
          return
        }
        break
      case BlockStatus.BLOCK_TICKET_EXPIRED:
        provider.heldUntil = Infinity
        this.#renew().then(() => {
          provider.heldUntil = 0
          this.#pump(provider, performance.now())
        }, err => {
          this.#log('no new ticket - %e', err)
          provider.close()
        })
        return
      case BlockStatus.BLOCK_BUSY:
        provider.heldUntil = now + ORIGIN_GRACE
        break
      default:
        provider.close()
        return
    }

    this.#pumpAll()
  }

  leaves (provider: Provider, leaves: Uint8Array | undefined): void {
    if (!this.#leavesMissing) {
      this.#tally.wasted += leaves?.byteLength ?? 0
      return
    }

    if (leaves == null) {
      provider.askedLeaves = Infinity
    } else if (!this.#target.tree.adoptLeaves(leaves)) {
      this.#bad(provider, 'sent a false super-block', leaves.byteLength)
    } else {
      this.#leavesMissing = false
      this.#tally.hashBytes += leaves.byteLength
      this.#candidates.proved(provider.candidate)
      Promise.resolve(this.#target.setLeaves(leaves)).catch(err => { this.#done.reject(err) })
    }

    this.#pumpAll()
  }

  sealed (provider: Provider): void {
    this.#pump(provider, performance.now())
  }

  askable (provider: Provider, spending: Spending, index: number): boolean {
    const payee = spending.payee(index)

    return this.#payable(provider, spending, index) &&
      !(provider.candidate.server && payee != null && payee !== 'unknown' && this.#expects(payee, index))
  }

  spends (provider: Provider, spending: Spending, indices: Uint32Array): void {
    // whatever may have gone wrong, this is where it ends
    if (this.#over || indices.some(index => !this.#payable(provider, spending, index))) {
      throw new Error('A coin cannot be spent a second time with somebody else, or after the end of the download')
    }

    try {
      spending.spend(provider.candidate.peer, indices)
    } catch (err: any) {
      // nothing can be paid: not with others either
      this.#done.reject(err)
      throw err
    }
  }

  faulted (provider: Provider, err: Error): void {
    this.#log.error('the exchange with %p went wrong - %e', provider.candidate.peer, err)
    // a connection that broke is no offence
    const offends = ['AckRefusedError', 'InvalidMessageError', 'TimeoutError'].includes(err.name)

    if (offends && this.#candidates.offended(provider.candidate)) {
      this.#report(provider.candidate, 'does not give the keys of blocks that were acknowledged')
    }

    provider.close()
  }

  closed (provider: Provider, err?: Error): void {
    if (!this.#providers.delete(provider)) {
      return
    }

    const now = performance.now()
    this.#lastProvider = now
    this.#picker.remove(provider.source)
    this.#keepLocked(provider, now)
    this.#log('session with %p is over - %e', provider.candidate.peer, err ?? 'closed')
    this.#failed(provider.candidate, err, now)

    if (provider.retiring && provider.candidate.state === 'idle') {
      provider.candidate.retryAt = 0
    }

    if (this.#started) {
      this.#pumpAll()
      this.#fill(now)
    }
  }

  // -------------------------------------------------------------- blocks

  #judge ({ arrival, learned }: Judged<ArrivedBlock>, now: number): void {
    const { index, levels, provider, length, byServer = false } = arrival

    if (arrival.parked) {
      arrival.parked = false
      this.#parkedBytes -= length
    }

    if (learned != null || this.#verified.has(index)) {
      // there will be no dispute about it
      arrival.sealed?.release()
    }

    if (this.#verified.has(index)) {
      this.#discard(arrival)
    } else if (learned == null) {
      this.#discard(arrival)
      this.#dispute(arrival)
      this.#bad(provider, `sent a false block ${index}`, 0)
    } else {
      this.#release(arrival)
      this.#picker.settle(index)
      this.#verified.set(index)
      this.#lastBlock = now

      if (!byServer) {
        this.#lastPeerBlock = provider.source.origin ? this.#lastPeerBlock : now
        this.#candidates.proved(provider.candidate)
        this.#log.trace('block %d with %d levels from %p', index, levels, provider.candidate.peer)
      }

      for (const other of this.#providers) {
        other.cancel(index)
      }

      void this.#write(arrival, learned)
    }
  }

  async #write (block: ArrivedBlock, learned: KnownNode[]): Promise<void> {
    const { index, length, plain, provider, byServer = false } = block
    this.#unwritten += length

    if (byServer) {
      this.#tally.fetched(this.#candidates.server, index)
    } else if (this.#tally.fetched(provider.candidate, index)) {
      this.#init.onProvider?.(provider.candidate.peer)
    }

    if (!this.#paused && this.#unwritten > MAX_UNWRITTEN_BYTES) {
      this.#paused = true
      this.#providers.forEach(({ session }) => { session.pause() })
    }

    try {
      await this.#target.write(index, plain, learned)
    } catch (err: any) {
      this.#done.reject(err)
      return
    }

    if (block.ownsPlain && this.#target.keepsPlain !== true) {
      plain.forEach(giveBack)
    }

    this.#unwritten -= length
    this.#tally.written(length)

    if (this.#init.announce !== false) {
      const ranges = [{ first: index, count: 1 }]
      this.#providers.forEach(({ session }) => { session.announce(ranges) })
    }

    if (this.#paused && this.#unwritten < MAX_UNWRITTEN_BYTES / 2) {
      this.#resume()
    }

    this.#finishIfDone()
  }

  #resume (): void {
    const now = performance.now()
    this.#paused = false

    for (const provider of this.#providers) {
      // the silence was our own
      provider.window.excuse(now)
      provider.session.resume()
    }

    this.#pumpAll()
  }

  /** A block that is of no use: it came before, or is false, or there is no room for it. */
  #discard (block: ArrivedBlock): void {
    this.#release(block)
    this.#tally.wasted += block.length

    if (!this.#verified.has(block.index)) {
      this.#picker.reopen(block.index)
    }
  }

  #release (block: ArrivedBlock): void {
    if (block.promising) {
      block.promising = false
      this.#planner.release(block.index, block.levels)
    }
  }

  #finishIfDone (): void {
    if (this.#picker.remaining === 0 && this.#parkedBytes === 0 && this.#unwritten === 0) {
      this.#done.resolve()
    }
  }

  // -------------------------------------------------------------- mode proof

  /** Blocks of a session that is over may still be unlocked: nobody else is asked for them before that is settled. */
  #keepLocked (provider: Provider, now: number): void {
    for (const index of provider.locked) {
      this.#picker.claim(provider.source, index, now)
    }

    this.#settling.add(provider)
    void provider.ended.then(() => {
      this.#settling.delete(provider)
      this.#pumpAll()
    })
  }

  /** What came last is acknowledged, too, and what was false is told. */
  async #settle (): Promise<void> {
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, SETTLE_TIMEOUT)
    await Promise.race([Promise.all([...[...this.#settling].map(async provider => provider.ended), ...this.#disputes]), timeout.promise])
    clearTimeout(timer)
  }

  /** A block that was acknowledged, and opened with the key that came for it, is false: the server is asked. */
  #dispute (block: ArrivedBlock): void {
    if (block.sealed != null) {
      const dispute = this.#ask(block, block.sealed).finally(() => { this.#disputes.delete(dispute) })
      this.#disputes.add(dispute)
    }
  }

  async #ask (arrival: ArrivedBlock, sealed: ArrivingBlock): Promise<void> {
    const { index, provider } = arrival

    try {
      const ruling = await provider.complain(sealed.position)

      if (ruling != null) {
        this.ruled(provider, index, ruling, sealed)
      }
    } catch (err) {
      this.#log('no ruling about block %d - %e', index, err)
    }
  }

  ruled (provider: Provider, index: number, { key, block = new Uint8Array(0), path }: Ruling, sealed?: ArrivingBlock): void {
    this.#tally.disputes++

    if (!this.#started || this.#verified.has(index)) {
      return
    }

    const opened = key == null ? openPublished(index, block, this.#target, false) : sealed?.unseal(key, this.#target)
    const length = this.#target.geometry.blockLength(index)

    if (opened?.plain.reduce((sum, piece) => sum + piece.byteLength, 0) !== length) {
      this.#log.error('the server\'s ruling about block %d does not fit', index)
      return
    }

    this.#log('block %d by the ruling of the server', index)
    // others may have waited for its hashes
    const judged = this.#planner.arrive({
      index, provider, length, ...opened, siblings: path, levels: this.#target.tree.depth, ownsPlain: key != null, byServer: key == null, promising: false, parked: false
    })
    judged.forEach(block => { this.#judge(block, performance.now()) })
  }

  get #lockedBytes (): number {
    let bytes = 0

    for (const { lockedBytes } of this.#providers) {
      bytes += lockedBytes
    }

    return bytes
  }

  // -------------------------------------------------------------- requests

  #pumpAll (): void {
    const now = performance.now()
    this.#providers.forEach(provider => { this.#pump(provider, now) })
  }

  /** Asks a provider for as much as its window allows. */
  #pump (provider: Provider, now: number): void {
    const { window, source } = provider

    if (!provider.live || provider.stalled || provider.retiring || this.#paused || provider.heldUntil > now) {
      return
    }

    if (provider.exchange && this.#lockedBytes > MAX_LOCKED_BYTES) {
      return
    }

    if (this.#leavesMissing) {
      this.#askLeaves(now)
      return
    }

    // not a message for each block
    if (window.outstanding > 0 && window.room < window.size / 4) {
      return
    }

    const blocks: BlockRequest[] = []
    const room = Math.min(window.room, MAX_REQUESTS_PER_MESSAGE)
    const relying = this.#parkedBytes < MAX_PARKED_BYTES

    while (blocks.length < room) {
      const index = this.#choose(provider, now)

      if (index == null) {
        break
      }

      const levels = this.#planner.promise(index, relying && !this.#picker.asked(index))
      this.#picker.claim(source, index, now)
      blocks.push({ index, levels })
    }

    if (blocks.length > 0) {
      provider.request(blocks, now)
    } else if (window.outstanding === 0) {
      provider.idleSince ??= now
    }
  }

  #choose (provider: Provider, now: number): number | undefined {
    const { source, window } = provider

    if (this.#purchase) {
      return this.#chooseBought(provider, now)
    }

    const after = provider.exchange ? DUPLICATE_SEALED_AFTER : DUPLICATE_AFTER
    const patience = Math.max(after, 2 * (window.roundTrip + 1000 * this.#target.geometry.blockSize / (window.rate || Infinity)))
    let index = this.#picker.pickUrgent(source, now, patience)

    if (index == null && !source.origin) {
      index = this.#picker.pick(source, now) ?? this.#picker.pickWaiting(source, now, patience)
    } else if (index == null) {
      index = this.#chooseAtOrigin(provider, now)
    }

    if (index == null && (!source.origin || this.#mayAskOrigin(provider, now))) {
      index = this.#picker.pickDuplicate(source, now, patience)
    }

    return index
  }

  /** The coin is not spent, or with this provider; the server takes those that are spent elsewhere as well. */
  #payable ({ candidate: { server, peer } }: Provider, spending: Spending, index: number): boolean {
    if (server) {
      return true
    }

    const payee = spending.payee(index)

    return payee == null || (payee !== 'unknown' && payee.equals(peer))
  }

  /** Whoever was paid for a block gives it again for nothing, the server is paid once more: it waits for the payee, but not long. */
  #expects (payee: PeerId, index: number): boolean {
    const candidate = this.#candidates.find(payee)

    if (candidate?.server === true || candidate?.state === 'banned') {
      return false
    }

    const provider = candidate == null ? undefined : this.#find(candidate)

    return provider == null
      ? performance.now() - this.#began < PAYEE_GRACE && (candidate?.failures ?? 0) === 0
      : !provider.stalled && provider.source.has(index)
  }

  /** What is on its way from somebody may be paid, so nobody else is asked for it; what was paid in vain the server gives again. */
  #chooseBought (provider: Provider, now: number): number | undefined {
    const { source, candidate } = provider
    const index = candidate.server ? this.#picker.pickBound(source) : undefined

    return index ?? (source.origin ? this.#chooseAtOrigin(provider, now) : this.#picker.pick(source, now))
  }

  /** An origin spreads different blocks over its recipients: what it did not offer is better had from them. */
  #chooseAtOrigin (provider: Provider, now: number): number | undefined {
    const { source, idleSince, window } = provider

    if (this.#mayAskOrigin(provider, now)) {
      return this.#picker.pick(source, now)
    }

    const index = this.#picker.pickOffered(source, this.#peersSuffice(window.rate, now))
    const starving = this.#init.order === 'sequential' || (idleSince != null && now - idleSince > this.#grace && !this.#isFed(now))

    return index ?? (starving ? this.#picker.pickMissing(source, now) : undefined)
  }

  /** There is nobody else, or nobody else delivers. */
  #mayAskOrigin ({ idleSince, openedAt }: Provider, now: number): boolean {
    const waited = now - Math.max(this.#lastBlock, idleSince ?? now)

    // at first nobody knows of anybody: others that have come at the same time have been given the blocks that are not on offer here
    if (!this.#candidates.others) {
      return now - openedAt > Math.min(this.#grace, ALONE_AFTER)
    }

    return waited > this.#grace && (waited > ORIGIN_PATIENCE || !this.#isFed(now))
  }

  /** The swarm still gets blocks that it did not have: what is missing may be on its way. */
  #isFed (now: number): boolean {
    return now - this.#lastNews < Math.max(this.#grace, Math.min(4 * this.#newsInterval, ORIGIN_PATIENCE))
  }

  /** Peers deliver, and about as fast as the origin does: what they have need not come from it, even if it offers it. */
  #peersSuffice (originRate: number, now: number): boolean {
    let rate = 0

    for (const { source, window, stalled } of this.#providers) {
      rate += source.origin || stalled ? 0 : window.rate
    }

    return now - this.#lastPeerBlock < this.#grace && (rate === 0 || rate >= originRate / 2)
  }

  get #grace (): number {
    return this.#init.originGrace ?? ORIGIN_GRACE
  }

  /** One provider at a time is asked for the super-block, which may be large. */
  #askLeaves (now: number): void {
    const { leafCount, hash } = this.#target.tree
    const timeout = 2 * this.#stallTimeout + leafCount * hash.size / SLOWEST_LEAVES
    let next: Provider | undefined

    for (const provider of this.#providers) {
      if (provider.askedLeaves != null && now - provider.askedLeaves < timeout && provider.askedLeaves !== Infinity) {
        return
      }

      if (provider.askedLeaves == null && provider.session.superBlock && provider.live) {
        next ??= provider
      }
    }

    next?.requestLeaves(now)
  }

  // -------------------------------------------------------------- providers

  /** Opens sessions with candidates while there are places. */
  #fill (now: number): void {
    const most = this.#init.maxProviders ?? MAX_PROVIDERS
    const chosen = CHOSEN_PROVIDERS + Math.floor((now - this.#began) / LATE_PROVIDER_INTERVAL)

    while (this.#started) {
      const taken = this.#providers.size + this.#opening.size
      const mayChoose = taken < chosen && (this.#nextChoice <= now || taken === 0)
      const candidate = this.#candidates.next(now, !mayChoose)
      const full = taken >= most

      // there may be blocks that only the server can give: those who cannot must not be in its place
      if (candidate == null || (full && !candidate.server)) {
        return
      }

      if (!candidate.server && !candidate.inbound) {
        this.#nextChoice = Math.max(this.#nextChoice, now - (FIRST_PROVIDERS - 1) * PROVIDER_INTERVAL) + PROVIDER_INTERVAL * 2 ** Math.min(this.#turnedAway, MAX_DOUBLINGS)
      }

      void this.#open(candidate)
    }
  }

  async #open (candidate: Candidate): Promise<void> {
    const { id, have } = this.#target
    const { blocks, peerStore } = this.#components
    const { certificate, ticket } = this.#init.credentials
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(OPEN_TIMEOUT)])
    candidate.state = 'opening'
    this.#opening.add(candidate)

    try {
      if (candidate.addresses.length > 0) {
        await peerStore.merge(candidate.peer, { multiaddrs: candidate.addresses })
      }

      const exchange = this.#init.exchange == null
        ? undefined
        : { ...this.#init.exchange, recipient: this.#components.peerId, ticket, nonce: crypto.getRandomValues(new Uint8Array(32)) }

      await blocks.openSession(candidate.peer, {
        object: id.bytes as Uint8Array<ArrayBuffer>,
        certificate: certificate as Uint8Array<ArrayBuffer>,
        ticket: ticket as Uint8Array<ArrayBuffer>,
        have: (this.#init.announce === false ? new Uint8Array(0) : have.bytes) as Uint8Array<ArrayBuffer>,
        nonce: exchange?.nonce
      }, new Provider(candidate, this.#target, this, exchange), { signal })
    } catch (err: any) {
      this.#log('no session with %p - %e', candidate.peer, err)
      this.#failed(candidate, err, performance.now())
    } finally {
      this.#opening.delete(candidate)
      this.#fill(performance.now())
    }
  }

  /** A session could not be opened, or is over. */
  #failed (candidate: Candidate, err: Error | undefined, now: number): void {
    const again = candidate.failures > 0
    this.#candidates.failed(candidate, now)

    if (candidate.state === 'banned' || !this.#started) {
      return
    }

    if (err?.name === 'InvalidMessageError') {
      if (this.#candidates.offended(candidate)) {
        this.#report(candidate, err.message)
      }
    } else if (err?.name === 'RefusedError') {
      const { status, certificate } = err as Error & { status: BlockStatus, certificate?: Uint8Array }
      this.#turnedAway += status === BlockStatus.BLOCK_BUSY ? 1 : 0
      this.#refused(candidate, status, err, again, certificate)
    }
  }

  #refused (candidate: Candidate, status: BlockStatus, err: Error, again: boolean, certificate?: Uint8Array): void {
    switch (status) {
      case BlockStatus.BLOCK_TICKET_EXPIRED:
      case BlockStatus.BLOCK_TICKET_INVALID:
      case BlockStatus.BLOCK_TICKET_REVOKED:
        this.#refusal = err
        this.#renew().then(() => {
          this.#refusal = undefined
          candidate.retryAt = again ? candidate.retryAt : 0
          this.#fill(performance.now())
        }, renewal => {
          this.#log('no new ticket - %e', renewal)
        })
        break
      case BlockStatus.BLOCK_SERVER_CONFLICT:
        if (certificate != null) {
          this.#consider(certificate, candidate)
        }
        break
      case BlockStatus.BLOCK_MALFORMED:
      case BlockStatus.BLOCK_MODE_UNSUPPORTED:
        this.#candidates.ban(candidate)
        this.#report(candidate, err.message)
        break
      case BlockStatus.BLOCK_NOT_FOUND:
        this.#without.add(candidate)
        break
      default:
        // busy, stopping: later
    }
  }

  /** A provider holds another certificate than ours: a newer one, or that of an impostor. */
  #consider (certificate: Uint8Array, candidate: Candidate): void {
    this.#init.credentials.consider(certificate, candidate.peer, { signal: this.#stopping.signal }).then(() => {
      if (candidate.state === 'idle' && candidate.failures === 1) {
        candidate.retryAt = 0
        this.#fill(performance.now())
      }
    }, err => {
      if (this.#started) {
        this.#candidates.ban(candidate)
        this.#find(candidate)?.close()
        this.#onProgress(new CustomProgressEvent('mssl:get:warning', { message: err.message }))
        this.#report(candidate, 'holds a certificate that contradicts ours')
      }
    })
  }

  /** Proof of a false block or hash: nothing more is taken from this provider for this object. */
  #bad (provider: Provider, reason: string, bytes: number): void {
    this.#tally.bad++
    this.#tally.wasted += bytes

    for (const block of this.#planner.discard(parked => parked.provider === provider)) {
      this.#parkedBytes -= block.length
      this.#discard(block)
    }

    this.#drop(provider, reason)
  }

  #drop (provider: Provider, reason: string): void {
    if (provider.candidate.state !== 'banned' || provider.live) {
      this.#candidates.ban(provider.candidate)
      provider.close(new Error(reason))
      this.#report(provider.candidate, reason)
    }
  }

  #report ({ peer }: Candidate, reason: string): void {
    this.#log.error('%p is dropped: %s', peer, reason)
    this.#onProgress(new CustomProgressEvent('mssl:get:dropped', { peer, reason }))
  }

  #find (candidate: Candidate): Provider | undefined {
    return [...this.#providers].find(provider => provider.candidate === candidate)
  }

  /** One renewal at a time, whoever asks for it. */
  async #renew (): Promise<void> {
    this.#renewing ??= this.#init.credentials.renew({ signal: this.#stopping.signal }).then(() => {
      this.#denial = undefined
    }, err => {
      this.#denial = err.name === 'UnreachableError' ? undefined : err
      throw err
    }).finally(() => {
      this.#renewing = undefined
    })

    return this.#renewing
  }

  #introduce ({ id, addresses }: BlockPeer): void {
    try {
      this.addPeer({ id: peerIdFromMultihash(Digest.decode(id)), multiaddrs: addresses.map(address => multiaddr(address)) }, 'exchange')
    } catch (err) {
      this.#log('unusable peer from peer exchange - %e', err)
    }
  }

  async #lookup (): Promise<void> {
    this.#lookingUp = true

    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LOOKUP_TIMEOUT)])

      for await (const info of this.#init.findProviders?.({ signal }) ?? []) {
        this.addPeer(info, 'dht')
      }
    } catch (err) {
      this.#log('lookup failed - %e', err)
    } finally {
      this.#lookingUp = false
    }
  }

  // -------------------------------------------------------------- time

  get #purchase (): boolean {
    return this.#init.exchange?.spending != null
  }

  get #stallTimeout (): number {
    return this.#init.stallTimeout ?? STALL_TIMEOUT
  }

  #tick (): void {
    const now = performance.now()

    if (!this.#paused) {
      this.#checkStalls(now)
      this.#leaveLaggard(now)
    }

    const isUrgent = this.#providers.size === 0 || !this.#candidates.others

    if (now - this.#lastLookup >= (isUrgent ? URGENT_LOOKUP_INTERVAL : LOOKUP_INTERVAL) && !this.#lookingUp) {
      this.#lastLookup = now
      void this.#lookup()
    }

    this.#replaceSlowest(now)
    this.#fill(now)
    this.#pumpAll()
    this.#giveUp(now)
    this.#progress(now)
  }

  #checkStalls (now: number): void {
    for (const provider of this.#providers) {
      if (provider.window.stalled(now, SNUB_TIMEOUT)) {
        this.#log('%p sends nothing', provider.candidate.peer)
        provider.close()
      } else if (!provider.stalled && provider.window.stalled(now, this.#stallTimeout)) {
        this.#log('%p has stalled', provider.candidate.peer)

        if (this.#purchase) {
          // what came whole is paid; what is on its way will never be, so that others may be asked for it
          provider.close()
        } else {
          provider.abandon()
        }
      }
    }
  }

  /** With mode purchase: one that holds up the end, or a reader, while another has nothing to do, is left. */
  #leaveLaggard (now: number): void {
    if (!this.#purchase) {
      return
    }

    const idle = [...this.#providers].filter(({ idleSince, live, retiring, heldUntil }) => idleSince != null && live && !retiring && heldUntil <= now)

    for (const provider of this.#providers) {
      const { window, source, candidate } = provider
      // how long each would take for what is owed, milliseconds
      const owed = 1000 * this.#target.geometry.blockSize * window.outstanding
      const faster = owed > 0 && idle.some(other => {
        const time = other.window.roundTrip + owed / (other.window.rate || SLOWEST_RATE)

        return owed / window.rate > LAGGARD_FACTOR * time && this.#picker.holdsUp(source, other.source, now - LAGGARD_AFTER)
      })

      if (faster) {
        this.#log('%p holds the download up', candidate.peer)
        provider.close()
        this.#candidates.failed(candidate, now, candidate.server ? 0 : MAX_BACKOFF)
        return
      }
    }
  }

  /** Slow providers make room for those who wait. */
  #replaceSlowest (now: number): void {
    const full = this.#providers.size >= (this.#init.maxProviders ?? MAX_PROVIDERS)

    if (now - this.#lastReplace < REPLACE_INTERVAL || !full || this.#candidates.next(now) == null) {
      return
    }

    this.#lastReplace = now
    const provider = slowest([...this.#providers].filter(({ candidate }) => !candidate.server), SLOW_PART)
    provider?.close()

    if (provider != null) {
      this.#candidates.failed(provider.candidate, now, MAX_BACKOFF)
    }
  }

  #giveUp (now: number): void {
    if (this.#providers.size > 0) {
      this.#lastProvider = now
      this.#noticed = false
      this.#giveUpBound(now)
      return
    }

    const patience = this.#init.patience ?? (this.#tally.sources > 0 ? RECONNECT_PATIENCE : PATIENCE)
    const waited = now - this.#lastProvider

    if (waited > WAITING_NOTICE && !this.#noticed) {
      this.#noticed = true
      this.#onProgress(new CustomProgressEvent('mssl:get:warning', { message: `${this.#absence()}; waiting for it, or for somebody else who has the object` }))
    }

    // blocks may still come out of what is open, or out of disputes
    if (this.#opening.size > 0 || this.#settling.size > 0 || this.#disputes.size > 0) {
      return
    }

    if (this.#denial != null) {
      this.#done.reject(this.#denial)
    } else if (this.#tally.bad > 0 && (this.#candidates.allBanned || (this.#tally.sources === 0 && waited > patience))) {
      this.#done.reject(new IntegrityError('Every provider that could be reached sent false data'))
    } else if (waited > patience || (this.#nobodyHasIt && !this.#lookingUp)) {
      this.#done.reject(this.#refusal ?? new UnreachableError(`${this.#absence()}, and nobody else who has it can be found`))
    }
  }

  /** With mode purchase: those who are there may not be asked, and the server, who may, is away. */
  #giveUpBound (now: number): void {
    const patience = this.#init.patience ?? RECONNECT_PATIENCE
    const idle = [...this.#providers].every(({ candidate, idleSince }) => !candidate.server && idleSince != null && now - idleSince > patience)

    if (this.#purchase && idle && this.#opening.size === 0 && this.#settling.size === 0 && this.#disputes.size === 0 && this.#picker.waitsBound) {
      this.#done.reject(new UnreachableError('What is missing was paid for already, so only the server may give it again, and it cannot be reached'))
    }
  }

  /** The server says so again and again, and the others that are known cannot be reached either. */
  get #nobodyHasIt (): boolean {
    return this.#serverIsWithout && [...this.#candidates].every(({ state, failures }) => state === 'banned' || failures >= NOT_FOUND_ANSWERS)
  }

  get #serverIsWithout (): boolean {
    return [...this.#without].some(({ server }) => server)
  }

  /** Why the server is no provider. */
  #absence (): string {
    return this.#serverIsWithout ? 'The server does not have the object any more' : 'The server cannot be reached'
  }

  #progress (now: number): void {
    this.#tally.measure(now)
    this.#onProgress(new CustomProgressEvent('mssl:get:progress', this.status))
  }
}
