import { FIRST_BACKOFF, MAX_ADDRESSES, MAX_BACKOFF, MAX_CANDIDATES, MAX_OFFENCES } from './constants.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** How this node heard of a provider. */
export type Introduction = 'server' | 'hint' | 'exchange' | 'dht' | 'inbound' | 'turned-away' | 'remembered'

/** Somebody who may have blocks of the object. */
export interface Candidate {
  peer: PeerId
  /** May be empty: the peer is connected, or in the peer store */
  addresses: Multiaddr[]
  /** Acts for the object's server */
  server: boolean
  /** It fetches from us: whoever takes should give */
  inbound: boolean
  state: 'idle' | 'opening' | 'open' | 'banned'
  /** Since the last success */
  failures: number
  /** Misbehaviour that is no proof of bad will */
  offences: number
  /** Not before this time, milliseconds */
  retryAt: number
}

/**
 * Who may be asked for an object, and when. Times are milliseconds of any monotonic clock.
 */
export class Candidates {
  readonly #candidates = new Map<string, Candidate>()
  readonly #random: () => number

  constructor (random: () => number = Math.random) {
    this.#random = random
  }

  /** Returns whether the candidate is new, or can be tried at once for the news. */
  add (peer: PeerId, addresses: Multiaddr[], introduction: Introduction): boolean {
    const known = this.#candidates.get(peer.toString())
    const limited = addresses.slice(0, MAX_ADDRESSES)

    if (known != null) {
      known.inbound ||= isInbound(introduction)

      // else anybody could lead away from the server and good peers, whose place others only seem to know better
      if (limited.length > 0 && (known.addresses.length === 0 || (known.failures > 0 && !known.server))) {
        known.addresses = limited
      }

      // whoever calls us is there again
      if (known.state === 'idle' && introduction === 'inbound') {
        known.retryAt = 0

        return true
      }

      return false
    }

    if (this.#candidates.size >= MAX_CANDIDATES && !this.#evict()) {
      return false
    }

    this.#candidates.set(peer.toString(), {
      peer,
      addresses: limited,
      server: introduction === 'server',
      inbound: isInbound(introduction),
      state: 'idle',
      failures: 0,
      offences: 0,
      retryAt: 0
    })

    return true
  }

  find (peer: PeerId): Candidate | undefined {
    return this.#candidates.get(peer.toString())
  }

  /**
   * The candidate to try next: the server first, then those that failed least, of them those that fetch from us, and of equals any.
   * With `isFull`, one who may have a place beyond those that we choose: the server, or somebody who fetches from us.
   */
  next (now: number, isFull = false): Candidate | undefined {
    let best: Candidate | undefined
    let equals = 0

    for (const candidate of this.#candidates.values()) {
      if (candidate.state !== 'idle' || candidate.retryAt > now || (isFull && !candidate.server && !candidate.inbound)) {
        continue
      }

      const difference = best == null ? -1 : rank(candidate) - rank(best)
      equals = difference < 0 ? 1 : equals + (difference === 0 ? 1 : 0)

      // or all who come together would go to whom they heard of first
      if (difference < 0 || (difference === 0 && this.#random() * equals < 1)) {
        best = candidate
      }
    }

    return best
  }

  /** The server, or any of its nodes. */
  get server (): Candidate | undefined {
    return [...this.#candidates.values()].find(({ server }) => server)
  }

  /** May blocks be had from anybody else than the server, now or within moments? */
  get others (): boolean {
    for (const { server, state, failures } of this.#candidates.values()) {
      if (!server && state !== 'banned' && (state !== 'idle' || failures === 0)) {
        return true
      }
    }

    return false
  }

  /** Are all of them, and at least one, banned? */
  get allBanned (): boolean {
    return this.#candidates.size > 0 && [...this.#candidates.values()].every(({ state }) => state === 'banned')
  }

  /** It worked: the next failure is the first again. */
  proved (candidate: Candidate): void {
    candidate.failures = 0
  }

  /** Tried again after a pause that doubles with each failure, or after `pause` milliseconds if that is longer. */
  failed (candidate: Candidate, now: number, pause: number = 0): void {
    if (candidate.state === 'banned') {
      return
    }

    const backoff = Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** candidate.failures)
    candidate.state = 'idle'
    candidate.failures++
    // spread, or those that one peer dropped come back all at once
    candidate.retryAt = now + Math.max(pause, backoff * (0.75 + this.#random() / 2))
  }

  /** It broke the rules. Returns whether it is banned now. */
  offended (candidate: Candidate): boolean {
    if (++candidate.offences >= MAX_OFFENCES) {
      this.ban(candidate)
    }

    return candidate.state === 'banned'
  }

  /** Never tried again for this object. */
  ban (candidate: Candidate): void {
    candidate.state = 'banned'
  }

  * [Symbol.iterator] (): Generator<Candidate> {
    yield * this.#candidates.values()
  }

  /** Makes room by forgetting whoever failed most. */
  #evict (): boolean {
    let worst: [string, Candidate] | undefined

    for (const entry of this.#candidates) {
      if (entry[1].state === 'idle' && !entry[1].server && entry[1].failures > (worst?.[1].failures ?? 0)) {
        worst = entry
      }
    }

    return worst != null && this.#candidates.delete(worst[0])
  }
}

/** It wanted to fetch from us, whether it may or not. One that may not is not tried again for that: it might say the same to us, and so on. */
function isInbound (introduction: Introduction): boolean {
  return introduction === 'inbound' || introduction === 'turned-away'
}

function rank ({ server, inbound, failures }: Candidate): number {
  return server ? -1 : failures + (inbound ? 0 : 0.5)
}
