import { LINKS } from '../network/index.ts'
import { clients, everybodyFinishes, fewCopies, limited } from './plans.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Random } from '../harness/random.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

/** What homes are attached by; parts of all */
const CABLE = 0.5
const DSL = 0.3

/** They come within the time that the server's uplink takes for this part of the object: who comes later has less to give to others */
const ARRIVALS = 0.5

const MAX_COPIES = 2

/** Part of the bytes that clients give each other at least */
const LEAST_FROM_PEERS = 0.6

/** Clients from which on most has to come from others: with a few, the server's copies are many of all. */
const CROWD = 6

function home (random: Random): Link {
  const kind = random.next()

  if (kind < CABLE) {
    return LINKS.cable
  }

  return kind < CABLE + DSL ? LINKS.dsl : LINKS.fibre
}

export const homeLinks: Scenario = {
  name: 'home-links',
  title: 'Home links',
  summary: 'Clients on cable, telephone lines and fibre, most of which send ten times more slowly than they receive, and a server on cable: everybody gives what its uplink has.',
  defaults: { peers: 30, size: 16 * 2 ** 20 },

  plan: ({ peers, size, link, random }) => {
    const server = link ?? LINKS.cable
    const arrivals = ARRIVALS * 1000 * size / server.up

    return limited({
      size,
      server: { link: server },
      peers: clients(peers, () => ({ link: link ?? home(random), arrives: random.next() * arrivals, stays: Infinity })),
      events: []
    })
  },

  check: outcome => [...everybodyFinishes(outcome), fewCopies(outcome, MAX_COPIES), ...mostFromPeers(outcome)]
}

function mostFromPeers ({ peers, fromPeers }: Outcome): Finding[] {
  return peers.length < CROWD
    ? []
    : [{
        what: 'most bytes come from other clients',
        holds: fromPeers >= LEAST_FROM_PEERS,
        found: `${(100 * fromPeers).toFixed(0)} %`,
        allowed: `at least ${100 * LEAST_FROM_PEERS} %`
      }]
}
