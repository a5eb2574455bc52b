import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { withHome } from '../../../simulations/behaviours/insides.ts'
import { doubleSpenders } from '../../../simulations/scenarios/double-spenders.ts'
import { Access } from '../../../src/server/index.ts'
import { expectFinding } from './fixtures.ts'
import { doctored, one, runSmall } from './small-run.ts'

describe('simulations: double-spenders', function () {
  this.timeout(120_000)

  it('pay for what they get, are barred, and harm nobody', async () => {
    const { scenario, again } = doctored(doubleSpenders, async ({ server, plan, clients }) => {
      await rm(join(server.home, 'evidence'), { recursive: true })
      const honest = plan.peers.find(({ behaviour }) => behaviour == null)?.name ?? ''
      await withHome(server, home => {
        new Access(home.database()).bar(clients.get(honest)?.node.peerId ?? server.node.peerId, 'double-spend')
      })
    })
    const outcome = await runSmall(scenario)

    expect(outcome.cheaters).to.deep.equal({ count: 2, gained: 0, allowed: 0, honestLost: 0, unit: 'units' })
    expect(again).to.deep.equal(['who spent a coin with two clients is barred, with evidence that anybody can verify', 'nobody else is'])

    expectFinding(doubleSpenders, outcome, outcome => { one(outcome, true).paid = 0 }, 'spenders and accomplices together have paid for all that they got')
    expectFinding(doubleSpenders, outcome, outcome => { Object.assign(one(outcome, false), { acknowledged: 1_000, earned: 0 }) }, 'honest providers are paid, from the bond if need be')
  })
})
