/**
 * Axes in units that a person likes to read: minutes rather than 400 s, MiB rather than bytes.
 */
import type { Series } from '../../harness/outcome.ts'
import type { ScaleOptions } from '@observablehq/plot'

/** What a number is divided by to be in this unit. */
export interface Unit {
  name: string
  size: number
}

const TIMES: Unit[] = [{ name: 'hours', size: 3_600 }, { name: 'minutes', size: 60 }]
const BYTES: Unit[] = ['TiB', 'GiB', 'MiB', 'KiB'].map((name, i) => ({ name, size: 1024 ** (4 - i) }))
const COUNTS: Unit[] = [{ name: 'billion', size: 1e9 }, { name: 'million', size: 1e6 }, { name: 'thousand', size: 1e3 }]

/** Times beyond this many of a unit are shown in it. */
const ENOUGH_TIME = 3

/** For seconds up to this. */
export function timeUnit (max: number): Unit {
  return TIMES.find(({ size }) => max >= ENOUGH_TIME * size) ?? { name: 'seconds', size: 1 }
}

export function byteUnit (max: number): Unit {
  return BYTES.find(({ size }) => max >= size) ?? { name: 'B', size: 1 }
}

/** For units of credit or money. */
export function countUnit (max: number): Unit {
  const unit = COUNTS.find(({ size }) => max >= 10 * size)

  return unit == null ? { name: 'units', size: 1 } : { name: `${unit.name} units`, size: unit.size }
}

/** From 0 to this, in its unit. */
export function axis (label: string, max: number, options: ScaleOptions = {}): ScaleOptions {
  return { label, domain: [0, max > 0 ? max : 1], labelArrow: 'none', ticks: 5, ...options }
}

/** The largest finite one; 0 if there is none. */
export function largest (values: Iterable<number | undefined>): number {
  let max = 0

  for (const value of values) {
    if (value != null && Number.isFinite(value) && value > max) {
      max = value
    }
  }

  return max
}

/** At most so many points, each the mean of those that it stands for; values that are none are left out. */
export function resampled (series: Series, most: number): Series {
  const known = series.filter(point => point.every(Number.isFinite))
  const per = Math.ceil(known.length / most)

  if (per <= 1) {
    return known
  }

  return Array.from({ length: Math.ceil(known.length / per) }, (_, i) => {
    const part = known.slice(i * per, (i + 1) * per)

    return [mean(part.map(([time]) => time)), mean(part.map(([, value]) => value))]
  })
}

/** Between two points by linear interpolation, outside as at the end; 0 of an empty series. */
export function valueAt (series: Series, time: number): number {
  const after = series.findIndex(([seconds]) => seconds >= time)

  if (after <= 0) {
    return series.at(after)?.[1] ?? 0
  }

  const [[from, first], [to, last]] = [series[after - 1], series[after]]

  return first + (last - first) * (time - from) / (to - from)
}

/**
 * Of points at the same place on paper, one: what is drawn looks the same, and a swarm of any size gives a plot of bounded size. The first one stays.
 *
 * @param items - what is drawn as points
 * @param place - where; what has no place is left out
 * @param most - points that are too many even so are merged more coarsely
 */
export function thinned <T> (items: T[], place: (item: T) => [x: number, y: number], most: number): T[] {
  const known = items.filter(item => place(item).every(Number.isFinite))
  const [width, height] = [0, 1].map(i => largest(known.map(item => Math.abs(place(item)[i]))) + Number.MIN_VALUE)
  let columns = 100
  let kept = known

  while (kept.length > most) {
    const cells = new Map<string, T>()

    for (const item of kept) {
      const [x, y] = place(item)
      const cell = `${Math.round(x / width * columns)} ${Math.round(y / height * columns)}`

      if (!cells.has(cell)) {
        cells.set(cell, item)
      }
    }

    kept = [...cells.values()]
    columns = Math.floor(columns / 1.5)
  }

  return kept
}

/** By linear interpolation between the two nearest; NaN of none. `part` is 0 to 1. */
export function quantile (sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) {
    return NaN
  }

  const place = (sorted.length - 1) * part
  const below = Math.floor(place)
  const above = Math.min(sorted.length - 1, below + 1)

  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
}

function mean (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
