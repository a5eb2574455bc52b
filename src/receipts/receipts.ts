import { open } from 'node:fs/promises'
import { InvalidParametersError } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { HASH_LENGTH } from '../../protocols/ack/constants.ts'
import { encodeBlocks } from '../exchange/block-list.ts'
import { migrate, syncFolder, transaction } from '../home/index.ts'
import type { Acknowledgement, SessionEvidence, Verdict } from '../../protocols/ack/index.ts'
import type { ReceiptLog, ReceiptSession, ReceiptState, ReceiptStore, StoredReceipt } from '../exchange/receipt-store.ts'
import type { Home } from '../home/index.ts'
import type { ServiceMode } from '../object/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const FILE = 'receipts.db'

/** Milliseconds that a session is shown after its final verdict: a quarter of a year, for whoever keeps accounts. */
const HISTORY = 90 * 24 * 3_600_000

/** A session's positions end below this: the segment that begins at `first` has the key `session * SEGMENTS + first`. */
const SEGMENTS = 2 ** 17

const MIGRATIONS = [`
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    -- milliseconds since the epoch: the first acknowledgement, the end, the last submission, the final verdict
    begun INTEGER NOT NULL,
    closed INTEGER,
    submitted_at INTEGER,
    finished INTEGER,
    -- the final one: settled, void, expired, invalid
    verdict TEXT,
    -- acknowledged blocks that were submitted last, and those that the server settled last
    submitted INTEGER NOT NULL DEFAULT 0,
    settled INTEGER NOT NULL DEFAULT 0,
    -- submissions in a row that got no proper answer
    attempts INTEGER NOT NULL DEFAULT 0,
    -- blocks, and for what, in all
    credited INTEGER NOT NULL DEFAULT 0,
    amount INTEGER NOT NULL DEFAULT 0,
    -- of the verdict, or why there is none yet
    reason TEXT NOT NULL DEFAULT '',
    session BLOB NOT NULL UNIQUE,
    object TEXT NOT NULL,
    provider TEXT NOT NULL,
    recipient TEXT NOT NULL,
    -- the recipient's ticket: its end, serial, envelope
    not_after INTEGER NOT NULL,
    serial BLOB NOT NULL,
    ticket BLOB NOT NULL,
    recipient_nonce BLOB NOT NULL,
    provider_nonce BLOB NOT NULL
  ) STRICT;
  CREATE INDEX pending_sessions ON sessions (attempts, id) WHERE verdict IS NULL;
  CREATE INDEX finished_sessions ON sessions (finished) WHERE finished IS NOT NULL;
  -- one for each acknowledgement, with what is new in it; one for all of a session that is over
  CREATE TABLE segments (
    -- session * 2^17 + first position
    id INTEGER PRIMARY KEY,
    -- the acknowledgement
    count INTEGER NOT NULL,
    index_chain BLOB NOT NULL,
    entry_chain BLOB NOT NULL,
    signature BLOB NOT NULL,
    -- block indices, four bytes each in the machine's order, and ciphertext hashes from the first position to \`count\`
    blocks BLOB NOT NULL,
    hashes BLOB NOT NULL
  ) STRICT
`, `
  -- with mode purchase: the server redeems the coins until then, milliseconds since the epoch
  ALTER TABLE sessions ADD COLUMN redeem_until INTEGER;
  CREATE INDEX sessions_by_serial ON sessions (serial)
`]

/** Sessions with the count of their newest acknowledgement. */
const SESSIONS = `
  SELECT *, (SELECT count FROM segments WHERE segments.id > sessions.id * ${SEGMENTS} AND segments.id < (sessions.id + 1) * ${SEGMENTS} ORDER BY segments.id DESC LIMIT 1) AS count
  FROM sessions
`

/** Acknowledgements that are put together while a session goes on: all of a long one, at its end, would take half a second. */
const MAX_SEGMENTS = 1024

type Blob = Uint8Array<ArrayBuffer>

interface SessionRow {
  id: number
  begun: number
  closed: number | null
  submitted_at: number | null
  finished: number | null
  verdict: FinalOutcome | null
  submitted: number
  settled: number
  attempts: number
  credited: number
  amount: number
  reason: string
  session: Blob
  object: string
  provider: string
  recipient: string
  not_after: number
  redeem_until: number | null
  serial: Blob
  ticket: Blob
  recipient_nonce: Blob
  provider_nonce: Blob
  count: number
}

