import { availableParallelism, cpus } from 'node:os'
import type { Outcome } from './outcome.ts'

/** Milliseconds between two looks at the clock. */
const INTERVAL = 20

/** Milliseconds from which on the event loop counts as late. */
const LATE = 100

/** Part of the time that the event loop may be late, and the run still says something about speed. */
const MAX_LATENESS = 0.05

/** How busy this process is. */
export class LoadMeter {
  readonly #timer: NodeJS.Timeout
  readonly #cpu = process.cpuUsage()
  readonly #begin = performance.now()
  #last = this.#begin
  #lag = 0
  #late = 0

  constructor () {
    this.#timer = setInterval(() => { this.#look() }, INTERVAL).unref()
  }

  #look (): void {
    const now = performance.now()
    const lag = Math.max(0, now - this.#last - INTERVAL)
    this.#last = now
    this.#lag = Math.max(this.#lag, lag)
    this.#late += lag > LATE ? lag : 0
  }

  stop (): NonNullable<Outcome['load']> {
    clearInterval(this.#timer)
    const { user, system } = process.cpuUsage(this.#cpu)

    return { cpu: (user + system) / 1e6, lag: this.#lag, lateness: this.#late / (performance.now() - this.#begin) }
  }
}

/** Whether the machine had time for all that happened: only then times say something about the protocol. The model always has. */
export function keptUp ({ load }: Pick<Outcome, 'load'>): boolean {
  return load == null || load.lateness <= MAX_LATENESS
}

/** For a person: what it ran on. */
export function machine (): string {
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`
}
