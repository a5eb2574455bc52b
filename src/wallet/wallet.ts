import { InvalidParametersError } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { BOOT_ID, migrate, transaction } from '../home/index.ts'
import { MAX_BLOCKS } from '../object/index.ts'
import type { Spending } from './index.ts'
import type { Home } from '../home/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const FILE = 'wallet.db'

/**
 * Milliseconds after the last spending that a book's coins are remembered one by one: a ticket lasts 30 days at most, and coins are
 * redeemed for 366 days at most. Who has prolonged a book all the while without spending is left with the server to ask.
 */
const KEPT = 400 * 24 * 3_600_000

const MIGRATIONS = [`
  CREATE TABLE books (
    id INTEGER PRIMARY KEY,
    serial BLOB NOT NULL UNIQUE,
    object TEXT NOT NULL,
    -- milliseconds since the epoch
    used INTEGER NOT NULL,
    -- coins were spent in this run of the operating system, and that may not be on the disk
    spending INTEGER NOT NULL,
    boot TEXT NOT NULL,
    -- of coins not noted as spent it is not known whether they are
    unsure INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE payees (
    id INTEGER PRIMARY KEY,
    book INTEGER NOT NULL,
    provider TEXT NOT NULL,
    UNIQUE (book, provider)
  ) STRICT;
  -- one for each acknowledgement, with the coins that were not spent before; one for each payee after a restart
  CREATE TABLE spends (
    id INTEGER PRIMARY KEY,
    payee INTEGER NOT NULL,
    -- milliseconds since the epoch
    at INTEGER NOT NULL,
    -- block indices, four bytes each in the machine's order
    blocks BLOB NOT NULL
  ) STRICT;
  CREATE INDEX spends_by_payee ON spends (payee)
`]

export interface WalletOptions {
  /**
   * Milliseconds since the epoch, as this machine's clock says.
   *
   * @default Date.now
   */
  now?(): number

  /**
   * Id of this run of the operating system; empty: not known.
   *
   * @default what Linux says
   */
  boot?: string
}

/** Coins of one book that were spent with one provider. */
export interface SpentCoins {
  /** Of the book, 16 bytes */
  serial: Uint8Array
  object: CID
  provider: PeerId
  /** How many */
  coins: number
  /** The last of them, milliseconds since the epoch */
  at: number
}

interface BookRow {
  id: number
  spending: number
  boot: string
  unsure: number
}

type Blob = Uint8Array<ArrayBuffer>

/**
 * Which coins this node has spent with whom, in a database file of its own.
 *
 * A row is written before each acknowledgement is signed, like a receipt at the other end, and for the same reason with
 * `synchronous = NORMAL`: what is committed survives the end of this process, however it ends, but the last rows may be
 * lost when the whole machine goes down. That a book's coins are being spent at all is therefore synced before the first of
 * them is, and taken back, synced as well, when the wallet is closed. Where neither was taken back nor this run of the
 * operating system is the same, any coin may have been spent with anybody: then only the server is asked, to whom a coin can be
 * spent again.
 *
 * One node writes; other processes may read (`listSpent`).
 */
export class Wallet {
  readonly #db: DatabaseSync
  readonly #now: () => number
  readonly #boot: string

