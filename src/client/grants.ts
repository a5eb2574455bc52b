import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import { migrate } from '../home/index.ts'
import type { Credentials } from './ticket-keeper.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

const MIGRATIONS = [`
  CREATE TABLE grants (
    object TEXT PRIMARY KEY,
    server TEXT NOT NULL,
    -- JSON
    addresses TEXT NOT NULL,
    issuer BLOB NOT NULL,
    manifest BLOB NOT NULL,
    ticket BLOB NOT NULL,
    object_key BLOB,
    swarm_secret BLOB NOT NULL,
    -- shown again when the ticket is renewed
    token TEXT,
    jwt TEXT
  ) STRICT;
  CREATE TABLE revocation_lists (
    -- first fingerprint of the server
    origin BLOB PRIMARY KEY,
    epoch INTEGER NOT NULL,
    envelope BLOB NOT NULL
  ) STRICT
`, `
  ALTER TABLE grants ADD COLUMN escrow_secret BLOB
`]

/** What a server gave this client for one object, as it is kept in the home. */
export interface StoredGrant {
  id: CID
  server: PeerId
  /** Of the server */
  addresses: Multiaddr[]
  /** Fingerprint of the server's key at that time, 32 bytes */
  issuer: Uint8Array
  /** Signed envelopes */
  manifestEnvelope: Uint8Array
  ticket: Uint8Array
  /** 32 bytes; absent: the object is not encrypted */
  objectKey?: Uint8Array
  /** 32 bytes */
  swarmSecret: Uint8Array
  /** 32 bytes, with modes proof and purchase: what the block keys of the sessions that this node provides are derived from */
  escrowSecret?: Uint8Array
  credentials: Credentials
}

/** The grants and revocation lists in a home. */
export class GrantTable {
  readonly #db: DatabaseSync

  constructor (database: DatabaseSync) {
    this.#db = database
    migrate(this.#db, 'grants', MIGRATIONS)
  }

  save (grant: StoredGrant): void {
    this.#db.prepare('INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      grant.id.toString(), grant.server.toString(), JSON.stringify(grant.addresses.map(address => address.toString())), grant.issuer,
      grant.manifestEnvelope, grant.ticket, grant.objectKey ?? null, grant.swarmSecret, grant.credentials.token ?? null, grant.credentials.jwt ?? null,
      grant.escrowSecret ?? null
    )
  }

  get (id: CID): StoredGrant | undefined {
    const row = this.#db.prepare('SELECT * FROM grants WHERE object = ?').get(id.toString())

    return row == null ? undefined : grantOf(row)
  }

  list (): StoredGrant[] {
    return this.#db.prepare('SELECT * FROM grants').all().map(grantOf)
  }

  /** Keeps the revocation list of a server, in place of the one there. */
  saveRevocations (origin: Uint8Array, epoch: number, envelope: Uint8Array): void {
    this.#db.prepare('INSERT OR REPLACE INTO revocation_lists VALUES (?, ?, ?)').run(origin, epoch, envelope)
  }

  revocations (): Array<{ origin: Uint8Array, envelope: Uint8Array }> {
    return this.#db.prepare('SELECT origin, envelope FROM revocation_lists').all() as Array<{ origin: Uint8Array, envelope: Uint8Array }>
  }
}

function grantOf (row: Record<string, SQLOutputValue>): StoredGrant {
  return {
    id: CID.parse(String(row.object)),
    server: peerIdFromString(String(row.server)),
    addresses: JSON.parse(String(row.addresses)).map((address: string) => multiaddr(address)),
    issuer: row.issuer as Uint8Array,
    manifestEnvelope: row.manifest as Uint8Array,
    ticket: row.ticket as Uint8Array,
    objectKey: row.object_key as Uint8Array | null ?? undefined,
    swarmSecret: row.swarm_secret as Uint8Array,
    escrowSecret: row.escrow_secret as Uint8Array | null ?? undefined,
    credentials: { token: row.token as string | null ?? undefined, jwt: row.jwt as string | null ?? undefined }
  }
}
