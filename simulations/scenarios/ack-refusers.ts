import { FREE_SESSIONS, MAX_BACK_OFF } from '../../src/exchange/constants.ts'
import { mixedCrowd, sides, total } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import type { Finding, Outcome, PeerOutcome } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'

export const ackRefusers: Scenario = {
  name: 'ack-refusers',
  title: 'Acknowledgement refusers',
  summary: 'A part of the clients fetches sealed blocks and acknowledges none. It has no key, so nothing of the object; each provider gives it one block a session, and after a few sessions hardly any more of these.',
  defaults: { peers: 40, size: 16 * 2 ** 20, part: 0.25, composition: { mode: 'proof' } },
  modes: ['proof', 'purchase'],
  plan: init => mixedCrowd(init, 'ack-refuser'),

  cheaters: outcome => {
    const { cheaters } = sides(outcome)

    return { count: cheaters.length, gained: total(cheaters, opened), allowed: 0, honestLost: total(cheaters, ({ received }) => received), unit: 'bytes' }
  },

  check: outcome => [...everybodyFinishes(outcome), haveNothing(outcome), costLittle(outcome)]
}

/** Bytes of blocks that it has the keys of */
function opened ({ fromServer, fromPeers }: PeerOutcome): number {
  return fromServer + fromPeers
}

function haveNothing (outcome: Outcome): Finding {
  const { cheaters } = sides(outcome)
  const bytes = total(cheaters, opened)
  const done = cheaters.filter(({ finished }) => finished != null).length

  return {
    what: 'who acknowledges nothing has nothing',
    holds: bytes === 0 && done === 0,
    found: `${bytes} bytes; ${done} are done`,
    allowed: '0 bytes; 0 are done'
  }
}

/**
 * One sealed block in each session that the server and every other client let it open; besides, what an honest client receives that is not blocks.
 */
function costLittle (outcome: Outcome): Finding {
  const { peers, composition: { blockSize }, duration } = outcome
  const { honest, cheaters } = sides(outcome)
  const control = Math.max(...honest.map(({ received, wasted, ...peer }) => received - wasted - opened(peer as PeerOutcome)))
  const sessions = peers.length * unpaidSessions(duration)
  const most = Math.max(...cheaters.map(({ received }) => received))

  return {
    what: 'it costs each provider a block for each of a few sessions',
    holds: most <= sessions * blockSize + control,
    found: `at most ${Math.ceil(most / blockSize)} blocks to one of them, all that was sent included`,
    allowed: `${sessions} of ${peers.length} providers, besides ${Math.ceil(control / 1024)} KiB of everything else`
  }
}

/**
 * How many sessions one provider lets a recipient have that pays for none, within so many seconds: some are free; then it has to wait before each, twice as long each
 * time, see `EarnedWindows`.
 */
export function unpaidSessions (seconds: number): number {
  let sessions = FREE_SESSIONS

  for (let pause = 2_000, time = pause; time <= 1000 * seconds; time += pause) {
    sessions++
    pause = Math.min(MAX_BACK_OFF, 2 * pause)
  }

  return sessions
}
