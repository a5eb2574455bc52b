/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { pbStream } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { PROTOCOL, QUOTA_REQUESTS, TICKET } from '../../protocols/ticket/constants.ts'
import { TicketRequest, TicketResponse, TicketStatus } from '../../protocols/ticket/index.ts'
import { Ticket } from '../../protocols/ticket/pb/records.ts'
import { TicketService } from '../../protocols/ticket/ticket.ts'
import { SqlBank } from '../../src/bank/index.ts'
import { encodeManifest, Mode, objectId } from '../../src/object/index.ts'
import { seal } from '../../src/ticket/envelope.ts'
import { openManifest, openTicket, signManifest, signTicket } from '../../src/ticket/index.ts'
import { BLOCK, collect, Stage } from '../node/fixtures/stage.ts'
import { around, restoreAll } from './fixtures/around.ts'
import { componentsOf, corruptServer, grantOf, withHome } from './fixtures/hostile.ts'
import type { Statement } from '../../protocols/ticket/index.ts'
import type { DownloadOptions, PurchaseInfo } from '../../src/index.ts'
import type { Published } from '../../src/node/mssl.ts'
import type { Manifest } from '../../src/object/index.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

type Answer = Partial<TicketResponse>
type Bytes = Uint8Array<ArrayBuffer>

const BLOCKS = 40
/** 10 for each block */
const PRICE = 400
const FUNDS = 1_000
const BANK = { unit: 'cent', fee: 500, bond: 10_000 }
const MAX = Number.MAX_SAFE_INTEGER

/** Far beyond the end of any ticket. */
const LATER = 60 * 24 * 3_600_000

/** Numbers that no double holds, and some that one does and nobody can count with. */
const GIANTS = new Map([['2^53', 2n ** 53n], ['2^53 + 1', 2n ** 53n + 1n], ['2^56 - 1', 2n ** 56n - 1n], ['2^63', 2n ** 63n], ['-1', 2n ** 64n - 1n]])

/** What a client agrees to. */
const ANY: DownloadOptions = { maxPrice: MAX }

