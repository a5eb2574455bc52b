import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { LRUCache } from 'lru-cache'
import { migrate } from '../home/index.ts'
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

/**
 * Who had blocks of an object, and where: to find them again when the server and the DHT are gone.
 */
export class KnownProviders {
  readonly #db: DatabaseSync
  /** Object and peer; however often a peer changes its addresses, they are not written down more often */
  readonly #fresh = new LRUCache<string, true>({ max: MAX_FRESH, ttl: FRESH_TIME })

  constructor (database: DatabaseSync) {
    this.#db = database
    migrate(this.#db, 'providers', MIGRATIONS)
  }

  /** A provider, or a recipient, which is one soon, was seen. */
  seen (object: CID, peer: PeerId, addresses: Multiaddr[]): void {
    const key = `${object} ${peer}`

    if (addresses.length === 0 || this.#fresh.has(key)) {
      return
    }

    this.#fresh.set(key, true)
    const known = JSON.stringify(addresses.slice(0, MAX_ADDRESSES).map(address => address.toString()))
    this.#db.prepare('INSERT OR REPLACE INTO providers VALUES (?, ?, ?, ?)').run(object.toString(), peer.toString(), known, Date.now())
    this.#db.prepare('DELETE FROM providers WHERE object = ?1 AND peer NOT IN (SELECT peer FROM providers WHERE object = ?1 ORDER BY seen DESC LIMIT ?2)')
      .run(object.toString(), MAX_PROVIDERS)
  }

  /** Those that were seen last come first. */
  list (object: CID): PeerInfo[] {
    return this.#db.prepare('SELECT peer, addresses FROM providers WHERE object = ? ORDER BY seen DESC').all(object.toString()).map(({ peer, addresses }) => ({
      id: peerIdFromString(String(peer)),
      multiaddrs: JSON.parse(String(addresses)).map((address: string) => multiaddr(address))
    }))
  }
}
