/**
 * The key that signs what a server says, and the certificate for it. Rotation is safe against a crash at any point: the
 * next key is on the disk before the database names it, and the database alone says which one counts.
 */
import { createPrivateKey, sign } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { NotFoundError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import { CLOCK_TOLERANCE } from '../../protocols/ticket/constants.ts'
import { syncFolder, writeFileAtomic } from '../home/files.ts'
import { DamagedHomeError } from '../home/home.ts'
import { transaction } from '../home/migrate.ts'
import { createCertificate, fingerprint, openCertificate, signRotation } from '../ticket/certificate.ts'
import { Access } from './access.ts'
import type { Home } from '../home/home.ts'
import type { CertificateInit, OpenedCertificate } from '../ticket/certificate.ts'
import type { Ed25519PrivateKey, PeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Milliseconds. Long enough for clients that come once in a season, short enough that a lost key ends some day */
const CERTIFICATE_LIFETIME = 365 * 24 * 3_600_000

/** Milliseconds before the end at which a certificate is issued anew */
const CERTIFICATE_RENEWAL = 30 * 24 * 3_600_000

/** Addresses in a certificate: it is sent with every session, and its other fields have to fit too */
const MAX_CERTIFICATE_ADDRESSES = 16

/** What a certificate says about the server as it is now. */
export interface Subject {
  name: string
  nodes: PeerId[]
  addresses: Multiaddr[]
}

export interface Identity {
  key: PrivateKey
  certificate: OpenedCertificate
}

export class Issuer {
  readonly #home: Home
  readonly #database: DatabaseSync
  readonly #access: Access
  readonly #stored: StatementSync
  #known?: Identity
  #pending: Promise<unknown> = Promise.resolve()

  constructor (home: Home, database: DatabaseSync) {
    this.#home = home
    this.#database = database
    this.#access = new Access(database)
    this.#stored = database.prepare('SELECT envelope FROM server_certificate')
  }

  /**
   * The key and a certificate that says what the subject is now; it is signed anew when it does not, or ends soon.
   *
   * @throws {DamagedHomeError} when the key on the disk is not the certificate's
   */
  async identity (subject: Subject): Promise<Identity> {
    return this.#exclusive(async () => {
      const known = await this.#load()

      if (known != null && isCurrent(known.certificate, subject)) {
        return known
      }

      const key = known?.key ?? prepared(await this.#home.privateKey('issuer'))

      return this.#store(key, { ...subject, rotations: known?.certificate.rotations }, known, () => {})
    })
  }

  /** Whether this home has ever served. */
  exists (): boolean {
    return this.#database.prepare('SELECT 1 FROM server_certificate').get() != null
  }

  /**
   * Makes a new key, which the old one vouches for. All tickets of the old key become void. A server that runs, in this
   * process or another, uses the new key from then on.
   *
   * @throws {NotFoundError} when this home has never served
   */
  async rotate (): Promise<Identity> {
    return this.#exclusive(async () => {
      const known = await this.#load()

      if (known == null) {
        throw new NotFoundError('There is no server key in this home to rotate: it has never served')
      }

      const { certificate } = known
      const key = prepared(await generateKeyPair('Ed25519'))
      const path = this.#nextPath(key.publicKey)
      await writeFileAtomic(path, privateKeyToProtobuf(key))

      const identity = await this.#store(key, {
        name: certificate.name,
        nodes: certificate.nodes,
        addresses: certificate.addresses,
        rotations: [...certificate.rotations, await signRotation(known.key, key.publicKey, certificate.epoch + 1)]
      }, known, () => { this.#access.clearRevocations() }).catch(async err => {
        await rm(path, { force: true })
        throw err
      })
      await this.#adopt(path)

      return identity
    })
  }

  /** The identity that the database names, if there is one. */
  async #load (): Promise<Identity | undefined> {
    const row = this.#stored.get()

    if (row == null) {
      return
    }

    const envelope = row.envelope as Uint8Array

    if (this.#known == null || !equals(this.#known.certificate.envelope, envelope)) {
      const certificate = await openCertificate(envelope, { ignoreValidity: true })
      this.#known = { key: prepared(await this.#loadKey(certificate)), certificate }
    }

    return this.#known
  }

  async #loadKey ({ publicKey }: OpenedCertificate): Promise<Ed25519PrivateKey> {
    const key = await this.#home.privateKey('issuer')

    if (key.publicKey.equals(publicKey)) {
      return key
    }

    // a rotation was interrupted after the database had taken it, or goes on in another process
    await this.#adopt(this.#nextPath(publicKey))
    const adopted = await this.#home.privateKey('issuer')

    if (!adopted.publicKey.equals(publicKey)) {
      throw new DamagedHomeError(`${this.#home.join('issuer.key')} is not the key of this server's certificate: restore it from a backup`)
    }

    return adopted
  }

  /** Signs and stores a certificate, unless another process has stored one since `previous` was read. */
  async #store (key: PrivateKey, init: Omit<CertificateInit, 'notBefore' | 'notAfter'>, previous: Identity | undefined, also: () => void): Promise<Identity> {
    const now = Date.now()
    const last = previous?.certificate.notBefore ?? 0
    // later than the last, which tells others which one counts; but one from the future nobody has accepted
    const notBefore = last > now + CLOCK_TOLERANCE ? now : Math.max(now, last + 1)
    const envelope = await createCertificate({
      ...init,
      addresses: init.addresses.slice(0, MAX_CERTIFICATE_ADDRESSES),
      notBefore,
      notAfter: notBefore + CERTIFICATE_LIFETIME
    }, key)

    transaction(this.#database, () => {
      const row = this.#stored.get()
      const stored = row?.envelope as Uint8Array | undefined

      if (!equals(stored ?? new Uint8Array(0), previous?.certificate.envelope ?? new Uint8Array(0))) {
        throw new Error('Another process has just changed the server\'s certificate, please try again')
      }

      this.#database.prepare('INSERT OR REPLACE INTO server_certificate VALUES (1, ?)').run(envelope)
      also()
    })

    this.#known = { key, certificate: await openCertificate(envelope, { ignoreValidity: true }) }

    return this.#known
  }

  /** Makes the next key the key, unless another process has done it already. */
  async #adopt (path: string): Promise<void> {
    await rename(path, this.#home.join('issuer.key')).catch(err => {
      if (err.code !== 'ENOENT') {
        throw err
      }
    })
    await syncFolder(this.#home.path)
  }

  /** Each next key has a path of its own: two processes that rotate at once cannot take each other's away. */
  #nextPath (publicKey: PublicKey): string {
    return this.#home.join(`issuer.${toString(fingerprint(publicKey).subarray(0, 8), 'hex')}.key`)
  }

  /** One at a time. */
  async #exclusive <T> (work: () => Promise<T>): Promise<T> {
    const result = this.#pending.then(work)
    this.#pending = result.catch(() => {})

    return result
  }
}

