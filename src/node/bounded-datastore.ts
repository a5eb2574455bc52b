import { MemoryDatastore } from 'datastore-core/memory'
import { LRUCache } from 'lru-cache'
import type { AbortOptions } from '@libp2p/interface'
import type { Key } from 'interface-datastore'

/** Entries: any peer may store provider records in our part of the DHT, as many as it likes. */
const MAX_ENTRIES = 65_536

/** Bytes of all values */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * What libp2p remembers of peers and keeps for the DHT, in memory, up to a bound. What was not used for the longest time
 * gives way.
 */
export class BoundedDatastore extends MemoryDatastore {
  readonly #keys: LRUCache<string, Key>
  /** What a value counts at least, so that the bound of bytes is one of entries as well */
  readonly #minSize: number

  constructor (maxEntries: number = MAX_ENTRIES, maxBytes: number = MAX_BYTES) {
    super()

    this.#minSize = Math.floor(maxBytes / maxEntries)
    this.#keys = new LRUCache<string, Key>({
      // not `max`: room for that many would be taken at once, by every command
      maxSize: maxBytes,
      dispose: (key, name, reason) => {
        if (reason === 'evict') {
          void super.delete(key)
        }
      }
    })
  }

  put (key: Key, value: Uint8Array, options?: AbortOptions): Key | Promise<Key> {
    const stored = super.put(key, value, options)
    this.#keys.set(key.toString(), key, { size: Math.max(this.#minSize, value.byteLength) })

    if (!this.#keys.has(key.toString())) {
      // larger than all there may be
      void super.delete(key)
    }

    return stored
  }

  get (key: Key, options?: AbortOptions): Uint8Array | Promise<Uint8Array> {
    this.#keys.get(key.toString())

    return super.get(key, options)
  }

  delete (key: Key, options?: AbortOptions): void | Promise<void> {
    this.#keys.delete(key.toString())

    return super.delete(key, options)
  }
}
