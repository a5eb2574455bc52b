import { mkdir, readdir } from 'node:fs/promises'
import { InvalidParametersError } from '@libp2p/interface'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { migrate, transaction, writeFileAtomic } from '../home/index.ts'
import { sha256 } from '../object/hashes.ts'
import { openCertificate, sameServer, supersedes } from '../ticket/index.ts'
import { ServerChangedError } from './errors.ts'
import type { Home } from '../home/index.ts'
import type { OpenedCertificate } from '../ticket/index.ts'
import type { AbortOptions, PeerId } from '@libp2p/interface'
import type { DatabaseSync } from 'node:sqlite'

/** Conflicts that are written down: a flood of forged certificates must not fill the disk. */
const MAX_EVIDENCE = 64

const MIGRATIONS = [`
  -- the newest certificate of each server, by the fingerprint of its first key
  CREATE TABLE certificates (
    origin BLOB PRIMARY KEY,
    envelope BLOB NOT NULL
  ) STRICT;
  -- every key of each server
  CREATE TABLE fingerprints (
    fingerprint BLOB PRIMARY KEY,
    origin BLOB NOT NULL REFERENCES certificates (origin) ON DELETE CASCADE
  ) STRICT;
  -- what was seen first: PeerIds and web domains
  CREATE TABLE pins (
    subject TEXT PRIMARY KEY,
    origin BLOB NOT NULL REFERENCES certificates (origin) ON DELETE CASCADE
  ) STRICT;
`]

export interface ConsiderOptions extends AbortOptions {
  /** Of the link: the certificate must be of this key, or of one that it handed over to */
  fingerprint?: Uint8Array
  /** Who showed it as its own */
  server?: PeerId
  /** Where it was found */
  domain?: string

  /**
   * Milliseconds since the epoch, as this machine's clock says.
   *
   * @default Date.now()
   */
  now?: number
}

/**
 * The servers' certificates that this node knows, pinned like the keys in `known_hosts`: a server is what it was when it
 * was seen first, and whatever that key handed over to.
 */
export class Pins {
  readonly #home: Home
  readonly #db: DatabaseSync
  /** By first fingerprint; the database has the same */
  readonly #certificates = new Map<string, OpenedCertificate>()
  readonly #origins = new Map<string, string>()

