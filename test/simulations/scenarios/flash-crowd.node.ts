import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { flashCrowd } from '../../../simulations/scenarios/flash-crowd.ts'
import { expectFinding, unmet } from './fixtures.ts'
import type { Outcome } from '../../../simulations/harness/outcome.ts'

const PEERS = 8
const SIZE = 2 * 2 ** 20

describe('scenario: flash crowd', function () {
  this.timeout(120_000)

  let outcome: Outcome

  before(async () => {
    outcome = await runScenario(flashCrowd, { peers: PEERS, size: SIZE, link: { up: 4_000_000, down: 4_000_000, delay: 10 }, seed: 1 })
  })

  it('ends with everybody done and little more than one copy from the server', () => {
    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.peers.filter(({ verified }) => verified)).to.have.lengthOf(PEERS)
    expect(outcome.server.copies).to.be.within(1, 1.2)
    expect(outcome.fromPeers).to.be.above(0.8)
  })

  it('says what is wrong', () => {
    expectFinding(flashCrowd, outcome, ({ peers }) => { delete peers[1].finished }, 'every honest client finishes')
    expectFinding(flashCrowd, outcome, ({ peers }) => { peers[1].verified = false }, 'every copy is the source, byte by byte')
    expectFinding(flashCrowd, outcome, ({ server }) => { server.copies = 1.3 }, 'the server uploads few copies')
  })

  it('says something about time only when it was the links that everybody waited for', () => {
    const late = (changed: Outcome): void => {
      changed.bound = 30
      changed.completion.last = 50
      changed.load = { cpu: 1, lag: 10, lateness: 0 }
    }

    expectFinding(flashCrowd, outcome, late, 'the last one is little later than the links allow')
    expectFinding(flashCrowd, outcome, changed => { late(changed); changed.completion.last = 44 }, [])
    expectFinding(flashCrowd, outcome, changed => { late(changed); changed.load = { cpu: 1, lag: 10, lateness: 0.5 } }, [])
    expectFinding(flashCrowd, outcome, changed => { late(changed); changed.bound = 3 }, [])
  })
})
