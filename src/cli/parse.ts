/**
 * How a person writes durations, sizes and amounts of money, both ways.
 */
import { InvalidArgumentError } from 'commander'
import prettyBytes from 'pretty-bytes'
import type { Price } from '../object/index.ts'

/** Milliseconds since the epoch: no date is later */
const LAST_TIME = 8.64e15

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const UNITS_BYTES: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/**
 * `90s`, `15m`, `1h`, `7d` as milliseconds.
 *
 * @throws {InvalidArgumentError}
 */
export function parseDuration (text: string): number {
  const value = milliseconds(text)

  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new InvalidArgumentError('Give a time such as 90s, 15m, 1h or 7d.')
  }

  return value
}

function milliseconds (text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim())

  return match == null ? NaN : Math.round(Number(match[1]) * UNITS_MS[match[2]])
}

/**
 * `7d` ago, or a date such as `2026-11-21` or `2026-11-21T07:00Z`, as milliseconds since the epoch.
 *
 * @throws {InvalidArgumentError}
 */
export function parseSince (text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Date.now() - milliseconds(text)

  if (!Number.isSafeInteger(time)) {
    throw new InvalidArgumentError('Give a time such as 15m or 7d, or a date such as 2026-11-21 or 2026-11-21T07:00Z.')
  }

  return time
}

/**
 * `256KiB`, `4 MiB`, `1m` or a plain number, as bytes. Units are powers of 1024 throughout, since block sizes are.
 *
 * @throws {InvalidArgumentError}
 */
export function parseSize (text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim())
  const value = match == null ? NaN : Number(match[1]) * UNITS_BYTES[match[2].toLowerCase()]

  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Give a size such as 65536, 256KiB or 4MiB.')
  }

  return value
}

/**
 * A whole number of at least `least` and at most `most`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseInteger (least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN

    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(most < Number.MAX_SAFE_INTEGER ? `Give a number from ${least} to ${most}.` : `Give a whole number, at least ${least}.`)
    }

    return value
  }
}

/**
 * `0.25`, `1/64`, `0` or `1`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseFraction (text: string): number {
  const match = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text.trim())
  const value = match == null ? NaN : Number(match[1]) / Number(match[2] ?? 1)

  if (!(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('Give a fraction from 0 to 1, such as 0.05 or 1/64.')
  }

  return value
}

/**
 * Units of money: decimal digits and nothing else, since what looks like a number in another way is a slip that costs.
 *
 * @throws {InvalidArgumentError}
 */
export function parseAmount (text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN

  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`Give an amount in whole units, from 1 to ${Number.MAX_SAFE_INTEGER}, such as 500.`)
  }

  return value
}

/**
 * `500` for the whole object, or `10/MiB`, `3/64KiB` for so many bytes.
 *
 * @throws {InvalidArgumentError}
 */
export function parsePrice (text: string): { amount: number, per?: number } {
  const [, amount = '', per] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? []

  if (per == null) {
    return { amount: parseAmount(amount) }
  }

  // "MiB" is one of them
  const bytes = parseSize(/^\d/.test(per) ? per : `1 ${per}`)

  if (per === '' || bytes === 0) {
    throw new InvalidArgumentError('Give a price such as 500 for the whole object, 10/MiB or 1/GiB.')
  }

  return { amount: parseAmount(amount), per: bytes }
}

/**
 * `5%`, `2.5` or `100 %` as parts of 10,000.
 *
 * @throws {InvalidArgumentError}
 */
export function parsePercent (most: number): (text: string) => number {
  return text => {
    const [, whole, part = ''] = /^(\d+)(?:\.(\d{1,2}))?\s*%?$/.exec(text.trim()) ?? []
    const value = whole == null ? NaN : Number(whole) * 100 + Number(part.padEnd(2, '0'))

    if (!(value <= most * 100)) {
      throw new InvalidArgumentError(`Give a percentage from 0 to ${most}, such as 5% or 2.5%.`)
    }

    return value
  }
}

/**
 * `4456`, `0.0.0.0:4456` or `[::1]:4456`.
 *
 * @throws {InvalidArgumentError}
 */
export function parseHostPort (text: string): { host?: string, port: number } {
  const [, ipv6, name, digits] = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/i.exec(text) ?? []
  const port = digits == null ? NaN : Number(digits)

  // what listens on any port would not be found
  if (!(port >= 1 && port <= 65_535)) {
    throw new InvalidArgumentError('Give a port, or a host and a port, such as 4456 or 127.0.0.1:4456.')
  }

  return { host: ipv6 ?? name, port }
}

/** `1 session`, `3 sessions` */
export function formatCount (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function formatAmount (amount: number, unit: string): string {
  return `${amount} ${unit}`
}

/** `10 cent per MiB, 120 cent in all`; of the object as a whole only the latter. */
export function formatPrice ({ amount, per, unit }: Price, total: number): string {
  return amount === total ? formatAmount(total, unit) : `${formatAmount(amount, unit)} per ${exactSize(per)}, ${formatAmount(total, unit)} in all`
}

/** Without rounding, in the largest unit that this goes with. */
function exactSize (bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let count = bytes

  while (count % 1024 === 0 && units.length > 1) {
    count /= 1024
    units.shift()
  }

  return count === 1 ? units[0] : `${count} ${units[0]}`
}

/** Parts of 10,000 as a person reads them. */
export function formatPercent (parts: number): string {
  return `${parts / 100} %`
}

export function formatBytes (bytes: number): string {
  return prettyBytes(bytes, { binary: true })
}

export function formatRate (bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`
}

/** The two largest units: `1h 5m`, `12s`, `3d 4h`; below ten seconds with one digit after the point: `0.3s`. */
export function formatDuration (milliseconds: number): string {
  if (milliseconds < 9_950) {
    return `${Number((Math.max(0, milliseconds) / 1_000).toFixed(1))}s`
  }

  const seconds = Math.round(milliseconds / 1_000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's']
  ] as const
  const first = parts.findIndex(([count]) => count > 0)

  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`).join(' ')
}

/** A point in time with its distance from now: `2026-11-21 06:43:31 (in 59m 2s)`. Strangers name some: those beyond the calendar are its end. */
export function formatTime (instant: number, now = Date.now()): string {
  const time = Math.min(instant, LAST_TIME)
  const distance = formatDuration(Math.abs(time - now))

  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z (${time > now ? `in ${distance}` : `${distance} ago`})`
}
