/**
 * What the parties have on their disks, read from the files themselves: what is to be compared with the ledger has not gone
 * through the same code.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A session that was acknowledged to the home. */
export interface Receipt {
  /** Hex, as are all ids here */
  session: string
  serial: string
  recipient: string
  verdict: string | null
  /** Coins that the server paid for, and what that came to less the fee */
  credited: number
  amount: number
  /** Blocks, by the segments of the acknowledgements that were stored */
  indices: number[]
}

/** With whom the home has spent a coin. */
export interface Spend {
  serial: string
  index: number
  provider: string
}

/** A session's segments have ids from session * this on. */
const SEGMENTS = 2 ** 17

export function receiptsOf (home: string): Receipt[] {
  return read(join(home, 'receipts.db'), db => {
    const segments = db.prepare('SELECT blocks FROM segments WHERE id >= ? AND id < ? ORDER BY id')

    return db.prepare('SELECT * FROM sessions').all().map(row => ({
      session: hex(row.session),
      serial: hex(row.serial),
      recipient: String(row.recipient),
      verdict: row.verdict == null ? null : String(row.verdict),
      credited: Number(row.credited),
      amount: Number(row.amount),
      indices: segments.all(Number(row.id) * SEGMENTS, (Number(row.id) + 1) * SEGMENTS).flatMap(({ blocks }) => numbers(blocks))
    }))
  })
}

export function spendsOf (home: string): Spend[] {
  return read(join(home, 'wallet.db'), db => db.prepare('SELECT serial, provider, blocks FROM spends JOIN payees ON payees.id = spends.payee JOIN books ON books.id = payees.book').all()
    .flatMap(({ serial, provider, blocks }) => numbers(blocks).map(index => ({ serial: hex(serial), provider: String(provider), index }))))
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
