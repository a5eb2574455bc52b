/**
 * Which coins which sessions were paid for, and what proves it: what it takes to find a coin that was spent twice, and to
 * take back what a session earned. All of it is called within a transaction.
 */
import { LRUCache } from 'lru-cache'
import { equals } from 'uint8arrays/equals'
import { decodeBlocks, encodeBlocks } from '../exchange/block-list.ts'
import { MAX_BLOCKS } from '../object/index.ts'
import type { SessionEvidence } from '../../protocols/ack/index.ts'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

/** What is kept of a session that was paid. */
export interface Claim {
  id: number
  /** Positions that were settled */
  settled: number
  /** Coins that it redeemed first, then those that it has although they were redeemed before */
  coins: Uint32Array
  again: Uint32Array
}

/** Books whose coins are kept decoded at once: 12 MiB each at most, if they have one holder */
const MAX_HELD_BOOKS = 8

const EVIDENCE = 'ticket, provider, recipient_nonce, provider_nonce, acknowledged, count, indices, entries, signature, blocks'

type Statements = Record<'latest' | 'add' | 'extend' | 'reach' | 'ofSession' | 'ofBook' | 'again' | 'inherit' | 'copy' | 'forgetSession' | 'forgetBook' | 'forget', StatementSync>

export class Claims {
  readonly #statements: Statements

