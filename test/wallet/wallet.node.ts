import { DatabaseSync } from 'node:sqlite'
import { expect } from 'aegir/chai'
import { MAX_BLOCKS } from '../../src/object/index.ts'
import { listSpent, Wallet } from '../../src/wallet/index.ts'
import { busyProcess } from '../busy-process.ts'
import { Homes } from '../server/fixtures.ts'
import { NOW, object, peer } from '../ticket/fixtures.ts'
import type { Home } from '../../src/home/index.ts'
import type { Spending } from '../../src/wallet/index.ts'
import type { PeerId } from '@libp2p/interface'

const SCRIPT = new URL('./fixtures/busy-buyer.ts', import.meta.url)
const DAY = 24 * 3_600_000

describe('wallet', () => {
  const homes = new Homes()
  const serial = new Uint8Array(16).fill(1)
  let home: Home
  let wallet: Wallet
  let now: number
  let boot: string
  let alice: PeerId
  let bob: PeerId

  before(async () => {
    [alice, bob] = await Promise.all([peer(2), peer(3)])
  })

  beforeEach(async () => {
    now = NOW
    boot = 'first'
    home = await homes.open()
    wallet = open()
  })

  afterEach(async () => {
    wallet.close()
    await homes.clean()
  })

  function open (): Wallet {
    return Wallet.open(home, { now: () => now, boot })
  }

  /** The machine went on; the process did not come to closing its wallet. */
  function kill (): void {
    const db = new DatabaseSync(home.join('wallet.db'))
    const { spending } = db.prepare('SELECT spending FROM books').get() ?? {}
    wallet.close()
    db.prepare('UPDATE books SET spending = ?').run(Number(spending ?? 0))
    db.close()
    wallet = open()
  }

  function book (): Spending {
    return wallet.spending(serial, object(1))
  }

  function rows (): number {
    const db = new DatabaseSync(home.join('wallet.db'), { readOnly: true })

    try {
      return Number(db.prepare('SELECT count(*) AS rows FROM spends').get()?.rows)
    } finally {
      db.close()
    }
  }

  it('knows with whom each coin was spent first, at once and after a restart', async () => {
    const spending = book()
    expect(spending.payee(0)).to.be.undefined()
    spending.spend(alice, Uint32Array.of(0, 7, MAX_BLOCKS - 1, 7))
    now++
    spending.spend(bob, Uint32Array.of(1, 7))
    spending.spend(alice, Uint32Array.of(0))

    const check = (spending: Spending): void => {
      expect([0, 7, MAX_BLOCKS - 1].map(index => String(spending.payee(index)))).to.deep.equal(Array(3).fill(alice.toString()))
      expect(String(spending.payee(1))).to.equal(bob.toString())
      expect([2, 6, MAX_BLOCKS, MAX_BLOCKS + 1].map(index => spending.payee(index))).to.deep.equal(Array(4).fill(undefined))
    }

    check(spending)
    check(book())
    kill()
    check(book())
    expect(wallet.spent()).to.deep.equal([
      { serial, object: object(1), provider: alice, coins: 3, at: NOW },
      { serial, object: object(1), provider: bob, coins: 1, at: NOW + 1 }
    ])
    // another process looks on
    expect(listSpent(home)).to.deep.equal(wallet.spent())
    // other books are others
    expect(wallet.spending(new Uint8Array(16), object(1)).payee(0)).to.be.undefined()
  })

  it('takes no block that no object has', () => {
    expect(() => { book().spend(alice, Uint32Array.of(MAX_BLOCKS)) }).to.throw().with.property('name', 'InvalidParametersError')
    expect(wallet.spent()).to.be.empty()
  })

  it('knows nothing of what it could not write', () => {
    const spending = book()
    spending.spend(alice, Uint32Array.of(1))
    const db = new DatabaseSync(home.join('wallet.db'), { timeout: 0 })
    db.exec('CREATE TRIGGER full BEFORE INSERT ON spends BEGIN SELECT raise(ABORT, \'full\'); END')
    expect(() => { spending.spend(bob, Uint32Array.of(1, 2)) }).to.throw('full')
    expect(spending.payee(2)).to.be.undefined()
    db.exec('DROP TRIGGER full')
    db.close()
    spending.spend(alice, Uint32Array.of(2))
    expect(String(book().payee(2))).to.equal(alice.toString())
  })

  it('puts what was spent with one payee together when it is opened', () => {
    const spending = book()

    for (let index = 0; index < 100; index++) {
      spending.spend(index % 2 === 0 ? alice : bob, Uint32Array.of(index))
    }

    expect(rows()).to.equal(100)
    kill()
    expect(rows()).to.equal(2)
    expect(wallet.spent().map(({ coins }) => coins)).to.deep.equal([50, 50])
    expect(Array.from({ length: 100 }, (_, index) => String(book().payee(index)))).to.deep.equal(Array.from({ length: 100 }, (_, index) => String(index % 2 === 0 ? alice : bob)))
  })

  it('does not know what was spent when the machine went down, but what it has written', () => {
    book().spend(alice, Uint32Array.of(1))
    boot = 'second'
    kill()
    const spending = book()
    expect([String(spending.payee(1)), spending.payee(2)]).to.deep.equal([alice.toString(), 'unknown'])
    // and never will
    spending.spend(bob, Uint32Array.of(3))
    wallet.close()
    wallet = open()
    expect([book().payee(2), String(book().payee(3))]).to.deep.equal(['unknown', bob.toString()])
    expect(wallet.spending(new Uint8Array(16), object(1)).payee(2)).to.be.undefined()
  })

  it('knows all in another run of the machine when it was closed before', () => {
    book().spend(alice, Uint32Array.of(1))
    wallet.close()
    boot = 'second'
    wallet = open()
    expect(book().payee(2)).to.be.undefined()
  })

  it('is sure of nothing where it cannot tell one run of the machine from another', () => {
    boot = ''
    kill()
    book().spend(alice, Uint32Array.of(1))
    kill()
    expect(book().payee(2)).to.equal('unknown')
  })

  it('forgets single coins of a book that must be closed long ago, not that there were any', () => {
    book().spend(alice, Uint32Array.of(1))
    now += 400 * DAY
    kill()
    expect(wallet.spent()).to.have.lengthOf(1)
    now++
    kill()
    expect(wallet.spent()).to.be.empty()
    expect([book().payee(1), book().payee(2)]).to.deep.equal(['unknown', 'unknown'])
  })

  it('has every coin that was spent after kill -9', async function () {
    this.timeout(60_000)
    const folder = await homes.folder()
    let told = -1

    for (const killAfter of [1, 100, 2_000]) {
      const { lines, killed: isKilled } = await busyProcess(SCRIPT, [folder, told + 1], { killAfter })
      expect(isKilled).to.be.true()
      told = Number(lines.at(-1))

      const home = await homes.open(folder)
      const killed = Wallet.open(home)
      const spending = killed.spending(serial, object(1))
      const lost = Array.from({ length: told + 1 }, (_, index) => index).filter(index => spending.payee(index) == null)
      expect(lost).to.be.empty()

      // one more may have been written and not been told
      while (spending.payee(told + 1) != null && spending.payee(told + 1) !== 'unknown') {
        told++
      }

      killed.close()
      home.close()
    }
  })
})
