import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MSSL } from '../../../simulations/demo/mssl-process.ts'
import { MeasuredProcess } from '../../measured-process.ts'
import { here } from '../contender.ts'
import type { Contender, End } from '../contender.ts'

function serve (source: string, home: string, host: string, mode: string): End {
  return { script: MSSL, args: ['serve', source, '--mode', mode, '--json', '--home', home, '--listen', `/ip4/${host}/tcp/0`] }
}

function mssl (mode: 'plain' | 'proof', what: string): Contender {
  return {
    name: `mssl-${mode}`,
    title: `mssl, ${mode}`,
    verifies: `each block against a signed Merkle root${what}`,
    encrypts: 'channel; object under its own key',
    crowd: true,
    version: async () => JSON.parse(await readFile(here('../../package.json'), 'utf8')).version,
    publish: async (source, store) => {
      const { script, args } = serve(source, store, '127.0.0.1', mode)
      const server = new MeasuredProcess(script, args)
      await server.result()
      await server.stop()

      return {}
    },
    seed: ({ source, store, host }) => serve(source, store, host, mode),
    leech: ({ seeder, out, folder, host, stay }) => ({
      script: MSSL,
      args: ['get', seeder.link, '--json', '--out', out, '--home', join(folder, 'home'), '--listen', `/ip4/${host}/tcp/0`, ...stay ? ['--seed'] : []]
    }),
    uploaded: copies => copies
      .flatMap(({ sources }) => sources)
      .reduce((sum, { server, bytes }) => sum + (server === true ? bytes : 0), 0)
  }
}

export const contenders = [
  mssl('plain', ''),
  mssl('proof', '; blocks change hands for signed acknowledgements')
]
