import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { TicketRequest, TicketStatus } from '../../protocols/ticket/index.ts'
import { checkResponse } from '../../protocols/ticket/messages.ts'
import { SqlBank } from '../../src/bank/index.ts'
import { escrowSecret } from '../../src/exchange/index.ts'
import { transaction } from '../../src/home/migrate.ts'
import { Mode } from '../../src/object/manifest.ts'
import { CoinValues } from '../../src/object/price.ts'
import { Access } from '../../src/server/access.ts'
import { openManifest } from '../../src/ticket/manifest.ts'
import { openTicket, verifyTicket } from '../../src/ticket/ticket.ts'
import { evidence } from '../bank/fixtures.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { createOrigin, Homes, published } from './fixtures.ts'
import type { TicketResponse } from '../../protocols/ticket/index.ts'
import type { BankPolicy, BookOrder } from '../../src/bank/index.ts'
import type { Home } from '../../src/home/home.ts'
import type { Origin, OriginInit, PublishedObject } from '../../src/server/origin.ts'
import type { Attenuation } from '../../src/server/policy.ts'
import type { Ticket } from '../../src/ticket/ticket.ts'
import type { PeerId } from '@libp2p/interface'

const BLOCK = 65_536
const PRICE = { amount: 10, per: BLOCK, unit: 'cent' }
/** The largest price that a client can name: what is bought is not the question */
const ANY = Number.MAX_SAFE_INTEGER

