import { setTimeout as sleep } from 'node:timers/promises'
import { claimOf, partyOf, sessionOf, submit } from './forged-sessions.ts'
import { grantOf } from './insides.ts'
import { perRun } from './per-run.ts'
import type { Verdict } from '../../protocols/ack/index.ts'
import type { StoredGrant } from '../../src/client/grants.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'

/** Milliseconds between two looks whether somebody has a ticket. */
const LOOK = 100

/** What became of the claims of a run for blocks that never moved. */
export interface Unserved {
  claims: number
  /** Blocks credited, or paid, and what for them: credit, or whole units less the fee */
  credited: number
  amount: number
}

export const unservedOf = perRun((): Unserved => ({ claims: 0, credited: 0, amount: 0 }))

/** Everything that a client gets with its ticket, as soon as it has it. */
export async function grantOnceThere (client: SwarmNode, { object, signal }: RunningSwarm): Promise<StoredGrant> {
  for (;;) {
    const grant = await grantOf(client, object.link)

    if (grant != null) {
      return grant
    }

    await sleep(LOOK, undefined, { signal })
  }
}

/**
 * Two who agree write a session of all blocks down, none of which has moved, and one of them claims it of the server. With another name it is another session of
 * the same two.
 */
export async function claimUnserved (provider: SwarmNode, recipient: SwarmNode, swarm: RunningSwarm, name = ''): Promise<Verdict> {
  const [own, others] = await Promise.all([grantOnceThere(provider, swarm), grantOnceThere(recipient, swarm)])
  const claimant = partyOf(provider.node, own)
  const session = sessionOf({
    provider: claimant,
    recipient: partyOf(recipient.node, others),
    indices: Uint32Array.from({ length: swarm.object.blockCount }, (_, index) => index),
    name
  })
  const [verdict] = await submit(provider.node, swarm.server.node, own.ticket, [claimOf(claimant, session)], session.hashes)
  const tally = unservedOf(swarm)
  tally.claims++
  tally.credited += verdict.credited
  tally.amount += verdict.amount

  return verdict
}