interface SegmentRow {
  id: number
  count: number
  index_chain: Blob
  entry_chain: Blob
  signature: Blob
  blocks: Blob
  hashes: Blob
}

/** Verdicts after which a session is claimed no more. `settled` is one when it was about the whole session. */
export type FinalOutcome = 'settled' | 'void' | 'expired' | 'invalid'

/** `open`: the session goes on; `closed`: to be claimed; `claimed`: submitted, without a verdict so far; the rest are final verdicts. */
export type ReceiptInfoState = 'open' | 'closed' | 'claimed' | FinalOutcome

/** What a person is told of a session. */
export interface ReceiptInfo {
  /** Session id, 32 bytes */
  session: Uint8Array
  object: CID
  recipient: PeerId
  mode: Exclude<ServiceMode, 'plain'>
  /** Blocks acknowledged */
  blocks: number
  state: ReceiptInfoState
  /**
   * Blocks credited, or paid, so far. The others are yet to be claimed, or were credited or paid before, in another session, or their
   * coins were spent before and the bond did not reach: see `reason`
   */
  credited: number
  /** Credit for those, or money of the object's unit, less the fee */
  amount: number
  /** Milliseconds since the epoch: the first acknowledgement, the end of the session, the final verdict */
  begun: number
  closed?: number
  finished?: number
  /** Of the verdict, or why there is none yet */
  reason?: string
}

/** A session that waits for its final verdict. */
export interface PendingSession {
  /** In the store */
  id: number
  object: CID
  provider: PeerId
  /** Blocks acknowledged, and settled so far */
  count: number
  settled: number
  /** Credited so far */
  credited: number
  amount: number
  /** Nothing will be added */
  closed: boolean
  /** Milliseconds since the epoch: when its blocks were last claimed, else the first acknowledgement */
  since: number
  /** End of the recipient's ticket, milliseconds since the epoch */
  notAfter: number
  /** With mode purchase: the server redeems coins until this time, milliseconds since the epoch */
  redeemUntil?: number
  /** Submissions in a row that got no proper answer */
  attempts: number
}

/**
 * The acknowledgements that this node was given, in a database file of their own.
 *
 * Keys are released when an acknowledgement is stored, for each window of blocks: waiting for the disk there would cost a
 * fast session more than all of its cryptography. So the file is written with `synchronous = NORMAL`. What has been
 * committed is with the operating system: it survives the end of this process, however it ends, and the file is never
 * damaged. When the whole machine goes down, the last acknowledgements may be lost, which costs their blocks' credit and
 * nothing else; they are synced at the latest when they are claimed (see `sync`). A file of its own, since mssl.db syncs each
 * commit.
 *
 * One node writes; other processes may read (`listReceipts`).
 */
export class Receipts implements ReceiptStore {
  readonly #db: DatabaseSync
  readonly #home: Home
  readonly #now: () => number
  readonly #insertSession: StatementSync
  readonly #insertSegment: StatementSync

