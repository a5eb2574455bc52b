import * as Plot from '@observablehq/plot'
import { formatBandwidth, formatBytes, formatDecimal, formatPercent } from '../format.ts'
import { axis, byteUnit, largest, resampled, timeUnit, valueAt } from './axes.ts'
import { areaGlyph, legendOf, lineGlyph } from './drawing.ts'
import type { Picture } from './drawing.ts'
import type { Outcome } from '../../harness/outcome.ts'

const MOST_POINTS = 120
/** Above what is sent at most by more than this, the link's limit would only flatten the plot */
const FAR = 2.5

const SERVER = { fill: 'var(--server)', fillOpacity: 0.85 }
const CLIENTS = { fill: 'var(--clients)', fillOpacity: 0.35 }
const LIMIT = { stroke: 'var(--bound)', strokeDasharray: '6 4', strokeWidth: 1.5 }

/** What the server sends, over time. */
export function serverUpload ({ serverRate, server }: Outcome): Picture | undefined {
  const rates = resampled(serverRate, MOST_POINTS)

  if (rates.length === 0) {
    return undefined
  }

  const most = largest(rates.map(([, rate]) => rate))
  const limited = Number.isFinite(server.link.up) && server.link.up <= FAR * most
  const top = Math.max(most, limited ? server.link.up : 0)
  const [time, rate] = [timeUnit(largest(rates.map(([time]) => time))), byteUnit(top)]
  const points = rates.map(([seconds, bytes]): [number, number] => [seconds / time.size, bytes / rate.size])

  return {
    title: 'Upload of the server',
    description: `${formatDecimal(server.copies, 2)} copies of the object in all, ${formatBytes(server.uploaded)} of blocks, over a link of ${formatBandwidth(server.link.up)}.`,
    legend: legendOf([{ label: 'server', glyph: areaGlyph(SERVER) }, ...(limited ? [{ label: 'its link', glyph: lineGlyph(LIMIT) }] : [])]),
    plot: {
      marginLeft: 44,
      x: axis(time.name, largest(points.map(([x]) => x))),
      y: axis(`${rate.name}/s`, 1.05 * top / rate.size, { grid: true }),
      marks: [
        Plot.areaY(points, { x: '0', y: '1', ...SERVER }),
        Plot.ruleY([0], { stroke: 'var(--soft)' }),
        limited ? Plot.ruleY([server.link.up / rate.size], LIMIT) : null
      ]
    }
  }
}

/** What server and clients send together, over time. */
export function allUploads ({ serverRate, peerRate, fromPeers }: Outcome): Picture | undefined {
  const server = resampled(serverRate, MOST_POINTS)
  const all = resampled(peerRate, MOST_POINTS).map(([seconds, bytes]) => ({ seconds, server: valueAt(server, seconds), all: valueAt(server, seconds) + bytes }))

  if (all.length === 0) {
    return undefined
  }

  const top = largest(all.map(point => point.all))
  const end = largest(all.map(({ seconds }) => seconds))
  const [time, rate] = [timeUnit(end), byteUnit(top)]
  const x = ({ seconds }: { seconds: number }): number => seconds / time.size

  return {
    title: 'Upload of all',
    description: `${formatPercent(fromPeers)} of the blocks’ bytes came from other clients.`,
    legend: legendOf([{ label: 'clients', glyph: areaGlyph(CLIENTS) }, { label: 'server', glyph: areaGlyph(SERVER) }]),
    plot: {
      marginLeft: 44,
      x: axis(time.name, end / time.size),
      y: axis(`${rate.name}/s`, 1.05 * top / rate.size, { grid: true }),
      marks: [
        Plot.areaY(all, { x, y1: point => point.server / rate.size, y2: point => point.all / rate.size, ...CLIENTS }),
        Plot.areaY(all, { x, y1: 0, y2: point => point.server / rate.size, ...SERVER }),
        Plot.ruleY([0], { stroke: 'var(--soft)' })
      ]
    }
  }
}
