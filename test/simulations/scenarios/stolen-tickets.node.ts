import { expect } from 'aegir/chai'
import { lootOf } from '../../../simulations/behaviours/ticket-thief.ts'
import { stolenTickets } from '../../../simulations/scenarios/stolen-tickets.ts'
import { expectFinding } from './fixtures.ts'
import { doctored, one, runSmall } from './small-run.ts'

describe('simulations: stolen-tickets', function () {
  this.timeout(120_000)

  it('open nothing, at no node', async () => {
    const { scenario, again } = doctored(stolenTickets, swarm => {
      lootOf(swarm).admitted++
      lootOf(swarm).bytes++
    })
    const outcome = await runSmall(scenario)

    expect(outcome.cheaters).to.deep.equal({ count: 2, gained: 0, allowed: 0, honestLost: 0, unit: 'bytes' })
    // two thieves, at the server and five of six clients each
    expect(outcome.findings.find(({ what }) => what === 'a stolen ticket opens no session')?.found).to.equal('0 of 12, 12 BLOCK_TICKET_INVALID')
    expect(again).to.deep.equal(['a stolen ticket opens no session', 'thieves get no byte of a block'])
    expectFinding(stolenTickets, outcome, outcome => { one(outcome, true).fromPeers = 1 }, 'thieves fetch nothing')
  })
})
