import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { homeLinks } from '../../../simulations/scenarios/home-links.ts'
import { expectFinding, unmet } from './fixtures.ts'

describe('scenario: home links', function () {
  this.timeout(120_000)

  it('ends with everybody done, over whatever line', async () => {
    const outcome = await runScenario(homeLinks, { peers: 8, size: 2 * 2 ** 20, seed: 1 })

    expect(new Set(outcome.peers.map(({ link: { up } }) => up)).size).to.be.above(1)
    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.peers.every(({ verified }) => verified)).to.equal(true)
    expectFinding(homeLinks, outcome, ({ peers }) => { delete peers[0].finished }, 'every honest client finishes')
    expectFinding(homeLinks, outcome, changed => { changed.fromPeers = 0.5 }, 'most bytes come from other clients')
    expectFinding(homeLinks, outcome, ({ server }) => { server.copies = 4 }, 'the server uploads few copies')
  })
})
