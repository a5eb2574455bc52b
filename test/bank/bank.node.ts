import { expect } from 'aegir/chai'
import { SqlBank, WORLD } from '../../src/bank/index.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { CoinValues } from '../../src/object/index.ts'
import { memory } from '../ledger/fixtures.ts'
import { BLOCKS, client, DAY, evidence, GEOMETRY, hash, HOUR, NOW, object, order, quoteOf, redemption, SERVER, VALUES } from './fixtures.ts'
import type { OrderInit } from './fixtures.ts'
import type { BankPolicy, CoinBook } from '../../src/bank/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync } from 'node:sqlite'

const MOST = Number.MAX_SAFE_INTEGER

describe('bank', () => {
  let database: DatabaseSync
  let now: number
  let barred: string[]
  let short: string[]

  beforeEach(() => {
    database = memory()
    now = NOW
    barred = []
    short = []
  })

  afterEach(() => {
    database.close()
  })

  function open (policy?: Partial<BankPolicy>): SqlBank {
    return new SqlBank(database, { self: SERVER, policy, onDoubleSpend: peer => { barred.push(peer.toString()) }, onShort: (peer, object) => { short.push(`${peer} ${object}`) }, now: () => now })
  }

  /** A bank whose client 0 has this much, and a book of the price 95 of it. */
  async function sold (policy?: Partial<BankPolicy>, init?: OrderInit): Promise<{ bank: SqlBank, book: CoinBook }> {
    const bank = open({ fee: 1_000, ...policy })
    bank.deposit(client(init?.by ?? 0), 1_000)
    const { book } = await bank.order(order(init))

    return { bank, book }
  }

  function balances (bank: SqlBank): number[] {
    return [client(0), client(1), client(2), SERVER].map(peer => bank.balance(peer))
  }

  async function refusal (work: Promise<unknown>): Promise<any> {
    return work.then(() => { throw new Error('nothing was refused') }, err => err)
  }

  const names = (bank: SqlBank, account?: PeerId): string[] => [...bank.movements({ account })].map(({ kind }) => kind)

  describe('payments', () => {
    it('come in and go out', () => {
      const bank = open()

      expect(bank.deposit(client(0), 500, { reference: 'invoice 17', memo: 'thanks' })).to.deep.equal({ reference: 'invoice 17', kind: 'deposit', account: client(0), amount: 500, time: NOW, repeated: false })
      expect(bank.withdraw(client(0), 200, { reference: 'out' })).to.include({ kind: 'withdrawal', repeated: false })
      expect(bank.balance(client(0))).to.equal(300)
      expect([...bank.movements()].map(({ kind, payer, payee, amount, memo }) => [kind, payer, payee, amount, memo])).to.deep.equal([
        ['deposit', WORLD, client(0).toString(), 500, 'thanks'],
        ['withdrawal', client(0).toString(), WORLD, 200, 'out']
      ])
      expect(bank.accounts()).to.deep.equal([
        { account: client(0).toString(), kind: 'purse', balance: 300 },
        { account: WORLD, kind: 'world', balance: -300 }
      ])
      expect(bank.check()).to.deep.include({ holds: true, held: 300, reserved: 0, sum: 0 })
    })

    it('are made once for a reference', () => {
      const bank = open()
      bank.deposit(client(0), 500, { reference: 'a' })
      now += 1_000

      expect(open().deposit(client(0), 500, { reference: 'a', memo: 'again' })).to.deep.equal({ reference: 'a', kind: 'deposit', account: client(0), amount: 500, time: NOW, repeated: true })
      bank.withdraw(client(0), 500, { reference: 'b' })
      // there is nothing left to withdraw, and nothing has to be
      expect(bank.withdraw(client(0), 500, { reference: 'b' }).repeated).to.be.true()

      for (const again of [() => bank.deposit(client(0), 501, { reference: 'a' }), () => bank.deposit(client(1), 500, { reference: 'a' }), () => bank.withdraw(client(0), 500, { reference: 'a' })]) {
        expect(again).to.throw().with.property('name', 'PaymentConflictError')
      }

      expect(bank.balance(client(0))).to.equal(0)
    })

    it('draw a reference where none is given', () => {
      const bank = open()

      expect(bank.deposit(client(0), 1).reference).to.not.equal(bank.deposit(client(0), 1).reference)
      expect(bank.balance(client(0))).to.equal(2)
    })

    it('are whole amounts', () => {
      const bank = open()

      for (const amount of [0, -1, 0.5, NaN, Infinity, -Infinity, MOST + 1, 1e300]) {
        expect(() => bank.deposit(client(0), amount), String(amount)).to.throw().with.property('name', 'InvalidAmountError')
        expect(() => bank.withdraw(client(0), amount), String(amount)).to.throw().with.property('name', 'InvalidAmountError')
      }

      expect(bank.deposit(client(0), MOST).amount).to.equal(MOST)
      expect(bank.balance(client(0))).to.equal(MOST)
      // that is all that there can be, whoever it is for
      expect(() => bank.deposit(client(0), 1)).to.throw().with.property('name', 'InvalidAmountError')
      expect(() => bank.deposit(client(1), 1)).to.throw().with.property('name', 'InvalidAmountError')
      expect(bank.check()).to.include({ holds: true, held: MOST })
      bank.withdraw(client(0), MOST)
      expect(bank.deposit(client(1), 1).amount).to.equal(1)
    })

    it('have a reference and a memo that can be read', () => {
      const bank = open()

      for (const options of [{ reference: '' }, { reference: 'a'.repeat(129) }, { reference: 'ä' }, { reference: 'a\n' }, { memo: 'a'.repeat(201) }]) {
        expect(() => bank.deposit(client(0), 1, options)).to.throw().with.property('name', 'InvalidParametersError')
      }

      expect(bank.deposit(client(0), 1, { reference: ` ~${'a'.repeat(126)}`, memo: 'a'.repeat(200) }).repeated).to.be.false()
    })

    it('take no more than there is', () => {
      const bank = open()
      bank.deposit(client(0), 5)

      expect(() => bank.withdraw(client(0), 7)).to.throw('2 are missing').with.property('missing', 2)
      expect(() => bank.withdraw(client(1), 7)).to.throw().with.property('name', 'MoneyShortError')
      expect(bank.check()).to.include({ holds: true, held: 5 })
    })
  })

  describe('policy', () => {
    it('is kept for whoever opens the bank next, and checked', () => {
      open({ unit: 'cent', fee: 7 })

      expect(open().policy).to.deep.equal({ unit: 'cent', fee: 7, bond: 10_000, redemption: 7 * DAY })

      for (const policy of [{ unit: 'ä' }, { fee: -1 }, { fee: 10_001 }, { bond: 0.5 }, { redemption: NaN }]) {
        expect(() => open(policy)).to.throw().with.property('name', 'InvalidParametersError')
      }

      expect(open().policy.fee).to.equal(7)
    })

    it('keeps its unit when there are accounts', () => {
      open({ unit: 'cent' })
      open({ unit: 'mark' }).deposit(client(0), 1)

      expect(() => open({ unit: 'cent' })).to.throw('in mark')
      expect(open({ unit: 'mark', fee: 1 }).policy).to.include({ unit: 'mark', fee: 1 })
    })

    it('keeps the default unit too, when there are accounts', () => {
      open().deposit(client(0), 1)

      expect(() => open({ unit: 'cent' })).to.throw('in coin')
    })
  })

  describe('orders', () => {
    it('move price and bond to a book', async () => {
      const bank = open({ bond: 2_500 })
      bank.deposit(client(0), 200)
      expect(await quoteOf(bank, order())).to.deep.equal({ price: 95, bond: 24, balance: 200 })
      expect(bank.isClient(client(0))).to.be.false()

      const { book, quote } = await bank.order(order())

      expect(quote).to.deep.equal({ price: 95, bond: 24, balance: 81 })
      expect(book).to.deep.include({ client: client(0), first: 0, count: BLOCKS, price: 95, bond: 24, bondPaid: 24, fee: 500, notAfter: NOW + HOUR, redeemUntil: NOW + HOUR + 7 * DAY, closed: false })
      expect(book.serial).to.have.lengthOf(16)
      expect(book.object.equals(object(1))).to.be.true()
      expect(bank.isClient(client(0))).to.be.true()
      expect(bank.isClient(client(1))).to.be.false()

      const kept = bank.book(book.serial)
      expect(kept).to.deep.include({ ...book, object: kept?.object, client: kept?.client })
      expect(bank.bookOf(client(0), object(1))?.serial).to.deep.equal(kept?.serial)
      expect(bank.bookOf(client(0), object(2))).to.equal(undefined)
      expect(bank.bookOf(client(1), object(1))).to.equal(undefined)
      expect(bank.book(new Uint8Array(16))).to.equal(undefined)
      expect(bank.check()).to.deep.include({ holds: true, books: { open: 1, closed: 0 }, coins: { sold: BLOCKS, redeemed: 0 }, held: 200, reserved: 119 })
      expect(bank.accounts().map(({ kind, balance }) => [kind, balance])).to.deep.equal([['purse', 81], ['world', -200], ['coins', 95], ['bond', 24]])
    })

    it('cost nothing again, and push the end', async () => {
      const { bank, book } = await sold()
      const again = await bank.order(order({ maxPrice: 0, notAfter: NOW + 2 * HOUR }))

      expect(again.quote).to.deep.equal({ price: 0, bond: 0, balance: 810 })
      expect(again.book).to.deep.include({ serial: book.serial, notAfter: NOW + 2 * HOUR, redeemUntil: NOW + 2 * HOUR + 7 * DAY, price: 95 })
      // an earlier end takes nothing back
      expect((await bank.order(order({ first: 3, count: 1, maxPrice: 0 }))).book).to.include({ notAfter: NOW + 2 * HOUR, first: 0, count: BLOCKS })
    })

    it('extend the run to what is wanted and all between', async () => {
      const { bank, book } = await sold({ bond: 3_333 }, { first: 5, count: 2 })
      expect(book).to.include({ first: 5, count: 2, price: 10, bond: 4 })

      const { book: longer, quote } = await bank.order(order({ first: 1, count: 1 }))
      expect(longer).to.include({ first: 1, count: 6, price: 30, bond: 4 + 7 })
      expect(quote).to.deep.equal({ price: 20, bond: 7, balance: 1_000 - 41 })
      expect(longer.serial).to.deep.equal(book.serial)

      expect((await bank.order(order({ first: 10, count: 10 }))).book).to.include({ first: 1, count: 19, price: 90 })
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: 19, redeemed: 0 } })
    })

    it('need consent to the price, not to the bond', async () => {
      const bank = open()
      bank.deposit(client(0), 500)

      for (const maxPrice of [94, 0, -1, NaN]) {
        const err = await refusal(bank.order(order({ maxPrice })))
        expect(err).to.have.property('name', 'PaymentNeededError')
        expect(err.quote).to.deep.equal({ price: 95, bond: 95, balance: 500 })
      }

      expect((await bank.order(order({ maxPrice: 95 }))).quote.balance).to.equal(310)
    })

    it('need enough money, and say what is missing', async () => {
      const bank = open()
      expect(await refusal(bank.order(order()))).to.include({ name: 'MoneyShortError', missing: 190 })
      bank.deposit(client(0), 189)
      const err = await refusal(bank.order(order()))

      expect(err).to.include({ name: 'MoneyShortError', missing: 1 })
      expect(err.quote).to.deep.equal({ price: 95, bond: 95, balance: 189 })
      expect(bank.bookOf(client(0), object(1))).to.equal(undefined)
      bank.deposit(client(0), 1)
      expect((await bank.order(order())).quote.balance).to.equal(0)
      expect(bank.check().problems).to.be.empty()
    })

    it('may be as large as amounts go', async () => {
      const bank = open()
      const values = new CoinValues({ amount: MOST, per: GEOMETRY.size, unit: 'coin' }, GEOMETRY)

      expect(await quoteOf(bank, order({ values }))).to.deep.equal({ price: MOST, bond: MOST, balance: 0 })
      expect(await refusal(bank.order(order({ values })))).to.include({ name: 'MoneyShortError', missing: MOST })
      bank.deposit(client(0), MOST)
      expect(await refusal(bank.order(order({ values })))).to.include({ name: 'MoneyShortError', missing: MOST })

      const bare = open({ bond: 0, fee: 10_000 })
      const { book } = await bare.order(order({ values }))
      expect(book).to.include({ price: MOST, bond: 0 })
      bare.settle([redemption(book, { id: 1, to: 1, blocks: [...Array(BLOCKS).keys()], values })])
      expect(bare.balance(SERVER)).to.equal(MOST)
      expect((await quoteOf(open({ bond: 100_000 }), order({ by: 1, values }))).bond).to.equal(MOST)
      expect(bare.check().problems).to.be.empty()
    })

    it('are of blocks and times that there can be', async () => {
      const bank = open()

      for (const wrong of [{ first: -1 }, { first: 0.5 }, { count: 0 }, { count: NaN }, { first: 2 ** 20 - 1, count: 2 }, { notAfter: 0.5 }, { notAfter: NaN }]) {
        expect(await refusal(bank.order(order(wrong)))).to.have.property('name', 'InvalidParametersError')
      }

      const { book } = await sold()
      expect(await refusal(bank.order(order({ values: new CoinValues({ amount: 1, per: 2 ** 20, unit: 'coin' }, GEOMETRY) })))).to.have.property('name', 'InvalidParametersError')
      expect(book.price).to.equal(95)
    })

    it('share a transaction, and one that fails does not spoil the others', async () => {
      const bank = open()
      bank.deposit(client(0), 190)
      bank.deposit(client(1), 190)
      let transactions = 0
      const exec = database.exec.bind(database)
      database.exec = sql => {
        transactions += sql === 'COMMIT' ? 1 : 0
        exec(sql)
      }

      const results = await Promise.allSettled([
        bank.order(order()),
        bank.order(order({ by: 2 })),
        bank.order(order({ by: 1, values: { run: () => { throw new Error('broken') } } as unknown as CoinValues })),
        bank.order(order()),
        bank.order(order({ by: 1 })),
        bank.order(order({ of: 2 }))
      ])

      expect(transactions).to.equal(1)
      expect(results.map(result => result.status === 'fulfilled' ? result.value.quote.price : result.reason.message.slice(0, 6))).to.deep.equal([95, 'The co', 'broken', 0, 95, 'The co'])
      expect(bank.check()).to.deep.include({ holds: true, books: { open: 2, closed: 0 } })
    })

    it('come in any number at once', async () => {
      const bank = open()
      bank.deposit(client(0), 1_300 * 2)
      const values = new CoinValues({ amount: 1, per: GEOMETRY.size, unit: 'coin' }, GEOMETRY)
      const serials = await Promise.all(Array.from({ length: 1_300 }, async () => (await bank.order(order({ values }))).book.serial))

      expect(new Set(serials.map(serial => Buffer.from(serial).toString('hex'))).size).to.equal(1)
      expect(bank.balance(client(0))).to.equal(2_598)
    })

    it('all fail when the transaction does', async () => {
      const bank = open()
      bank.deposit(client(0), 500)
      database.exec('CREATE TRIGGER full BEFORE INSERT ON bank_books BEGIN SELECT RAISE(ABORT, \'disk full\'); END')
      const both = await Promise.all([refusal(bank.order(order())), refusal(bank.order(order({ by: 3 })))])

      expect(both.map(({ message }) => message)).to.deep.equal(['disk full', 'disk full'])
      database.exec('DROP TRIGGER full')
      expect(bank.check()).to.deep.include({ holds: true, books: { open: 0, closed: 0 }, held: 500, reserved: 0 })
    })

    it('may be of coins that are worth nothing', async () => {
      const bank = open()
      const { book } = await bank.order(order({ first: BLOCKS - 1, count: 1, maxPrice: 0 }))

      expect(book).to.include({ price: 0, bond: 0 })
      expect(bank.settle([redemption(book, { id: 1, blocks: [BLOCKS - 1] })])[0]).to.include({ credited: 1, amount: 0 })
      expect(bank.check().problems).to.be.empty()
    })
  })

  describe('redemption', () => {
    it('pays the provider, less the fee', async () => {
      const { bank, book } = await sold()

      expect(bank.settle([redemption(book, { id: 1, blocks: [3, 1, 2, 0] })])).to.deep.equal([{ credited: 4, amount: 18, newly: 4, spentBefore: 0, fromBond: 0, unpaid: 0 }])
      expect(balances(bank)).to.deep.equal([810, 18, 0, 2])
      expect(bank.settled(hash('session', 1))).to.deep.equal({ credited: 4, amount: 18, count: 4, void: false })
      expect(bank.settled(hash('session', 2))).to.equal(undefined)
      expect(names(bank, client(1))).to.deep.equal(['payment'])
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 4 }, held: 1_000, reserved: 170 })
    })

    it('pays the server without a fee', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 'server', blocks: [0, 1] })])

      expect(balances(bank)).to.deep.equal([810, 0, 0, 10])
    })

    it('takes the same fee of a claim in pieces', async () => {
      const { bank, book } = await sold({ fee: 777 })
      const blocks = [...Array(BLOCKS).keys()]
      const whole = Math.floor(95 * 777 / 10_000)

      blocks.forEach(count => { bank.settle([redemption(book, { id: 1, blocks, count: count + 1 })]) })
      expect(balances(bank)).to.deep.equal([810, 95 - whole, 0, whole])
      expect(bank.settled(hash('session', 1))).to.deep.equal({ credited: BLOCKS, amount: 95 - whole, count: BLOCKS, void: false })
      expect(bank.check().problems).to.be.empty()
    })

    it('is the same again and again', async () => {
      const { bank, book } = await sold()
      const claim = redemption(book, { id: 1, blocks: [4, 5, 6] })
      const [{ newly, ...first }] = bank.settle([{ ...claim, count: 2 }])

      expect(newly).to.equal(2)
      expect(bank.settle([{ ...claim, count: 2 }, { ...claim, count: 1 }])).to.deep.equal([{ ...first, newly: 0 }, { ...first, newly: 0 }])
      expect(bank.settle([claim, claim]).map(({ newly, amount }) => [newly, amount])).to.deep.equal([[1, 14], [0, 14]])
    })

    it('pays a provider once for a coin, by whatever session', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [4, 4, 5] })])

      expect(bank.settle([redemption(book, { id: 2, blocks: [5, 4] })])[0]).to.deep.equal({ credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 })
      expect(bank.settle([redemption(book, { id: 3, blocks: [5, 6] })])[0]).to.include({ credited: 1, newly: 1 })
      // a recipient's word and the claim of the same session
      expect(bank.settle([redemption(book, { id: 4, blocks: [5, 6, 7] })])[0]).to.include({ credited: 1, amount: 5 })
      expect(bank.settled(hash('session', 2))).to.equal(undefined)
      expect(balances(bank)).to.deep.equal([810, 10 - 1 + 5 + 5, 0, 1])
      expect(bank.doubleSpends(9)).to.be.empty()
      expect(bank.check().problems).to.be.empty()
    })

    it('leaves no coin behind when a recipient signs lists that contradict each other', async () => {
      const { bank, book } = await sold({ fee: 0 })
      bank.settle([redemption(book, { id: 1, blocks: [9] })])
      // what it signed first was not the list that the provider has
      expect(bank.settle([redemption(book, { id: 1, blocks: [1, 2, 3] })])[0]).to.include({ credited: 4, newly: 3 })
      expect(bank.settle([redemption(book, { id: 1, blocks: [1, 2, 3, 4, 9] })])[0]).to.include({ credited: 5, newly: 1 })
      expect(bank.balance(client(1))).to.equal(25)
      bank.void(hash('session', 1), 'false')
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 0 } })
    })

    it('refuses what cannot be, and all with it', async () => {
      const { bank, book } = await sold({}, { first: 2, count: 10 })
      bank.settle([redemption(book, { id: 1, blocks: [3, 4] })])

      for (const wrong of [
        redemption(book, { id: 1, to: 2, blocks: [3, 4, 5] }),
        redemption({ ...book, serial: new Uint8Array(16) }, { id: 2, blocks: [5] }),
        redemption({ ...book, client: client(3) }, { id: 2, blocks: [5] }),
        redemption({ ...book, object: object(3) }, { id: 2, blocks: [5] }),
        redemption(book, { id: 2, blocks: [1] }),
        redemption(book, { id: 2, blocks: [12] }),
        redemption(book, { id: 2, blocks: [5], count: 0 }),
        redemption(book, { id: 2, blocks: [5], count: 2 }),
        redemption(book, { id: 2, blocks: [2, 5, 6], values: new CoinValues({ amount: 4_000, per: 2 ** 20, unit: 'coin' }, GEOMETRY) })
      ]) {
        expect(() => bank.settle([redemption(book, { id: 9, blocks: [9] }), wrong])).to.throw().with.property('name', 'InvalidParametersError')
      }

      expect(bank.settled(hash('session', 9))).to.equal(undefined)
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: 10, redeemed: 2 } })
    })

    it('knows a session by one book', async () => {
      const { bank, book } = await sold()
      const { book: other } = await bank.order(order({ of: 2 }))
      bank.settle([redemption(book, { id: 1, blocks: [3] })])

      expect(() => bank.settle([redemption(other, { id: 1, blocks: [3, 4] })])).to.throw().with.property('name', 'InvalidParametersError')
    })
  })

  describe('the same coin again', () => {
    it('is paid from the bond, kept as evidence, and bars the client', async () => {
      const { bank, book } = await sold({ fee: 1_000 })
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0, 1, 2, 3] })])
      const second = redemption(book, { id: 2, to: 2, blocks: [5, 1, 2] })

      expect(bank.settle([second])).to.deep.equal([{ credited: 3, amount: 14, newly: 3, spentBefore: 2, fromBond: 10, unpaid: 0 }])
      expect(bank.settle([second])).to.deep.equal([{ credited: 3, amount: 14, newly: 0, spentBefore: 2, fromBond: 10, unpaid: 0 }])
      expect(balances(bank)).to.deep.equal([810, 18, 14, 3])
      expect(bank.book(book.serial)).to.include({ bond: 85, bondPaid: 95 })
      expect(barred).to.deep.equal([client(0).toString()])

      const [spend, ...others] = bank.doubleSpends(10)
      expect(others).to.be.empty()
      expect(spend).to.deep.include({ index: 1, at: NOW })
      expect(spend.client.equals(client(0))).to.be.true()
      expect(spend.object.equals(object(1))).to.be.true()
      expect(Buffer.from(spend.serial).equals(book.serial)).to.be.true()
      expect(spend.sessions.map(({ blocks }) => Buffer.from(blocks))).to.deep.equal([[0, 1, 2, 3], [5, 1, 2]].map((blocks, i) => Buffer.from(evidence(hash('session', i), client(1), blocks).blocks)))
      expect(spend.sessions.map(({ acknowledgement: { session } }) => Buffer.from(session))).to.deep.equal([1, 2].map(id => Buffer.from(hash('session', id))))
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 5 } })
    })

    it('is noted once for a provider, and for no more providers than it takes', async () => {
      const { bank, book } = await sold({ bond: 0 })
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0, 1] })])

      for (const id of [2, 3]) {
        expect(bank.settle([redemption(book, { id, to: 2, blocks: [0] })])[0]).to.deep.equal({ credited: 0, amount: 0, newly: 0, spentBefore: 1, fromBond: 0, unpaid: 5 })
      }

      expect(bank.settle([redemption(book, { id: 4, to: 3, blocks: [1] })])[0]).to.include({ newly: 0 })
      expect(bank.doubleSpends(9)).to.have.lengthOf(2)
      expect(bank.doubleSpends(1)).to.have.lengthOf(1)
      expect(barred).to.have.lengthOf(2)

      bank.doubleSpends(9).forEach(({ id }) => { bank.reported(id) })
      bank.reported(1)
      bank.settle([redemption(book, { id: 5, to: 2, blocks: [1] })])
      expect(bank.doubleSpends(9)).to.be.empty()
      expect(database.prepare('SELECT count(*) AS count FROM bank_evidence').get()?.count).to.equal(1)
    })

    it('is paid as far as the bond reaches', async () => {
      const { bank, book } = await sold({ bond: 800, fee: 0 })
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0, 1, 2] })])

      expect(bank.settle([redemption(book, { id: 2, to: 2, blocks: [0, 1, 2] })])[0]).to.deep.equal({ credited: 2, amount: 8, newly: 2, spentBefore: 3, fromBond: 8, unpaid: 7 })
      expect(bank.book(book.serial)?.bond).to.equal(0)
      // nor was it paid for the third, by whatever session
      expect(bank.settle([redemption(book, { id: 3, to: 2, blocks: [0, 2] })])[0]).to.include({ newly: 0, unpaid: 5 })
      expect(bank.check().problems).to.be.empty()
    })

    it('is paid to the server from the bond, and that is no offence', async () => {
      const { bank, book } = await sold({ bond: 800 })
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0, 1] })])

      expect(bank.settle([redemption(book, { id: 2, to: 'server', blocks: [0, 2] })])[0]).to.deep.equal({ credited: 2, amount: 10, newly: 2, spentBefore: 1, fromBond: 5, unpaid: 0 })
      // once for a coin
      expect(bank.settle([redemption(book, { id: 3, to: 'server', blocks: [0] })])[0]).to.include({ newly: 0, spentBefore: 0 })
      expect(bank.settle([redemption(book, { id: 4, to: 'server', blocks: [1] })])[0]).to.deep.equal({ credited: 1, amount: 3, newly: 1, spentBefore: 1, fromBond: 3, unpaid: 2 })
      expect(names(bank, SERVER)).to.deep.equal(['fee', 'payment', 'forfeit', 'forfeit'])
      expect([bank.doubleSpends(9), barred]).to.deep.equal([[], []])
      expect(bank.check().problems).to.be.empty()
    })

    it('is paid from the bond to a provider whom the server came before, and that is no offence', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 'server', blocks: [0, 1, 2, 3] })])

      expect(bank.settle([redemption(book, { id: 2, to: 1, blocks: [0, 1] })])[0]).to.deep.equal({ credited: 2, amount: 9, newly: 2, spentBefore: 2, fromBond: 10, unpaid: 0 })
      // the server keeps what it was paid
      expect(balances(bank)).to.deep.equal([810, 9, 0, 21])
      expect(names(bank, client(1))).to.deep.equal(['forfeit'])
      expect([bank.doubleSpends(9), barred]).to.deep.equal([[], []])

      // with another provider it is one
      bank.settle([redemption(book, { id: 3, to: 2, blocks: [0] })])
      expect(barred).to.have.lengthOf(1)
      expect(bank.check().problems).to.be.empty()
    })

    it('is an offence also where the bond was empty when the first provider came after the server', async () => {
      const { bank, book } = await sold({ bond: 0 })
      bank.settle([redemption(book, { id: 1, to: 'server', blocks: [0, BLOCKS - 1] })])

      expect(bank.settle([redemption(book, { id: 2, to: 1, blocks: [0, BLOCKS - 1] })])[0]).to.deep.equal({ credited: 2, amount: 0, newly: 2, spentBefore: 2, fromBond: 0, unpaid: 5 })
      expect(barred).to.be.empty()
      expect(bank.settle([redemption(book, { id: 3, to: 2, blocks: [0] })])[0]).to.deep.equal({ credited: 0, amount: 0, newly: 0, spentBefore: 1, fromBond: 0, unpaid: 5 })
      expect(bank.settle([redemption(book, { id: 4, to: 3, blocks: [BLOCKS - 1] })])[0]).to.include({ newly: 0, unpaid: 0 })
      expect(bank.doubleSpends(9).map(({ index }) => index)).to.deep.equal([0, BLOCKS - 1])
      expect(bank.check().problems).to.be.empty()
    })
  })

  describe('void sessions', () => {
    it('give back what they earned, with the fee, and free their coins', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0, 1, 2] })])
      bank.void(hash('session', 1), 'entry 2 is false')
      bank.void(hash('session', 1), 'again')

      expect(balances(bank)).to.deep.equal([810, 0, 0, 0])
      expect(bank.settled(hash('session', 1))).to.deep.equal({ credited: 0, amount: 0, count: 3, void: true })
      expect(bank.settle([redemption(book, { id: 1, blocks: [0, 1, 2, 3] })])[0]).to.deep.equal({ credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 })
      expect(bank.check()).to.deep.include({ holds: true, reserved: 190, coins: { sold: BLOCKS, redeemed: 0 } })

      // whoever buys it elsewhere is no double spender
      expect(bank.settle([redemption(book, { id: 2, to: 2, blocks: [0, 1] })])[0]).to.include({ credited: 2, spentBefore: 0 })
      expect(barred).to.be.empty()
    })

    it('earn nothing any more, also when they were not known', async () => {
      const { bank, book } = await sold()
      bank.void(hash('session', 1), 'false')

      expect(bank.settle([redemption(book, { id: 1, blocks: [0] })])[0]).to.include({ newly: 0, amount: 0 })
      expect(bank.settled(hash('session', 1))).to.include({ void: true })
      expect(bank.check().problems).to.be.empty()
    })

    it('are made good by the bond, and not by the server', async () => {
      const { bank, book } = await sold({ bond: 2_000 })
      const all = [...Array(BLOCKS).keys()]
      bank.settle([redemption(book, { id: 1, blocks: all })])
      bank.withdraw(client(1), 60)
      bank.deposit(SERVER, 100)
      bank.void(hash('session', 1), 'false')

      // its fee of this session, and no more
      expect(balances(bank)).to.deep.equal([886, 0, 0, 100])
      expect(bank.check()).to.deep.include({ holds: true, reserved: 95 - 60 + 19 })

      // of what is missing, others are paid as far as escrow and bond reach
      expect(bank.settle([redemption(book, { id: 2, to: 2, blocks: all.slice(0, 10) })])[0]).to.deep.equal({ credited: 10, amount: 45, newly: 10, spentBefore: 0, fromBond: 15, unpaid: 0 })
      expect(bank.settle([redemption(book, { id: 3, to: 'server', blocks: all.slice(10) })])[0]).to.deep.equal({ credited: 10, amount: 4, newly: 10, spentBefore: 0, fromBond: 4, unpaid: 41 })
      expect(names(bank, client(2))).to.deep.equal(['payment', 'forfeit'])
      expect(balances(bank)).to.deep.equal([886, 0, 45, 109])
      expect(bank.check()).to.deep.include({ holds: true, reserved: 0 })
      expect([bank.doubleSpends(9), barred]).to.deep.equal([[], []])

      // the price comes first, then the bond
      bank.void(hash('session', 2), 'false')
      expect(balances(bank)).to.deep.equal([886, 0, 0, 104])
      expect(bank.book(book.serial)).to.include({ bond: 0 })
      expect(bank.check()).to.deep.include({ holds: true, reserved: 50 })
    })

    it('take no more from the server than it has', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0, 1, 2, 3] })])
      bank.withdraw(SERVER, 1)
      bank.void(hash('session', 1), 'false')

      expect(balances(bank)).to.deep.equal([810, 0, 0, 0])
      expect(bank.check()).to.deep.include({ holds: true, reserved: 189 })
    })

    it('give to the bond what came from there', async () => {
      const { bank, book } = await sold()
      bank.settle([
        redemption(book, { id: 1, to: 1, blocks: [0] }),
        redemption(book, { id: 2, to: 'server', blocks: [1] }),
        redemption(book, { id: 3, to: 2, blocks: [0, 1, 2] })
      ])
      expect(bank.book(book.serial)).to.include({ bond: 85 })
      bank.void(hash('session', 3), 'false')

      expect(bank.book(book.serial)).to.include({ bond: 95 })
      expect(balances(bank)).to.deep.equal([810, 5, 0, 5])
      expect(bank.doubleSpends(9)).to.be.empty()
      expect(bank.statement(client(0))).to.include({ spent: 10 })
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 2 } })
    })

    it('leave a coin to the server, which was paid for it as well', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0, 1] }), redemption(book, { id: 2, to: 'server', blocks: [0] })])
      bank.void(hash('session', 1), 'false')

      // the price came back, the bond did not
      expect(bank.book(book.serial)).to.include({ bond: 90 })
      expect(bank.settle([redemption(book, { id: 3, to: 'server', blocks: [0] })])[0]).to.include({ newly: 0, spentBefore: 0 })
      expect(bank.settle([redemption(book, { id: 4, to: 2, blocks: [0, 1] })])[0]).to.include({ credited: 2, spentBefore: 1, fromBond: 5 })
      expect([bank.doubleSpends(9), barred]).to.deep.equal([[], []])
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 2 } })
    })

    it('leave their provider unpaid for a coin that another session of it had been settled with', async () => {
      const { bank, book } = await sold()
      const other = redemption(book, { id: 2, blocks: [1, 2] })
      bank.settle([redemption(book, { id: 1, blocks: [0, 1] }), other])
      bank.void(hash('session', 1), 'false')

      // it was paid once for both, and has lost that by its own signature
      expect(bank.settle([other])[0]).to.include({ credited: 1, newly: 0 })
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 1 } })

      // for what follows nobody had it: of the same provider too
      expect(bank.settle([redemption(book, { id: 3, blocks: [1] })])[0]).to.include({ credited: 1, spentBefore: 0 })
      bank.close(book.redeemUntil + 1)
      expect(bank.check()).to.deep.include({ holds: true, reserved: 0, coins: { sold: BLOCKS, redeemed: 2 } })
    })

    it('of the server give back too', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 'server', blocks: [0, 1] })])
      bank.void(hash('session', 1), 'false')

      expect(balances(bank)).to.deep.equal([810, 0, 0, 0])
      expect(bank.check().problems).to.be.empty()
    })

    it('prove nothing against their recipient', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0] }), redemption(book, { id: 2, to: 2, blocks: [0] })])
      bank.void(hash('session', 1), 'false')

      expect(bank.doubleSpends(9)).to.be.empty()
      // the second was paid for the coin, and is not paid again; nor is it free for others
      expect(bank.settle([redemption(book, { id: 3, to: 2, blocks: [0] })])[0]).to.include({ newly: 0, spentBefore: 0 })
      expect(bank.settle([redemption(book, { id: 4, to: 3, blocks: [0] })])[0]).to.include({ newly: 1, spentBefore: 1, fromBond: 5 })
      expect(bank.doubleSpends(9)).to.have.lengthOf(1)
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 1 } })
      bank.void(hash('session', 2), 'false')
      bank.void(hash('session', 4), 'false')
      expect(bank.check()).to.deep.include({ holds: true, coins: { sold: BLOCKS, redeemed: 0 }, reserved: 190 })
    })

    it('give to the client when the book is closed', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0, 1] })])
      expect(bank.close(book.redeemUntil + 1)).to.equal(1)
      bank.void(hash('session', 1), 'false')

      expect(balances(bank)).to.deep.equal([1_000, 0, 0, 0])
      expect(bank.check().problems).to.be.empty()
    })
  })

  describe('colluders', () => {
    const all = [...Array(BLOCKS).keys()]

    for (const { what, lies, asks, server } of [
      { what: 'redeem all with an accomplice and have the server give it again', lies: false, asks: 'once', server: 95 + 9 },
      { what: 'complain about all that an accomplice was paid for', lies: true, asks: 'by complaints', server: 95 },
      { what: 'do both', lies: true, asks: 'both', server: 95 }
    ]) {
      it(`pay the server when they ${what}`, async () => {
        const { bank, book } = await sold()
        bank.settle([redemption(book, { id: 1, blocks: all })])
        bank.withdraw(client(1), bank.balance(client(1)))

        if (lies) {
          bank.void(hash('session', 1), 'false')
        }

        if (asks !== 'once') {
          all.forEach(block => { bank.settle([redemption(book, { id: 100 + block, to: 'server', blocks: [block] })]) })
        }

        if (asks !== 'by complaints') {
          bank.settle([redemption(book, { id: 2, to: 'server', blocks: all })])
        }

        bank.close(book.redeemUntil + 1)
        expect(bank.balance(SERVER)).to.equal(server)
        expect(bank.balance(client(0)) + (95 - 9)).to.equal(1_000 - server)
        expect(bank.check().problems).to.be.empty()
      })
    }
  })

  describe('a book that is short', () => {
    /** Client 1 redeems coins, is paid out, and the session is void. */
    function rob (bank: SqlBank, book: CoinBook, id: number, blocks: number[]): void {
      bank.settle([redemption(book, { id, blocks })])
      bank.withdraw(client(1), bank.balance(client(1)))
      bank.void(hash('session', id), 'false')
    }

    /** A book of 10 coins: 50, and a bond of 50. */
    const small = async (): Promise<{ bank: SqlBank, book: CoinBook }> => sold({ fee: 0 }, { count: 10 })
    const ten = order({ count: 10 })
    const named = `${client(0)} ${object(1)}`

    it('is not one that lost half of its bond', async () => {
      const { bank, book } = await small()
      rob(bank, book, 1, [0, 1, 2, 3, 4])

      expect(short).to.be.empty()
      expect(await quoteOf(bank, ten)).to.deep.equal({ price: 0, bond: 0, balance: 900 })
      expect((await bank.order({ ...ten, maxPrice: 0 })).quote.price).to.equal(0)
      expect(bank.check().problems).to.be.empty()
    })

    it('is told once, and filled again by the next order that agrees to it', async () => {
      const { bank, book } = await small()
      rob(bank, book, 1, [0, 1, 2, 3, 4])
      rob(bank, book, 2, [5])
      expect(short).to.deep.equal([named])
      bank.void(hash('session', 2), 'again')
      rob(bank, book, 3, [6])
      expect(short).to.have.lengthOf(1)

      expect(await quoteOf(bank, ten)).to.deep.equal({ price: 35, bond: 0, lost: 35, balance: 900 })
      expect(await quoteOf(bank, order({ count: 12 }))).to.deep.equal({ price: 45, bond: 10, lost: 35, balance: 900 })
      expect(await refusal(bank.order({ ...ten, maxPrice: 34 }))).to.have.property('name', 'PaymentNeededError')
      expect(bank.book(book.serial)).to.include({ price: 50, bond: 50 })
      expect(bank.check().problems).to.be.empty()

      expect((await bank.order({ ...ten, maxPrice: 35 })).quote).to.deep.equal({ price: 35, bond: 0, lost: 35, balance: 865 })
      expect((await bank.order({ ...ten, maxPrice: 35 })).quote).to.deep.equal({ price: 0, bond: 0, balance: 865 })
      expect(bank.book(book.serial)).to.include({ price: 50, bond: 50, bondPaid: 50 })
      expect(bank.settle([redemption(book, { id: 4, to: 2, blocks: [...Array(10).keys()] })])[0]).to.include({ amount: 50, fromBond: 0, unpaid: 0 })
      expect(bank.check().problems).to.be.empty()

      // and may become short again
      bank.withdraw(client(2), 50)
      bank.void(hash('session', 4), 'false')
      expect(short).to.deep.equal([named, named])
    })

    it('has not lost the fee that the server gave back', async () => {
      const { bank, book } = await sold({ fee: 1_000 }, { count: 10 })
      rob(bank, book, 1, [0, 1, 2, 3, 4, 5])

      expect(await quoteOf(bank, ten)).to.include({ price: 27, lost: 27 })
      await bank.order(ten)
      expect(bank.check()).to.deep.include({ problems: [], reserved: 100 })
    })

    it('takes money that is there', async () => {
      const { bank, book } = await small()
      rob(bank, book, 1, [0, 1, 2, 3, 4, 5])
      bank.withdraw(client(0), 871)

      expect(await refusal(bank.order(ten))).to.include({ name: 'MoneyShortError', missing: 1 })
      bank.deposit(client(0), 1)
      expect((await bank.order(ten)).quote.balance).to.equal(0)
    })

    it('may become so by coins that are paid from the bond', async () => {
      const { bank, book } = await small()
      rob(bank, book, 1, [0, 1, 2, 3])
      bank.settle([redemption(book, { id: 2, to: 'server', blocks: [7, 8, 9] }), redemption(book, { id: 3, to: 2, blocks: [7, 8] })])
      // 20 of 40
      expect(short).to.be.empty()
      bank.settle([redemption(book, { id: 4, to: 2, blocks: [9] })])
      expect(short).to.deep.equal([named])
      expect(await quoteOf(bank, ten)).to.include({ price: 20, lost: 20 })
    })

    it('stays so when the bond has paid for what was lost, and has a bond again when that is paid in', async () => {
      const { bank, book } = await small()
      const all = [...Array(10).keys()]
      rob(bank, book, 1, all)
      bank.settle([redemption(book, { id: 2, to: 1, blocks: all })])
      expect(bank.book(book.serial)?.bond).to.equal(0)
      expect(short).to.have.lengthOf(1)
      expect(await quoteOf(bank, ten)).to.include({ price: 50, lost: 50 })

      expect((await bank.order(ten)).book).to.include({ price: 50, bond: 50, bondPaid: 100 })
      expect(bank.check().problems).to.be.empty()
      expect(bank.settle([redemption(book, { id: 3, to: 'server', blocks: all })])[0]).to.include({ amount: 50, unpaid: 0 })
      bank.close(book.redeemUntil + 1)
      expect(bank.check()).to.deep.include({ problems: [], reserved: 0 })
    })

    it('is none that is closed, or whose provider still had the money', async () => {
      const { bank, book } = await small()
      const all = [...Array(10).keys()]
      bank.settle([redemption(book, { id: 1, blocks: all })])
      bank.void(hash('session', 1), 'false')
      bank.settle([redemption(book, { id: 2, blocks: all })])
      bank.withdraw(client(1), 50)
      bank.close(book.redeemUntil + 1)
      bank.void(hash('session', 2), 'false')
      expect(short).to.be.empty()
    })
  })

  it('finds who had a coin among those that come together', async () => {
    const { bank, book } = await sold({ fee: 0 })

    expect(bank.settle([
      redemption(book, { id: 1, to: 'server', blocks: [0, 1] }),
      redemption(book, { id: 2, to: 1, blocks: [0, 2] }),
      redemption(book, { id: 3, to: 2, blocks: [1] }),
      redemption(book, { id: 4, to: 1, blocks: [0, 3] }),
      redemption(book, { id: 5, to: 2, blocks: [3, 1] })
    ]).map(({ newly, fromBond }) => [newly, fromBond])).to.deep.equal([[2, 0], [2, 5], [1, 5], [1, 0], [1, 5]])
    expect(bank.doubleSpends(9).map(({ index }) => index)).to.deep.equal([3])
  })

  describe('closing', () => {
    it('gives back what is left', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0, 1, 2, 3] })])

      expect(bank.close(book.redeemUntil)).to.equal(0)
      now = book.redeemUntil + 1
      expect(bank.close()).to.equal(1)
      expect(bank.close()).to.equal(0)
      expect(balances(bank)).to.deep.equal([980, 18, 0, 2])
      expect(bank.book(book.serial)).to.include({ closed: true, bond: 0 })
      expect(bank.bookOf(client(0), object(1))).to.equal(undefined)
      expect(bank.isClient(client(0))).to.be.true()
      expect(bank.check()).to.deep.include({ holds: true, books: { open: 0, closed: 1 }, reserved: 0 })
      expect(bank.accounts().map(({ kind }) => kind)).to.deep.equal(['purse', 'purse', 'purse', 'world'])
    })

    it('is the end of paying', async () => {
      const { bank, book } = await sold()
      const first = redemption(book, { id: 1, blocks: [0, 1] })
      const [{ newly, ...settled }] = bank.settle([first])
      bank.close(book.redeemUntil + 1)

      expect(newly).to.equal(2)
      expect(bank.settle([redemption(book, { id: 1, blocks: [0, 1, 2] }), redemption(book, { id: 2, blocks: [3] }), redemption(book, { id: 3, to: 2, blocks: [0] })])).to.deep.equal([
        { ...settled, newly: 0 },
        { credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 },
        { credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 }
      ])
      expect(barred).to.be.empty()

      // a new book is another one
      expect((await bank.order(order())).book.serial).to.not.deep.equal(book.serial)
    })

    it('waits for what is still to be settled, and lets others pass', async () => {
      const { bank, book } = await sold()
      bank.deposit(client(1), 500)
      const { book: other } = await bank.order(order({ by: 1, notAfter: NOW + 2 * HOUR }))
      const keep = (serial: Uint8Array): boolean => Buffer.from(serial).equals(book.serial)

      expect(bank.close(other.redeemUntil + 1, keep)).to.equal(1)
      expect(bank.book(book.serial)?.closed).to.be.false()
      expect(bank.book(other.serial)?.closed).to.be.true()
    })

    it('keeps evidence until it was reported, and then forgets it', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, to: 1, blocks: [0] }), redemption(book, { id: 2, to: 2, blocks: [0] }), redemption(book, { id: 3, to: 3, blocks: [0] })])
      const count = (table: string): unknown => database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count
      bank.reported(1)
      expect([count('bank_evidence'), count('bank_double_spends')]).to.deep.equal([5, 2])
      bank.close(book.redeemUntil + 1)

      expect([count('bank_evidence'), count('bank_double_spends')]).to.deep.equal([2, 1])
      expect(bank.doubleSpends(9)).to.have.lengthOf(1)
      bank.reported(2)
      expect([count('bank_evidence'), count('bank_double_spends')]).to.deep.equal([0, 0])
    })
  })

  describe('statement', () => {
    it('shows one client\'s money', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0, 1] }), redemption(book, { id: 2, to: 2, blocks: [0] })])
      const { books, movements, ...totals } = bank.statement(client(0))

      expect(totals).to.deep.equal({ unit: 'coin', balance: 810, reserved: 175, earned: 0, spent: 15 })
      expect(books.map(({ serial, redeemed, bond, price }) => [Buffer.from(serial).toString('hex'), redeemed, bond, price])).to.deep.equal([[Buffer.from(book.serial).toString('hex'), 10, 90, 95]])
      expect(movements.map(({ kind, amount }) => [kind, amount])).to.deep.equal([['bond', 95], ['purchase', 95], ['deposit', 1_000]])
      expect(bank.statement(client(0), { limit: 1, before: movements[0].id }).movements.map(({ kind }) => kind)).to.deep.equal(['purchase'])
      expect(bank.statement(client(1))).to.include({ balance: 9, earned: 9, spent: 0, reserved: 0 })
      expect(bank.statement(client(5))).to.deep.equal({ unit: 'coin', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] })
      expect(bank.close(book.redeemUntil + 1)).to.equal(1)
      expect(bank.statement(client(0))).to.deep.include({ reserved: 0, spent: 15, books: [] })
    })

    it('says the most that a number holds where more moved', async () => {
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0] })])
      database.exec('UPDATE bank_purses SET earned = 9007199254740993, spent = 9223372036854775807')
      expect(bank.statement(client(0))).to.include({ earned: MOST, spent: MOST })
    })

    it('shows the latest books and movements', async () => {
      const { bank } = await sold()
      const { book } = await bank.order(order({ of: 2, first: 0, count: 1 }))

      expect(bank.statement(client(0)).books.map(({ serial }) => Buffer.from(serial).toString('hex'))[0]).to.equal(Buffer.from(book.serial).toString('hex'))
      expect(bank.statement(client(0), { limit: 1_000 }).movements).to.have.lengthOf(5)
    })
  })

  describe('and credit', () => {
    it('are kept apart', async () => {
      const ledger = new SqlLedger(database, {}, () => now)
      ledger.open(client(0))
      const { bank, book } = await sold()
      bank.settle([redemption(book, { id: 1, blocks: [0] })])
      ledger.void(hash('session', 1), 'of the same name')

      expect(ledger.balance(client(0))).to.equal(1_024)
      expect(ledger.accounts().map(({ account }) => account)).to.deep.equal([client(0).toString(), 'grant'])
      expect([...ledger.movements()].map(({ kind }) => kind)).to.deep.equal(['starting'])
      expect(ledger.check()).to.deep.equal({ holds: true, problems: [], accounts: 2, movements: 1, sessions: 1, blocks: 0, issued: 1_024, sum: 0 })
      expect(ledger.age(now + 100 * DAY)).to.be.above(0)
      expect(bank.settled(hash('session', 1))).to.include({ void: false })
      expect(bank.check()).to.deep.include({ holds: true, held: 1_000 })
    })

    it('never meet', async () => {
      const ledger = new SqlLedger(database)
      ledger.open(client(0))
      open().deposit(client(0), 1)

      expect(() => { database.exec('INSERT INTO ledger_movements (time, kind, payer, payee, amount) VALUES (0, \'adjustment\', 1, 0, 5)') }).to.throw('one currency')
    })
  })

  it('pays later for what it could not pay, when there is a bond, or the coin is free', async () => {
    const { bank, book } = await sold({ fee: 0 }, { count: 1 })
    bank.settle([redemption(book, { id: 1, to: 1, blocks: [0] }), redemption(book, { id: 2, to: 2, blocks: [0] })])
    const third = redemption(book, { id: 3, to: 3, blocks: [0] })
    expect(bank.settle([third])[0]).to.include({ amount: 0, unpaid: 5 })
    await bank.order(order())
    expect(bank.settle([third])[0]).to.include({ amount: 5, fromBond: 5 })
  })

  it('lets no account but the world go below zero, whatever writes', async () => {
    const { bank } = await sold()

    expect(() => { database.exec('UPDATE ledger_accounts SET balance = -1 WHERE id > 1') }).to.throw('CHECK')
    expect(() => { database.exec('UPDATE ledger_accounts SET balance = -9007199254740992 WHERE id = 0') }).to.throw('CHECK')
    expect(bank.check().holds).to.be.true()
  })

  describe('check', () => {
    const faults: Array<[what: string, sql: string, problem: RegExp]> = [
      ['a balance that was changed', 'UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 2', /all accounts together have 1[^]*and movements that come to/],
      ['a movement that was removed', 'DROP TRIGGER ledger_movements_keep_all; DELETE FROM ledger_movements WHERE kind = \'payment\'', /earned 9 of 10, and has movements of 0 and a fee of 1/],
      ['a movement between the currencies', 'DROP TRIGGER ledger_movements_currency; INSERT INTO ledger_movements (time, kind, payer, payee, amount) VALUES (0, \'adjustment\', 1, 2, 5)', /takes credit and gives money/],
      ['a payment that was removed', 'DELETE FROM bank_payments', /movement 1 is a deposit without a payment/],
      ['a payment that was changed', 'UPDATE bank_payments SET amount = 7', /payment .* of 7 has no movement of that/],
      ['a payment of another account', 'UPDATE bank_payments SET account = 0', /has no movement of that/],
      ['money from nowhere', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount) VALUES (0, \'refund\', 0, 2, 5)', /is a refund without a payment/],
      ['coins that were redeemed behind its back', 'UPDATE bank_books SET redeemed = 11', /are worth 84[^]*that were redeemed are worth 11, and those of its sessions 10/],
      ['a price that was changed', 'UPDATE bank_books SET price = 96', /was sold for 96 and a bond of 95, and has movements of 95 and 95/],
      ['a bond that was changed', 'UPDATE bank_books SET forfeited = 4', /is 90, of 95 less 4[^]*gave 4, and its sessions had 5 of that/],
      ['money that was paid in again, from nowhere', 'UPDATE bank_books SET repaid = 4', /was sold for 99 and a bond of 95, and has movements of 95 and 95/],
      ['a closed book that is not empty', 'UPDATE bank_books SET closed = 1', /is closed, and still has 85 and 90/],
      ['a book of somebody else', 'UPDATE bank_books SET object = \'x\'', /another client's or object's than its ticket/],
      ['a book that was removed', 'PRAGMA foreign_keys = OFF; DELETE FROM bank_books', /there is no book for the ticket/],
      ['a session that was changed', 'UPDATE ledger_sessions SET amount = 3 WHERE amount = 9', /earned 3 of 10, and has movements of 9/],
      ['a worth that was changed', 'UPDATE bank_sessions SET worth = 3', /and those of its sessions/],
      ['a reversal of what holds', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount, session) SELECT 0, \'reversal\', provider, 2, 1, id FROM ledger_sessions LIMIT 1', /and 1 of that was taken back/],
      ['a fee that was given back twice', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount, session) SELECT 0, \'reversal\', (SELECT payee FROM ledger_movements WHERE kind = \'fee\'), 2, 1, id FROM ledger_sessions LIMIT 1', /1 of the fee of the session .* were taken back, which was 1/],
      ['a payment by another one than the book', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount) SELECT 0, \'fee\', client, coins, 1 FROM bank_books', /movement \d+ is a fee, and not from a book/],
      ['coins that were forgotten', 'DELETE FROM ledger_blocks', /0 blocks of the ticket .* its sessions were credited 2/],
      ['more coins again than there are', 'UPDATE ledger_sessions SET again = 9', /9 coins of the session/],
      ['a purse that was changed', 'UPDATE bank_purses SET earned = earned + 1', /has earned 10 and spent 0, and has movements of 9/],
      ['a purse that was emptied', 'UPDATE bank_purses SET spent = 0', /has earned 0 and spent 0, and has movements of 0 and books of 15/]
    ]

    faults.forEach(([what, sql, problem]) => {
      it(`finds ${what}`, async () => {
        const { bank, book } = await sold()
        bank.settle([redemption(book, { id: 1, blocks: [0, 1] }), redemption(book, { id: 2, to: 2, blocks: [0] })])
        expect(bank.check().problems).to.be.empty()

        database.exec(sql)

        const { holds, problems } = bank.check()
        expect(holds).to.be.false()
        expect(problems.join('\n')).to.match(problem)
      })
    })

    it('has nothing to find in an empty bank', () => {
      expect(open().check()).to.deep.equal({ holds: true, problems: [], accounts: 1, movements: 0, books: { open: 0, closed: 0 }, coins: { sold: 0, redeemed: 0 }, held: 0, reserved: 0, sum: 0 })
    })
  })

  it('sells a whole object for what it costs', () => {
    expect(VALUES.total).to.equal(95)
  })
})