  private constructor (home: Home, now: () => number) {
    this.#home = home
    this.#now = now
    this.#db = home.openDatabase(FILE)
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    migrate(this.#db, 'receipts', MIGRATIONS)

    this.#insertSession = this.#db.prepare(`
      INSERT INTO sessions (begun, session, object, provider, recipient, not_after, redeem_until, serial, ticket, recipient_nonce, provider_nonce)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `)
    this.#insertSegment = this.#db.prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)')
  }

  /**
   * Sessions that were open when the last node died are over.
   *
   * @param home - whose lock this process holds
   * @param now - milliseconds since the epoch, as this machine's clock says
   */
  static open (home: Home, now: () => number = Date.now): Receipts {
    const receipts = new Receipts(home, now)

    for (const { id } of receipts.#db.prepare('SELECT id FROM sessions WHERE closed IS NULL').all()) {
      receipts.#close(Number(id))
    }

    return receipts
  }

  begin (session: ReceiptSession): ReceiptLog {
    let id: number | undefined
    let count = 0
    let segments = 0

    return {
      store: (acknowledgement, indices, hashes) => {
        if (indices.length === 0 || acknowledgement.count !== count + indices.length || hashes.byteLength !== HASH_LENGTH * indices.length) {
          throw new InvalidParametersError(`${indices.length} blocks and ${hashes.byteLength} bytes of hashes do not lead from ${count} to ${acknowledgement.count}`)
        }

        const blocks = new Uint8Array(Uint32Array.from(indices).buffer)

        if (id == null) {
          id = transaction(this.#db, () => {
            const id = this.#begin(session)
            this.#append(id, 1, acknowledgement, blocks, hashes)

            return id
          })
        } else {
          this.#append(id, count + 1, acknowledgement, blocks, hashes)
        }

        count = acknowledgement.count

        if (++segments === MAX_SEGMENTS) {
          this.#mergeLast(id)
          segments = 0
        }
      },
      close: () => {
        // a session that ends after this was closed counts as over when it is opened again
        if (id != null && this.#db.isOpen) {
          this.#close(id)
        }
      }
    }
  }

  /** After the final verdict `hashes` is empty. */
  find (session: Uint8Array): StoredReceipt | undefined {
    const row = this.#db.prepare(`${SESSIONS} WHERE session = ?`).get(session) as unknown as SessionRow | undefined

    if (row == null) {
      return undefined
    }

    const all = this.#merged(row.id)

    return {
      session: row.session,
      object: CID.parse(row.object),
      ticket: row.ticket,
      serial: row.serial,
      notAfter: row.not_after,
      redeemUntil: row.redeem_until ?? undefined,
      provider: peerIdFromString(row.provider),
      recipient: peerIdFromString(row.recipient),
      recipientNonce: row.recipient_nonce,
      providerNonce: row.provider_nonce,
      acknowledgement: acknowledgement(row.session, all),
      indices: indices(all.blocks),
      hashes: all.hashes,
      state: storedState(row)
    }
  }

  acknowledged (serial: Uint8Array): number {
    return Number(this.#db.prepare(`SELECT sum(count) AS blocks FROM (${SESSIONS} WHERE serial = ?)`).get(serial)?.blocks ?? 0)
  }

  /** Sessions without a final verdict; those that were submitted in vain come last. */
  pending (): PendingSession[] {
    const rows = this.#db.prepare(`${SESSIONS} WHERE verdict IS NULL ORDER BY attempts, id`).all() as unknown as SessionRow[]

    return rows.map(row => ({
      id: row.id,
      object: CID.parse(row.object),
      provider: peerIdFromString(row.provider),
      count: row.count,
      settled: row.settled,
      credited: row.credited,
      amount: row.amount,
      closed: row.closed != null,
      since: row.submitted_at ?? row.begun,
      notAfter: row.not_after,
      redeemUntil: row.redeem_until ?? undefined,
      attempts: row.attempts
    }))
  }

  /** What a claim of a session has to show, of its newest acknowledgement; nothing when it has its final verdict. */
  evidence (id: number): SessionEvidence | undefined {
    const row = this.#db.prepare('SELECT * FROM sessions WHERE id = ? AND verdict IS NULL').get(id) as unknown as SessionRow | undefined

    if (row == null) {
      return undefined
    }

    // so that a long session of small acknowledgements is not put together from the beginning each time
    const all = transaction(this.#db, () => this.#merge(id))

    return {
      ticket: row.ticket,
      provider: peerIdFromString(row.provider).toMultihash().bytes,
      recipientNonce: row.recipient_nonce,
      providerNonce: row.provider_nonce,
      acknowledgement: acknowledgement(row.session, all),
      blocks: encodeBlocks(indices(all.blocks))
    }
  }

  /** The ciphertext hashes of a session's first `count` blocks, 32 bytes each, joined. */
  hashes (id: number, count: number): Uint8Array {
    return this.#merged(id).hashes.subarray(0, HASH_LENGTH * count)
  }

  /** Claims are about to be sent. */
  submitting (claims: Array<{ id: number, count: number }>): void {
    const submit = this.#db.prepare('UPDATE sessions SET submitted = ?, submitted_at = ?, attempts = attempts + 1 WHERE id = ?')

    transaction(this.#db, () => {
      for (const { id, count } of claims) {
        submit.run(count, this.#now(), id)
      }
    })
  }

  /** A verdict came about a session's first `count` blocks. Not for `audit`, which is none. */
  judged (id: number, count: number, { outcome, reason, credited, amount }: Verdict): void {
    transaction(this.#db, () => {
      const row = this.#db.prepare(`${SESSIONS} WHERE id = ?`).get(id) as unknown as SessionRow

      // the first final verdict stays
      if (row.verdict != null) {
        return
      }

      if (outcome === 'settled') {
        this.#db.prepare('UPDATE sessions SET settled = ?, credited = ?, amount = ?, reason = ?, attempts = 0 WHERE id = ?').run(count, credited, amount, reason, id)
        row.settled = count
        this.#finishIfSettled(row)
      } else if (outcome === 'busy' || outcome === 'audit') {
        this.#db.prepare('UPDATE sessions SET reason = ?, attempts = 0 WHERE id = ?').run(reason, id)
      } else {
        // of what was credited for a smaller count only `void` takes anything back
        const kept = outcome === 'void' ? { credited, amount } : row
        this.#db.prepare('UPDATE sessions SET credited = ?, amount = ?, reason = ?, attempts = 0 WHERE id = ?').run(kept.credited, kept.amount, reason, id)
        this.#finish(row, outcome)
      }
    })
  }

  /** Why sessions that should be claimed were not. */
  note (ids: number[], reason: string): void {
    const note = this.#db.prepare('UPDATE sessions SET reason = ?1 WHERE id = ?2 AND verdict IS NULL AND reason <> ?1')

    transaction(this.#db, () => {
      for (const id of ids) {
        note.run(reason, id)
      }
    })
  }

  /**
   * Makes what was stored so far outlast a crash of the machine. SQLite would do that while everything else waits; its
   * log is the only file that new commits are in, so that it can be synced beside the work.
   */
  async sync (): Promise<void> {
    const log = await open(`${this.#home.join(FILE)}-wal`, 'r+')

    try {
      await log.sync()
    } finally {
      await log.close()
    }

    await syncFolder(this.#home.path)
  }

  /** Forgets sessions whose final verdict came long ago. */
  prune (): void {
    const old = this.#db.prepare('SELECT id FROM sessions WHERE finished < ? AND closed IS NOT NULL').all(this.#now() - HISTORY)

    for (const { id } of old) {
      transaction(this.#db, () => {
        this.#deleteSegments(Number(id))
        this.#db.prepare('DELETE FROM sessions WHERE id = ?').run(id)
      })
    }
  }

  /** All sessions, oldest first. */
  list (): ReceiptInfo[] {
    return listSessions(this.#db)
  }

  close (): void {
    this.#db.close()
  }

  #begin ({ session, object, ticket, serial, notAfter, redeemUntil, provider, recipient, recipientNonce, providerNonce }: ReceiptSession): number {
    return Number(this.#insertSession.run(
      this.#now(), session, object.toString(), provider.toString(), recipient.toString(), notAfter, redeemUntil ?? null, serial, ticket, recipientNonce, providerNonce
    ).lastInsertRowid)
  }

  #append (id: number, first: number, { count, indices, entries, signature }: Omit<Acknowledgement, 'session'>, blocks: Uint8Array, hashes: Uint8Array): void {
    this.#insertSegment.run(id * SEGMENTS + first, count, indices, entries, signature, blocks, hashes)
  }

