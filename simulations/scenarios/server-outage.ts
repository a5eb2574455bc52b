import { clients, everybodyFinishes, fewCopies, limited } from './plans.ts'
import type { Finding, Outcome, Series } from '../harness/outcome.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

/** What the server sends, in copies of the object, until it dies, about; and how long it is away, in the time that a copy takes */
const COPIES_BEFORE = 1.2
const AWAY = 1.5

/** Milliseconds: tickets and first sessions take some time; who sells waits for the server for a minute at most */
const SETTLING = 1_500
const LEAST_AWAY = 3_000
const MOST_AWAY = 30_000

/** Clients' uplinks are slower than the server's by this: when it has sent a copy, they have much to give each other. */
const SLOWER = 4

/** What has to move among them meanwhile: a part of the object, over all clients */
const LEAST_PROGRESS = 0.25

/** It comes back to clients that miss some blocks each */
const MAX_COPIES = 2.5

const LINK = { up: 2 * 2 ** 20, down: 2 * 2 ** 20, delay: 20 }

/** Milliseconds since the begin. */
function outage (size: number, server: Link): { at: number, until: number } {
  const copy = 1000 * size / server.up
  const at = SETTLING + COPIES_BEFORE * copy

  return { at, until: at + Math.min(MOST_AWAY, Math.max(LEAST_AWAY, AWAY * copy)) }
}

export const serverOutage: Scenario = {
  name: 'server-outage',
  title: 'Server outage',
  summary: 'The server dies when about one copy of the object has left it, and comes back later: clients have their tickets, and go on with each other meanwhile.',
  defaults: { peers: 30, size: 32 * 2 ** 20 },

  plan: ({ peers, size, link = LINK }) => limited({
    size,
    server: { link },
    peers: clients(peers, () => ({ link: { ...link, up: link.up / SLOWER }, arrives: 0, stays: Infinity })),
    events: [{ kind: 'outage', ...outage(size, link) }]
  }),

  check: outcome => [...everybodyFinishes(outcome), fewCopies(outcome, MAX_COPIES), progress(outcome)]
}

function progress ({ size, server, peerRate }: Outcome): Finding {
  const { at, until } = outage(size, server.link)
  const moved = sent(peerRate, at, until)
  const least = LEAST_PROGRESS * size

  return {
    what: 'clients go on while the server is away',
    holds: moved >= least,
    found: `${(moved / size).toFixed(2)} copies moved among them`,
    allowed: `at least ${LEAST_PROGRESS}`
  }
}

/** Bytes that were sent between two times, in milliseconds: of the spans of time that lie between them. */
function sent (rate: Series, from: number, to: number): number {
  return rate.reduce((sum, [time, value], n) => {
    const before = rate[n - 1]?.[0]

    return before == null || 1000 * before < from || 1000 * time > to ? sum : sum + value * (time - before)
  }, 0)
}
