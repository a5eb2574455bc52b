import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync, openSync, closeSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { writeFileAtomic } from './files.ts'
import { homePath } from './path.ts'
import type { Ed25519PrivateKey } from '@libp2p/interface'

/** Milliseconds to wait for another process that writes to the database, or recovers it after a crash */
const BUSY_TIMEOUT = 5_000

/** Bytes of a secret */
const SECRET_LENGTH = 32

/** Another node runs on the same home. */
export class HomeInUseError extends Error {
  static name = 'HomeInUseError'
  name = 'HomeInUseError'

  constructor (path: string, pid: string) {
    super(`Another node${pid === '' ? '' : ` (process ${pid})`} runs on the home ${path}`)
  }
}

/** What is in the home is not what this program writes there. */
export class DamagedHomeError extends Error {
  static name = 'DamagedHomeError'
  name = 'DamagedHomeError'
}

export interface HomeLock {
  release (): void
}

/** The folder with a node's keys, database and state. Only its owner can read it. */
export class Home {
  readonly path: string
  #database?: DatabaseSync

  private constructor (path: string) {
    this.path = path
  }

  /**
   * Opens the home in `dir`, which is made if it is not there.
   *
   * @param dir - `$MSSL_HOME` or `~/.mssl` if not given
   */
  static async open (dir?: string): Promise<Home> {
    const path = homePath(dir)
    await mkdir(path, { recursive: true, mode: 0o700 })

    return new Home(path)
  }

  /** A path in the home. */
  join (...segments: string[]): string {
    return join(this.path, ...segments)
  }

  /** The home's database, the same each time. Other processes may use it at the same time. */
  database (): DatabaseSync {
    if (this.#database == null) {
      this.#database = openDatabase(this.join('mssl.db'))
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    }

    return this.#database
  }

  /** A database of its own in the home, for one user of it, who sets how it is written and closes it. */
  openDatabase (name: string): DatabaseSync {
    return openDatabase(this.join(name))
  }

  /**
   * Looks into such a database, also while its user writes it.
   *
   * @param name - its file
   * @param table - what is read
   * @returns undefined when there is nothing to be read yet
   */
  readDatabase <T> (name: string, table: string, read: (db: DatabaseSync) => T): T | undefined {
    const path = this.join(name)

    if (!existsSync(path)) {
      return
    }

    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT })

    try {
      // who began this moment has not made it yet
      return db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) == null ? undefined : read(db)
    } finally {
      db.close()
    }
  }

  /**
   * Makes sure that this is the only node on the home, until the release or the end of the process, however it ends.
   *
   * @throws {HomeInUseError}
   */
  lock (): HomeLock {
    const pidFile = this.join('node.pid')
    // the operating system holds the lock and lets go of it with the process: nothing goes stale
    const lock = openDatabase(this.join('node.lock'), 0)

    try {
      lock.exec('BEGIN EXCLUSIVE')
    } catch (err: any) {
      lock.close()

      if (err.errcode === 5) { // SQLITE_BUSY
        throw new HomeInUseError(this.path, readPid(pidFile))
      }

      throw err
    }

    writeFileSync(pidFile, `${process.pid}\n`)

    return {
      release: () => {
        if (lock.isOpen) {
          lock.close()
        }
      }
    }
  }

  /**
   * An Ed25519 key of this home, made when it is asked for the first time. `identity` is the node's, `issuer` signs what
   * a server says.
   *
   * @throws {DamagedHomeError} when the file is not a key
   */
  async privateKey (name: 'identity' | 'issuer'): Promise<Ed25519PrivateKey> {
    const path = this.join(`${name}.key`)

    return parseKey(path, await readOrMake(path, async () => privateKeyToProtobuf(await generateKeyPair('Ed25519'))))
  }

  /**
   * 32 random bytes of this home, made when they are asked for the first time. `escrow` is what a server derives with mode
   * proof: block keys, serials, which claims it audits. It never leaves the home, and whoever loses it can judge no more.
   *
   * @throws {DamagedHomeError} when the file has another length
   */
  async secret (name: 'escrow'): Promise<Uint8Array> {
    const path = this.join(`${name}.secret`)
    const secret = await readOrMake(path, async () => randomBytes(SECRET_LENGTH))

    if (secret.byteLength !== SECRET_LENGTH) {
      throw new DamagedHomeError(`${path} has ${secret.byteLength} bytes instead of ${SECRET_LENGTH}; restore it from a backup`)
    }

    return secret
  }

  close (): void {
    this.#database?.close()
    this.#database = undefined
  }
}

function openDatabase (path: string, timeout = BUSY_TIMEOUT): DatabaseSync {
  // created here, so that nobody else can read it; SQLite gives its other files the same mode
  closeSync(openSync(path, 'a', 0o600))

  return new DatabaseSync(path, { timeout })
}

/** What is in a file of this home that is made once and never changed. */
async function readOrMake (path: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (err: any) {
    if (err.code !== 'ENOENT') {
      throw err
    }
  }

  try {
    await writeFileAtomic(path, await make(), { exclusive: true })
  } catch (err: any) {
    // another process was faster: what it made is the home's
    if (err.code !== 'EEXIST') {
      throw err
    }
  }

  return readFile(path)
}

function readPid (path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function parseKey (path: string, bytes: Uint8Array): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes)

    if (key.type === 'Ed25519') {
      return key
    }
  } catch {
    // the message below is for people
  }

  throw new DamagedHomeError(`${path} is not an Ed25519 private key; restore it from a backup, or remove it for a new identity`)
}
