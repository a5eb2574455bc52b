import * as Plot from '@observablehq/plot'
import { formatCounted } from '../format.ts'
import { amount } from '../summary.ts'
import { byteUnit, countUnit } from './axes.ts'
import { legendOf, lineGlyph } from './drawing.ts'
import type { Picture } from './drawing.ts'
import type { Outcome } from '../../harness/outcome.ts'

const BOUND = { stroke: 'var(--bound)', strokeDasharray: '6 4', strokeWidth: 1.5 }
const OBJECT = { stroke: 'var(--soft)', strokeDasharray: '2 3', strokeWidth: 1.5 }

/** What all that misbehaved gained, and what honest clients lost by them. */
export function cheatersGain ({ cheaters, size, composition }: Outcome): Picture | undefined {
  if (cheaters == null || ![cheaters.gained, cheaters.honestLost].some(Number.isFinite)) {
    return undefined
  }

  const { gained, honestLost, count, allowed, unit: of } = cheaters
  const rows = [{ who: 'gained by cheaters', value: gained, fill: 'var(--cheat)' }, { who: 'lost by honest clients', value: honestLost, fill: 'var(--honest)' }].filter(({ value }) => Number.isFinite(value))
  // what one of them may have been after
  const price = composition.mode === 'purchase' ? composition.price : undefined
  const object = of === 'bytes' ? size : price
  const values = [...rows.map(({ value }) => value), object ?? 0, allowed ?? 0, 0]
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const unit = (of === 'bytes' ? byteUnit : countUnit)(Math.max(max, -min))
  const room = 0.08 * (max - min > 0 ? max - min : 1)

  return {
    title: 'Cheaters’ gain',
    description: `${formatCounted(count, 'cheater')} gained ${amount(gained, of)}${allowed == null ? '' : `, where the design allows ${amount(allowed, of)} at most`}; honest clients lost ${amount(honestLost, of)} by it.`,
    legend: legendOf([...(allowed == null ? [] : [{ label: 'bound of the design', glyph: lineGlyph(BOUND) }]), ...(object == null ? [] : [{ label: of === 'bytes' ? 'one copy of the object' : 'price of one object', glyph: lineGlyph(OBJECT) }])]),
    plot: {
      height: 170,
      marginLeft: 14,
      marginTop: 8,
      x: { label: unit.name, labelArrow: 'none', domain: [(min < 0 ? min - room : min) / unit.size, (max + room) / unit.size], ticks: 5, grid: true },
      y: { type: 'band', axis: null, domain: rows.map(({ who }) => who), paddingInner: 0.55, paddingOuter: 0.4 },
      marks: [
        Plot.barX(rows, { x1: 0, x2: ({ value }) => value / unit.size, y: 'who', fill: ({ fill }) => fill, insetTop: 6 }),
        object == null ? null : Plot.ruleX([object / unit.size], OBJECT),
        allowed == null ? null : Plot.ruleX([allowed / unit.size], BOUND),
        Plot.ruleX([0], { stroke: 'var(--soft)' }),
        Plot.text(rows, { y: 'who', frameAnchor: 'left', textAnchor: 'start', text: ({ who, value }) => `${who}: ${amount(value, of)}`, dy: -24, dx: 6, stroke: 'var(--paper)', strokeWidth: 4, fill: 'var(--ink)' })
      ],
      color: { type: 'identity' }
    }
  }
}
