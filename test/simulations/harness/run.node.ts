import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { clients, everybodyFinishes, limited } from '../../../simulations/scenarios/plans.ts'
import type { Outcome, Series } from '../../../simulations/harness/outcome.ts'
import type { RunProgress } from '../../../simulations/harness/run.ts'
import type { Plan, Scenario } from '../../../simulations/harness/scenario.ts'

const SIZE = 2 ** 20
const LINK = { up: 4_000_000, down: 4_000_000, delay: 5 }

/** All clients at once, but for what is said. */
function scenario (changes: Partial<Scenario> & { changed? (plan: Plan): Partial<Plan> } = {}): Scenario {
  const { changed = () => ({}), ...rest } = changes

  return {
    name: 'test',
    title: 'Test',
    summary: 'A test.',
    defaults: { peers: 3, size: SIZE },
    plan: ({ peers, size, link = LINK }) => {
      const plan = limited({ size, server: { link }, peers: clients(peers, () => ({ link, arrives: 0, stays: Infinity })), events: [] })

      return { ...plan, ...changed(plan) }
    },
    check: everybodyFinishes,
    ...rest
  }
}

function sum (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** Of a rate over time */
function total (series: Series): number {
  return sum(series.map(([time, value], n) => n === 0 ? 0 : value * (time - series[n - 1][0])))
}

function unmet ({ findings }: Outcome): string[] {
  return findings.filter(({ holds }) => !holds).map(({ what }) => what)
}

describe('simulations: runs', function () {
  this.timeout(120_000)

  let folder: string
  let outside: string | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-runs-'))
    outside = process.env.TMPDIR
    process.env.TMPDIR = folder
  })

  afterEach(async () => {
    outside == null ? delete process.env.TMPDIR : process.env.TMPDIR = outside
    // whatever happened, nothing stays
    const left = await readdir(folder)
    await rm(folder, { recursive: true, force: true })
    expect(left).to.deep.equal([])
  })

  it('give figures that agree with each other', async () => {
    const progress: RunProgress[] = []
    const outcome = await runScenario(scenario(), { peers: 5, seed: 3, onProgress: now => progress.push(now) })
    const { peers, server, flows, done, serverRate, peerRate, completion, duration, memory, load } = outcome

    expect(unmet(outcome)).to.deep.equal([])
    expect(outcome.command).to.equal('npm run simulate -- test --peers 5 --seed 3')
    expect(peers.map(({ name }) => name)).to.deep.equal(['client-1', 'client-2', 'client-3', 'client-4', 'client-5'])

    for (const [n, peer] of peers.entries()) {
      expect(peer.verified).to.equal(true)
      expect(peer.fromServer + peer.fromPeers).to.equal(SIZE)
      expect(flows.bytes[0][n + 1]).to.equal(peer.fromServer)
      expect(sum(flows.bytes.slice(1).map(row => row[n + 1]))).to.equal(peer.fromPeers)
      expect(peer.received).to.be.above(SIZE)
      expect(peer.finished).to.be.within(peer.arrived, duration)
    }

    expect(flows.groups).to.deep.equal(['server', ...peers.map(({ name }) => name)])
    expect(server.copies).to.equal(server.uploaded / SIZE)
    expect(server.uploaded).to.be.at.least(sum(peers.map(({ fromServer }) => fromServer)))
    expect(server.sent).to.be.at.least(server.uploaded)
    expect(outcome.fromPeers).to.be.closeTo(sum(peers.map(({ fromPeers }) => fromPeers)) / (5 * SIZE), 1e-9)
    expect(outcome.overhead).to.be.within(0, 0.2)
    expect(done[done.length - 1][1]).to.equal(5)
    // what is sent for claims and farewells comes after the last point
    expect(total(serverRate)).to.be.within(0.9 * server.sent, 1.001 * server.sent)
    expect(total(peerRate)).to.be.within(0.9 * sum(peers.map(({ sent }) => sent)), 1.001 * sum(peers.map(({ sent }) => sent)))
    expect(serverRate).to.have.lengthOf(done.length)
    expect(completion.median).to.be.at.most(completion.p95)
    expect(completion.p95).to.be.at.most(completion.last)
    expect(completion.last).to.be.above(outcome.bound)
    expect(memory?.peak).to.be.above(memory?.perNode ?? NaN)
    expect(load?.cpu).to.be.above(0)
    expect(progress.map(({ phase }) => phase)).to.include.members(['preparing', 'running', 'checking'])
    expect(progress[progress.length - 1]).to.include({ clients: 5, arrived: 5, done: 5, honest: 5 })
  })

  it('say what the books say, with mode proof and mode purchase', async () => {
    const price = 16_000

    for (const mode of ['proof', 'purchase'] as const) {
      const { peers, fairness, cheaters } = await runScenario(scenario(), { seed: 1, composition: { mode, price } })
      const earned = sum(peers.map(({ earned = NaN }) => earned))
      const delivered = sum(peers.map(({ fromPeers }) => fromPeers))

      expect(sum(peers.map(({ acknowledged = NaN }) => acknowledged))).to.equal(delivered / 2 ** 16)
      // 4 for a unit of 64 KiB; or its price, less a fee of 5 %
      expect(earned).to.be.closeTo(mode === 'proof' ? 4 * delivered / 2 ** 16 : 0.95 * price * delivered / SIZE, 20)
      expect(fairness?.index).to.be.closeTo(1, 0.001)
      expect(sum(fairness?.points.map(({ delivered }) => delivered) ?? [])).to.equal(delivered)
      expect(cheaters).to.equal(undefined)

      for (const { paid, balance = NaN } of peers) {
        expect(paid).to.equal(mode === 'proof' ? undefined : price)
        expect(balance).to.be.above(0)
      }
    }
  })

  it('go over secure channels and a DHT, when that is asked for', async () => {
    const outcome = await runScenario(scenario(), { seed: 1, composition: { channel: 'noise', routing: 'dht', delivery: 'super-block', encryption: 'none' } })

    expect(unmet(outcome)).to.deep.equal([])
  })

  it('know who comes back, who leaves, and what they had', async () => {
    const slow = { ...LINK, up: 500_000 }
    const outcome = await runScenario(scenario({
      changed: ({ peers: [one, two, three] }) => ({
        server: { link: slow },
        peers: [{ ...one, outages: [{ from: 1_500, to: 2_500 }] }, { ...two, stays: 0 }, { ...three, outages: [{ from: 1_000, to: Infinity }] }]
      })
    }), { seed: 1 })
    const [back, , gone] = outcome.peers

    expect(unmet(outcome)).to.deep.equal([])
    expect(back.finished).to.be.above(2.5)
    // what it had was kept; of what it had got in its last moment nobody knows
    expect(back.fromServer + back.fromPeers).to.be.within(SIZE / 2, SIZE)
    expect(gone).to.include({ left: true, verified: false })
    expect(gone.finished).to.equal(undefined)
    expect(gone.error).to.equal(undefined)
    expect(outcome.done[outcome.done.length - 1][1]).to.equal(2)
  })

  it('have a server that dies and comes back', async () => {
    const slow = { ...LINK, up: 400_000 }
    const outcome = await runScenario(scenario({
      changed: () => ({ server: { link: slow }, events: [{ at: 1_500, kind: 'outage', until: 3_000 }] }),
      act: async swarm => {
        const { server: { host }, clients } = swarm
        await swarm.at(1_600)
        const sent = host.sent
        expect(host.isOnline).to.equal(false)
        await swarm.at(2_900)
        expect(host.sent).to.equal(sent)
        expect([...clients.values()].every(client => client.host.isOnline)).to.equal(true)

        return []
      }
    }), { seed: 1 })

    expect(unmet(outcome)).to.deep.equal([])
    expect(Math.max(...outcome.peers.map(({ finished = NaN }) => finished))).to.be.above(3)
  })

  it('end at their limit, whoever is not done', async () => {
    const outcome = await runScenario(scenario({ changed: () => ({ server: { link: { ...LINK, up: 20_000 } }, limit: 2_000 }) }), { seed: 1 })

    expect(unmet(outcome)).to.deep.equal(['every honest client finishes'])
    expect(outcome.findings[0].found).to.equal('0 of 3; client-1: ran out of time')
    expect(outcome.completion).to.deep.equal({ median: NaN, p95: NaN, last: NaN })
    expect(outcome.duration).to.be.above(1.9)
  })

  it('put what goes wrong in one client into its outcome', async () => {
    const outcome = await runScenario(scenario({
      changed: ({ peers: [one, ...others] }) => ({ peers: [{ ...one, arrives: 1_000 }, ...others] }),
      act: async ({ server }) => {
        await writeFile(join(server.folder, '..', 'client-1', 'copy'), 'in the way')

        return []
      }
    }), { seed: 1 })

    expect(outcome.peers[0].error).to.match(/^FileExistsError: /)
    expect(outcome.peers.slice(1).every(({ verified }) => verified)).to.equal(true)
    expect(unmet(outcome)).to.deep.equal(['every honest client finishes'])
  })

  it('give a scenario\'s own steps the nodes, and take what they find', async () => {
    const seen: string[] = []
    const outcome = await runScenario(scenario({
      changed: ({ peers: [one, ...others] }) => ({ peers: [{ ...one, arrives: 300 }, ...others] }),
      act: async swarm => {
        const [first, other] = [await swarm.client('client-2'), await swarm.add('visitor', LINK)]
        expect(swarm.now).to.be.below(300)
        expect([...swarm.clients.keys()]).to.deep.equal(['client-2', 'client-3'])
        await swarm.client('client-1')
        expect(swarm.now).to.be.above(295)
        const { size } = await other.node.services.mssl.get(swarm.object.link, { to: join(other.folder, 'copy') })
        await swarm.at(600)
        seen.push(first.name, other.name)

        return [{ what: 'a visitor is welcome', holds: size === SIZE, found: `${size}`, allowed: `${SIZE}` }]
      }
    }), { seed: 1 })

    expect(seen).to.deep.equal(['client-2', 'visitor'])
    expect(unmet(outcome)).to.deep.equal([])
    expect(outcome.findings.map(({ what }) => what)).to.include('a visitor is welcome')
    expect(outcome.peers).to.have.lengthOf(3)
  })

  it('call it a finding when such a step goes wrong', async () => {
    const outcome = await runScenario(scenario({ act: async () => { throw new TypeError('a mistake') } }), { seed: 1 })

    expect(unmet(outcome)).to.deep.equal(['the steps of the scenario'])
    expect(outcome.findings.find(({ holds }) => !holds)?.found).to.equal('TypeError: a mistake')
  })

  it('end at once when they are told to, and leave nothing', async () => {
    for (const delay of [0, 50, 1_500]) {
      const begin = performance.now()
      const slow = scenario({ changed: () => ({ server: { link: { ...LINK, up: 20_000 } } }) })

      await expect(runScenario(slow, { seed: 1, signal: AbortSignal.timeout(delay) })).to.eventually.be.rejected().with.property('name').that.matches(/^(Abort|Timeout)Error$/)
      expect(performance.now() - begin).to.be.below(30_000)
    }
  })

  it('leave nothing when a node cannot be started', async () => {
    await expect(runScenario(scenario({ nodes: { credit: { credit: -1 } } }), { seed: 1 })).to.eventually.be.rejected().with.property('name', 'InvalidParametersError')
  })

  it('leave everything in a folder that was given', async () => {
    const own = join(folder, 'own')
    await runScenario(scenario(), { seed: 1, folder: own })

    expect((await readdir(own)).sort()).to.deep.equal(['client-1', 'client-2', 'client-3', 'server', 'source.bin'])
    expect(await readdir(join(own, 'client-1'))).to.include.members(['copy', 'home'])
    await rm(own, { recursive: true })
  })
})
