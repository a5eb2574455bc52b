import { InvalidParametersError } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { MAX_REMEMBERED_RECIPIENTS, UPLOAD_CREDIT } from './constants.ts'
import { Flight } from './flight.ts'
import type { FlightLane } from './flight.ts'
import type { AbortOptions, PeerId } from '@libp2p/interface'

/** Longest sleep until it is looked again, ms: timers take no more than 2^31, and a debt may last longer. */
const MAX_SLEEP = 60_000

export interface UploadQueueInit {
  /** Bytes of blocks held for all recipients */
  memory: number
  /** Bytes per second to all recipients; unlimited when absent */
  limit?: number
  /** Bytes per second to one recipient; unlimited when absent */
  limitPerPeer?: number
}

/** What a turn costs. */
export interface UploadCost {
  /** Of a block or super-block. More than all the memory counts as all of it */
  bytes: number
  /** The recipient's share relative to those of others, above 0 */
  weight: number
  /** Whether others go first; may change while it waits */
  yields? (): boolean
}

/** The right to read a block and to send it. */
export interface Turn {
  /** The block has left the memory. May be called more than once. */
  release (): void
  /** The recipient says that it has it. May be called more than once, before or after `release`. */
  arrived (): void
  /** It will not be known whether the recipient has it. May be called more than once. */
  lost (): void
  /** Nothing was read or sent: instead of `release`. */
  refund (): void
}

interface Waiting extends UploadCost {
  /** Virtual time when it came */
  arrival: number
  taken: PromiseWithResolvers<Turn>
}

/** A recipient, with all its sessions. */
export interface UploadFlow {
  sessions: number
  /** Virtual time at which what it got ends: its next turn starts there, or at the present one when that is later */
  finish: number
  bucket: Bucket
  lane: FlightLane
  /** In the order of asking */
  waiting: Set<Waiting>
}

/**
 * Whose block is read and sent next. Blocks that a stream has not taken take memory, which is bounded, and pass at the upload limits,
 * if there are any; and only so many are on their way as the uplink takes ({@link Flight}). While all can have what they ask for, they
 * get it at once; else the turns are shared by start-time fair queueing (Goyal, Vin, Cheng 1996): a turn of `bytes` takes a flow
 * `bytes / weight` of virtual time, and the next turn is of the flow whose turn starts first, those that yield after all others. A flow
 * that was idle starts at the present virtual time: it has saved up nothing.
 */
export class UploadQueue {
  /** Bytes */
  readonly memory: number
  #free: number
  readonly #bucket: Bucket
  readonly #limitPerPeer?: number
  readonly #flight = new Flight()
  /** By PeerId */
  readonly #flows = new Map<string, UploadFlow>()
  /** Flows that wait; of those with equal starts, the first one is next */
  readonly #backlog = new Set<UploadFlow>()
  /** Start of the turn that began last */
  #virtual = 0
  /** The next one lacks nothing but memory */
  #short = false
  #timer?: ReturnType<typeof setTimeout>

  /**
   * @throws {InvalidParametersError} when a limit is not above 0
   */
  constructor ({ memory, limit, limitPerPeer }: UploadQueueInit) {
    if ([limit, limitPerPeer].some(limit => limit != null && !(limit > 0))) {
      throw new InvalidParametersError('An upload limit has to be above 0')
    }

    this.memory = memory
    this.#free = memory
    this.#bucket = new Bucket(limit)
    this.#limitPerPeer = limitPerPeer
  }

  /** Bytes of memory not taken. */
  get free (): number {
    return this.#free
  }

  /** Recipients that wait for their turn. */
  get waiting (): number {
    return this.#backlog.size
  }

  /** Whether others than this recipient wait for memory. */
  contended (flow: UploadFlow): boolean {
    const now = performance.now()

    return this.#short && [...this.#backlog].some(other => other !== flow && other.bucket.debt(now) <= 0)
  }

