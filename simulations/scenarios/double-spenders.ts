import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyEvidence } from '../../src/judge/index.ts'
import { Access } from '../../src/server/index.ts'
import { withHome } from '../behaviours/insides.ts'
import { unservedOf } from '../behaviours/unserved.ts'
import { allClaim, allHaveIt, atMost, balancedBooks, isHonest } from './endings.ts'
import { mixedCrowd, sides } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import { underpaid, unpaid } from './worth.ts'
import type { Finding } from '../harness/outcome.ts'
import type { RunningSwarm } from '../harness/running-swarm.ts'
import type { Scenario } from '../harness/scenario.ts'

/** A spender and an accomplice. */
const MIN_SPENDERS = 2

/**
 * Spenders sign each coin to an accomplice, who claims first, and to whoever gives them a block. The one is paid from the price, the other from the bond; the spender has paid for both, and gets no ticket any more.
 */
export const doubleSpenders: Scenario = {
  name: 'double-spenders',
  title: 'Double spenders',
  summary: 'A part of the clients spends every coin twice: with whoever gives them the block, and with an accomplice who gives nothing and claims first.',
  defaults: { peers: 24, size: 16 * 2 ** 20, part: 0.25, composition: { mode: 'purchase' } },
  modes: ['purchase'],
  nodes: { revocationInterval: 1_000, claimInterval: 2_000 },
  plan: init => mixedCrowd({ ...init, part: Math.max(init.part ?? 0, MIN_SPENDERS / init.peers) }, 'double-spender'),
  act: async swarm => {
    await allHaveIt(swarm.plan.peers.filter(isHonest), swarm)
    await allClaim(swarm)
    const { claims, credited } = unservedOf(swarm)

    return [
      { what: 'accomplices come first', holds: credited > 0, found: `${credited} coins in ${claims} claims`, allowed: 'some' },
      ...await convictions(swarm),
      balancedBooks(swarm)
    ]
  },
  cheaters: outcome => ({
    count: sides(outcome).cheaters.length,
    gained: unpaid(outcome),
    allowed: 0,
    honestLost: underpaid(outcome),
    unit: 'units'
  }),
  check: outcome => [
    ...everybodyFinishes(outcome),
    atMost('honest providers are paid, from the bond if need be', underpaid(outcome), 0, 'units'),
    atMost('spenders and accomplices together have paid for all that they got', unpaid(outcome), 0, 'units')
  ]
}

/** Whoever has spent a coin with an honest client as well is barred, and there is proof of it; nobody else is. */
async function convictions (swarm: RunningSwarm): Promise<Finding[]> {
  const { plan: { peers }, clients, server, object } = swarm
  const spenders = peers.filter(peer => !isHonest(peer)).flatMap(({ name }) => clients.get(name) ?? [])
  const honest = peers.filter(isHonest).flatMap(({ name }) => clients.get(name) ?? [])
  const paidTwice = new Set(honest.flatMap(({ node }) => node.services.mssl.receipts().map(({ recipient }) => recipient.toString())))
  const guilty = spenders.map(({ node }) => node.peerId.toString()).filter(peer => paidTwice.has(peer))
  const barred = await withHome(server, home => {
    const access = new Access(home.database())

    return peers.flatMap(({ name }) => clients.get(name) ?? []).filter(({ node }) => access.decision(node.peerId, object.id) === 'double-spend').map(({ node }) => node.peerId.toString())
  })
  const folder = join(server.home, 'evidence')
  const names = await readdir(folder).catch(() => [])
  const evidence = await Promise.all(names.map(async name => verifyEvidence(await readFile(join(folder, name)))))
  const proven = new Set(evidence.filter(({ kind }) => kind === 'double-spend').map(({ accused }) => accused.toString()))
  const innocent = [...new Set([...barred, ...proven])].filter(peer => !spenders.some(({ node }) => node.peerId.toString() === peer))

  return [
    {
      what: 'who spent a coin with two clients is barred, with evidence that anybody can verify',
      holds: guilty.length > 0 && guilty.every(peer => barred.includes(peer) && proven.has(peer)),
      found: `${guilty.filter(peer => barred.includes(peer)).length} barred, ${guilty.filter(peer => proven.has(peer)).length} proven`,
      allowed: `${guilty.length} of ${spenders.length} spenders, who were served by an honest client`
    },
    { what: 'nobody else is', holds: innocent.length === 0, found: `${innocent.length}`, allowed: 'none' }
  ]
}
