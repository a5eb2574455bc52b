import { expect } from 'aegir/chai'
import { Bitfield } from '../../src/object/bitfield.ts'
import { Mode } from '../../src/object/manifest.ts'
import { peer } from '../ticket/fixtures.ts'
import { Market, MemorySpending } from './fixtures/market.ts'
import { seeded } from './fixtures/random.ts'
import { BLOCK_SIZE, createObject, MemoryTarget } from './fixtures/swarm.ts'
import type { Answer, Deed, Seller, SellerInit } from './fixtures/market.ts'
import type { TestObject } from './fixtures/swarm.ts'
import type { DownloadInit } from '../../src/swarm/download.ts'
import type { DownloadStatistics } from '../../src/swarm/tally.ts'

const BLOCKS = 40
const ORDERS = ['rarest', 'sequential'] as const
const DEEDS: Deed[] = ['dawdles', 'stalls', 'hangs', 'closes', 'breaks', 'refuses', 'lies']
const ANSWERS: Answer[] = ['withholds', 'ignores']

describe('download, mode purchase', function () {
  this.timeout(30_000)
  let object: TestObject
  let market: Market
  let spending: MemorySpending

  before(() => {
    object = createObject({ size: BLOCKS * BLOCK_SIZE, encrypted: false, mode: Mode.PURCHASE })
  })

  beforeEach(async () => {
    await create()
  })

  async function create (server: SellerInit = {}): Promise<void> {
    market = await Market.create(object, server)
    spending = new MemorySpending()
  }

  async function run (init: Partial<DownloadInit> = {}, target?: MemoryTarget, signal = AbortSignal.timeout(20_000)): Promise<{ target: MemoryTarget, statistics: DownloadStatistics }> {
    const { download, target: filled } = await market.download(spending, { random: seeded(1), ...init }, target)
    filled.onWrite = () => { download.moveTo([...Array(BLOCKS).keys()].find(index => !filled.have.has(index)) ?? BLOCKS) }

    return { target: filled, statistics: await download.run({ signal }) }
  }

  function expectHonest (): void {
    expect(market.twice, 'coins that were spent twice').to.be.empty()
    expect(market.asked, 'asked of one that another was paid for').to.be.empty()
  }

  /** Does something once, and is honest then. */
  function once <T> (first: T, then: T, at = 1): () => T {
    let count = 0

    return () => ++count === at ? first : then
  }

  it('pays for each block once, and says what the coins are worth', async () => {
    await market.seller()
    await market.seller()
    const { target, statistics: { sources, wasted } } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(wasted).to.equal(0)
    expect(spending.payees.size).to.equal(BLOCKS)
    // 1000 for 40 blocks
    expect(sources.map(({ coins }) => coins)).to.deep.equal(sources.map(({ bytes }) => 25 * bytes / BLOCK_SIZE))
    expectHonest()
  })

  DEEDS.forEach(deed => {
    ORDERS.forEach(order => {
      it(`asks nobody else for what may be paid yet when a provider ${deed}, ${order}`, async () => {
        const bad = await market.seller({ deed: once<Deed>(deed, 'gives', 5) })
        await market.seller({ pause: 5 })
        const { target } = await run({ order })

        expect(target.bytes).to.equalBytes(object.plain)
        expect(bad.given).to.be.above(0)
        expectHonest()
      })
    })
  })

  ANSWERS.forEach(answer => {
    [true, false].forEach(judges => {
      it(`gets again from the payee or the server what a provider ${answer} the keys of, the judge being ${judges ? 'there' : 'away'}`, async () => {
        await market.seller({ answer: once<Answer>(answer, 'releases', 3) })
        await market.seller({ pause: 5 })
        market.judges = judges
        const { target } = await run()

        expect(target.bytes).to.equalBytes(object.plain)
        expect(market.recoveries > 0).to.equal(judges)
        expectHonest()
      })
    })
  })

  it('gets from the server what was paid in vain, though others have it and are faster', async () => {
    const thief = await market.seller({ answer: () => 'withholds' })
    await market.seller()
    market.judges = false
    const { target } = await run()

    expect(target.bytes).to.equalBytes(object.plain)
    expect(market.server.given).to.be.at.least([...spending.payees.values()].filter(payee => payee.equals(thief.peer)).length)
    expectHonest()
  })

  it('asks for what was spent before of its payee and of the server alone, and of the server alone when nothing is known', async () => {
    const payee = await market.seller({ pause: 5 })
    const other = await market.seller()
    const gone = await peer(99)
    spending.payees.set(3, payee.peer).set(4, gone)
    market.spent.set(3, new Set([payee.peer.toString()])).set(4, new Set([gone.toString()]))
    expect((await run()).target.bytes).to.equalBytes(object.plain)
    expect(other.given).to.be.above(0)
    // whoever is there gives it again for nothing, the server is paid once more
    expect(market.server.delivered.has(3)).to.be.false()
    expect(market.server.delivered.has(4)).to.be.true()
    expectHonest()

    await create()
    spending.unsure = true
    const sellers = [await market.seller(), await market.seller()]
    expect((await run()).target.bytes).to.equalBytes(object.plain)
    expect(sellers.map(({ given }) => given)).to.deep.equal([0, 0])
    expect(market.server.given).to.equal(BLOCKS)
  })

  it('remembers from one download to the next what was spent', async () => {
    await market.seller()
    await market.seller({ pause: 3 })
    const target = new MemoryTarget(object)
    const stop = new AbortController()
    target.gate = async () => { target.written.length === 10 && stop.abort() }
    await expect((await market.download(spending, {}, target)).download.run({ signal: stop.signal })).to.eventually.be.rejected.with.property('name', 'AbortError')
    const before = spending.spends
    // nothing was written to disk: all of it again, now as a reader
    const { target: again } = await run({ order: 'sequential' })

    expect(before).to.be.above(0)
    expect(again.bytes).to.equalBytes(object.plain)
    expectHonest()
  })

  it('fails when it cannot be written down what is spent, and spends nothing', async () => {
    await market.seller()
    spending.broken = true
    await expect(run()).to.eventually.be.rejectedWith('The disk is full')
    expect(market.spent.size).to.equal(0)
    expect(market.server.receipts.stored.size).to.equal(0)
  })

  ORDERS.forEach(order => {
    it(`leaves one that is much slower than another that has nothing to do, ${order}`, async () => {
      const slow = await market.seller({ pause: 4_000 })
      await market.seller()
      const started = performance.now()
      const { target } = await run({ order, stallTimeout: 15_000 })

      expect(target.bytes).to.equalBytes(object.plain)
      expect(slow.sessions).to.equal(1)
      // it would take 4 s for each of 4 blocks
      expect(performance.now() - started).to.be.below(10_000)
      expectHonest()
    })
  })

  it('has a place for the server even when others have all of them', async () => {
    await create({ away: once(true, false) })
    const gone = await peer(99)
    spending.payees.set(4, gone)
    await market.seller()
    const { target } = await run({ maxProviders: 1 })
    expect(target.bytes).to.equalBytes(object.plain)
  })

  it('gives up when only the server may be asked and is away', async () => {
    await create({ away: () => true })
    const gone = await peer(99)
    spending.payees.set(4, gone)
    market.spent.set(4, new Set([gone.toString()]))
    await market.seller()
    await expect(run({ patience: 500 })).to.eventually.be.rejectedWith(/only the server may give it again/)
    expectHonest()
  })

  it('comes to an end with the server, and never spends a coin with two clients, whatever providers do', async () => {
    const rounds = Array.from({ length: 16 }, (_, n) => 1000 + n)

    await Promise.all(rounds.map(async seed => {
      const random = seeded(seed)
      const among = <T> (...items: T[]): T => items[Math.floor(random() * items.length)]
      const rare = <T> (usual: T, ...others: T[]): () => T => () => random() < 0.05 ? among(...others) : usual
      let honest = false
      const market = await Market.create(object, { pause: among(1, 5), away: () => !honest && random() < 0.2 })
      const spending = new MemorySpending()
      const sellers: Seller[] = []

      for (let n = 0; n < 5; n++) {
        const have = among<Bitfield | undefined>(undefined, new Bitfield(BLOCKS))

        for (let index = 0; index < BLOCKS; index++) {
          random() < 0.6 && have?.set(index)
        }

        sellers.push(await market.seller({
          have,
          pause: among(1, 5, 30),
          deed: rare<Deed>('gives', 'dawdles', 'stalls', 'hangs', 'refuses', 'closes', 'breaks', among('lies', 'gives')),
          answer: rare<Answer>('releases', 'withholds', 'ignores'),
          away: () => random() < 0.2
        }))
      }

      for (let time = 0; time < 4; time++) {
        const last = time === 3
        honest = last
        const target = new MemoryTarget(object)
        market.judges = random() < 0.7
        const { download } = await market.download(spending, {
          random,
          order: among('rarest', 'sequential'),
          maxProviders: among(2, 3, 16),
          readAhead: 8
        }, target)
        target.onWrite = () => {
          download.moveTo([...Array(BLOCKS).keys()].find(index => !target.have.has(index)) ?? BLOCKS)
          random() < 0.05 && download.renewed()
        }
        await download.run({ signal: AbortSignal.timeout(last ? 25_000 : 20 + Math.floor(random() * 300)) }).catch(err => {
          if (last) {
            throw new Error(`seed ${seed}: ${err.message}, ${target.have.count} blocks`, { cause: err })
          }
        })
        expect(market.twice, `seed ${seed}: spent twice`).to.be.empty()
        expect(market.asked, `seed ${seed}: asked of a second one`).to.be.empty()
      }
    }))
  })
})
