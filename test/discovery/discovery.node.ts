import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import { Discovery, swarmKey } from '../../src/discovery/index.ts'
import { eventually } from '../eventually.ts'
import type { ContentRouting, PeerInfo } from '@libp2p/interface'

const id = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
const swarm = { id, swarmSecret: new Uint8Array(32).fill(7) }

class Routing implements Pick<ContentRouting, 'provide' | 'findProviders' | 'cancelReprovide'> {
  readonly provided: string[] = []
  readonly cancelled: string[] = []
  fails = false

  async provide (key: CID): Promise<void> {
    this.provided.push(key.toString())

    if (this.fails) {
      throw new Error('empty routing table')
    }
  }

  async cancelReprovide (key: CID): Promise<void> {
    this.cancelled.push(key.toString())
  }

  async * findProviders (): AsyncGenerator<PeerInfo & { routing: string }> {
    yield * []
    throw new Error('empty routing table')
  }
}

describe('discovery', () => {
  it('blinds the key with the swarm\'s secret', () => {
    const digest = createHash('sha256').update('mssl/swarm/1').update(swarm.swarmSecret).update(id.bytes).digest()
    expect(swarmKey(swarm).multihash.digest).to.equalBytes(digest)
    expect(swarmKey({ id, swarmSecret: new Uint8Array(32) }).equals(swarmKey(swarm))).to.be.false()
  })

  it('announces again and again, soon at first, until told not to', async () => {
    const routing = new Routing()
    const discovery = new Discovery({ contentRouting: routing, logger: defaultLogger() }, { firstInterval: 20, provideInterval: 60 })
    const start = performance.now()
    discovery.provide(swarm)
    discovery.provide(swarm)
    await eventually(() => routing.provided.length >= 3)
    // 20 and 40 ms apart, and only once although asked for twice
    expect(performance.now() - start).to.be.at.least(55)
    routing.fails = true
    const before = routing.provided.length
    await eventually(() => routing.provided.length >= before + 2)
    discovery.unprovide(swarm)
    const after = routing.provided.length
    await delay(150)
    expect(routing.provided).to.have.lengthOf(after)
    expect(new Set(routing.provided)).to.deep.equal(new Set([swarmKey(swarm).toString()]))
    expect(routing.cancelled).to.deep.equal([swarmKey(swarm).toString()])
    discovery.stop()
  })

  it('announces later who is introduced, until that ends', async () => {
    const routing = new Routing()
    const discovery = new Discovery({ contentRouting: routing, logger: defaultLogger() }, { introducedDelay: 100 })
    const other = { ...swarm, swarmSecret: new Uint8Array(32) }
    discovery.provide(swarm, { introduced: true })
    discovery.provide(other, { introduced: true })
    discovery.provide(other)
    await delay(50)
    expect(routing.provided).to.deep.equal([swarmKey(other).toString()])
    discovery.provide(other)
    await eventually(() => routing.provided.length === 2)
    expect(routing.provided[1]).to.equal(swarmKey(swarm).toString())
    discovery.stop()
  })

  it('finds nobody in an empty routing table, without an error', async () => {
    const discovery = new Discovery({ contentRouting: new Routing(), logger: defaultLogger() })

    for await (const peer of discovery.findProviders(swarm)) {
      expect.fail(`found ${peer.id}`)
    }
  })
})
