import * as Plot from '@observablehq/plot'
import { formatCount, formatDecimal } from '../format.ts'
import { axis, byteUnit, countUnit, largest, thinned } from './axes.ts'
import { legendOf, lineGlyph, short } from './drawing.ts'
import { keyOf, kindsOf, lookOf } from './kinds.ts'
import type { Picture } from './drawing.ts'
import type { Outcome } from '../../harness/outcome.ts'

const MOST_POINTS = 1_000
/** So many points may be named */
const MOST_NAMED = 200

const FAIR = { stroke: 'var(--bound)', strokeDasharray: '6 4', strokeWidth: 1.5 }

/** What each client earned against what it delivered. Everybody on one line through the origin is exactly fair. */
export function fairnessPlot ({ fairness }: Outcome): Picture | undefined {
  if (fairness == null || fairness.points.length === 0) {
    return undefined
  }

  const { index } = fairness
  const points = fairness.points.filter(({ delivered, earned }) => Number.isFinite(delivered) && Number.isFinite(earned))
  const kinds = kindsOf(points)
  const [delivered, earned] = [largest(points.map(({ delivered }) => delivered)), largest(points.map(({ earned }) => earned))]
  const [bytes, units] = [byteUnit(delivered), countUnit(earned)]
  const honest = points.filter(({ behaviour }) => behaviour == null)
  const mean = sum(honest.map(({ earned }) => earned)) / sum(honest.map(({ delivered }) => delivered))
  // as far as the plot goes
  const end = Math.min(delivered, earned / mean)
  const hasLine = Number.isFinite(mean) && mean > 0

  return {
    title: 'Fairness',
    description: `What ${formatCount(points.length)} clients earned for what they delivered. Jain’s index is ${formatDecimal(index, 3)}; 1 is the same for every byte.`,
    legend: legendOf([...kinds.map(keyOf), ...(hasLine ? [{ label: 'as honest clients together', glyph: lineGlyph(FAIR) }] : [])]),
    plot: {
      marginLeft: 50,
      x: axis(`delivered, ${bytes.name}`, 1.05 * delivered / bytes.size),
      y: axis(`earned, ${units.name}`, 1.05 * earned / units.size, { grid: true }),
      marks: [
        hasLine ? Plot.line([[0, 0], [end / bytes.size, end * mean / units.size]], FAIR) : null,
        ...kinds.map(kind => Plot.dot(thinned(points.filter(({ behaviour }) => behaviour === kind), ({ delivered, earned }) => [delivered, earned], MOST_POINTS), {
          x: ({ delivered }) => delivered / bytes.size,
          y: ({ earned }) => earned / units.size,
          title: points.length > MOST_NAMED ? undefined : ({ name }) => short(name, 40),
          ...lookOf(kind)
        }))
      ]
    }
  }
}

function sum (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
