import type { Behaviour } from '../harness/behaviour.ts'

/**
 * Fetches in the modes proof and purchase, and acknowledges nothing, to nobody. It has every session end as soon as it has something, and blames no
 * provider for it: so it asks again wherever it can, as often as it is let.
 */
export const ackRefuser: Behaviour = {
  name: 'ack-refuser',
  summary: 'fetches sealed blocks and never acknowledges one',
  seams: () => ({
    acks: () => ({
      openExchange: async () => ({
        present: async () => refuse(),
        close: async () => {}
      }),
      recover: async () => refuse(),
      complain: async () => refuse()
    })
  })
}

function refuse (): never {
  throw new Error('Nothing is acknowledged')
}
