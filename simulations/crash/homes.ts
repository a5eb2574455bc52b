/**
 * What the parties have on their disks, read from the files themselves: what is to be compared with the ledger has not gone
 * through the same code.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { decode } from 'multiformats/hashes/digest'
import { decodeBlocks } from '../../src/exchange/index.ts'

/** Coins of a book: serial in hex, as all ids here. */
export interface Coins {
  serial: string
  /** Blocks */
  indices: number[]
}

/** Coins that a recipient has acknowledged. */
export interface Acknowledged extends Coins {
  /** PeerId */
  provider: string
}

/** A session that was acknowledged to the home: its blocks, by the segments of the acknowledgements that were stored. */
export interface Receipt extends Acknowledged {
  session: string
  verdict: string | null
  /** What the server paid, less the fee */
  amount: number
}

/** A session's segments have ids from session * this on. */
const SEGMENTS = 2 ** 17

const BITS = [0, 1, 2, 3, 4, 5, 6, 7]

export function receiptsOf (home: string): Receipt[] {
  return read(join(home, 'receipts.db'), db => {
    const segments = db.prepare('SELECT blocks FROM segments WHERE id >= ? AND id < ? ORDER BY id')

    return db.prepare('SELECT * FROM sessions').all().map(row => ({
      session: hex(row.session),
      serial: hex(row.serial),
      provider: String(row.provider),
      verdict: row.verdict == null ? null : String(row.verdict),
      amount: Number(row.amount),
      indices: segments.all(Number(row.id) * SEGMENTS, (Number(row.id) + 1) * SEGMENTS).flatMap(({ blocks }) => numbers(blocks))
    }))
  })
}

/** With whom the home has spent coins, as it has noted before it signed. */
export function spendsOf (home: string): Acknowledged[] {
  return read(join(home, 'wallet.db'), db => db.prepare('SELECT serial, provider, blocks FROM spends JOIN payees ON payees.id = spends.payee JOIN books ON books.id = payees.book').all()
    .map(({ serial, provider, blocks }) => ({ serial: hex(serial), provider: String(provider), indices: numbers(blocks) })))
}

/**
 * What a server was shown as acknowledged, by the provider that was paid for it or by the recipient, with its signature: until
 * the books are closed.
 */
export function shownTo (home: string, blockCount: number): Acknowledged[] {
  return read(join(home, 'mssl.db'), db => {
    const claimed = db.prepare('SELECT serial, provider, count, blocks FROM bank_evidence JOIN ledger_tickets ON ledger_tickets.id = book').all()
    const recorded = db.prepare('SELECT serial, provider, count, blocks FROM judge_records').all()

    return [...claimed, ...recorded].map(({ serial, provider, count, blocks }) => ({
      serial: hex(serial),
      provider: peerIdFromMultihash(decode(provider as Uint8Array)).toString(),
      indices: [...decodeBlocks(blocks as Uint8Array, Number(count), blockCount)]
    }))
  })
}

/** Coins that a server has noted as redeemed, each once: it has one bit for each. */
export function redeemedAt (home: string): Coins[] {
  return read(join(home, 'mssl.db'), db => db.prepare('SELECT serial, ones, bits FROM ledger_blocks JOIN ledger_tickets ON ledger_tickets.id = ticket').all()
    .map(({ serial, ones, bits }) => {
      const bytes = [...Array(Number(ones)).fill(0xff), ...Buffer.from(bits as Uint8Array)]

      return { serial: hex(serial), indices: bytes.flatMap((byte, n) => BITS.filter(bit => (byte & 1 << bit) !== 0).map(bit => 8 * n + bit)) }
    }))
}

function read <T> (path: string, query: (db: DatabaseSync) => T[]): T[] {
  if (!existsSync(path)) {
    return []
  }

  const db = new DatabaseSync(path)

  try {
    return query(db)
  } finally {
    db.close()
  }
}

function hex (blob: unknown): string {
  return Buffer.from(blob as Uint8Array).toString('hex')
}

function numbers (blob: unknown): number[] {
  const bytes = Buffer.from(blob as Uint8Array)

  return Array.from({ length: bytes.byteLength / 4 }, (_, i) => bytes.readUInt32LE(4 * i))
}
