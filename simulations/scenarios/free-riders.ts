import { mixedCrowd, sides } from './mixed-crowd.ts'
import { everybodyFinishes, timely } from './plans.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

/** What went to free riders alone, the server sends again; it takes as long as that until one knows. */
const MAX_TIMES_BOUND = 4

export const freeRiders: Scenario = {
  name: 'free-riders',
  title: 'Free riders',
  summary: 'A part of the clients fetches and gives nothing to anybody. The others finish all the same, and with mode proof or purchase it is they who earn.',
  defaults: { peers: 40, size: 16 * 2 ** 20, part: 0.5 },
  plan: init => mixedCrowd(init, 'free-rider'),
  check: outcome => [...everybodyFinishes(outcome), ...timely(outcome, MAX_TIMES_BOUND), ...earnsNothing(outcome)]
}

function earnsNothing (outcome: Outcome): Finding[] {
  if (outcome.composition.mode === 'plain') {
    return []
  }

  const earned = sides(outcome).cheaters.filter(({ earned = 0 }) => earned > 0).length

  return [{ what: 'who gives nothing earns nothing', holds: earned === 0, found: `${earned} earned something`, allowed: '0' }]
}