  #close (id: number): void {
    transaction(this.#db, () => {
      this.#merge(id)
      this.#db.prepare('UPDATE sessions SET closed = ? WHERE id = ? AND closed IS NULL').run(this.#now(), id)
      const row = this.#db.prepare(`${SESSIONS} WHERE id = ?`).get(id) as unknown as SessionRow

      if (row.verdict != null) {
        this.#dropHashes(id)
      } else {
        this.#finishIfSettled(row)
      }
    })
  }

  #finishIfSettled (row: SessionRow): void {
    if (row.closed != null && row.settled === row.count) {
      this.#finish(row, 'settled')
    }
  }

  #finish ({ id, closed }: SessionRow, outcome: FinalOutcome): void {
    this.#db.prepare('UPDATE sessions SET verdict = ?, finished = ? WHERE id = ?').run(outcome, this.#now(), id)

    if (closed != null) {
      this.#dropHashes(id)
    }
  }

  /** Nobody asks for these any more; a recipient may still ask for keys, for which the indices do. */
  #dropHashes (id: number): void {
    this.#merge(id)
    this.#db.prepare('UPDATE segments SET hashes = ? WHERE id = ?').run(new Uint8Array(0), id * SEGMENTS + 1)
  }

  /** One row for all of a session so far. */
  #merge (id: number): SegmentRow {
    const segments = this.#segments(id)

    if (segments.length === 1) {
      return segments[0]
    }

    const all = join(segments)
    this.#deleteSegments(id)
    this.#append(id, 1, { count: all.count, indices: all.index_chain, entries: all.entry_chain, signature: all.signature }, all.blocks, all.hashes)

    return all
  }

  /** One row for the last ones. Leaves those before as they are: what is written does not grow with the session. */
  #mergeLast (id: number): void {
    transaction(this.#db, () => {
      const segments = this.#segments(id, MAX_SEGMENTS)
      const [first] = segments
      const { count, index_chain: indices, entry_chain: entries, signature, blocks, hashes } = join(segments)
      this.#db.prepare('DELETE FROM segments WHERE id >= ? AND id < ?').run(first.id, (id + 1) * SEGMENTS)
      this.#append(id, first.id - id * SEGMENTS, { count, indices, entries, signature }, blocks, hashes)
    })
  }

  #merged (id: number): SegmentRow {
    return join(this.#segments(id))
  }

  /** In order; the last ones with a limit. */
  #segments (id: number, limit = -1): SegmentRow[] {
    return this.#db.prepare('SELECT * FROM segments WHERE id > ? AND id < ? ORDER BY id DESC LIMIT ?')
      .all(id * SEGMENTS, (id + 1) * SEGMENTS, limit).reverse() as unknown as SegmentRow[]
  }

  #deleteSegments (id: number): void {
    this.#db.prepare('DELETE FROM segments WHERE id > ? AND id < ?').run(id * SEGMENTS, (id + 1) * SEGMENTS)
  }
}

