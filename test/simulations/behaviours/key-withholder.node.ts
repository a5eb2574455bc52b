import { expect } from 'aegir/chai'
import { HASH_LENGTH } from '../../../protocols/ack/constants.ts'
import { keyWithholder } from '../../../simulations/behaviours/key-withholder.ts'
import { DEFAULT_POLICY } from '../../../src/ledger/index.ts'
import { FewNodes } from './fixtures/few-nodes.ts'
import type { Behaviour } from '../../../simulations/harness/behaviour.ts'

const BLOCKS = 32

describe('simulations behaviours: key-withholder', () => {
  const started: FewNodes[] = []

  afterEach(async () => {
    await Promise.all(started.splice(0).map(async few => few.stop()))
  })

  for (const [way, others] of [['refuses', {}], ['says nothing', { other: keyWithholder }]] as const) {
    it(`${way}: its recipients have the keys from the server, and it has its credit`, async function () {
      this.timeout(90_000)
      let recovered = 0
      const watched: Pick<Behaviour, 'seams'> = {
        seams: () => ({
          acks: honest => ({
            openExchange: async (provider, options) => honest.openExchange(provider, options),
            complain: async (server, complaint, options) => honest.complain(server, complaint, options),
            recover: async (server, recovery, options) => {
              const released = await honest.recover(server, recovery, options)
              recovered += released.keys.byteLength / HASH_LENGTH

              return released
            }
          })
        })
      }
      const few = await FewNodes.start({ mode: 'proof', blocks: BLOCKS, clients: { ...others, withholder: keyWithholder, honest: watched } })
      started.push(few)
      await few.get('withholder')
      await few.get('honest')
      const { node } = few.clients.withholder

      expect(await few.hasTrueCopy('honest')).to.equal(true)

      // every key of what it was acknowledged; one that says nothing leaves further acknowledgements unread, which the server was shown
      const acknowledged = node.services.mssl.receipts().reduce((sum, { blocks }) => sum + blocks, 0)
      expect(acknowledged).to.be.within(1, BLOCKS)
      expect(recovered).to.be.within(acknowledged, BLOCKS)

      await node.services.mssl.claim()
      const { ledger } = few.server.node.services.mssl
      const earned = [...ledger.movements({ account: node.peerId })].filter(({ kind }) => kind === 'service').reduce((sum, { amount }) => sum + amount, 0)
      // a block that somebody else was credited for first is not credited again
      expect(earned).to.be.within(0, acknowledged * DEFAULT_POLICY.credit)
    })
  }
})
