import { FIRST_WINDOW, MAX_OUTSTANDING_BYTES, MAX_ROUND_TRIP, MIN_WINDOW, QUEUE_TIME, STALL_TIMEOUT } from './constants.ts'

/** Weight of the newest measurement in the rate. */
const NEWEST = 0.3

/** Milliseconds of traffic that one measurement of the rate covers. */
const SAMPLE = 100

/** A stall is this many times what the next bytes should have taken, if that is longer than the timeout. */
const STALL_FACTOR = 4

/**
 * How many blocks to have outstanding at one provider: what it delivers during a round trip and `QUEUE_TIME`. Times are
 * milliseconds of any monotonic clock.
 */
export class RequestWindow {
  /** With mode proof: blocks that the provider sends before it waits for an acknowledgement */
  interlock = Infinity
  readonly #blockSize: number
  readonly #limit: number
  #size: number
  #starting = true
  /** Bytes per millisecond, undefined until measured */
  #rate?: number
  #roundTrip = 0
  /** When the first request was sent to an idle provider, to measure the round trip */
  #askedIdle?: number
  #sampleStart = 0
  #sampleBytes = 0
  #lastByte = 0
  #outstanding = 0

  /**
   * @param blockSize - bytes of a block
   * @param limit - requests that the provider allows
   */
  constructor (blockSize: number, limit: number) {
    this.#blockSize = blockSize
    this.#limit = Math.max(1, Math.min(limit, Math.floor(MAX_OUTSTANDING_BYTES / blockSize)))
    this.#size = Math.min(FIRST_WINDOW, this.#limit)
  }

  /** Blocks that should be outstanding */
  get size (): number {
    return this.#size
  }

  get outstanding (): number {
    return this.#outstanding
  }

  /** Blocks that may be asked for now */
  get room (): number {
    return Math.max(0, this.#size - this.#outstanding)
  }

  /** Bytes per second, 0 until measured */
  get rate (): number {
    return (this.#rate ?? 0) * 1000
  }

  /** Milliseconds from a request to the first byte of its answer, as measured on the idle provider */
  get roundTrip (): number {
    return this.#roundTrip
  }

  /** Requests were sent. */
  sent (count: number, now: number): void {
    if (this.#outstanding === 0) {
      this.#askedIdle = now
      this.#sampleStart = now
      this.#sampleBytes = 0
      this.#lastByte = now
    }

    this.#outstanding += count
  }

  /** Some bytes of a block arrived. */
  received (bytes: number, now: number): void {
    this.#lastByte = now

    if (this.#askedIdle != null) {
      const roundTrip = now - this.#askedIdle
      this.#roundTrip = this.#roundTrip === 0 ? roundTrip : Math.min(this.#roundTrip, roundTrip)
      this.#askedIdle = undefined
      this.#sampleStart = now
    }

    this.#sampleBytes += bytes
    const elapsed = now - this.#sampleStart

    if (elapsed >= SAMPLE) {
      const rate = this.#sampleBytes / elapsed
      this.#rate = this.#rate == null ? rate : this.#rate + NEWEST * (rate - this.#rate)
      this.#sampleStart = now
      this.#sampleBytes = 0
      this.#adapt()
    }
  }

  /** A request ended: answered, refused or cancelled. */
  ended (answered: boolean): void {
    this.#outstanding--

    // one more for each answer doubles the window per round trip
    if (answered && this.#starting) {
      this.#size = Math.min(this.#limit, this.#size + 1)
    }
  }

  /** The provider owes blocks, and has sent nothing for too long. */
  stalled (now: number, timeout: number = STALL_TIMEOUT): boolean {
    return this.#outstanding > 0 && this.silence(now) > Math.max(timeout, STALL_FACTOR * this.#roundTrip)
  }

  /** Milliseconds since the last byte, 0 when nothing is owed */
  silence (now: number): number {
    return this.#outstanding === 0 ? 0 : now - this.#lastByte
  }

  /** The provider says that it is there: its silence counts from now. */
  alive (now: number): void {
    this.#lastByte = now
  }

  /** We paused the provider, or it paused with reason: its silence counts from now. */
  excuse (now: number): void {
    this.#lastByte = now
    this.#sampleStart = now
    this.#sampleBytes = 0
    this.#askedIdle = undefined
  }

  /** After a stall the provider has to show its rate again. */
  restart (): void {
    this.#size = Math.min(MIN_WINDOW, this.#limit)
    this.#starting = true
    this.#rate = undefined
  }

  #adapt (): void {
    // what is longer is a wait for our turn: to ask for more meanwhile makes nothing come sooner, and keeps it from being asked of others
    const roundTrip = Math.min(this.#roundTrip, MAX_ROUND_TRIP)
    const target = Math.ceil((this.#rate ?? 0) * (roundTrip + QUEUE_TIME) / this.#blockSize)

    // what an interlock that still widens holds back says nothing about the path
    const held = 2 * (this.#rate ?? 0) * this.#roundTrip >= this.interlock * this.#blockSize

    if (this.#starting && (target > this.#size || held)) {
      return
    }

    this.#starting = false
    this.#size = Math.min(this.#limit, Math.max(MIN_WINDOW, target))
  }
}

/**
 * Which of these providers should give its place to a new one: the slowest, when it is slower than `part` of the middle
 * one. Those without a measured rate are not judged.
 */
export function slowest<T extends { window: Pick<RequestWindow, 'rate'> }> (providers: T[], part: number): T | undefined {
  const measured = providers.filter(({ window }) => window.rate > 0).sort((a, b) => a.window.rate - b.window.rate)
  const middle = measured[measured.length >> 1]
  const last = measured[0]

  return last != null && last.window.rate < middle.window.rate * part ? last : undefined
}
