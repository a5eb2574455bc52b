/** How recipients share an uplink that is too small for them. */
import { mock } from 'node:test'
import { expect } from 'aegir/chai'
import { BlockStatus, ProviderMessage } from '../../../protocols/block/pb/block.ts'
import { BlockProvider } from '../../../protocols/block/provider-session.ts'
import { UploadQueue } from '../../../protocols/block/upload-queue.ts'
import { eventually } from '../../eventually.ts'
import { blockNode, fromRecipient, OPEN, TestHandler, TestProvision } from './fixture.ts'
import type { BlockNode } from './fixture.ts'
import type { BlockInit } from '../../../protocols/block/index.ts'
import type { RecipientMessage } from '../../../protocols/block/pb/block.ts'
import type { ProviderInit } from '../../../protocols/block/provider-session.ts'
import type { Turn } from '../../../protocols/block/upload-queue.ts'
import type { PeerId, Stream } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

const BLOCK_SIZE = 16 * 1024
const BLOCKS = 10_000
/** Blocks per second, further apart than this machine is late when others use it, too */
const RATE = 30

/** Asks for one block after the other, as many at a time as it may. */
class Greedy extends TestHandler {
  node!: BlockNode
  #next = 0

  get count (): number {
    return this.blocks.size
  }

  ask (count: number): void {
    for (let i = 0; i < count; i++) {
      this.session?.request([{ index: this.#next++ % BLOCKS, levels: 0 }])
    }
  }
}

describe('recipients that share an uplink', () => {
  const nodes: BlockNode[] = []
  let provider: BlockNode
  let provision: TestProvision
  let weights: Map<string, number>

  async function provide (init: BlockInit): Promise<void> {
    weights = new Map()
    provision = new TestProvision(BLOCKS, BLOCK_SIZE)
    provision.terms = recipient => ({ weight: weights.get(recipient.toString()) })
    provider = await blockNode({ provision, ...init })
    nodes.push(provider)
  }

  async function join (weight?: number): Promise<Greedy> {
    const node = await blockNode()
    const handler = new Greedy(provision.shape)
    nodes.push(node)
    weight != null && weights.set(node.peerId.toString(), weight)
    handler.node = node
    await node.services.block.openSession(provider.getMultiaddrs(), OPEN, handler)

    return handler
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
  })

  it('get twice the rate for twice the weight, and a newcomer finishes', async () => {
    await provide({ uploadLimit: RATE * BLOCK_SIZE })
    const heavy = await join(2)
    const light = await join(1)

    for (const handler of [heavy, light]) {
      handler.onBlock = () => { handler.ask(1) }
      handler.ask(64)
    }

    await eventually(() => heavy.count >= 6 && light.count >= 3)
    const before = { heavy: heavy.count, light: light.count }
    await eventually(() => heavy.count - before.heavy >= 60, 20_000)
    expect((heavy.count - before.heavy) / (light.count - before.light)).to.be.within(1.8, 2.2)

    const newcomer = await join()
    newcomer.ask(12)
    const late = { heavy: heavy.count, light: light.count }
    await eventually(() => newcomer.count === 12, 20_000)
    // a quarter is its
    expect((heavy.count - late.heavy) / 12).to.be.within(1.6, 2.5)
    expect((light.count - late.light) / 12).to.be.within(0.75, 1.3)
  })

  it('let those go first who ask for what does not yield', async () => {
    await provide({ uploadLimit: RATE * BLOCK_SIZE })
    let yielding = true
    provision.overrides.yields = index => yielding && index < 100
    const heavy = await join(16)
    const light = await join(1)
    heavy.ask(60)
    await eventually(() => heavy.count >= 3)

    const before = heavy.count
    light.session?.request(Array.from({ length: 30 }, (_, i) => ({ index: 100 + i, levels: 0 })))
    await eventually(() => light.count === 30)
    // what was on its way
    expect(heavy.count - before).to.be.at.most(12)

    // by weights again
    yielding = false
    light.session?.request(Array.from({ length: 30 }, (_, i) => ({ index: 200 + i, levels: 0 })))
    await eventually(() => heavy.count === 60)
    expect(light.count).to.be.within(31, 38)
  })

  it('get no more for more sessions', async () => {
    await provide({ uploadLimit: RATE * BLOCK_SIZE })
    const many = await join()
    const one = await join()
    const second = new Greedy(provision.shape)
    await many.node.services.block.openSession(provider.peerId, { ...OPEN, object: Uint8Array.of(9) }, second)

    for (const handler of [many, second, one]) {
      handler.onBlock = () => { handler.ask(1) }
      handler.ask(64)
    }

    await eventually(() => one.count >= 3)
    const before = { many: many.count + second.count, one: one.count }
    await eventually(() => one.count - before.one >= 30, 20_000)
    expect((many.count + second.count - before.many) / (one.count - before.one)).to.be.within(0.9, 1.1)
  })

  it('keep to a limit of their own', async () => {
    await provide({ uploadLimitPerPeer: RATE * BLOCK_SIZE })
    const first = await join(5)
    const second = await join(1)

    for (const handler of [first, second]) {
      handler.onBlock = () => { handler.ask(1) }
      handler.ask(64)
    }

    await eventually(() => first.count >= 10)
    const before = { first: first.count, second: second.count }
    await eventually(() => first.count - before.first >= 30, 20_000)
    expect((first.count - before.first) / (second.count - before.second)).to.be.within(0.9, 1.1)
  })
})

/** A session whose stream is always ready and leads nowhere; `receive` is what comes from the recipient. */
function fakeSession (send: (data: Uint8Array | Uint8ArrayList) => void, init: Pick<ProviderInit, 'provision' | 'uploads'>): { session: BlockProvider, receive (message: Partial<RecipientMessage>): void } {
  const listeners: Record<string, (event: unknown) => void> = {}
  const stream = {
    status: 'open',
    writeStatus: 'writable',
    writableNeedsDrain: false,
    addEventListener: (type: string, listener: (event: unknown) => void) => { listeners[type] = listener },
    send,
    abort: () => {}
  }
  const session = new BlockProvider(stream as unknown as Stream, { toString: () => 'one' } as unknown as PeerId, {
    ...init,
    openTimeout: 10_000,
    stallTimeout: 60_000,
    contendedTimeout: 5_000,
    idleTimeout: 300_000,
    admitted: () => {},
    ended: () => {}
  })

  return { session, receive: message => { listeners.message({ data: fromRecipient(message) }) } }
}

describe('a recipient that announces nothing any more', () => {
  it('has the last two windows of blocks remembered, and no more', async () => {
    const WINDOW = 256
    const uploads = new UploadQueue({ memory: 2 ** 20 })
    const ends = { arrived: 0, lost: 0 }
    mock.method(uploads, 'take', async (): Promise<Turn> => ({
      release: () => {},
      refund: () => {},
      arrived: () => { ends.arrived++ },
      lost: () => { ends.lost++ }
    }))
    let sent = 0
    const { session, receive } = fakeSession(() => { sent++ }, { provision: new TestProvision(BLOCKS, 16), uploads })
    const ask = async (first: number): Promise<void> => {
      const before = sent
      receive({ request: { blocks: Array.from({ length: WINDOW }, (_, i) => ({ index: first + i, levels: 0 })), superBlock: false } })
      await eventually(() => sent === before + WINDOW)
    }

    receive({ open: OPEN as RecipientMessage['open'] })
    await eventually(() => sent === 1)

    try {
      await ask(0)
      receive({ have: { ranges: [0, 1] } })
      expect(ends).to.deep.equal({ arrived: 1, lost: 0 })

      for (let i = 1; i < 8; i++) {
        await ask(i * WINDOW)
      }

      expect(ends).to.deep.equal({ arrived: 1, lost: 6 * WINDOW - 1 })
      // of the last ones it still says that it has them
      receive({ have: { ranges: [7 * WINDOW, WINDOW] } })
      expect(ends.arrived).to.equal(1 + WINDOW)
    } finally {
      session.close(BlockStatus.BLOCK_STOPPING)
      mock.restoreAll()
    }
  })
})

describe('a recipient that waits for its turn', () => {
  let now: number
  let sent: ProviderMessage[]
  let provision: TestProvision
  let uploads: UploadQueue
  /** What all the memory was given for */
  let others: Turn
  let session: BlockProvider
  let receive: (message: Partial<RecipientMessage>) => Promise<void>

  async function turn (): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  beforeEach(async () => {
    now = 0
    mock.method(performance, 'now', () => now)
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] })
    sent = []
    provision = new TestProvision(10, BLOCK_SIZE)
    uploads = new UploadQueue({ memory: 2 * BLOCK_SIZE, limit: BLOCK_SIZE })
    others = await uploads.take(uploads.join({ toString: () => 'other' } as unknown as PeerId), { bytes: 2 * BLOCK_SIZE, weight: 1 })
    // messages are shorter than 128 bytes
    const fake = fakeSession(data => { sent.push(ProviderMessage.decode(data.slice(1, 1 + data.slice(0, 1)[0]))) }, { provision, uploads })
    session = fake.session
    receive = async message => {
      fake.receive(message)
      await turn()
    }
    await receive({ open: OPEN as RecipientMessage['open'] })
    await receive({ request: { blocks: [0, 1, 2].map(index => ({ index, levels: 0 })), superBlock: false } })
    sent = []
  })

  afterEach(() => {
    session.close(BlockStatus.BLOCK_STOPPING)
    mock.timers.reset()
    mock.restoreAll()
  })

  it('hears from the provider', async () => {
    for (let i = 0; i < 70; i++) {
      mock.timers.tick(1000)
      await turn()
    }

    expect(uploads.waiting).to.equal(1)
    // about one a second, well below the 2 s after which others are asked
    expect(sent.every(({ have }) => have?.ranges.length === 0)).to.be.true()
    expect(sent).to.have.length.within(35, 70)
  })

  it('is not sent what it cancelled meanwhile, and not charged for it', async () => {
    await receive({ cancel: { blocks: [0] } })
    expect(sent).to.be.empty()
    // the debt of the others is paid
    now = 2000
    others.release()
    await turn()

    expect(sent.map(({ refused, block }) => refused?.blocks ?? block?.index)).to.deep.equal([[0], 1])
    expect(provision.reads).to.deep.equal([1])
  })
})
