import { setImmediate as breathe } from 'node:timers/promises'
import { KEYS_TIMEOUT } from '../../protocols/ack/constants.ts'
import { ANNOUNCE_BLOCKS, ANNOUNCE_INTERVAL, MAX_PEERS, MAX_SESSIONS, READ_BUDGET } from '../../protocols/block/constants.ts'
import { Flight } from '../../protocols/block/flight.ts'
import { acknowledgementWindow, requestWindow } from '../../protocols/block/request-window.ts'
import { MAX_HINTS } from '../../protocols/ticket/constants.ts'
import { INTRODUCED_DELAY } from '../../src/discovery/index.ts'
import { acknowledgeThreshold, grownWindow } from '../../src/exchange/acknowledgement-window.ts'
import { ACKNOWLEDGE_DELAY } from '../../src/exchange/constants.ts'
import { Bitfield } from '../../src/object/bitfield.ts'
import { Geometry } from '../../src/object/block-geometry.ts'
import { OfferBook } from '../../src/server/offers.ts'
import { ALONE_AFTER, CHOSEN_PROVIDERS, LOOKUP_INTERVAL, MAX_BACKOFF, MAX_LOCKED_BYTES, MAX_MEMBERS, MAX_OFFENCES, MAX_PROVIDERS, MAX_RECIPIENTS_MEANWHILE, OPEN_TIMEOUT, PROVIDER_INTERVAL, REPLACE_INTERVAL, SLOW_PART, SNUB_TIMEOUT, STALL_TIMEOUT, TICK, URGENT_LOOKUP_INTERVAL } from '../../src/swarm/constants.ts'
import { RequestWindow, slowest } from '../../src/swarm/request-window.ts'
import { hasToFinish } from '../harness/bounds.ts'
import { lookupTime, MAX_ANSWER } from '../harness/provider-table.ts'
import { SEND_BUFFER } from '../network/flow.ts'
import { QUANTUM } from '../network/pipe.ts'
import { Choice } from './choice.ts'
import { costsOf, OVERHEAD_PER_BLOCK, OVERHEAD_PER_BYTE, SESSION_ROUND_TRIPS, TICKET_ROUND_TRIPS, WRITE_TIME } from './costs.ts'
import { EventQueue } from './event-queue.ts'
import { ModelNode, Session } from './node.ts'
import { backoff, blocksAhead, chosenPlaces, duplicatePatience, isStarving, isWorthAsking, mayAskOrigin, peersSuffice, silence, turnStart } from './policy.ts'
import { Recorder } from './recorder.ts'
import type { Costs } from './costs.ts'
import type { Event } from './event-queue.ts'
import type { Prospects } from './policy.ts'
import type { Composition } from '../harness/composition.ts'
import type { Random } from '../harness/random.ts'
import type { Plan } from '../harness/scenario.ts'

/** What can happen: to a node, ... */
const ARRIVE = 0
const UPLINK = 1 // a block may be through
const WAKE = 2 // a turn may be free
const CUT = 3 // it is cut off
const NEWS = 4 // others hear of so many blocks that it got
const REVOKED = 5
/** ... to a node in this of its lives, ... */
const GRANTED = 6 // it has its ticket
const LISTED = 7 // it is in the routing table
const FOUND = 8 // the routing table has answered
const ANNOUNCE = 9 // it tells what it got
const TICK_AT = 10
const LEAVE = 11
/** ... and to a session */
const OPENED = 12
const UNREACHED = 13 // nobody answered
const REQUEST = 14 // so many requests are there
const DELIVER = 15 // block
const OFFER = 16 // block
const CONFIRMED = 17 // the provider hears that so many blocks have come
const ACKNOWLEDGE = 18 // the first unacknowledged block has waited long enough
const ACKNOWLEDGED = 19 // so many
const KEYS = 20 // so many
const RECOVERED = 21 // block: its key came from the server

/** Milliseconds after which a client asks for its ticket again if the server is not there. */
const TICKET_RETRY = 1_000

/** Milliseconds between two looks of a client that has nothing to decide by the clock. */
const SLOW_TICK = 1_000

/** Milliseconds of this machine between two moments at which others have their turn, and progress is told. */
const BREATH = 200
const EVENTS_PER_LOOK = 8_192

const MAX_INT = 2 ** 31

/** What is told to who looks on. */
export interface Watch {
  onProgress? (done: number, of: number, now: number): void
  /** A block has left a node. For tests */
  onSent? (from: ModelNode, to: ModelNode, block: number, now: number): void
  /** A block is there, and is of use or not. For tests */
  onDelivered? (from: ModelNode, to: ModelNode, block: number, isUseful: boolean, now: number): void
  signal?: AbortSignal
}

/** One run of the model: the plan's nodes, and what they do to each other in the order of time. Times are milliseconds. */
export class SwarmModel {
  readonly server: ModelNode
  readonly clients: ModelNode[] = []
  readonly recorder: Recorder
  readonly geometry: Geometry
  readonly choice: Choice
  readonly #plan: Plan
  readonly #random: Random
  readonly #costs: Costs
  readonly #watch: Watch
  readonly #queue = new EventQueue<ModelNode | Session>()
  readonly #isSealed: boolean
  readonly #mayDuplicate: boolean
  readonly #window: number
  readonly #cap: number
  readonly #places: number
  readonly #ahead: number
  /** Bytes on the wire of each byte of a block */
  readonly #wire: number
  #book: OfferBook
  /** Clients in the routing table */
  readonly #table: ModelNode[] = []
  /** When the server has signed all tickets that were asked for */
  #ticketsUntil = 0
  /** Honest clients that are not done, and may be */
  #pending = 0
  #honest = 0
  /** Of a client with a provider: offences that are no proof */
  readonly #offences = new Map<number, number>()
  #now = 0
  /** Clients that have come, however briefly */
  arrived = 0

