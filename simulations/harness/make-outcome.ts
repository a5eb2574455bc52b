import { account, acknowledged } from './books.ts'
import { lowerBound } from './bounds.ts'
import { isCopy } from './copies.ts'
import { machine } from './machine-load.ts'
import { completion, fairness } from './measures.ts'
import { inGroups } from './swarm.ts'
import type { Client } from './client.ts'
import type { Outcome, PeerOutcome } from './outcome.ts'
import type { Recorder } from './recorder.ts'
import type { Scenario } from './scenario.ts'
import type { Swarm } from './swarm.ts'

/** Rows and columns of the flows at most: more cannot be told apart. */
const MAX_GROUPS = 24

export interface OutcomeInit {
  scenario: Scenario
  swarm: Swarm
  recorder: Recorder
  seed: number
  command: string
  load: Outcome['load']
  /** Seconds */
  duration: number
  elapsed: number
}

/** All that a run has shown, but for the findings. */
export async function makeOutcome ({ scenario, swarm, recorder, seed, command, load, duration, elapsed }: OutcomeInit): Promise<Outcome> {
  const { plan, composition, server } = swarm
  const peers = await peerOutcomes(swarm)
  const honest = peers.filter(({ behaviour }) => behaviour == null)
  const sum = (value: (peer: PeerOutcome) => number): number => peers.reduce((total, peer) => total + value(peer), 0)
  const fromPeers = sum(({ fromPeers }) => fromPeers)
  const fetched = fromPeers + sum(({ fromServer }) => fromServer)
  // what was ready to be sent when the connection broke was not sent
  const uploaded = Math.min(server.uploaded, server.host.sent)
  const blocks = fetched + sum(({ wasted }) => wasted)
  const wire = swarm.members.reduce((total, { host }) => total + host.sent, 0)

  const outcome: Outcome = {
    version: 1,
    scenario: scenario.name,
    title: scenario.title,
    summary: scenario.summary,
    by: 'nodes',
    seed,
    composition,
    size: plan.size,
    machine: machine(),
    date: new Date().toISOString(),
    command,
    duration,
    elapsed,
    bound: lowerBound(plan),
    peers,
    completion: completion(honest),
    server: {
      link: plan.server.link,
      uploaded,
      copies: uploaded / plan.size,
      sent: server.host.sent,
      received: server.host.received
    },
    done: recorder.done,
    serverRate: recorder.serverRate,
    peerRate: recorder.peerRate,
    fromPeers: fetched === 0 ? 0 : fromPeers / fetched,
    flows: flows(swarm),
    overhead: blocks === 0 ? 0 : Math.max(0, wire - blocks) / blocks,
    memory: recorder.memory,
    load,
    findings: []
  }

  if (composition.mode !== 'plain') {
    outcome.fairness = fairness(earnings(swarm, peers))
  }

  if (honest.length < peers.length) {
    outcome.cheaters = taken(swarm, peers)
  }

  outcome.cheaters = scenario.cheaters?.(outcome) ?? outcome.cheaters

  return outcome
}

async function peerOutcomes (swarm: Swarm): Promise<PeerOutcome[]> {
  const { mode } = swarm.composition
  const verified = new Set<Client>()
  const blocks = new Map<Client, number>()
  await inGroups(swarm.lives, async client => {
    if (client.finished != null && await isCopy(client.copy, swarm.source)) {
      verified.add(client)
    }

    if (mode !== 'plain') {
      blocks.set(client, await acknowledged(client.member))
    }
  })

  return swarm.lives.map(client => {
    const { plan, member: { node: { peerId }, host }, intake } = client
    const fromServer = intake.sources.get(swarm.server.node.peerId.toString()) ?? 0
    const all = [...intake.sources.values()].reduce((sum, bytes) => sum + bytes, 0)

    return {
      name: plan.name,
      behaviour: plan.behaviour,
      link: plan.link,
      arrived: (client.arrived ?? plan.arrives) / 1000,
      finished: client.finished == null ? undefined : client.finished / 1000,
      error: client.error,
      left: plan.outages?.some(({ to }) => to === Infinity) === true ? true : undefined,
      verified: verified.has(client),
      fromServer,
      fromPeers: all - fromServer,
      wasted: intake.wasted,
      sent: host.sent,
      received: host.received,
      acknowledged: blocks.get(client),
      ...account(swarm.server.mssl, mode, peerId),
      dropped: intake.dropped.size
    }
  })
}

/** Bytes of verified blocks by the PeerId of who sent them, to all clients of the plan */
function delivered (clients: Client[]): Map<string, number> {
  const sums = new Map<string, number>()

  for (const { intake } of clients) {
    for (const [peer, bytes] of intake.sources) {
      sums.set(peer, (sums.get(peer) ?? 0) + bytes)
    }
  }

  return sums
}

function flows ({ server, lives }: Swarm): Outcome['flows'] {
  const order = [...lives].sort((a, b) => a.plan.arrives - b.plan.arrives)
  const perGroup = Math.max(1, Math.ceil(order.length / (MAX_GROUPS - 1)))
  const groups = ['server']
  const groupOf = new Map([[server.node.peerId.toString(), 0]])

  for (let first = 0; first < order.length; first += perGroup) {
    const group = order.slice(first, first + perGroup)
    const names = group.map(({ plan }) => plan.name)
    group.forEach(({ member }) => groupOf.set(member.node.peerId.toString(), groups.length))
    groups.push(names.length === 1 ? names[0] : `${names[0]} … ${names[names.length - 1]}`)
  }

  const bytes = groups.map(() => groups.map(() => 0))

  for (const { member, intake } of order) {
    const to = groupOf.get(member.node.peerId.toString())

    for (const [peer, count] of intake.sources) {
      const from = groupOf.get(peer)

      // an attacker of nobody's plan is in no group
      if (from != null && to != null) {
        bytes[from][to] += count
      }
    }
  }

  return { groups, bytes }
}

/** Who has left or died before it could claim has earned nothing, which says nothing about the books. */
function earnings ({ lives }: Swarm, peers: PeerOutcome[]): NonNullable<Outcome['fairness']>['points'] {
  const sums = delivered(lives)

  return lives.flatMap(({ member }, n) => member.isUp
    ? [{ name: peers[n].name, delivered: sums.get(member.node.peerId.toString()) ?? 0, earned: peers[n].earned ?? 0, behaviour: peers[n].behaviour }]
    : [])
}

/** What those who misbehave took from clients and did not give, and what came to honest clients in vain. */
function taken ({ lives }: Swarm, peers: PeerOutcome[]): Outcome['cheaters'] {
  const given = delivered(lives)
  const cheaters = lives.filter(({ isHonest }) => !isHonest)
  const gained = cheaters.map(({ member, intake }) => {
    const got = [...intake.sources.values()].reduce((sum, bytes) => sum + bytes, 0)

    return Math.max(0, got - (given.get(member.node.peerId.toString()) ?? 0))
  })

  return {
    count: cheaters.length,
    gained: gained.reduce((sum, bytes) => sum + bytes, 0),
    honestLost: peers.filter(({ behaviour }) => behaviour == null).reduce((sum, { wasted }) => sum + wasted, 0),
    unit: 'bytes'
  }
}