  private constructor (home: Home) {
    this.#home = home
    this.#db = home.database()
    migrate(this.#db, 'pins', MIGRATIONS)
  }

  static async open (home: Home): Promise<Pins> {
    const pins = new Pins(home)

    for (const { envelope } of pins.#db.prepare('SELECT envelope FROM certificates').all()) {
      pins.#remember(await openCertificate(envelope as Uint8Array, { ignoreValidity: true }))
    }

    return pins
  }

  /** The newest certificate known of the server that has, or had, this fingerprint. */
  trusted (fingerprint: Uint8Array): OpenedCertificate | undefined {
    return this.#certificates.get(this.#origins.get(key(fingerprint)) ?? '')
  }

  /**
   * Takes note of a certificate. The first of a server is pinned, if somebody vouches for it: a link, the server itself, or
   * a web domain. A newer one of the same server takes its place.
   *
   * @returns the newest certificate known of the server
   * @throws {ServerChangedError} when it contradicts what is known; the evidence is kept in the home
   * @throws {InvalidRecordError | CertificateValidityError}
   */
  async consider (envelope: Uint8Array, options: ConsiderOptions = {}): Promise<OpenedCertificate> {
    const { fingerprint, server, domain } = options
    const shown = await openCertificate(envelope, options)
    const known = this.#knownLineage(shown)
    const newest = known == null || supersedes(shown, known) ? shown : known
    const subjects = [server == null ? '' : `peer:${server}`, domain == null ? '' : `web:${domain}`].filter(subject => subject !== '')

    if (known != null && !sameServer(known, shown)) {
      throw await this.#conflict(shown.name, known, shown)
    }

    if (fingerprint != null && !newest.fingerprints.some(other => equals(other, fingerprint))) {
      const expected = this.trusted(fingerprint)

      throw expected == null ? new ServerChangedError(shown.name, fingerprint, shown.fingerprint) : await this.#conflict(shown.name, expected, shown)
    }

    for (const subject of subjects) {
      const pinned = this.#pinned(subject)

      if (pinned != null && !sameServer(pinned, shown)) {
        throw await this.#conflict(subject.slice(subject.indexOf(':') + 1), pinned, shown)
      }
    }

    if (known == null && fingerprint == null && subjects.length === 0) {
      // whoever shows it may have made it up
      throw new InvalidParametersError(`The certificate is of a server that this node does not know: ${toString(shown.fingerprint, 'hex')}`)
    }

    if (newest !== known || subjects.some(subject => this.#pinned(subject) == null)) {
      this.#store(newest, subjects)
    }

    return newest
  }

  /** Forgets what a server or web domain was: the next certificate that it shows is pinned. Returns whether there was one. */
  forget ({ server, domain }: { server?: PeerId, domain?: string }): boolean {
    const subject = domain == null ? `peer:${server}` : `web:${domain}`

    return this.#db.prepare('DELETE FROM pins WHERE subject = ?').run(subject).changes > 0
  }

  #knownLineage (certificate: OpenedCertificate): OpenedCertificate | undefined {
    for (const fingerprint of certificate.fingerprints) {
      const known = this.trusted(fingerprint)

      if (known != null) {
        return known
      }
    }
  }

  #pinned (subject: string): OpenedCertificate | undefined {
    const row = this.#db.prepare('SELECT origin FROM pins WHERE subject = ?').get(subject)

    return row == null ? undefined : this.#certificates.get(key(row.origin as Uint8Array))
  }

  #store (certificate: OpenedCertificate, subjects: string[]): void {
    const [origin] = certificate.fingerprints

    transaction(this.#db, () => {
      this.#db.prepare('INSERT INTO certificates VALUES (?, ?) ON CONFLICT DO UPDATE SET envelope = excluded.envelope').run(origin, certificate.envelope)

      for (const fingerprint of certificate.fingerprints) {
        this.#db.prepare('INSERT OR IGNORE INTO fingerprints VALUES (?, ?)').run(fingerprint, origin)
      }

      for (const subject of subjects) {
        this.#db.prepare('INSERT OR IGNORE INTO pins VALUES (?, ?)').run(subject, origin)
      }
    })

    this.#remember(certificate)
  }

  #remember (certificate: OpenedCertificate): void {
    const [origin] = certificate.fingerprints.map(key)
    this.#certificates.set(origin, certificate)
    certificate.fingerprints.forEach(fingerprint => this.#origins.set(key(fingerprint), origin))
  }

  /** Writes both certificates down, once for each pair. */
  async #conflict (who: string, expected: OpenedCertificate, shown: OpenedCertificate): Promise<ServerChangedError> {
    const folder = this.#home.join('conflicts')
    const name = `${key(sha256(concat([expected.envelope, shown.envelope]))).slice(0, 16)}.json`
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const files = await readdir(folder)
    const known = files.includes(name)
    const kept = known || files.length < MAX_EVIDENCE

    if (!known && kept) {
      await writeFileAtomic(this.#home.join('conflicts', name), fromString(JSON.stringify({
        seen: new Date().toISOString(),
        server: who,
        expected: { fingerprint: toString(expected.fingerprint, 'hex'), certificate: toString(expected.envelope, 'base64') },
        shown: { fingerprint: toString(shown.fingerprint, 'hex'), certificate: toString(shown.envelope, 'base64') }
      }, undefined, 2)))
    }

    return new ServerChangedError(who, expected.fingerprint, shown.fingerprint, kept ? this.#home.join('conflicts', name) : undefined)
  }
}

function key (fingerprint: Uint8Array): string {
  return toString(fingerprint, 'hex')
}