describe('adversaries: purchase, servers', function () {
  this.timeout(60_000)

  const stage = new Stage()
  let server: StagedNode
  let client: StagedNode
  let object: Published
  let issuer: PrivateKey
  let current: (answer: Answer, request: TicketRequest, client: PeerId) => void | Promise<void>
  /** To each answer */
  let appended: Uint8Array

  before(async () => {
    server = await stage.node({ bank: BANK })
    client = await stage.node()
    object = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: PRICE } })
    issuer = await withHome(server, async home => home.privateKey('issuer'))
    server.services.mssl.bank.deposit(client.peerId, FUNDS)
    await corruptServer(server, async (answer, request, client) => current(answer, request, client))
  })

  beforeEach(() => {
    current = () => {}
    appended = new Uint8Array(0)
    // as no encoder would write it
    around(TicketResponse, 'encode', encode => response => concat([encode(response), appended]) as Bytes)
  })

  afterEach(() => {
    restoreAll()
    const { bank } = server.services.mssl
    // what the honest part of it sold goes back: the next test buys anew
    bank.close(Date.now() + LATER)
    expect(bank.check()).to.deep.include({ holds: true, problems: [], sum: 0, held: FUNDS, reserved: 0 })
    expect(bank.balance(client.peerId)).to.equal(FUNDS)
  })

  after(async () => { await stage.clear() })

  /** The client fails in one line, and nothing of the answer is kept. */
  async function expectFailure (name: string, consent = ANY): Promise<Error & { missing?: number }> {
    const err = await client.services.mssl.get(object.link, { to: client.folder, ...consent }).then(() => undefined, err => err)
    expect(err).to.have.property('name', name)
    expect(err.message).to.match(/^[^\n]+$/)
    expect(client.services.mssl.list()).to.be.empty()
    expect(await grantOf(client, object.link)).to.equal(undefined)

    return err
  }

  /** The server's ticket, but for what is changed. */
  async function changeTicket (answer: Answer, changes: Partial<Parameters<typeof signTicket>[0]>): Promise<void> {
    if (answer.ticket != null) {
      const { issuer: _, ...ticket } = await openTicket(answer.ticket)
      answer.ticket = await signTicket({ ...ticket, ...changes }, issuer) as Bytes
    }
  }

  /** The manifest of the object, but for what is changed, signed by its server. */
  async function otherManifest ({ manifest }: Answer, changes: Partial<Manifest>): Promise<Bytes> {
    const { manifest: own } = await openManifest(manifest as Bytes, { id: object.id })

    return await signManifest(encodeManifest({ ...own, ...changes }), issuer) as Bytes
  }

  /** A ticket with a book of other fields. */
  async function strangeTicket (...fields: Bytes[]): Promise<Bytes> {
    const payload = Ticket.encode({
      serial: new Uint8Array(16),
      client: client.peerId.toMultihash().bytes as Bytes,
      object: object.id.bytes as Bytes,
      mode: Mode.PURCHASE,
      notBefore: Date.now(),
      notAfter: Date.now() + 60_000
    })

    return await seal(TICKET, concat([payload, nested(10, ...fields)]), issuer) as Bytes
  }

  const quoted = (quote: Partial<TicketResponse['quote']>) => (answer: Answer): void => {
    answer.quote = { price: PRICE, bond: PRICE, balance: FUNDS, ...quote }
  }
  const book = { fee: 500, bond: PRICE, redeemUntil: Date.now() + LATER }

  const answers: Record<string, { change (answer: Answer, request: TicketRequest): void | Promise<void>, error: string }> = {
    'a price above that of the manifest': { change: quoted({ price: PRICE + 1 }), error: 'InvalidRecordError' },
    'the largest price': { change: quoted({ price: MAX }), error: 'InvalidRecordError' },
    ...Object.fromEntries([...GIANTS].flatMap(([name, value]) => (['price', 'bond', 'balance'] as const).map((field, at) => [
      `a ${field} of ${name}`,
      { change: () => { appended = nested(10, varint(at + 1, value)) }, error: 'TicketProtocolError' }
    ]))),
    'no price': { change: answer => { answer.quote = undefined }, error: 'InvalidRecordError' },
    'a price in another unit': { change: answer => { answer.statement = { ...emptyStatement(), unit: 'euro' } }, error: 'InvalidRecordError' },
    'a manifest with another price': { change: async answer => { answer.manifest = await otherManifest(answer, { price: { amount: 1, per: BLOCK, unit: 'cent' } }) }, error: 'InvalidRecordError' },
    'a manifest with another unit': { change: async answer => { answer.manifest = await otherManifest(answer, { price: { amount: PRICE, per: BLOCKS * BLOCK, unit: 'euro' } }) }, error: 'InvalidRecordError' },
    'a manifest without a price': { change: async answer => { answer.manifest = await otherManifest(answer, { price: undefined, mode: Mode.PROOF }) }, error: 'InvalidRecordError' },
    'a ticket without a book': { change: async answer => changeTicket(answer, { book: undefined }), error: 'TicketError' },
    'a ticket of mode proof': { change: async answer => changeTicket(answer, { book: undefined, mode: Mode.PROOF, standing: 1 }), error: 'TicketError' },
    'a book without the last block': { change: async answer => changeTicket(answer, { range: { first: 0, count: BLOCKS - 1 } }), error: 'InvalidRecordError' },
    'a book of blocks that there are not': { change: async answer => changeTicket(answer, { range: { first: 1, count: BLOCKS } }), error: 'InvalidRecordError' },
    'a book of 2^32 blocks from the last possible one on': { change: async answer => changeTicket(answer, { range: { first: 2 ** 32 - 1, count: 2 ** 32 - 1 } }), error: 'InvalidRecordError' },
    'a book of no blocks': { change: async answer => changeTicket(answer, { range: { first: 0, count: 0 } }), error: 'InvalidRecordError' },
    'a fee of more than all': { change: async answer => changeTicket(answer, { book: { ...book, fee: 10_001 } }), error: 'TicketError' },
    'a book that is over before its ticket': { change: async answer => changeTicket(answer, { book: { ...book, redeemUntil: Date.now() } }), error: 'TicketError' },
    ...Object.fromEntries([...GIANTS].map(([name, value]) => [
      `a ticket with a bond of ${name}`,
      { change: async (answer: Answer) => { answer.ticket &&= await strangeTicket(varint(2, value), varint(3, BigInt(book.redeemUntil))) }, error: 'TicketError' }
    ])),
    ...Object.fromEntries([...GIANTS].map(([name, value]) => [
      `a ticket that is good until ${name}`,
      { change: async (answer: Answer) => { answer.ticket &&= await strangeTicket(varint(2, 1n), varint(3, value)) }, error: 'TicketError' }
    ])),
    'no escrow secret': { change: ({ secrets }) => { if (secrets != null) { secrets.escrowSecret = undefined } }, error: 'InvalidRecordError' },
    'that the balance does not reach, though it does': { change: answer => { notSold(answer, TicketStatus.TICKET_MONEY_SHORT, { bond: FUNDS - PRICE }) }, error: 'InvalidRecordError' },
    'that it was not offered enough, though it was': { change: answer => { notSold(answer, TicketStatus.TICKET_PAYMENT_NEEDED, {}) }, error: 'InvalidRecordError' },
    'a bond that nobody has': { change: answer => { notSold(answer, TicketStatus.TICKET_MONEY_SHORT, { bond: MAX }) }, error: 'InvalidRecordError' }
  }

  function notSold (answer: Answer, status: TicketStatus, quote: Partial<TicketResponse['quote']>): void {
    answer.status = status
    answer.ticket = undefined
    quoted(quote)(answer)
  }

  for (const [what, { change, error }] of Object.entries(answers)) {
    it(`are not believed when they answer with ${what}`, async () => {
      current = change
      await expectFailure(error)
    })
  }

  it('are not believed when they take more than was agreed to, by a book of more blocks than were wanted', async () => {
    current = async (answer, { purchase }) => {
      if (purchase != null) {
        await changeTicket(answer, { range: undefined })
        quoted({})(answer)
      }
    }
    const outcome = await collect(client.services.mssl.read(object.link, { length: 10 * BLOCK, maxPrice: 100 })).then(() => undefined, err => err)
    expect(outcome).to.include({ name: 'InvalidRecordError', message: 'The server took 400 cent, though 100 was agreed to' })
    expect(await grantOf(client, object.link)).to.equal(undefined)
  })

  it('get no consent from a person whom they would show a price above that of the manifest', async () => {
    const asked: PurchaseInfo[] = []
    current = quoted({ price: PRICE + 1 })
    await expectFailure('InvalidRecordError', { confirmPurchase: purchase => asked.push(purchase) > 0 })
    expect(asked).to.be.empty()
  })

  it('are not asked for ever when their price rises with each consent', async () => {
    let price = 1
    let asked = 0
    current = answer => { notSold(answer, TicketStatus.TICKET_PAYMENT_NEEDED, { price: price++, bond: 0 }) }
    await expectFailure('NotPaidError', { confirmPurchase: () => ++asked > 0 })
    expect(asked).to.be.within(1, 3)
  })

  it('can set ten times the price aside, and not a unit more', async () => {
    current = answer => { notSold(answer, TicketStatus.TICKET_MONEY_SHORT, { bond: 10 * PRICE, balance: 0 }) }
    expect((await expectFailure('BalanceTooLowError')).missing).to.equal(11 * PRICE)
    current = answer => { notSold(answer, TicketStatus.TICKET_MONEY_SHORT, { bond: 10 * PRICE + 1, balance: 0 }) }
    await expectFailure('InvalidRecordError')
  })

  describe('statements', () => {
    const movement = { id: 1, time: 1, kind: 'deposit', amount: 1, counterpart: 'world', memo: '' }
    const entry = { serial: new Uint8Array(16), object: new Uint8Array(36), first: 0, count: 1, price: 1, redeemed: 0, bond: 1, redeemUntil: 1 }

    const bad: Record<string, Partial<Statement>> = {
      '257 movements': { movements: Array.from({ length: 257 }, () => movement) },
      '257 books': { books: Array.from({ length: 257 }, () => entry) },
      'a movement beyond all numbers': { movements: [{ ...movement, amount: 2 ** 53 }] },
      'a movement below all numbers': { movements: [{ ...movement, amount: -(2 ** 53) }] },
      'a kind that is a speech': { movements: [{ ...movement, kind: 'k'.repeat(33) }] },
      'a memo that is a book': { movements: [{ ...movement, memo: 'm'.repeat(801) }] },
      'a counterpart that is a crowd': { movements: [{ ...movement, counterpart: 'c'.repeat(129) }] },
      'no unit': { unit: '' },
      'a unit that is a sentence': { unit: 'u'.repeat(17) },
      'half a serial': { books: [{ ...entry, serial: new Uint8Array(8) }] },
      'an object that is none': { books: [{ ...entry, object: new Uint8Array(36) }] },
      'an object of 37 bytes': { books: [{ ...entry, object: new Uint8Array(37) }] }
    }

    async function expectNone (): Promise<void> {
      const [{ statement, error }] = await client.services.mssl.wallet({ link: object.link })
      expect(statement).to.equal(undefined)
      expect(error).to.be.a('string').that.matches(/^(Invalid field in message|The server's answer could not be read|Not an object id): [^\n]+$/)
    }

    for (const [what, change] of Object.entries(bad)) {
      it(`are not shown when they have ${what}`, async () => {
        current = answer => { answer.statement = { ...emptyStatement(), ...change } }
        await expectNone()
      })
    }

    for (const [name, value] of GIANTS) {
      it(`are not shown when they have ${name} of something`, async () => {
        const strange: Bytes[] = [
          ...[2, 3, 4, 5].map(field => varint(field, value)),
          ...[5, 6, 7, 8].map(field => nested(6, text(1, 16), text(2, 36), varint(field, value))),
          ...[1, 2].map(field => nested(7, varint(field, value)))
        ]

        for (const field of strange) {
          appended = nested(11, text(1, 4), field)
          await expectNone()
        }
      })
    }

    it('are shown when they have the largest numbers', async () => {
      current = answer => {
        answer.statement = {
          unit: 'cent',
          balance: MAX,
          reserved: MAX,
          earned: MAX,
          spent: MAX,
          books: [{ ...entry, object: object.id.bytes as Bytes, price: MAX, redeemed: MAX, bond: MAX, redeemUntil: MAX }],
          movements: [{ ...movement, id: MAX, time: MAX, amount: -MAX }]
        }
      }
      const [{ statement }] = await client.services.mssl.wallet({ link: object.link })
      expect(statement).to.include({ balance: MAX, reserved: MAX, earned: MAX, spent: MAX })
      expect(statement?.movements[0]).to.include({ id: MAX, time: MAX, amount: -MAX })
    })
  })
})

