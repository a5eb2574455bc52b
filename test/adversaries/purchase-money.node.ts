/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { freePort } from '../../simulations/demo/free-port.ts'
import { SqlBank } from '../../src/bank/index.ts'
import { parseAmount, parseDuration, parsePercent, parsePrice } from '../../src/cli/parse.ts'
import { Home } from '../../src/home/index.ts'
import { cleanUp, folder, json, run, start } from '../cli/run.ts'
import { eventually } from '../eventually.ts'
import { client } from '../ledger/fixtures.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { SECRET, signed } from '../payments/fixtures.ts'
import { seeded } from '../swarm/fixtures/random.ts'
import { claimOf, party, sessionOf, submit } from './fixtures/claims.ts'
import type { Session } from './fixtures/claims.ts'
import type { Claim } from '../../protocols/ack/index.ts'
import type { Bank, BankPolicy } from '../../src/bank/index.ts'
import type { Exit, Running } from '../cli/run.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { Signing } from '../payments/fixtures.ts'
import type { PeerId } from '@libp2p/interface'

const MAX = Number.MAX_SAFE_INTEGER
const TERMS = ['--mode', 'purchase', '--price', '10', '--unit', 'cent']
const DAY = 86_400_000

describe('adversaries: purchase, payments', function () {
  this.timeout(120_000)

  let home: string
  let source: string
  let port: number
  let listen: string[]
  let alice: PeerId
  let server: Running

  before(async () => { alice = peerIdFromPrivateKey(await generateKeyPair('Ed25519')) })

  beforeEach(async () => {
    home = await folder()
    source = join(await folder(), 'holiday.bin')
    await writeFile(source, randomBytes(1_000))
    port = await freePort()
    listen = ['--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`]
    await serve()
  })

  afterEach(cleanUp)

  async function serve (): Promise<void> {
    server = start(['serve', source, ...TERMS, '--payments', String(port), '--payments-secret', SECRET, ...listen], { home })
    await server.output(/serving on/, 'stderr')
  }

  function payment (changes: object = {}): object {
    return { type: 'deposit', reference: 'invoice-1', account: alice.toString(), amount: 500, unit: 'cent', ...changes }
  }

  async function send (message: object, signing: Signing = {}, headers = signed(JSON.stringify(message), signing)): Promise<{ status: number, repeated?: boolean, balance?: number }> {
    const response = await fetch(`http://127.0.0.1:${port}/payments`, { method: 'POST', headers, body: JSON.stringify(message) })

    return { status: response.status, ...await response.json() }
  }

  /** A look into the books, as another process has it. */
  async function books <T> (look: (bank: SqlBank, references: string[]) => T): Promise<T> {
    const opened = await Home.open(home)

    try {
      const database = opened.database()
      const bank = new SqlBank(database, { self: alice })
      expect(bank.check()).to.deep.include({ holds: true, problems: [], sum: 0 })

      return look(bank, database.prepare('SELECT reference FROM bank_payments').all().map(({ reference }) => String(reference)))
    } finally {
      opened.close()
    }
  }

  it('that are replayed, forged or altered move nothing, and say nothing of the secret', async () => {
    const message = payment()
    const headers = signed(JSON.stringify(message))
    expect(await send(message, {}, headers)).to.include({ status: 200, repeated: false, balance: 500 })

    for (let n = 0; n < 3; n++) {
      expect(await send(message, {}, headers)).to.include({ status: 200, repeated: true, balance: 500 })
    }

    const bob = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
    const altered = [{ amount: 900 }, { account: bob }, { reference: 'invoice-2' }, { type: 'withdrawal' }, { unit: 'euro' }]

    for (const change of altered) {
      expect((await send(payment(change), {}, headers)).status, JSON.stringify(change)).to.equal(401)
    }

    const now = Math.floor(Date.now() / 1_000)
    const other = `whsec_${randomBytes(32).toString('base64')}`

    for (const signing of [{ secret: other }, { timestamp: now - 400 }, { timestamp: now + 400 }, { timestamp: '1e9' }, { timestamp: '' }, { id: 'a.1' }, { id: '' }]) {
      expect((await send(payment({ reference: 'forged' }), signing)).status, JSON.stringify(signing)).to.equal(401)
    }

    // signed, but the reference is another payment's, or the account is written in another way
    for (const [change, status] of [[{ amount: 501 }, 409], [{ account: bob }, 409], [{ type: 'withdrawal' }, 409]] as const) {
      expect((await send(payment(change))).status).to.equal(status)
    }

    for (const account of [alice.toCID().toString(), ` ${alice}`, alice.toString().toLowerCase(), 'world', `bond:${'0'.repeat(32)}`, `coins:${'0'.repeat(32)}`, 'grant']) {
      expect((await send(payment({ reference: 'other', account }))).status, account).to.equal(400)
    }

    await books((bank, references) => {
      expect(references).to.deep.equal(['invoice-1'])
      expect(bank.balance(alice)).to.equal(500)
    })

    const { stdout, stderr } = await server.end('SIGINT')
    expect([SECRET, SECRET.slice(6), other, headers['webhook-signature'], 'invoice-1'].filter(word => `${stdout}${stderr}`.includes(word))).to.be.empty()
  })

  it('of one reference are one payment, also when two processes make them at once', async () => {
    for (let round = 0; round < 4; round++) {
      const reference = `charge-${round}`
      const command = async (): Promise<Exit> => run(['account', 'deposit', alice.toString(), '7', '--reference', reference, '--json'], { home })
      const message = payment({ reference, amount: 7 })
      // some come while the commands start, some while they write, some after
      const [commands, ...messages] = await Promise.all([
        Promise.all([command(), command()]),
        ...[0, 150, 300, 450].map(async after => delay(round * 40 + after).then(async () => send(message)))
      ])
      expect(commands.map(({ code, stderr }) => code ?? stderr)).to.deep.equal([0, 0])
      expect(messages.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200])
      expect([...commands.map(json), ...messages].filter(({ repeated }) => repeated === false)).to.have.lengthOf(1)
      await books(bank => { expect(bank.balance(alice)).to.equal(7 * (round + 1)) })
    }
  })

  it('that were acknowledged are there when the server was killed, and those that were not can be sent again', async () => {
    const random = seeded(7)
    const acknowledged = new Set<string>()
    const sent = new Set<string>()

    for (let round = 0; round < 4; round++) {
      const last = acknowledged.size + 1 + Math.floor(random() * 20)
      let killed: Promise<Exit> | undefined

      await Promise.all(Array.from({ length: 4 }, async (_, sender) => {
        for (let n = 0; killed == null; n++) {
          const reference = `${round}-${sender}-${n}`
          sent.add(reference)
          const status = await send(payment({ reference, amount: 3 })).then(({ status }) => status, () => undefined)

          if (status === 200) {
            acknowledged.add(reference)
          }

          if (acknowledged.size >= last) {
            killed ??= server.end('SIGKILL')
          }
        }
      }))
      await killed
      await books((bank, references) => {
        expect([...acknowledged].filter(reference => !references.includes(reference))).to.be.empty()
        expect(bank.balance(alice)).to.equal(3 * references.length)
      })
      await serve()
    }

    for (const reference of sent) {
      const { status, repeated } = await send(payment({ reference, amount: 3 }))
      expect(status).to.equal(200)
      acknowledged.has(reference) && expect(repeated).to.equal(true)
    }

    await books((bank, references) => {
      expect(new Set(references)).to.deep.equal(sent)
      expect(bank.balance(alice)).to.equal(3 * sent.size)
    })
  })

  it('by command reach the ends of what the books can hold, and no further', async () => {
    const move = async (...args: string[]): Promise<Exit> => run(['account', ...args, '--json'], { home })
    const who = alice.toString()
    expect(json(await move('deposit', who, '1', '--reference', 'one')).balance).to.equal(1)
    expect(json(await move('deposit', who, String(MAX - 1), '--reference', 'rest')).balance).to.equal(MAX)
    // no account can have more than there is
    const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

    for (const account of [who, other]) {
      const { code, stdout, stderr } = await run(['account', 'deposit', account, '1'], { home })
      expect({ code, stdout, stderr }).to.deep.equal({ code: 2, stdout: '', stderr: 'mssl: All accounts together can have 2^53 - 1 at most\n' })
      expect((await send(payment({ account, amount: 1, reference: 'more' }))).status).to.equal(400)
    }

    expect(json(await move('withdraw', who, String(MAX), '--reference', 'all')).balance).to.equal(0)
    const { code, stderr } = await run(['account', 'withdraw', who, '1'], { home })
    expect(code).to.equal(9)
    expect(stderr).to.match(/^mssl: The account has 0 cent: 1 are missing[^\n]*\n$/)
    await books(bank => { expect(bank.check().held).to.equal(0) })
  })
})

