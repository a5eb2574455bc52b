/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { AbortError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { Availability, BLOCK_PROTOCOL, BlockStatus, RefusedError } from '../../../protocols/block/index.ts'
import { eventually } from '../../eventually.ts'
import { blockNode, blockStreams, fromProvider, OPEN, shape, TestHandler, TestProvision } from './fixture.ts'
import type { BlockNode } from './fixture.ts'
import type { BlockSink, Open, ProviderExchange, RecipientSession } from '../../../protocols/block/index.ts'
import type { Opened } from '../../../protocols/block/pb/block.ts'
import type { AbortOptions, Stream } from '@libp2p/interface'

const NONCE = new Uint8Array(32).fill(3)
const OPEN_PROOF: Open = { ...OPEN, nonce: new Uint8Array(32).fill(4) }

/** Seals by turning every bit, and lets the test acknowledge. */
class TestExchange implements ProviderExchange {
  readonly nonce = NONCE
  window: number
  /** By position, from 1 */
  sealed: number[] = []
  acknowledged = 0
  #change = Promise.withResolvers<void>()

  constructor (window: number) {
    this.window = window
  }

  get room (): number {
    return this.window - (this.sealed.length - this.acknowledged)
  }

  async waitForRoom ({ signal }: AbortOptions): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    signal?.addEventListener('abort', () => { aborted.reject(new AbortError()) })

    while (this.room <= 0) {
      await Promise.race([this.#change.promise, aborted.promise])
    }
  }

  seal (index: number, block: Uint8Array): { position: number, bytes: Uint8Array } {
    expect(this.room).to.be.above(0)
    this.sealed.push(index)

    return { position: this.sealed.length, bytes: block.map(byte => byte ^ 0xff) }
  }

  acknowledge (count: number): void {
    this.acknowledged += count
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  giveUp (err: Error): void {
    this.#change.reject(err)
  }
}

class ExchangeHandler extends TestHandler {
  exchange = true
  begun: Array<{ index: number, cancelled: boolean }> = []

  begin (index: number, length: number, cancelled?: boolean): BlockSink {
    this.begun.push({ index, cancelled: cancelled === true })

    return super.begin(index, length)
  }
}

describe('block protocol with an exchange', () => {
  const nodes: BlockNode[] = []
  let provision: TestProvision
  let exchange: TestExchange
  let handler: ExchangeHandler
  let provider: BlockNode
  let recipient: BlockNode

  beforeEach(async () => {
    exchange = new TestExchange(4)
    provision = new TestProvision(100, 1000, { exchange })
    handler = new ExchangeHandler(provision.shape)
    nodes.push(provider = await blockNode({ provision }), recipient = await blockNode())
    await recipient.dial(provider.getMultiaddrs())
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
  })

  async function open (open: Open = OPEN_PROOF): Promise<RecipientSession> {
    return recipient.services.block.openSession(provider.peerId, open, handler)
  }

  function request (session: RecipientSession, ...indices: number[]): void {
    session.request(indices.map(index => ({ index, levels: 1 })))
  }

  it('takes both nonces, and sends sealed blocks with positions as far as there is room', async () => {
    const session = await open()
    expect(provision.opens[0].nonce).to.equalBytes(OPEN_PROOF.nonce)
    expect(session.nonce).to.equalBytes(NONCE)
    expect(session.acknowledgementWindow).to.equal(4)

    request(session, ...Array.from({ length: 20 }, (_, i) => 19 - i))
    let acknowledged = 0

    while (handler.blocks.size < 20) {
      await eventually(() => handler.blocks.size === Math.min(20, acknowledged + 4))
      // what is beyond the window is not even read
      expect(provision.reads.length).to.equal(Math.min(20, acknowledged + 4))
      exchange.acknowledge(1)
      acknowledged++
    }

    expect(exchange.sealed).to.deep.equal(Array.from({ length: 20 }, (_, i) => 19 - i))
    expect(handler.begun).to.deep.equal(exchange.sealed.map(index => ({ index, cancelled: false })))

    for (const { bytes, good, hashes } of handler.blocks.values()) {
      expect({ bytes, good }).to.deep.equal({ bytes: 1000, good: false })
      expect(hashes).to.have.lengthOf(32)
    }
  })

  it('does not seal the super-block', async () => {
    exchange.window = 1
    const session = await open()
    request(session, 0)
    await eventually(() => handler.blocks.size === 1)
    session.requestSuperBlock()
    await eventually(() => handler.leaves.length === 1)

    expect(handler.leaves[0]).to.equalBytes(new Uint8Array(3200).fill(9))
    expect(exchange.sealed).to.deep.equal([0])
  })

  it('shows a recipient in mode plain nothing of an exchange', async () => {
    handler.exchange = false
    const session = await open()

    expect(session.nonce).to.equal(undefined)
    expect(session.acknowledgementWindow).to.equal(undefined)
  })

  for (const length of [undefined, 0, 31, 33]) {
    it(`does not ask with a nonce of ${length ?? 'no'} bytes, and refuses it`, async () => {
      const nonce = length == null ? undefined : new Uint8Array(length)
      await expect(open({ ...OPEN, nonce })).to.eventually.be.rejected().with.property('name', 'InvalidParametersError')
      expect(provision.opens).to.be.empty()

      handler.exchange = false
      await expect(open({ ...OPEN, nonce })).to.eventually.be.rejected().with.property('status', BlockStatus.BLOCK_MALFORMED)
      await eventually(() => provision.released === 1)
    })

    it(`ignores a nonce of ${length ?? 'no'} bytes in mode plain`, async () => {
      provision.overrides = {}
      handler.exchange = false
      const session = await open({ ...OPEN, nonce: length == null ? undefined : new Uint8Array(length) })
      request(session, 1)
      await eventually(() => handler.blocks.get(1)?.good === true)
    })
  }

  it('takes no renewed ticket', async () => {
    const session = await open()
    session.renew(Uint8Array.of(1))

    expect(await handler.over.promise).to.have.property('name', 'StreamResetError')
    expect(provision.renewed).to.be.empty()
    await eventually(() => provision.released === 1)
  })

  it('ends the session of one that does not acknowledge', async () => {
    const session = await open()
    request(session, 0, 1, 2, 3, 4)
    await eventually(() => handler.blocks.size === 4)
    exchange.giveUp(new RefusedError(BlockStatus.BLOCK_UNACKNOWLEDGED, 'nothing is acknowledged'))

    expect(await handler.over.promise).to.have.property('status', BlockStatus.BLOCK_UNACKNOWLEDGED)
    expect(exchange.sealed).to.have.lengthOf(4)
    await eventually(() => blockStreams(provider).length === 0 && blockStreams(recipient).length === 0)
  })

  it('refuses cancelled requests while there is no room, and seals none of them', async () => {
    const session = await open()
    request(session, 0, 1, 2, 3, 4, 5, 6)
    await eventually(() => handler.blocks.size === 4)
    session.cancel([4, 5])
    session.announce([{ first: 0, count: 4 }])
    // what was sent before this is there as well
    await eventually(() => provision.announcedRanges.length === 1)
    exchange.acknowledge(4)
    await eventually(() => handler.blocks.has(6))

    expect(exchange.sealed).to.deep.equal([0, 1, 2, 3, 6])
    expect(session.outstanding).to.equal(0)
    expect(handler.refusals).to.be.empty()
  })

  it('hands over what comes although it was cancelled', async () => {
    const reading = Promise.withResolvers<void>()
    provision.overrides.readBlock = async index => {
      provision.reads.push(index)
      await reading.promise

      return new Uint8Array(1000).fill(index * 31 + 7)
    }
    const session = await open()
    request(session, 5)
    await eventually(() => provision.reads.length === 1)
    session.cancel([5])
    expect(session.outstanding).to.equal(0)
    reading.resolve()
    await eventually(() => handler.blocks.size === 1)

    expect(handler.begun).to.deep.equal([{ index: 5, cancelled: true }])
    expect(handler.blocks.get(5)?.bytes).to.equal(1000)
    expect(handler.aborted).to.equal(0)
  })

  for (const [levels, expected] of [
    // as it comes: once
    [1, [{ index: 5, cancelled: false }]],
    // with other hashes: twice
    [3, [{ index: 5, cancelled: true }, { index: 5, cancelled: false }]]
  ] as const) {
    it(`accounts for a block that was cancelled and asked for again with ${levels} levels`, async () => {
      const reading = Promise.withResolvers<void>()
      provision.overrides.readBlock = async index => {
        provision.reads.push(index)
        await reading.promise

        return new Uint8Array(1000)
      }
      const session = await open()
      request(session, 5)
      await eventually(() => provision.reads.length === 1)
      session.cancel([5])
      session.request([{ index: 5, levels }])
      expect(session.outstanding).to.equal(1)
      reading.resolve()
      await eventually(() => session.outstanding === 0)

      expect(handler.begun).to.deep.equal(expected)
      expect(handler.blocks.get(5)?.hashes).to.have.lengthOf(32 * levels)
      expect(exchange.sealed).to.have.lengthOf(expected.length)
    })
  }

  it('goes on to the sink with a block that is cancelled while it arrives', async () => {
    provision.shape = shape(10, 2 ** 20)
    handler.shape = provision.shape
    const session = await open()
    let chunks = 0
    handler.begin = (index, length) => {
      const sink = TestHandler.prototype.begin.call(handler, index, length)

      return {
        ...sink,
        chunk: bytes => {
          if (chunks++ === 0) {
            session.cancel([index])
          }

          sink.chunk(bytes)
        }
      }
    }
    request(session, 0)
    await eventually(() => handler.blocks.size === 1)

    expect(chunks).to.be.above(1)
    expect(handler.blocks.get(0)?.bytes).to.equal(2 ** 20)
    expect(session.outstanding).to.equal(0)
  })

  describe('of a hostile provider', () => {
    let hostile: BlockNode
    let sends: (stream: Stream) => void

    function opened (changes: Partial<Opened> = {}): Uint8Array {
      return fromProvider({
        opened: {
          status: BlockStatus.BLOCK_OK,
          reason: '',
          availability: Availability.ALL,
          have: new Uint8Array(0),
          certificate: new Uint8Array(0),
          window: 4,
          superBlock: false,
          peers: [],
          nonce: NONCE,
          acknowledgementWindow: 1,
          ...changes
        }
      })
    }

    beforeEach(async () => {
      nodes.push(hostile = await blockNode())
      await hostile.services.block.stop()
      await hostile.handle(BLOCK_PROTOCOL, stream => {
        stream.addEventListener('message', () => { sends(stream) }, { once: true })
      })
      await recipient.dial(hostile.getMultiaddrs())
    })

    for (const [what, changes] of Object.entries({
      'no nonce': { nonce: undefined },
      'a short nonce': { nonce: new Uint8Array(31) },
      'a long nonce': { nonce: new Uint8Array(33) },
      'no window': { acknowledgementWindow: undefined },
      'a window of 0': { acknowledgementWindow: 0 },
      'a window of 513': { acknowledgementWindow: 513 }
    })) {
      it(`is not begun with ${what}`, async () => {
        sends = stream => { stream.send(opened(changes)) }

        await expect(recipient.services.block.openSession(hostile.peerId, OPEN_PROOF, handler))
          .to.eventually.be.rejected().with.property('name', 'InvalidMessageError')
      })
    }

    for (const [what, positions, good] of [
      ['no position', [undefined], 0],
      ['position 0', [0], 0],
      ['position 2 first', [2], 0],
      ['a position twice', [1, 1], 1],
      ['a gap', [1, 2, 4], 2]
    ] as const) {
      it(`is ended by ${what}`, async () => {
        sends = stream => {
          stream.send(opened())
          stream.addEventListener('message', () => {
            positions.forEach((position, index) => {
              stream.send(fromProvider({ block: { index, length: 1000, hashes: new Uint8Array(32), position } }, new Uint8Array(1000)))
            })
          }, { once: true })
        }
        const session = await recipient.services.block.openSession(hostile.peerId, OPEN_PROOF, handler)
        request(session, 0, 1, 2, 3)

        expect(await handler.over.promise).to.have.property('name', 'InvalidMessageError')
        expect(handler.blocks.size).to.equal(good)
      })
    }
  })
})
