import { LRUCache } from 'lru-cache'
import { QUOTA_INTERVAL, QUOTA_PEERS } from './constants.ts'

/** What each peer may ask for in a minute. */
export class Quota {
  readonly #max: number
  readonly #peers = new LRUCache<string, { requests: number, ends: number }>({ max: QUOTA_PEERS })

  /**
   * @param max - requests of one peer within QUOTA_INTERVAL
   */
  constructor (max: number) {
    this.#max = max
  }

  /** Counts a request of a peer. Returns the milliseconds to wait when it is one too many, and 0 otherwise. */
  count (peer: string): number {
    const now = performance.now()
    let quota = this.#peers.get(peer)

    if (quota == null || now >= quota.ends) {
      quota = { requests: 0, ends: now + QUOTA_INTERVAL }
      this.#peers.set(peer, quota)
    }

    quota.requests++

    return quota.requests > this.#max ? Math.ceil(quota.ends - now) : 0
  }
}

/** How many conversations there are at once, in all and of each peer. */
export class Slots {
  readonly #max: number
  readonly #maxPerPeer: number
  readonly #peers = new Map<string, number>()
  #taken = 0

  constructor (max: number, maxPerPeer: number) {
    this.#max = max
    this.#maxPerPeer = maxPerPeer
  }

  get taken (): number {
    return this.#taken
  }

  /** Returns what gives the slot back, to be called once; nothing when there is none. */
  take (peer: string): (() => void) | undefined {
    const ofPeer = this.#peers.get(peer) ?? 0

    if (this.#taken >= this.#max || ofPeer >= this.#maxPerPeer) {
      return undefined
    }

    this.#taken++
    this.#peers.set(peer, ofPeer + 1)

    return () => {
      const left = (this.#peers.get(peer) ?? 1) - 1
      this.#taken--

      if (left === 0) {
        this.#peers.delete(peer)
      } else {
        this.#peers.set(peer, left)
      }
    }
  }
}
