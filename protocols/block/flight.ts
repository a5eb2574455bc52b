import { FIRST_FLIGHT, FLIGHT_BLOCKS, FLIGHT_IDLE, FLIGHT_MEMORY, FLIGHT_PATIENCE, FLIGHT_SLACK, FLIGHT_REVIEW } from './constants.ts'

/** Recipients whose paces are compared. */
const PACES = 64

/** One recipient, as far as blocks on their way to it go. */
export interface FlightLane {
  /** Bytes on their way */
  bytes: number
  /** The least time that a byte took, of as many as were on their way together, ms */
  pace: number
  /** When it showed its pace last, `Flight.reviewed` of then */
  shown?: number
  /** It does not tell what it gets: nothing is counted for it until it does */
  silent: boolean
}

/** A block on its way. */
export interface Departure {
  lane: FlightLane
  bytes: number
  at: number
  /** Bytes that were on their way on the lane with it */
  behind: number
  /** The limit may have kept others back when it left */
  pressed: boolean
  counted: boolean
}

/**
 * How much may be on its way from this node at a time, to all its recipients together: sent, and not known to have arrived. Whatever is
 * given to a stream is out of our hands, in buffers that are large and shared by all streams, and a block is of no use to anybody before
 * the last of its bytes. So on a short uplink a few blocks are sent at a time, and the others wait where they can still be cancelled.
 *
 * How many that is, is found out as in TCP Vegas (Brakmo, Peterson 1995): while blocks take less than one and a half times as long as
 * to the best quarter of recipients, the uplink is not what holds them up, and more may leave. When one takes more than twice as long
 * as it did at best to the same recipient, fewer: a recipient that is slow by itself is measured by itself, and keeps no others back.
 * And while less arrives than once did, although others wait, it is not the uplink that holds blocks up, but those who
 * fetch from many at a time: then more leave, whatever they take.
 *
 * Now and then far fewer leave for a moment, which shows anew what is best: else those who come while it is crowded would take that
 * for what is usual. Times are milliseconds of any monotonic clock.
 */
export class Flight {
  #limit = FIRST_FLIGHT
  #bytes = 0
  /** In the order of leaving; those of silent recipients are not among them */
  readonly #departures = new Set<Departure>()
  /** Recipients that something is on its way to */
  #lanes = 0
  /** How long a block takes, smoothed */
  #usual = FLIGHT_PATIENCE / 4
  /** Bytes that have arrived since `#since`, and bytes per ms that arrive, lately and at best */
  #arrived = 0
  #since?: number
  #rate = 0
  #best = 0
  /** What each recipient showed first since the limit was made less to see it, the best first */
  #paces: number[] = []
  /** When it was made less for the last time */
  #reviewed?: number

  /** Bytes that may be on their way. */
  get limit (): number {
    return this.#limit
  }

  /** Bytes on their way that count. */
  get bytes (): number {
    return this.#bytes
  }

  lane (): FlightLane {
    return { bytes: 0, pace: Infinity, silent: false }
  }

  /** May a block leave to this recipient now? Nobody is kept back by itself alone: its own requests are its bound. */
  hasRoom (lane: FlightLane, bytes: number, now: number): boolean {
    if (lane.silent || this.#departures.size < FLIGHT_BLOCKS || this.#bytes + bytes <= this.#limit) {
      return true
    }

    this.#expire(now)

    return this.#departures.size < FLIGHT_BLOCKS || this.#bytes + bytes <= this.#limit || this.#lanes === (lane.bytes > 0 ? 1 : 0)
  }

  /** When the next block does not count any more, however many are kept back. */
  get relief (): number {
    const [first] = this.#departures

    return first == null ? Infinity : first.at + this.#patience
  }

  leave (lane: FlightLane, bytes: number, now: number): Departure {
    this.#reviewed ??= now
    this.#since ??= now
    const departure: Departure = { lane, bytes, at: now, behind: 0, pressed: 2 * (this.#bytes + bytes) >= this.#limit, counted: !lane.silent }

    if (departure.counted) {
      this.#lanes += lane.bytes === 0 ? 1 : 0
      lane.bytes += bytes
      this.#bytes += bytes
      this.#departures.add(departure)
    }

    departure.behind = Math.max(lane.bytes, bytes)

    return departure
  }

  /** The recipient has it. */
  arrived (departure: Departure, now: number): void {
    const { lane, bytes, at, behind, pressed, counted } = departure
    const time = now - at
    lane.silent = false

    // one that comes late counts: on a very short uplink all do at first
    this.#usual += (time - this.#usual) / 8
    this.#measure(bytes, now)

    if (counted) {
      this.#forget(departure)
    }

    if (at < (this.#reviewed ?? at)) {
      // it shows what was before
      return
    }

    const pace = time / behind
    lane.pace = Math.min(lane.pace, pace)

    if (lane.shown !== this.#reviewed && this.#paces.length < PACES) {
      lane.shown = this.#reviewed
      this.#paces.push(pace)
      this.#paces.sort((a, b) => a - b)
    }

    if (pressed) {
      if (time <= 1.5 * this.#usualPace * behind + FLIGHT_SLACK) {
        // one more for each that came: twice as many in the time that one takes
        this.#limit += bytes
      } else if (this.#rate < FLIGHT_IDLE * this.#best) {
        // the uplink has taken more: it is the recipients who are slow, and others wait. Two more in the time that one takes
        this.#limit += bytes * Math.min(1, 2 * bytes / this.#limit)
      } else if (time > 2 * lane.pace * behind + FLIGHT_SLACK) {
        this.#limit = Math.max(this.#limit - bytes, FLIGHT_BLOCKS * bytes)
      }

      this.#review(now)
    }
  }

  /** It is not on its way any more. */
  cancel (departure: Departure): void {
    // what would have come with it says nothing about the uplink
    this.#since = undefined
    this.#arrived = 0

    if (departure.counted) {
      this.#forget(departure)
    }
  }

  /** What the uplink takes, as far as it has shown: the most that has arrived in some time, which is forgotten slowly. */
  #measure (bytes: number, now: number): void {
    this.#arrived += bytes
    const time = now - (this.#since ?? now)

    if (time >= 2 * Math.max(FLIGHT_PATIENCE, this.#usual)) {
      this.#rate = this.#arrived / time
      this.#best = Math.max(this.#rate, this.#best * 2 ** (-time / FLIGHT_MEMORY))
      this.#arrived = 0
      this.#since = now
    }
  }

  #review (now: number): void {
    if (now - (this.#reviewed ?? now) > Math.max(FLIGHT_REVIEW, 20 * this.#usual)) {
      this.#reviewed = now
      this.#limit /= 4
      this.#paces = []
    }
  }

  /** Not the very best: one that is near, or says that it has what it has not, is no measure for others. */
  get #usualPace (): number {
    return this.#paces[this.#paces.length >> 2] ?? Infinity
  }

  get #patience (): number {
    return FLIGHT_PATIENCE + 4 * this.#usual
  }

  /** Whoever does not say what it gets cannot keep others back. */
  #expire (now: number): void {
    for (const departure of this.#departures) {
      if (now - departure.at < this.#patience) {
        return
      }

      departure.lane.silent = true
      this.#forget(departure)
    }
  }

  #forget (departure: Departure): void {
    const { lane, bytes } = departure
    departure.counted = false
    this.#departures.delete(departure)
    this.#bytes -= bytes
    lane.bytes -= bytes
    this.#lanes -= lane.bytes === 0 ? 1 : 0
  }
}
