import type { RunningSwarm } from '../harness/running-swarm.ts'

/** Those of the plan with the behaviour of this one, itself included, in their order. */
export function accomplicesOf (name: string, { plan: { peers } }: Pick<RunningSwarm, 'plan'>): string[] {
  const behaviour = peers.find(peer => peer.name === name)?.behaviour

  return peers.filter(peer => peer.behaviour === behaviour).map(({ name }) => name)
}

/**
 * In which of `count` ways, from 0, a node misbehaves that has more than one: those with the same behaviour take turns, in the order of the plan, so
 * that each way is there when there are enough of them, and the seed says who goes which.
 */
export function variantOf (name: string, swarm: Pick<RunningSwarm, 'plan'>, count: number): number {
  return Math.max(0, accomplicesOf(name, swarm).indexOf(name)) % count
}
