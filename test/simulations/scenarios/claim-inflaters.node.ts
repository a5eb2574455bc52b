import { expect } from 'aegir/chai'
import { liesOf } from '../../../simulations/behaviours/claim-inflater.ts'
import { claimInflaters } from '../../../simulations/scenarios/claim-inflaters.ts'
import { expectFinding } from './fixtures.ts'
import { doctored, one, runSmall } from './small-run.ts'

describe('simulations: claim-inflaters', function () {
  this.timeout(120_000)

  it('gain nothing, and say so when they would', async () => {
    const { scenario, again } = doctored(claimInflaters, swarm => {
      expect([...liesOf(swarm).told.keys()]).to.have.members([
        'more blocks than were acknowledged', 'each block twice', 'other blocks than were acknowledged', 'other blocks, and their chain',
        'all blocks, signed in the recipient\'s name', 'a session of somebody else', 'a session of somebody else, with its own name in it'
      ])
      liesOf(swarm).believed.push('doctored')
    })
    const outcome = await runSmall(scenario)

    expect(outcome.cheaters).to.deep.include({ count: 4, gained: 0, unit: 'units' })
    expect(outcome.findings.map(({ what }) => what)).to.include.members(['no false claim is believed', 'the server\'s books balance to zero'])
    expect(again).to.deep.equal(['no false claim is believed'])

    expectFinding(claimInflaters, outcome, outcome => { one(outcome, true).earned = 1_000_000 }, 'inflaters get nothing beyond what was acknowledged to them')
    expectFinding(claimInflaters, outcome, outcome => {
      const { acknowledged = 0 } = one(outcome, false)
      Object.assign(one(outcome, false), { acknowledged: acknowledged + 1_000 })
    }, 'honest providers lose nothing but what came twice')
    expectFinding(claimInflaters, outcome, outcome => { one(outcome, false).finished = undefined }, 'every honest client finishes')
  })

  it('gain nothing in money', async () => {
    const outcome = await runSmall(claimInflaters, { composition: { mode: 'purchase' }, peers: 6 })
    expect(outcome.cheaters).to.deep.include({ count: 3, gained: 0, honestLost: 0 })
  })
})
