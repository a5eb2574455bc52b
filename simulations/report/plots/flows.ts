import * as Plot from '@observablehq/plot'
import { formatBytes, formatCount } from '../format.ts'
import { html } from '../html.ts'
import { largest } from './axes.ts'
import { areaGlyph, drawGlyph, GLYPH, legendOf, short, WIDTH } from './drawing.ts'
import type { Picture } from './drawing.ts'
import type { Outcome } from '../../harness/outcome.ts'
import type { Html } from '../html.ts'

const STEPS = 7
const HEATS = Array.from({ length: STEPS }, (_, i) => `var(--heat${i})`)
/** What is less than this part of the most is shown as the least */
const LEAST = 1e-5
const MOST_LABELS = 13
const LABEL_LENGTH = 14
const CELL_GAP = 0.5

interface Flow {
  from: number
  to: number
  bytes: number
}

/** Who served whom: a row per provider, a column per recipient, coloured by the logarithm of the bytes. */
export function flowMap ({ flows: { groups, bytes } }: Outcome): Picture | undefined {
  const flows = bytes.flatMap((row, from) => row.map((bytes, to): Flow => ({ from, to, bytes }))).filter(({ bytes }) => bytes > 0)

  if (flows.length === 0) {
    return undefined
  }

  const most = largest(flows.map(({ bytes }) => bytes))
  const least = flows.reduce((least, { bytes }) => Math.min(least, Math.max(bytes, LEAST * most)), most)
  const heat = (bytes: number): string => HEATS[most === least ? STEPS - 1 : Math.max(0, Math.min(STEPS - 1, Math.floor(STEPS * Math.log(bytes / least) / Math.log(most / least))))]
  const everyNth = Math.ceil(groups.length / MOST_LABELS)
  const domain = groups.map((_, i) => i)
  // of a group that goes from one client to another, the first
  const name = (i: number): string => short((groups[i] ?? '').replace(/ … .*/s, ' …'), LABEL_LENGTH)
  const labels = { domain, label: null, tickSize: 0, ticks: domain.filter(i => i % everyNth === 0), tickFormat: name, padding: 0 }
  const recipients = new Set(flows.map(({ to }) => to)).size

  return {
    title: 'Who served whom',
    description: `Rows are providers, columns recipients: ${formatCount(flows.length)} of ${formatCount(recipients * groups.length)} pairs of groups have exchanged blocks, at most ${formatBytes(most)}.`,
    legend: scaleOf(least, most),
    plot: {
      height: WIDTH - 20,
      marginTop: 4,
      marginLeft: 98,
      marginBottom: 88,
      marginRight: 6,
      x: { ...labels, type: 'band', tickRotate: -60 },
      y: { ...labels, type: 'band' },
      color: { type: 'identity' },
      marks: [
        Plot.frame({ stroke: 'var(--line)' }),
        Plot.cell(flows, {
          x: 'to',
          y: 'from',
          fill: ({ bytes }: Flow) => heat(bytes),
          inset: CELL_GAP,
          title: ({ from, to, bytes }: Flow) => `${short(groups[from] ?? '', 40)} → ${short(groups[to] ?? '', 40)}: ${formatBytes(bytes)}`
        })
      ]
    }
  }
}

/** From the least to the most, by the same factor from step to step. */
function scaleOf (least: number, most: number): Html {
  if (least === most) {
    return legendOf([{ label: formatBytes(most), glyph: areaGlyph({ fill: HEATS[STEPS - 1] }) }])
  }

  const strip = Plot.rect(HEATS, { x1: (_, i) => i / STEPS * GLYPH.width, x2: (_, i) => (i + 1) / STEPS * GLYPH.width, y1: 0, y2: GLYPH.height, fill: heat => heat })

  return html`<p class="legend scale"><span>${formatBytes(least)}</span>${drawGlyph(strip)}<span>${formatBytes(most)}, logarithmic</span></p>`
}
