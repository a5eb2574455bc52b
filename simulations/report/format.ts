/**
 * Numbers for a person: at most four digits, a unit, and a dash for what is not known. The same on the terminal and in the report.
 */
import prettyBytes from 'pretty-bytes'

/** What stands where there is no number. */
export const ABSENT = '–'

const ALMOST_ALL = 0.9999

const MINUTE = 60
const HOUR = 60 * MINUTE

/** Bytes, by powers of 1024. */
export function formatBytes (bytes: number | undefined): string {
  return finite(bytes, bytes => prettyBytes(bytes, { binary: true, maximumFractionDigits: Math.abs(bytes) < 1024 ? 0 : 1 }))
}

/** Bytes per second, by powers of 1024. */
export function formatRate (bytesPerSecond: number | undefined): string {
  return finite(bytesPerSecond, rate => `${formatBytes(rate)}/s`)
}

/** Bytes per second as those who sell links count: bits, by powers of 1000. */
export function formatBandwidth (bytesPerSecond: number | undefined): string {
  return bytesPerSecond === Infinity ? 'unlimited' : finite(bytesPerSecond, rate => `${prettyBytes(8 * rate, { bits: true, maximumFractionDigits: 1 })}/s`)
}

/** Seconds: `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatSeconds (seconds: number | undefined): string {
  return finite(seconds, seconds => {
    const whole = Math.round(seconds)

    if (whole >= HOUR) {
      return `${Math.floor(whole / HOUR)} h ${padded(Math.floor(whole % HOUR / MINUTE))} min`
    }

    if (whole >= 2 * MINUTE) {
      return `${Math.floor(whole / MINUTE)} min ${padded(whole % MINUTE)} s`
    }

    return `${seconds.toFixed(digitsOf(seconds))} s`
  })
}

/** A part of a whole, 0 to 1, as percent; what is not quite all is not rounded to it. */
export function formatPercent (part: number | undefined): string {
  return finite(part, part => {
    if (part > ALMOST_ALL && part < 1) {
      return `> ${100 * ALMOST_ALL} %`
    }

    return `${(100 * part).toFixed(Math.abs(part) < 0.1 || (part > 0.99 && part < 1) ? 2 : 1)} %`
  })
}

/** How many times as much. */
export function formatRatio (ratio: number | undefined): string {
  return finite(ratio, ratio => `${ratio.toFixed(2)} ×`)
}

/** A whole number, its digits in groups of three. */
export function formatCount (count: number | undefined): string {
  return finite(count, count => Math.round(count).toLocaleString('en'))
}

/** Of credit or money. */
export function formatUnits (units: number | undefined): string {
  return finite(units, units => `${formatCount(units)} units`)
}

/** A number without a unit, with so many digits after the point. */
export function formatDecimal (value: number | undefined, digits: number): string {
  return finite(value, value => value.toFixed(digits))
}

/** `1 client`, `2,000 clients` */
export function formatCounted (count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

function finite (value: number | undefined | null, format: (value: number) => string): string {
  return value == null || !Number.isFinite(value) ? ABSENT : format(value).replace(/^-/, '−')
}

function digitsOf (value: number): number {
  const size = Math.abs(value)

  return size < 10 ? 2 : Number(size < 100)
}

function padded (value: number): string {
  return String(value).padStart(2, '0')
}
