import type { RunningSwarm } from '../harness/running-swarm.ts'

/**
 * In which of `count` ways, from 0, a node misbehaves that has more than one: those with the same behaviour take turns, in the order of the plan, so
 * that each way is there when there are enough of them, and the seed says who goes which.
 */
export function variantOf (name: string, { plan: { peers } }: Pick<RunningSwarm, 'plan'>, count: number): number {
  const behaviour = peers.find(peer => peer.name === name)?.behaviour
  const place = peers.filter(peer => peer.behaviour === behaviour).findIndex(peer => peer.name === name)

  return Math.max(0, place) % count
}
