import { AckRefusedError, AckStatus } from '../../protocols/ack/index.ts'
import { variantOf } from './variant.ts'
import type { KeyRelease } from '../../protocols/ack/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'

/**
 * Serves ciphertext as it should, takes the acknowledgements, by which it claims credit or money later, and gives no keys for them. Every second one
 * answers nothing at all, which costs its recipients more time than a refusal.
 */
export const keyWithholder: Behaviour = {
  name: 'key-withholder',
  summary: 'serves sealed blocks, takes acknowledgements, and never gives the keys',
  seams: ({ name, swarm }) => ({
    keys: honest => withholding(honest, variantOf(name, swarm, 2) === 1)
  })
}

function withholding (honest: KeyRelease, isSilent: boolean): KeyRelease {
  return {
    acknowledge: async (acknowledgement, recipient, options) => {
      // it is checked and stored as ever
      await honest.acknowledge(acknowledgement, recipient, options)

      if (isSilent) {
        await new Promise((_resolve, reject) => {
          options.signal?.addEventListener('abort', () => { reject(options.signal?.reason) }, { once: true })
        })
      }

      throw new AckRefusedError(AckStatus.ACK_BUSY, 'no keys at present')
    }
  }
}