describe('origin, mode purchase', () => {
  const homes = new Homes()
  const root = new Uint8Array(32).fill(9)
  let home: Home
  let film: PublishedObject
  let client: PeerId
  let bank: SqlBank
  let origin: Origin

  beforeEach(async () => {
    home = await homes.open()
    // blocks of 10 cents each: 100 together
    film = await published('film', Mode.PURCHASE, { size: 10 * BLOCK, price: PRICE })
    client = await peer(3)
    await serve()
  })

  afterEach(async () => {
    await homes.clean()
  })

  async function serve (init: Partial<OriginInit> = {}, policy: Partial<BankPolicy> = {}): Promise<void> {
    bank = new SqlBank(home.database(), { self: await peer(2), policy: { unit: 'cent', ...policy }, onShort: (client, object) => { origin.recall(client, object) } })
    origin = await createOrigin(home, [film], init, { bank, escrowRoot: async () => root })
  }

  async function ask (request: Partial<TicketRequest> = {}, who = client): Promise<Partial<TicketResponse>> {
    return origin.answer(TicketRequest.decode(TicketRequest.encode({ object: film.id.bytes as Uint8Array<ArrayBuffer>, ...request })), who)
  }

  async function buy (maxPrice = ANY, first = 0, count = 0): Promise<Partial<TicketResponse>> {
    return ask({ purchase: { maxPrice, first, count } })
  }

  const opened = async ({ ticket }: Partial<TicketResponse>): Promise<Ticket> => openTicket(ticket as Uint8Array)

  it('should sell a book of coins, and say in the ticket what they are good for', async () => {
    bank.deposit(client, 250)
    const response = await buy()
    const ticket = await verifyTicket(response.ticket as Uint8Array, { issuer: (await origin.certificate()).publicKey, client, object: film.id, mode: Mode.PURCHASE })

    expect(response).to.deep.include({ status: TicketStatus.TICKET_OK, quote: { price: 100, bond: 100, balance: 50 } })
    expect(ticket.serial).to.equalBytes(bank.bookOf(client, film.id)?.serial as Uint8Array)
    expect(ticket).to.deep.include({ range: undefined, standing: undefined, book: { fee: 500, bond: 100, redeemUntil: ticket.notAfter + 7 * 86_400_000 } })
    expect(response.secrets?.escrowSecret).to.equalBytes(escrowSecret(root, client.toMultihash().bytes))
    expect(bank.balance(client)).to.equal(50)
  })

  it('should sell the run that is wanted, and extend the book to the hull of what is', async () => {
    bank.deposit(client, 1_000)
    const first = await opened(await buy(ANY, 2, 3))
    const response = await buy(ANY, 7, 1)
    const second = await opened(response)

    expect(first.range).to.deep.equal({ first: 2, count: 3 })
    expect(first.book?.bond).to.equal(30)
    expect(response.quote).to.deep.equal({ price: 30, bond: 30, balance: 880 })
    expect(second.range).to.deep.equal({ first: 2, count: 6 })
    expect(second.book?.bond).to.equal(60)
    expect(second.serial).to.equalBytes(first.serial)
    expect((await opened(await buy(0, 3, 2))).range).to.deep.equal({ first: 2, count: 6 })
    expect(bank.balance(client)).to.equal(880)
  })

  it('should charge nothing for renewing, or for asking again', async () => {
    bank.deposit(client, 1_000)
    const first = await opened(await buy())

    for (const request of [{}, { purchase: { maxPrice: 0, first: 0, count: 0 } }, { purchase: { maxPrice: ANY, first: 3, count: 1 } }]) {
      const response = await ask(request)
      const ticket = await opened(response)

      expect(response.quote).to.deep.equal({ price: 0, bond: 0, balance: 800 })
      expect(ticket.serial).to.equalBytes(first.serial)
      expect(ticket.range).to.equal(undefined)
      expect(ticket.book?.redeemUntil).to.be.at.least(first.book?.redeemUntil as number)
    }
  })

  it('should sell once what is asked for many times at once', async () => {
    bank.deposit(client, 1_000)
    const tickets = await Promise.all(Array.from({ length: 20 }, async () => opened(await buy())))

    expect(new Set(tickets.map(({ serial }) => serial.join()))).to.have.property('size', 1)
    expect(bank.balance(client)).to.equal(800)
  })

  it('should sell once although the first answer never arrived', async () => {
    bank.deposit(client, 200)
    const order = bank.order.bind(bank)
    const abort = new AbortController()
    bank.order = async (wanted: BookOrder) => {
      const ordered = await order(wanted)
      bank.order = order
      abort.abort()
      throw new Error(`the machine stopped after the money of ${ordered.book.count} coins had moved`)
    }

    await expect(buy()).to.eventually.be.rejectedWith('the machine stopped')
    expect(bank.balance(client)).to.equal(0)
    expect(await buy()).to.deep.include({ status: TicketStatus.TICKET_OK, quote: { price: 0, bond: 0, balance: 0 } })
  })

  it('should go on with the book after a restart', async () => {
    bank.deposit(client, 200)
    const before = await opened(await buy())
    await serve()
    const after = await opened(await ask())

    expect(after.serial).to.equalBytes(before.serial)
  })

  it('should say what it costs, and prove it, when nobody has agreed to it', async () => {
    bank.deposit(client, 1_000)
    const response = await ask()

    expect(response).to.deep.include({ status: TicketStatus.TICKET_PAYMENT_NEEDED, reason: 'The blocks cost 100 cent, and 100 cent are set aside besides', quote: { price: 100, bond: 100, balance: 1_000 } })
    expect((await openManifest(response.manifest as Uint8Array, { id: film.id })).manifest.price).to.deep.equal(PRICE)
    expect(response).to.include.keys('certificate')
    expect(response).to.not.include.keys('ticket', 'secrets')
    expect((await ask({ haveManifest: true })).manifest).to.equal(undefined)
    expect(bank.bookOf(client, film.id)).to.equal(undefined)
  })

  it('should sell nothing for one unit less than it costs', async () => {
    bank.deposit(client, 1_000)

    expect(await buy(29, 4, 3)).to.deep.include({ status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: 30, bond: 30, balance: 1_000 } })
    expect(bank.balance(client)).to.equal(1_000)
    expect(await buy(30, 4, 3)).to.deep.include({ status: TicketStatus.TICKET_OK, quote: { price: 30, bond: 30, balance: 940 } })
  })

  it('should sell nothing to who has one unit less than it takes', async () => {
    bank.deposit(client, 199)

    expect(await buy()).to.deep.include({
      status: TicketStatus.TICKET_MONEY_SHORT,
      reason: '1 cent are missing: the blocks cost 100 cent, and 100 cent are set aside besides, and the account of this client holds 199 cent',
      quote: { price: 100, bond: 100, balance: 199 }
    })
    expect(bank.balance(client)).to.equal(199)
    expect(bank.bookOf(client, film.id)).to.equal(undefined)
    bank.deposit(client, 1)
    expect((await buy()).status).to.equal(TicketStatus.TICKET_OK)
    expect(bank.balance(client)).to.equal(0)
  })

  it('should move nothing for a client that it refuses', async () => {
    bank.deposit(client, 1_000)
    const other = peerIdFromPrivateKey(await generateKeyPair('secp256k1'))
    const access = new Access(home.database())

    expect(await ask({ purchase: { maxPrice: ANY, first: 0, count: 0 } }, other)).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'The object is served in mode purchase, which takes a client with an Ed25519 identity' })
    expect((await buy(ANY, 0, 11)).status).to.equal(TicketStatus.TICKET_MALFORMED)
    expect((await buy(ANY, 10, 1)).status).to.equal(TicketStatus.TICKET_MALFORMED)

    for (const policy of [{ kind: 'list' }, { kind: 'token' }] as const) {
      origin.setPolicy(film.id, policy)
      expect((await buy()).status).to.be.oneOf([TicketStatus.TICKET_REFUSED, TicketStatus.TICKET_CREDENTIAL_NEEDED])
    }

    // while the policy thinks about it
    await serve({ authorize: () => { access.revoke(client); return true } })
    origin.setPolicy(film.id, { kind: 'callback' })
    expect((await buy()).status).to.equal(TicketStatus.TICKET_REFUSED)
    expect((await buy()).status).to.equal(TicketStatus.TICKET_REFUSED)
    expect(bank.balance(client)).to.equal(1_000)
  })

  it('should void the ticket of a client that is revoked while it pays', async () => {
    bank.deposit(client, 1_000)
    const order = bank.order.bind(bank)
    bank.order = async wanted => {
      const ordered = await order(wanted)
      new Access(home.database()).revoke(client)

      return ordered
    }
    const { ticket } = await buy()

    await expect(verifyTicket(ticket as Uint8Array, { issuer: (await origin.certificate()).publicKey, client, object: film.id, mode: Mode.PURCHASE, revocations: await origin.revocations() }))
      .to.eventually.be.rejected.with.property('code', 'revoked')
    // what it has bought is still its own
    expect(bank.bookOf(client, film.id)).to.include({ price: 100, bond: 100 })
  })

  it('should sell no coins that are of no use by the policy\'s limits', async () => {
    let limits: Attenuation = { range: { first: 2, count: 4 }, rate: 1_000 }
    await serve({ authorize: () => limits })
    origin.setPolicy(film.id, { kind: 'callback' })
    bank.deposit(client, 1_000)

    // all that it may have, whether it is asked for or quoted
    expect((await ask()).quote).to.include({ price: 40 })
    expect(await buy(ANY, 1, 4)).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'This client may have only the blocks 2 to 5 of the object: nothing was bought' })
    expect(bank.balance(client)).to.equal(1_000)
    const response = await buy()
    expect(await opened(response)).to.deep.include({ range: { first: 2, count: 4 }, rate: 1_000 })
    expect(response.quote).to.include({ price: 40 })

    // the ticket never gives more than coins and policy do
    limits = { range: { first: 4, count: 6 } }
    expect(await opened(await ask())).to.deep.include({ range: { first: 4, count: 2 } })
    expect((await buy()).status).to.equal(TicketStatus.TICKET_REFUSED)
    limits = { range: { first: 8, count: 100 } }
    expect((await ask()).status).to.equal(TicketStatus.TICKET_REFUSED)
    limits = { range: { first: 10, count: 1 } }
    expect((await buy()).status).to.equal(TicketStatus.TICKET_REFUSED)
    expect(bank.balance(client)).to.equal(920)
  })

  it('should sell blocks that cost nothing by themselves with as many others as make a unit, and none for nothing', async () => {
    film = await published('film', Mode.PURCHASE, { size: 10 * BLOCK, price: { amount: 4, per: 10 * BLOCK, unit: 'cent' } })
    await serve()

    // the coins of the blocks 2, 4, 7 and 9 are worth 1, the others nothing
    for (const [first, count] of [[0, 1], [0, 2], [0, 3], [8, 1]]) {
      expect(await buy(0, first, count)).to.deep.include({ status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: 1, bond: 1, balance: 0 } })
      expect(await buy(1, first, count)).to.deep.include({ status: TicketStatus.TICKET_MONEY_SHORT, quote: { price: 1, bond: 1, balance: 0 } })
    }

    expect(bank.accounts().filter(({ kind }) => kind !== 'world')).to.be.empty()
    bank.deposit(client, 100)
    const { range } = await opened(await buy(1, 5, 1))
    expect(range).to.deep.equal({ first: 5, count: 3 })
    // what lies beside it and is worth nothing is had for nothing
    expect((await opened(await buy(0, 5, 4))).range).to.deep.equal({ first: 5, count: 4 })
    expect(bank.balance(client)).to.equal(98)
  })

  it('should sell what lies before, when what comes after is worth nothing too, and nothing beyond what is allowed', async () => {
    film = await published('film', Mode.PURCHASE, { size: 10 * BLOCK, price: { amount: 4, per: 10 * BLOCK, unit: 'cent' } })
    let range = { first: 1, count: 6 }
    await serve({ policy: { kind: 'callback' }, authorize: async () => ({ range }) })
    bank.deposit(client, 100)

    expect((await opened(await buy(1, 5, 1))).range).to.deep.equal({ first: 4, count: 3 })
    expect(bank.balance(client)).to.equal(98)
    range = { first: 5, count: 2 }
    bank.close(Date.now() + 60 * 86_400_000)
    // by the operator's word
    expect((await opened(await buy(0, 5, 1))).range).to.deep.equal({ first: 5, count: 2 })
    expect(bank.balance(client)).to.equal(100)
  })

  it('should sell nothing that has a price in another unit', async () => {
    film = await published('film', Mode.PURCHASE, { price: { amount: 5, per: 70_000, unit: 'euro' } })
    await serve()

    expect(await buy()).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'The object has a price in euro, but this server counts in cent: its operator has to publish it again' })
  })

  it('should say so to its operator when there is no bank', async () => {
    origin = await createOrigin(home, [film], {}, { escrowRoot: async () => root })

    await expect(buy()).to.eventually.be.rejectedWith('takes a server with a bank')
  })

  describe('a client whose book is short', () => {
    /** Somebody redeems coins of the client's book, is paid out, and the session is void. */
    async function rob (id: number, first: number, count: number): Promise<void> {
      const provider = await peer(4)
      const { serial } = bank.bookOf(client, film.id) as { serial: Uint8Array }
      const blocks = Array.from({ length: count }, (_, i) => first + i)
      const session = new Uint8Array(32).fill(id)
      bank.settle([{
        session,
        provider,
        recipient: client,
        object: film.id,
        serial,
        count,
        indices: Uint32Array.from(blocks),
        blockLength: () => BLOCK,
        relieved: true,
        values: new CoinValues(PRICE, film.geometry),
        evidence: evidence(session, provider, blocks)
      }])
      bank.withdraw(provider, bank.balance(provider))
      bank.void(session, 'entry 1 is false')
    }

    const verify = async (ticket?: Uint8Array): Promise<unknown> => verifyTicket(ticket as Uint8Array, {
      issuer: (await origin.certificate()).publicKey, client, object: film.id, mode: Mode.PURCHASE, revocations: await origin.revocations()
    })

    it('should lose the tickets that it has for the object, and get one when it has paid in what is missing', async () => {
      await serve({}, { fee: 0 })
      bank.deposit(client, 1_000)
      const { ticket: before } = await buy()
      await rob(1, 0, 5)
      await verify(before)
      expect((await ask()).status).to.equal(TicketStatus.TICKET_OK)
      await rob(2, 5, 1)
      await expect(verify(before)).to.eventually.be.rejected.with.property('code', 'revoked')

      for (const response of [await ask(), await buy(59), await buy(0, 2, 1)]) {
        expect(response).to.deep.include({
          status: TicketStatus.TICKET_PAYMENT_NEEDED,
          reason: 'The blocks cost 60 cent, 60 cent of which are missing in the book after void sessions',
          quote: { price: 60, bond: 0, lost: 60, balance: 800 }
        })
        expect(response).to.not.include.keys('ticket', 'secrets')
      }

      const response = await buy(60)
      expect(response.status).to.equal(TicketStatus.TICKET_OK)
      await verify(response.ticket)
      expect((await ask()).quote).to.deep.equal({ price: 0, bond: 0, balance: 740 })
      expect(new Access(home.database()).list()).to.be.empty()
    })

    it('should keep them for a while when no more revocations fit, and get none', async () => {
      await serve({}, { fee: 0 })
      bank.deposit(client, 1_000)
      const { ticket } = await buy()
      const insert = home.database().prepare('INSERT INTO server_revocations VALUES (?, ?, ?)')
      transaction(home.database(), () => {
        for (let i = 0; i < 10_000; i++) {
          insert.run(`${i}`, '', Date.now())
        }
      })
      const epoch = new Access(home.database()).epoch()
      await rob(1, 0, 10)

      expect(new Access(home.database()).epoch()).to.equal(epoch)
      expect(bank.settled(new Uint8Array(32).fill(1))).to.include({ void: true })
      expect(ticket).to.be.ok()
      expect((await ask()).status).to.equal(TicketStatus.TICKET_PAYMENT_NEEDED)
    })
  })

  describe('statement', () => {
    const statement = { before: 0, limit: 256 }

    it('should be given to who asks, with or without an object', async () => {
      bank.deposit(client, 250, { reference: 'invoice-1', memo: 'for films' })
      const bought = await ask({ purchase: { maxPrice: ANY, first: 1, count: 2 }, statement })
      const alone = await ask({ object: undefined, statement })

      expect(alone.status).to.equal(undefined)
      expect(bought.statement).to.deep.equal(alone.statement)
      expect(alone.statement).to.deep.include({ unit: 'cent', balance: 210, reserved: 40, earned: 0, spent: 0 })
      const { serial, redeemUntil } = bank.bookOf(client, film.id) as { serial: Uint8Array, redeemUntil: number }
      expect(alone.statement?.books).to.deep.equal([{ serial, object: film.id.bytes, first: 1, count: 2, price: 20, redeemed: 0, bond: 20, redeemUntil }])
      expect(alone.statement?.movements.map(({ kind, amount }) => ({ kind, amount }))).to.have.deep.members([
        { kind: 'deposit', amount: 250 }, { kind: 'purchase', amount: -20 }, { kind: 'bond', amount: -20 }
      ])
    })

    it('should be all zero for who has no account, and nobody else\'s', async () => {
      bank.deposit(client, 250)
      await buy()
      const { statement: none } = await ask({ object: undefined, statement }, await peer(4))

      expect(none).to.deep.equal({ unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] })
    })

    it('should be given to who is refused, and left out when nobody asks or there is no bank', async () => {
      bank.deposit(client, 250)
      new Access(home.database()).revoke(client)

      expect(await ask({ statement })).to.nested.include({ status: TicketStatus.TICKET_REFUSED, 'statement.balance': 250 })
      expect((await ask()).statement).to.equal(undefined)
      origin = await createOrigin(home, [film])
      expect((await ask({ object: undefined, statement })).statement).to.equal(undefined)
    })

    it('should come in pages', async () => {
      for (let i = 1; i <= 7; i++) {
        bank.deposit(client, i, { reference: `invoice-${i}`, memo: 'm'.repeat(200) })
      }

      const amounts: number[][] = []
      let before = 0

      for (;;) {
        const { statement } = await ask({ object: undefined, statement: { before, limit: 3 } })
        const movements = statement?.movements ?? []

        if (movements.length === 0) {
          break
        }

        amounts.push(movements.map(({ amount }) => amount))
        before = movements[movements.length - 1].id
      }

      expect(amounts).to.deep.equal([[7, 6, 5], [4, 3, 2], [1]])
    })

    it('should fit the protocol however much there is to say', async () => {
      const books = Array.from({ length: 300 }, (_, i) => ({
        serial: new Uint8Array(16), client, object: object(i % 256), first: 0, count: 1, price: 1, redeemed: 0, bond: 1, bondPaid: 1, fee: 0, notAfter: 0, redeemUntil: 0, closed: false
      }))
      const movement = { id: 1, time: 1, kind: 'deposit' as const, payer: 'world', payee: `${client}`, amount: 1, memo: '€'.repeat(1_000) }
      bank.statement = () => ({ unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books, movements: [movement] })
      const response = await ask({ object: undefined, statement })

      expect(response.statement?.books).to.have.lengthOf(256)
      checkResponse({
        status: TicketStatus.TICKET_OK,
        reason: '',
        retryAfter: 0,
        manifest: new Uint8Array(0),
        ticket: new Uint8Array(0),
        hints: [],
        ...response,
        certificate: new Uint8Array(0),
        revocations: new Uint8Array(0)
      })
    })
  })

  describe('a client that spent coins twice', () => {
    const barred = 'This client has spent the same coin with two providers: it gets no tickets any more, unless the operator grants it access again'

    const bar = (): void => { transaction(home.database(), () => { origin.bar(client) }) }

    it('should get no tickets, and lose those that it has, until the operator grants it access again', async () => {
      bank.deposit(client, 1_000)
      const access = new Access(home.database())
      const { ticket } = await buy()
      const verify = async (): Promise<unknown> => verifyTicket(ticket as Uint8Array, {
        issuer: (await origin.certificate()).publicKey, client, object: film.id, mode: Mode.PURCHASE, revocations: await origin.revocations()
      })
      access.grant(client, film.id)
      await verify()
      bar()

      expect(await buy()).to.include({ status: TicketStatus.TICKET_REFUSED, reason: barred })
      await expect(verify()).to.eventually.be.rejected.with.property('code', 'revoked')
      expect(access.list()).to.have.lengthOf(1)
      expect(access.list()[0]).to.include({ granted: false, reason: 'double-spend', object: undefined })
      expect((await ask({}, await peer(4))).status).to.equal(TicketStatus.TICKET_PAYMENT_NEEDED)

      access.grant(client)
      expect((await buy()).status).to.equal(TicketStatus.TICKET_OK)
      expect(access.list()[0]).to.not.have.property('reason')
    })

    it('should be barred again after it was granted one object', async () => {
      bank.deposit(client, 1_000)
      const access = new Access(home.database())
      bar()
      access.grant(client, film.id)
      expect((await buy()).status).to.equal(TicketStatus.TICKET_OK)
      bar()
      expect(await buy()).to.include({ reason: barred })
    })

    it('should not grow the epoch again and again', async () => {
      const access = new Access(home.database())
      bar()
      const epoch = access.epoch()
      bar()
      expect(access.epoch()).to.equal(epoch)
    })

    it('should be refused all the same when no more revocations fit', async () => {
      const access = new Access(home.database())
      const other = `${await peer(4)}`
      const insert = home.database().prepare('INSERT INTO server_revocations VALUES (?, ?, ?)')
      transaction(home.database(), () => {
        for (let i = 0; i < 10_000; i++) {
          insert.run(other, `${CID.createV1(0x55, createDigest(0x12, new Uint8Array(32).fill(i >> 8).fill(i, 1)))}`, Date.now())
        }
      })
      const epoch = access.epoch()

      transaction(home.database(), () => {
        // what the bank notes is not lost
        home.database().exec('UPDATE server_clock SET latest = latest + 1')
        origin.bar(client)
        home.database().exec('UPDATE server_clock SET latest = latest + 1')
      })
      expect(await buy()).to.include({ status: TicketStatus.TICKET_REFUSED, reason: barred })
      expect(access.epoch()).to.equal(epoch)
      expect(home.database().prepare('SELECT count(*) AS count FROM server_revocations').get()).to.include({ count: 10_000 })
      expect(Number(home.database().prepare('SELECT latest FROM server_clock').get()?.latest)).to.be.at.least(2)
    })

    it('should stay so for the object that takes another\'s place', async () => {
      const access = new Access(home.database())
      bar()
      const next = await published('next', Mode.PURCHASE, { price: { amount: 5, per: 70_000, unit: 'cent' } })
      origin.settlePolicy(next.id, { earlier: film.id })
      expect(access.decision(client, next.id)).to.equal('double-spend')
    })
  })
})
