import { setTimeout as sleep } from 'node:timers/promises'
import { contentRoutingSymbol, NotFoundError, serviceCapabilities } from '@libp2p/interface'
import type { Random } from './random.ts'
import type { AbortOptions, ContentRouting, PeerId, Provider } from '@libp2p/interface'
import type { AddressManager } from '@libp2p/interface-internal'
import type { CID } from 'multiformats/cid'

/** Providers in one answer, as a DHT gives them. */
export const MAX_ANSWER = 20

/** Round trips of a look-up: as many as a DHT of some hundred nodes takes. */
const ROUND_TRIPS = 3

/** Milliseconds from the core of the network to who is asked. */
const REMOTE_DELAY = 10

/** Milliseconds that a look-up takes a node with this delay, in milliseconds, to the core of the network. */
export function lookupTime (delay: number): number {
  return ROUND_TRIPS * 2 * (delay + REMOTE_DELAY)
}

export interface ProviderTableComponents {
  peerId: PeerId
  addressManager: AddressManager
}

/**
 * Who has what, for all nodes of a run: what a DHT would say, after the time that a DHT would take. A DHT of its own in each of hundreds of nodes would take the whole CPU.
 */
export class ProviderTable {
  readonly #random: Random
  /** By key, then by PeerId. As in a DHT, who leaves is not taken out */
  readonly #records = new Map<string, Map<string, Provider>>()

  constructor (random: Random) {
    this.#random = random
  }

  /** For the `services` of a node with this delay, in milliseconds, to the core of the network. */
  routing (delay: number): (components: ProviderTableComponents) => unknown {
    const lookup = lookupTime(delay)

    return ({ peerId, addressManager }) => ({
      [Symbol.toStringTag]: 'provider-table',
      [serviceCapabilities]: ['@libp2p/content-routing'],
      [contentRoutingSymbol]: {
        provide: async (cid: CID, { signal }: AbortOptions = {}) => {
          await sleep(lookup, undefined, { signal, ref: false })
          this.#add(cid, { id: peerId, multiaddrs: addressManager.getAddresses(), routing: 'table' })
        },
        findProviders: (cid: CID, { signal }: AbortOptions = {}) => this.#find(cid, lookup, signal),
        cancelReprovide: async () => {},
        put: async () => {},
        get: async () => { throw new NotFoundError('There are no values in this table') }
      } satisfies ContentRouting
    })
  }

  #add (cid: CID, provider: Provider): void {
    const key = cid.toString()
    const known = this.#records.get(key) ?? new Map<string, Provider>()
    known.set(provider.id.toString(), provider)
    this.#records.set(key, known)
  }

  async * #find (cid: CID, delay: number, signal?: AbortSignal): AsyncGenerator<Provider> {
    await sleep(delay, undefined, { signal, ref: false })
    yield * this.#random.shuffled([...this.#records.get(cid.toString())?.values() ?? []]).slice(0, MAX_ANSWER)
  }
}
