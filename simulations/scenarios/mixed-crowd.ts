import { DEFAULT_POLICY, UNIT_LENGTH } from '../../src/ledger/policy.ts'
import { arrivalsWithin, clients, limited, someOf } from './plans.ts'
import type { Outcome, PeerOutcome } from '../harness/outcome.ts'
import type { BehaviourName, Plan, PlanInit } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

/** Milliseconds within which all of them arrive: one that misbehaves may be there before those that it harms, or after them. */
const ARRIVALS = 2_000

/** A slow home, so that one machine plays tens of them with ease */
const HOME: Link = { up: 512 * 1024, down: 2 * 2 ** 20, delay: 20 }

/**
 * A crowd that comes within a moment and stays, with equal links, of which a part has one behaviour. Who that is, and when each comes, is up to the seed. At
 * least one misbehaves and one does not, whatever the part.
 */
export function mixedCrowd ({ peers, size, link = HOME, part = 0.5, random }: PlanInit, behaviour: BehaviourName): Plan {
  const count = Math.max(1, Math.min(peers - 1, Math.round(part * peers)))
  const misbehaving = someOf(peers, count, random)
  const arrivals = arrivalsWithin(ARRIVALS, peers, random)

  return limited({
    size,
    server: { link },
    peers: clients(peers, at => ({ link, arrives: arrivals[at], stays: Infinity, behaviour: misbehaving.has(at) ? behaviour : undefined })),
    events: []
  })
}

/** The outcomes of those who misbehave, and of the others. */
export function sides ({ peers }: Pick<Outcome, 'peers'>): { honest: PeerOutcome[], cheaters: PeerOutcome[] } {
  return {
    honest: peers.filter(({ behaviour }) => behaviour == null),
    cheaters: peers.filter(({ behaviour }) => behaviour != null)
  }
}

export function total (peers: PeerOutcome[], value: (peer: PeerOutcome) => number | undefined): number {
  return peers.reduce((sum, peer) => sum + (value(peer) ?? 0), 0)
}

/** How many blocks it takes to earn what a client has earned, if each is as long as a block can be. */
export function blocksEarned ({ earned = 0 }: Pick<PeerOutcome, 'earned'>, { composition: { mode, blockSize, price }, size }: Pick<Outcome, 'composition' | 'size'>): number {
  const each = mode === 'purchase' ? price * blockSize / size : DEFAULT_POLICY.credit * blockSize / UNIT_LENGTH

  return earned / each
}
