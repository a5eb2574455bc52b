import { expect } from 'aegir/chai'
import { busyProcess } from '../busy-process.ts'
import { Homes } from '../server/fixtures.ts'
import { buy, BUYERS, deposit, openBank, redeem } from './busy-bank.ts'
import { client, hash, SERVER } from './fixtures.ts'
import type { Line } from './busy-bank.ts'
import type { SqlBank } from '../../src/bank/index.ts'
import type { BusyOptions } from '../busy-process.ts'

describe('bank: processes', function () {
  this.timeout(120_000)

  const homes = new Homes()

  afterEach(async () => {
    await homes.clean()
  })

  /** Does rounds in another process, which is killed some time after it has said that it has done `killAfter` of them. */
  async function busy (folder: string, first: number, rounds: number, { keep = 2, ...kill }: BusyOptions & { keep?: number } = {}): Promise<Line[]> {
    const { lines } = await busyProcess(new URL('./busy-bank.ts', import.meta.url), [folder, first, rounds, keep], kill)

    return lines.map(line => JSON.parse(line))
  }

  function balances (bank: SqlBank): number[] {
    return [...Array.from({ length: BUYERS }, (_, by) => client(by)), SERVER].map(peer => bank.balance(peer))
  }

  it('kill -9 leaves a bank that holds, with all that was done', async () => {
    const folder = await homes.folder()
    let next = 0

    for (const [killAfter, delay] of [[1, 0], [3, 1], [7, 2], [5, 4]]) {
      const lines = await busy(folder, next, 1_000_000, { killAfter, delay })
      const home = await homes.open(folder)
      const bank = await openBank(home)

      expect(lines).to.have.lengthOf.at.least(killAfter)
      expect(bank.check().problems).to.be.empty()

      for (const { round, serials, redeemed } of lines) {
        serials.forEach(serial => {
          expect(bank.book(Buffer.from(serial, 'hex'))).to.include({ price: 95 })
        })
        redeemed.forEach(({ credited, amount }, n) => {
          const known = bank.settled(hash('session', 2 * round * BUYERS + n))

          expect(known).to.include(known?.void === true ? { credited: 0, amount: 0 } : { credited, amount, void: false })
        })
      }

      // what was cut off is done as if nothing had been, and again changes nothing
      next = lines[lines.length - 1].round + 1
      deposit(bank, next)
      const books = await buy(bank, next)
      const redeemed = redeem(bank, next, books)
      const before = balances(bank)
      deposit(bank, next)
      expect((await buy(bank, next)).map(({ serial }) => serial)).to.deep.equal(books.map(({ serial }) => serial))
      expect(redeem(bank, next, books)).to.deep.equal(redeemed.map(each => ({ ...each, newly: 0 })))
      expect(balances(bank)).to.deep.equal(before)
      expect(bank.check().problems).to.be.empty()
      home.close()
    }
  })

  it('two on one database sell and pay nothing twice', async () => {
    const folder = await homes.folder()
    const rounds = 15
    const [one, other] = await Promise.all([1, 2].map(async () => busy(folder, 0, rounds, { keep: rounds })))
    const home = await homes.open(folder)
    const bank = await openBank(home)
    const { problems, held, books } = bank.check()

    expect(problems).to.be.empty()
    expect([one.length, other.length]).to.deep.equal([rounds, rounds])
    expect(held).to.equal(rounds * BUYERS * 500)
    expect(books).to.deep.equal({ open: rounds * BUYERS, closed: 0 })
    expect(one.map(({ serials }) => serials)).to.deep.equal(other.map(({ serials }) => serials))
  })
})
