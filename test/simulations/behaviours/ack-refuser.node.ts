import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { ackRefuser } from '../../../simulations/behaviours/ack-refuser.ts'
import { FREE_SESSIONS } from '../../../src/exchange/constants.ts'
import { BLOCK, FewNodes } from './fixtures/few-nodes.ts'

describe('simulations behaviours: ack-refuser', () => {
  const started: FewNodes[] = []

  afterEach(async () => {
    await Promise.all(started.splice(0).map(async swarm => swarm.stop()))
  })

  it('gets a few sealed blocks of each provider, and no key', async function () {
    this.timeout(60_000)
    const few = await FewNodes.start({ mode: 'proof', clients: { refuser: ackRefuser, honest: undefined } })
    started.push(few)
    await few.get('honest')
    const { host, node } = few.clients.refuser
    const stop = new AbortController()
    let have = 0
    const get = few.get('refuser', {
      signal: stop.signal,
      onProgress: event => { have = event.type === 'mssl:get:progress' ? event.detail.have : have }
    })
    await Promise.race([get.catch(() => {}), sleep(6_000)])
    stop.abort()

    await expect(get).to.eventually.be.rejected()
    expect(have).to.equal(0)
    expect(node.services.mssl.list()[0]).to.include({ complete: false, have: 0 })
    // one block for each session that is free, at each of the two, and it asks again now and then
    expect(host.received).to.be.above(BLOCK).and.below(2 * (FREE_SESSIONS + 3) * BLOCK)
    expect(few.clients.honest.node.services.mssl.receipts()).to.deep.equal([])
  })
})
