/**
 * Movements for other programs, piece by piece: a ledger of any size takes little memory.
 */
import { toString } from 'uint8arrays/to-string'
import type { Movement } from './index.ts'

/** A movement with nothing but text and numbers. */
export interface MovementRow extends Omit<Movement, 'time' | 'session'> {
  /** ISO 8601 */
  time: string
  /** Hex */
  session?: string
}

const COLUMNS = ['id', 'time', 'kind', 'payer', 'payee', 'amount', 'session', 'memo'] as const

export function movementRow (movement: Movement): MovementRow {
  const { time, session } = movement

  return {
    ...movement,
    time: new Date(time).toISOString(),
    session: session == null ? undefined : toString(session, 'hex')
  }
}

/** With a header, by RFC 4180. */
export function * movementsCsv (movements: Iterable<Movement>): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`

  for (const movement of movements) {
    const row = movementRow(movement)

    yield `${COLUMNS.map(column => field(row[column])).join(',')}\r\n`
  }
}

/** An array of objects, one to a line. */
export function * movementsJson (movements: Iterable<Movement>): Generator<string> {
  let before = '[\n'

  for (const movement of movements) {
    yield `${before}${JSON.stringify(movementRow(movement))}`
    before = ',\n'
  }

  yield before === '[\n' ? '[]\n' : '\n]\n'
}

function field (value: string | number | undefined): string {
  const text = String(value ?? '')

  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
