/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Availability, BLOCK_PROTOCOL, BlockStatus } from '../../../protocols/block/index.ts'
import { ProviderMessage } from '../../../protocols/block/pb/block.ts'
import { eventually } from '../../eventually.ts'
import { blockNode, blockStreams, frame, fromProvider, fromRecipient, OPEN, shape, TestHandler, TestProvision } from './fixture.ts'
import type { BlockNode } from './fixture.ts'
import type { Opened, RecipientMessage } from '../../../protocols/block/pb/block.ts'
import type { Stream } from '@libp2p/interface'

const KiB = 1024
const open = fromRecipient({ open: OPEN as RecipientMessage['open'] })

function opened (changes: Partial<Opened> = {}): Uint8Array {
  return fromProvider({
    opened: {
      status: BlockStatus.BLOCK_OK,
      reason: '',
      availability: Availability.ALL,
      have: new Uint8Array(0),
      certificate: new Uint8Array(0),
      window: 4,
      superBlock: true,
      peers: [],
      ...changes
    }
  })
}

function request (...indices: number[]): Uint8Array {
  return fromRecipient({ request: { blocks: indices.map(index => ({ index, levels: 0 })), superBlock: false } })
}

function blockMessage (index: number, length: number, hashes = 0, body = length): Uint8Array {
  return fromProvider({ block: { index, length, hashes: new Uint8Array(hashes) } }, new Uint8Array(body))
}

/** A message with the length of `length`, of which nothing comes. */
const oversized = Uint8Array.of(0x81, 0x80, 0x10)
const garbage = frame(Uint8Array.of(0xff, 0xff, 0xff))

