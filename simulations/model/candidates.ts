import { backoff } from './policy.ts'
import type { Random } from '../harness/random.ts'

/**
 * Candidates that one client knows of at most. The library remembers `MAX_CANDIDATES`, more than it ever tries in a download; the model keeps some times the
 * places that there are.
 */
const MAX_KNOWN = 64

/** One to try, and how often it has failed */
export interface Candidate {
  node: number
  at: number
  failures: number
}

/** Whom a client may ask besides the server: `Candidates` of src/swarm, for the memory of a hundred thousand. */
export class Candidates {
  /** Heard of, and not tried */
  readonly #fresh: number[] = []
  readonly #failed: Candidate[] = []
  /** All of them, those with a session included */
  readonly #known: number[] = []
  /** Those who fetch from this client */
  readonly #inbound: number[] = []

  add (node: number): void {
    if (!this.#known.includes(node) && (this.#known.length < MAX_KNOWN || this.#evict())) {
      this.#known.push(node)
      this.#fresh.push(node)
    }
  }

  /** It fetches from this client, so it is there. */
  calls (node: number): void {
    this.#inbound.includes(node) || this.#inbound.push(node)
    const failed = this.#failed.find(failed => failed.node === node)

    if (failed != null) {
      failed.at = 0
    } else {
      this.add(node)
    }
  }

  /** May blocks be had from any of these within moments? */
  get hasFresh (): boolean {
    return this.#fresh.length > 0
  }

  /** Is there one to try now? */
  isWaiting (now: number): boolean {
    return this.#fresh.length > 0 || this.#failed.some(({ at }) => at <= now)
  }

  /**
   * The one to try next: that which failed least, then one who fetches from this client, any of them. It is taken out. With `isFull`, only of those who fetch from
   * this client.
   */
  next (now: number, isFull: boolean, random: Random): Candidate | undefined {
    const isCaller = (node: number): boolean => this.#inbound.includes(node)
    const callers = this.#inbound.length === 0 ? [] : this.#fresh.filter(isCaller)
    const fresh = callers.length > 0 || isFull ? callers : this.#fresh

    if (fresh.length > 0) {
      const node = random.pick(fresh)
      this.#fresh.splice(this.#fresh.indexOf(node), 1)

      return { node, at: now, failures: 0 }
    }

    let best: Candidate | undefined
    let least = Infinity
    let equals = 0

    for (const candidate of this.#failed) {
      const calls = isCaller(candidate.node)

      if (candidate.at > now || (isFull && !calls)) {
        continue
      }

      const rank = candidate.failures + (calls ? 0 : 0.5)
      equals = rank < least ? 1 : equals + (rank === least ? 1 : 0)

      if (rank < least || (rank === least && random.next() * equals < 1)) {
        least = rank
        best = candidate
      }
    }

    if (best != null) {
      this.#failed.splice(this.#failed.indexOf(best), 1)
    }

    return best
  }

  /** It may be tried again, after a pause that doubles, or after `pause` if that is longer. */
  failed (node: number, failures: number, now: number, random: Random, pause: number = 0): void {
    this.#failed.push({ node, failures: failures + 1, at: now + Math.max(pause, backoff(failures, random.next())) })
  }

  /** Nobody is tried any more. */
  forget (): void {
    this.#fresh.length = this.#failed.length = this.#inbound.length = 0
  }

  /** Makes room by forgetting whoever failed most. */
  #evict (): boolean {
    let worst: Candidate | undefined

    for (const candidate of this.#failed) {
      if (worst == null || candidate.failures > worst.failures) {
        worst = candidate
      }
    }

    if (worst == null) {
      return false
    }

    this.#failed.splice(this.#failed.indexOf(worst), 1)
    this.#known.splice(this.#known.indexOf(worst.node), 1)

    return true
  }
}
