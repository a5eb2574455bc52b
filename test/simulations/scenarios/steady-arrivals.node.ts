import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { schedule } from '../../../simulations/harness/schedule.ts'
import { steadyArrivals } from '../../../simulations/scenarios/steady-arrivals.ts'
import { expectFinding, unmet } from './fixtures.ts'

const LINK = { up: 2_000_000, down: 8_000_000, delay: 10 }

describe('scenario: steady arrivals', function () {
  this.timeout(120_000)

  it('ends with everybody done, most of it from others', async () => {
    const outcome = await runScenario(steadyArrivals, { peers: 8, size: 2 * 2 ** 20, link: LINK, seed: 1 })

    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.fromPeers).to.be.above(0.5)
    expect(outcome.peers.every(({ verified }) => verified)).to.equal(true)
    // they came one after the other
    expect(new Set(outcome.peers.map(({ arrived }) => arrived)).size).to.equal(8)
    expectFinding(steadyArrivals, outcome, ({ peers }) => { delete peers[7].finished }, 'every honest client finishes')
    expectFinding(steadyArrivals, outcome, ({ server }) => { server.copies = 3 }, 'the server uploads few copies')
  })

  it('has arrivals as of a Poisson process: so many in the time that an uplink takes for the object, whatever came before', () => {
    const size = 2 * 2 ** 20
    const { plan: { peers } } = schedule(steadyArrivals, { peers: 5_000, size, link: LINK, seed: 1 })
    const gaps = peers.slice(1).map(({ arrives }, n) => arrives - peers[n].arrives)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length

    expect(mean).to.be.closeTo(1000 * size / LINK.up / 6, 10)
    expect(Math.sqrt(variance) / mean).to.be.closeTo(1, 0.05)
  })
})
