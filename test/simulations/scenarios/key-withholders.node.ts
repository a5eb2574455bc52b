import { expect } from 'aegir/chai'
import { keyWithholders } from '../../../simulations/scenarios/key-withholders.ts'
import { BLOCK, broken, doctored, isHonest, small } from './fixtures/small.ts'

describe('simulations scenarios: key-withholders', function () {
  this.timeout(120_000)

  it('costs the honest clients nothing but time', async () => {
    const outcome = await small(keyWithholders, { part: 0.4 })
    const withholders = outcome.peers.filter(peer => !isHonest(peer))

    expect(broken(outcome)).to.deep.equal([])
    expect(withholders).to.have.lengthOf(3)
    // what they served counts
    expect(withholders.some(({ acknowledged = 0 }) => acknowledged > 0)).to.equal(true)
    expect(outcome.cheaters).to.include({ count: 3, gained: 0, unit: 'bytes' })

    expect(doctored(keyWithholders, outcome, peer => isHonest(peer) ? { finished: undefined } : {})).to.deep.equal(['every honest client finishes'])
    expect(doctored(keyWithholders, outcome, peer => isHonest(peer) ? {} : { acknowledged: 2, earned: 12 })).to.deep.equal(['who withholds keys earns by nothing but what it served'])
    expect(doctored(keyWithholders, outcome, peer => isHonest(peer) ? { wasted: 100 * BLOCK } : {})).to.deep.equal(['honest clients lose little but time'])
    expect(doctored(keyWithholders, outcome, () => ({}), { server: { ...outcome.server, copies: 100 }, load: { cpu: 1, lag: 0, lateness: 0 } })).to.deep.equal(['the server uploads little more than without them'])
    // others step in by the clock
    expect(doctored(keyWithholders, outcome, () => ({}), { server: { ...outcome.server, copies: 2 }, load: { cpu: 1, lag: 900, lateness: 0.5 } })).to.deep.equal([])
  })
})
