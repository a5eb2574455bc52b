/**
 * How a person writes durations and sizes, both ways.
 */
import { InvalidArgumentError } from 'commander'
import prettyBytes from 'pretty-bytes'

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

/** A point in time with its distance from now: `2026-11-21 06:43:31 (in 59m 2s)`. */
export function formatTime (time: number, now = Date.now()): string {
  const distance = formatDuration(Math.abs(time - now))

  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')}Z (${time > now ? `in ${distance}` : `${distance} ago`})`
}