describe('adversaries: purchase, clients that ask a server', function () {
  this.timeout(60_000)

  const stage = new Stage()
  let server: StagedNode
  let bank: SqlBank
  let alice: StagedNode
  let mallory: StagedNode
  let object: Published

  beforeEach(async () => {
    server = await stage.node({ bank: BANK });
    [alice, mallory] = await stage.nodes(2)
    bank = server.services.mssl.bank as SqlBank
    object = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: PRICE } })
  })

  afterEach(async () => {
    restoreAll()
    const { holds, problems, sum } = bank.check()
    await stage.clear()
    expect({ holds, problems, sum }).to.deep.equal({ holds: true, problems: [], sum: 0 })
  })

  /** Asks as a client that is made by hand, and again as long as the server is busy. */
  async function ask (node: StagedNode, request: Partial<TicketRequest>): Promise<TicketResponse> {
    const tickets = new TicketService(componentsOf(node))

    for (;;) {
      const response = await tickets.request(server.getMultiaddrs(), request)

      if (response.status !== TicketStatus.TICKET_BUSY) {
        return response
      }
    }
  }

  async function order (node: StagedNode, { maxPrice = MAX, first = 0, count = 0, id = object.id }: Partial<TicketRequest['purchase'] & { id: CID }> = {}): Promise<TicketResponse> {
    return ask(node, { object: id.bytes as Bytes, purchase: { maxPrice, first, count } })
  }

  /** Asks with bytes that no encoder would write. */
  async function askRaw (node: StagedNode, request: Uint8Array): Promise<TicketResponse> {
    const stream = pbStream(await node.dialProtocol(server.getMultiaddrs(), PROTOCOL))
    await stream.write(request, { encode: bytes => bytes as Bytes })

    return stream.read(TicketResponse)
  }

  /** How many rows there are in each table but that of the clock. */
  async function rows (): Promise<Record<string, number>> {
    return withHome(server, home => {
      const database = home.database()
      const tables = database.prepare('SELECT name FROM sqlite_master WHERE type = \'table\' ORDER BY name').all()

      return Object.fromEntries(tables.map(({ name }) => [String(name), Number(database.prepare(`SELECT count(*) AS count FROM ${name}`).get()?.count)]))
    })
  }

  it('name no price but their own consent: the server\'s is in the manifest', async () => {
    bank.deposit(mallory.peerId, FUNDS)
    const answer = await order(mallory, { maxPrice: 1 })
    expect(answer).to.deep.include({ status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: PRICE, bond: PRICE, balance: FUNDS } })

    // the same object for less is another object, which the server does not have, whoever signs it
    const { manifest } = await openManifest(answer.manifest, { id: object.id })
    const cheap = objectId(encodeManifest({ ...manifest, price: { amount: 1, per: BLOCKS * BLOCK, unit: 'cent' } }))
    expect(await order(mallory, { id: cheap })).to.include({ status: TicketStatus.TICKET_NOT_FOUND })

    // and what stands in the client's own home changes nothing but its own view of it
    await mallory.services.mssl.authorize(object.link, ANY)
    const kept = await grantOf(mallory, object.link)
    const envelope = Uint8Array.from(kept.manifestEnvelope)
    envelope[envelope.byteLength - 80] ^= 1
    await withHome(mallory, home => { home.database().prepare('UPDATE grants SET manifest = ?').run(envelope) })
    await expect(mallory.services.mssl.authorize(object.link, ANY)).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    expect(bank.balance(mallory.peerId)).to.equal(FUNDS - 2 * PRICE)
  })

  it('get a clear answer whatever they order', async () => {
    bank.deposit(mallory.peerId, 2 * PRICE)
    const plain = await stage.publish(server, BLOCK, { seed: 2 })
    const before = bank.balance(mallory.peerId)
    const { TICKET_PAYMENT_NEEDED: needed, TICKET_MALFORMED: malformed, TICKET_OK: ok } = TicketStatus
    const last = 2 ** 32 - 1

    const orders: Array<[Parameters<typeof order>[1], TicketStatus | 'reset']> = [
      [{ maxPrice: 0 }, needed],
      [{ maxPrice: 1 }, needed],
      [{ maxPrice: PRICE - 1 }, needed],
      [{ count: BLOCKS + 1 }, malformed],
      [{ first: BLOCKS, count: 1 }, malformed],
      [{ first: 1, count: BLOCKS }, malformed],
      [{ first: last, count: last }, malformed],
      [{ first: 1, count: last }, malformed],
      [{ first: last }, malformed],
      // nothing is bought for what is free
      [{ id: plain.id }, ok]
    ]

    for (const [what, status] of orders) {
      expect(await order(mallory, what).then(({ status }) => status, () => 'reset'), JSON.stringify(what)).to.equal(status)
    }

    const requests: Array<[Partial<TicketRequest>, TicketStatus | 'reset']> = [
      [{ purchase: { maxPrice: 1, first: 0, count: 0 } }, malformed],
      [{ statement: { before: 0, limit: 0 } }, malformed],
      [{ statement: { before: 0, limit: 257 } }, malformed],
      [{ statement: { before: 0, limit: last } }, malformed],
      [{ statement: { before: MAX, limit: 256 } }, ok],
      [{ statement: { before: 1, limit: 1 } }, ok]
    ]

    for (const [request, status] of requests) {
      expect(await ask(mallory, request).then(({ status }) => status, () => 'reset'), JSON.stringify(request)).to.equal(status)
    }

    for (const [name, value] of GIANTS) {
      const purchase = concat([TicketRequest.encode(emptyRequest({ object: object.id.bytes as Bytes })), nested(7, varint(1, value))])
      const statement = concat([TicketRequest.encode(emptyRequest()), nested(8, varint(1, value), varint(2, 1n))])

      for (const request of [purchase, statement]) {
        expect(await askRaw(mallory, request).then(({ status }) => status, () => 'reset'), name).to.equal('reset')
      }
    }

    expect(bank.balance(mallory.peerId)).to.equal(before)
    expect(bank.check().books).to.deep.equal({ open: 0, closed: 0 })

    // exactly what it costs, and one block at the end
    expect(await order(mallory, { first: BLOCKS - 1, count: 1, maxPrice: 10 })).to.deep.include({ status: ok, quote: { price: 10, bond: 10, balance: before - 20 } })
    expect(await order(mallory, { maxPrice: PRICE - 10 })).to.deep.include({ status: ok, quote: { price: PRICE - 10, bond: PRICE - 10, balance: 0 } })
  })

  it('never buy more at once than they have, and what they get is theirs', async () => {
    const objects = await Promise.all(Array.from({ length: 8 }, async (_, n) => stage.publish(server, BLOCK, { mode: 'purchase', price: { amount: 10 }, seed: n + 10 })))
    // for three of eight, and all but one unit of another one
    bank.deposit(mallory.peerId, 79)
    const answers = await Promise.all(objects.map(async ({ id }) => order(mallory, { id })))
    const won = answers.filter(({ status }) => status === TicketStatus.TICKET_OK)
    const lost = answers.filter(({ status }) => status === TicketStatus.TICKET_MONEY_SHORT)

    expect([won.length, lost.length]).to.deep.equal([3, 5])
    lost.forEach(({ reason, ticket, secrets }) => {
      expect(reason).to.match(/^[0-9]+ cent are missing: /)
      expect({ ticket: ticket.byteLength, secrets }).to.deep.equal({ ticket: 0, secrets: undefined })
    })

    for (const [n, { status, ticket }] of answers.entries()) {
      const book = bank.bookOf(mallory.peerId, objects[n].id)
      expect(book != null).to.equal(status === TicketStatus.TICKET_OK)

      if (book != null) {
        const { serial, client } = await openTicket(ticket)
        expect(serial).to.equalBytes(book.serial)
        expect(client.equals(mallory.peerId)).to.be.true()
      }
    }

    expect(bank.statement(mallory.peerId)).to.include({ balance: 19, reserved: 60 })
  })

  it('buy once what they order many times at once, whatever runs they name', async () => {
    bank.deposit(mallory.peerId, FUNDS)
    const same = await Promise.all(Array.from({ length: 12 }, async () => order(mallory, { first: 10, count: 10 })))
    expect(same.reduce((sum, { quote }) => sum + (quote?.price ?? 0), 0)).to.equal(100)
    expect(bank.balance(mallory.peerId)).to.equal(FUNDS - 200)

    const runs = await Promise.all(Array.from({ length: 16 }, async (_, n) => order(mallory, { first: (n * 7) % BLOCKS, count: 1 })))
    const book = bank.bookOf(mallory.peerId, object.id)
    expect(runs.map(({ status }) => status)).to.deep.equal(runs.map(() => TicketStatus.TICKET_OK))
    expect(book).to.deep.include({ first: 0, count: 38, price: 380 })
    expect([...same, ...runs].reduce((sum, { quote }) => sum + (quote?.price ?? 0), 0)).to.equal(book?.price)
    expect(bank.balance(mallory.peerId)).to.equal(FUNDS - 2 * 380)
    expect(bank.check().books).to.deep.equal({ open: 1, closed: 0 })
  })

  it('get what is theirs when many order at once, and some cannot pay', async () => {
    const clients = await stage.nodes(10)
    clients.forEach(({ peerId }, n) => { bank.deposit(peerId, 2 * PRICE - n % 2) })
    const answers = await Promise.all(clients.map(async client => order(client)))

    for (const [n, { status, ticket, quote }] of answers.entries()) {
      const { peerId } = clients[n]
      expect(status).to.equal(n % 2 === 0 ? TicketStatus.TICKET_OK : TicketStatus.TICKET_MONEY_SHORT)
      expect(bank.balance(peerId)).to.equal(n % 2 === 0 ? 0 : 2 * PRICE - 1)
      expect(quote?.balance).to.equal(bank.balance(peerId))

      if (n % 2 === 0) {
        expect((await openTicket(ticket)).client.equals(peerId)).to.be.true()
      }
    }

    expect(bank.check().books).to.deep.equal({ open: 5, closed: 0 })
  })

  it('see their own account and nobody else\'s: there is no field to name another one in', async () => {
    bank.deposit(alice.peerId, FUNDS, { reference: 'invoice-of-alice' })
    await order(alice)
    const [latest] = bank.statement(alice.peerId).movements
    const none = { unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] }

    for (const statement of [{ before: 0, limit: 256 }, { before: latest.id + 1, limit: 256 }, { before: latest.id, limit: 1 }]) {
      expect((await ask(mallory, { statement })).statement).to.deep.equal(none)
      expect((await ask(mallory, { object: object.id.bytes as Bytes, statement })).statement).to.deep.equal(none)
    }

    // fields that another version might have: whom to ask about
    const name = (field: number): Bytes => nested(field, alice.peerId.toMultihash().bytes)
    const request = concat([nested(8, varint(2, 256n), name(3), name(4), name(5)), name(9), name(10)])
    expect(TicketRequest.decode(request).statement).to.deep.equal({ before: 0, limit: 256 })
    expect((await askRaw(mallory, request)).statement).to.deep.equal(none)
  })

  it('make the server work no more than their quota, however they flood it', async () => {
    bank.deposit(mallory.peerId, 2 * PRICE)
    const work = { orders: 0, statements: 0 }
    around(SqlBank.prototype, 'order', order => async wanted => {
      work.orders++

      return order(wanted)
    })
    around(SqlBank.prototype, 'statement', statement => (...args) => {
      work.statements++

      return statement(...args)
    })
    const tickets = new TicketService(componentsOf(mallory))
    const request = { object: object.id.bytes as Bytes, purchase: { maxPrice: MAX, first: 0, count: 0 }, statement: { before: 0, limit: 256 } }
    await mallory.dial(server.getMultiaddrs())
    let answered = 0

    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let n = 0; n < 40; n++) {
        const { status } = await tickets.request(server.peerId, request)
        answered += status === TicketStatus.TICKET_OK ? 1 : 0
      }
    }))

    expect(answered).to.be.within(1, QUOTA_REQUESTS)
    expect(work).to.deep.equal({ orders: answered, statements: answered })
    // all of it was one purchase
    expect(bank.check()).to.deep.include({ books: { open: 1, closed: 0 }, movements: 3 })

    // and nobody else notices
    bank.deposit(alice.peerId, 2 * PRICE)
    expect(await order(alice)).to.include({ status: TicketStatus.TICKET_OK })
  })

  it('leave nothing in the server\'s books as long as they have nothing in them, not even for blocks that cost nothing by themselves', async () => {
    // one unit for all: the coin of the last block is worth it, and those before it are worth nothing
    const cheap = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: 1 }, seed: 3 })
    const before = await rows()

    for (const stranger of [mallory, alice]) {
      for (const { id } of [object, cheap]) {
        for (const what of [{ maxPrice: 0 }, {}, { first: 0, count: 1 }, { first: 0, count: 1, maxPrice: 0 }, { first: BLOCKS - 1, count: 1 }]) {
          expect((await order(stranger, { id, ...what })).status).to.be.oneOf([TicketStatus.TICKET_PAYMENT_NEEDED, TicketStatus.TICKET_MONEY_SHORT])
        }

        expect(await ask(stranger, { object: id.bytes as Bytes, statement: { before: 0, limit: 256 } })).to.include({ status: TicketStatus.TICKET_PAYMENT_NEEDED })
      }
    }

    expect(await rows()).to.deep.equal(before)
  })
})

function emptyRequest (request: Partial<TicketRequest> = {}): TicketRequest {
  return { haveManifest: false, revocationEpoch: 0, fingerprint: new Uint8Array(0), ...request }
}

function varint (field: number, value: bigint): Bytes {
  const bytes = [field << 3]

  for (let rest = value; ; rest >>= 7n) {
    const last = rest < 128n
    bytes.push(Number(rest & 127n) | (last ? 0 : 128))

    if (last) {
      return Uint8Array.from(bytes)
    }
  }
}

/** A field of less than 128 bytes. */
function nested (field: number, ...parts: Uint8Array[]): Bytes {
  const bytes = concat(parts)

  return concat([Uint8Array.of(field << 3 | 2, bytes.byteLength), bytes]) as Bytes
}

/** So many letters, or bytes. */
function text (field: number, length: number): Bytes {
  return nested(field, new Uint8Array(length).fill(97))
}

function emptyStatement (): Statement {
  return { unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] }
}