/** The same key, which signs without being parsed for each signature: that takes longer than the signature. */
function prepared (key: Ed25519PrivateKey): Ed25519PrivateKey {
  const { type, raw, publicKey } = key
  const base64url = (bytes: Uint8Array): string => toString(bytes, 'base64url')
  // the raw form is seed and public key
  const parsed = createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: base64url(raw.subarray(0, 32)), x: base64url(publicKey.raw) }
  })

  return {
    type,
    raw,
    publicKey,
    equals: other => key.equals(other),
    sign: (message, options) => {
      options?.signal?.throwIfAborted()

      return sign(undefined, message.subarray(), parsed)
    }
  }
}

function isCurrent (certificate: OpenedCertificate, { name, nodes, addresses }: Subject): boolean {
  return certificate.name === name &&
    Date.now() > certificate.notBefore - CLOCK_TOLERANCE &&
    Date.now() < certificate.notAfter - CERTIFICATE_RENEWAL &&
    sameTexts(certificate.nodes, nodes) &&
    sameTexts(certificate.addresses, addresses.slice(0, MAX_CERTIFICATE_ADDRESSES))
}

function sameTexts (a: Array<{ toString (): string }>, b: Array<{ toString (): string }>): boolean {
  return a.map(String).sort().join() === b.map(String).sort().join()
}
