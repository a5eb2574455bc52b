import { Availability, BlockStatus } from '../../protocols/block/index.ts'
import { siblingCount } from '../../src/object/merkle.ts'
import { change } from './change.ts'
import { variantOf } from './variant.ts'
import type { Admission } from '../../protocols/block/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'

/**
 * Sends blocks that are false. What it reads is garbage already, so that in the modes proof and purchase ciphertexts, chains and the acknowledgements
 * for them agree with it. One has of each block that it fetched all but one bit; the next says from the beginning that it has everything, which brings
 * it more recipients, and makes up blocks and hashes.
 */
export const garbageSender: Behaviour = {
  name: 'garbage-sender',
  summary: 'sends blocks that are false, of what it has or of everything',
  seams: ({ name, swarm }) => ({
    provision: honest => ({
      admit: async (open, recipient, options) => {
        const admission = await honest.admit(open, recipient, options)
        const spoil = variantOf(name, swarm, 2) === 0 ? flip : invent
        spoil(admission)

        return admission
      }
    })
  })
}

/** One bit of each block is another. */
function flip (admission: Admission): void {
  change(admission, 'readBlock', read => async (index, options) => {
    const block = await read(index, options)
    block[index % block.byteLength] ^= 1

    return block
  })
}

/** Everything is there, and nothing of it is true. */
function invent (admission: Admission): void {
  const { shape } = admission
  admission.availability = Availability.ALL
  admission.have = undefined
  admission.superBlock = undefined
  change(admission, 'permits', permits => index => {
    const status = permits(index)

    return status === BlockStatus.BLOCK_NOT_FOUND ? BlockStatus.BLOCK_OK : status
  })
  change(admission, 'readBlock', () => async index => new Uint8Array(shape.blockLength(index)).fill(index))
  change(admission, 'path', () => (index, levels) => new Uint8Array(siblingCount(shape.blockCount, index, levels) * shape.hashLength).fill(index))
}
