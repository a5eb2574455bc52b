import { clients, everybodyFinishes, fewCopies, limited, timely } from './plans.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

const MAX_COPIES = 1.2
const MAX_TIMES_BOUND = 1.5

/** Bytes per second that one machine plays with ease, all clients' downlinks together. */
const MACHINE_RATE = 16 * 2 ** 20
const MOST_RATE = 2 ** 20
const DELAY = 20

/** Milliseconds between two clients, and from the first to the last at most: they all ask at once, but one process makes their connections one after the other. */
const NEXT_CLIENT = 50
const ALL_CLIENTS = 10_000

/** Not so fast that the machine would be what is measured. */
function defaultLink (peers: number): Link {
  const rate = Math.min(MOST_RATE, Math.floor(MACHINE_RATE / Math.max(1, peers)))

  return { up: rate, down: rate, delay: DELAY }
}

export const flashCrowd: Scenario = {
  name: 'flash-crowd',
  title: 'Flash crowd',
  summary: 'All clients ask at once, over links that are equal to the server\'s, both ways: the server sends little more than one copy, and nobody waits much longer than the links make them.',
  defaults: { peers: 40, size: 32 * 2 ** 20 },

  plan: ({ peers, size, link = defaultLink(peers) }) => limited({
    size,
    server: { link },
    peers: clients(peers, index => ({ link, arrives: Math.min(NEXT_CLIENT, ALL_CLIENTS / peers) * index, stays: Infinity })),
    events: []
  }),

  check: outcome => [...everybodyFinishes(outcome), fewCopies(outcome, MAX_COPIES), ...timely(outcome, MAX_TIMES_BOUND)]
}
