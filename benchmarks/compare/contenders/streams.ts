/** What a copy costs with nothing around it: this repository's own ends. */
import type { Contender } from '../contender.ts'

function stream (name: string, title: string, encrypts: string, more: Partial<Contender> = {}): Contender {
  const script = `benchmarks/ends/${name}.js`

  return {
    name,
    title,
    encrypts,
    verifies: 'nothing on the way; one SHA-256 at the end',
    version: async () => process.versions.node,
    publish: async () => ({}),
    seed: ({ source, host }) => ({ script, args: ['send', source, host] }),
    leech: ({ seeder, out }) => ({ script, args: ['receive', seeder, out] }),
    uploaded: (copies, size) => copies.length * size,
    ...more
  }
}

export const contenders = [
  stream('raw-stream', 'raw libp2p stream', 'channel, as mssl'),
  // in a crowd everybody gets its own copy
  stream('https', 'Node HTTPS', 'TLS 1.3', { crowd: true })
]