  constructor (plan: Plan, composition: Composition, random: Random, watch: Watch = {}, given: Partial<Costs> = {}) {
    const { peers, size } = plan
    const costs = { ...costsOf(composition.mode), ...given }
    this.#plan = plan
    this.#random = random
    this.#costs = costs
    this.#watch = watch
    this.geometry = new Geometry(size, composition.blockSize)
    this.#isSealed = composition.mode !== 'plain'
    this.#mayDuplicate = composition.mode !== 'purchase'
    this.#window = requestWindow(this.geometry)
    this.#places = composition.providers ?? MAX_PROVIDERS
    this.#cap = composition.acknowledgementWindow ?? acknowledgementWindow(this.geometry)
    this.#ahead = blocksAhead(composition.blockSize)
    this.#wire = 1 + OVERHEAD_PER_BYTE + OVERHEAD_PER_BLOCK / composition.blockSize
    this.#book = this.#newBook()
    const rates = (link: Plan['server']['link']): { link: Plan['server']['link'], up: number, down: number } => ({
      link,
      up: Math.min(link.up, 1 / costs.sendByte) / 1000,
      down: Math.min(link.down, 1 / costs.receiveByte) / 1000
    })
    this.server = new ModelNode({ id: 0, variant: 0, ...rates(plan.server.link) })
    const variants = new Map<string | undefined, number>()

    peers.forEach((peer, at) => {
      const variant = variants.get(peer.behaviour) ?? 0
      variants.set(peer.behaviour, variant + 1)
      this.clients.push(new ModelNode({ id: at + 1, plan: peer, variant: variant % 2, ...rates(peer.link) }))
    })

    const orders = Int32Array.from({ length: peers.length + 1 }, () => random.integer(MAX_INT) | 1)
    this.choice = new Choice(peers.length + 1, this.geometry.blockCount, orders)
    this.recorder = new Recorder(peers.length)
    this.#begin()
  }

  /** Milliseconds. */
  get now (): number {
    return this.#now
  }

  /** Events that have come */
  get passed (): number {
    return this.#queue.passed
  }

  /** Until every honest client has the object or has left for good, or the plan's limit. */
  async run (): Promise<void> {
    let last = performance.now()

    for (let count = 1; this.#pending > 0; count++) {
      const event = this.#queue.shift()

      if (event == null || event.time > this.#plan.limit) {
        this.#now = event == null ? this.#now : this.#plan.limit
        break
      }

      this.#now = event.time
      this.#handle(event)

      if (count % EVENTS_PER_LOOK === 0 && performance.now() - last > BREATH) {
        this.#watch.onProgress?.(this.#honest - this.#pending, this.#honest, this.#now)
        await breathe()
        this.#watch.signal?.throwIfAborted()
        last = performance.now()
      }
    }

    this.#watch.onProgress?.(this.#honest - this.#pending, this.#honest, this.#now)
  }

  #begin (): void {
    const { server } = this
    server.isOnline = server.isProviding = true
    server.blocks = this.geometry.blockCount

    for (let block = 0; block < server.blocks; block++) {
      this.choice.have.add(0, block)
      this.choice.announced.add(0, block)
    }

    for (const client of this.clients) {
      const { arrives = 0, outages = [] } = client.plan ?? {}
      client.open = this.geometry.blockCount
      client.arrived = arrives
      this.#queue.push(arrives, ARRIVE, client)
      this.#pending += client.plan != null && hasToFinish(client.plan) ? 1 : 0

      for (const { from, to } of outages) {
        this.#queue.push(from, CUT, client)
        this.#queue.push(to, ARRIVE, client)
      }
    }

    this.#honest = this.#pending
    const byName = new Map(this.clients.map(client => [client.plan?.name, client]))

    for (const event of this.#plan.events) {
      if (event.kind === 'outage') {
        this.#queue.push(event.at, CUT, server)
        this.#queue.push(event.until, ARRIVE, server)
      } else if (event.kind === 'revoke') {
        event.peers.forEach(name => { this.#queue.push(event.at, REVOKED, byName.get(name) ?? server) })
      }
    }
  }

  #handle ({ kind, target, value }: Event<ModelNode | Session>): void {
    if (kind >= OPENED) {
      this.#happen(kind, target as Session, value)
    } else if (kind >= GRANTED) {
      const node = target as ModelNode
      node.life === value && this.#live(kind, node)
    } else {
      this.#befall(kind, target as ModelNode, value)
    }
  }

