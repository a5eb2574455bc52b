import * as Plot from '@observablehq/plot'
import { formatBandwidth, formatCount, formatCounted, formatSeconds } from '../format.ts'
import { isDone } from '../summary.ts'
import { axis, largest, quantile, timeUnit } from './axes.ts'
import { areaGlyph, dotGlyph, legendOf, lineGlyph, short } from './drawing.ts'
import type { Picture } from './drawing.ts'
import type { Outcome, PeerOutcome } from '../../harness/outcome.ts'

/** More kinds of links than these are put together by their upload */
const MOST_LINKS = 6
const QUARTERS = 4
/** Each client of a class that is not larger has a dot of its own */
const MOST_DOTS = 60

const MOST_LETTERS = 36
const ROW_HEIGHT = 46

interface Class {
  name: string
  clients: PeerOutcome[]
  /** Seconds from arrival to completion, sorted */
  times: Float64Array
}

/** How long it took, by what link a client has, and what it does. */
export function completionByClass (outcome: Outcome): Picture | undefined {
  const classes = classesOf(outcome.peers)

  if (classes.length === 0 || classes.every(({ times }) => times.length === 0)) {
    return undefined
  }

  const end = largest(classes.map(({ times }) => times.at(-1)))
  const unit = timeUnit(end)
  const scaled = (part: number) => ({ times }: Class): number => quantile(times, part) / unit.size
  const done = classes.filter(({ times }) => times.length > 0)
  const dots = done.filter(({ times }) => times.length <= MOST_DOTS).flatMap(({ name, times }) => [...times].map(time => ({ name, time: time / unit.size })))
  const lasts = done.filter(({ times }) => times.length > MOST_DOTS)
  const dot = { fill: 'var(--ink)', fillOpacity: 0.45, r: 2.2 }

  return {
    title: 'Time by link and behaviour',
    description: 'Honest clients by their links, others by what they do.',
    words: classes.map(({ name, times }) => `${name}: median ${formatSeconds(quantile(times, 0.5))}, last ${formatSeconds(times.at(-1))}`).join('; ') + '.',
    legend: legendOf([
      { label: 'median', glyph: lineGlyph({ stroke: 'var(--ink)', strokeWidth: 3 }) },
      { label: 'middle half', glyph: areaGlyph({ fill: 'var(--clients)', fillOpacity: 0.45 }) },
      { label: '5 to 95 %', glyph: lineGlyph({ stroke: 'var(--clients)', strokeWidth: 1.5 }) },
      { label: lasts.length > 0 ? 'a client, the last of many' : 'a client', glyph: dotGlyph(dot) }
    ]),
    plot: {
      height: 46 + ROW_HEIGHT * classes.length,
      marginLeft: 14,
      marginTop: 4,
      x: axis(`${unit.name} from arrival to completion`, 1.04 * end / unit.size, { grid: true }),
      y: { type: 'band', axis: null, domain: classes.map(({ name }) => name), paddingInner: 0.6, paddingOuter: 0.3 },
      marks: [
        Plot.ruleY(done, { y: 'name', x1: scaled(0.05), x2: scaled(0.95), stroke: 'var(--clients)', strokeWidth: 1.5, dy: 7 }),
        Plot.barX(done, { y: 'name', x1: scaled(0.25), x2: scaled(0.75), fill: 'var(--clients)', fillOpacity: 0.45, dy: 7 }),
        Plot.tickX(done, { y: 'name', x: scaled(0.5), stroke: 'var(--ink)', strokeWidth: 3, dy: 7 }),
        Plot.dot([...dots, ...lasts.map(({ name, times }) => ({ name, time: times[times.length - 1] / unit.size }))], { y: 'name', x: 'time', ...dot, dy: 7 }),
        Plot.text(classes, { y: 'name', frameAnchor: 'left', textAnchor: 'start', dy: -12, dx: 4, text: labelOf, stroke: 'var(--paper)', strokeWidth: 4, fill: 'var(--ink)' })
      ]
    }
  }
}

function labelOf ({ name, clients, times }: Class): string {
  const missing = clients.length - times.length

  return `${short(name, MOST_LETTERS)} · ${formatCounted(clients.length, 'client')}${missing === 0 ? '' : `, ${formatCount(missing)} not done`}`
}

function classesOf (peers: PeerOutcome[]): Class[] {
  const linkOf = linkClasses(peers)
  const classes = new Map<string, PeerOutcome[]>()

  for (const peer of [...peers].sort((a, b) => a.link.up - b.link.up)) {
    const name = peer.behaviour ?? linkOf(peer)
    const clients = classes.get(name) ?? []
    clients.push(peer)
    classes.set(name, clients)
  }

  return [...classes].map(([name, clients]) => ({
    name,
    clients,
    times: Float64Array.from(clients.filter(isDone), ({ arrived, finished }) => (finished ?? NaN) - arrived).filter(Number.isFinite).sort()
  })).sort((a, b) => Number(a.clients[0].behaviour != null) - Number(b.clients[0].behaviour != null))
}

/** Names for the links of these clients: each its own when there are few, else quarters of the clients by their upload. */
function linkClasses (peers: PeerOutcome[]): (peer: PeerOutcome) => string {
  const links = new Map(peers.map(({ link }) => [`${link.up} ${link.down}`, link]))

  if (links.size <= MOST_LINKS) {
    const names = new Map([...links].map(([key, { up, down }]) => [key, `↑ ${formatBandwidth(up)}, ↓ ${formatBandwidth(down)}`]))

    return ({ link }) => names.get(`${link.up} ${link.down}`) ?? ''
  }

  const ups = Float64Array.from(peers, ({ link }) => link.up).sort()
  const bounds = Array.from({ length: QUARTERS + 1 }, (_, i) => ups[Math.round((ups.length - 1) * i / QUARTERS)])
  const names = bounds.slice(1).map((bound, i) => `↑ ${formatBandwidth(bounds[i])} to ${formatBandwidth(bound)}`)

  return ({ link }) => names[bounds.slice(1).findIndex(bound => link.up <= bound)]
}
