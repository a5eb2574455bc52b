import { MAX_OFFENCES } from '../../src/swarm/constants.ts'
import { keptUp } from '../harness/machine-load.ts'
import { blocksEarned, mixedCrowd, sides, total } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

/** What the server uploads when all are honest, as a flash crowd shows it: copies at most. */
const HONEST_COPIES = 1.2

/** Blocks that it may upload besides: what two clients ask for at the same moment makes more of a copy the smaller the object is. */
const FEW_BLOCKS = 4

export const keyWithholders: Scenario = {
  name: 'key-withholders',
  title: 'Key withholders',
  summary: 'A part of the clients serves sealed blocks, takes the acknowledgements, and never gives the keys. The server gives these: the others lose nothing but time, and whoever withholds earns what it served, and nothing more.',
  defaults: { peers: 30, size: 8 * 2 ** 20, part: 0.2, composition: { mode: 'proof' } },
  modes: ['proof', 'purchase'],
  plan: init => mixedCrowd(init, 'key-withholder'),

  cheaters: outcome => {
    const { honest, cheaters } = sides(outcome)

    return {
      count: cheaters.length,
      gained: Math.max(0, unearned(outcome)) * outcome.composition.blockSize,
      allowed: 0,
      honestLost: total(honest, ({ wasted }) => wasted),
      unit: 'bytes'
    }
  },

  check: outcome => [...everybodyFinishes(outcome), earnedAsServed(outcome), lostLittle(outcome), ...serverUpload(outcome)]
}

/** Blocks that withholders earned by, beyond those that were acknowledged to them. */
function unearned (outcome: Outcome): number {
  return sides(outcome).cheaters.reduce((sum, peer) => sum + Math.max(0, blocksEarned(peer, outcome) - (peer.acknowledged ?? 0)), 0)
}

function earnedAsServed (outcome: Outcome): Finding {
  const { cheaters } = sides(outcome)
  const acknowledged = total(cheaters, ({ acknowledged }) => acknowledged)
  const earned = cheaters.reduce((sum, peer) => sum + blocksEarned(peer, outcome), 0)

  return {
    what: 'who withholds keys earns by nothing but what it served',
    holds: unearned(outcome) <= 0,
    found: `by ${Math.round(earned)} blocks`,
    allowed: `the ${acknowledged} that were acknowledged`
  }
}

/**
 * A block that was acknowledged may come a second time, from somebody who was asked while the key was waited for. What is not acknowledged yet when a provider is left
 * is as much as what was, and one, in each session (`grownWindow` of the exchange), and after `MAX_OFFENCES` sessions nobody comes again.
 */
function lostLittle (outcome: Outcome): Finding {
  const { peers, composition: { blockSize } } = outcome
  const { honest, cheaters } = sides(outcome)
  const lost = total(honest, ({ wasted }) => wasted) / blockSize
  const most = 2 * total(cheaters, ({ acknowledged }) => acknowledged) + MAX_OFFENCES * cheaters.length * (peers.length - 1)

  return {
    what: 'honest clients lose little but time',
    holds: lost <= most,
    found: `${lost.toFixed(1)} blocks came in vain`,
    allowed: `at most ${most}: windows of ${MAX_OFFENCES} sessions with each withholder`
  }
}

/**
 * The server gives keys, not blocks. What it uploaded to one that withholds, and that is asked no more, goes out again: so does a part of that, and so on. It also steps
 * in where peers are too slow, which they all are on a machine that is.
 */
function serverUpload (outcome: Outcome): Finding[] {
  const { server: { copies }, peers, size, composition: { blockSize } } = outcome
  const part = sides(outcome).cheaters.length / peers.length
  const most = HONEST_COPIES / (1 - part) + FEW_BLOCKS * blockSize / size

  return !keptUp(outcome)
    ? []
    : [{
        what: 'the server uploads little more than without them',
        holds: copies <= most,
        found: `${copies.toFixed(3)} copies`,
        allowed: `at most ${most.toFixed(3)}: ${HONEST_COPIES}, again what went to those who keep it, and ${FEW_BLOCKS} blocks`
      }]
}
