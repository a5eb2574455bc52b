import { clearScreenDown, moveCursor } from 'node:readline'
import prettyBytes from 'pretty-bytes'

/** Bytes of one copy, by the name of who sent them. */
export interface Row {
  name: string
  have: number
  rate: number
  from: Map<string, number>
}

/**
 * Shows who has how much from whom: redrawn in place on a terminal, as plain lines every few seconds elsewhere.
 */
export class Table {
  readonly #out: NodeJS.WriteStream
  readonly #size: number
  readonly #interval: number
  #lines = 0
  #last = 0

  constructor (out: NodeJS.WriteStream, size: number) {
    this.#out = out
    this.#size = size
    this.#interval = out.isTTY ? 250 : 2_000
  }

  show (rows: Row[], force = false): void {
    const now = Date.now()

    if (!force && now - this.#last < this.#interval) {
      return
    }

    this.#last = now
    const columns = [...new Set(rows.flatMap(row => [...row.from.keys()]))].sort(serverFirst)
    const lines = [
      ['', 'has', 'rate', ...columns.map(name => `← ${name}`)],
      ...rows.map(row => [
        row.name,
        `${Math.floor(100 * row.have / Math.max(1, this.#size))} %`,
        `${prettyBytes(row.rate, { binary: true })}/s`,
        ...columns.map(name => row.from.has(name) ? prettyBytes(row.from.get(name) ?? 0, { binary: true, maximumFractionDigits: 0 }) : '')
      ])
    ].map(cells => cells.map((cell, i) => i === 0 ? cell.padEnd(9) : cell.padStart(11)).join(' '))

    if (this.#out.isTTY && this.#lines > 0) {
      moveCursor(this.#out, 0, -this.#lines)
      clearScreenDown(this.#out)
    }

    this.#lines = lines.length
    this.#out.write(`${lines.join('\n')}\n`)
  }

  /** What comes next stands below the table. */
  end (rows: Row[]): void {
    this.show(rows, true)
    this.#lines = 0
  }
}

function serverFirst (a: string, b: string): number {
  return Number(b === 'server') - Number(a === 'server') || a.localeCompare(b, 'en', { numeric: true })
}
