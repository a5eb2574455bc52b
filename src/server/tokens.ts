/**
 * Access tokens: whoever shows one is admitted. Works on the database alone: another process may issue and revoke
 * while the server runs.
 */
import { createHash, randomBytes } from 'node:crypto'
import { InvalidParametersError, NotFoundError } from '@libp2p/interface'
import { CID } from 'multiformats/cid'
import { toString } from 'uint8arrays/to-string'
import { transaction } from '../home/migrate.ts'
import { Access } from './access.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Tells a token from other secrets, to people and to scanners of leaked ones */
const PREFIX = 'mssl_'

/** Bytes of randomness */
const TOKEN_LENGTH = 32

/** Milliseconds since the epoch; no `Date` is later, and a list with such a token could not be shown */
const LATEST_TIME = 8.64e15

export interface TokenInit {
  /** For the operator */
  name: string
  /** @default every object whose policy is `token` */
  object?: CID

  /**
   * Clients that it admits.
   *
   * @default any number
   */
  uses?: number

  /**
   * Milliseconds since the epoch.
   *
   * @default never
   */
  expires?: number
}

export interface TokenInfo extends TokenInit {
  id: number
  /** Clients that it has admitted */
  used: number
  /** Milliseconds since the epoch */
  created: number
  revoked?: number
}

export type Redemption = { admitted: true, expires?: number } | { admitted: false, reason: string }

export class Tokens {
  readonly #database: DatabaseSync
  readonly #access: Access
  readonly #find: StatementSync
  readonly #known: StatementSync

  constructor (database: DatabaseSync) {
    this.#access = new Access(database)
    this.#database = database
    this.#find = database.prepare('SELECT id, object, expires, revoked FROM server_tokens WHERE hash = ?')
    this.#known = database.prepare('SELECT 1 FROM server_token_clients WHERE token = ? AND client = ?')
  }

  /**
   * Issues a token. The text is not stored and cannot be shown again.
   *
   * @throws {InvalidParametersError}
   */
  create ({ name, object, uses, expires }: TokenInit): { id: number, token: string } {
    if (uses != null && !(Number.isSafeInteger(uses) && uses > 0)) {
      throw new InvalidParametersError('A token has to be good for one use at least')
    }

    if (expires != null && !(Number.isSafeInteger(expires) && expires > Date.now() && expires <= LATEST_TIME)) {
      throw new InvalidParametersError('A token has to expire later than now, at a time that a calendar has')
    }

    const token = PREFIX + toString(randomBytes(TOKEN_LENGTH), 'base64url')
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO server_tokens (hash, name, object, uses, expires, created) VALUES (?, ?, ?, ?, ?, ?)')
      .run(hash(token), name, object?.toString() ?? '', uses ?? null, expires ?? null, Date.now())

    return { id: Number(lastInsertRowid), token }
  }

  list (): TokenInfo[] {
    return this.#database.prepare('SELECT *, (SELECT count(*) FROM server_token_clients WHERE token = id) AS used FROM server_tokens ORDER BY id')
      .all().map(({ id, name, object, uses, expires, created, revoked, used }) => ({
        id: Number(id),
        name: String(name),
        object: object === '' ? undefined : CID.parse(String(object)),
        uses: optionalNumber(uses),
        expires: optionalNumber(expires),
        created: Number(created),
        revoked: optionalNumber(revoked),
        used: Number(used)
      }))
  }

  /**
   * Takes a token back, and the tickets that clients got with it.
   *
   * @throws {NotFoundError}
   */
  revoke (id: number): void {
    transaction(this.#database, () => {
      const { changes } = this.#database.prepare('UPDATE server_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL').run(Date.now(), id)

      if (changes === 0) {
        throw new NotFoundError(`There is no valid token ${id}`)
      }

      const clients = this.#database.prepare('SELECT client FROM server_token_clients WHERE token = ?').all(id)

      if (clients.length > 0) {
        const object = this.#database.prepare('SELECT object FROM server_tokens WHERE id = ?').get(id)?.object
        this.#access.voidTickets(clients.map(row => String(row.client)), String(object))
      }
    })
  }

  /**
   * Admits a client if the token is good for the object. A use is one client: who was admitted before may come again
   * without another.
   */
  redeem (token: string, client: PeerId, object: CID): Redemption {
    const key = hash(token)
    const now = Date.now()
    const row = this.#find.get(key)

    if (row == null) {
      return { admitted: false, reason: 'The access token is not known here' }
    }

    if (row.revoked != null) {
      return { admitted: false, reason: 'The access token was revoked' }
    }

    if (row.expires != null && Number(row.expires) <= now) {
      return { admitted: false, reason: 'The access token has expired' }
    }

    if (row.object !== '' && row.object !== object.toString()) {
      return { admitted: false, reason: 'The access token is for another object' }
    }

    const known = this.#known.get(row.id, client.toString())

    if (known == null && !this.#admit(key, client.toString(), now)) {
      return { admitted: false, reason: 'The access token has been used up' }
    }

    return { admitted: true, expires: optionalNumber(row.expires) }
  }

  /** Takes one use: one statement, so that no two clients take the last one, whatever process serves them. */
  #admit (key: Uint8Array, client: string, now: number): boolean {
    return this.#database.prepare(`
      INSERT INTO server_token_clients
      SELECT id, ?, ? FROM server_tokens
      WHERE hash = ? AND revoked IS NULL AND (expires IS NULL OR expires > ?)
        AND (uses IS NULL OR (SELECT count(*) FROM server_token_clients WHERE token = id) < uses)
      ON CONFLICT DO NOTHING
    `).run(client, now, key, now).changes > 0
  }
}

/** A plain hash does: nobody can search through 256 random bits, so there is nothing for a slow one to slow down. */
function hash (token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

function optionalNumber (value: unknown): number | undefined {
  return value == null ? undefined : Number(value)
}
