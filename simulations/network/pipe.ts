import type { Flow } from './flow.ts'

/** Bytes of one flow before it is the turn of the next: a few packets. */
export const QUANTUM = 16 * 1024

/** Milliseconds for which a pipe makes good what a busy machine kept it from moving. */
const MAX_LAG = 500

/** One direction of a host's link: a rate, which its flows share, each in turn. */
export class Pipe {
  readonly #rate: number
  readonly #onWork: (pipe: Pipe) => void
  readonly #move: (flow: Flow, bytes: number) => number
  /** Flows that have something to move, in the order of their turns */
  readonly #flows = new Set<Flow>()
  #budget = 0
  #last = 0

  /**
   * `rate`: bytes per second; `move` moves so many bytes of a flow at most, and returns how many: none, if it has none or the other side
   * takes none; `onWork` is called when there is something to move for the first time.
   */
  constructor (rate: number, { move, onWork }: { move (flow: Flow, bytes: number): number, onWork (pipe: Pipe): void }) {
    this.#rate = rate
    this.#move = move
    this.#onWork = onWork
  }

  get isIdle (): boolean {
    return this.#flows.size === 0
  }

  add (flow: Flow): void {
    if (this.#flows.size === 0) {
      this.#onWork(this)
    }

    this.#flows.add(flow)
  }

  /** The budget begins to grow: there is something to move from now on. */
  begin (now: number): void {
    this.#last = now
    this.#budget = Math.min(this.#budget, 0)
  }

  /** Moves what there was time for since the last time. */
  run (now: number): void {
    const elapsed = now - this.#last
    this.#last = now
    this.#budget += this.#rate === Infinity ? Infinity : this.#rate * Math.min(elapsed, MAX_LAG) / 1000

    // a quantum may be more than what is left: the debt is paid by the next
    for (const flow of this.#flows) {
      if (this.#budget <= 0) {
        break
      }

      this.#flows.delete(flow)
      const moved = this.#move(flow, QUANTUM)
      this.#budget -= moved

      if (moved > 0) {
        // a set iterates over what is added meanwhile: its next turn is after those of the others
        this.#flows.add(flow)
      }
    }

    if (this.#rate === Infinity) {
      this.#budget = 0
    }
  }
}
