import { lootOf } from '../behaviours/ticket-thief.ts'
import { allHaveIt, atMost, isHonest, until } from './endings.ts'
import { mixedCrowd, sides, total } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import type { Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

/** A ticket is bound to an identity, which the channel proves: a copy of it opens nothing, at no node. */
export const stolenTickets: Scenario = {
  name: 'stolen-tickets',
  title: 'Stolen tickets',
  summary: 'A part of the clients may not have the object, and shows copies of other clients\' tickets to the server and to all clients.',
  defaults: { peers: 24, size: 16 * 2 ** 20, part: 0.25, composition: { policy: 'list' } },
  plan: init => mixedCrowd(init, 'ticket-thief'),
  act: async swarm => {
    const honest = swarm.plan.peers.filter(isHonest)
    const thieves = swarm.plan.peers.length - honest.length
    const loot = lootOf(swarm)
    await allHaveIt(honest, swarm)
    // each at the server and at all clients but its victim
    await until(() => loot.tried >= thieves * honest.length, swarm)
    const answers = [...loot.answers].map(([answer, times]) => `${times} ${answer}`)

    return [
      { what: 'a stolen ticket opens no session', holds: loot.tried > 0 && loot.admitted === 0, found: [`${loot.admitted} of ${loot.tried}`, ...answers].join(', '), allowed: 'none' },
      atMost('thieves get no byte of a block', loot.bytes, 0, 'bytes')
    ]
  },
  cheaters: outcome => ({ count: sides(outcome).cheaters.length, gained: stolen(outcome), allowed: 0, honestLost: 0, unit: 'bytes' }),
  check: outcome => [
    ...everybodyFinishes(outcome),
    atMost('thieves fetch nothing', stolen(outcome), 0, 'bytes')
  ]
}

/** Bytes of verified blocks */
function stolen (outcome: Outcome): number {
  return total(sides(outcome).cheaters, ({ fromServer, fromPeers, finished }) => fromServer + fromPeers + (finished == null ? 0 : outcome.size))
}
