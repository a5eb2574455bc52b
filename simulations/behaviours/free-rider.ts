import { BlockStatus, RefusedError } from '../../protocols/block/index.ts'
import { change } from './change.ts'
import { variantOf } from './variant.ts'
import type { Blocks } from '../../protocols/block/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'

const NOTHING = new Uint8Array(0)

/**
 * Takes, and gives nothing: whoever asks is told that there is no room at the moment, as by an honest provider that is busy. Every second one
 * also keeps quiet about what it has. One that tells it does more harm: the server counts on it to pass the blocks on.
 */
export const freeRider: Behaviour = {
  name: 'free-rider',
  summary: 'fetches, and tells everybody who asks that it is busy',
  seams: ({ name, swarm }) => ({
    provision: honest => ({
      admit: async (open, recipient, options) => {
        // whoever asks may have something, and is worth to be known
        (await honest.admit(open, recipient, options)).released()

        throw new RefusedError(BlockStatus.BLOCK_BUSY, 'no room at present')
      }
    }),
    blocks: honest => variantOf(name, swarm, 2) === 0 ? honest : quiet(honest)
  })
}

/** Sessions in which the provider is not told what this end has. */
function quiet (honest: Pick<Blocks, 'openSession'>): Pick<Blocks, 'openSession'> {
  return {
    openSession: async (peer, open, handler, options) => {
      change(handler, 'opened', opened => session => {
        change(session, 'announce', () => () => {})
        opened(session)
      })

      return honest.openSession(peer, { ...open, have: NOTHING }, handler, options)
    }
  }
}