/** All sessions of a home, oldest first; a node may run on it. */
export function listReceipts (home: Home): ReceiptInfo[] {
  return home.readDatabase(FILE, 'segments', listSessions) ?? []
}

function listSessions (db: DatabaseSync): ReceiptInfo[] {
  const rows = db.prepare(`${SESSIONS} ORDER BY id`).all() as unknown as SessionRow[]

  return rows.map(row => ({
    session: row.session,
    object: CID.parse(row.object),
    recipient: peerIdFromString(row.recipient),
    mode: row.redeem_until == null ? 'proof' : 'purchase',
    blocks: row.count,
    state: infoState(row),
    credited: row.credited,
    amount: row.amount,
    begun: row.begun,
    closed: row.closed ?? undefined,
    finished: row.finished ?? undefined,
    reason: row.reason === '' ? undefined : row.reason
  }))
}

function infoState ({ verdict, closed, submitted, count }: SessionRow): ReceiptInfoState {
  if (verdict != null) {
    return verdict
  }

  if (closed == null) {
    return 'open'
  }

  return submitted === count ? 'claimed' : 'closed'
}

function storedState ({ verdict, closed }: SessionRow): ReceiptState {
  if (verdict != null) {
    return verdict === 'settled' ? 'settled' : 'refused'
  }

  return closed == null ? 'open' : 'due'
}

function join (segments: SegmentRow[]): SegmentRow {
  return {
    ...segments[segments.length - 1],
    blocks: concat(segments.map(({ blocks }) => blocks)),
    hashes: concat(segments.map(({ hashes }) => hashes))
  }
}

function acknowledgement (session: Uint8Array, { count, index_chain: indices, entry_chain: entries, signature }: SegmentRow): Acknowledgement {
  return { session, count, indices, entries, signature }
}

function indices (blocks: Blob): Uint32Array {
  const indices = new Uint32Array(blocks.byteLength / 4)
  new Uint8Array(indices.buffer).set(blocks)

  return indices
}
