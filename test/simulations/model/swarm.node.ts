import { expect } from 'aegir/chai'
import { lowerBound } from '../../../simulations/harness/bounds.ts'
import { DEFAULT_COMPOSITION } from '../../../simulations/harness/composition.ts'
import { Random } from '../../../simulations/harness/random.ts'
import { modelScenario } from '../../../simulations/model/index.ts'
import { SwarmModel } from '../../../simulations/model/swarm.ts'
import { flashCrowd } from '../../../simulations/scenarios/flash-crowd.ts'
import type { Composition } from '../../../simulations/harness/composition.ts'
import type { Outcome } from '../../../simulations/harness/outcome.ts'
import type { PeerPlan, Plan, Scenario } from '../../../simulations/harness/scenario.ts'
import type { Watch } from '../../../simulations/model/swarm.ts'

const MIB = 2 ** 20
const BLOCK = 64 * 1024
const LINK = { up: MIB, down: MIB, delay: 20 }

function plan (count: number, size: number, peer: (at: number) => Partial<PeerPlan> = () => ({}), rest: Partial<Plan> = {}): Plan {
  return {
    size,
    server: { link: LINK },
    peers: Array.from({ length: count }, (_, at) => ({ name: `client-${at + 1}`, link: LINK, arrives: 0, stays: Infinity, ...peer(at) })),
    events: [],
    limit: 3_600_000,
    ...rest
  }
}

async function run (plan: Plan, composition: Partial<Composition> = {}, watch: Watch = {}, seed = 1): Promise<SwarmModel> {
  const model = new SwarmModel(plan, { ...DEFAULT_COMPOSITION, ...composition }, new Random(seed), watch)
  await model.run()

  return model
}

function lastOf ({ clients }: SwarmModel): number {
  return clients.reduce((last, { finished, arrived }) => Math.max(last, finished - arrived), 0) / 1000
}

/** Checks every block that moves. */
async function runWatched (plan: Plan, composition: Partial<Composition> = {}): Promise<SwarmModel> {
  const had = new Map<number, Set<number>>()
  const twice = new Map<string, number>()
  const sent = new Map<number, number>()
  const received = new Map<number, number>()
  const of = (id: number): Set<number> => {
    const blocks = had.get(id) ?? new Set()
    had.set(id, blocks)

    return blocks
  }

  const model = await run(plan, composition, {
    onSent: (from, to, block, now) => {
      expect(from.isServer || of(from.id).has(block), `${from.id} has block ${block} that it sends to ${to.id}`).to.equal(true)
      expect(from, 'nobody serves itself').to.not.equal(to)
      const bytes = (sent.get(from.id) ?? 0) + BLOCK
      sent.set(from.id, bytes)
      // what is through at a time is no more than the link took since the begin
      expect(bytes, `bytes that ${from.id} sent`).to.be.at.most(from.link.up * now / 1000 + 1)
    },
    onDelivered: (from, to, block, isUseful, now) => {
      const bytes = (received.get(to.id) ?? 0) + BLOCK
      received.set(to.id, bytes)
      expect(bytes, `bytes that ${to.id} received`).to.be.at.most(to.link.down * now / 1000 + 1)
      const key = `${to.id} ${block}`

      if (isUseful) {
        expect(of(to.id).has(block), 'of use once').to.equal(false)
        of(to.id).add(block)
      }

      twice.set(key, (twice.get(key) ?? 0) + 1)
    }
  })

  for (const client of model.clients) {
    expect(client.fromServer + client.fromPeers, 'what is of use').to.equal(of(client.id).size * BLOCK)
    expect(client.fromServer + client.fromPeers + client.wasted).to.equal(client.received)
  }

  // there is no end without a block that is asked for twice, and it is a small part of all
  const again = [...twice.values()].reduce((sum, times) => sum + times - 1, 0)
  expect(again / twice.size, 'blocks that come more than once').to.be.at.most(0.25)

  return model
}

/** A scenario for {@link modelScenario}. */
const scenario: Scenario = {
  name: 'test',
  title: 'Test',
  summary: 'Nothing.',
  defaults: { peers: 20, size: 2 * MIB },
  plan: ({ peers, size, random }) => plan(peers, size, () => ({ arrives: random.integer(5000) })),
  check: () => []
}

/** But for what differs from run to run of the same. */
function essence ({ date, elapsed, machine, ...rest }: Outcome): string {
  return JSON.stringify(rest)
}

