import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { sha256 } from '../object/hashes.ts'
import { SHA2_256 } from '../object/tree-hash.ts'
import type { AbortOptions, ComponentLogger, ContentRouting, Logger, PeerInfo } from '@libp2p/interface'

/** Milliseconds between two announcements of a record; a DHT node forgets one after 48 hours at most, or when it leaves. */
const PROVIDE_INTERVAL = 600_000

/**
 * Milliseconds until the first announcement while the server is there. It introduces its clients to each other, and the DHT is for when it is
 * gone: those who come at once, to all of whom each would be announced, have better things to do.
 */
export const INTRODUCED_DELAY = 30_000

/** Milliseconds after the first announcement, doubled with each: a node that starts may know nobody who could keep it. */
const FIRST_INTERVAL = 5_000

/** Milliseconds that one announcement may take. */
const PROVIDE_TIMEOUT = 60_000

export interface DiscoveryComponents {
  contentRouting: Pick<ContentRouting, 'provide' | 'findProviders' | 'cancelReprovide'>
  logger: ComponentLogger
}

export interface DiscoveryInit {
  /**
   * Milliseconds.
   *
   * @default 600_000
   */
  provideInterval?: number

  /**
   * Milliseconds, doubled up to `provideInterval`.
   *
   * @default 5_000
   */
  firstInterval?: number

  /**
   * Milliseconds until the first announcement of who is introduced.
   *
   * @default 30_000
   */
  introducedDelay?: number
}

export interface ProvideOptions {
  /**
   * The server is there, and tells those who look for providers: the first announcement has time.
   *
   * @default false
   */
  introduced?: boolean
}

/** An object and the secret that its ticket holders share. */
export interface Swarm {
  id: CID
  /** 32 bytes */
  swarmSecret: Uint8Array
}

interface Provided {
  controller: AbortController
  /** Nobody was told yet */
  waiting: boolean
  timer?: ReturnType<typeof setTimeout>
}

/**
 * The key under which a swarm is found in the DHT: SHA-256("mssl/swarm/1" | swarm secret | object id). Without the secret
 * nobody can tell which object it is, nor look for it.
 */
export function swarmKey ({ id, swarmSecret }: Swarm): CID {
  const digest = sha256(concat([fromString('mssl/swarm/1'), swarmSecret, id.bytes]))

  return CID.createV1(raw.code, Digest.create(SHA2_256, digest))
}

/**
 * Finds the providers of an object, and tells that this node is one. A DHT with nobody in it is no error: it is tried
 * again.
 */
export class Discovery {
  readonly #routing: DiscoveryComponents['contentRouting']
  readonly #log: Logger
  readonly #interval: number
  readonly #firstInterval: number
  readonly #introducedDelay: number
  readonly #provided = new Map<string, Provided>()

  constructor (components: DiscoveryComponents, init: DiscoveryInit = {}) {
    this.#routing = components.contentRouting
    this.#log = components.logger.forComponent('mssl:discovery')
    this.#interval = init.provideInterval ?? PROVIDE_INTERVAL
    this.#firstInterval = init.firstInterval ?? FIRST_INTERVAL
    this.#introducedDelay = init.introducedDelay ?? INTRODUCED_DELAY
  }

  /** Announces this node as a provider, again and again until `unprovide`. Who waits because it is introduced need not, once it is called without. */
  provide (swarm: Swarm, { introduced = false }: ProvideOptions = {}): void {
    const key = swarmKey(swarm)
    const provided = this.#provided.get(key.toString()) ?? { controller: new AbortController(), waiting: true }

    if (!this.#provided.has(key.toString()) || (provided.waiting && !introduced)) {
      this.#provided.set(key.toString(), provided)
      this.#announceLater(key, provided, introduced ? this.#introducedDelay : 0, this.#firstInterval)
    }
  }

  /** Announces it no more; what others remember runs out. */
  unprovide (swarm: Swarm): void {
    this.#end(swarmKey(swarm))
  }

  /** Looks for providers once. Ends quietly when nobody can be asked. */
  async * findProviders (swarm: Swarm, options: AbortOptions = {}): AsyncGenerator<PeerInfo> {
    try {
      yield * this.#routing.findProviders(swarmKey(swarm), options)
    } catch (err) {
      options.signal?.throwIfAborted()
      this.#log('could not look for providers of %c - %e', swarm.id, err)
    }
  }

  /** Ends all announcements. */
  stop (): void {
    for (const key of this.#provided.keys()) {
      this.#end(CID.parse(key))
    }
  }

  #end (key: CID): void {
    const provided = this.#provided.get(key.toString())

    if (provided != null) {
      provided.controller.abort()
      clearTimeout(provided.timer)
      this.#provided.delete(key.toString())
      this.#routing.cancelReprovide(key).catch(err => { this.#log('could not end the announcement of %c - %e', key, err) })
    }
  }

  async #announce (key: CID, provided: Provided, pause: number): Promise<void> {
    provided.waiting = false

    try {
      await this.#routing.provide(key, { signal: AbortSignal.any([provided.controller.signal, AbortSignal.timeout(PROVIDE_TIMEOUT)]) })
    } catch (err) {
      this.#log('could not announce %c - %e', key, err)
    }

    if (!provided.controller.signal.aborted) {
      this.#announceLater(key, provided, Math.min(pause, this.#interval), pause * 2)
    }
  }

  #announceLater (key: CID, provided: Provided, delay: number, pause: number): void {
    clearTimeout(provided.timer)
    provided.timer = setTimeout(() => { void this.#announce(key, provided, pause) }, delay)
    provided.timer.unref?.()
  }
}
