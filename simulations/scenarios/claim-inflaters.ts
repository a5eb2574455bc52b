import { liesOf } from '../behaviours/claim-inflater.ts'
import { allClaim, allHaveIt, atMost, balancedBooks, isHonest } from './endings.ts'
import { mixedCrowd, sides } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import { overpaid, underpaid, worthOfDuplicates } from './worth.ts'
import type { Scenario } from '../harness/scenario.ts'

/** Providers that claim more than they have served gain nothing: what counts is what recipients have signed. */
export const claimInflaters: Scenario = {
  name: 'claim-inflaters',
  title: 'Claim inflaters',
  summary: 'A part of the clients serves honestly and claims more than was acknowledged: higher counts, other blocks, sessions of others, everything twice.',
  defaults: { peers: 24, size: 16 * 2 ** 20, part: 0.5, composition: { mode: 'proof' } },
  modes: ['proof', 'purchase'],
  plan: init => mixedCrowd(init, 'claim-inflater'),
  act: async swarm => {
    await allHaveIt(swarm.plan.peers.filter(isHonest), swarm)
    await allClaim(swarm)
    const { told: ways, believed } = liesOf(swarm)
    const told = [...ways.values()].reduce((sum, times) => sum + times, 0)

    return [
      { what: 'false claims are made', holds: told > 0, found: `${told}, in ${ways.size} ways`, allowed: 'some' },
      { what: 'no false claim is believed', holds: believed.length === 0, found: [`${believed.length} of ${told}`, ...believed.slice(0, 3)].join('; '), allowed: 'none' },
      balancedBooks(swarm)
    ]
  },
  cheaters: outcome => ({
    count: sides(outcome).cheaters.length,
    gained: overpaid(outcome),
    allowed: 0,
    honestLost: Math.max(0, underpaid(outcome) - worthOfDuplicates(outcome)),
    unit: 'units'
  }),
  check: outcome => [
    ...everybodyFinishes(outcome),
    atMost('inflaters get nothing beyond what was acknowledged to them', overpaid(outcome), 0, 'units'),
    atMost('honest providers lose nothing but what came twice', underpaid(outcome), worthOfDuplicates(outcome), 'units')
  ]
}
