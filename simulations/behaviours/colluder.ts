import { claimUnserved } from './unserved.ts'
import { accomplicesOf } from './variant.ts'
import type { Behaviour } from '../harness/behaviour.ts'
import type { RunningSwarm } from '../harness/running-swarm.ts'

/** Members of a ring at most. */
const MAX_RING = 5

/** How often each claims the same blocks, by sessions of their own. */
const ROUNDS = 2

/**
 * Fetches and serves as it should, and is in a ring: the members sign for each other for all blocks of the object, none of which has moved between them, and each claims
 * that of each other one, at once, so that they come before whoever really serves them.
 */
export const colluder: Behaviour = {
  name: 'colluder',
  summary: 'belongs to a ring of three to five who sign for each other for blocks that never moved',
  act: async (node, swarm) => {
    const others = ringOf(node.name, swarm).filter(name => name !== node.name)

    for (const name of others) {
      const other = await swarm.client(name)

      for (let round = 0; round < ROUNDS; round++) {
        await claimUnserved(node, other, swarm, `${node.name} ${round}`)
      }
    }
  }
}

/** The names of one's ring: all colluders, cut into as few rings as possible, of sizes that are as equal as possible. */
export function ringOf (name: string, swarm: Pick<RunningSwarm, 'plan'>): string[] {
  const all = accomplicesOf(name, swarm)
  const rings = Math.ceil(all.length / MAX_RING)
  const ring = all.indexOf(name) % rings

  return all.filter((_, at) => at % rings === ring)
}
