/**
 * A scenario of one's own: a class of pupils opens the same lesson. They share one narrow line to the internet, and a third of them closes the laptop as soon as the lesson is there.
 */
import { clients, everybodyFinishes, LINKS, limited, runScenario } from '../index.ts'
import type { Outcome, RunOptions, Scenario } from '../index.ts'

/** Milliseconds in which the last one has found the page */
const OPENING = 3_000

export const classroom: Scenario = {
  name: 'classroom',
  title: 'A class opens a lesson',
  summary: 'Pupils on one school\'s network ask a server far away for the same lesson.',
  defaults: { peers: 12, size: 4 * 2 ** 20, composition: { encryption: 'none' } },

  // what happens is drawn from `random` alone, so that the same seed gives the same lesson
  plan: ({ peers, size, link = LINKS.fibre, random }) => limited({
    size,
    server: { link: { up: 2 ** 20, down: 2 ** 20, delay: 40 } },
    peers: clients(peers, () => ({
      link,
      arrives: random.next() * OPENING,
      stays: random.next() < 1 / 3 ? 0 : Infinity
    })),
    events: []
  }),

  check: outcome => [
    ...everybodyFinishes(outcome),
    {
      what: 'the line to the internet carries the lesson about once',
      holds: outcome.server.copies < 2,
      found: outcome.server.copies.toFixed(2),
      allowed: 'less than 2'
    }
  ]
}

/** Runs it; `findings` of the outcome say what holds. */
export async function runClassroom (options: RunOptions = {}): Promise<Outcome> {
  return runScenario(classroom, options)
}