describe('adversaries: purchase, amounts', function () {
  this.timeout(120_000)

  /** What looks like a number, and is no amount. */
  const WRONG = ['', '0', '-0', '-5', '--5', '+5', '0.5', '5.0', '5.', '.5', '5,0', '1e3', '1E3', '0x10', '0b1', '0o7', '5n', '1_000', 'NaN', 'Infinity', '-Infinity', '∞', '１', '５００', '٥', '½', ' 5', '5 ', '5\n', '\u00a05', '5cent', 'five', '9007199254740992', '9007199254740993', '18446744073709551615', `1${'0'.repeat(400)}`]

  describe('as a person writes them', () => {
    it('are decimal digits, from 1 to 2^53 - 1', () => {
      for (const text of WRONG) {
        expect(() => parseAmount(text), text).to.throw('Give an amount in whole units, from 1 to 9007199254740991')
        expect(() => parsePrice(text), text).to.throw('Give an amount in whole units')
        expect(() => parsePrice(`${text}/MiB`), text).to.throw('Give an amount in whole units')
      }

      expect(['1', '500', '007', '9007199254740991'].map(parseAmount)).to.deep.equal([1, 500, 7, MAX])
    })

    it('of bytes that a price is for are sizes', () => {
      for (const per of ['', '0', '-1', '+1', '0.5', '1e3', '0x10', 'NaN', 'Infinity', '１', 'MiB/KiB', '9007199254740992', '8192TiB', 'cent']) {
        expect(() => parsePrice(`5/${per}`), per).to.throw(/^Give a (size|price) such as/)
      }

      expect(parsePrice('9007199254740991/9007199254740991')).to.deep.equal({ amount: MAX, per: MAX })
    })

    it('in per cent, and times, are what they say', () => {
      for (const text of ['', '-1', '--5', '+5', '1e1', '0x10', 'NaN', 'Infinity', '１%', '5.', '.5', '5.123', '100.01', '101', '9007199254740992', '5 per cent']) {
        expect(() => parsePercent(100)(text), text).to.throw('Give a percentage from 0 to 100')
      }

      expect(['0', '0%', '100%', '0.01 %', ' 5'].map(parsePercent(100))).to.deep.equal([0, 0, 10_000, 1, 500])

      for (const text of ['', '0s', '-1s', '+1s', '1e3s', '0x10s', 'NaNs', 'Infinityd', '１d', '5', '9007199254740992d']) {
        expect(() => parseDuration(text), text).to.throw('Give a time such as')
      }
    })

    const account = client(0).toString()
    const places: Array<(value: string) => string[]> = [
      value => ['account', 'deposit', account, value],
      value => ['account', 'withdraw', account, value],
      value => ['serve', 'x', '--mode', 'purchase', '--price', value],
      value => ['serve', 'x', '--mode', 'purchase', '--price', '5', '--fee', value],
      value => ['serve', 'x', '--mode', 'purchase', '--price', '5', '--bond', value],
      value => ['serve', 'x', '--mode', 'purchase', '--price', '5', '--redemption', value],
      value => ['serve', 'x', '--mode', 'purchase', '--price', '5', '--unit', `${value}€`],
      value => ['get', 'mssl:z', '--max-price', value],
      value => ['wallet', '--history', value],
      value => ['wallet', '--before', value]
    ]

    after(cleanUp)

    for (const place of places) {
      it(`are checked wherever they are given: ${place('…').join(' ')}`, async () => {
        const home = await folder()

        for (const value of ['１', '--5']) {
          const { code, stdout, stderr } = await run(place(value), { home })
          expect({ code, stdout }, value).to.deep.equal({ code: 2, stdout: '' })
          expect(stderr, value).to.match(/^mssl: [^\n]+\n$/)
        }
      })
    }
  })

  describe('as a program gives them', () => {
    const stage = new Stage()
    /** None of them is an amount; a caller without types may give any. */
    const wrong: any[] = [-1, -0.5, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 1e300, '5', 5n, true, [5], {}]

    afterEach(async () => { await stage.clear() })

    it('are refused before anything is done', async () => {
      const server = await stage.node({ bank: { unit: 'cent' } })
      const { mssl } = server.services
      const buyer = await stage.node()
      const { path } = await stage.file(3 * BLOCK)
      const { link } = await mssl.publish(path, { mode: 'purchase', price: { amount: 5 } })
      const before = mssl.list()
      const refused = async (attempt: () => unknown, name: string, what: string): Promise<void> => {
        const err = await Promise.resolve().then(attempt).then(() => undefined, err => err)
        expect(err, what).to.have.property('name', name)
        expect(err.message, what).to.match(/^[^\n]+$/)
      }

      for (const value of [0, ...wrong]) {
        const what = `${typeof value} ${String(value)}`
        await refused(() => mssl.bank.deposit(buyer.peerId, value), 'InvalidAmountError', what)
        await refused(() => mssl.bank.withdraw(buyer.peerId, value), 'InvalidAmountError', what)
        await refused(async () => mssl.publish(path, { mode: 'purchase', price: { amount: value } }), 'InvalidParametersError', what)
        await refused(async () => mssl.publish(path, { mode: 'purchase', price: { amount: 5, per: value } }), 'InvalidParametersError', what)
      }

      for (const value of wrong) {
        const what = `${typeof value} ${String(value)}`
        await refused(async () => buyer.services.mssl.get(link, { maxPrice: value, to: buyer.folder }), 'InvalidParametersError', what)
        await refused(async () => buyer.services.mssl.authorize(link, { maxPrice: value }), 'InvalidParametersError', what)
        await refused(async () => buyer.services.mssl.read(link, { maxPrice: value }).next(), 'InvalidParametersError', what)
      }

      expect(mssl.list()).to.deep.equal(before)
      expect(mssl.bank.accounts().map(({ kind }) => kind)).to.deep.equal(['world'])
      await refused(async () => buyer.services.mssl.get(link, { maxPrice: 0, to: buyer.folder }), 'NotPaidError', '0')
      await refused(async () => buyer.services.mssl.get(link, { maxPrice: MAX, to: buyer.folder }), 'BalanceTooLowError', 'the largest')
    })

    it('in a policy are refused, and leave the one that was kept', async () => {
      const bank: BankPolicy = { unit: 'cent', fee: 1, bond: 2, redemption: 3 }
      const first = await stage.node({ bank })
      const { home } = first
      await first.stop()

      for (const policy of [...['fee', 'bond', 'redemption'].flatMap(name => wrong.slice(0, 10).map(value => ({ [name]: value }))), { fee: 10_001 }, { bond: 100_001 }, { redemption: 366 * DAY + 1 }, { unit: '' }, { unit: 'c'.repeat(17) }, { unit: 'a b' }, { unit: '１' }]) {
        await expect(stage.node({ home, bank: policy }), JSON.stringify(policy)).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
      }

      expect((await stage.node({ home })).services.mssl.bank.policy).to.deep.equal(bank)
    })

    it('may be as large as they can be', async () => {
      for (const fee of [0, 1, 10_000]) {
        const server = await stage.node({ bank: { unit: 'cent', fee, bond: 0 }, auditRate: 0 })
        const [seller, buyer] = await stage.nodes(2)
        const { bank } = server.services.mssl
        const { link } = await stage.publish(server, 3 * BLOCK, { mode: 'purchase', price: { amount: 2 ** 52 - 1 } })
        // two books of half of all that there can be
        bank.deposit(seller.peerId, 2 ** 52 - 1)
        bank.deposit(buyer.peerId, 2 ** 52)
        await seller.services.mssl.get(link, { to: seller.folder, maxPrice: 2 ** 52 - 1 })
        await eventually(() => server.services.mssl.recipients().length === 0)
        await server.services.mssl.claim()
        expect(bank.balance(server.peerId)).to.equal(2 ** 52 - 1)

        await buyer.services.mssl.authorize(link, { maxPrice: MAX })
        const [provider, recipient] = [await party(seller, link), await party(buyer, link)]
        const session = sessionOf({ provider, recipient, indices: [2, 0, 1] })
        const [verdict] = await submit(seller, server, provider.ticket, [claimOf(provider, session)])
        const cut = Number(BigInt(2 ** 52 - 1) * BigInt(fee) / 10_000n)
        expect(verdict).to.include({ outcome: 'settled', credited: 3, amount: 2 ** 52 - 1 - cut })
        expect([seller, buyer, server].map(({ peerId }) => bank.balance(peerId))).to.deep.equal([2 ** 52 - 1 - cut, 1, 2 ** 52 - 1 + cut])
        expect(bank.check()).to.deep.include({ holds: true, problems: [], sum: 0, held: MAX, reserved: 0 })
      }
    })
  })
})

