import { mock } from 'node:test'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { stubInterface } from 'sinon-ts'
import { Availability, BlockStatus, RefusedError } from '../../protocols/block/index.ts'
import { Bitfield } from '../../src/object/bitfield.ts'
import { MAX_PROVIDERS } from '../../src/swarm/constants.ts'
import { Download } from '../../src/swarm/download.ts'
import { peer } from '../ticket/fixtures.ts'
import { seeded } from './fixtures/random.ts'
import { createObject, MemoryTarget } from './fixtures/swarm.ts'
import type { RecipientSession, SessionHandler } from '../../protocols/block/index.ts'
import type { Introduction } from '../../src/swarm/candidates.ts'
import type { DownloadInit } from '../../src/swarm/download.ts'
import type { PeerId } from '@libp2p/interface'

const SERVER = 1
const object = createObject()

describe('download: its providers', () => {
  let now: number
  let ids: PeerId[]
  let download: Download
  /** Numbers of those that have a session, or that were asked for one, in the order of asking */
  let open: number[]
  let asked: number[]
  /** These answer BUSY */
  let busy: Set<number>
  let handlers: Map<number, SessionHandler>
  let stop: AbortController
  let result: Promise<unknown>

  /** Nobody has any blocks: it is about who is asked. */
  async function openSession (id: PeerId, _: unknown, handler: SessionHandler): Promise<RecipientSession> {
    const number = ids.findIndex(other => other.equals(id))
    asked.push(number)
    await Promise.resolve()

    if (busy.has(number)) {
      throw new RefusedError(BlockStatus.BLOCK_BUSY)
    }

    open.push(number)
    handlers.set(number, handler)
    const session = stubInterface<RecipientSession>({
      peer: id,
      availability: Availability.SOME,
      have: new Bitfield(object.geometry.blockCount).bytes,
      certificate: undefined,
      peers: [],
      window: 16,
      outstanding: 0,
      close: async () => {}
    })
    handler.opened?.(session)

    return session
  }

  function start (init: Partial<DownloadInit> = {}): void {
    download = new Download(new MemoryTarget(object), {
      blocks: { openSession },
      peerStore: { merge: async () => stubInterface() },
      peerId: ids[0],
      logger: defaultLogger()
    }, {
      random: seeded(1),
      ...init,
      credentials: {
        certificate: Uint8Array.of(1),
        ticket: Uint8Array.of(2),
        isServer: peer => peer.equals(ids[SERVER]),
        renew: async () => {},
        consider: async () => {}
      }
    })
    result = download.run({ signal: stop.signal }).catch(err => err)
  }

  function add (numbers: number[], introduction: Introduction): void {
    numbers.forEach(number => { download.addPeer({ id: ids[number], multiaddrs: [] }, introduction) })
  }

  async function settled (): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  /** Let time pass, ms. */
  async function advance (time: number): Promise<void> {
    for (let i = 0; i < time; i += 250) {
      now += 250
      mock.timers.tick(250)
      await settled()
    }
  }

  const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

  before(async () => {
    ids = await Promise.all(range(0, 80).map(peer))
  })

  beforeEach(() => {
    now = 1000
    mock.method(performance, 'now', () => now)
    mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    open = []
    asked = []
    busy = new Set()
    handlers = new Map()
    stop = new AbortController()
  })

  afterEach(async () => {
    stop.abort()
    await result
    mock.timers.reset()
    mock.restoreAll()
  })

  it('are four at once, one more per half a second up to eight, then one per five seconds', async () => {
    start()
    add(range(2, 80), 'exchange')
    const counts: number[] = []

    for (let time = 0; time <= 15_000; time += 500) {
      await settled()
      counts.push(open.length)
      await advance(500)
    }

    expect(counts).to.deep.equal([4, 5, 6, 7, ...Array(6).fill(8), ...Array(10).fill(9), ...Array(10).fill(10), 11])
  })

  it('are not those that it heard of first', async () => {
    start()
    add(range(2, 80), 'exchange')
    await advance(10_000)
    expect(open).to.have.lengthOf(10)
    expect(open).to.not.deep.equal([...open].sort((a, b) => a - b))
    expect(Math.max(...open)).to.be.above(40)
  })

  it('are no more than twenty', async () => {
    start()
    add(range(2, 80), 'exchange')
    await advance(9_000)
    add(range(30, 80), 'inbound')
    await settled()
    expect(open).to.have.lengthOf(MAX_PROVIDERS).and.have.lengthOf(20)
  })

  it('are those who fetch from us at once, beside the chosen ones', async () => {
    start()
    add(range(2, 40), 'exchange')
    await settled()
    expect(open).to.have.lengthOf(4)

    // one that nobody knew, and one that was known
    const known = range(2, 40).find(number => !open.includes(number)) ?? 0
    add([50, known], 'inbound')
    await settled()
    expect(open.slice(4)).to.have.members([50, known])

    // and these take the places of the last two that would be chosen
    await advance(1_000)
    expect(open).to.have.lengthOf(8)
    await advance(3_000)
    expect(open).to.have.lengthOf(8)

    add(range(51, 80), 'inbound')
    await settled()
    expect(open).to.have.lengthOf(20)
    expect(open.slice(8).every(number => number > 50)).to.be.true()
  })

  it('are one who fetches from us and was too busy before as soon as it comes again', async () => {
    start()
    busy = new Set([2])
    add([2], 'exchange')
    add(range(3, 10), 'exchange')
    await settled()
    expect(open).to.deep.equal([3, 4, 5])
    await advance(250)
    busy.clear()
    add([2], 'turned-away')
    await settled()
    expect(open).to.have.lengthOf(3)
    add([2], 'inbound')
    await settled()
    expect(open.slice(3)).to.deep.equal([2])
  })

  it('are the server, however many others were chosen', async () => {
    start()
    add(range(2, 20), 'exchange')
    await settled()
    add([SERVER], 'hint')
    await settled()
    expect(open.slice(4)).to.deep.equal([SERVER])
  })

  it('are others in the place of those who turn us away, one after the other', async () => {
    start()
    busy = new Set(range(2, 9))
    add([10], 'exchange')
    add(range(2, 9), 'exchange')
    await settled()
    // or a crowd would ask everybody at once, again and again
    expect(asked).to.have.lengthOf(4)
    expect(open).to.deep.equal([10])
    add(range(11, 30), 'exchange')
    await settled()
    expect(asked).to.have.lengthOf(4)

    await advance(6_000)
    expect(asked.length).to.be.within(5, 12)
    await advance(20_000)
    expect(open.length).to.be.at.least(8)
  })

  it('are asked less and less often while all turn us away', async () => {
    start()
    add([50], 'exchange')
    await settled()
    busy = new Set(range(2, 40))
    add(range(2, 40), 'exchange')
    await advance(60_000)
    // 3 at once, and then after 0.5 s, 4 s, 8 s, 16 s and 32 s, or so
    expect(asked.length).to.be.within(6, 12)
    expect(open).to.deep.equal([50])
  })

  it('are others at once when nobody is left', async () => {
    start()
    busy = new Set(range(2, 9))
    add(range(2, 9), 'exchange')
    await settled()
    add([10], 'exchange')
    await settled()
    expect(open).to.deep.equal([10])
  })

  it('are one more when one leaves', async () => {
    start()
    add(range(2, 40), 'exchange')
    await advance(4_000)
    expect(open).to.have.lengthOf(8)
    handlers.get(open[0])?.closed(new Error('gone'))
    await settled()
    expect(open).to.have.lengthOf(9)
    expect(new Set(open).size).to.equal(9)
  })

  it('are counted as fetched from while a session is open or opening', async () => {
    start()
    add(range(2, 20), 'exchange')
    expect(range(2, 20).filter(number => download.fetchesFrom(ids[number]))).to.have.lengthOf(4)
    await settled()
    expect(range(0, 80).filter(number => download.fetchesFrom(ids[number]))).to.have.members(open)
    const [first] = open
    handlers.get(first)?.closed()
    expect(download.fetchesFrom(ids[first])).to.be.false()
  })
})
