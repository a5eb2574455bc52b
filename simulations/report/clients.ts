/** Tables of the clients: of each kind together, and of each one. */
import { ABSENT, formatBandwidth, formatBytes, formatCount, formatCounted, formatSeconds } from './format.ts'
import { html } from './html.ts'
import { quantile } from './plots/axes.ts'
import { kindsOf } from './plots/kinds.ts'
import { isDone } from './summary.ts'
import { tableOf } from './table.ts'
import type { Html } from './html.ts'
import type { Outcome, PeerOutcome } from '../harness/outcome.ts'

/** More rows than this are for programs: they are in the JSON. */
const MOST_ROWS = 100

/** Means of clients by behaviour; undefined when all are honest. */
export function kindsTable ({ peers }: Outcome): Html | undefined {
  const kinds = kindsOf(peers)

  if (kinds.every(kind => kind == null)) {
    return undefined
  }

  const hasBooks = peers.some(({ earned }) => earned != null)

  return tableOf({
    caption: 'Clients by behaviour, mean of each kind',
    head: ['Behaviour', 'Clients', 'Done', 'Median', 'Blocks got', 'Wasted', 'Sent', ...(hasBooks ? ['Earned', 'Paid'] : []), 'Dropped others'],
    rows: kinds.map(kind => {
      const clients = peers.filter(({ behaviour }) => behaviour === kind)
      const mean = (value: (peer: PeerOutcome) => number | undefined): number => clients.reduce((sum, peer) => sum + (value(peer) ?? 0), 0) / clients.length
      const times = Float64Array.from(clients.filter(isDone), ({ arrived, finished = NaN }) => finished - arrived).sort()

      return [
        kind ?? 'honest',
        formatCount(clients.length),
        formatCount(times.length),
        formatSeconds(quantile(times, 0.5)),
        formatBytes(mean(({ fromServer, fromPeers }) => fromServer + fromPeers)),
        formatBytes(mean(({ wasted }) => wasted)),
        formatBytes(mean(({ sent }) => sent)),
        ...(hasBooks ? [formatCount(mean(({ earned }) => earned)), formatCount(mean(({ paid }) => paid))] : []),
        mean(({ dropped }) => dropped).toFixed(1)
      ]
    })
  })
}

/** A row for each client, folded away: of a large swarm those that are most worth a look. */
export function clientsTable ({ peers }: Outcome): Html {
  const rows = peers.length <= MOST_ROWS ? peers : peers.toSorted((a, b) => Math.sign(worth(b) - worth(a)) || 0).slice(0, MOST_ROWS)
  const has = (value: (peer: PeerOutcome) => unknown): boolean => peers.some(peer => value(peer) != null)
  const [hasBooks, hasPaid, hasBehaviours, hasErrors] = [has(({ earned }) => earned), has(({ paid }) => paid), has(({ behaviour }) => behaviour), has(({ error }) => error)]
  const error = 10 + Number(hasBehaviours) + 2 * Number(hasBooks) + 2 * Number(hasPaid)

  return html`<details><summary>${formatCounted(peers.length, 'client')}, one by one</summary>
${rows.length < peers.length && html`<p class="soft">The ${formatCount(rows.length)} that are most worth a look: those that are not done, then the slowest. All are in the JSON file beside this one.</p>`}
${tableOf({
    caption: 'Clients; bytes of blocks, but for sent and received, which are all bytes on the wire',
    head: [
      'Client', ...(hasBehaviours ? ['Behaviour'] : []), 'Link up, down', 'Arrived', 'Took', 'Copy', 'From server', 'From clients', 'Wasted', 'Sent', 'Received',
      ...(hasBooks ? ['Acknowledged', 'Earned'] : []), ...(hasPaid ? ['Paid', 'Balance'] : []), 'Dropped', ...(hasErrors ? ['Error'] : [])
    ],
    text: hasErrors ? [error + 1] : [],
    rows: rows.map(peer => [
      peer.name,
      ...(hasBehaviours ? [peer.behaviour ?? 'honest'] : []),
      `${formatBandwidth(peer.link.up)}, ${formatBandwidth(peer.link.down)}`,
      formatSeconds(peer.arrived),
      ...(isDone(peer) ? [formatSeconds((peer.finished ?? NaN) - peer.arrived), peer.verified ? '✔ true' : '✘ not verified'] : [peer.left === true ? 'left' : 'not done', ABSENT]),
      formatBytes(peer.fromServer),
      formatBytes(peer.fromPeers),
      formatBytes(peer.wasted),
      formatBytes(peer.sent),
      formatBytes(peer.received),
      ...(hasBooks ? [formatCount(peer.acknowledged), formatCount(peer.earned)] : []),
      ...(hasPaid ? [formatCount(peer.paid), formatCount(peer.balance)] : []),
      formatCount(peer.dropped),
      ...(hasErrors ? [peer.error] : [])
    ])
  })}</details>`
}

/** Those that are not done first, honest ones before the others, then the slowest. */
function worth (peer: PeerOutcome): number {
  if (isDone(peer)) {
    return (peer.finished ?? 0) - peer.arrived
  }

  return peer.behaviour == null ? Infinity : Number.MAX_VALUE
}
