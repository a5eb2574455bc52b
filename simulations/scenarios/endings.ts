/**
 * The end of a run, for scenarios that look at it with their own eyes before the nodes stop.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding } from '../harness/outcome.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'
import type { PeerPlan } from '../harness/scenario.ts'

/** Milliseconds between two looks. */
const LOOK = 200

/** Until all of these have the whole object. Rejects when the run ends before. */
export async function allHaveIt (peers: Array<Pick<PeerPlan, 'name'>>, { clients, object, signal }: RunningSwarm): Promise<SwarmNode[]> {
  return Promise.all(peers.map(async ({ name }) => {
    for (;;) {
      const client = clients.get(name)

      if (client?.node.status === 'started' && client.node.services.mssl.list().some(({ id, complete }) => complete && id.equals(object.id))) {
        return client
      }

      await sleep(LOOK, undefined, { signal })
    }
  }))
}

/** Until something is so. Rejects when the run ends before. */
export async function until (holds: () => boolean, { signal }: RunningSwarm): Promise<void> {
  while (!holds()) {
    await sleep(LOOK, undefined, { signal })
  }
}

export function isHonest ({ behaviour }: Pick<PeerPlan, 'behaviour'>): boolean {
  return behaviour == null
}

/** All that was acknowledged is claimed: by clients, whoever they are, in the order of the plan, then by the server. */
export async function allClaim ({ plan: { peers }, clients, server }: RunningSwarm): Promise<void> {
  for (const { node } of [...peers.flatMap(({ name }) => clients.get(name) ?? []), server]) {
    await node.services.mssl.claim()
  }
}

/** The server's double-entry books hold together. */
export function balancedBooks ({ server }: RunningSwarm): Finding {
  const { ledger, bank } = server.node.services.mssl
  const checks = [ledger.check(), bank.check()]
  const problems = checks.flatMap(({ problems }) => problems)

  return {
    what: 'the server\'s books balance to zero',
    holds: checks.every(({ holds, sum }) => holds && sum === 0),
    found: problems.length === 0 ? `sums of ${checks.map(({ sum }) => sum).join(' and ')}` : problems.join('; '),
    allowed: 'no problem, and sums of zero'
  }
}

/** Something is at most so much. */
export function atMost (what: string, found: number, allowed: number, unit: string): Finding {
  return { what, holds: found <= allowed, found: `${found} ${unit}`, allowed: allowed === 0 ? 'none' : `at most ${allowed} ${unit}` }
}
