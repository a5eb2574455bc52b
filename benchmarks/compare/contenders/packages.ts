import { MeasuredProcess } from '../../measured-process.ts'
import { ends, here, packageVersion } from '../contender.ts'
import type { Contender } from '../contender.ts'

/** Imports the source into a store of its own before it is seeded. */
function importing (script: string): Pick<Contender, 'publish' | 'seed' | 'leech'> {
  return {
    publish: async (source, store) => {
      const publisher = new MeasuredProcess(here(script), ['publish', JSON.stringify({ source, store })])
      const published = await publisher.result()
      await publisher.usage()

      return published
    },
    ...ends(script)
  }
}

export const contenders: Contender[] = [
  {
    name: 'helia',
    title: 'Helia with Bitswap',
    verifies: 'each block against its CID',
    encrypts: 'Noise',
    crowd: true,
    version: async () => packageVersion('helia'),
    ...importing('ends/helia.js')
  },
  {
    name: 'hyperdrive',
    title: 'Hyperdrive',
    verifies: 'each block against a signed Merkle root',
    encrypts: 'Noise',
    crowd: true,
    version: async () => packageVersion('hyperdrive'),
    ...importing('ends/hyperdrive.js')
  }
]
