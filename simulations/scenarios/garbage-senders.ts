import { FIRST_WINDOW } from '../../src/swarm/constants.ts'
import { mixedCrowd, sides, total } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

/**
 * Blocks that one false provider brings a recipient in vain at most: the window of requests that each provider begins with, doubled while the first block comes, and
 * once more while that one waits for hashes which another provider was asked for.
 */
const WINDOW = 4 * FIRST_WINDOW

export const garbageSenders: Scenario = {
  name: 'garbage-senders',
  title: 'Garbage senders',
  summary: 'A part of the clients sends blocks that are false. Each of them is left after one; nothing false is written, and with mode proof or purchase the sessions are void and earn nothing.',
  defaults: { peers: 40, size: 16 * 2 ** 20, part: 0.25 },
  plan: init => mixedCrowd(init, 'garbage-sender'),

  cheaters: outcome => {
    const { honest, cheaters } = sides(outcome)

    return { count: cheaters.length, gained: total(cheaters, ({ earned }) => earned), allowed: 0, honestLost: total(honest, ({ wasted }) => wasted), unit: 'bytes' }
  },

  check: outcome => [...everybodyFinishes(outcome), nobodyElseDropped(outcome), lostLittle(outcome), ...earnsNothing(outcome)]
}

function nobodyElseDropped (outcome: Outcome): Finding {
  const { honest, cheaters } = sides(outcome)
  const most = Math.max(...honest.map(({ dropped }) => dropped))

  return {
    what: 'nobody is left but those who send garbage',
    holds: most <= cheaters.length,
    found: `at most ${most} providers by one client, ${total(honest, ({ dropped }) => dropped)} times in all`,
    allowed: `${cheaters.length} for each`
  }
}

function lostLittle (outcome: Outcome): Finding {
  const { honest, cheaters } = sides(outcome)
  const { blockSize } = outcome.composition
  const lost = Math.max(...honest.map(({ wasted }) => wasted)) / blockSize

  return {
    what: 'a false provider costs a window of requests, once',
    holds: lost <= WINDOW * cheaters.length,
    found: `at most ${lost.toFixed(1)} blocks came to one client in vain`,
    allowed: `${WINDOW * cheaters.length}: ${WINDOW} of each of them`
  }
}

function earnsNothing (outcome: Outcome): Finding[] {
  if (outcome.composition.mode === 'plain') {
    return []
  }

  const earned = total(sides(outcome).cheaters, ({ earned }) => earned)

  return [{ what: 'who sends garbage earns nothing', holds: earned <= 0, found: `${earned} units`, allowed: '0' }]
}
