import { expect } from 'aegir/chai'
import { unservedOf } from '../../../simulations/behaviours/unserved.ts'
import { colludingRings } from '../../../simulations/scenarios/colluding-rings.ts'
import { expectFinding } from './fixtures.ts'
import { doctored, one, runSmall } from './small-run.ts'

/** Credit for all blocks of the object */
const OBJECT = 32 * 4

describe('simulations: colluding-rings', function () {
  this.timeout(120_000)

  it('mint one object for each member at most', async () => {
    const { scenario, again } = doctored(colludingRings, swarm => { unservedOf(swarm).credited += 1_000 })
    const outcome = await runSmall(scenario)

    expect(outcome.cheaters).to.deep.include({ count: 3, unit: 'units' })
    // it does work
    expect(outcome.cheaters?.gained).to.be.within(1, 3 * OBJECT)
    expect(again).to.deep.equal(['each ticket is good for its object, however often it is signed for'])

    expectFinding(colludingRings, outcome, outcome => { one(outcome, true).earned = 10 * OBJECT }, 'rings gain at most one object for each member')
    expectFinding(colludingRings, outcome, outcome => { Object.assign(one(outcome, false), { acknowledged: 1_000_000 }) }, 'honest providers lose at most what they served to members')
  })

  it('make no money', async () => {
    const outcome = await runSmall(colludingRings, { composition: { mode: 'purchase' } })

    expect(outcome.cheaters?.gained).to.be.at.most(3 * outcome.composition.price)
    expectFinding(colludingRings, outcome, outcome => { one(outcome, false).earned = 100 * outcome.composition.price }, 'all clients together earn no more than they pay')
    expectFinding(colludingRings, outcome, outcome => { Object.assign(one(outcome, true), { fromPeers: 10 * outcome.size }) }, 'rings gain at most one object for each member')
  })
})