describe('adversaries: purchase, redemption against refund', function () {
  this.timeout(60_000)

  const stage = new Stage()
  const { now } = Date
  const PRICE = 100
  let clock: () => number

  beforeEach(() => {
    clock = now
    Date.now = () => clock()
  })

  afterEach(async () => {
    Date.now = now
    await stage.clear()
  })

  interface Sale {
    session: Session
    claim: Claim
    ticket: Uint8Array
    /** Of the buyer's book */
    redeemUntil: number
  }

  /** A buyer has acknowledged a seller all of an object. */
  async function sale (server: StagedNode, seller: StagedNode, buyer: StagedNode, seed: number): Promise<Sale> {
    const { bank } = server.services.mssl
    const { id, link } = await stage.publish(server, 2 * BLOCK, { mode: 'purchase', price: { amount: PRICE }, seed })
    await seller.services.mssl.authorize(link, { maxPrice: PRICE })
    await buyer.services.mssl.authorize(link, { maxPrice: PRICE })
    const [provider, recipient] = [await party(seller, link), await party(buyer, link)]
    const session = sessionOf({ provider, recipient, indices: [0, 1] })

    return { session, claim: claimOf(provider, session), ticket: provider.ticket, redeemUntil: bank.bookOf(buyer.peerId, id)?.redeemUntil as number }
  }

  function expectWhole (bank: Bank, held: number): void {
    expect(bank.check()).to.deep.include({ holds: true, problems: [], sum: 0, held })
  }

  it('is the one or the other, to the millisecond, whoever comes first and wherever the clock goes then', async () => {
    const server = await stage.node({ bank: { unit: 'cent', fee: 0, bond: 10_000, redemption: 60_000 }, ticketLifetime: 60_000, auditRate: 0, booksInterval: 1 })
    const [seller, buyer] = await stage.nodes(2)
    const { bank } = server.services.mssl
    const sales: Sale[] = []
    const distances = [-3, -2, -1, 0, 1, 2]
    const held = (distances.length + 2) * 4 * PRICE
    bank.deposit(seller.peerId, held / 2)
    bank.deposit(buyer.peerId, held / 2)

    for (let n = 0; n < distances.length + 2; n++) {
      // while others are being sold, none may be over
      clock = () => 1_900_000_000_000 + n * 1_000
      sales.push(await sale(server, seller, buyer, n))
    }

    const settle = async ({ claim, ticket }: Sale): Promise<string> => (await submit(seller, server, ticket, [claim]))[0].outcome
    let paid = 0
    const [atTheEnd, after, ...races] = sales

    // the clock stands still at the last moment: many rounds of the books later the coins are still good
    clock = () => atTheEnd.redeemUntil
    await delay(30)
    expect(await settle(atTheEnd)).to.equal('settled')
    paid++

    // one millisecond later they are not, whether the books were closed by then or not
    clock = () => after.redeemUntil + 1
    expect(await settle(after)).to.equal('expired')

    for (const [n, race] of races.entries()) {
      const begun = performance.now()
      clock = () => Math.floor(race.redeemUntil + distances[n] + performance.now() - begun)
      const [outcome] = await Promise.all([settle(race), delay(10)])
      expect(outcome).to.be.oneOf(['settled', 'expired'])
      paid += outcome === 'settled' ? 1 : 0
      expectWhole(bank, held)
    }

    const end = races[races.length - 1].redeemUntil + 1_000
    clock = () => end
    await eventually(() => bank.check().books.open === 0)

    const expectPaid = (): void => {
      expect(bank.balance(seller.peerId) - held / 2).to.equal(paid * PRICE)
      expect(held / 2 - bank.balance(buyer.peerId)).to.equal(paid * PRICE)
      expect(bank.check().reserved).to.equal(0)
      expectWhole(bank, held)
    }
    expectPaid()

    // the clock goes back to when all was open: what is closed stays so, and what was paid is not paid again
    clock = () => 1_900_000_000_000

    for (const each of sales) {
      expect(await settle(each)).to.equal('expired')
    }

    expectPaid()

    // who buys now gets another book, which ends by the clock of now
    const again = await sale(server, seller, buyer, 0)
    expect(again.redeemUntil).to.equal(1_900_000_000_000 + 120_000)
    expect(again.session.session.ticket).to.not.deep.equal(sales[0].session.session.ticket)
    expect(await settle(sales[0])).to.equal('expired')
    expect(await settle(again)).to.equal('settled')
    paid++
    clock = () => end
    await eventually(() => bank.check().books.open === 0)
    expectPaid()
  })

  it('of a clock that goes back while a book is open is not before what the ticket says', async () => {
    const server = await stage.node({ bank: { unit: 'cent', fee: 0, redemption: 60_000 }, ticketLifetime: 60_000, auditRate: 0, booksInterval: 1 })
    const [seller, buyer] = await stage.nodes(2)
    const { bank } = server.services.mssl
    bank.deposit(seller.peerId, 2 * PRICE)
    bank.deposit(buyer.peerId, 2 * PRICE)
    const began = 1_900_000_000_000
    clock = () => began
    const { claim, ticket, redeemUntil } = await sale(server, seller, buyer, 1)

    // a ticket of an hour before makes nothing shorter
    clock = () => began - 3_600_000
    const [{ id, link }] = await Promise.all(server.services.mssl.list().map(async ({ id }) => ({ id, link: await server.services.mssl.link(id) })))
    await buyer.services.mssl.authorize(link, { maxPrice: 0 })
    expect(bank.bookOf(buyer.peerId, id)?.redeemUntil).to.equal(redeemUntil)

    clock = () => redeemUntil
    await delay(20)
    expect((await submit(seller, server, ticket, [claim]))[0]).to.include({ outcome: 'settled', amount: PRICE })
    expectWhole(bank, 4 * PRICE)
  })
})
