import { expect } from 'aegir/chai'
import { garbageSenders } from '../../../simulations/scenarios/garbage-senders.ts'
import { BLOCK, broken, doctored, isHonest, small } from './fixtures/small.ts'

describe('simulations scenarios: garbage-senders', function () {
  this.timeout(120_000)

  for (const mode of ['plain', 'proof'] as const) {
    it(`has nothing false written, and those who send it left (${mode})`, async () => {
      const outcome = await small(garbageSenders, { composition: { mode } })

      expect(broken(outcome)).to.deep.equal([])
      expect(outcome.peers.filter(peer => !isHonest(peer))).to.have.lengthOf(2)
      // it did come to that
      expect(outcome.peers.some(peer => isHonest(peer) && peer.dropped > 0 && peer.wasted > 0)).to.equal(true)
      expect(outcome.cheaters).to.include({ count: 2, gained: 0 })

      expect(doctored(garbageSenders, outcome, () => ({ verified: false }))).to.deep.equal(['every copy is the source, byte by byte'])
      expect(doctored(garbageSenders, outcome, peer => isHonest(peer) ? { dropped: 3 } : {})).to.deep.equal(['nobody is left but those who send garbage'])
      expect(doctored(garbageSenders, outcome, peer => isHonest(peer) ? { wasted: 2 ** 7 * BLOCK } : {})).to.deep.equal(['a false provider costs a window of requests, once'])
      expect(doctored(garbageSenders, outcome, peer => isHonest(peer) ? {} : { earned: 4 })).to.deep.equal(mode === 'plain' ? [] : ['who sends garbage earns nothing'])
    })
  }
})