describe('model of a swarm', () => {
  for (const mode of ['plain', 'proof', 'purchase'] as const) {
    it(`moves only blocks that are there, no faster than the links, mode ${mode}`, async () => {
      const crowd = plan(20, 2 * MIB)
      const model = await runWatched(crowd, { mode })
      model.clients.forEach(({ finished }) => { expect(finished).to.be.above(0) })
      expect(lastOf(model)).to.be.above(lowerBound(crowd))
      expect(model.server.sent).to.be.at.least(2 * MIB)
    })
  }

  it('moves only blocks that are there while clients come and go', async () => {
    const churn = plan(24, 2 * MIB, at => ({ arrives: 500 * at, stays: at % 3 === 0 ? 1000 : Infinity, outages: at % 4 === 1 ? [{ from: 500 * at + 1500, to: 500 * at + 9000 }] : [] }))
    const model = await runWatched(churn)
    model.clients.forEach(({ finished }) => { expect(finished).to.be.above(0) })
  })

  it('finishes without the server once all blocks are out, and with it after it was gone before', async () => {
    const late = await run(plan(10, 2 * MIB, () => ({}), { events: [{ at: 8_000, kind: 'outage', until: 3_000_000 }] }))
    expect(lastOf(late)).to.be.below(100)
    const early = await run(plan(10, 2 * MIB, () => ({}), { events: [{ at: 500, kind: 'outage', until: 30_000 }] }))
    expect(lastOf(early)).to.be.within(30, 120)
  })

  it('gives the same outcome for the same seed, and another one for another', async () => {
    const [a, b, c] = [await modelScenario(scenario, { seed: 5 }), await modelScenario(scenario, { seed: 5 }), await modelScenario(scenario, { seed: 6 })]
    expect(essence(a)).to.equal(essence(b))
    expect(a.completion).to.not.deep.equal(c.completion)
    expect(a.peers).to.have.lengthOf(20)
    expect(a.by).to.equal('model')
    expect(a.fromPeers).to.be.above(0.5)
    const bytes = [...a.serverRate, ...a.peerRate].reduce((sum, [, rate]) => sum + rate, 0) * (a.peerRate[1][0] - a.peerRate[0][0])
    expect(bytes).to.be.closeTo(a.flows.bytes.flat().reduce((sum, bytes) => sum + bytes), 1)
    a.serverRate.forEach(([, rate]) => { expect(rate).to.be.at.most(1.1 * MIB) })
    expect(a.flows.bytes.flat().reduce((sum, bytes) => sum + bytes)).to.be.at.least(20 * 2 * MIB)
  })

  it('is never faster than the lower bound', async () => {
    for (const [count, up, down] of [[1, 1, 1], [2, 1, 8], [40, 1, 4], [40, 4, 1], [10, 0.25, 16]]) {
      const link = { up: up * MIB, down: down * MIB, delay: 5 }
      const crowd = plan(count, MIB, () => ({ link }))
      const model = await run(crowd)
      expect(lastOf(model), `${count} clients, ${up} up, ${down} down`).to.be.above(lowerBound(crowd))
    }
  })

  it('is not slower with more uplink', async () => {
    let before = Infinity

    for (const up of [0.25, 0.5, 1, 2]) {
      const link = { up: up * MIB, down: 8 * MIB, delay: 20 }
      const last = lastOf(await run(plan(20, 2 * MIB, () => ({ link }), { server: { link } })))
      expect(last, `${up} MiB/s up`).to.be.below(1.1 * before)
      before = last
    }
  })

  it('two hundred clients on a short line leave the server its sessions, and finish in time', async () => {
    const link = { up: 225_000, down: 225_000, delay: 10 }
    const { findings } = await modelScenario(flashCrowd, { peers: 200, size: 64 * MIB, link, seed: 1 })
    expect(findings.filter(({ holds }) => !holds)).to.be.empty()
    expect(findings.map(({ what }) => what)).to.include('the last one is little later than the links allow')
  })

  it('honest clients finish in spite of each behaviour', async () => {
    for (const [behaviour, mode] of [['free-rider', 'plain'], ['garbage-sender', 'plain'], ['garbage-sender', 'proof'], ['key-withholder', 'proof'], ['ack-refuser', 'proof']] as const) {
      const mixed = plan(16, MIB, at => ({ behaviour: at % 2 === 1 ? behaviour : undefined }))
      const { clients } = await run(mixed, { mode })
      const [honest, cheaters] = [false, true].map(cheats => clients.filter(({ behaviour }) => (behaviour != null) === cheats))
      honest.forEach(({ finished }) => { expect(finished, behaviour).to.be.above(0) })

      if (behaviour === 'ack-refuser') {
        cheaters.forEach(({ blocks }) => { expect(blocks, 'without acknowledgements').to.equal(0) })
      } else if (behaviour === 'free-rider') {
        cheaters.forEach(({ sent }) => { expect(sent, 'of free riders').to.equal(0) })
      } else if (behaviour === 'garbage-sender') {
        expect(honest.reduce((sum, { dropped }) => sum + dropped, 0), 'dropped').to.be.above(0)
        // one false block each is enough, and those that were on their way
        honest.forEach(({ wasted }) => { expect(wasted).to.be.at.most(8 * 8 * BLOCK) })
      }
    }
  })

  it('a client whose ticket is revoked gets nothing any more, and nobody waits for it', async () => {
    const { clients } = await run(plan(6, 2 * MIB, () => ({}), { events: [{ at: 1500, kind: 'revoke', peers: ['client-3'] }] }))
    expect(clients[2].finished).to.be.NaN()
    expect(clients[2].error).to.be.a('string')
    clients.filter((_, at) => at !== 2).forEach(({ finished }) => { expect(finished).to.be.above(0) })
  })

  it('does not know of what is not in the plan', async () => {
    await expect(modelScenario({ ...scenario, act: async () => [] })).to.eventually.be.rejectedWith('does not know the steps of test')
    await expect(modelScenario({ ...scenario, plan: () => plan(2, MIB, () => ({ behaviour: 'colluder' })) })).to.eventually.be.rejectedWith('does not know colluder')
  })

  it('can be stopped', async () => {
    await expect(modelScenario(scenario, { peers: 3000, size: 64 * MIB, signal: AbortSignal.abort() })).to.eventually.be.rejected.with.property('name', 'AbortError')
  })
})
