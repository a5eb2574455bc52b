/**
 * Who may have what, as the operator said, and the tickets that were taken back. Works on the database alone: another
 * process may change it while the server runs.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { CLOCK_TOLERANCE, MAX_REVOCATIONS, MAX_TICKET_LIFETIME } from '../../protocols/ticket/constants.ts'
import { transaction } from '../home/migrate.ts'
import { migrateServer } from './schema.ts'
import type { Revocation } from '../ticket/revocation.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Milliseconds by which the latest begin of a ticket is noted in advance: one write for all tickets of that time. */
const CLOCK_STEP = 5_000

/** More clients are to be revoked than a revocation list holds. */
export class TooManyRevocationsError extends Error {
  static name = 'TooManyRevocationsError'
  name = 'TooManyRevocationsError'
}

export interface AccessEntry {
  client: PeerId
  /** Absent: every object */
  object?: CID
  granted: boolean
  /** Milliseconds since the epoch */
  at: number
  /** Why the server itself revoked it; absent: the operator did */
  reason?: AccessReason
}

/** Why a server shuts a client out by itself: it spent a coin with two providers. */
export type AccessReason = 'double-spend'

export class Access {
  readonly #database: DatabaseSync
  /** Of every request for a ticket */
  readonly #statements: Record<'decision' | 'voidUntil' | 'latestBegin' | 'epoch', StatementSync>
  /** What the clock in the database has at least: it only grows */
  #notedBegin = 0

