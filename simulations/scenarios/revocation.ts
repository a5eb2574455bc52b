import { RECHECK_INTERVAL } from '../../src/swarm/constants.ts'
import { SEND_BUFFER } from '../network/flow.ts'
import { allHaveIt, atMost } from './endings.ts'
import { arrivalsWithin, clients, everybodyFinishes, limited, linkFor, someOf } from './plans.ts'
import type { PeerOutcome } from '../harness/outcome.ts'
import type { RunningSwarm } from '../harness/running-swarm.ts'
import type { Plan, PlanInit, Scenario } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

/** Milliseconds between two looks of a client at the server's revocation list; a minute is the library's default. */
const REVOCATION_INTERVAL = 1_000

/** Milliseconds for a machine that is busy. */
const SLACK = 3_000

/** Seconds that the transfer takes at least, so that it is not over before, whatever the size. */
const TRANSFER = 9

/** Milliseconds until all have their tickets and sessions. */
const BEGUN = 2_500

/** Milliseconds within which all arrive. */
const ARRIVALS = 500

/** Of whom access is taken back; so that they are told from the others in an outcome. */
const PREFIX = 'revoked-'

/** Who is taken its access back in mid-transfer gets no block any more, from whomever, a minute later with the library's defaults. */
export const revocation: Scenario = {
  name: 'revocation',
  title: 'Revocation under way',
  summary: 'In mid-transfer the operator takes back the access of a part of the clients; the others finish.',
  defaults: { peers: 24, size: 16 * 2 ** 20, part: 0.25, composition: { policy: 'list' } },
  nodes: { revocationInterval: REVOCATION_INTERVAL },
  plan: ({ peers, size, part = 0, composition: { blockSize }, random, link = linkFor(size, TRANSFER) }: PlanInit) => {
    const count = Math.max(1, Math.min(peers - 2, Math.round(part * peers)))
    const revoked = someOf(peers, count, random)
    const arrivals = arrivalsWithin(ARRIVALS, peers, random)
    const all = clients(peers, index => ({ link, arrives: arrivals[index], stays: Infinity }))
      .map((client, index) => revoked.has(index) ? { ...client, name: `${PREFIX}${index + 1}` } : client)

    return limited({
      size,
      server: { link },
      peers: all,
      events: [{ at: revokedAt(peers, size, blockSize, link), kind: 'revoke', peers: all.map(({ name }) => name).filter(isRevoked) }]
    })
  },
  act: async swarm => {
    const { plan: { peers, server }, object: { size, blockSize } } = swarm
    const at = revokedAt(peers.length, size, blockSize, server.link)
    await swarm.at(at)
    const before = bytesOf(swarm)
    await swarm.at(at + untilKnown(swarm.plan))
    const after = bytesOf(swarm)
    await allHaveIt(peers.filter(({ name }) => !isRevoked(name)), swarm)
    const end = bytesOf(swarm)
    const revoked = peers.map(({ name }) => name).filter(isRevoked)
    const sum = (bytes: Map<string, number>): number => revoked.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0)
    const notDone = peers.filter(({ name }) => !isRevoked(name) && (before.get(name) ?? 0) < swarm.object.size).length

    return [
      {
        what: 'access is taken back in mid-transfer',
        holds: sum(before) > 0 && sum(before) < revoked.length * swarm.object.size,
        found: `${sum(before)} bytes before`,
        allowed: `some, and less than ${revoked.length * swarm.object.size}`
      },
      atMost('who was revoked gets nothing more when all providers know', sum(end) - sum(after), 0, 'bytes'),
      { what: 'the others go on', holds: notDone > 0, found: `${notDone} were not done then`, allowed: 'some' }
    ]
  },
  cheaters: outcome => {
    const revoked = outcome.peers.filter(({ name }) => isRevoked(name))

    return { count: revoked.length, gained: revoked.filter(isDone).length * outcome.size, allowed: 0, honestLost: 0, unit: 'bytes' }
  },
  check: outcome => [
    ...everybodyFinishes({ ...outcome, peers: outcome.peers.filter(({ name }) => !isRevoked(name)) }),
    atMost('nobody finishes whose access was taken back', outcome.peers.filter(peer => isRevoked(peer.name) && isDone(peer)).length, 0, 'clients')
  ]
}

/** Milliseconds from the begin: the server alone has given a block to each of them by then, and to half of them a second one. */
function revokedAt (peers: number, size: number, blockSize: number, { up }: Link): number {
  return BEGUN + 1500 * peers * Math.min(blockSize, size) / up
}

function isRevoked (name: string): boolean {
  return name.startsWith(PREFIX)
}

/** Milliseconds from the revocation until nobody gives a block to those who were revoked: the server has looked, all others have asked it, and what was sent has arrived. */
function untilKnown ({ peers, server }: Plan): number {
  // what waits to be sent on each connection, before the list of those whose access was taken back, and after it
  const queue = 1000 * peers.length * SEND_BUFFER / server.link.up

  return Math.max(RECHECK_INTERVAL, REVOCATION_INTERVAL + queue) + queue + SLACK
}

function isDone ({ finished }: Pick<PeerOutcome, 'finished'>): boolean {
  return finished != null
}

/** Bytes of verified blocks that each client has. */
function bytesOf ({ clients, object }: RunningSwarm): Map<string, number> {
  return new Map([...clients].map(([name, { node }]) => [name, node.services.mssl.list().find(({ id }) => id.equals(object.id))?.have ?? 0]))
}
