import { expect } from 'aegir/chai'
import { schedule } from '../../../simulations/harness/schedule.ts'
import { freeRiders } from '../../../simulations/scenarios/free-riders.ts'
import { broken, doctored, isHonest, small } from './fixtures/small.ts'

describe('simulations scenarios: free-riders', function () {
  this.timeout(120_000)

  it('leaves the honest clients what they came for', async () => {
    const outcome = await small(freeRiders)

    expect(broken(outcome)).to.deep.equal([])
    expect(outcome.peers.filter(isHonest)).to.have.lengthOf(4)
    expect(outcome.cheaters).to.include({ count: 4, honestLost: 0 })
    // each free rider took a copy, and gave nothing for it
    expect(outcome.cheaters?.gained).to.be.above(0)
    expect(doctored(freeRiders, outcome, peer => isHonest(peer) ? { finished: undefined } : {})).to.deep.equal(['every honest client finishes'])
    expect(doctored(freeRiders, outcome, peer => isHonest(peer) ? { verified: false } : {})).to.deep.equal(['every copy is the source, byte by byte'])
  })

  it('gives no credit for nothing', async () => {
    const outcome = await small(freeRiders, { peers: 6, composition: { mode: 'proof' }, seed: 2 })

    expect(broken(outcome)).to.deep.equal([])
    expect(outcome.peers.filter(peer => isHonest(peer) && (peer.earned ?? 0) > 0)).to.not.be.empty()
    expect(doctored(freeRiders, outcome, () => ({ earned: 4 }))).to.deep.equal(['who gives nothing earns nothing'])
  })

  it('has as many of them as is said, one at least, and the same for the same seed', () => {
    const plan = (part: number, seed = 7): string[] => {
      const { peers } = scheduleOf(part, seed)

      return peers.filter(({ behaviour }) => behaviour === 'free-rider').map(({ name }) => name)
    }

    expect([0, 0.1, 0.5, 0.9, 1].map(part => plan(part).length)).to.deep.equal([1, 2, 10, 18, 19])
    expect(plan(0.5)).to.deep.equal(plan(0.5))
    expect(plan(0.5)).to.not.deep.equal(plan(0.5, 8))
  })
})

function scheduleOf (part: number, seed: number): ReturnType<typeof schedule>['plan'] {
  return schedule(freeRiders, { peers: 20, part, seed }).plan
}
