import type { Line, MsslProcess } from '../demo/mssl-process.ts'

/** What a process does that is to die. */
export type Deed = 'serve' | 'get' | 'share' | 'claim' | 'deposit'

/**
 * When they die. `early`: part of them that die about as soon as they would tell something for the first time. `work`: milliseconds,
 * from then on, or when they have done so much as they are to do, in which the others die.
 */
const HABITS: Record<Deed, { early: number, work: number }> = {
  serve: { early: 0.1, work: 5_000 },
  get: { early: 0.1, work: 500 },
  share: { early: 0.1, work: 2_000 },
  claim: { early: 0.2, work: 300 },
  deposit: { early: 0.2, work: 60 }
}

/** Milliseconds that a start takes, at first; then what it took lately, since that is up to the machine and what else it does */
const START = 600
/** Of what it took, by which early ones are dead */
const EARLY_LIFE = 1.1
/** Of the latest start in what starts take */
const NEWS = 0.2

/** Milliseconds after which those die that do not get on */
const LONGEST_LIFE = 8_000

/** Part of those that die the moment that something happens, such as a purchase, a recipient that comes, a verdict; and the last such event that they live to see. */
const AT_ONCE = 0.25
const LAST_EVENT = 6

/** Part of the kills in which another process dies with it, as when two machines lose power. */
const TOGETHER = 0.15

/** A process that is to die. */
interface Victim {
  process: MsslProcess
  timer: NodeJS.Timeout
}

/**
 * Decides when processes die, and kills them. When that is follows from the seed; what they are about to do then is up to the
 * machine.
 */
export class Reaper {
  readonly #kills: number
  readonly #random: () => number
  readonly #victims = new Set<Victim>()
  /** Milliseconds */
  readonly #starts: Record<Deed, number> = { serve: START, get: START, share: START, claim: START, deposit: START }
  readonly #done = Promise.withResolvers<void>()
  /** How many died of what */
  readonly toll: Record<Deed, number> = { serve: 0, get: 0, share: 0, claim: 0, deposit: 0 }

  constructor (kills: number, random: () => number) {
    this.#kills = kills
    this.#random = random
  }

  get killed (): number {
    return Object.values(this.toll).reduce((sum, n) => sum + n, 0)
  }

  /** Of those who are to die, the part that has died. */
  get part (): number {
    return this.killed / this.#kills
  }

  /** Enough have died. Those that were drawn before may still die. */
  get isDone (): boolean {
    return this.killed >= this.#kills
  }

  /** When enough have died. */
  get done (): Promise<void> {
    return this.#done.promise
  }

  /**
   * Draws the end of a process that was started just now.
   *
   * @param process - a command
   * @param deed - what it does
   * @param hasWorked - by what it tells: it has done so much as it is to do
   * @returns what to call with all that it tells
   */
  attend (process: MsslProcess, deed: Deed, hasWorked: (line: Line) => boolean = () => true): (line: Line) => void {
    if (this.isDone) {
      return () => {}
    }

    const { early, work } = HABITS[deed]
    const isEarly = this.#random() < early
    const isHasty = this.#random() < AT_ONCE
    const life = this.#random()
    const victim: Victim = { process, timer: setTimeout(() => { this.#strike(victim) }, isEarly ? life * EARLY_LIFE * this.#starts[deed] : LONGEST_LIFE) }
    this.#victims.add(victim)
    void process.exit.then(code => {
      this.#forget(victim)

      if (code == null) {
        this.toll[deed]++
        this.isDone && this.#done.resolve()
      }
    })
    const begin = performance.now()
    let events = 0
    let isDoomed = false

    return line => {
      events++

      if (events === 1) {
        this.#starts[deed] += NEWS * (performance.now() - begin - this.#starts[deed])
      }

      if (isEarly || !this.#victims.has(victim)) {
        return
      }

      if (isHasty) {
        events > life * LAST_EVENT && this.#strike(victim)
      } else if (!isDoomed && hasWorked(line)) {
        isDoomed = true
        clearTimeout(victim.timer)
        victim.timer = setTimeout(() => { this.#strike(victim) }, life * work)
      }
    }
  }

  #strike (victim: Victim): void {
    const others = [...this.#victims].filter(other => other !== victim)
    const isTogether = this.#random() < TOGETHER
    const companion = others[Math.floor(this.#random() * others.length)]

    for (const dying of isTogether && companion != null ? [victim, companion] : [victim]) {
      this.#forget(dying)
      dying.process.kill()
    }
  }

  #forget (victim: Victim): void {
    clearTimeout(victim.timer)
    this.#victims.delete(victim)
  }
}
