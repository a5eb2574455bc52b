import { lowerBound } from '../harness/bounds.ts'
import { commandOf } from '../harness/command.ts'
import { machine } from '../harness/machine-load.ts'
import { completion, fairness } from '../harness/measures.ts'
import { OVERHEAD_PER_BLOCK, OVERHEAD_PER_BYTE } from './costs.ts'
import type { SwarmModel } from './swarm.ts'
import type { ScenarioOptions } from '../harness/command.ts'
import type { Outcome, PeerOutcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { Schedule } from '../harness/schedule.ts'

/** All that a run of the model has shown, but for the findings. */
export function makeOutcome (model: SwarmModel, scenario: Scenario, options: ScenarioOptions, { plan, composition, seed }: Schedule, elapsed: number): Outcome {
  const { server, clients, recorder, geometry: { blockSize } } = model
  const wire = 1 + OVERHEAD_PER_BYTE + OVERHEAD_PER_BLOCK / blockSize
  const isSealed = composition.mode !== 'plain'
  // of one byte: credit is counted in bytes, money in units of the price
  const worth = composition.mode === 'purchase' ? composition.price / plan.size : 1

  const peers: PeerOutcome[] = clients.map(client => ({
    name: client.plan?.name ?? '',
    behaviour: client.behaviour,
    link: client.link,
    arrived: client.arrived / 1000,
    finished: Number.isNaN(client.finished) ? undefined : client.finished / 1000,
    error: client.error,
    left: client.error != null || client.plan?.outages?.some(({ to }) => to === Infinity) === true ? true : undefined,
    verified: !Number.isNaN(client.finished),
    fromServer: client.fromServer,
    fromPeers: client.fromPeers,
    wasted: client.wasted,
    sent: Math.round(client.sent * wire),
    received: Math.round(client.received * wire),
    ...isSealed
      ? { acknowledged: client.acknowledged * blockSize, earned: client.behaviour === 'garbage-sender' ? 0 : client.acknowledged * blockSize * worth, paid: (client.fromServer + client.fromPeers) * worth }
      : {},
    dropped: client.dropped
  }))
  const honest = peers.filter(({ behaviour }) => behaviour == null)
  const fromPeers = peers.reduce((sum, { fromPeers }) => sum + fromPeers, 0)
  const fromServer = peers.reduce((sum, { fromServer }) => sum + fromServer, 0)

  const outcome: Outcome = {
    version: 1,
    scenario: scenario.name,
    title: scenario.title,
    summary: scenario.summary,
    by: 'model',
    seed,
    composition,
    size: plan.size,
    machine: machine(),
    date: new Date().toISOString(),
    command: commandOf(scenario, { ...options, seed }, { model: true }),
    duration: model.now / 1000,
    elapsed,
    bound: lowerBound(plan),
    peers,
    completion: completion(honest),
    server: {
      link: plan.server.link,
      uploaded: server.sent,
      copies: plan.size === 0 ? 0 : server.sent / plan.size,
      sent: Math.round(server.sent * wire),
      received: 0
    },
    done: recorder.doneSeries(model.now),
    serverRate: recorder.rates('server', model.now),
    peerRate: recorder.rates('peers', model.now),
    fromPeers: fromPeers + fromServer === 0 ? 0 : fromPeers / (fromPeers + fromServer),
    flows: {
      groups: Array.from({ length: recorder.groups }, (_, group) => recorder.groupName(group)),
      bytes: Array.from({ length: recorder.groups }, (_, from) => [...recorder.flows.subarray(from * recorder.groups, (from + 1) * recorder.groups)])
    },
    overhead: wire - 1,
    findings: []
  }

  if (isSealed) {
    outcome.fairness = fairness(clients.map(({ sent, behaviour }, at) => ({ name: peers[at].name, delivered: sent, earned: peers[at].earned ?? 0, behaviour })))
  }

  if (honest.length < peers.length) {
    outcome.cheaters = taken(model)
  }

  outcome.cheaters = scenario.cheaters?.(outcome) ?? outcome.cheaters

  return outcome
}

/** What those who misbehave took and did not give, and what came to honest clients in vain. */
function taken ({ clients }: SwarmModel): Outcome['cheaters'] {
  const cheaters = clients.filter(({ behaviour }) => behaviour != null)

  return {
    count: cheaters.length,
    gained: cheaters.reduce((sum, { fromServer, fromPeers, sent }) => sum + Math.max(0, fromServer + fromPeers - sent), 0),
    honestLost: clients.reduce((sum, { behaviour, wasted }) => sum + (behaviour == null ? wasted : 0), 0),
    unit: 'bytes'
  }
}
