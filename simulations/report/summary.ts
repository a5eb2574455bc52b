/**
 * The figures of an outcome: the one place for their names, units and formats. The terminal shows them as a table, the report as a table and as columns.
 */
import { keptUp } from '../harness/machine-load.ts'
import { formatBandwidth, formatBytes, formatCount, formatCounted, formatDecimal, formatPercent, formatRatio, formatSeconds, formatUnits } from './format.ts'
import type { Outcome, PeerOutcome } from '../harness/outcome.ts'

export type FigureId =
  'done' | 'median' | 'p95' | 'last' | 'bound' | 'copies' | 'fromPeers' | 'serverSent' | 'overhead' | 'wasted' |
  'fairness' | 'gained' | 'honestLost' | 'memory' | 'perNode' | 'cpu' | 'lag'

/** One figure, ready to be shown. */
export interface Figure {
  id: FigureId
  /** For a line of its own: "Completion, 95 % of the clients" */
  name: string
  /** For the head of a column: "95 %" */
  short: string
  /** With its unit; a dash if there is none */
  text: string
  /** What it means beside another, if anything: "1.18 × the lower bound" */
  note?: string
  /** The number itself, in bytes, seconds, units or parts; NaN if there is none */
  value: number
}

interface Definition {
  name: string
  short: string
  /** undefined: the figure makes no sense for this outcome */
  value (outcome: Outcome): number | undefined
  text (value: number, outcome: Outcome): string
  note? (value: number, outcome: Outcome): string | undefined
}

const DEFINITIONS: Record<FigureId, Definition> = {
  done: {
    name: 'Honest clients done',
    short: 'Done',
    value: outcome => honest(outcome).filter(isDone).length,
    text: (value, outcome) => `${formatCount(value)} of ${formatCount(honest(outcome).length)}`
  },
  median: {
    name: 'Completion, median',
    short: 'Median',
    value: ({ completion }) => completion.median,
    text: formatSeconds,
    note: timesBound
  },
  p95: {
    name: 'Completion, 95 % of the clients',
    short: '95 %',
    value: ({ completion }) => completion.p95,
    text: formatSeconds,
    note: timesBound
  },
  last: {
    name: 'Completion, last client',
    short: 'Last',
    value: ({ completion }) => completion.last,
    text: formatSeconds,
    note: timesBound
  },
  bound: {
    name: 'Lower bound of the links',
    short: 'Bound',
    value: ({ bound }) => bound,
    text: formatSeconds,
    note: () => 'of the slowest client, from its arrival'
  },
  copies: {
    name: 'Copies uploaded by the server',
    short: 'Copies',
    value: ({ server }) => server.copies,
    text: value => formatDecimal(value, 2),
    note: (_, { server }) => `${formatBytes(server.uploaded)} of blocks`
  },
  fromPeers: {
    name: 'Came from other clients',
    short: 'From clients',
    value: ({ fromPeers }) => fromPeers,
    text: formatPercent
  },
  serverSent: {
    name: 'On the server’s wire',
    short: 'Wire',
    value: ({ server }) => server.sent,
    text: value => `${formatBytes(value)} sent`,
    note: (_, { server }) => `${formatBytes(server.received)} received, link ${formatBandwidth(server.link.up)}`
  },
  overhead: {
    name: 'Control overhead',
    short: 'Overhead',
    value: ({ overhead }) => overhead,
    text: formatPercent,
    note: () => 'of the bytes of blocks'
  },
  wasted: {
    name: 'Blocks of no use',
    short: 'Wasted',
    value: outcome => sum(honest(outcome), ({ wasted }) => wasted),
    text: formatBytes,
    note: (value, outcome) => `${formatPercent(value / sum(honest(outcome), ({ fromServer, fromPeers, wasted }) => fromServer + fromPeers + wasted))} of what honest clients got`
  },
  fairness: {
    name: 'Fairness of what was earned',
    short: 'Fairness',
    value: ({ fairness }) => fairness?.index,
    text: value => formatDecimal(value, 3),
    note: () => 'Jain’s index, 1 is exactly fair'
  },
  gained: {
    name: 'Gained by cheaters',
    short: 'Gained',
    value: ({ cheaters }) => cheaters?.gained,
    text: (value, { cheaters }) => amount(value, cheaters?.unit),
    note: (_, { cheaters, peers }) => `${cheaters?.allowed == null ? '' : `at most ${amount(cheaters.allowed, cheaters.unit)} by the design; `}${formatCount(cheaters?.count)} of ${formatCounted(peers.length, 'client')}`
  },
  honestLost: {
    name: 'Lost by honest clients',
    short: 'Lost',
    value: ({ cheaters }) => cheaters?.honestLost,
    text: (value, { cheaters }) => amount(value, cheaters?.unit)
  },
  memory: {
    name: 'Memory of the process',
    short: 'Memory',
    value: ({ memory }) => memory?.peak,
    text: formatBytes
  },
  perNode: {
    name: 'Memory per node',
    short: 'Per node',
    value: ({ memory }) => memory?.perNode,
    text: formatBytes
  },
  cpu: {
    name: 'CPU time',
    short: 'CPU',
    value: ({ load }) => load?.cpu,
    text: formatSeconds,
    note: (_, { elapsed }) => `in ${formatSeconds(elapsed)} of the machine’s time`
  },
  lag: {
    name: 'Longest lag of the machine',
    short: 'Lag',
    value: ({ load }) => load?.lag,
    text: value => formatSeconds(value / 1_000),
    note: (_, { load }) => `late for ${formatPercent(load?.lateness)} of the time`
  }
}

