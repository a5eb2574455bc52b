import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Pins } from '../../src/client/index.ts'
import { parseLink } from '../../src/link/index.ts'
import { withHome } from '../behaviours/insides.ts'
import { allHaveIt, atMost, until } from './endings.ts'
import { clients, everybodyFinishes, limited, linkFor } from './plans.ts'
import type { Outcome } from '../harness/outcome.ts'
import type { SwarmNode } from '../harness/running-swarm.ts'
import type { PlanInit, Scenario } from '../harness/scenario.ts'

/** Milliseconds between two looks of a client at the server's revocation list, with which it hears of the new key; a minute is the library's default. */
const REVOCATION_INTERVAL = 1_000

/** Seconds that the transfer takes at least, so that it is under way when the key rotates, whatever the size. */
const TRANSFER = 5

/** Milliseconds from the begin: the first half has begun, the key rotates, the other half comes, with the link of before. */
const ARRIVALS = 500
const ROTATED_AT = 2_000
const LATE_ARRIVALS = 2_200

/** The operator replaces the server's key in mid-transfer: the old one vouches for the new one, and nobody has to do anything. */
export const keyRotation: Scenario = {
  name: 'key-rotation',
  title: 'A server key that rotates',
  summary: 'In mid-transfer the operator replaces the key that signs for the server; half of the clients come later, with the link of before.',
  defaults: { peers: 24, size: 16 * 2 ** 20 },
  nodes: { revocationInterval: REVOCATION_INTERVAL },
  plan: ({ peers, size, random, link = linkFor(size, TRANSFER) }: PlanInit) => limited({
    size,
    server: { link },
    peers: clients(peers, index => ({ link, arrives: (index < peers / 2 ? 0 : LATE_ARRIVALS) + random.next() * ARRIVALS, stays: Infinity })),
    events: [{ at: ROTATED_AT, kind: 'rotate' }]
  }),
  act: async swarm => {
    const { plan: { peers }, object, server } = swarm
    const before = await epochOf(server, object.link)
    await swarm.at(ROTATED_AT)
    const underWay = [...swarm.clients.values()].filter(({ node }) => !node.services.mssl.list().some(({ complete }) => complete)).length
    const nodes = await allHaveIt(peers, swarm)
    const after = await epochOf(server, object.link)
    const epochs = new Map<string, number | undefined>()
    const look = async (): Promise<void> => {
      await Promise.all(nodes.map(async node => { epochs.set(node.name, await epochOf(node, object.link)) }))
    }
    await look()
    const known = setInterval(() => { void look() }, REVOCATION_INTERVAL)

    try {
      await until(() => nodes.every(({ name }) => epochs.get(name) === after), swarm)
    } finally {
      clearInterval(known)
    }

    const conflicts = await Promise.all([server, ...nodes].map(async ({ home }) => (await readdir(join(home, 'conflicts')).catch(() => [])).length))

    return [
      { what: 'the key rotates in mid-transfer', holds: after === (before ?? 0) + 1 && underWay > 0, found: `key ${before} became ${after}, ${underWay} transfers under way`, allowed: 'some under way' },
      { what: 'all clients, old and new, go by the new key in the end', holds: nodes.every(({ name }) => epochs.get(name) === after), found: `${nodes.filter(({ name }) => epochs.get(name) === after).length} of ${nodes.length}`, allowed: 'all' },
      atMost('nobody sees a conflict', conflicts.reduce((sum, count) => sum + count, 0), 0, 'conflicts')
    ]
  },
  check: (outcome: Outcome) => everybodyFinishes(outcome)
}

/** How often the server's key was rotated, as far as a node knows. */
async function epochOf (node: SwarmNode, link: string): Promise<number | undefined> {
  return withHome(node, async home => (await Pins.open(home)).trusted(parseLink(link).fingerprint)?.epoch)
}