describe('hostile recipients', () => {
  let provider: BlockNode
  let hostile: BlockNode
  let provision: TestProvision

  beforeEach(async () => {
    provision = new TestProvision(100, 256 * KiB)
    ;[provider, hostile] = await Promise.all([
      blockNode({ provision, openTimeout: 300, stallTimeout: 500, readBudget: 4 * 256 * KiB }),
      blockNode()
    ])
    await hostile.dial(provider.getMultiaddrs())
  })

  afterEach(async () => {
    // the provider still serves whoever is honest, and has its memory back
    const handler = new TestHandler(provision.shape)
    await eventually(() => blockStreams(provider).length === 0 && provider.services.block.uploads.free === provider.services.block.uploads.memory, 8000)
    provision.admitting = undefined
    provision.overrides = {}
    const session = await hostile.services.block.openSession(provider.peerId, OPEN, handler)
    session.request([{ index: 7, levels: 1 }])
    await eventually(() => handler.blocks.has(7))
    await Promise.all([provider.stop(), hostile.stop()])
  })

  async function raw (...sends: Uint8Array[]): Promise<{ stream: Stream, received(): ProviderMessage[], bytes(): number }> {
    const stream = await hostile.getConnections()[0].newStream(BLOCK_PROTOCOL)
    const chunks: Uint8Array[] = []
    stream.addEventListener('message', ({ data }) => { chunks.push(data.subarray()) })

    for (const send of sends) {
      if (stream.writeStatus === 'writable') {
        stream.send(send)
      }
    }

    return {
      stream,
      bytes: () => chunks.reduce((sum, { byteLength }) => sum + byteLength, 0),
      // messages without bodies and shorter than 128 bytes
      received: () => {
        const all = Uint8Array.from(chunks.flatMap(chunk => [...chunk]))
        const messages: ProviderMessage[] = []

        for (let at = 0; at < all.byteLength; at += 1 + all[at]) {
          messages.push(ProviderMessage.decode(all.subarray(at + 1, at + 1 + all[at])))
        }

        return messages
      }
    }
  }

  for (const [what, sends] of Object.entries({
    'garbage instead of Open': [garbage],
    'an oversized first message': [oversized],
    'an oversized later message': [open, Uint8Array.of(0x81, 0x80, 0x04)],
    'no known message': [open, frame(Uint8Array.of(0x7a, 0x00))],
    'a request before Open': [request(1)],
    'a request behind Open, not waiting for Opened': [Uint8Array.from([...open, ...request(1)])],
    'a second Open': [open, open],
    'a block beyond the object': [open, request(100)],
    'the same block twice at once': [open, request(5, 6, 7, 8, 9, 9)],
    'levels beyond any tree': [open, fromRecipient({ request: { blocks: [{ index: 1, levels: 21 }], superBlock: false } })],
    'more requests than a message may have': [open, request(...Array.from({ length: 257 }, (_, i) => i % 100))],
    'ranges beyond the object': [open, fromRecipient({ have: { ranges: [90, 11] } })],
    'ranges out of order': [open, fromRecipient({ have: { ranges: [9, 2, 3, 1] } })],
    'half a range': [open, fromRecipient({ have: { ranges: [9] } })],
    'the same announcement again and again': [open, ...[1, 2, 3].map(() => fromRecipient({ have: { ranges: [0, 100] } }))]
  })) {
    it(`resets the stream at ${what}`, async () => {
      if (what.includes('not waiting')) {
        provision.admitting = async () => new Promise(resolve => setTimeout(resolve, 100))
      }

      const { stream, bytes } = await raw(sends[0])

      if (sends.length > 1) {
        await eventually(() => bytes() > 0)
      }

      for (const send of sends.slice(1)) {
        stream.status === 'open' && stream.send(send)
      }

      await eventually(() => stream.status === 'reset')
      await eventually(() => provision.released === (sends.length > 1 || what.includes('not waiting') ? 1 : 0))
    })
  }

  for (const [what, sends] of Object.entries({
    nothing: [],
    'half an Open': [open.subarray(0, 5)]
  })) {
    it(`resets the stream of one who opens and sends ${what}`, async () => {
      const { stream } = await raw(...sends)
      await eventually(() => stream.status === 'reset')
    })
  }

  it('refuses an opening with oversized fields', async () => {
    const { received } = await raw(fromRecipient({ open: { ...OPEN, object: new Uint8Array(129) } as RecipientMessage['open'] }))
    await eventually(() => received()[0]?.opened?.status === BlockStatus.BLOCK_MALFORMED)
  })

  it('ends the session of one who floods with requests', async () => {
    const { stream, bytes } = await raw(open)
    await eventually(() => bytes() > 0)
    stream.pause()
    stream.send(request(...Array.from({ length: 100 }, (_, i) => i)))
    await eventually(() => provision.released === 1)
    stream.resume()
    // its close was not answered: in time the stream is reset
    await eventually(() => stream.status === 'reset', 8000)
    expect(provision.reads.length).to.be.at.most(4)
  })

  it('bounds what one costs who asks and cancels without reading', async () => {
    provision.overrides.permits = () => BlockStatus.BLOCK_NOT_FOUND
    const { stream, bytes } = await raw(open)
    await eventually(() => bytes() > 0)
    stream.pause()

    for (let i = 0; i < 2000 && stream.status === 'open'; i++) {
      stream.send(request(...Array.from({ length: 60 }, (_, i) => i)))
      stream.send(fromRecipient({ cancel: { blocks: Array.from({ length: 60 }, (_, i) => i) } }))
      await new Promise(resolve => setImmediate(resolve))
      const [mine] = blockStreams(provider)
      expect(mine?.writeBufferLength ?? 0).to.be.below(64 * KiB)
    }

    stream.abort(new Error('enough'))
  })

  it('discards what comes after it has closed the session', async () => {
    const { stream, bytes } = await raw(open)
    await eventually(() => bytes() > 0)
    provision.sessions[0].close(BlockStatus.BLOCK_STOPPING, 'enough')
    stream.send(request(1, 2, 3))
    stream.send(garbage)
    await stream.close()
    await eventually(() => stream.status === 'closed')
    expect(provision.reads).to.be.empty()
  })

  it('survives one who half-closes in the middle of a message', async () => {
    const { stream, bytes } = await raw(open)
    await eventually(() => bytes() > 0)
    stream.send(request(1).subarray(0, 2))
    await stream.close()
    await eventually(() => stream.status === 'reset')
  })

  it('survives random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (afterOpen, bytes) => {
      const { stream, bytes: got } = await raw(...(afterOpen ? [open] : []))

      if (afterOpen) {
        await eventually(() => got() > 0)
      }

      stream.send(bytes)
      await stream.close()
      await eventually(() => stream.status !== 'open')
    }), { seed: 20261121, numRuns: 40 })
  })
})

