import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { serverOutage } from '../../../simulations/scenarios/server-outage.ts'
import { expectFinding, unmet } from './fixtures.ts'

describe('scenario: server outage', function () {
  this.timeout(120_000)

  it('ends with everybody done, who went on with each other meanwhile', async () => {
    const outcome = await runScenario(serverOutage, { peers: 8, size: 2 * 2 ** 20, link: { up: 1_000_000, down: 2_000_000, delay: 10 }, seed: 1 })

    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.peers.every(({ verified }) => verified)).to.equal(true)
    // some were not done when it died, else there is nothing to be seen here
    expect(outcome.peers.some(({ finished = NaN }) => finished > 4)).to.equal(true)

    expectFinding(serverOutage, outcome, ({ peers }) => { delete peers[0].finished }, 'every honest client finishes')
    expectFinding(serverOutage, outcome, ({ server }) => { server.copies = 3 }, 'the server uploads few copies')
    expectFinding(serverOutage, outcome, ({ peerRate }) => { peerRate.forEach(point => { point[1] /= 100 }) }, 'clients go on while the server is away')
  })
})
