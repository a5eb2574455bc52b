/**
 * What a judge has to remember: complaints that are open, acknowledgements that were shown in a dispute or paid for, those
 * that wait to be paid, and who was convicted of what. Works on the database alone.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { decodeEvidence, encodeEvidence } from '../../protocols/ack/messages.ts'
import { Price } from '../../protocols/ticket/pb/records.ts'
import { migrate, transaction } from '../home/migrate.ts'
import { Geometry } from '../object/index.ts'
import { parseObjectId, parsePeerId } from '../ticket/fields.ts'
import type { Evidence } from './evidence.ts'
import type { Acknowledgement, SessionEvidence } from '../../protocols/ack/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Positions of one session that are marked: an honest recipient leaves a provider after one; each costs an audit a block. */
const MAX_MARKS_PER_SESSION = 16

/**
 * Marked positions, and acknowledgements from disputes, of one recipient; the oldest make room. They cost a recipient that
 * invents sessions nothing but a message, and protect nobody but itself.
 */
const MAX_DISPUTES_PER_RECIPIENT = 1_024

/**
 * Acknowledgements of one recipient that wait to be paid, 400 KiB each at most. They are somebody else's credit, so none
 * makes room: further ones are refused.
 */
const MAX_RECORDS_PER_RECIPIENT = 64

/** Times are milliseconds since the epoch; `expires`: nothing about the session is accepted after that. */
const MIGRATIONS = [`
  CREATE TABLE judge_marks (
    session BLOB NOT NULL,
    position INTEGER NOT NULL,
    recipient BLOB NOT NULL,
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (session, position)
  ) STRICT;
  CREATE INDEX judge_marks_recipient ON judge_marks (recipient, at);
  CREATE INDEX judge_marks_expires ON judge_marks (expires);

  CREATE TABLE judge_acknowledgements (
    session BLOB NOT NULL,
    count INTEGER NOT NULL,
    indices BLOB NOT NULL,
    entries BLOB NOT NULL,
    signature BLOB NOT NULL,
    -- the provider's, if it was paid by this
    claim BLOB,
    recipient BLOB NOT NULL,
    disputed INTEGER NOT NULL,
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (session, count)
  ) STRICT;
  CREATE INDEX judge_acknowledgements_recipient ON judge_acknowledgements (recipient, at) WHERE disputed;
  CREATE INDEX judge_acknowledgements_expires ON judge_acknowledgements (expires);

  CREATE TABLE judge_records (
    session BLOB PRIMARY KEY,
    serial BLOB NOT NULL,
    object BLOB NOT NULL,
    size INTEGER NOT NULL,
    block_size INTEGER NOT NULL,
    provider BLOB NOT NULL,
    recipient BLOB NOT NULL,
    count INTEGER NOT NULL,
    blocks BLOB NOT NULL,
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX judge_records_recipient ON judge_records (recipient);
  CREATE INDEX judge_records_at ON judge_records (at);

  CREATE TABLE judge_offences (
    peer TEXT NOT NULL,
    session BLOB NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    file TEXT,
    PRIMARY KEY (peer, session, kind)
  ) STRICT;
`, `
  -- with mode purchase: what a coin is worth, and what proves that it was spent
  ALTER TABLE judge_records ADD COLUMN price BLOB;
  ALTER TABLE judge_records ADD COLUMN evidence BLOB;
  CREATE INDEX judge_records_serial ON judge_records (serial);
  CREATE INDEX judge_records_expires ON judge_records (expires);
`]

/** An acknowledgement that a recipient has shown, and for which its provider is to be paid. */
export interface Recorded {
  session: Uint8Array
  /** Of the recipient's ticket */
  serial: Uint8Array
  object: CID
  geometry: Geometry
  provider: PeerId
  recipient: PeerId
  count: number
  /** Block indices, encoded */
  blocks: Uint8Array
  expires: number
  /** With mode purchase: all that it takes to pay it, whatever becomes of the object */
  sale?: {
    price: Price
    /** Of `count` blocks, or more */
    evidence: SessionEvidence
  }
}

/** A peer broke the rules, by proof. */
export interface Offence {
  peer: PeerId
  kind: Evidence['kind']
  session: Uint8Array
  /** When it was found, milliseconds since the epoch */
  at: number
  /** Name of the file of evidence; absent when there was enough of this peer already */
  file?: string
}

/** An acknowledgement by which a provider was paid, and what it signed for that. */
export interface Claimed extends Acknowledgement {
  /** 64 bytes */
  claim: Uint8Array
}

export interface Paid extends Claimed {
  recipient: PeerId
  expires: number
}

interface Dispute {
  recipient: PeerId
  now: number
  expires: number
}