describe('hostile providers', () => {
  let recipient: BlockNode
  let hostile: BlockNode
  let handler: TestHandler
  let sends: (stream: Stream) => void

  beforeEach(async () => {
    [recipient, hostile] = await Promise.all([blockNode({ silenceTimeout: 300, openTimeout: 500 }), blockNode()])
    await hostile.services.block.stop()
    await hostile.handle(BLOCK_PROTOCOL, (stream) => {
      stream.addEventListener('message', () => { sends(stream) }, { once: true })
    })
    await recipient.dial(hostile.getMultiaddrs())
    handler = new TestHandler(shape(100, 1000))
  })

  afterEach(async () => {
    await eventually(() => blockStreams(recipient).length === 0, 8000)
    await Promise.all([recipient.stop(), hostile.stop()])
  })

  for (const [what, answer] of Object.entries({
    garbage,
    'an oversized message': oversized,
    'something else first': fromProvider({ have: { ranges: [] } }),
    'a window of zero': opened({ window: 0 }),
    'a bitmap of another object': opened({ availability: Availability.SOME, have: new Uint8Array(12) }),
    'a bitmap with bits beyond the object': opened({ availability: Availability.SOME, have: new Uint8Array(13).fill(255) }),
    'an endless certificate': opened({ certificate: new Uint8Array(50_000) }),
    'more peers than allowed': opened({ peers: Array.from({ length: 17 }, () => ({ id: new Uint8Array(1), addresses: [] })) })
  })) {
    it(`does not open a session with one who answers ${what}`, async () => {
      sends = stream => { stream.send(answer) }

      await expect(recipient.services.block.openSession(hostile.peerId, OPEN, handler))
        .to.eventually.be.rejected().with.property('name', 'InvalidMessageError')
    })
  }

  for (const [what, answer, error] of [
    ['answers half', opened().subarray(0, 6), 'TimeoutError'],
    ['does not answer', new Uint8Array(0), 'TimeoutError']
  ] as const) {
    it(`does not wait for one who ${what}`, async () => {
      sends = stream => { answer.byteLength > 0 && stream.send(answer) }

      await expect(recipient.services.block.openSession(hostile.peerId, OPEN, handler)).to.eventually.be.rejected().with.property('name', error)
    })
  }

  it('clamps a giant window and drops oversized peers', async () => {
    sends = stream => { stream.send(opened({ window: 2 ** 32 - 1, peers: [{ id: new Uint8Array(600), addresses: [] }, { id: Uint8Array.of(1), addresses: [] }] })) }
    const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)

    expect(session.window).to.equal(256)
    expect(session.peers).to.have.lengthOf(1)
    await session.close(new Error('seen enough'))
  })

  for (const [what, answer, aborted] of [
    ['a block that was not asked for', blockMessage(50, 1000), 0],
    ['a block beyond the object', blockMessage(100, 1000), 0],
    ['a block twice', Uint8Array.from([...blockMessage(1, 1000, 64), ...blockMessage(1, 1000, 64)]), 0],
    ['a block that is too long', blockMessage(1, 1001, 64), 0],
    ['a block that is too short', blockMessage(1, 999, 64), 0],
    ['a block of 4 GiB', blockMessage(1, 2 ** 32 - 1, 64, 10), 0],
    ['too few hashes', blockMessage(1, 1000, 32), 0],
    ['too many hashes', blockMessage(1, 1000, 96), 0],
    ['hashes that are cut off', blockMessage(1, 1000, 63), 0],
    ['a super-block that was not asked for', fromProvider({ superBlock: { length: 3200 } }, new Uint8Array(3200)), 0],
    ['a refusal of nothing', fromProvider({ refused: { blocks: [], status: BlockStatus.BLOCK_NOT_FOUND } }), 0],
    ['a refusal of what was not asked for', fromProvider({ refused: { blocks: [50], status: BlockStatus.BLOCK_NOT_FOUND } }), 0],
    ['a refusal that is none', fromProvider({ refused: { blocks: [1], status: BlockStatus.BLOCK_OK } }), 0],
    ['a second Opened', opened(), 0],
    ['ranges beyond the object', fromProvider({ have: { ranges: [99, 2] } }), 0],
    ['garbage', garbage, 0],
    ['an oversized message', oversized, 0]
  ] as const) {
    it(`drops one who sends ${what}`, async () => {
      sends = stream => {
        stream.addEventListener('message', () => { stream.send(answer) }, { once: true })
        stream.send(opened())
      }
      const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
      session.request([{ index: 1, levels: 2 }])

      expect(await handler.over.promise).to.have.property('name', 'InvalidMessageError')
      expect(handler.aborted).to.equal(aborted)
      expect(session.outstanding).to.equal(0)
    })
  }

  for (const length of [3199, 3201, 2 ** 32 - 1]) {
    it(`drops one whose super-block has ${length} bytes`, async () => {
      sends = stream => {
        stream.send(opened())
        stream.addEventListener('message', () => { stream.send(fromProvider({ superBlock: { length } })) }, { once: true })
      }
      const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
      session.requestSuperBlock()

      expect(await handler.over.promise).to.have.property('name', 'InvalidMessageError')
    })
  }

  for (const [what, act, error] of [
    ['falls silent', () => {}, 'TimeoutError'],
    ['sends half a block, then nothing', (stream: Stream) => { stream.send(blockMessage(1, 1000, 64, 500)) }, 'TimeoutError'],
    ['closes in the middle of a block', (stream: Stream) => {
      stream.send(blockMessage(1, 1000, 64, 500))
      void stream.close()
    }, 'InvalidMessageError'],
    ['resets in the middle of a block', (stream: Stream) => {
      stream.send(blockMessage(1, 1000, 64, 500))
      setTimeout(() => { stream.abort(new Error('rude')) }, 50)
    }, 'StreamResetError'],
    ['closes without a word', (stream: Stream) => { void stream.close() }, 'RefusedError']
  ] as const) {
    it(`drops one who ${what}`, async () => {
      sends = stream => {
        stream.send(opened())
        stream.addEventListener('message', () => { act(stream) }, { once: true })
      }
      const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
      session.request([{ index: 1, levels: 2 }, { index: 2, levels: 0 }])

      expect(await handler.over.promise).to.have.property('name', error)
      expect(handler.aborted).to.equal(what.includes('of a block') || what.includes('half a block') ? 1 : 0)
    })
  }

  it('discards what comes after Closing', async () => {
    sends = stream => {
      stream.send(Uint8Array.from([...opened(), ...fromProvider({ closing: { status: BlockStatus.BLOCK_STOPPING, reason: 'bye\u0007\n' } }), ...blockMessage(3, 1000), ...garbage]))
      void stream.close()
    }
    await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
    const err = await handler.over.promise

    expect(err).to.have.property('status', BlockStatus.BLOCK_STOPPING)
    expect(err).to.have.property('message', 'bye')
    expect(handler.blocks).to.be.empty()
  })

  it('holds requests back while the provider announces a small window', async () => {
    let asked = 0
    sends = stream => {
      stream.addEventListener('message', ({ data }) => { asked += data.byteLength })
      stream.send(opened({ window: 1 }))
    }
    const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
    session.request(Array.from({ length: 50 }, (_, index) => ({ index, levels: 0 })))
    await eventually(() => asked > 0)
    // whatever else would be on its way
    await new Promise(resolve => setTimeout(resolve, 50))

    expect(asked).to.be.at.most(10)
    expect(session.outstanding).to.equal(50)
    await session.close(new Error('seen enough'))
    expect(await handler.over.promise).to.equal(undefined)
  })

  it('drops a session whose handler throws, and lives', async () => {
    handler.begin = () => { throw new Error('a mistake of ours') }
    sends = stream => {
      stream.send(opened())
      stream.addEventListener('message', () => { stream.send(blockMessage(1, 1000)) }, { once: true })
    }
    const session = await recipient.services.block.openSession(hostile.peerId, OPEN, handler)
    session.request([{ index: 1, levels: 0 }])

    expect(await handler.over.promise).to.have.property('message', 'a mistake of ours')
  })

  it('survives random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (afterOpened, bytes) => {
      handler = new TestHandler(shape(100, 1000))
      sends = stream => {
        if (afterOpened) {
          stream.send(opened())
        }

        stream.send(bytes)
        void stream.close()
      }

      await recipient.services.block.openSession(hostile.peerId, OPEN, handler).then(
        async () => { expect(await handler.over.promise).to.be.instanceOf(Error) },
        err => { expect(err).to.be.instanceOf(Error) }
      )
    }), { seed: 20261121, numRuns: 40 })
  })
})
