import { setTimeout as delay } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { Availability, BlockStatus, RefusedError } from '../../protocols/block/index.ts'
import { Bitfield } from '../../src/object/bitfield.ts'
import { HashDelivery } from '../../src/object/manifest.ts'
import { Download } from '../../src/swarm/download.ts'
import { eventually } from '../eventually.ts'
import { seeded } from './fixtures/random.ts'
import { BLOCK_SIZE, createNode, createObject, MemoryTarget, TestProvision } from './fixtures/swarm.ts'
import type { TestNode, TestObject, TestProvisionInit } from './fixtures/swarm.ts'
import type { Introduction } from '../../src/swarm/candidates.ts'
import type { DownloadCredentials } from '../../src/swarm/credentials.ts'
import type { DownloadInit, DownloadProgressEvents } from '../../src/swarm/download.ts'

function half (object: TestObject, odd: boolean): Bitfield {
  const have = new Bitfield(object.geometry.blockCount)

  for (let i = odd ? 1 : 0; i < have.length; i += 2) {
    have.set(i)
  }

  return have
}

async function never (): Promise<never> {
  return new Promise(() => {})
}

describe('download', function () {
  this.timeout(30_000)

  let recipient: TestNode
  const nodes: TestNode[] = []

  beforeEach(async () => {
    recipient = await createNode()
    nodes.push(recipient)
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => { await node.stop() }))
  })

  async function provide (init: TestProvisionInit): Promise<TestProvision & { node: TestNode }> {
    const provision = new TestProvision(init)
    const node = await createNode(provision)
    nodes.push(node)

    return Object.assign(provision, { node })
  }

  interface Setup {
    download: Download
    target: MemoryTarget
    dropped: string[]
    run (signal?: AbortSignal): ReturnType<Download['run']>
  }

  function create (object: TestObject, providers: Array<{ node: TestNode, init: TestProvisionInit }>, init: Partial<DownloadInit> & { introduction?: Introduction, target?: MemoryTarget } = {}): Setup {
    const target = init.target ?? new MemoryTarget(object)
    const dropped: string[] = []
    const credentials: DownloadCredentials = {
      certificate: Uint8Array.of(1),
      ticket: Uint8Array.of(2),
      isServer: peer => providers.some(({ node, init }) => init.availability === Availability.OFFERS && node.peerId.equals(peer)),
      renew: async () => {},
      consider: async () => {},
      ...init.credentials
    }
    const download = new Download(target, {
      blocks: recipient.services.block,
      peerStore: recipient.peerStore,
      peerId: recipient.peerId,
      logger: defaultLogger()
    }, { random: seeded(1), ...init, credentials })

    for (const { node } of providers) {
      download.addPeer({ id: node.peerId, multiaddrs: node.getMultiaddrs() }, init.introduction ?? 'hint')
    }

    return {
      download,
      target,
      dropped,
      run: async (signal = AbortSignal.timeout(20_000)) => download.run({
        signal,
        onProgress: (event: DownloadProgressEvents) => {
          if (event.type === 'mssl:get:dropped') {
            dropped.push(event.detail.peer.toString())
          }
        }
      })
    }
  }

  for (const delivery of [HashDelivery.PER_BLOCK, HashDelivery.SUPER_BLOCK]) {
    for (const encrypted of [false, true]) {
      it(`gets an object from one provider, ${delivery}, ${encrypted ? 'encrypted' : 'plain'}`, async () => {
        const object = createObject({ delivery, encrypted })
        const provider = await provide({ object })
        const { target, run } = create(object, [provider])
        const { fetched, wasted, hashBytes, bad, sources } = await run()

        expect(target.bytes).to.equalBytes(object.plain)
        expect(fetched).to.equal(object.manifest.size)
        expect([wasted, bad]).to.deep.equal([0, 0])
        expect(sources).to.have.lengthOf(1)
        expect(provider.served).to.have.lengthOf(object.geometry.blockCount)
        expect(hashBytes).to.equal((delivery === HashDelivery.SUPER_BLOCK ? object.geometry.blockCount : object.geometry.blockCount - 1) * 32)
        expect(target.leaves != null).to.equal(delivery === HashDelivery.SUPER_BLOCK)
        expect(target.tree.complete).to.be.true()
      })
    }
  }

  it('gets objects of no, one and a few bytes', async () => {
    for (const size of [0, 1, BLOCK_SIZE + 1]) {
      const object = createObject({ size })
      const { target, run } = create(object, [await provide({ object })])
      await run()
      expect(target.bytes).to.equalBytes(object.plain)
    }
  })

  it('puts an object together from providers that have half of it each', async () => {
    const object = createObject({ size: 200 * BLOCK_SIZE })
    const providers = [await provide({ object, have: half(object, false) }), await provide({ object, have: half(object, true) })]
    const { target, run } = create(object, providers)
    const { wasted, sources } = await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(wasted).to.equal(0)
    expect(sources.map(({ bytes }) => bytes)).to.deep.equal([100 * BLOCK_SIZE, 100 * BLOCK_SIZE])
  })

  it('fetches nothing that is there already', async () => {
    const object = createObject()
    const provider = await provide({ object })
    const target = new MemoryTarget(object)

    for (const { first, count } of half(object, true).ranges()) {
      target.have.setRange(first, count)
    }

    const { run } = create(object, [provider], { target })
    await run()
    expect(provider.served.every(index => index % 2 === 0)).to.be.true()
    expect(target.have.full).to.be.true()
  })

  it('finds providers by peer exchange', async () => {
    const object = createObject()
    const seeder = await provide({ object })
    const broker = await provide({
      object,
      have: new Bitfield(object.geometry.blockCount),
      peers: [{ id: seeder.node.peerId.toMultihash().bytes as Uint8Array<ArrayBuffer>, addresses: seeder.node.getMultiaddrs().map(address => address.bytes as Uint8Array<ArrayBuffer>) }]
    })
    const { target, run } = create(object, [broker])
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(broker.served).to.be.empty()
  })

  it('finds providers by looking them up', async () => {
    const object = createObject()
    const seeder = await provide({ object })
    const { target, run } = create(object, [], {
      findProviders: async function * () {
        yield { id: recipient.peerId, multiaddrs: [] }
        yield { id: seeder.node.peerId, multiaddrs: seeder.node.getMultiaddrs() }
        throw new Error('empty routing table')
      }
    })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
  })

  it('takes most from the faster provider', async () => {
    const object = createObject({ size: 150 * BLOCK_SIZE })
    const slow = await provide({ object, read: async (_, bytes) => delay(60, bytes) })
    const fast = await provide({ object, read: async (_, bytes) => delay(5, bytes) })
    const { target, run } = create(object, [slow, fast])
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(fast.served.length).to.be.above(2 * slow.served.length)
  })

  it('goes on without a provider that stalls', async () => {
    const object = createObject()
    const stalling = await provide({ object, read: async (index, bytes) => index % 3 === 0 ? never() : bytes })
    const good = await provide({ object, read: async (_, bytes) => delay(20, bytes) })
    const { target, run } = create(object, [stalling, good], { stallTimeout: 300 })
    const start = Date.now()
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(Date.now() - start).to.be.below(6_000)
  })

  it('drops a provider that lies about what it has', async () => {
    const object = createObject()
    const liar = await provide({ object, permits: () => BlockStatus.BLOCK_NOT_FOUND })
    const good = await provide({ object, read: async (_, bytes) => delay(10, bytes) })
    const { target, run } = create(object, [liar, good])
    const { wasted } = await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(wasted).to.equal(0)
    expect(good.served).to.have.lengthOf(object.geometry.blockCount)
  })

  it('drops a provider of one false block, reports it and never asks it again', async () => {
    const object = createObject({ size: 120 * BLOCK_SIZE })
    const bad = await provide({
      object,
      read: (index, bytes) => {
        const copy = bytes.slice()
        copy[0] ^= index === 7 ? 1 : 0

        return copy
      }
    })
    const good = await provide({ object, have: half(object, false) })
    const { target, run, dropped, download } = create(object, [bad, good])
    const result = run()

    while (dropped.length === 0) {
      await delay(20)
    }

    expect(dropped).to.deep.equal([bad.node.peerId.toString()])
    // the rest comes from somebody else
    const late = await provide({ object, have: half(object, true) })
    download.addPeer({ id: late.node.peerId, multiaddrs: late.node.getMultiaddrs() }, 'dht')
    const { bad: count } = await result
    expect(target.bytes).to.equalBytes(object.plain)
    expect(count).to.equal(1)
    expect(bad.sessions).to.equal(1)
  })

  it('drops a provider of false hashes', async () => {
    const object = createObject()
    const bad = await provide({ object, path: path => path.map(byte => byte ^ 1) })
    const good = await provide({ object, read: async (_, bytes) => delay(10, bytes) })
    const { target, run, dropped } = create(object, [bad, good])
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(dropped).to.deep.equal([bad.node.peerId.toString()])
  })

  it('takes the super-block from the next provider when the first has a false one, or none', async () => {
    const object = createObject({ delivery: HashDelivery.SUPER_BLOCK })
    const without = await provide({ object, superBlock: null })
    const bad = await provide({ object, superBlock: () => object.tree.leaves().map(byte => byte ^ 1) })
    const silent = await provide({ object, superBlock: never })
    const good = await provide({ object })
    const { target, run, dropped } = create(object, [without, bad, silent, good], { stallTimeout: 200 })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(target.leaves).to.equalBytes(object.tree.leaves())
    expect(dropped).to.deep.equal([bad.node.peerId.toString()])
  })

  it('fails with IntegrityError when all there is is false', async () => {
    const object = createObject()
    const bad = await provide({ object, read: (_, bytes) => bytes.map(byte => byte ^ 1) })
    const { run, target } = create(object, [bad])
    await expect(run()).to.eventually.be.rejected.with.property('name', 'IntegrityError')
    expect(target.written).to.be.empty()
  })

  it('fails with IntegrityError when all there is is false, and others cannot be reached', async () => {
    const object = createObject()
    const bad = await provide({ object, read: (_, bytes) => bytes.map(byte => byte ^ 1) })
    const gone = await provide({ object })
    await gone.node.stop()
    const { run } = create(object, [bad, gone], { patience: 300 })
    await expect(run()).to.eventually.be.rejected.with.property('name', 'IntegrityError')
  })

  it('goes on when a provider disappears', async () => {
    const object = createObject({ size: 100 * BLOCK_SIZE })
    const first = await provide({ object, read: async (_, bytes) => delay(5, bytes) })
    const second = await provide({ object, read: async (_, bytes) => delay(20, bytes) })
    const { target, run } = create(object, [first, second])
    target.onWrite = () => {
      if (target.written.length === 20) {
        void first.node.stop()
      }
    }
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(second.served.length).to.be.above(20)
  })

  it('comes back to a provider that refused for a while, with a new ticket if need be', async () => {
    const object = createObject()
    const refusals = [BlockStatus.BLOCK_TICKET_EXPIRED, BlockStatus.BLOCK_BUSY]
    let renewals = 0
    const provider = await provide({
      object,
      admit: () => {
        const status = refusals.shift()

        if (status != null) {
          throw new RefusedError(status)
        }
      }
    })
    const { target, run } = create(object, [provider], {
      credentials: { renew: async () => { renewals++ } } as unknown as DownloadCredentials
    })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(renewals).to.equal(1)
  })

  it('asks for a new ticket in the middle of a session, and goes on', async () => {
    const object = createObject()
    let expired = false
    const provider = await provide({ object, permits: () => expired ? BlockStatus.BLOCK_TICKET_EXPIRED : BlockStatus.BLOCK_OK })
    const { target, run, download } = create(object, [provider], {
      credentials: {
        renew: async () => {
          expired = false
          download.renewed()
        }
      } as unknown as DownloadCredentials
    })
    target.onWrite = () => { expired ||= target.written.length === 5 }
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(provider.sessions).to.equal(1)
    expect(provider.renewals).to.equal(1)
  })

  it('drops a provider with another certificate, and reports it', async () => {
    const object = createObject()
    const strange = await provide({ object, admit: () => { throw new RefusedError(BlockStatus.BLOCK_SERVER_CONFLICT, 'conflict', Uint8Array.of(9)) } })
    const good = await provide({ object, read: async (_, bytes) => delay(10, bytes) })
    const { target, run, dropped } = create(object, [strange, good], {
      credentials: { consider: async () => { throw new Error('changed') } } as unknown as DownloadCredentials
    })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(dropped).to.deep.equal([strange.node.peerId.toString()])
  })

  it('gives up when nobody is there for too long, and leaves what it has', async () => {
    const object = createObject()
    const { run } = create(object, [], { patience: 300 })
    await expect(run()).to.eventually.be.rejected.with.property('name', 'UnreachableError')
  })

  it('stops on a signal', async () => {
    const object = createObject()
    const provider = await provide({ object, read: never })
    const { run } = create(object, [provider])
    await expect(run(AbortSignal.timeout(300))).to.eventually.be.rejected()
    await eventually(() => recipient.getConnections().every(({ streams }) => streams.every(({ protocol }) => !protocol.includes('block'))))
  })

  it('takes everything at once from an origin when there is nobody else', async () => {
    const object = createObject({ size: 300 * BLOCK_SIZE })
    const origin = await provide({ object, availability: Availability.OFFERS })
    const { target, run } = create(object, [origin], { originGrace: 120_000 })
    // who left the origin alone for so long would run into the timeout
    const { sources } = await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(sources[0].server).to.be.true()
  })

  it('takes from an origin what it offers, the rest from peers', async () => {
    const object = createObject({ size: 60 * BLOCK_SIZE })
    const origin = await provide({ object, availability: Availability.OFFERS })
    const peer = await provide({ object, have: half(object, true), read: async (_, bytes) => delay(5, bytes) })
    // somebody else at the origin has what the peer has
    origin.offers?.join(Bitfield.from(half(object, true).bytes, object.geometry.blockCount), () => {})
    const { target, run } = create(object, [origin, peer], { originGrace: 1_500 })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(origin.served).to.have.lengthOf(30)
  })

  it('asks an origin for what it did not offer when peers stall', async () => {
    const object = createObject()
    const origin = await provide({ object, availability: Availability.OFFERS })
    const peer = await provide({ object, read: never })
    const everything = new Bitfield(object.geometry.blockCount)
    everything.setRange(0, everything.length)
    origin.offers?.join(everything, () => {})
    const { target, run } = create(object, [origin, peer], { stallTimeout: 300, originGrace: 500 })
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(origin.served).to.have.lengthOf(object.geometry.blockCount)
  })

  it('asks for late blocks twice in the end, and cancels', async () => {
    const object = createObject()
    const slow = await provide({ object, read: async (_, bytes) => delay(700, bytes) })
    const fast = await provide({ object })
    const { target, run } = create(object, [slow, fast])
    const start = Date.now()
    const { wasted } = await run()
    expect(target.bytes).to.equalBytes(object.plain)
    expect(Date.now() - start).to.be.below(2_500)
    expect(wasted).to.be.below(4 * BLOCK_SIZE)
  })

  it('pauses providers while what came is not written', async () => {
    const object = createObject({ size: 1200 * BLOCK_SIZE, encrypted: false })
    const provider = await provide({ object })
    const { target, run } = create(object, [provider])
    const open = Promise.withResolvers<void>()
    target.gate = async () => open.promise
    const result = run()
    let held = 0

    // however long the machine takes to bring as much as is let in
    do {
      held = target.unwritten
      await delay(500)
    } while (target.unwritten < 32 * 1024 * 1024 || target.unwritten > held)

    expect(held).to.be.within(32 * 1024 * 1024, 52 * 1024 * 1024)
    open.resolve()
    await result
    expect(target.bytes).to.equalBytes(object.plain)
  })

  it('fails with the error of a write', async () => {
    const object = createObject()
    const { target, run } = create(object, [await provide({ object })])
    target.gate = async () => { throw new Error('disk full') }
    await expect(run()).to.eventually.be.rejectedWith('disk full')
  })

  it('reads a range in order, within a window', async () => {
    const object = createObject({ size: 200 * BLOCK_SIZE })
    const providers = [await provide({ object }), await provide({ object, read: async (_, bytes) => delay(3, bytes) })]
    const { target, run, download } = create(object, providers, { order: 'sequential', readAhead: 8, range: { first: 50, count: 100 } })
    let place = 50
    target.onWrite = index => {
      expect(index).to.be.within(place, place + 8)

      while (target.have.has(place)) {
        place++
      }

      download.moveTo(place)
    }
    await run()
    expect(target.written).to.have.lengthOf(100)
    expect(place).to.equal(150)
  })
})
