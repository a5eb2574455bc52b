/**
 * What not even a perfect protocol could beat: bytes as a fluid, which every client passes on the moment that it has them, over links that are used to the full.
 */
import type { PeerPlan, Plan } from './scenario.ts'

/** Bytes per second; more is as good as this. Sums of it over days are still exact to the millisecond */
const MAX_RATE = 1e12

/** Something is there, with this rate in bytes per second, from one time to another, in milliseconds. */
interface Supply {
  from: number
  to: number
  rate: number
}

/** How many bytes can be moved from a time on: a rate that changes in steps. */
class Capacity {
  /** Milliseconds, ascending; the rate from each on, bytes per second; bytes up to each */
  readonly #times: number[] = [0]
  readonly #rates: number[] = [0]
  readonly #sums: number[] = [0]

  constructor (supplies: Supply[]) {
    const changes = supplies
      .map(({ rate, ...supply }) => ({ ...supply, rate: Math.min(rate, MAX_RATE) }))
      .flatMap(({ from, to, rate }) => [{ at: from, change: rate }, { at: to, change: -rate }])
      .filter(({ at }) => at < Infinity)
      .sort((a, b) => a.at - b.at)

    for (const { at, change } of changes) {
      const last = this.#times.length - 1
      const rate = this.#rates[last] + change

      if (at === this.#times[last]) {
        this.#rates[last] = rate
      } else {
        this.#sums.push(this.#upTo(at, last))
        this.#times.push(at)
        this.#rates.push(rate)
      }
    }
  }

  /** When so many bytes, one at least, have been moved, at the earliest, since `start`; Infinity: never. */
  finish (bytes: number, start: number): number {
    const total = this.#upTo(start, search(this.#times, start)) + bytes
    const step = search(this.#sums, total)
    // a step in which nothing moves begins with the sum that the one before has reached
    const before = this.#sums[step] === total ? this.#sums.indexOf(total) : step
    const left = total - this.#sums[before]

    return left === 0 ? this.#times[before] : this.#times[before] + 1000 * left / Math.max(0, this.#rates[before])
  }

  #upTo (time: number, step: number): number {
    return this.#sums[step] + this.#rates[step] * (time - this.#times[step]) / 1000
  }
}

/** The last index with a value of this at most, of an ascending list that begins with 0. */
function search (values: number[], value: number): number {
  let low = 0
  let high = values.length

  while (high - low > 1) {
    const middle = low + high >> 1
    values[middle] <= value ? low = middle : high = middle
  }

  return low
}

/** Whether a client is one of those that have to have all of it in the end. */
export function hasToFinish ({ behaviour, outages = [] }: Pick<PeerPlan, 'behaviour' | 'outages'>): boolean {
  return behaviour == null && outages.every(({ to }) => to < Infinity)
}

/**
 * Seconds from arrival to completion of the slowest honest client of a plan, at the least: its own downlink; the server's uplink, through which everything has to come once;
 * the uplinks of the server and of the honest clients that are there, through which everything has to come for everybody. Infinity when the plan cannot be carried out.
 */
export function lowerBound ({ size, server, peers, events }: Pick<Plan, 'size' | 'server' | 'peers' | 'events'>): number {
  const honest = peers.filter(({ behaviour }) => behaviour == null)
  const clients = honest.filter(hasToFinish).sort((a, b) => a.arrives - b.arrives)

  if (clients.length === 0 || size === 0) {
    return 0
  }

  const outages = events.filter(event => event.kind === 'outage').map(({ at, until }) => ({ from: at, to: until }))
  const origin = there(0, outages, server.link.up)
  const first = clients[0].arrives
  const last = clients[clients.length - 1].arrives
  const firstCopy = new Capacity(origin).finish(size, first)
  const all = new Capacity([...origin, ...honest.flatMap(({ arrives, outages, link }) => there(arrives, outages, link.up))])

  const times = clients.flatMap((client, index) => [
    new Capacity(there(client.arrives, client.outages, client.link.down)).finish(size, client.arrives) - client.arrives,
    firstCopy - client.arrives,
    // those who come from now on, and the last one of them
    all.finish((clients.length - index) * size, client.arrives) - last
  ])

  return times.reduce((most, time) => Math.max(most, time), 0) / 1000
}

/** From a time on, but for the outages, which are in order. */
function there (from: number, outages: Array<{ from: number, to: number }> = [], rate: number): Supply[] {
  const supplies: Supply[] = []

  for (const outage of outages) {
    supplies.push({ from, to: Math.max(from, outage.from), rate })
    from = Math.max(from, outage.to)
  }

  return from === Infinity ? supplies : [...supplies, { from, to: Infinity, rate }]
}
