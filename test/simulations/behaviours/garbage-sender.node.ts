import { expect } from 'aegir/chai'
import { garbageSender } from '../../../simulations/behaviours/garbage-sender.ts'
import { FewNodes } from './fixtures/few-nodes.ts'

describe('simulations behaviours: garbage-sender', () => {
  const started: FewNodes[] = []

  afterEach(async () => {
    await Promise.all(started.splice(0).map(async swarm => swarm.stop()))
  })

  for (const mode of ['plain', 'proof'] as const) {
    for (const [way, clients] of [
      ['spoils what it has', { sender: garbageSender, honest: undefined }],
      ['makes everything up', { other: garbageSender, sender: garbageSender, honest: undefined }]
    ] as const) {
      it(`${way}, and is dropped for it (${mode})`, async function () {
        this.timeout(60_000)
        const few = await FewNodes.start({ mode, clients })
        started.push(few)
        const { sender, honest } = few.clients
        const dropped: string[] = []
        honest.node.services.mssl.addEventListener('provider:dropped', ({ detail: { peer } }) => { dropped.push(peer.toString()) })
        await few.get('sender')
        const result = await few.get('honest')

        expect(await few.hasTrueCopy('honest')).to.equal(true)
        // what the server gives in its place is the server's
        expect(few.from(result, 'sender')).to.equal(0)
        expect(result.bad).to.be.above(0)
        expect(dropped).to.deep.equal([sender.node.peerId.toString()])

        if (mode === 'proof') {
          await sender.node.services.mssl.claim()
          expect(sender.node.services.mssl.receipts().map(({ state }) => state)).to.deep.equal(['void'])
          expect(few.server.node.services.mssl.ledger.account(sender.node.peerId)?.credited ?? 0).to.equal(0)
        }
      })
    }
  }
})
