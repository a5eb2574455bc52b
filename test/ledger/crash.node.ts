import { expect } from 'aegir/chai'
import { SqlLedger } from '../../src/ledger/index.ts'
import { busyProcess } from '../busy-process.ts'
import { Homes } from '../server/fixtures.ts'
import { batch, BATCH } from './busy-ledger.ts'
import { hash, settlement } from './fixtures.ts'
import type { Settled } from '../../src/ledger/index.ts'

interface Line {
  number: number
  settled: Settled[]
}

describe('ledger: processes', function () {
  this.timeout(120_000)

  const homes = new Homes()

  afterEach(async () => {
    await homes.clean()
  })

  /** Runs batches in another process, which is killed once it has said that it has done `killAfter` of them. */
  async function busy (folder: string, first: number, batches: number, killAfter?: number): Promise<Line[]> {
    const { lines } = await busyProcess(new URL('./busy-ledger.ts', import.meta.url), [folder, first, batches], { killAfter })

    return lines.map(line => JSON.parse(line))
  }

  it('kill -9 leaves a ledger that holds, with all that was settled', async () => {
    const folder = await homes.folder()
    let next = 0

    for (const killAfter of [1, 4, 9, 17]) {
      const lines = await busy(folder, next, 1_000_000, killAfter)
      const home = await homes.open(folder)
      const ledger = new SqlLedger(home.database())

      expect(lines).to.have.lengthOf.at.least(killAfter)
      expect(ledger.check().problems).to.be.empty()

      for (const { number, settled } of lines) {
        settled.forEach(({ credited, amount }, i) => {
          const known = ledger.settled(hash('session', number * BATCH + i))

          expect(known).to.deep.equal(known?.void === true ? { credited: 0, amount: 0, count: 200, void: true } : { credited, amount, count: 200, void: false })
        })
      }

      // the batch that was cut off is settled as if nothing had been
      next = lines[lines.length - 1].number + 1
      const settled = ledger.settle(batch(next).map(settlement))
      expect(ledger.settle(batch(next).map(settlement))).to.deep.equal(settled.map(each => ({ ...each, newly: 0 })))
      expect(ledger.check().problems).to.be.empty()
      home.close()
    }
  })

  it('two on one database credit nothing twice', async () => {
    const folder = await homes.folder()
    const batches = 30
    const [one, other] = await Promise.all([busy(folder, 0, batches), busy(folder, 0, batches)])
    const home = await homes.open(folder)
    const ledger = new SqlLedger(home.database())
    const { problems, blocks, sessions } = ledger.check()

    expect(one).to.have.lengthOf(batches)
    expect(other).to.have.lengthOf(batches)
    expect(problems).to.be.empty()
    expect(sessions).to.equal(batches * BATCH)
    // each of them, those of sessions that were void later too
    expect(blocks).to.equal(batches * BATCH * 100 + 100)
  })
})