/** Those that make sense for this outcome, in the order in which they are shown. */
export function figuresOf (outcome: Outcome): Figure[] {
  return (Object.keys(DEFINITIONS) as FigureId[]).flatMap(id => figure(outcome, id) ?? [])
}

/** One of them; undefined if it makes no sense for this outcome. */
export function figure (outcome: Outcome, id: FigureId): Figure | undefined {
  const { name, short, value: valueOf, text, note } = DEFINITIONS[id]
  const value = valueOf(outcome)

  return value == null ? undefined : { id, name, short, value, text: text(value, outcome), note: note?.(value, outcome) }
}

/** The head of a figure's column. */
export function columnOf (id: FigureId): string {
  return DEFINITIONS[id].short
}

/** What a person has to know before believing the figures, a sentence each. */
export function warningsOf (outcome: Outcome): string[] {
  const { load } = outcome

  if (load == null || keptUp(outcome)) {
    return []
  }

  return [
    `The machine was too slow for this run: its event loop was late by up to ${formatSeconds(load.lag / 1_000)}, and by more than 100 ms for ${formatPercent(load.lateness)} of the time. ` +
    'Bytes, copies and credit hold, but seconds say more about the machine than about the protocol.'
  ]
}

/** What the run was made of, name and value, every parameter that is set. */
export function parametersOf ({ by, peers, size, seed, composition, server, duration, elapsed, machine, date }: Outcome): Array<[name: string, value: string]> {
  const { mode, encryption, delivery, blockSize, acknowledgementWindow, providers, policy, price, channel, routing } = composition
  const misbehaving = peers.filter(({ behaviour }) => behaviour != null).length

  return [
    ['run by', by === 'model' ? 'discrete-event model' : 'real nodes'],
    ['clients', formatCount(peers.length)],
    ...(misbehaving === 0 ? [] : [['of them misbehaving', formatCount(misbehaving)] as [string, string]]),
    ['object', formatBytes(size)],
    ['mode', mode],
    ['encryption', encryption],
    ['hash delivery', delivery],
    ['block size', formatBytes(blockSize)],
    ['providers at once', providers == null ? 'automatic' : formatCount(providers)],
    ['acknowledgement window', acknowledgementWindow == null ? 'automatic' : `${formatCount(acknowledgementWindow)} blocks`],
    ['policy', policy],
    ...(mode === 'purchase' ? [['price', `${formatCount(price)} units`] as [string, string]] : []),
    ['channel', channel],
    ['routing', routing],
    ['simulated time', formatSeconds(duration)],
    ['time on the machine', formatSeconds(elapsed)],
    ['seed', String(seed)],
    ['server’s link', `${formatBandwidth(server.link.up)} up, ${formatBandwidth(server.link.down)} down, ${formatCount(server.link.delay)} ms to the core`],
    ['machine', machine],
    ['date', date]
  ]
}

/** Clients that do as they should, but for those that the plan took away before they were done. */
export function honest ({ peers }: Outcome): PeerOutcome[] {
  return peers.filter(peer => peer.behaviour == null && (peer.left !== true || isDone(peer)))
}

export function isDone ({ finished }: PeerOutcome): boolean {
  return Number.isFinite(finished)
}

function timesBound (seconds: number, { bound }: Outcome): string | undefined {
  return Number.isFinite(seconds) && bound > 0 ? `${formatRatio(seconds / bound)} the lower bound` : undefined
}

/** Of bytes or of units of credit or money. */
export function amount (value: number, unit: 'bytes' | 'units' | undefined): string {
  const format = unit === 'bytes' ? formatBytes : formatUnits

  return format(value)
}

function sum <T> (items: T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
