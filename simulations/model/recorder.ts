/** Milliseconds that one value of a series covers at first; doubled when there are too many. */
const FIRST_STEP = 250

/** Values of a series at most: as many as a plot shows. */
const MAX_STEPS = 400

/** Groups in the table of who served whom, the server included */
const MAX_GROUPS = 24

/** What happened over time, and between whom. */
export class Recorder {
  readonly groups: number
  readonly flows: Float64Array
  #step = FIRST_STEP
  #server = new Float64Array(MAX_STEPS)
  #peers = new Float64Array(MAX_STEPS)
  readonly #done: number[] = []
  readonly #clients: number

  constructor (clients: number) {
    this.#clients = clients
    this.groups = Math.min(MAX_GROUPS, clients + 1)
    this.flows = new Float64Array(this.groups ** 2)
  }

  /** A block was sent, from one time to another. Ids are 0, the server, and clients in the order of their arrival from 1. */
  moved (from: number, to: number, bytes: number, begin: number, end: number): void {
    while (end >= MAX_STEPS * this.#step) {
      this.#coarsen()
    }

    const series = from === 0 ? this.#server : this.#peers
    const [first, last] = [Math.floor(begin / this.#step), Math.floor(end / this.#step)]

    for (let at = first; at <= last; at++) {
      const part = first === last ? 1 : (Math.min(end, (at + 1) * this.#step) - Math.max(begin, at * this.#step)) / (end - begin)
      series[at] += part * bytes
    }

    this.flows[this.group(from) * this.groups + this.group(to)] += bytes
  }

  done (now: number): void {
    this.#done.push(now)
  }

  group (id: number): number {
    return id === 0 ? 0 : 1 + Math.floor((id - 1) * (this.groups - 1) / this.#clients)
  }

  groupName (group: number): string {
    if (group === 0) {
      return 'server'
    }

    const ids = Array.from({ length: this.#clients }, (_, at) => at + 1)
    const first = ids.findIndex(id => this.group(id) === group) + 1
    const last = ids.findLastIndex(id => this.group(id) === group) + 1

    return first === last ? `client ${first}` : `clients ${first} to ${last}`
  }

  /** Bytes per second over time, evenly spaced, until `end` in milliseconds. */
  rates (of: 'server' | 'peers', end: number): Array<[number, number]> {
    const series = of === 'server' ? this.#server : this.#peers

    return Array.from({ length: Math.min(MAX_STEPS, Math.floor(end / this.#step) + 1) }, (_, at) => [at * this.#step / 1000, series[at] * 1000 / this.#step])
  }

  doneSeries (end: number): Array<[number, number]> {
    const series: Array<[number, number]> = []
    let done = 0

    for (let at = 0; at < MAX_STEPS && at * this.#step <= end + this.#step; at++) {
      while (done < this.#done.length && this.#done[done] <= at * this.#step) {
        done++
      }

      series.push([at * this.#step / 1000, done])
    }

    return series
  }

  #coarsen (): void {
    const halved = (series: Float64Array): Float64Array<ArrayBuffer> => Float64Array.from(series, (_, at) => at < MAX_STEPS / 2 ? series[2 * at] + series[2 * at + 1] : 0)
    this.#step *= 2
    this.#server = halved(this.#server)
    this.#peers = halved(this.#peers)
  }
}
