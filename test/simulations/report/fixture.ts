import { DEFAULT_COMPOSITION } from '../../../simulations/harness/composition.ts'
import { Random } from '../../../simulations/harness/random.ts'
import type { Outcome, PeerOutcome, Series } from '../../../simulations/harness/outcome.ts'
import type { BehaviourName } from '../../../simulations/harness/scenario.ts'

const MIB = 1024 ** 2
const MBIT = 125_000

export interface OutcomeInit extends Partial<Omit<Outcome, 'composition' | 'peers'>> {
  composition?: Partial<Outcome['composition']>
  clients?: number
  cheats?: number
  behaviour?: BehaviourName
  peers?: PeerOutcome[]
  /** Clients arrive one after the other, in all this many seconds */
  over?: number
}

/** Three kinds of links, a third of the clients each. */
const LINKS = [{ up: 10 * MBIT, down: 100 * MBIT, delay: 10 }, { up: 100 * MBIT, down: 100 * MBIT, delay: 5 }, { up: Infinity, down: Infinity, delay: 0 }]

/** An outcome as a run might give it, the same whenever it is made. */
export function outcomeOf ({ clients = 40, cheats = 0, behaviour = 'free-rider', over = 0, composition, ...given }: OutcomeInit = {}): Outcome {
  const size = given.size ?? 64 * MIB
  const bound = given.bound ?? 22.4
  const random = new Random(given.seed ?? 7)
  const books = ['proof', 'purchase'].includes(composition?.mode ?? 'plain')

  const peers = given.peers ?? peersOf({ clients, cheats, behaviour, over, size, bound, books, random })
  const honest = peers.filter(({ behaviour }) => behaviour == null)
  const times = honest.flatMap(({ arrived, finished }) => finished == null ? [] : [finished - arrived]).sort((a, b) => a - b)
  const duration = Math.max(bound, ...peers.map(({ finished = 0 }) => finished).slice(0, 1_000)) + 1
  const grid = Array.from({ length: 121 }, (_, n) => duration * n / 120)
  const series = (value: (time: number) => number): Series => grid.map(time => [time, value(time)])
  const finishes = honest.flatMap(({ finished }) => finished ?? []).sort((a, b) => a - b)
  const groups = ['server', ...Array.from({ length: Math.min(24, peers.length) }, (_, i) => peers.length <= 24 ? peers[i].name : `client-${Math.floor(i * peers.length / 24)} …`)]

  return {
    version: 1,
    scenario: 'flash-crowd',
    title: 'Flash crowd',
    summary: 'Everybody comes at once for a new object that nobody has but the server, over equal links.',
    by: 'nodes',
    seed: 7,
    size,
    machine: '2 × AMD EPYC, Node 24.21.0',
    date: '2026-11-21T15:04:05.000Z',
    command: 'npm run simulate -- flash-crowd --peers 40 --size 64MiB --seed 7',
    duration,
    elapsed: duration * 1.6,
    bound,
    completion: { median: times[times.length >> 1] ?? NaN, p95: times[Math.floor(0.95 * times.length)] ?? NaN, last: times.at(-1) ?? NaN },
    server: { link: { up: 25 * MBIT, down: 100 * MBIT, delay: 2 }, uploaded: 1.13 * size, copies: 1.13, sent: 1.15 * size, received: 900_000 },
    done: series(time => finishes.filter((_, i) => i < 5_000).findLastIndex(finish => finish <= time) + 1),
    serverRate: series(time => time < bound ? 24.5 * MBIT * (0.9 + 0.1 * random.next()) : 5e4 * random.next()),
    peerRate: series(time => 25 * MBIT * peers.length * Math.max(0, Math.sin(Math.PI * Math.min(1, time / duration))) * (0.85 + 0.1 * random.next())),
    fromPeers: 1 - 1.13 / peers.length,
    flows: { groups, bytes: groups.map((_, from) => groups.map((_, to) => to === 0 || from === to || random.next() < 0.25 ? 0 : Math.floor((from === 0 ? 0.4 : 1) * size / 20 * random.next() ** 3))) },
    ...judgementOf(peers, size, books),
    overhead: 0.0123,
    memory: { peak: 812 * MIB, perNode: 6.4 * MIB },
    load: { cpu: 41.2, lag: 84, lateness: 0 },
    findings: [
      { what: 'every honest client finishes', holds: true, found: `${honest.length} of ${honest.length}`, allowed: 'all' },
      { what: 'the server uploads little more than one copy', holds: true, found: '1.13 copies', allowed: 'at most 1.2 copies' }
    ],
    ...given,
    peers,
    composition: { ...DEFAULT_COMPOSITION, ...composition }
  }
}

/** How fair it was, and who cheated: what there is of it. */
function judgementOf (peers: PeerOutcome[], size: number, books: boolean): Pick<Outcome, 'fairness' | 'cheaters'> {
  const count = peers.filter(({ behaviour }) => behaviour != null).length

  return {
    ...(books ? { fairness: { index: 0.9987, points: peers.map(({ name, sent, earned = 0, behaviour }) => ({ name, delivered: Math.floor(sent / 1.01), earned, ...(behaviour == null ? {} : { behaviour }) })) } } : {}),
    ...(count > 0 ? { cheaters: { count, gained: books ? -1200 : 3 * MIB, honestLost: books ? 14 : 1.5 * MIB, unit: books ? 'units' as const : 'bytes' as const, ...(books ? { allowed: 0 } : {}) } } : {})
  }
}

function peersOf ({ clients, cheats, behaviour, over, size, bound, books, random }: { clients: number, cheats: number, behaviour: BehaviourName, over: number, size: number, bound: number, books: boolean, random: Random }): PeerOutcome[] {
  return Array.from({ length: clients }, (_, i): PeerOutcome => {
    const link = LINKS[Math.min(2, Math.floor(3 * i / clients))]
    const arrived = over * i / clients
    const shared = size * (0.4 + 1.1 * random.next())
    const isCheat = i % Math.max(1, Math.floor(clients / Math.max(1, cheats))) === 0 && cheats > 0

    return {
      name: `client-${i}`,
      ...(isCheat ? { behaviour } : {}),
      link,
      arrived,
      finished: arrived + bound * (0.95 + 0.25 * random.next()) + (link.up < Infinity ? 2 : 0),
      verified: true,
      fromServer: size * 0.03,
      fromPeers: size * 0.97,
      wasted: Math.floor(random.next() * MIB / 4),
      sent: Math.floor(1.01 * shared),
      received: Math.floor(1.01 * size),
      ...(books ? { acknowledged: Math.floor(shared / 65536), earned: isCheat ? 10 : Math.floor(shared / 65536 * (0.98 + 0.04 * random.next())), paid: Math.floor(size / 65536) } : {}),
      dropped: 0
    }
  })
}

/** As a sick run or an older version might give it: nothing that may be absent is there, and nothing that may be no number is one. */
export function bareOutcome (): Outcome {
  const outcome = outcomeOf({
    peers: [{ name: 'alone', link: { up: Infinity, down: Infinity, delay: 0 }, arrived: 0, error: 'nobody there', verified: false, fromServer: 0, fromPeers: 0, wasted: 0, sent: 0, received: 0, dropped: 0 }],
    bound: Infinity,
    completion: { median: NaN, p95: NaN, last: NaN },
    duration: 0,
    done: [],
    serverRate: [],
    peerRate: [],
    fromPeers: NaN,
    flows: { groups: ['server', 'alone'], bytes: [[0, 0], [0, 0]] },
    overhead: NaN,
    findings: []
  })
  delete outcome.memory
  delete outcome.load

  return outcome
}
