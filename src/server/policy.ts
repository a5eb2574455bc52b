/**
 * Authentication policies: who may have an object.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { migrateServer } from './schema.ts'
import type { TicketLimits } from '../ticket/ticket.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

export interface JwtPolicy {
  kind: 'jwt'
  /** Key set of who issues the JWTs: a file, read again when it changes, or an https URL */
  jwks: string

  /**
   * What their `iss` has to be.
   *
   * @default any
   */
  issuer?: string

  /**
   * What their `aud` has to contain.
   *
   * @default any
   */
  audience?: string

  /**
   * Claim that lists the objects, by id or name, as an array or parted by spaces; "*" is all.
   *
   * @default 'mssl'
   */
  claim?: string
}

/**
 * - `open`: everybody who has the link
 * - `list`: clients that the operator granted access
 * - `token`: whoever shows an access token
 * - `jwt`: whoever shows a JWT of a trusted issuer
 * - `callback`: whom the embedding program's `authorize` admits
 *
 * Whom the operator has revoked, none of them admits.
 */
export type Policy = { kind: 'open' } | { kind: 'list' } | { kind: 'token' } | JwtPolicy | { kind: 'callback' }

/** What the embedding program decides about. */
export interface AuthorizeRequest {
  /** As the connection proves */
  client: PeerId
  object: CID
  /** The object's */
  name: string
  /** As the client sent them; not verified */
  token?: string
  jwt?: string
}

/** What a ticket is to be limited to. */
export interface Attenuation extends TicketLimits {
  /** Milliseconds; never more than the server's ticket lifetime */
  lifetime?: number
}

export type Authorize = (request: AuthorizeRequest) => boolean | Attenuation | Promise<boolean | Attenuation>

/** The policies of single objects, in the database. */
export class Policies {
  readonly #database: DatabaseSync
  readonly #get: StatementSync

  constructor (database: DatabaseSync) {
    migrateServer(database)
    this.#database = database
    this.#get = database.prepare('SELECT policy FROM server_policies WHERE object = ?')
  }

  get (object: CID): Policy | undefined {
    const row = this.#get.get(object.toString())

    return row == null ? undefined : JSON.parse(String(row.policy))
  }

  /**
   * Sets the policy of an object; without one, the server's default is in force.
   *
   * @throws {InvalidParametersError}
   */
  set (object: CID, policy?: Policy): void {
    if (policy == null) {
      this.#database.prepare('DELETE FROM server_policies WHERE object = ?').run(object.toString())
    } else {
      checkPolicy(policy)
      this.#database.prepare('INSERT OR REPLACE INTO server_policies VALUES (?, ?)').run(object.toString(), JSON.stringify(policy))
    }
  }
}

/**
 * @throws {InvalidParametersError}
 */
export function checkPolicy (policy: Policy): void {
  if (!['open', 'list', 'token', 'jwt', 'callback'].includes(policy.kind)) {
    throw new InvalidParametersError(`There is no policy "${policy.kind}"`)
  }

  if (policy.kind === 'jwt' && (policy.jwks === '' || (/^http:/.test(policy.jwks) && !/^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(policy.jwks)))) {
    throw new InvalidParametersError('The key set for JWTs has to be a file or an https URL: whoever can change it can admit anybody')
  }
}