  /** A session of this recipient begins. */
  join (recipient: PeerId): UploadFlow {
    const id = recipient.toString()
    let flow = this.#flows.get(id)

    if (flow == null) {
      flow = { sessions: 0, finish: this.#virtual, bucket: new Bucket(this.#limitPerPeer), lane: this.#flight.lane(), waiting: new Set() }
      this.#flows.set(id, flow)
      this.#forget()
    }

    flow.sessions++

    return flow
  }

  /** A session ends; its turns and waits were ended before. */
  leave (flow: UploadFlow): void {
    flow.sessions--
  }

  /**
   * Wait for a turn.
   *
   * @throws {AbortError}
   */
  async take (flow: UploadFlow, cost: UploadCost, options: AbortOptions = {}): Promise<Turn> {
    const waiting: Waiting = { ...cost, arrival: this.#virtual, taken: Promise.withResolvers() }
    flow.waiting.add(waiting)
    this.#backlog.add(flow)
    this.#serve()

    if (!flow.waiting.has(waiting)) {
      return waiting.taken.promise
    }

    try {
      return await raceSignal(waiting.taken.promise, options.signal)
    } catch (err) {
      if (flow.waiting.has(waiting)) {
        this.#remove(flow, waiting)
        // it may have been the one that the others waited behind
        this.#serve()
      } else {
        // given and aborted in the same turn of the event loop
        void waiting.taken.promise.then(turn => { turn.refund() })
      }

      throw err
    }
  }

  #serve (): void {
    clearTimeout(this.#timer)
    this.#short = false

    while (this.#backlog.size > 0) {
      const now = performance.now()
      const flow = this.#next(now)

      if (flow == null) {
        this.#sleep(now)
        return
      }

      const [waiting] = flow.waiting

      if (Math.min(waiting.bytes, this.memory) > this.#free) {
        this.#short = true
        return
      }

      if (!this.#flight.hasRoom(flow.lane, waiting.bytes, now)) {
        this.#wake(this.#flight.relief - now)
        return
      }

      this.#remove(flow, waiting)
      waiting.taken.resolve(this.#begin(flow, waiting, now))
    }
  }

  /** The flow that waits within the limits and whose turn starts first. */
  #next (now: number): UploadFlow | undefined {
    let next: UploadFlow | undefined
    let first = Infinity
    let yielding = false

    if (this.#bucket.debt(now) > 0) {
      return
    }

    for (const flow of this.#backlog) {
      const [waiting] = flow.waiting
      const start = startOf(flow, waiting)

      if (flow.bucket.debt(now) > 0) {
        continue
      }

      const yields = waiting.yields?.() === true

      if (next == null || (yields === yielding ? start < first : yielding)) {
        next = flow
        first = start
        yielding = yields
      }
    }

    return next
  }

  #begin (flow: UploadFlow, waiting: Waiting, now: number): Turn {
    const { bytes, weight } = waiting
    const start = startOf(flow, waiting)
    const departure = this.#flight.leave(flow.lane, bytes, now)
    let held = Math.min(bytes, this.memory)

    this.#free -= held
    this.#bucket.take(bytes, now)
    flow.bucket.take(bytes, now)
    // one that its own limit kept back may start in the past
    this.#virtual = Math.max(this.#virtual, start)
    flow.finish = start + bytes / weight

    const release = (): void => {
      this.#free += held
      held = 0
      this.#serve()
    }

    return {
      release,
      arrived: () => {
        this.#flight.arrived(departure, performance.now())
        this.#serve()
      },
      lost: () => {
        this.#flight.cancel(departure)
        this.#serve()
      },
      refund: () => {
        this.#flight.cancel(departure)
        this.#bucket.refund(bytes)
        flow.bucket.refund(bytes)
        flow.finish -= bytes / weight
        release()
      }
    }
  }

  #remove (flow: UploadFlow, waiting: Waiting): void {
    flow.waiting.delete(waiting)
    this.#backlog.delete(flow)

    if (flow.waiting.size > 0) {
      this.#backlog.add(flow)
    }
  }

  /** Until a limit lets someone pass. */
  #sleep (now: number): void {
    const debts = [...this.#backlog].map(({ bucket }) => bucket.debt(now))

    this.#wake(Math.max(this.#bucket.debt(now), Math.min(...debts)))
  }

  #wake (wait: number): void {
    this.#timer = setTimeout(() => { this.#serve() }, Math.max(1, Math.min(Math.ceil(wait), MAX_SLEEP)))
  }

  /** Drop the oldest of those that left, above all those that owe nothing. */
  #forget (): void {
    const now = performance.now()

    for (const owing of [false, true]) {
      for (const [id, flow] of this.#flows) {
        if (this.#flows.size <= MAX_REMEMBERED_RECIPIENTS) {
          return
        }

        const owes = flow.bucket.debt(now) > 0 || flow.finish > this.#virtual

        if (flow.sessions === 0 && owes === owing) {
          this.#flows.delete(id)
        }
      }
    }
  }
}

function startOf (flow: UploadFlow, waiting: Waiting): number {
  return Math.max(waiting.arrival, flow.finish)
}

/**
 * Lets bytes pass at a rate. While it is not in debt a block of any length may pass, and put it into debt.
 */
class Bucket {
  readonly #rate: number
  /** Up to when what has passed is paid by waiting, ms */
  #paid = performance.now()

  /**
   * @param rate - bytes per second
   */
  constructor (rate: number = Infinity) {
    this.#rate = rate
  }

  /** How long nothing may pass, ms; 0 or less: now. */
  debt (now: number): number {
    return this.#paid - now
  }

  take (bytes: number, now: number): void {
    this.#paid = Math.max(this.#paid, now - UPLOAD_CREDIT) + 1000 * bytes / this.#rate
  }

  refund (bytes: number): void {
    this.#paid -= 1000 * bytes / this.#rate
  }
}
