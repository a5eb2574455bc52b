import { unservedOf } from '../behaviours/unserved.ts'
import { allClaim, allHaveIt, atMost, balancedBooks, isHonest } from './endings.ts'
import { mixedCrowd, sides, total } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import { objectWorth, overpaid, underpaid, unpaid, worthFromPeers, worthOfDuplicates } from './worth.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

/** Members of a ring at least: two are a pair of double spenders. */
const MIN_RING = 3

/** A coin is paid from the price, and once more from the bond. */
const TIMES_PAID = 2

/**
 * Members of rings sign for each other for blocks that never moved. What binds them is arithmetic: a block of a ticket is credited once, so all that rings can have of credit is one object's worth for each member; it may be
 * what an honest provider would have had. Money they move among themselves, less the fee. Where that leaves nothing for those who serve them, these have lost what they sent until the members' tickets were taken back.
 */
export const colludingRings: Scenario = {
  name: 'colluding-rings',
  title: 'Colluding rings',
  summary: 'Rings of three to five clients sign for each other for all blocks, none of which has moved, and claim before those who really served them.',
  defaults: { peers: 24, size: 16 * 2 ** 20, part: 0.4, composition: { mode: 'proof' } },
  modes: ['proof', 'purchase'],
  nodes: { revocationInterval: 1_000 },
  plan: init => mixedCrowd({ ...init, part: Math.max(init.part ?? 0, MIN_RING / init.peers) }, 'colluder'),
  act: async swarm => {
    await allHaveIt(swarm.plan.peers.filter(isHonest), swarm)
    await allClaim(swarm)
    const { claims, credited } = unservedOf(swarm)
    const members = swarm.plan.peers.filter(peer => !isHonest(peer)).length
    const times = swarm.composition.mode === 'purchase' ? TIMES_PAID : 1

    return [
      { what: 'claims are made for blocks that never moved', holds: credited > 0, found: `${claims} claims, ${credited} blocks`, allowed: 'some' },
      atMost('each ticket is good for its object, however often it is signed for', credited, times * members * swarm.object.blockCount, 'blocks'),
      balancedBooks(swarm)
    ]
  },
  cheaters: outcome => ({
    count: sides(outcome).cheaters.length,
    gained: gained(outcome),
    allowed: allowed(outcome),
    honestLost: underpaid(outcome),
    unit: 'units'
  }),
  check: outcome => [
    ...everybodyFinishes(outcome),
    atMost('rings gain at most one object for each member', gained(outcome), allowed(outcome), 'units'),
    atMost('honest providers lose at most what they served to members', underpaid(outcome), worthFromPeers(outcome) + worthOfDuplicates(outcome), 'units'),
    ...outcome.composition.mode === 'purchase' ? [moneyIsMadeByNobody(outcome)] : []
  ]
}

/** One object for each member. */
function allowed (outcome: Outcome): number {
  return sides(outcome).cheaters.length * objectWorth(outcome)
}

/** Credit beyond that for blocks that did move; of money, what it did not pay for. */
function gained (outcome: Outcome): number {
  return outcome.composition.mode === 'purchase' ? unpaid(outcome) : overpaid(outcome)
}

function moneyIsMadeByNobody ({ peers }: Outcome): Finding {
  const earned = total(peers, peer => peer.earned)
  const paid = total(peers, peer => peer.paid)

  return { what: 'all clients together earn no more than they pay', holds: earned <= paid, found: `${earned} units`, allowed: `at most ${paid} units` }
}
