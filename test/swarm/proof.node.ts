import { setTimeout as delay } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { AckRefusedError, AckStatus } from '../../protocols/ack/index.ts'
import { BlockStatus } from '../../protocols/block/index.ts'
import { Bitfield } from '../../src/object/bitfield.ts'
import { HashDelivery, Mode } from '../../src/object/manifest.ts'
import { Download } from '../../src/swarm/download.ts'
import { peer } from '../ticket/fixtures.ts'
import { createProofNode, ProofProvision, TestArbiter } from './fixtures/proof.ts'
import { seeded } from './fixtures/random.ts'
import { BLOCK_SIZE, createObject, MemoryTarget } from './fixtures/swarm.ts'
import type { ProofInit, ProofNode } from './fixtures/proof.ts'
import type { TestObject } from './fixtures/swarm.ts'
import type { DownloadInit } from '../../src/swarm/download.ts'
import type { PeerId } from '@libp2p/interface'

describe('download, mode proof', function () {
  this.timeout(30_000)

  const nodes: ProofNode[] = []

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async ({ node }) => { await node.stop() }))
  })

  async function provide (init: ProofInit): Promise<ProofProvision & { stop (): Promise<void>, addresses: any }> {
    const provision = new ProofProvision(init)
    const started = await createProofNode(provision)
    nodes.push(started)

    return Object.assign(provision, { stop: async () => started.node.stop(), addresses: started.node.getMultiaddrs() })
  }

  interface Setup {
    download: Download
    target: MemoryTarget
    arbiter: TestArbiter
    credentials: DownloadInit['credentials'] & { ticket: Uint8Array }
    run (): ReturnType<Download['run']>
  }

  async function create (object: TestObject, providers: Array<{ peer: any, addresses: any }>, init: Partial<DownloadInit> = {}): Promise<Setup> {
    const recipient = await createProofNode()
    nodes.push(recipient)
    const { node } = recipient
    const target = new MemoryTarget(object)
    const arbiter = new TestArbiter(object, recipient)
    const credentials = {
      certificate: Uint8Array.of(1),
      ticket: new Uint8Array(100).fill(2),
      isServer: () => false,
      renew: async () => {},
      consider: async () => {},
      ...init.credentials
    }
    const download = new Download(target, {
      blocks: node.services.block,
      peerStore: node.peerStore,
      peerId: node.peerId,
      logger: defaultLogger()
    }, { random: seeded(1), exchange: arbiter.exchange, ...init, credentials })

    for (const { peer, addresses } of providers) {
      download.addPeer({ id: peer, multiaddrs: addresses }, 'hint')
    }

    return { download, target, arbiter, credentials, run: async () => download.run({ signal: AbortSignal.timeout(25_000) }) }
  }

  for (const delivery of [HashDelivery.PER_BLOCK, HashDelivery.SUPER_BLOCK]) {
    for (const encrypted of [false, true]) {
      for (const cap of [1, undefined]) {
        it(`gets an object from one provider, ${delivery}, ${encrypted ? 'encrypted' : 'plain'}, ${cap == null ? 'with a window' : 'block by block'}`, async () => {
          const object = createObject({ delivery, encrypted, mode: Mode.PROOF })
          const provider = await provide({ object, cap })
          const { target, run, arbiter } = await create(object, [provider])
          const { fetched, wasted, bad } = await run()

          expect(target.bytes).to.equalBytes(object.plain)
          expect([fetched, wasted, bad]).to.deep.equal([object.manifest.size, 0, 0])
          expect(provider.sent).to.equal(object.geometry.blockCount)
          expect(provider.paid).to.equal(provider.sent)
          expect(provider.mostUnpaid).to.be.within(1, cap ?? Infinity)
          expect([arbiter.recoveries, arbiter.rulings.length]).to.deep.equal([0, 0])
        })
      }
    }
  }

  it('gets an object from several providers, acknowledges every block and none twice', async () => {
    const object = createObject({ size: 300 * BLOCK_SIZE, mode: Mode.PROOF })
    const providers = await Promise.all([0, 1, 2].map(async () => provide({ object })))
    const { target, run } = await create(object, providers)
    const { wasted } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(wasted).to.equal(0)
    expect(providers.map(({ sent }) => sent)).to.deep.equal(providers.map(({ paid }) => paid))
    expect(providers.reduce((sum, { paid }) => sum + paid, 0)).to.equal(300)
  })

  it('reads in order', async () => {
    const object = createObject({ size: 100 * BLOCK_SIZE, mode: Mode.PROOF })
    const { target, run, download } = await create(object, [await provide({ object }), await provide({ object })], { order: 'sequential', readAhead: 8 })
    let place = 0
    target.onWrite = () => {
      while (target.have.has(place)) {
        place++
      }

      download.moveTo(place)
    }
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
  })

  it('has nothing before it has acknowledged', async () => {
    const object = createObject({ mode: Mode.PROOF })
    const provider = await provide({ object })
    const { target, run } = await create(object, [provider])
    target.onWrite = () => { expect(provider.paid).to.be.at.least(target.written.length) }
    await run()
    provider.receipts.broken = true
    const second = await create(object, [provider], { patience: 500 })
    second.arbiter.reachable = false
    await expect(second.run()).to.eventually.be.rejected()
    expect(second.target.written).to.be.empty()
  })

  for (const [what, release] of [
    ['refuses', () => { throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no keys') }],
    ['never answers', async () => new Promise<never>(() => {})]
  ] as Array<[string, ProofInit['release']]>) {
    it(`gets from the server what a provider withholds that ${what}`, async () => {
      const object = createObject({ size: 8 * BLOCK_SIZE, mode: Mode.PROOF })
      const provider = await provide({ object, release: (keys, acknowledgement) => acknowledgement.count > 3 ? release!(keys, acknowledgement) : keys })
      const { target, run, arbiter } = await create(object, [provider])
      const { wasted } = await run()

      expect(target.bytes).to.equalBytes(object.plain)
      expect(arbiter.recoveries).to.be.above(0)
      // what came behind the acknowledgement that got no keys: the provider's window was 4 then, and grows no more
      expect(wasted).to.be.at.most(4 * BLOCK_SIZE)
    })
  }

  it('loses nothing but time when keys are withheld and the server is down', async () => {
    const object = createObject({ mode: Mode.PROOF })
    const bad = await provide({ object, release: () => { throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no keys') } })
    const good = await provide({ object, read: async (_, bytes) => delay(5, bytes) })
    const { target, run, arbiter } = await create(object, [bad, good])
    arbiter.reachable = false
    await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(good.paid).to.equal(object.geometry.blockCount)
  })

  for (const encrypted of [false, true]) {
    it(`gets a block that is false from the server, ${encrypted ? 'encrypted' : 'plain'}`, async () => {
      const object = createObject({ encrypted, mode: Mode.PROOF })
      const bad = await provide({ object, read: (index, bytes) => index === 4 ? bytes.map(byte => byte ^ 1) : bytes })
      // nobody else has it
      const have = new Bitfield(object.geometry.blockCount)
      have.setRange(0, have.length)
      have.clear(4)
      const good = await provide({ object, have, read: async (_, bytes) => delay(5, bytes) })
      const { target, run, arbiter } = await create(object, [bad, good], { patience: 2_000 })
      const { bad: count, fetched } = await run()

      expect(target.bytes).to.equalBytes(object.plain)
      expect(count).to.equal(1)
      expect(fetched).to.equal(object.manifest.size)
      expect(arbiter.rulings.map(({ block }) => block != null)).to.deep.equal([true])
      expect(bad.sessions).to.equal(1)
    })
  }

  it('does not thank a provider for what the server gave in its place', async () => {
    const object = createObject({ mode: Mode.PROOF })
    const have = new Bitfield(object.geometry.blockCount)
    have.set(4)
    const bad = await provide({ object, have, read: (_, bytes) => bytes.map(byte => byte ^ 1) })
    const rest = new Bitfield(object.geometry.blockCount)
    rest.setRange(0, rest.length)
    rest.clear(4)
    const good = await provide({ object, have: rest })
    // it answers disputes, and is no provider at the moment
    const server = await peer(2)
    const remembered: PeerId[] = []
    const { target, run, arbiter } = await create(object, [bad, good, { peer: server, addresses: [] }], {
      patience: 2_000,
      credentials: { isServer: (peer: PeerId) => peer.equals(server) } as unknown as DownloadInit['credentials'],
      onProvider: peer => { remembered.push(peer) }
    })
    const { fetched, sources } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(arbiter.rulings.map(({ block }) => block != null)).to.deep.equal([true])
    expect(fetched).to.equal(object.manifest.size)
    expect(remembered.map(String)).to.deep.equal([good.peer.toString()])
    const bytes = Object.fromEntries(sources.map(({ peer, bytes }) => [peer.toString(), bytes]))
    expect(bytes).to.deep.equal({ [good.peer.toString()]: fetched - BLOCK_SIZE, [server.toString()]: BLOCK_SIZE })
    expect(sources.filter(({ server }) => server)).to.have.lengthOf(1)
  })

  it('gets the right key from the server when a provider gave a wrong one', async () => {
    const object = createObject({ size: 3 * BLOCK_SIZE, mode: Mode.PROOF })
    const bad = await provide({
      object,
      release: ({ keys, ...rest }) => ({ ...rest, keys: rest.first === 3 ? keys.map(byte => byte ^ 1) : keys })
    })
    const { target, run, arbiter } = await create(object, [bad])
    const { bad: count } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(count).to.equal(1)
    expect(arbiter.rulings.map(({ key }) => key != null)).to.deep.equal([true])
  })

  it('goes on when a provider disappears', async () => {
    const object = createObject({ size: 100 * BLOCK_SIZE, mode: Mode.PROOF })
    const first = await provide({ object, read: async (_, bytes) => delay(5, bytes) })
    const second = await provide({ object, read: async (_, bytes) => delay(10, bytes) })
    const { target, run } = await create(object, [first, second])
    target.onWrite = () => {
      if (target.written.length === 20) {
        void first.stop()
      }
    }
    await run()
    expect(target.bytes).to.equalBytes(object.plain)
  })

  it('goes on in another session when the provider has closed one', async () => {
    const object = createObject({ size: 100 * BLOCK_SIZE, mode: Mode.PROOF })
    const provider = await provide({ object, read: async (_, bytes) => delay(5, bytes) })
    const { target, run } = await create(object, [provider])
    target.onWrite = () => {
      if (target.written.length === 20) {
        provider.session?.close(BlockStatus.BLOCK_OK, 'the session is full')
      }
    }
    const { wasted } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(provider.sessions).to.equal(2)
    // the block on its way and those not acknowledged at the end of the first session at most
    expect(wasted).to.be.below(20 * BLOCK_SIZE)
    expect(provider.paid).to.be.at.least(100)
  })

  it('goes on in another session with a new ticket', async () => {
    const object = createObject({ size: 100 * BLOCK_SIZE, mode: Mode.PROOF })
    const provider = await provide({ object, read: async (_, bytes) => delay(10, bytes) })
    const { target, run, credentials, download } = await create(object, [provider])
    target.onWrite = () => {
      if (target.written.length === 20) {
        credentials.ticket = new Uint8Array(100).fill(3)
        download.renewed()
      }
    }
    const { wasted } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(wasted).to.equal(0)
    expect(provider.paid).to.equal(100)
    expect(provider.tickets.map(([byte]) => byte)).to.deep.equal([2, 3])
    expect(provider.renewals).to.equal(0)
  })
})
