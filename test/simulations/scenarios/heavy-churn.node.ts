import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { schedule } from '../../../simulations/harness/schedule.ts'
import { heavyChurn } from '../../../simulations/scenarios/heavy-churn.ts'
import { expectFinding, unmet } from './fixtures.ts'

describe('scenario: heavy churn', function () {
  this.timeout(120_000)

  it('ends with everybody done who comes back, and nothing fetched twice', async () => {
    const options = { peers: 10, size: 2 * 2 ** 20, link: { up: 2_000_000, down: 4_000_000, delay: 10 }, seed: 4 }
    const outcome = await runScenario(heavyChurn, options)
    const { plan } = schedule(heavyChurn, options)
    const back = plan.peers.filter(({ outages = [] }) => outages.length > 0 && outages.every(({ to }) => to < Infinity)).length
    const gone = plan.peers.filter(({ outages = [] }) => outages.some(({ to }) => to === Infinity)).length

    // the seed has some of each kind
    expect(back).to.be.above(2)
    expect(gone).to.be.above(0)
    expect(plan.peers.some(({ stays }) => stays === 0)).to.equal(true)
    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.peers.filter(({ left }) => left === true)).to.have.lengthOf(gone)
    expect(outcome.peers.filter(({ verified }) => verified).length).to.be.at.least(10 - gone)

    const stayed = outcome.peers.findIndex(({ left }) => left !== true)
    expectFinding(heavyChurn, outcome, ({ peers }) => { delete peers[stayed].finished }, 'every honest client finishes')
    expectFinding(heavyChurn, outcome, ({ peers, size }) => { peers[stayed].fromPeers = 1.5 * size }, 'what a client had before it died is not fetched again')
    expectFinding(heavyChurn, outcome, ({ server }) => { server.copies = 3 }, 'the server uploads few copies')
  })
})