  private constructor (home: Home, { now = Date.now, boot = BOOT_ID }: WalletOptions) {
    this.#now = now
    this.#boot = boot
    this.#db = home.openDatabase(FILE)
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    migrate(this.#db, 'wallet', MIGRATIONS)
  }

  /**
   * @param home - whose lock this process holds
   */
  static open (home: Home, options: WalletOptions = {}): Wallet {
    const wallet = new Wallet(home, options)
    wallet.#forget()
    wallet.#merge()

    return wallet
  }

  /**
   * The coins of a book; reads what was spent. One at a time for each book, as long as coins are spent by it.
   *
   * @param serial - 16 bytes
   * @param object - its id
   */
  spending (serial: Uint8Array, object: CID): Spending {
    const book = this.#db.prepare('SELECT id, spending, boot, unsure FROM books WHERE serial = ?').get(serial) as unknown as BookRow | undefined
    const lost = book?.spending === 1 && (this.#boot === '' || book.boot !== this.#boot)
    const spending = new BookSpending(this.#db, this.#now, book?.unsure === 1 || lost, unsure => this.#begin(serial, object, unsure))

    if (book != null) {
      spending.load(book.id)
    }

    return spending
  }

  /** What was spent with whom, the books used last first. */
  spent (): SpentCoins[] {
    return listSpends(this.#db)
  }

  /** Nothing can be spent any more. */
  close (): void {
    this.#synced(() => {
      this.#db.prepare('UPDATE books SET spending = 0 WHERE spending = 1 AND boot = ?').run(this.#boot)
    })
    this.#db.close()
  }

  /** Coins of a book are about to be spent. That outlasts a crash of the machine. */
  #begin (serial: Uint8Array, object: CID, unsure: boolean): number {
    return this.#synced(() => Number(this.#db.prepare(`
      INSERT INTO books (serial, object, used, spending, boot, unsure) VALUES (?, ?, ?, 1, ?, ?)
      ON CONFLICT (serial) DO UPDATE SET used = excluded.used, spending = 1, boot = excluded.boot, unsure = excluded.unsure
      RETURNING id
    `).get(serial, object.toString(), this.#now(), this.#boot, unsure ? 1 : 0)?.id))
  }

  /** One transaction, after which all that was written so far is on the disk. */
  #synced <T> (work: () => T): T {
    this.#db.exec('PRAGMA synchronous = FULL')

    try {
      return transaction(this.#db, work)
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL')
    }
  }

  /** That a book was spent from is remembered for good, in a hundred bytes or so. */
  #forget (): void {
    transaction(this.#db, () => {
      const old = 'SELECT id FROM books WHERE used < ?'
      const before = this.#now() - KEPT
      this.#db.prepare(`DELETE FROM spends WHERE payee IN (SELECT id FROM payees WHERE book IN (${old}))`).run(before)
      this.#db.prepare(`DELETE FROM payees WHERE book IN (${old})`).run(before)
      this.#db.prepare('UPDATE books SET unsure = 1 WHERE used < ? AND unsure = 0').run(before)
    })
  }

  /** One row for each payee. */
  #merge (): void {
    const payees = this.#db.prepare('SELECT payee, max(at) AS at FROM spends GROUP BY payee HAVING count(*) > 1').all() as unknown as Array<{ payee: number, at: number }>
    const select = this.#db.prepare('SELECT blocks FROM spends WHERE payee = ?')
    const remove = this.#db.prepare('DELETE FROM spends WHERE payee = ?')
    const insert = this.#db.prepare('INSERT INTO spends (payee, at, blocks) VALUES (?, ?, ?)')

    for (const { payee, at } of payees) {
      transaction(this.#db, () => {
        const blocks = Buffer.concat(select.all(payee).map(({ blocks }) => blocks as Blob))
        remove.run(payee)
        insert.run(payee, at, blocks)
      })
    }
  }
}

/** What `Wallet.spent` tells, read without a wallet: also while a node runs on the home. */
export function listSpent (home: Home): SpentCoins[] {
  return home.readDatabase(FILE, 'spends', listSpends) ?? []
}

function listSpends (db: DatabaseSync): SpentCoins[] {
  const rows = db.prepare(`
    SELECT serial, object, provider, sum(length(blocks)) / 4 AS coins, max(at) AS at
    FROM books JOIN payees ON payees.book = books.id JOIN spends ON spends.payee = payees.id
    GROUP BY payees.id ORDER BY used DESC, books.id DESC, payees.id
  `).all() as unknown as Array<{ serial: Blob, object: string, provider: string, coins: number, at: number }>

  return rows.map(({ serial, object, provider, coins, at }) => ({ serial, object: CID.parse(object), provider: peerIdFromString(provider), coins, at }))
}

/** The coins of one book, as one download spends them. */
class BookSpending implements Spending {
  readonly #db: DatabaseSync
  readonly #now: () => number
  readonly #unsure: boolean
  readonly #begin: (unsure: boolean) => number
  readonly #insert: StatementSync
  /** By number, from 1: in the table below, and in the database */
  readonly #payees: Array<{ provider: PeerId, id: number }> = []
  readonly #numbers = new Map<string, number>()
  /** The payee's number for each block; 0, or beyond the end: none */
  #table = new Uint32Array(0)
  /** In the database; none before coins are spent by this object */
  #book?: number

  constructor (db: DatabaseSync, now: () => number, unsure: boolean, begin: (unsure: boolean) => number) {
    this.#db = db
    this.#now = now
    this.#unsure = unsure
    this.#begin = begin
    this.#insert = db.prepare('INSERT INTO spends (payee, at, blocks) VALUES (?, ?, ?)')
  }

  load (book: number): void {
    const select = this.#db.prepare('SELECT blocks FROM spends WHERE payee = ?')

    for (const { id, provider } of this.#db.prepare('SELECT id, provider FROM payees WHERE book = ?').all(book)) {
      const payee = this.#add(peerIdFromString(String(provider)), Number(id))

      for (const { blocks } of select.iterate(Number(id))) {
        const bytes = blocks as Blob
        this.#take(new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)), payee)
      }
    }
  }

  spend (provider: PeerId, indices: Uint32Array): void {
    if (indices.some(index => index >= MAX_BLOCKS)) {
      throw new InvalidParametersError(`No object has more than ${MAX_BLOCKS} blocks`)
    }

    this.#book ??= this.#begin(this.#unsure)
    const payee = this.#numbers.get(provider.toString()) ?? this.#addNew(provider, this.#book)
    const fresh = this.#take(indices, payee)

    try {
      if (fresh.length > 0) {
        this.#insert.run(this.#payees[payee - 1].id, this.#now(), new Uint8Array(fresh.buffer))
      }
    } catch (err) {
      fresh.forEach(index => { this.#table[index] = 0 })
      throw err
    }
  }

  payee (index: number): PeerId | 'unknown' | undefined {
    const payee = this.#table[index]

    if (payee > 0) {
      return this.#payees[payee - 1].provider
    }

    return this.#unsure ? 'unknown' : undefined
  }

  #addNew (provider: PeerId, book: number): number {
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO payees (book, provider) VALUES (?, ?)').run(book, provider.toString())

    return this.#add(provider, Number(lastInsertRowid))
  }

  #add (provider: PeerId, id: number): number {
    const number = this.#payees.push({ provider, id })
    this.#numbers.set(provider.toString(), number)

    return number
  }

  /** Returns those that had no payee before. */
  #take (indices: Uint32Array, payee: number): Uint32Array<ArrayBuffer> {
    const end = indices.reduce((end, index) => Math.max(end, index + 1), 0)

    if (end > this.#table.length) {
      const table = this.#table
      this.#table = new Uint32Array(Math.min(MAX_BLOCKS, Math.max(end, 2 * table.length)))
      this.#table.set(table)
    }

    return Uint32Array.from(indices.filter(index => {
      const fresh = this.#table[index] === 0
      this.#table[index] ||= payee

      return fresh
    }))
  }
}
