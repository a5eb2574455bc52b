import { expect } from 'aegir/chai'
import { BLOCK_PROTOCOL, Availability, BlockStatus, RefusedError } from '../../../protocols/block/index.ts'
import { eventually } from '../../eventually.ts'
import { blockNode, blockStreams, OPEN, shape, TestHandler, TestProvision } from './fixture.ts'
import type { BlockNode } from './fixture.ts'
import type { BlockInit, RecipientSession } from '../../../protocols/block/index.ts'

const KiB = 1024

describe('block protocol', () => {
  const nodes: BlockNode[] = []
  let provision: TestProvision
  let handler: TestHandler

  async function start (init?: BlockInit): Promise<BlockNode> {
    const node = await blockNode(init)
    nodes.push(node)

    return node
  }

  async function pair (init: BlockInit = {}, recipientInit: BlockInit = {}): Promise<{ provider: BlockNode, recipient: BlockNode }> {
    const [provider, recipient] = await Promise.all([start({ provision, ...init }), start(recipientInit)])
    await recipient.dial(provider.getMultiaddrs())
    handler = new TestHandler(provision.shape)

    return { provider, recipient }
  }

  async function open ({ provider, recipient }: { provider: BlockNode, recipient: BlockNode }, to: TestHandler = handler): Promise<RecipientSession> {
    return recipient.services.block.openSession(provider.peerId, OPEN, to)
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
  })

  it('delivers blocks, hashes and the super-block, and leaves no stream behind', async () => {
    provision = new TestProvision(300, 100_000)
    const both = await pair()
    const session = await open(both)

    expect(session.peer.equals(both.provider.peerId)).to.equal(true)
    expect(session.availability).to.equal(Availability.ALL)
    expect(session.window).to.equal(167)
    expect(session.superBlock).to.equal(true)
    expect(handler.session).to.equal(session)

    session.requestSuperBlock()
    session.request(Array.from({ length: 300 }, (_, index) => ({ index, levels: index % 9 })))
    expect(session.outstanding).to.equal(300)
    await eventually(() => handler.blocks.size === 300)

    for (const [index, { good, hashes }] of handler.blocks) {
      expect(good).to.equal(true)
      expect(hashes).to.equalBytes(new Uint8Array(index % 9 * 32).fill(index))
    }

    expect(handler.leaves).to.have.lengthOf(1)
    expect(handler.leaves[0]).to.equalBytes(new Uint8Array(300 * 32).fill(9))
    expect(session.outstanding).to.equal(0)
    await session.close()
    expect(await handler.over.promise).to.equal(undefined)
    await eventually(() => provision.released === 1 && blockStreams(both.provider).length === 0 && blockStreams(both.recipient).length === 0)
  })

  it('refuses with status, reason and certificate', async () => {
    provision = new TestProvision(1, 10)
    provision.admitting = async () => { throw new RefusedError(BlockStatus.BLOCK_SERVER_CONFLICT, 'two\nservers', Uint8Array.of(7, 7)) }
    const both = await pair()

    const err = await open(both).then(() => undefined, err => err)
    expect(err).to.have.property('name', 'RefusedError')
    expect(err).to.have.property('status', BlockStatus.BLOCK_SERVER_CONFLICT)
    expect(err.message).to.equal('two servers')
    expect(err.certificate).to.equalBytes(Uint8Array.of(7, 7))

    provision.admitting = async () => { throw new Error('a secret of this machine') }
    await expect(open(both)).to.eventually.be.rejected().with.property('message', 'the provider cannot go on')
    await eventually(() => blockStreams(both.provider).length === 0 && blockStreams(both.recipient).length === 0)
  })

  it('refuses everything without a provision', async () => {
    provision = new TestProvision(1, 10)
    const both = await pair({ provision: undefined })

    await expect(open(both)).to.eventually.be.rejected().with.property('status', BlockStatus.BLOCK_NOT_FOUND)
  })

  it('gives up an opening that is not answered, or aborted', async () => {
    provision = new TestProvision(1, 10)
    provision.admitting = async () => new Promise(() => {})
    const both = await pair({}, { openTimeout: 200 })

    await expect(open(both)).to.eventually.be.rejected().with.property('name', 'TimeoutError')

    const abort = new AbortController()
    const opening = both.recipient.services.block.openSession(both.provider.peerId, OPEN, handler, { signal: abort.signal })
    setTimeout(() => { abort.abort() }, 50)
    await expect(opening).to.eventually.be.rejected().with.property('name', 'AbortError')
    await eventually(() => blockStreams(both.provider).length === 0)
  })

  it('bounds what a slow reader costs the provider', async () => {
    provision = new TestProvision(64, 256 * KiB)
    const both = await pair()
    const session = await open(both)
    const uploads = both.provider.services.block.uploads
    let least = uploads.free

    session.request(Array.from({ length: 32 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => handler.blocks.size > 0)
    session.pause()

    for (let i = 0; i < 30; i++) {
      session.request([{ index: 32 + i, levels: 0 }])
      await new Promise(resolve => setTimeout(resolve, 10))
      least = Math.min(least, uploads.free)
    }

    // one that the stream has not taken, one read ahead; what went before it is in the receive window
    expect(uploads.memory - least).to.be.at.most(2 * 256 * KiB)
    const [stream] = blockStreams(both.provider)
    expect(stream.writeBufferLength).to.be.below(300 * KiB)

    session.resume()
    await eventually(() => handler.blocks.size === 62)
    expect([...handler.blocks.values()].every(({ good }) => good)).to.equal(true)
    await eventually(() => uploads.free === uploads.memory)
  })

  it('can be paused and resumed from within a delivery', async () => {
    provision = new TestProvision(64, 256 * KiB)
    const both = await pair()
    const session = await open(both)

    handler.onBlock = () => {
      session.pause()
      setTimeout(() => { session.resume() }, 1)
    }
    session.request(Array.from({ length: 64 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => handler.blocks.size === 64, 20_000)
    expect([...handler.blocks.values()].every(({ good }) => good)).to.equal(true)
  })

  it('drops a recipient that does not read', async () => {
    provision = new TestProvision(64, 1024 * KiB)
    const both = await pair({ stallTimeout: 300 })
    const session = await open(both)

    session.pause()
    session.request(Array.from({ length: 16 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => provision.released === 1)
    expect(await handler.over.promise).to.have.property('name', 'StreamResetError')
  })

  it('drops a recipient that does not read sooner when others wait for memory', async () => {
    provision = new TestProvision(64, 64 * KiB)
    const both = await pair({ readBudget: 128 * KiB, contendedTimeout: 200 })
    const slow = await open(both)
    slow.pause()
    slow.request(Array.from({ length: 64 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => both.provider.services.block.uploads.free === 0)

    const other = await start()
    const quick = new TestHandler(provision.shape)
    await other.dial(both.provider.getMultiaddrs())
    const session = await other.services.block.openSession(both.provider.peerId, OPEN, quick)
    session.request([{ index: 1, levels: 0 }])

    await eventually(() => quick.blocks.size === 1)
    expect(await handler.over.promise).to.have.property('name', 'StreamResetError')
  })

  it('answers each cancelled request, sends none of what was queued, and takes it again', async () => {
    provision = new TestProvision(64, 256 * KiB)
    let reading = Promise.withResolvers<void>()
    provision.overrides.readBlock = async index => {
      provision.reads.push(index)
      await reading.promise
      return new Uint8Array(256 * KiB).fill(index * 31 + 7)
    }
    const both = await pair()
    const session = await open(both)

    session.request(Array.from({ length: 64 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => provision.reads.length > 0)
    session.cancel(Array.from({ length: 62 }, (_, index) => index))
    session.request([{ index: 5, levels: 3 }])
    expect(session.outstanding).to.equal(3)
    await new Promise(resolve => setTimeout(resolve, 100))
    reading.resolve()
    reading = Promise.withResolvers()
    await eventually(() => provision.reads.length > 1)
    reading.resolve()
    await eventually(() => handler.blocks.size > 0 || provision.reads.length > 2)
    reading.resolve()
    await eventually(() => session.outstanding === 0)

    expect([...handler.blocks.keys()].sort((a, b) => a - b)).to.deep.equal([5, 62, 63])
    expect(handler.blocks.get(5)?.hashes).to.have.lengthOf(96)
    expect(handler.refusals).to.be.empty()
    expect(provision.reads).to.have.lengthOf(4)
  })

  it('refuses what the admission does not permit, again for each request', async () => {
    let status = BlockStatus.BLOCK_OK
    provision = new TestProvision(10, 1000, { permits: index => index === 3 ? BlockStatus.BLOCK_NOT_FOUND : status })
    const both = await pair()
    const session = await open(both)

    session.request([2, 3, 4].map(index => ({ index, levels: 0 })))
    await eventually(() => session.outstanding === 0)
    expect(handler.refusals).to.deep.equal([{ indices: [3], status: BlockStatus.BLOCK_NOT_FOUND }])

    status = BlockStatus.BLOCK_TICKET_EXPIRED
    session.request([5, 6, 7].map(index => ({ index, levels: 0 })))
    await eventually(() => session.outstanding === 0)
    expect(handler.refusals[1]).to.deep.equal({ indices: [5, 6, 7], status })

    session.renew(Uint8Array.of(1, 2))
    await eventually(() => provision.renewed.length === 1)
    status = BlockStatus.BLOCK_OK
    session.request([{ index: 5, levels: 0 }])
    await eventually(() => handler.blocks.has(5))
  })

  it('ends the session when a renewed ticket is not good', async () => {
    provision = new TestProvision(10, 1000, { renew: async () => { throw new RefusedError(BlockStatus.BLOCK_TICKET_REVOKED, 'revoked') } })
    const both = await pair()
    const session = await open(both)

    session.renew(Uint8Array.of(1))
    expect(await handler.over.promise).to.have.property('status', BlockStatus.BLOCK_TICKET_REVOKED)
    await eventually(() => blockStreams(both.provider).length === 0 && blockStreams(both.recipient).length === 0)
  })

  it('refuses a block that cannot be read and stops', async () => {
    provision = new TestProvision(10, 1000, { readBlock: async () => { throw new Error('EIO /secret/path') } })
    const both = await pair()
    const session = await open(both)

    session.request([{ index: 0, levels: 0 }, { index: 1, levels: 0 }])
    const err: any = await handler.over.promise
    expect(err.status).to.equal(BlockStatus.BLOCK_STOPPING)
    expect(err.message).to.not.include('secret')
    expect(handler.refusals).to.deep.equal([{ indices: [0], status: BlockStatus.BLOCK_NOT_FOUND }])
    await eventually(() => both.provider.services.block.uploads.free === both.provider.services.block.uploads.memory)
  })

  it('refuses a super-block that it does not have', async () => {
    provision = new TestProvision(10, 1000, { superBlock: undefined })
    const both = await pair()
    const session = await open(both)

    expect(session.superBlock).to.equal(false)
    session.requestSuperBlock()
    await eventually(() => handler.leaves.length === 1)
    expect(handler.leaves[0]).to.equal(undefined)
  })

  it('announces both ways, collected', async () => {
    provision = new TestProvision(1000, 1000, { availability: Availability.SOME, have: new Uint8Array(125) })
    const both = await pair()
    const session = await open(both)
    expect(session.have).to.have.lengthOf(125)

    for (let i = 0; i < 1000; i++) {
      provision.sessions[0].announce([{ first: i, count: 1 }])
      session.announce([{ first: 999 - i, count: 1 }])
    }

    await eventually(() => handler.ranges.reduce((sum, { count }) => sum + count, 0) === 1000)
    await eventually(() => provision.announcedRanges.reduce((sum, { count }) => sum + count, 0) === 1000)
    expect(handler.haves).to.be.at.most(33)
    expect(provision.announcedRanges.length).to.be.at.most(33)
  })

  it('ends an idle session, but not one that is kept', async () => {
    provision = new TestProvision(10, 1000)
    const both = await pair({ idleTimeout: 400 })
    const session = await open(both)

    for (let i = 0; i < 8; i++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      session.announce([])
    }

    expect(provision.released).to.equal(0)
    expect(await handler.over.promise).to.have.property('message', 'idle')
    await eventually(() => blockStreams(both.provider).length === 0 && blockStreams(both.recipient).length === 0)
  })

  it('paces by the ticket\'s rate, also over several sessions', async () => {
    provision = new TestProvision(100, 1000, { rate: 10_000 })
    const both = await pair()
    const start = Date.now()
    const session = await open(both)
    session.request([0, 1, 2].map(index => ({ index, levels: 0 })))
    await eventually(() => handler.blocks.size === 3)
    await session.close()
    const again = new TestHandler(provision.shape)
    const second = await open(both, again)
    second.request([3, 4].map(index => ({ index, levels: 0 })))
    await eventually(() => again.blocks.size === 2)

    expect(Date.now() - start).to.be.at.least(495)
  })

  it('replaces a recipient\'s older session for the same object', async () => {
    provision = new TestProvision(10, 1000)
    const both = await pair()
    await open(both)
    const second = await open(both, new TestHandler(provision.shape))

    expect(await handler.over.promise).to.have.property('message', 'replaced by a newer session')
    second.request([{ index: 0, levels: 0 }])
    await eventually(() => second.outstanding === 0)
    await eventually(() => blockStreams(both.provider).length === 1)
    expect(provision.released).to.equal(1)
  })

  it('keeps to its quotas', async () => {
    provision = new TestProvision(10, 1000)
    const both = await pair({ maxSessionsPerPeer: 2, maxSessions: 3 })
    const opens = [1, 2, 3].map(n => ({ ...OPEN, object: Uint8Array.of(n) }))
    const handlers = opens.map(() => new TestHandler(shape(10, 1000)))
    await both.recipient.services.block.openSession(both.provider.peerId, opens[0], handlers[0])
    await both.recipient.services.block.openSession(both.provider.peerId, opens[1], handlers[1])
    await expect(both.recipient.services.block.openSession(both.provider.peerId, opens[2], handlers[2]))
      .to.eventually.be.rejected().with.property('status', BlockStatus.BLOCK_BUSY)

    const other = await start()
    await other.dial(both.provider.getMultiaddrs())
    await other.services.block.openSession(both.provider.peerId, opens[0], new TestHandler(shape(10, 1000)))
    await expect(other.services.block.openSession(both.provider.peerId, opens[1], new TestHandler(shape(10, 1000))))
      .to.eventually.be.rejected().with.property('status', BlockStatus.BLOCK_BUSY)
  })

  it('stops though a stream was over before it came', async () => {
    const both = await pair()
    const [connection] = both.recipient.getConnections()
    const stream = await connection.newStream(BLOCK_PROTOCOL)
    stream.abort(new Error('too early'))
    both.provider.services.block.onStream(stream, connection)

    await both.provider.services.block.stop()
  })

  it('ends all sessions when it stops', async () => {
    provision = new TestProvision(10, 1000)
    const both = await pair()
    await open(both)
    await both.provider.services.block.stop()

    expect(await handler.over.promise).to.have.property('status', BlockStatus.BLOCK_STOPPING)
    expect(blockStreams(both.provider)).to.be.empty()
    expect(provision.released).to.equal(1)
  })

  it('ends the session when the connection breaks', async () => {
    provision = new TestProvision(10, 100_000)
    const both = await pair()
    const session = await open(both)
    session.request([{ index: 0, levels: 0 }])
    both.recipient.getConnections()[0].abort(new Error('cable cut'))

    expect(await handler.over.promise).to.be.instanceOf(Error)
    await eventually(() => provision.released === 1)
    session.request([{ index: 1, levels: 0 }])
    session.cancel([0])
    session.announce([{ first: 0, count: 1 }])
    session.pause()
    session.resume()
    await session.close()
  })
})