  #befall (kind: number, node: ModelNode, value: number): void {
    switch (kind) {
      case UPLINK: this.#through(node); break
      case WAKE: this.#wake(node); break
      case NEWS: this.#news(node, value); break
      case ARRIVE: this.#arrive(node); break
      case CUT: this.#cut(node); break
      default: this.#revoked(node) // REVOKED
    }
  }

  #live (kind: number, node: ModelNode): void {
    switch (kind) {
      case ANNOUNCE: this.#announce(node); break
      case TICK_AT: this.#tick(node); break
      case GRANTED: this.#granted(node); break
      case LISTED: this.#table.push(node); break
      case FOUND: this.#found(node); break
      default: this.#leave(node) // LEAVE
    }
  }

  #happen (kind: number, session: Session, value: number): void {
    switch (kind) {
      case DELIVER: this.#deliver(session, value); break
      case REQUEST: this.#requested(session, value); break
      case CONFIRMED: this.#confirmed(session, value); break
      case OPENED: this.#opened(session); break
      case UNREACHED: this.#unreached(session); break
      case OFFER: this.#offered(session, value); break
      case ACKNOWLEDGE: this.#acknowledge(session); break
      case ACKNOWLEDGED: this.#acknowledged(session, value); break
      case KEYS: this.#keys(session, value); break
      default: this.#settle(session, value) // RECOVERED
    }
  }

  // -------------------------------------------------------------- coming and going

  #arrive (node: ModelNode): void {
    if (node.isGone || node.isOnline) {
      return
    }

    node.isOnline = true
    this.arrived += node.life === 0 && !node.isServer ? 1 : 0

    if (node.isServer) {
      node.isProviding = true
    } else if (this.#isComplete(node)) {
      this.#provide(node)
    } else {
      this.#askTicket(node)
    }
  }

  #askTicket (node: ModelNode): void {
    const asked = this.#now + TICKET_ROUND_TRIPS * this.#roundTrip(node, this.server)

    if (!this.server.isOnline) {
      // it asks again, until it is heard
      this.#queue.push(this.#now + TICKET_RETRY, GRANTED, node, node.life)
      return
    }

    this.#ticketsUntil = Math.max(this.#ticketsUntil, asked) + 1000 * this.#costs.ticket
    this.#queue.push(this.#ticketsUntil, GRANTED, node, node.life)
    node.serverRetryAt = 0
    node.began = -1
  }

  #granted (node: ModelNode): void {
    if (node.began !== -1) {
      this.#askTicket(node)
      return
    }

    node.isActive = true
    node.began = node.lastBlock = node.lastNews = node.lastReplace = this.#now
    node.lastLookup = this.#now + ALONE_AFTER - URGENT_LOOKUP_INTERVAL
    node.newsInterval = 0
    this.#provide(node, INTRODUCED_DELAY)
    this.#introduce(this.server, node, MAX_HINTS)
    this.#fill(node)
    this.#tick(node)
  }

  #provide (node: ModelNode, delay = 0): void {
    node.isProviding = true
    this.#queue.push(this.#now + delay + this.#lookupTime(node), LISTED, node, node.life)
  }

  /** Without a word: its process dies. */
  #cut (node: ModelNode): void {
    if (!node.isOnline) {
      return
    }

    node.isOnline = node.isProviding = node.isActive = node.isAnnouncing = false
    node.life++
    node.opening.length = 0
    ;[...node.providers].forEach(session => { this.#close(session) })
    ;[...node.recipients].forEach(session => { this.#lose(session) })
    ;[...node.fresh, ...node.untold].forEach(block => { this.choice.announced.add(node.id, block) })
    node.fresh.length = node.untold.length = 0
    node.flight = new Flight()
    node.serverRetryAt = 0

    if (node.isServer) {
      this.#book = this.#newBook()
    }
  }

  #newBook (): OfferBook {
    return new OfferBook(this.geometry.blockCount, this.#window, () => this.#now)
  }

  /** It has what it came for, and goes. */
  #leave (node: ModelNode): void {
    node.isGone = true
    this.#cut(node)
  }

  #revoked (node: ModelNode): void {
    if (Number.isNaN(node.finished) && !node.isGone) {
      node.error = 'The server has taken the ticket back'
      this.#pending -= node.plan != null && hasToFinish(node.plan) ? 1 : 0
    }

    this.#leave(node)
  }

  #finish (node: ModelNode): void {
    node.isActive = false
    node.candidates.forget()
    ;[...node.providers].forEach(session => { this.#close(session) })

    if (Number.isNaN(node.finished)) {
      node.finished = this.#now

      if (node.plan != null && hasToFinish(node.plan)) {
        this.#pending--
      }

      node.behaviour == null && this.recorder.done(this.#now)
    }

    const { stays = Infinity } = node.plan ?? {}

    if (stays !== Infinity) {
      this.#queue.push(this.#now + stays, LEAVE, node, node.life)
    }
  }

  // -------------------------------------------------------------- whom to ask

  #tick (node: ModelNode): void {
    if (!node.isActive) {
      return
    }

    const isServed = node.providers.length > 0

    if (this.#now - node.lastLookup >= (isServed ? LOOKUP_INTERVAL : URGENT_LOOKUP_INTERVAL)) {
      node.lastLookup = this.#now
      this.#queue.push(this.#now + this.#lookupTime(node), FOUND, node, node.life)
    }

    this.#checkStalls(node)
    this.#replaceSlowest(node)
    this.#fill(node)
    // the end, and what may be asked of the origin, depend on the clock
    const isUrgent = node.open === 0 || this.#now - node.began < CHOSEN_PROVIDERS * PROVIDER_INTERVAL || node.providers.length < 2 || node.providers.some(({ offers, window }) => offers != null && window.outstanding === 0)
    isUrgent && this.#pumpAll(node)
    this.#queue.push(this.#now + (isUrgent ? TICK : SLOW_TICK), TICK_AT, node, node.life)
  }

  #found (node: ModelNode): void {
    for (let i = 0; i < Math.min(MAX_ANSWER, this.#table.length); i++) {
      this.#learn(node, this.#random.pick(this.#table))
    }

    this.#fill(node)
  }

  #learn (node: ModelNode, other: ModelNode): void {
    if (other !== node && !other.isServer) {
      node.candidates.add(other.id)
    }
  }

  /** One tells another of those that it has seen. */
  #introduce ({ members }: ModelNode, to: ModelNode, most: number): void {
    const count = Math.min(most, members.length)
    const first = this.#random.integer(members.length || 1)
    // different ones for each, and each once: from a random place on, in steps of a random length
    const step = members.length <= most ? 1 : 1 + this.#random.integer(Math.floor(members.length / count))

    for (let i = 0; i < count; i++) {
      this.#learn(to, this.#node(members[(first + i * step) % members.length]))
    }
  }

  #seen (provider: ModelNode, recipient: ModelNode): void {
    const { members } = provider

    if (members.length < MAX_MEMBERS) {
      members.push(recipient.id)
    } else {
      members[provider.membersAt++ % MAX_MEMBERS] = recipient.id
    }
  }

  #fill (node: ModelNode): void {
    const chosen = chosenPlaces(this.#now - node.began)

    // it has a place beside those of others
    if (node.isActive && node.serverRetryAt <= this.#now) {
      node.serverRetryAt = Infinity
      this.#open(node, this.server, node.serverFailures)
    }

    while (node.isActive && node.providers.length + node.opening.length < this.#places) {
      const candidate = node.candidates.next(this.#now, node.providers.length + node.opening.length >= chosen, this.#random)

      if (candidate == null) {
        return
      }

      this.#open(node, this.#node(candidate.node), candidate.failures)
    }
  }

  #open (node: ModelNode, provider: ModelNode, failures: number): void {
    const session = new Session(node, provider, failures, this.#isSealed)
    node.opening.push(provider)

    if (provider.isOnline) {
      this.#queue.push(this.#now + SESSION_ROUND_TRIPS * this.#roundTrip(node, provider) + 1000 * this.#costs.session, OPENED, session)
    } else {
      this.#queue.push(this.#now + OPEN_TIMEOUT, UNREACHED, session)
    }
  }

  #unreached (session: Session): void {
    const { recipient } = session

    if (recipient.life === session.life) {
      recipient.opening.splice(recipient.opening.indexOf(session.provider), 1)
      this.#failed(session)
    }
  }

  #opened (session: Session): void {
    const { recipient, provider } = session

    if (recipient.life !== session.life) {
      return
    }

    if (!provider.isOnline) {
      this.#queue.push(this.#now + OPEN_TIMEOUT, UNREACHED, session)
      return
    }

    recipient.opening.splice(recipient.opening.indexOf(provider), 1)

    if (!recipient.isActive) {
      return
    }

    if (!provider.isProviding || provider.recipients.length >= MAX_SESSIONS || provider.behaviour === 'free-rider') {
      this.#failed(session)
      return
    }

    if (this.#isCrowded(provider, recipient)) {
      this.#failed(session)
    } else {
      this.#introduce(provider, recipient, MAX_PEERS)
      this.#begun(session)
    }

    this.#seen(provider, recipient)

    if (provider.isActive) {
      provider.candidates.calls(recipient.id)
      this.#fill(provider)
    }
  }

  /** It fetches itself, and has as many recipients as it can serve meanwhile, unless it fetches from this one (provision.ts, `#isCrowded`). */
  #isCrowded (provider: ModelNode, recipient: ModelNode): boolean {
    return provider.isActive && provider.recipients.length >= MAX_RECIPIENTS_MEANWHILE &&
      !provider.opening.includes(recipient) && !provider.providers.some(session => session.provider === recipient)
  }

  #begun (session: Session): void {
    const { recipient, provider } = session
    session.isOpen = true
    session.window = new RequestWindow(this.geometry.blockSize, this.#window)
    session.lane = provider.flight.lane()
    session.finish = provider.turnVirtual
    session.openedAt = session.idleSince = this.#now
    provider.recipients.push(session)
    recipient.providers.push(session)

    if (this.#isSealed) {
      session.credit = 1
      session.window.interlock = 1
    }

    if (session.offers != null) {
      const { words, bits } = this.choice.have
      const have = new Uint8Array(bits.slice(recipient.id * words, (recipient.id + 1) * words).buffer, 0, Math.ceil(this.geometry.blockCount / 8))
      session.taker = this.#book.join(Bitfield.from(have, this.geometry.blockCount), ranges => { this.#offer(session, ranges) })
    } else {
      recipient.lastPeerBlock = this.#now
      // garbage is made up by every second one of those who send it
      session.isComplete = this.#isComplete(provider) || (provider.behaviour === 'garbage-sender' && provider.variant === 1)

      if (session.isComplete) {
        recipient.complete++
      } else {
        this.choice.countAll(recipient.id, provider.id, 1)
      }
    }

    this.#pump(session)
  }

  /** A session did not come about, or has ended. */
  #failed ({ recipient, provider, failures }: Session, pause: number = 0): void {
    if (!recipient.isActive) {
      return
    }

    if (provider.isServer) {
      recipient.serverRetryAt = this.#now + backoff(recipient.serverFailures++, this.#random.next())
    } else {
      recipient.candidates.failed(provider.id, failures, this.#now, this.#random, pause)
    }

    this.#fill(recipient)
  }

  #checkStalls (node: ModelNode): void {
    for (const session of [...node.providers]) {
      const { window, provider, requested, waiting, flying } = session

      if (window.outstanding === 0) {
        continue
      }

      const isThere = waiting.length + flying.length > 0
      // what is neither is on its last way
      const isOnWay = !isThere && requested.length === 0
      const gap = isThere ? silence(flying.length > 0, provider.uplink.time(QUANTUM), session.isHeard ? 0 : this.#messageTime(provider, node)) : Infinity

      if (!isOnWay && gap >= STALL_TIMEOUT && !session.isStalled && this.#mayDuplicate && window.stalled(this.#now)) {
        this.#abandon(session)
      }

      if (isOnWay || gap < STALL_TIMEOUT || window.silence(this.#now) >= gap) {
        session.isHeard ||= isThere
        window.alive(this.#now)
      } else if (window.stalled(this.#now, SNUB_TIMEOUT)) {
        this.#close(session)
        this.#failed(session)
      }
    }
  }

  /** Others are asked for what a provider owes; should it come after all, it is taken. */
  #abandon (session: Session): void {
    session.isStalled = session.recipient.hasAbandoned = true
    session.window.restart()

    for (const block of session.owed) {
      if (!session.abandoned.includes(block)) {
        session.abandoned.push(block)
        this.#release(session.recipient, block)
      }
    }

    this.#pumpAll(session.recipient)
  }

  #replaceSlowest (node: ModelNode): void {
    if (this.#now - node.lastReplace < REPLACE_INTERVAL || node.providers.length < this.#places || !node.candidates.isWaiting(this.#now)) {
      return
    }

    node.lastReplace = this.#now
    const session = slowest(node.providers.filter(({ provider }) => !provider.isServer), SLOW_PART)

    if (session != null) {
      this.#close(session)
      this.#failed(session, MAX_BACKOFF)
    }
  }

  // -------------------------------------------------------------- the end of a session

  /** The provider is gone. */
  #lose (session: Session): void {
    this.#close(session)
    this.#failed(session)
    this.#pumpAll(session.recipient)
  }

  /** It broke the rules, which is proven: nothing is asked of it any more. */
  #ban (session: Session): void {
    session.recipient.dropped++
    this.#close(session)
    this.#pumpAll(session.recipient)
    this.#fill(session.recipient)
  }

  #close (session: Session): void {
    if (session.isOver) {
      return
    }

    const { recipient, provider } = session
    session.isOver = true
    session.isOpen = false
    recipient.providers.splice(recipient.providers.indexOf(session), 1)
    provider.recipients.splice(provider.recipients.indexOf(session), 1)

    if (session.isComplete) {
      recipient.complete--
    } else if (session.offers == null) {
      session.news.forEach(block => { this.choice.count(recipient.id, block) })
      session.news.length = 0
      this.choice.countAll(recipient.id, provider.id, -1)
    }

    for (const blocks of [session.owed, session.unacknowledged, session.locked]) {
      blocks.forEach(block => { session.abandoned.includes(block) || this.#release(recipient, block) })
      blocks.length = 0
    }

    if (session.flying.length > 0) {
      const left = provider.uplink.left(session, this.#now)
      provider.uplink.cancel(session, this.#now)
      session.flying.forEach(block => { provider.memory -= this.geometry.blockLength(block) })
      session.flying.length = 0

      if (provider.isOnline && recipient.isOnline) {
        // what the network has taken of it is sent all the same
        provider.uplink.begin(session, Math.min(left, SEND_BUFFER), this.#now)
      }
    }

    if (session.isWaiting) {
      provider.backlog.splice(provider.backlog.indexOf(session), 1)
    }

    session.departures.forEach(departure => { provider.flight.cancel(departure) })
    session.taker?.leave()

    if (provider.isOnline) {
      this.#serve(provider)
      this.#watchUplink(provider)
    }
  }

  /** Nobody is asked for it any more, by this request. */
  #release (node: ModelNode, block: number): void {
    if (this.choice.release(node.id, block) && !this.choice.have.has(node.id, block)) {
      node.open++
    }
  }

  // -------------------------------------------------------------- requests

  #pumpAll (node: ModelNode): void {
    for (const session of node.providers) {
      this.#pump(session)
    }
  }

  #pump (session: Session): void {
    const { window, recipient, owed } = session

    if (!recipient.isActive || session.isStalled || !isWorthAsking(window.outstanding, window.room, window.size)) {
      return
    }

    if (this.#isSealed && this.#lockedBytes(recipient) > MAX_LOCKED_BYTES) {
      return
    }

    let count = 0

    for (const room = window.room; count < room; count++) {
      const block = this.#choose(session)

      if (block < 0 || owed.includes(block)) {
        break
      }

      if (this.choice.claims(recipient.id, block) === 0) {
        recipient.open--
      }

      this.choice.claim(recipient.id, block, this.#now)
      owed.push(block)
      session.requested.push(block)
    }

    if (count > 0) {
      session.isHeard &&= window.outstanding > 0
      window.sent(count, this.#now)
      session.idleSince = Infinity
      this.#queue.push(this.#now + this.#messageTime(recipient, session.provider), REQUEST, session, count)
    } else if (window.outstanding === 0 && session.idleSince === Infinity) {
      session.idleSince = this.#now
    }
  }

  #choose (session: Session): number {
    const { recipient, provider, isComplete, offers, owed } = session
    let block = -1

    if (offers == null) {
      block = recipient.open === 0 ? -1 : this.choice.rarest(recipient.id, provider.id, isComplete, recipient.blocks)
    } else if (recipient.open > 0) {
      block = this.#chooseAtOrigin(session, offers)
    }

    if (block < 0 && recipient.open === 0 && this.#mayDuplicate && (offers == null || mayAskOrigin(this.#prospects(session)))) {
      block = this.choice.duplicate(recipient.id, provider.id, isComplete, owed, this.#lateBefore(session))
    } else if (block < 0 && offers == null && this.#mayDuplicate) {
      const origin = recipient.providers.find(({ offers }) => offers != null)
      block = origin == null ? -1 : this.choice.waiting(recipient.id, provider.id, isComplete, origin.owed, this.#lateBefore(session))
    }

    return block
  }

  /** What others were asked for before this may be asked of this provider as well. */
  #lateBefore ({ window }: Session): number {
    return this.#now - duplicatePatience(this.#isSealed, window.roundTrip, this.geometry.blockSize, window.rate)
  }

  #chooseAtOrigin (session: Session, offers: Set<number>): number {
    const { recipient, provider, window, idleSince } = session
    const prospects = this.#prospects(session)
    const isFree = mayAskOrigin(prospects)
    const suffices = !isFree && peersSuffice(this.#peersRate(recipient), window.rate, this.#now - recipient.lastPeerBlock)

    for (const block of offers) {
      if (this.choice.have.has(recipient.id, block)) {
        offers.delete(block)
      } else if (this.choice.isOpen(recipient.id, block) && !(suffices && this.#isElsewhere(recipient, block))) {
        return block
      }
    }

    if (!isFree && !isStarving(this.#now - idleSince, prospects)) {
      return -1
    }

    const block = this.choice.rarest(recipient.id, provider.id, true, recipient.blocks)

    return isFree || (block >= 0 && !this.#isElsewhere(recipient, block)) ? block : -1
  }

  #isElsewhere (node: ModelNode, block: number): boolean {
    return node.complete > 0 || this.choice.isElsewhere(node.id, block)
  }

  #prospects ({ recipient: node, idleSince, openedAt }: Session): Prospects {
    const { providers, opening, candidates, serverRetryAt } = node
    const server = serverRetryAt === Infinity ? 1 : 0

    return {
      others: candidates.hasFresh || providers.length + opening.length > server,
      sinceOpened: this.#now - openedAt,
      waited: Math.max(0, this.#now - Math.max(node.lastBlock, idleSince)),
      sinceNews: this.#now - node.lastNews,
      newsInterval: node.newsInterval
    }
  }

  #peersRate (node: ModelNode): number {
    let rate = 0

    for (const { offers, window, isStalled } of node.providers) {
      rate += offers == null && !isStalled ? window.rate : 0
    }

    return rate
  }

  #lockedBytes (node: ModelNode): number {
    let blocks = 0

    for (const { locked, unacknowledged } of node.providers) {
      blocks += locked.length + unacknowledged.length
    }

    return blocks * this.geometry.blockSize
  }

  // -------------------------------------------------------------- the provider's end

  #requested (session: Session, count: number): void {
    if (session.isOver) {
      return
    }

    const blocks = session.requested.splice(0, count)
    session.waiting.push(...blocks)
    session.taker?.requested(blocks)
    this.#ask(session)
    this.#serve(session.provider)
  }

  /** It waits for a turn, if it may have one. */
  #ask (session: Session): void {
    const { provider, waiting, flying } = session

    if (!session.isWaiting && waiting.length > 0 && flying.length < this.#ahead && session.unpaid < session.credit) {
      const { backlog } = provider
      let at = backlog.length
      session.isWaiting = true
      session.start = turnStart(provider.turnVirtual, session.finish)

      while (at > 0 && backlog[at - 1].start > session.start) {
        at--
      }

      backlog.splice(at, 0, session)
    }
  }

  /** Gives turns, as many as there are. */
  #serve (provider: ModelNode): void {
    const { backlog, flight } = provider

    while (backlog.length > 0) {
      const session = this.#nextTurn(provider)
      const { waiting, owed } = session

      while (waiting.length > 0 && !owed.includes(waiting[0])) {
        // cancelled
        waiting.shift()
      }

      if (waiting.length === 0) {
        session.isWaiting = false
        backlog.splice(backlog.indexOf(session), 1)
        continue
      }

      const bytes = this.geometry.blockLength(waiting[0])

      if (provider.memory > 0 && provider.memory + bytes > READ_BUDGET) {
        break
      }

      if (!flight.hasRoom(session.lane, bytes, this.#now)) {
        const relief = Math.max(flight.relief, this.#now + 1)

        if (relief < provider.wakeAt) {
          provider.wakeAt = relief
          this.#queue.push(relief, WAKE, provider)
        }

        break
      }

      backlog.splice(backlog.indexOf(session), 1)
      this.#send(session, bytes)
    }

    this.#watchUplink(provider)
  }

  /** Whose turn starts first; at the origin, of those who want what is not on its way to somebody (upload-queue.ts, `#next`). */
  #nextTurn ({ isServer, backlog }: ModelNode): Session {
    const isFirst = ({ waiting }: Session): boolean => waiting.length === 0 || !this.#book.isSpreading(waiting[0])

    return (isServer ? backlog.find(isFirst) : undefined) ?? backlog[0]
  }

  #wake (provider: ModelNode): void {
    if (provider.wakeAt <= this.#now) {
      provider.wakeAt = Infinity
      provider.isOnline && this.#serve(provider)
    }
  }

  /** Its turn has come. */
  #send (session: Session, bytes: number): void {
    const { provider, flying, waiting } = session
    session.isWaiting = false
    provider.turnVirtual = Math.max(provider.turnVirtual, session.start)
    // all have the same weight: standing is earned by claims, and the tickets of a run are older
    session.finish = session.start + bytes
    session.departures.push(provider.flight.leave(session.lane, bytes, this.#now))
    provider.memory += bytes
    session.unpaid += this.#isSealed ? 1 : 0
    const block = waiting.shift() as number
    flying.push(block)
    provider.isServer && this.#book.sent(block)

    if (flying.length === 1) {
      this.#carry(session)
    }

    this.#ask(session)
  }

  /** The first of those that have their turn goes over the uplink. */
  #carry (session: Session): void {
    session.began = this.#now
    session.provider.uplink.begin(session, this.geometry.blockLength(session.flying[0]) * this.#wire, this.#now)
  }

  #watchUplink (node: ModelNode): void {
    const { uplink } = node
    const next = uplink.next(this.#now)

    if (next < uplink.alarm) {
      uplink.alarm = next
      this.#queue.push(next, UPLINK, node)
    }
  }

  /** Blocks may be through the uplink. */
  #through (node: ModelNode): void {
    const { uplink } = node

    if (uplink.alarm > this.#now) {
      return
    }

    uplink.alarm = Infinity

    for (let session = uplink.through(this.#now); session != null; session = uplink.through(this.#now)) {
      const { flying, recipient, delay, began } = session
      const block = flying.shift()

      if (block == null) {
        // the rest of a session that is over
        continue
      }

      const bytes = this.geometry.blockLength(block)
      node.memory -= bytes
      node.sent += bytes
      session.begins.push(began + delay)
      this.recorder.moved(node.id, recipient.id, bytes, began, this.#now)
      this.#watch.onSent?.(node, recipient, block, this.#now)
      this.#queue.push(recipient.downlink.pass(bytes * this.#wire, began + delay, this.#now + delay) + WRITE_TIME, DELIVER, session, block)

      if (flying.length > 0) {
        this.#carry(session)
      }

      this.#ask(session)
    }

    this.#serve(node)
  }

  // -------------------------------------------------------------- blocks arrive

  #deliver (session: Session, block: number): void {
    const { recipient, provider, owed, window } = session
    const bytes = this.geometry.blockLength(block)
    const first = session.begins.shift() ?? this.#now
    recipient.received += bytes

    if (session.isOver) {
      recipient.wasted += bytes
      return
    }

    if (session.news.length > 0) {
      this.#hear(session)
    }

    const at = owed.indexOf(block)
    window.received(1, Math.min(first, this.#now))
    window.received(bytes - 1, this.#now)
    session.unconfirmed++
    session.isStalled = false

    if (at < 0) {
      // it was cancelled
      recipient.wasted += bytes
      this.#announceSoon(recipient)
      this.#watch.onDelivered?.(provider, recipient, block, false, this.#now)
    } else {
      owed.splice(at, 1)
      window.ended(true)
      this.#isSealed ? this.#sealed(session, block) : this.#settle(session, block)
    }

    this.#pump(session)
  }

  /** Mode proof: it is worth nothing yet. */
  #sealed (session: Session, block: number): void {
    const { recipient, unacknowledged, owed } = session

    if (recipient.behaviour === 'ack-refuser') {
      recipient.wasted += this.geometry.blockLength(block)
      this.#release(recipient, block)
      this.#close(session)
      this.#failed(session)
      return
    }

    unacknowledged.push(block)

    if (owed.length === 0 || unacknowledged.length >= acknowledgeThreshold(session.credit)) {
      this.#acknowledge(session)
    } else if (!session.isAcknowledging) {
      session.isAcknowledging = true
      this.#queue.push(this.#now + ACKNOWLEDGE_DELAY, ACKNOWLEDGE, session)
    }
  }

  #acknowledge (session: Session): void {
    const { unacknowledged, locked, recipient, provider } = session
    session.isAcknowledging = false

    if (!session.isOver && unacknowledged.length > 0) {
      this.#queue.push(this.#now + this.#messageTime(recipient, provider), ACKNOWLEDGED, session, unacknowledged.length)
      locked.push(...unacknowledged)
      unacknowledged.length = 0
    }
  }

  #acknowledged (session: Session, count: number): void {
    const { provider, recipient } = session

    if (session.isOver) {
      return
    }

    provider.acknowledged += count
    session.unpaid -= count
    session.credit = grownWindow(session.credit, count, this.#cap)
    const isWithheld = provider.behaviour === 'key-withholder'
    // every second one says no, the others nothing
    this.#queue.push(this.#now + this.#messageTime(provider, recipient) + (isWithheld && provider.variant === 1 ? KEYS_TIMEOUT : 0), KEYS, session, count)
    this.#ask(session)
    this.#serve(provider)
  }

  #keys (session: Session, count: number): void {
    const { provider, recipient, locked, window } = session

    if (session.isOver) {
      return
    }

    if (provider.behaviour === 'key-withholder') {
      this.#recover(session)
      return
    }

    for (let i = 0; i < count && locked.length > 0; i++) {
      window.interlock++
      this.#settle(session, locked.shift() as number)

      if (session.isOver) {
        return
      }
    }

    recipient.isActive && this.#pump(session)
  }

  /** The server gives the keys that the provider does not. */
  #recover (session: Session): void {
    const { recipient, provider, locked } = session
    const key = recipient.id * (this.clients.length + 1) + provider.id
    const offences = (this.#offences.get(key) ?? 0) + 1
    this.#offences.set(key, offences)
    const blocks = locked.splice(0)
    const time = this.#roundTrip(recipient, this.server) + 1000 * this.#costs.ticket

    for (const block of blocks) {
      this.#queue.push(this.#now + time, RECOVERED, session, block)
    }

    this.#close(session)

    if (offences < MAX_OFFENCES) {
      this.#failed(session)
    } else {
      recipient.dropped++
      this.#fill(recipient)
    }

    this.#pumpAll(recipient)
  }

  /** A block is there and can be read: it is verified. */
  #settle (session: Session, block: number): void {
    const { recipient, provider } = session
    const bytes = this.geometry.blockLength(block)
    const isFalse = provider.behaviour === 'garbage-sender'
    const isUseful = recipient.isActive && !this.choice.have.has(recipient.id, block) && !isFalse
    this.#watch.onDelivered?.(provider, recipient, block, isUseful, this.#now)

    const given = session.abandoned.indexOf(block)

    if (given >= 0) {
      // others have the claim by now
      session.abandoned.splice(given, 1)
      recipient.open -= isUseful && !this.choice.asked.has(recipient.id, block) ? 1 : 0
    }

    if (!isUseful) {
      recipient.wasted += bytes
      given < 0 && this.#release(recipient, block)
      isFalse && !session.isOver && this.#ban(session)
      return
    }

    given < 0 && this.choice.release(recipient.id, block)
    this.choice.have.add(recipient.id, block)
    recipient.blocks++
    recipient.lastBlock = this.#now
    session.failures = 0

    if (provider.isServer) {
      recipient.fromServer += bytes
      recipient.serverFailures = 0
    } else {
      recipient.fromPeers += bytes
      recipient.lastPeerBlock = this.#now
    }

    if (this.choice.claims(recipient.id, block) > 0 || recipient.hasAbandoned) {
      this.#cancel(recipient, block)
    }

    recipient.fresh.push(block)
    this.#announceSoon(recipient)

    if (this.#isComplete(recipient)) {
      this.#finish(recipient)
    }
  }

  /** The block has come: it is expected from nobody any more. */
  #cancel (recipient: ModelNode, block: number): void {
    for (const { owed, window, abandoned } of recipient.providers) {
      const at = owed.indexOf(block)

      if (at >= 0) {
        const given = abandoned.indexOf(block)
        owed.splice(at, 1)
        window.ended(false)
        given < 0 ? this.choice.release(recipient.id, block) : abandoned.splice(given, 1)
      }
    }
  }

  // -------------------------------------------------------------- announcements

  #offer (session: Session, ranges: Array<{ first: number, count: number }>): void {
    const count = ranges.reduce((sum, { count }) => sum + count, 0)
    const pause = count >= Math.min(ANNOUNCE_BLOCKS, this.#window / 2) ? 0 : ANNOUNCE_INTERVAL

    for (const { first, count } of ranges) {
      for (let block = first; block < first + count; block++) {
        this.#queue.push(this.#now + pause + session.delay, OFFER, session, block)
      }
    }
  }

  #offered (session: Session, block: number): void {
    if (!session.isOver && !this.choice.have.has(session.recipient.id, block)) {
      session.offers?.add(block)
      this.#pump(session)
    }
  }

  #announceSoon (node: ModelNode): void {
    if (!node.isAnnouncing) {
      node.isAnnouncing = true
      this.#queue.push(this.#now + ANNOUNCE_INTERVAL, ANNOUNCE, node, node.life)
    }
  }

  #announce (node: ModelNode): void {
    const { fresh, untold, providers, uplink, link } = node
    const blocks = fresh.splice(0)
    node.isAnnouncing = false
    untold.push(...blocks)
    // it reaches each at another time: as if all were as far away as this one is
    this.#queue.push(this.#now + 2 * link.delay + uplink.time(QUANTUM), NEWS, node, blocks.length)

    for (const session of providers) {
      const { unconfirmed, taker, provider } = session
      session.unconfirmed = 0

      if (unconfirmed > 0) {
        this.#queue.push(this.#now + this.#messageTime(node, provider), CONFIRMED, session, unconfirmed)
      }

      if (taker != null && !(node.behaviour === 'free-rider' && node.variant === 1)) {
        taker.announced(blocks.map(first => ({ first, count: 1 })))
      }
    }
  }

  /** Others hear of blocks; those who are being sent one hear of it when that has come. */
  #news (node: ModelNode, count: number): void {
    const blocks = node.untold.splice(0, count)

    for (const block of blocks) {
      this.choice.announced.add(node.id, block)
    }

    for (const session of node.recipients) {
      if (!session.isComplete && session.recipient.isActive) {
        session.news.push(...blocks)
        session.flying.length === 0 && this.#hear(session)
      }
    }
  }

  /** A recipient hears of what its provider got. */
  #hear (session: Session): void {
    const { recipient, news } = session
    const { choice } = this
    let isNew = false

    for (const block of news) {
      isNew ||= !choice.have.has(recipient.id, block) && !this.#isElsewhere(recipient, block)
      choice.count(recipient.id, block)
    }

    news.length = 0

    if (isNew) {
      recipient.newsInterval += (this.#now - recipient.lastNews - recipient.newsInterval) / 8
      recipient.lastNews = this.#now
    }

    recipient.open > 0 && this.#pump(session)
  }

  #confirmed (session: Session, count: number): void {
    const { provider, departures, isOver } = session

    if (!isOver) {
      departures.splice(0, count).forEach(departure => { provider.flight.arrived(departure, this.#now) })
      this.#serve(provider)
    }
  }

  // -------------------------------------------------------------- small things

  #node (id: number): ModelNode {
    return id === 0 ? this.server : this.clients[id - 1]
  }

  #isComplete ({ blocks }: ModelNode): boolean {
    return blocks === this.geometry.blockCount
  }

  #roundTrip (a: ModelNode, b: ModelNode): number {
    return 2 * (a.link.delay + b.link.delay)
  }

  /** How long a message is on its way: it waits for its turn on the uplink, behind the blocks that are on the same connection. */
  #messageTime (from: ModelNode, to: ModelNode): number {
    const { uplink } = from
    const delay = from.link.delay + to.link.delay

    if (uplink.count === 0) {
      return delay
    }

    const back = to.providers.find(({ provider }) => provider === from)

    if (back == null || back.flying.length === 0) {
      return delay + uplink.time(QUANTUM)
    }

    return delay + uplink.time(uplink.left(back, this.#now) + Math.min(SEND_BUFFER, (back.flying.length - 1) * this.geometry.blockSize))
  }

  #lookupTime ({ link }: ModelNode): number {
    return lookupTime(link.delay)
  }
}
