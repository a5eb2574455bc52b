/**
 * JSON Web Tokens of an issuer that the operator trusts (RFC 7519, through `jose`).
 */
import { readFile, stat } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from 'jose'
import { CLOCK_TOLERANCE } from '../../protocols/ticket/constants.ts'
import type { JwtPolicy } from './policy.ts'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'

const DEFAULT_CLAIM = 'mssl'

/** Signatures by a key pair only: a key set is public */
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512']

/** Bytes of a key set in a file */
const MAX_KEY_SET_LENGTH = 1024 * 1024

export type JwtVerdict = { allowed: true, expires: number } | { allowed: false, reason: string }

/** Verifies tokens against key sets, which it keeps: a remote one for as long as `jose` does, a file until it changes. */
export class JwtVerifier {
  readonly #remote = new Map<string, JWTVerifyGetKey>()
  readonly #files = new Map<string, { version: string, keys: JWTVerifyGetKey }>()

  /**
   * Verifies a token; its claim may list the object by id or by name. Throws when the key set cannot be had, which is
   * not the client's fault.
   */
  async verify (jwt: string, policy: JwtPolicy, object: { id: string, name: string }): Promise<JwtVerdict> {
    const keys = await this.#keys(policy.jwks)

    try {
      const { payload } = await jwtVerify(jwt, keys, {
        issuer: policy.issuer,
        audience: policy.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE / 1_000
      })

      if (!listsObject(payload, policy.claim ?? DEFAULT_CLAIM, object)) {
        return { allowed: false, reason: `The JWT's claim "${policy.claim ?? DEFAULT_CLAIM}" does not list this object` }
      }

      return { allowed: true, expires: Math.floor(Number(payload.exp) * 1_000) }
    } catch (err: any) {
      // a key set that does not arrive or is none is the server's trouble
      if (!(err instanceof errors.JOSEError) || err instanceof errors.JWKSTimeout || err instanceof errors.JWKSInvalid || err.code === 'ERR_JOSE_GENERIC') {
        throw err
      }

      // the code names what is wrong and quotes nothing of the token
      return { allowed: false, reason: `The JWT is not accepted: ${reasonOf(err)}` }
    }
  }

  async #keys (jwks: string): Promise<JWTVerifyGetKey> {
    if (/^https?:/.test(jwks)) {
      let keys = this.#remote.get(jwks)

      if (keys == null) {
        keys = createRemoteJWKSet(new URL(jwks))
        this.#remote.set(jwks, keys)
      }

      return keys
    }

    const { mtimeMs, size, ino } = await stat(jwks)
    const version = `${mtimeMs}/${size}/${ino}`
    const known = this.#files.get(jwks)

    if (known?.version === version) {
      return known.keys
    }

    if (size > MAX_KEY_SET_LENGTH) {
      throw new Error(`The key set ${jwks} has more than ${MAX_KEY_SET_LENGTH} bytes`)
    }

    const keys = createLocalJWKSet(JSON.parse(await readFile(jwks, 'utf8')))
    this.#files.set(jwks, { version, keys })

    return keys
  }
}

function listsObject (payload: JWTPayload, claim: string, { id, name }: { id: string, name: string }): boolean {
  const value = payload[claim]

  if (value === '*') {
    return true
  }

  const listed: unknown = typeof value === 'string' ? value.split(' ') : value

  return Array.isArray(listed) && (listed.includes(id) || listed.includes(name))
}

function reasonOf (err: errors.JOSEError): string {
  if (err instanceof errors.JWTExpired) {
    return 'it has expired'
  }

  if (err instanceof errors.JWTClaimValidationFailed) {
    return `its claim "${err.claim}" is missing or not what it has to be`
  }

  return err.code
}
