import { LINKS } from '../network/index.ts'
import { clients, everybodyFinishes, fewCopies, limited } from './plans.ts'
import type { Scenario } from '../harness/scenario.ts'

/** Clients that are there on average, if each took as long as its own uplink takes for the object */
const CROWD = 6

/**
 * Now and then everybody has left who had all of it. At random, so a few clients may need more than their part of what the server would
 * send to each of them alone.
 */
const MAX_PART = 0.1
const LEAST_COPIES = 2.5

export const steadyArrivals: Scenario = {
  name: 'steady-arrivals',
  title: 'Steady arrivals',
  summary: 'Clients come one after the other, at random (a Poisson process), stay for a while when they are done, and leave: the object stays alive among those who are there.',
  defaults: { peers: 40, size: 16 * 2 ** 20 },

  plan: ({ peers, size, link = LINKS.cable, random }) => {
    // milliseconds in which an uplink passes on all of the object
    const turn = 1000 * size / link.up
    let time = 0

    return limited({
      size,
      server: { link },
      peers: clients(peers, index => {
        time += index === 0 ? 0 : random.exponential(turn / CROWD)

        return { link, arrives: time, stays: random.exponential(turn) }
      }),
      events: []
    })
  },

  check: outcome => [...everybodyFinishes(outcome), fewCopies(outcome, Math.max(LEAST_COPIES, MAX_PART * outcome.peers.length))]
}
