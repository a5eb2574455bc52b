import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Blocks in a row of the table: several rows fit into a page of the database, which larger ones would leave half empty */
const CHUNK_BLOCKS = 4096

/** In which a Uint32 falls */
const MAX_CHUNKS = 2 ** 32 / CHUNK_BLOCKS

interface Chunk {
  ticket: number
  number: number
  bits: Uint8Array
  changed: boolean
}

export interface BlockStatements {
  load: StatementSync
  store: StatementSync
}

export function prepareBlocks (database: DatabaseSync): BlockStatements {
  return {
    load: database.prepare('SELECT ones, bits FROM ledger_blocks WHERE ticket = ? AND chunk = ?'),
    store: database.prepare('INSERT OR REPLACE INTO ledger_blocks VALUES (?, ?, ?, ?)')
  }
}

/** Which blocks of which tickets have been credited, for the time of one transaction. */
export class CreditedBlocks {
  readonly #statements: BlockStatements
  readonly #chunks = new Map<number, Chunk>()
  #last?: Chunk
  #lastKey = -1

  constructor (statements: BlockStatements) {
    this.#statements = statements
  }

  /**
   * Notes a block.
   *
   * @param ticket - its row
   * @param index - Uint32
   * @returns whether it had not been credited before
   */
  add (ticket: number, index: number): boolean {
    return this.#change(ticket, index, true)
  }

  /**
   * Notes that a block is not credited any more.
   *
   * @param ticket - its row
   * @param index - Uint32
   * @returns whether it had been credited
   */
  delete (ticket: number, index: number): boolean {
    return this.#change(ticket, index, false)
  }

  /** Writes what was noted. */
  store (): void {
    for (const { ticket, number, bits, changed } of this.#chunks.values()) {
      if (changed) {
        const zero = bits.findIndex(byte => byte !== 0xff)
        const ones = zero < 0 ? bits.length : zero

        this.#statements.store.run(ticket, number, ones, bits.subarray(ones, Math.max(ones, bits.findLastIndex(byte => byte !== 0) + 1)))
      }
    }
  }

  #change (ticket: number, index: number, credited: boolean): boolean {
    const chunk = this.#chunk(ticket, Math.floor(index / CHUNK_BLOCKS))
    const at = (index % CHUNK_BLOCKS) >> 3
    const bit = 1 << (index & 7)

    if (((chunk.bits[at] & bit) !== 0) === credited) {
      return false
    }

    chunk.bits[at] ^= bit
    chunk.changed = true

    return true
  }

  #chunk (ticket: number, number: number): Chunk {
    const key = ticket * MAX_CHUNKS + number

    if (this.#last == null || key !== this.#lastKey) {
      let chunk = this.#chunks.get(key)

      if (chunk == null) {
        chunk = { ticket, number, bits: this.#load(ticket, number), changed: false }
        this.#chunks.set(key, chunk)
      }

      this.#last = chunk
      this.#lastKey = key
    }

    return this.#last
  }

  #load (ticket: number, number: number): Uint8Array {
    const bits = new Uint8Array(CHUNK_BLOCKS / 8)
    const row = this.#statements.load.get(ticket, number)

    if (row != null) {
      const ones = Number(row.ones)
      bits.fill(0xff, 0, ones)
      bits.set(row.bits as Uint8Array, ones)
    }

    return bits
  }
}

/** Blocks noted in a row of the table. */
export function countBlocks (ones: number, bits: Uint8Array): number {
  let count = ones * 8

  for (let byte of bits) {
    for (; byte !== 0; byte &= byte - 1) {
      count++
    }
  }

  return count
}