  constructor (database: DatabaseSync) {
    this.#statements = {
      latest: database.prepare('SELECT id, settled, coin_count, coins, again_count, again, blocks FROM bank_evidence WHERE session = ? ORDER BY id DESC LIMIT 1'),
      add: database.prepare(`INSERT INTO bank_evidence (book, session, settled, coin_count, coins, again_count, again, ${EVIDENCE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      extend: database.prepare(`UPDATE bank_evidence SET settled = ?, coin_count = ?, coins = ?, again_count = ?, again = ?, (${EVIDENCE}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?`),
      reach: database.prepare('UPDATE bank_evidence SET settled = ? WHERE id = ?'),
      ofSession: database.prepare('SELECT id, settled, coin_count, coins, again_count, again, blocks FROM bank_evidence WHERE session = ? ORDER BY id'),
      ofBook: database.prepare(`
        SELECT claims.id, settled, coin_count, coins, again_count, claims.again, blocks, sessions.provider
        FROM bank_evidence AS claims JOIN ledger_sessions AS sessions ON sessions.id = claims.session
        WHERE book = ? ORDER BY claims.id`),
      again: database.prepare(`
        SELECT id, session, settled, coin_count, coins, again_count, again, blocks
        FROM bank_evidence WHERE book = ? AND session <> ? AND again_count > 0 ORDER BY id`),
      inherit: database.prepare('UPDATE bank_evidence SET coin_count = ?, coins = ?, again_count = ?, again = ? WHERE id = ?'),
      copy: database.prepare(`INSERT INTO bank_evidence (book, settled, coin_count, again_count, ${EVIDENCE}) SELECT book, settled, 0, 0, ${EVIDENCE} FROM bank_evidence WHERE id = ?`),
      forgetSession: database.prepare('DELETE FROM bank_evidence WHERE session = ?'),
      forgetBook: database.prepare('DELETE FROM bank_evidence WHERE book = ? AND session IS NOT NULL'),
      forget: database.prepare('DELETE FROM bank_evidence WHERE id = ?')
    }
  }

  /**
   * What the same list of blocks was settled for, as far as it went: nothing if the recipient has signed another list since,
   * which two colluders can bring about. Coins are what counts then, not positions.
   */
  before (session: number, { blocks }: SessionEvidence): Claim | undefined {
    const row = this.#statements.latest.get(session)

    if (row != null) {
      const known = row.blocks as Uint8Array

      return equals(blocks.subarray(0, known.byteLength), known) ? claimOf(row) : undefined
    }
  }

  /**
   * Notes what a session was paid for, in the place of what it was paid for `before`.
   *
   * @returns its row
   */
  write (book: number, session: number, claim: Omit<Claim, 'id'>, evidence: SessionEvidence, before?: Claim): number {
    const { settled, coins, again } = before == null
      ? claim
      : { settled: claim.settled, coins: joined(before.coins, claim.coins), again: joined(before.again, claim.again) }
    const list = encodeBlocks(coins)
    const values = [
      settled,
      coins.length,
      equals(list, evidence.blocks) ? null : list,
      again.length,
      again.length === 0 ? null : encodeBlocks(again),
      ...evidenceValues(evidence)
    ]

    if (before == null) {
      return Number(this.#statements.add.run(book, session, ...values).lastInsertRowid)
    }

    this.#statements.extend.run(...values, before.id)

    return before.id
  }

  /** So much of the list was settled, without a coin that was not paid before. */
  reach (claim: number, settled: number): void {
    this.#statements.reach.run(settled, claim)
  }

  /**
   * Coins that a void session redeemed, and that somebody else has as well, are redeemed by that one now: nobody is paid for them
   * again. They are taken from `coins`.
   *
   * @returns sessions, and how many each has redeemed by this
   */
  inherit (book: number, session: number, coins: Set<number>): Array<{ session: number, count: number }> {
    return this.#statements.again.all(book, session).flatMap(row => {
      const claim = claimOf(row)
      const inherited = claim.again.filter(coin => coins.delete(coin))
      const again = claim.again.filter(coin => !inherited.includes(coin))

      if (inherited.length === 0) {
        return []
      }

      this.#statements.inherit.run(claim.coins.length + inherited.length, encodeBlocks(joined(claim.coins, inherited)), again.length, encodeBlocks(again), claim.id)

      return [{ session: Number(row.session), count: inherited.length }]
    })
  }

  /** Coins that a session redeemed first. */
  redeemed (session: number): Set<number> {
    return new Set(this.#statements.ofSession.all(session).flatMap(row => [...claimOf(row).coins]))
  }

  /** Who has which coins of which books, for the time of one transaction. */
  holdings (): Holdings {
    return new Holdings(book => this.#statements.ofBook.iterate(book))
  }

  /** Keeps a claim's evidence as it is now, whatever becomes of the claim. */
  copy (claim: number): number {
    return Number(this.#statements.copy.run(claim).lastInsertRowid)
  }

  /** Evidence of a session that need not have been paid for anything. */
  keep (book: number, evidence: SessionEvidence): number {
    return Number(this.#statements.add.run(book, null, 0, 0, null, 0, null, ...evidenceValues(evidence)).lastInsertRowid)
  }

  /** What was copied or kept. */
  forget (evidence: number): void {
    this.#statements.forget.run(evidence)
  }

  forgetSession (session: number): void {
    this.#statements.forgetSession.run(session)
  }

  /** All claims of a book, not what was copied or kept. */
  forgetBook (book: number): void {
    this.#statements.forgetBook.run(book)
  }
}

/**
 * Who has which coins, for the time of one transaction. To read that of a book takes time by all of its coins that were redeemed,
 * so it is done once for all claims that come together.
 */
export class Holdings {
  readonly #rows: (book: number) => Iterable<Record<string, SQLOutputValue>>
  readonly #books = new LRUCache<number, HeldCoins>({ max: MAX_HELD_BOOKS })

  constructor (rows: (book: number) => Iterable<Record<string, SQLOutputValue>>) {
    this.#rows = rows
  }

  /** By the book's row, and its run. */
  of ({ ticket, first, count }: { ticket: number, first: number, count: number }): HeldCoins {
    let held = this.#books.get(ticket)

    if (held == null) {
      held = new HeldCoins(first, count)

      for (const row of this.#rows(ticket)) {
        const { id, coins, again } = claimOf(row)
        held.add(id, Number(row.provider), coins, again)
      }

      this.#books.set(ticket, held)
    }

    return held
  }

  /** A claim was written. */
  add (book: number, claim: number, provider: number, ...lists: Uint32Array[]): void {
    this.#books.get(book)?.add(claim, provider, ...lists)
  }
}

/** Claims of each coin of a book: lists that are linked, in arrays of numbers. */
class HeldCoins {
  readonly #first: number
  /** Of each coin, 1 + the place of the claim that was added last; 0: nobody has it */
  readonly #last: Uint32Array
  /** By place: which claim, and the place before of the same coin */
  #claims = new Uint32Array(1_024)
  #before = new Uint32Array(1_024)
  #length = 0
  readonly #added: Array<{ id: number, provider: number }> = []

  constructor (first: number, count: number) {
    this.#first = first
    this.#last = new Uint32Array(count)
  }

  add (id: number, provider: number, ...lists: Uint32Array[]): void {
    const claim = this.#added.push({ id, provider }) - 1

    for (const list of lists) {
      this.#makeRoom(list.length)
      const [first, last, claims, before] = [this.#first, this.#last, this.#claims, this.#before]
      let length = this.#length

      for (const coin of list) {
        claims[length] = claim
        before[length] = last[coin - first]
        last[coin - first] = ++length
      }

      this.#length = length
    }
  }

  /** Whether a provider has a coin, by its row. */
  isHeldBy (coin: number, provider: number): boolean {
    for (let place = this.#last[coin - this.#first]; place > 0; place = this.#before[place - 1]) {
      if (this.#added[this.#claims[place - 1]].provider === provider) {
        return true
      }
    }

    return false
  }

  /** The claim of the first that has a coin and is not the server, whose row this is. */
  claimOf (coin: number, server: number | undefined): number | undefined {
    let claim: number | undefined

    for (let place = this.#last[coin - this.#first]; place > 0; place = this.#before[place - 1]) {
      const { id, provider } = this.#added[this.#claims[place - 1]]

      if (provider !== server && (claim == null || id < claim)) {
        claim = id
      }
    }

    return claim
  }

  #makeRoom (more: number): void {
    const length = this.#length + more

    if (length > this.#claims.length) {
      const [claims, before] = [this.#claims, this.#before]
      this.#claims = new Uint32Array(Math.max(length, 2 * claims.length))
      this.#before = new Uint32Array(this.#claims.length)
      this.#claims.set(claims)
      this.#before.set(before)
    }
  }
}

/** Evidence from a row whose columns have this prefix. */
export function evidenceOf (row: Record<string, SQLOutputValue>, prefix: string): SessionEvidence {
  const bytes = (column: string): Uint8Array => row[prefix + column] as Uint8Array

  return {
    ticket: bytes('ticket'),
    provider: bytes('provider'),
    recipientNonce: bytes('recipient_nonce'),
    providerNonce: bytes('provider_nonce'),
    acknowledgement: {
      session: bytes('acknowledged'),
      count: Number(row[`${prefix}count`]),
      indices: bytes('indices'),
      entries: bytes('entries'),
      signature: bytes('signature')
    },
    blocks: bytes('blocks')
  }
}

/** The columns that `evidenceOf` reads. */
export function evidenceColumns (table: string): string {
  return EVIDENCE.split(', ').map(column => `${table}.${column} AS ${table}_${column}`).join(', ')
}

function evidenceValues ({ ticket, provider, recipientNonce, providerNonce, acknowledgement, blocks }: SessionEvidence): SQLInputValue[] {
  const { session, count, indices, entries, signature } = acknowledgement

  return [ticket, provider, recipientNonce, providerNonce, session, count, indices, entries, signature, blocks]
}

function claimOf (row: Record<string, SQLOutputValue>): Claim {
  const list = (bytes: SQLOutputValue, count: SQLOutputValue): Uint32Array => {
    return count === 0 ? new Uint32Array(0) : decodeBlocks(bytes as Uint8Array, Number(count), MAX_BLOCKS)
  }

  return {
    id: Number(row.id),
    settled: Number(row.settled),
    coins: list(row.coins ?? row.blocks, row.coin_count),
    again: list(row.again, row.again_count)
  }
}

function joined (one: Uint32Array, other: Uint32Array): Uint32Array {
  const both = new Uint32Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)

  return both
}