export class Docket {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor (database: DatabaseSync) {
    migrate(database, 'judge', MIGRATIONS)
    this.#database = database
  }

  /** A recipient says, and it is true of what it shows, that the entry at a position is false. */
  mark (session: Uint8Array, position: number, { recipient, now, expires }: Dispute): void {
    transaction(this.#database, () => {
      const { count } = this.#get('SELECT count(*) AS count FROM judge_marks WHERE session = ?', session)

      if (Number(count) >= MAX_MARKS_PER_SESSION) {
        return
      }

      const who = bytesOf(recipient)
      this.#run('INSERT OR IGNORE INTO judge_marks VALUES (?, ?, ?, ?, ?)', session, position, who, now, expires)
      this.#run('DELETE FROM judge_marks WHERE rowid IN (SELECT rowid FROM judge_marks WHERE recipient = ? ORDER BY at DESC LIMIT -1 OFFSET ?)', who, MAX_DISPUTES_PER_RECIPIENT)
    })
  }

  /** Positions of a session that wait for an audit. */
  marks (session: Uint8Array): number[] {
    return this.#prepare('SELECT position FROM judge_marks WHERE session = ? ORDER BY position')
      .all(session)
      .map(row => Number(row.position))
  }

  /** An audit found the entries up to `count` true. */
  resolve (session: Uint8Array, count: number): void {
    this.#run('DELETE FROM judge_marks WHERE session = ? AND position <= ?', session, count)
  }

  /** Remembers what a recipient has shown in a dispute. One that was there before stays. */
  remember ({ session, count, indices, entries, signature }: Acknowledgement, { recipient, now, expires }: Dispute): void {
    transaction(this.#database, () => {
      const who = bytesOf(recipient)
      this.#run('INSERT OR IGNORE INTO judge_acknowledgements VALUES (?, ?, ?, ?, ?, NULL, ?, 1, ?, ?)', session, count, indices, entries, signature, who, now, expires)
      this.#run('DELETE FROM judge_acknowledgements WHERE rowid IN (SELECT rowid FROM judge_acknowledgements WHERE recipient = ? AND disputed ORDER BY at DESC LIMIT -1 OFFSET ?)', who, MAX_DISPUTES_PER_RECIPIENT)
    })
  }

  /** What was signed of the first `count` blocks of a session. */
  remembered (session: Uint8Array, count: number): Acknowledgement | undefined {
    const row = this.#prepare('SELECT * FROM judge_acknowledgements WHERE session = ? AND count = ?').get(session, count)

    return row == null ? undefined : toAcknowledgement(row)
  }

  /** The shortest acknowledgement of `from` to `to` blocks by which the provider was paid. */
  claimed (session: Uint8Array, from: number, to: number): Claimed | undefined {
    const row = this.#prepare(`
      SELECT * FROM judge_acknowledgements WHERE session = ? AND count BETWEEN ? AND ? AND claim IS NOT NULL ORDER BY count LIMIT 1
    `).get(session, from, to)

    return row == null ? undefined : { ...toAcknowledgement(row), claim: row.claim as Uint8Array }
  }

  /** Remembers acknowledgements by which providers were paid, and that nothing waits to be paid for them any more. */
  paid (acknowledgements: Paid[], now: number): void {
    transaction(this.#database, () => {
      for (const { session, count, indices, entries, signature, claim, recipient, expires } of acknowledgements) {
        this.#run('INSERT OR REPLACE INTO judge_acknowledgements VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)', session, count, indices, entries, signature, claim, bytesOf(recipient), now, expires)
        this.#run('DELETE FROM judge_records WHERE session = ? AND count <= ?', session, count)
      }
    })
  }

  /** The session is void: nothing waits to be paid or audited. */
  dismiss (session: Uint8Array): void {
    this.#run('DELETE FROM judge_records WHERE session = ?', session)
    this.#run('DELETE FROM judge_marks WHERE session = ?', session)
  }

  /** What was recorded has been paid. */
  clear (recorded: Recorded[]): void {
    transaction(this.#database, () => {
      for (const { session, count } of recorded) {
        this.#run('DELETE FROM judge_records WHERE session = ? AND count <= ?', session, count)
      }
    })
  }

  recorded (session: Uint8Array): Recorded | undefined {
    const row = this.#prepare('SELECT * FROM judge_records WHERE session = ?').get(session)

    return row == null ? undefined : toRecorded(row)
  }

  /**
   * Notes an acknowledgement, in the place of a shorter one of the session.
   *
   * @returns false: too many of this recipient wait
   */
  record ({ session, serial, object, geometry, provider, recipient, count, blocks, expires, sale }: Recorded, now: number): boolean {
    return transaction(this.#database, () => {
      const who = bytesOf(recipient)
      const { waiting } = this.#get('SELECT count(*) AS waiting FROM judge_records WHERE recipient = ? AND session != ?', who, session)

      if (Number(waiting) >= MAX_RECORDS_PER_RECIPIENT) {
        return false
      }

      this.#run(`
        INSERT INTO judge_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET count = excluded.count, blocks = excluded.blocks, evidence = excluded.evidence WHERE excluded.count > count
      `, session, serial, object.bytes, geometry.size, geometry.blockSize, bytesOf(provider), who, count, blocks, now, expires,
      sale == null ? null : Price.encode(sale.price), sale == null ? null : encodeEvidence(sale.evidence))

      return true
    })
  }

  /** Some of those that were noted at the time `before` or earlier, or whose provider cannot claim any more. */
  due (before: number, now: number, limit: number, offset = 0): Recorded[] {
    return this.#prepare('SELECT * FROM judge_records WHERE at <= ? OR expires < ? ORDER BY at, session LIMIT ? OFFSET ?').all(before, now, limit, offset).map(toRecorded)
  }

  /** Whether something of the tickets of a serial waits to be paid. */
  isWaiting (serial: Uint8Array): boolean {
    return this.#prepare('SELECT 1 FROM judge_records WHERE serial = ?').get(serial) != null
  }

  convict ({ peer, session, kind, at, file }: Offence): void {
    this.#run('INSERT OR IGNORE INTO judge_offences VALUES (?, ?, ?, ?, ?)', peer.toString(), session, kind, at, file ?? null)
  }

  isConvicted (peer: PeerId, session: Uint8Array, kind: Offence['kind']): boolean {
    return this.#prepare('SELECT 1 FROM judge_offences WHERE peer = ? AND session = ? AND kind = ?').get(peer.toString(), session, kind) != null
  }

  /** How often a peer was convicted. */
  count (peer: PeerId): number {
    return Number(this.#get('SELECT count(*) AS count FROM judge_offences WHERE peer = ?', peer.toString()).count)
  }

  /** Oldest first. */
  offences (): Offence[] {
    return this.#database.prepare('SELECT * FROM judge_offences ORDER BY at, rowid').all().map(row => ({
      peer: peerIdFromString(String(row.peer)),
      kind: row.kind as Evidence['kind'],
      session: row.session as Uint8Array,
      at: Number(row.at),
      file: row.file == null ? undefined : String(row.file)
    }))
  }

  /** Files of evidence of one kind, against everyone and against one peer. */
  files (kind: Offence['kind'], peer: PeerId): { all: number, against: number } {
    const { all, against } = this.#get('SELECT count(file) AS "all", count(file) FILTER (WHERE peer = ?) AS against FROM judge_offences WHERE kind = ?', peer.toString(), kind)

    return { all: Number(all), against: Number(against) }
  }

  /** Forgets what nothing is accepted about any more; but not what is still to be paid. */
  forget (now: number): void {
    for (const table of ['judge_marks', 'judge_acknowledgements']) {
      this.#run(`DELETE FROM ${table} WHERE expires < ?`, now)
    }
  }

  #run (sql: string, ...values: Array<string | number | Uint8Array | null>): void {
    this.#prepare(sql).run(...values)
  }

  #get (sql: string, ...values: Array<string | number | Uint8Array>): Record<string, SQLOutputValue> {
    return this.#prepare(sql).get(...values) ?? {}
  }

  #prepare (sql: string): StatementSync {
    let statement = this.#statements.get(sql)

    if (statement == null) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }

    return statement
  }
}

function bytesOf (peer: PeerId): Uint8Array {
  return peer.toMultihash().bytes
}

function toAcknowledgement (row: Record<string, SQLOutputValue>): Acknowledgement {
  return {
    session: row.session as Uint8Array,
    count: Number(row.count),
    indices: row.indices as Uint8Array,
    entries: row.entries as Uint8Array,
    signature: row.signature as Uint8Array
  }
}

function toRecorded (row: Record<string, SQLOutputValue>): Recorded {
  return {
    session: row.session as Uint8Array,
    serial: row.serial as Uint8Array,
    object: parseObjectId(row.object as Uint8Array),
    geometry: new Geometry(Number(row.size), Number(row.block_size)),
    provider: parsePeerId(row.provider as Uint8Array),
    recipient: parsePeerId(row.recipient as Uint8Array),
    count: Number(row.count),
    blocks: row.blocks as Uint8Array,
    expires: Number(row.expires),
    sale: row.price == null ? undefined : { price: Price.decode(row.price as Uint8Array), evidence: decodeEvidence(row.evidence as Uint8Array) }
  }
}
