import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { LRUCache } from 'lru-cache'
import { migrate, transaction } from '../home/index.ts'
import { MAX_ADDRESSES } from '../swarm/constants.ts'
import type { PeerId, PeerInfo } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync } from 'node:sqlite'

/** Providers remembered for each object; those seen last are kept. */
const MAX_PROVIDERS = 64

/** Milliseconds, and providers: one that was written down so recently is not written down again. */
const FRESH_TIME = 60_000
const MAX_FRESH = 4_096

/** Milliseconds for which those that are seen are collected: in a crowd they come together, and a transaction each costs more than a block. */
const WRITE_DELAY = 1_000

const MIGRATIONS = [`
  CREATE TABLE providers (
    object TEXT NOT NULL,
    peer TEXT NOT NULL,
    -- JSON
    addresses TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (object, peer)
  ) STRICT
`]

interface Seen {
  object: string
  peer: string
  /** JSON */
  addresses: string
  /** Milliseconds */
  time: number
}

/**
 * Who had blocks of an object, and where: to find them again when the server and the DHT are gone. They are hints: a process
 * that is killed loses those of its last second.
 */
export class KnownProviders {
  readonly #db: DatabaseSync
  /** Object and peer; however often a peer changes its addresses, they are not written down more often */
  readonly #fresh = new LRUCache<string, true>({ max: MAX_FRESH, ttl: FRESH_TIME })
  #unwritten: Seen[] = []
  #timer?: ReturnType<typeof setTimeout>

  constructor (database: DatabaseSync) {
    this.#db = database
    migrate(this.#db, 'providers', MIGRATIONS)
  }

  /** Writes what is not written yet. */
  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#write()
  }

  /** A provider, or a recipient, which is one soon, was seen. */
  seen (object: CID, peer: PeerId, addresses: Multiaddr[]): void {
    const key = `${object} ${peer}`

    if (addresses.length === 0 || this.#fresh.has(key)) {
      return
    }

    this.#fresh.set(key, true)
    this.#unwritten.push({
      object: object.toString(),
      peer: peer.toString(),
      addresses: JSON.stringify(addresses.slice(0, MAX_ADDRESSES).map(address => address.toString())),
      time: Date.now()
    })
    this.#timer ??= setTimeout(() => { this.stop() }, WRITE_DELAY).unref()
  }

  /** Those that were seen last come first. */
  list (object: CID): PeerInfo[] {
    this.#write()

    return this.#db.prepare('SELECT peer, addresses FROM providers WHERE object = ? ORDER BY seen DESC').all(object.toString()).map(({ peer, addresses }) => ({
      id: peerIdFromString(String(peer)),
      multiaddrs: JSON.parse(String(addresses)).map((address: string) => multiaddr(address))
    }))
  }

  #write (): void {
    const seen = this.#unwritten

    if (seen.length === 0) {
      return
    }

    this.#unwritten = []

    try {
      transaction(this.#db, () => {
        const insert = this.#db.prepare('INSERT OR REPLACE INTO providers VALUES (?, ?, ?, ?)')
        const limit = this.#db.prepare('DELETE FROM providers WHERE object = ?1 AND peer NOT IN (SELECT peer FROM providers WHERE object = ?1 ORDER BY seen DESC LIMIT ?2)')

        seen.forEach(({ object, peer, addresses, time }) => { insert.run(object, peer, addresses, time) })
        new Set(seen.map(({ object }) => object)).forEach(object => { limit.run(object, MAX_PROVIDERS) })
      })
    } catch {
      // a full disk is for those to tell who would lose something by it
    }
  }
}
