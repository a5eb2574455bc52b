import { clients, everybodyFinishes, fewCopies, limited } from './plans.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Random } from '../harness/random.ts'
import type { PeerPlan, Scenario } from '../harness/scenario.ts'

/** What becomes of clients, parts of all */
const LEAVES_FOR_GOOD = 0.15
const COMES_BACK = 0.5
/** Of those who finish: their share who leave at once */
const LEAVES_WHEN_DONE = 0.5
/** Who comes back may die again */
const DIES_AGAIN = 0.3

/** Milliseconds that every client has at first, and is away for at least: a process does not start in no time */
const SETTLING = 1_500
const LEAST_ABSENCE = 500

/** Each that dies takes with it what it was just being sent */
const MAX_COPIES = 2.5

/** Blocks that may have to come again when a process has died: they had come, and were not written yet. */
const LOST_BLOCKS = 8

const LINK = { up: 2 ** 20, down: 4 * 2 ** 20, delay: 20 }

export const heavyChurn: Scenario = {
  name: 'heavy-churn',
  title: 'Heavy churn',
  summary: 'Half of the clients die without a word while they download and come back later, some more than once; some never come back, and many leave the moment that they are done. Nothing that was written is fetched again.',
  defaults: { peers: 30, size: 24 * 2 ** 20 },

  plan: ({ peers, size, link = LINK, random }) => {
    // milliseconds that it takes when all goes well
    const span = SETTLING + 1000 * size / link.up

    return limited({
      size,
      server: { link },
      peers: clients(peers, () => {
        const arrives = random.next() * span / 2

        return { link, arrives, stays: random.next() < LEAVES_WHEN_DONE ? 0 : Infinity, outages: outages(arrives, span, random) }
      }),
      events: []
    })
  },

  check: outcome => [...everybodyFinishes(outcome), fewCopies(outcome, MAX_COPIES), nothingTwice(outcome)]
}

function outages (arrives: number, span: number, random: Random): PeerPlan['outages'] {
  const fate = random.next()
  const from = arrives + SETTLING + random.next() * (span - SETTLING)

  if (fate < LEAVES_FOR_GOOD) {
    return [{ from, to: Infinity }]
  }

  if (fate < LEAVES_FOR_GOOD + COMES_BACK) {
    const first = { from, to: from + LEAST_ABSENCE + random.exponential(span / 4) }
    const again = first.to + SETTLING + random.exponential(span / 4)

    return random.next() < DIES_AGAIN ? [first, { from: again, to: again + LEAST_ABSENCE + random.exponential(span / 4) }] : [first]
  }
}

/** That a client which comes back goes on where it was. */
function nothingTwice ({ peers, size, composition: { blockSize } }: Outcome): Finding {
  const allowed = size + LOST_BLOCKS * blockSize
  const most = peers.reduce((most, { fromServer, fromPeers }) => Math.max(most, fromServer + fromPeers), 0)

  return {
    what: 'what a client had before it died is not fetched again',
    holds: most <= allowed,
    found: `${(most / size).toFixed(2)} times the object at most`,
    allowed: `${(allowed / size).toFixed(2)} times: what was not written yet is lost`
  }
}
