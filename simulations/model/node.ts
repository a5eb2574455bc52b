import { Flight } from '../../protocols/block/flight.ts'
import { Candidates } from './candidates.ts'
import { Downlink } from './downlink.ts'
import { Uplink } from './uplink.ts'
import type { Carried } from './uplink.ts'
import type { Departure, FlightLane } from '../../protocols/block/flight.ts'
import type { OfferTaker } from '../../src/server/offers.ts'
import type { RequestWindow } from '../../src/swarm/request-window.ts'
import type { PeerPlan } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

const NOTHING: number[] = []

/** One session: who asks whom, and all that is between them. */
export class Session implements Carried {
  readonly recipient: ModelNode
  readonly provider: ModelNode
  /** How often the provider failed before */
  failures: number
  /** Of the recipient, see {@link ModelNode.life} */
  readonly life: number
  isOpen = false
  isOver = false
  /** The provider had everything when it began, so that it announces nothing */
  isComplete = false

  // ---- the recipient's end
  window!: RequestWindow
  /** Asked for and not delivered, in the order of asking */
  readonly owed: number[] = []
  /** It did not deliver in time: nothing new is asked until it sends something. What it owes is asked of others as well */
  isStalled = false
  /** It was heard of since it owes blocks */
  isHeard = false
  readonly abandoned: number[] = []
  openedAt = 0
  idleSince = 0
  /** What the origin would rather give */
  readonly offers?: Set<number>
  /** Mode proof: delivered, and not acknowledged; acknowledged, and without its key; both in order */
  readonly unacknowledged: number[]
  readonly locked: number[]
  isAcknowledging = false
  /** When the first bytes of those that are through reach the recipient */
  readonly begins: number[] = []
  /** Blocks that came since the last announcement: by then the provider knows of them */
  unconfirmed = 0

  // ---- the provider's end
  /** Announcements that are behind a block, on the same connection */
  readonly news: number[] = []
  /** Requests on their way, and those that wait for their turn */
  readonly requested: number[] = []
  readonly waiting: number[] = []
  /** They have their turn: the first is on the uplink, the others follow */
  readonly flying: number[] = []
  readonly departures: Departure[] = []
  lane!: FlightLane
  /** Waits for a turn, which starts at this virtual time; virtual time at which what it got ends */
  isWaiting = false
  start = 0
  finish = 0
  /** Mode proof: blocks sent and not acknowledged, and how many may be */
  unpaid = 0
  credit = Infinity
  taker?: OfferTaker
  /** When the first of `flying` began to be sent */
  began = 0

  due = 0
  next?: this
  previous?: this

  constructor (recipient: ModelNode, provider: ModelNode, failures: number, isSealed: boolean) {
    this.recipient = recipient
    this.provider = provider
    this.failures = failures
    this.life = recipient.life
    // one for all of those who have nothing to put in it
    this.unacknowledged = isSealed ? [] : NOTHING
    this.locked = isSealed ? [] : NOTHING
    this.offers = provider.isServer ? new Set() : undefined
  }

  /** Milliseconds from one end to the other */
  get delay (): number {
    return this.recipient.link.delay + this.provider.link.delay
  }
}

/** A node: the server, number 0, or a client. */
export class ModelNode {
  readonly id: number
  readonly link: Link
  readonly plan?: PeerPlan
  /** Of those with the same behaviour, which: they do it in one of two ways */
  readonly variant: number
  isOnline = false
  /** Gone for good */
  isGone = false
  /** Fetches */
  isActive = false
  /** Others may ask it: it has a ticket, and an object, however little of it */
  isProviding = false
  /** Lives of it: what was meant for a former one is void */
  life = 0

  // ---- recipient
  blocks = 0
  /** Wanted, and not asked for */
  open = 0
  readonly providers: Session[] = []
  /** Those whom it opens a session with */
  readonly opening: ModelNode[] = []
  /** Sessions with providers who had everything at their begin */
  complete = 0
  readonly candidates = new Candidates()
  /** Failures in a row, and when it is tried again; Infinity while there is a session or one is opened */
  serverFailures = 0
  serverRetryAt = 0
  lastBlock = 0
  lastPeerBlock = -Infinity
  /** When it began to fetch; when a peer came by a block that none had, and how long that takes, smoothed */
  began = 0
  lastNews = 0
  newsInterval = 0
  /** One of its providers has stalled, at some time */
  hasAbandoned = false
  lastLookup = 0
  lastReplace = 0
  arrived = 0
  finished = NaN
  error?: string
  /** Blocks that came and are not announced */
  readonly fresh: number[] = []
  /** Announced, and not heard of yet */
  readonly untold: number[] = []
  isAnnouncing = false

  // ---- provider
  readonly recipients: Session[] = []
  readonly uplink: Uplink<Session>
  readonly downlink: Downlink
  flight = new Flight()
  /** Bytes of blocks that have their turn and are not through */
  memory = 0
  /** Sessions that wait for a turn, in the order of their starts */
  readonly backlog: Session[] = []
  turnVirtual = 0
  wakeAt = Infinity
  /** Who was seen with a ticket, the last ones */
  readonly members: number[] = []
  membersAt = 0

  // ---- counters, bytes of blocks
  fromServer = 0
  fromPeers = 0
  wasted = 0
  sent = 0
  received = 0
  acknowledged = 0
  dropped = 0

  /** `up` and `down`: bytes per millisecond that its link and its processor take. */
  constructor ({ id, link, up, down, plan, variant }: { id: number, link: Link, up: number, down: number, plan?: PeerPlan, variant: number }) {
    this.id = id
    this.link = link
    this.plan = plan
    this.variant = variant
    this.uplink = new Uplink(up)
    this.downlink = new Downlink(down)
  }

  get isServer (): boolean {
    return this.id === 0
  }

  get behaviour (): PeerPlan['behaviour'] {
    return this.plan?.behaviour
  }
}