  constructor (database: DatabaseSync) {
    migrateServer(database)
    this.#database = database
    this.#statements = {
      decision: database.prepare("SELECT granted, reason FROM server_access WHERE client = ? AND object IN (?, '') ORDER BY object DESC LIMIT 1"),
      voidUntil: database.prepare("SELECT max(before) AS before FROM server_revocations WHERE client = ? AND object IN (?, '')"),
      latestBegin: database.prepare('SELECT latest FROM server_clock'),
      epoch: database.prepare('SELECT epoch FROM server_revocation_epoch')
    }
  }

  /** Puts a client on the allow-list of an object, or of all; takes a refusal back. */
  grant (client: PeerId, object?: CID): void {
    transaction(this.#database, () => { this.#decide(client, object, true) })
  }

  /**
   * Refuses a client an object, or all, until it is granted again; voids the tickets that it has.
   *
   * @throws {TooManyRevocationsError}
   */
  revoke (client: PeerId, object?: CID): void {
    transaction(this.#database, () => {
      this.#decide(client, object, false)
      this.voidTickets([client.toString()], object?.toString())
    })
  }

  /**
   * Refuses a client all objects as {@link revoke} does, for what it did, until the operator grants it access again. To be
   * called within a transaction. When no more revocations fit, the client gets no new tickets all the same, and keeps those
   * that it has: they end soon.
   */
  bar (client: PeerId, reason: AccessReason): void {
    const rows = this.#database.prepare('SELECT object, reason FROM server_access WHERE client = ?').all(client.toString())

    if (rows.length === 1 && rows[0].object === '' && rows[0].reason === reason) {
      // it has got no ticket since then
      return
    }

    this.#decide(client, undefined, false, reason)
    this.#voidWhatFits(client)
  }

  /**
   * Voids the tickets that a client has for an object, and refuses it none. To be called within a transaction. When no more
   * revocations fit, they end soon.
   */
  recall (client: PeerId, object: CID): void {
    this.#voidWhatFits(client, object)
  }

  /** What was said about an object holds for the one that takes its place, where nothing was said about that yet. */
  inherit (object: CID, earlier: CID): void {
    this.#database.prepare('INSERT OR IGNORE INTO server_access SELECT client, ?, granted, at, reason FROM server_access WHERE object = ?')
      .run(object.toString(), earlier.toString())
  }

  /** What was said about a client and an object; the word on one object counts more than that on all. */
  decision (client: PeerId, object: CID): 'granted' | 'revoked' | AccessReason | undefined {
    const row = this.#statements.decision.get(client.toString(), object.toString())

    if (row != null) {
      return row.granted === 1 ? 'granted' : row.reason as AccessReason | null ?? 'revoked'
    }
  }

  list (): AccessEntry[] {
    return this.#database.prepare('SELECT * FROM server_access ORDER BY client, object').all().map(row => ({
      ...subject(row),
      granted: row.granted === 1,
      at: Number(row.at),
      ...(row.reason == null ? {} : { reason: row.reason as AccessReason })
    }))
  }

  /** Tickets of a client for an object are void up to this time. Milliseconds since the epoch, 0 if none are. */
  voidUntil (client: PeerId, object: CID): number {
    return Number(this.#statements.voidUntil.get(client.toString(), object.toString())?.before ?? 0)
  }

  /**
   * To be called before a ticket is made that begins at this time: so that it can be voided even when the clock has gone
   * back since then.
   */
  noteBegin (notBefore: number): void {
    if (notBefore > this.#notedBegin) {
      this.#database.prepare('UPDATE server_clock SET latest = max(latest, ?)').run(notBefore + CLOCK_STEP)
      this.#notedBegin = notBefore + CLOCK_STEP
    }
  }

  /** Of the revocation list: grows with each change. */
  epoch (): number {
    return Number(this.#statements.epoch.get()?.epoch)
  }

  /** What the revocation list says at this epoch. */
  revocations (): { epoch: number, issued: number, entries: Revocation[] } {
    return transaction(this.#database, () => {
      const state = this.#database.prepare('SELECT epoch, issued FROM server_revocation_epoch').get()

      return {
        epoch: Number(state?.epoch),
        issued: Number(state?.issued),
        entries: this.#database.prepare('SELECT * FROM server_revocations ORDER BY client, object').all().map(row => ({
          ...subject(row),
          before: Number(row.before)
        }))
      }
    })
  }

  /** Voids the tickets that clients have, without refusing them new ones. To be called within a transaction. */
  voidTickets (clients: string[], object: string = ''): void {
    const now = Date.now()
    const before = Math.max(now, this.#latestBegin())
    const insert = this.#database.prepare('INSERT INTO server_revocations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET before = max(before, excluded.before)')

    for (const client of clients) {
      insert.run(client, object, before)
    }

    // tickets of that time have ended
    this.#database.prepare('DELETE FROM server_revocations WHERE before < ?').run(now - MAX_TICKET_LIFETIME - 2 * CLOCK_TOLERANCE)

    if (Number(this.#database.prepare('SELECT count(*) AS count FROM server_revocations').get()?.count) > MAX_REVOCATIONS) {
      throw new TooManyRevocationsError(`More than ${MAX_REVOCATIONS} revocations are in force: rotate the server's key, which voids every ticket at once`)
    }

    this.#nextEpoch(now)
  }

  /** A new issuer key voids all tickets of the old one: nothing is left to revoke. To be called within a transaction. */
  clearRevocations (): void {
    this.#database.exec('DELETE FROM server_revocations')
    this.#nextEpoch(Date.now())
  }

  #voidWhatFits (client: PeerId, object?: CID): void {
    this.#database.exec('SAVEPOINT revocation')

    try {
      this.voidTickets([client.toString()], object?.toString())
    } catch (err) {
      if (!(err instanceof TooManyRevocationsError)) {
        throw err
      }

      this.#database.exec('ROLLBACK TO revocation')
    }

    this.#database.exec('RELEASE revocation')
  }

  #latestBegin (): number {
    return Number(this.#statements.latestBegin.get()?.latest)
  }

  #nextEpoch (now: number): void {
    this.#database.prepare('UPDATE server_revocation_epoch SET epoch = epoch + 1, issued = ?').run(now)
  }

  #decide (client: PeerId, object: CID | undefined, granted: boolean, reason?: AccessReason): void {
    if (object == null) {
      // a word on all objects takes back what was said about single ones
      this.#database.prepare('DELETE FROM server_access WHERE client = ?').run(client.toString())
    }

    this.#database.prepare('INSERT OR REPLACE INTO server_access VALUES (?, ?, ?, ?, ?)')
      .run(client.toString(), object?.toString() ?? '', granted ? 1 : 0, Date.now(), reason ?? null)
  }
}

function subject (row: Record<string, SQLOutputValue>): { client: PeerId, object?: CID } {
  return {
    client: peerIdFromString(String(row.client)),
    object: row.object === '' ? undefined : CID.parse(String(row.object))
  }
}
