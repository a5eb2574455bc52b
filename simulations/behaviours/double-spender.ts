import { claimUnserved } from './unserved.ts'
import { accomplicesOf } from './variant.ts'
import type { Behaviour } from '../harness/behaviour.ts'

/**
 * Buys coins, and spends them with whoever gives it blocks, as it should. The same coins it signs to an accomplice, the next one of its kind, who never gave it a byte
 * and claims them before the others can.
 */
export const doubleSpender: Behaviour = {
  name: 'double-spender',
  summary: 'spends its coins for blocks, and the same coins with an accomplice who claims first',
  act: async (node, swarm) => {
    const all = accomplicesOf(node.name, swarm)
    const accomplice = all[(all.indexOf(node.name) + 1) % all.length]

    if (accomplice !== node.name) {
      await claimUnserved(await swarm.client(accomplice), node, swarm)
    }
  }
}
