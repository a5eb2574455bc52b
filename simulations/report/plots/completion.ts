import * as Plot from '@observablehq/plot'
import { formatCount, formatCounted, formatSeconds } from '../format.ts'
import { honest, isDone } from '../summary.ts'
import { axis, largest, resampled, timeUnit } from './axes.ts'
import { legendOf, lineGlyph } from './drawing.ts'
import type { Picture } from './drawing.ts'
import type { Outcome, Series } from '../../harness/outcome.ts'

const MOST_POINTS = 240
/** Arrivals that take less than this part of the time need no curve of their own */
const AT_ONCE = 0.03

const DONE = { stroke: 'var(--clients)', strokeWidth: 2.5 }
const ARRIVED = { stroke: 'var(--soft)', strokeWidth: 1.5, strokeDasharray: '2 3' }
const BOUND = { stroke: 'var(--bound)', strokeDasharray: '6 4', strokeWidth: 1.5 }

/** Part of the honest clients that are done, over time. */
export function completionCurve (outcome: Outcome): Picture | undefined {
  const { duration, completion } = outcome
  const clients = honest(outcome)

  if (clients.length === 0 || outcome.done.length === 0) {
    return undefined
  }

  const done = clients.filter(isDone).length
  const finish = largest(clients.map(({ finished }) => finished))
  const gradual = arriveGradually(outcome)
  // the bound counts from the arrival
  const bound = gradual ? 0 : boundOf(outcome)
  const end = 1.04 * Math.max(done < clients.length || finish === 0 ? duration : finish, bound)
  const unit = timeUnit(end)
  const scaled = (series: Series): Series => resampled(series, MOST_POINTS).filter(([time]) => time <= end).map(([time, n]) => [time / unit.size, 100 * n / clients.length])
  const arrivals = clients.map(({ arrived }) => arrived).sort((a, b) => a - b)

  return {
    title: 'Completion',
    description: `${formatCount(done)} of ${formatCounted(clients.length, 'honest client')} done; the median took ${formatSeconds(completion.median)}, the last ${formatSeconds(completion.last)}` +
      (bound > 0 ? `, the lower bound of the links is ${formatSeconds(bound)}.` : '.'),
    legend: legendOf([
      { label: 'done', glyph: lineGlyph(DONE) },
      ...(gradual ? [{ label: 'arrived', glyph: lineGlyph(ARRIVED) }] : []),
      ...(bound > 0 ? [{ label: 'lower bound', glyph: lineGlyph(BOUND) }] : [])
    ]),
    plot: {
      marginLeft: 44,
      x: axis(unit.name, end / unit.size),
      y: axis('% of honest clients', 100, { grid: true }),
      marks: [
        Plot.ruleY([0], { stroke: 'var(--soft)' }),
        bound > 0 ? Plot.ruleX([bound / unit.size], BOUND) : null,
        gradual ? Plot.line(scaled(arrivals.map((time, i) => [time, i + 1])), { ...ARRIVED, curve: 'step-after' }) : null,
        Plot.line(scaled(outcome.done), { ...DONE, curve: 'step-after' })
      ]
    }
  }
}

/** How long each honest client took from its arrival, when not all arrive at once: what the lower bound is of. */
export function waitingCurve (outcome: Outcome): Picture | undefined {
  const clients = honest(outcome)
  const waits = waitsOf(outcome)

  if (waits.length === 0 || !arriveGradually(outcome)) {
    return undefined
  }

  const bound = boundOf(outcome)
  const end = 1.04 * Math.max(waits[waits.length - 1][0], bound)
  const unit = timeUnit(end)

  return {
    title: 'Time from arrival',
    description: `Part of the honest clients that took no longer than this; the lower bound of the slowest one is ${formatSeconds(bound)}.`,
    legend: legendOf([{ label: 'done', glyph: lineGlyph(DONE) }, ...(bound > 0 ? [{ label: 'lower bound', glyph: lineGlyph(BOUND) }] : [])]),
    plot: {
      marginLeft: 44,
      x: axis(`${unit.name} from arrival`, end / unit.size),
      y: axis('% of honest clients', 100, { grid: true }),
      marks: [
        Plot.ruleY([0], { stroke: 'var(--soft)' }),
        bound > 0 ? Plot.ruleX([bound / unit.size], BOUND) : null,
        Plot.line(resampled([[0, 0], ...waits], MOST_POINTS).map(([time, n]) => [time / unit.size, 100 * n / clients.length]), { ...DONE, curve: 'step-after' })
      ]
    }
  }
}

/** How many honest clients took so many seconds at most. */
export function waitsOf (outcome: Outcome): Series {
  const times = honest(outcome).filter(isDone).map(({ arrived, finished = NaN }) => finished - arrived).sort((a, b) => a - b)

  return times.map((time, i) => [time, i + 1])
}

function boundOf ({ bound }: Outcome): number {
  return Number.isFinite(bound) ? bound : 0
}

function arriveGradually (outcome: Outcome): boolean {
  const clients = honest(outcome)

  return largest(clients.map(({ arrived }) => arrived)) > AT_ONCE * Math.max(largest(clients.map(({ finished }) => finished)), boundOf(outcome))
}
