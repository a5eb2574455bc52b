import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { Mode } from '../../src/object/index.ts'
import { Access } from '../../src/server/access.ts'
import { openTicket, signTicket } from '../../src/ticket/index.ts'
import { Party, testBytes } from './fixtures/party.ts'
import type { PartyInit } from './fixtures/party.ts'
import type { TicketRequest, TicketResponse } from '../../protocols/ticket/index.ts'
import type { ClientProgressEvents, PurchaseInfo } from '../../src/client/index.ts'
import type { Link } from '../../src/link/index.ts'
import type { Origin } from '../../src/server/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

const BLOCK = 65_536

describe('client, mode purchase', function () {
  this.timeout(30_000)

  // 20 blocks of 10 cents each
  const bytes = testBytes(20 * BLOCK)
  const price = { amount: 10, per: BLOCK, unit: 'cent' }
  const parties: Party[] = []
  let server: Party
  let client: Party
  let link: Link

  beforeEach(async () => {
    [server, client] = await Promise.all([party(), party()])
    link = await server.publish(bytes, { mode: Mode.PURCHASE, price })
  })

  afterEach(async () => {
    await Promise.all(parties.splice(0).map(async party => { await party.stop() }))
  })

  async function party (init?: PartyInit): Promise<Party> {
    const party = await Party.create(init)
    parties.push(party)

    return party
  }

  const deposit = (amount: number): void => { server.bank.deposit(client.node.peerId, amount) }
  const balance = (): number => server.bank.balance(client.node.peerId)

  async function collect (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []

    for await (const chunk of source) {
      chunks.push(chunk)
    }

    return concat(chunks)
  }

  /** Changes what the server answers; returns the requests that it got. */
  function tamper (change: (response: Partial<TicketResponse>, request: TicketRequest) => Partial<TicketResponse> | Promise<Partial<TicketResponse>>): TicketRequest[] {
    const origin = server.origin as Origin
    const requests: TicketRequest[] = []
    server.node.services.ticket.authority = {
      answer: async (request: TicketRequest, who: PeerId) => {
        requests.push(request)

        return change(await origin.answer(request, who), request)
      }
    }

    return requests
  }

  it('buys what it gets, and says what that cost', async () => {
    deposit(500)
    const events: ClientProgressEvents[] = []
    const { path, paid } = await client.client.download(link, { to: client.folder, maxPrice: 200, onProgress: event => events.push(event) })

    expect(await readFile(path)).to.equalBytes(bytes)
    expect(paid).to.deep.equal({ unit: 'cent', price: 200, bond: 200 })
    expect(balance()).to.equal(100)
    const bought = events.find(({ type }) => type === 'mssl:get:bought') as CustomEvent<PurchaseInfo> | undefined
    expect(bought?.detail).to.deep.include({ name: 'object.bin', size: bytes.byteLength, unit: 'cent', price: 200, bond: 200, balance: 100, total: 200 })
    expect(client.wallet.spent().map(({ coins }) => coins)).to.deep.equal([20])
    expect(client.keeper.stored(link.object as CID)?.escrowSecret).to.have.lengthOf(32)
  })

  it('asks before it buys, with the facts', async () => {
    deposit(500)
    const asked: PurchaseInfo[] = []
    const confirmPurchase = (answer: boolean) => async (purchase: PurchaseInfo) => {
      asked.push(purchase)

      return answer
    }

    const refusal = await client.client.download(link, { to: client.folder, confirmPurchase: confirmPurchase(false) }).then(() => undefined, err => err)
    expect(refusal).to.have.property('name', 'NotPaidError')
    expect(balance()).to.equal(500)
    // so much is not worth a question
    await client.client.authorize(link, { maxPrice: 199, confirmPurchase: confirmPurchase(true) })
    await client.client.authorize(link, { confirmPurchase: confirmPurchase(false) })

    expect(asked).to.have.lengthOf(2)
    expect(asked[1]).to.deep.equal(asked[0])
    expect(asked[0]).to.deep.include({ server: server.node.peerId, name: 'object.bin', size: bytes.byteLength, unit: 'cent', price: 200, bond: 200, balance: 500, total: 200 })
    expect(asked[0].id.equals(link.object as CID)).to.be.true()
    expect(balance()).to.equal(100)
  })

  it('buys nothing that nobody has agreed to, down to the unit', async () => {
    deposit(500)

    for (const maxPrice of [undefined, 0, 199]) {
      const err = await client.client.download(link, { to: client.folder, maxPrice }).then(() => undefined, err => err)
      expect(err).to.have.property('name', 'NotPaidError')
      expect(err.message).to.equal('The blocks of object.bin that are wanted cost 200 cent, and 200 cent are set aside besides, and nobody has agreed to pay that')
      expect(err.purchase).to.include({ price: 200, bond: 200, balance: 500 })
    }

    for (const maxPrice of [-1, 0.5, NaN, 2 ** 53]) {
      await expect(client.client.authorize(link, { maxPrice })).to.eventually.be.rejectedWith('maxPrice').with.property('name', 'InvalidParametersError')
    }

    expect(balance()).to.equal(500)
    expect(server.bank.bookOf(client.node.peerId, link.object as CID)).to.equal(undefined)
  })

  it('says what is missing, and asks nobody about what cannot be paid', async () => {
    deposit(399)
    const options = [{ maxPrice: 200 }, { confirmPurchase: () => { throw new Error('asked in vain') } }]

    for (const consent of options) {
      const err = await client.client.authorize(link, consent).then(() => undefined, err => err)
      expect(err).to.include({ name: 'BalanceTooLowError', missing: 1 })
      expect(err.message).to.include('1 cent are missing')
      expect(err.purchase).to.include({ price: 200, bond: 200, balance: 399 })
    }

    deposit(1)
    await client.client.authorize(link, { maxPrice: 200 })
    expect(balance()).to.equal(0)
  })

  it('needs neither ticket nor money for what is complete', async () => {
    deposit(400)
    await client.client.download(link, { to: client.folder, maxPrice: 200 })
    const requests = tamper(() => ({ status: TicketStatus.TICKET_REFUSED }))
    const again = await client.client.download(link, { to: client.folder })

    expect(again).to.include({ fetched: 0, paid: undefined })
    expect(await collect(client.client.read(link, { offset: 7, length: 100 }))).to.equalBytes(bytes.subarray(7, 107))
    expect(requests.filter(({ object }) => object != null)).to.be.empty()

    // not here any more
    await client.holdings.get(again.id)?.close()
    await rm(again.path)
    await expect(client.client.download(link, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'RefusedError')
  })

  it('buys what is read, and no more', async () => {
    deposit(500)
    const read = async (offset: number, length: number, maxPrice?: number): Promise<Uint8Array> => collect(client.client.read(link, { offset, length, maxPrice }))

    expect(await read(5, 0)).to.have.lengthOf(0)
    await expect(read(3 * BLOCK, 1)).to.eventually.be.rejected.with.property('name', 'NotPaidError')
    await expect(read(bytes.byteLength, 1, 500)).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    expect(balance()).to.equal(500)
    expect(await read(3 * BLOCK + 5, BLOCK, 20)).to.equalBytes(bytes.subarray(3 * BLOCK + 5, 4 * BLOCK + 5))
    expect(balance()).to.equal(460)

    // what lies between is bought as well
    await expect(read(7 * BLOCK, 10, 29)).to.eventually.be.rejected.with.property('name', 'NotPaidError')
    expect(await read(7 * BLOCK, 10, 30)).to.equalBytes(bytes.subarray(7 * BLOCK, 7 * BLOCK + 10))
    expect(balance()).to.equal(400)
    expect((await client.keeper.grant(link.object as CID))?.range).to.deep.equal({ first: 3, count: 5 })

    // paid already, whatever may be paid
    expect(await read(6 * BLOCK, BLOCK)).to.equalBytes(bytes.subarray(6 * BLOCK, 7 * BLOCK))
    expect(balance()).to.equal(400)
  })

  it('goes on with a download without paying again', async () => {
    deposit(400)
    const controller = new AbortController()
    await expect(client.client.download(link, {
      to: client.folder,
      maxPrice: 200,
      signal: controller.signal,
      onProgress: ({ type }) => {
        if (type === 'mssl:get:bought') {
          controller.abort()
        }
      }
    })).to.eventually.be.rejected()
    expect(balance()).to.equal(0)

    const { path, paid } = await client.client.download(link, { to: client.folder })
    expect(paid).to.equal(undefined)
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(balance()).to.equal(0)
  })

  it('pays no more than was agreed to in all, when blocks are not here that it thought it had', async () => {
    deposit(400)
    const { keeper } = client
    const authorize = keeper.authorize.bind(keeper)
    keeper.authorize = async (link, credentials, options) => {
      keeper.authorize = authorize

      return authorize(link, credentials, { ...options, payment: { ...options?.payment, range: () => ({ first: 15, count: 5 }) } })
    }

    const err = await client.client.download(link, { to: client.folder, maxPrice: 199 }).then(() => undefined, err => err)
    expect(err).to.have.property('name', 'NotPaidError')
    expect(err.purchase).to.include({ price: 150 })
    expect(balance()).to.equal(400 - 2 * 50)

    const { path, paid } = await client.client.download(link, { to: client.folder, maxPrice: 150 })
    expect(paid).to.include({ price: 150 })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(balance()).to.equal(0)
  })

  it('buys once when it asks many times at once', async () => {
    deposit(1_000)
    const [a, b] = await Promise.all([1, 2, 3, 4].map(async () => client.client.authorize(link, { maxPrice: 200 })))

    expect(a.serial).to.equalBytes(b.serial)
    expect(balance()).to.equal(600)
  })

  it('asks again when it does not know whether it has bought, and pays once', async () => {
    deposit(400)
    let lost = 0
    const requests = tamper((response, { purchase }) => {
      if (purchase != null && lost++ === 0) {
        throw new Error('the server goes down with the money moved and no ticket')
      }

      return response
    })
    const grant = await client.client.authorize(link, { maxPrice: 200 })
    expect(requests.map(({ purchase }) => purchase?.maxPrice)).to.deep.equal([undefined, 200, 200])
    expect(grant.bought).to.equal(undefined)
    expect(balance()).to.equal(0)
  })

  it('asks again when the connection breaks off', async () => {
    deposit(400)
    const { ticket } = client.node.services
    const request = ticket.request.bind(ticket)
    let lost = 0
    ticket.request = async (peer, message, options) => {
      const response = await request(peer, message, options)

      if (message.purchase != null && lost++ === 0) {
        throw new Error('reset')
      }

      return response
    }

    expect((await client.client.authorize(link, { maxPrice: 200 })).range).to.equal(undefined)
    expect(balance()).to.equal(0)
  })

  it('renews without buying, with the same coins', async () => {
    deposit(1_000)
    const requests = tamper(response => response)
    const grant = await client.client.authorize(link, { maxPrice: 200 })
    const renewed = await client.keeper.renew(grant.id)

    expect(renewed.serial).to.equalBytes(grant.serial)
    expect(renewed.bought).to.equal(undefined)
    expect(requests.at(-1)?.purchase).to.equal(undefined)
    expect(balance()).to.equal(600)

    // the book was closed meanwhile: nothing is bought behind anybody's back
    server.bank.close(Date.now() + 366 * 86_400_000)
    expect(balance()).to.equal(1_000)
    await expect(client.keeper.renew(grant.id)).to.eventually.be.rejected.with.property('name', 'NotPaidError')
    expect(balance()).to.equal(1_000)
    const next = await client.client.authorize(link, { maxPrice: 200 })
    expect(equals(next.serial, grant.serial)).to.be.false()
  })

  it('uses the ticket that it has while the server is away, and no further than it reaches', async () => {
    deposit(500)
    await collect(client.client.read(link, { offset: 0, length: BLOCK, maxPrice: 10 }))
    await server.node.stop()

    expect((await client.keeper.authorize(link, {}, { payment: { range: () => ({ first: 0, count: 1 }) } })).range).to.deep.equal({ first: 0, count: 1 })
    await expect(client.client.authorize(link, { maxPrice: 200 })).to.eventually.be.rejected.with.property('name', 'UnreachableError')
  })

  it('is told why it gets no tickets any more', async () => {
    deposit(500)
    await client.client.authorize(link, { maxPrice: 200 })
    server.origin?.bar(client.node.peerId)
    await expect(client.client.authorize(link, { maxPrice: 200 })).to.eventually.be.rejectedWith('spent the same coin with two providers').with.property('name', 'RefusedError')
    new Access(server.home.database()).grant(client.node.peerId)
    await client.client.authorize(link)
  })

  it('shows its account with a server', async () => {
    const { keeper } = client
    const { peerId } = server.node
    await client.client.authorize(link).catch(() => {})

    expect(await keeper.statement(peerId, link.fingerprint)).to.deep.equal({ unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] })

    for (let i = 1; i <= 5; i++) {
      deposit(100 * i)
    }

    const first = await keeper.statement(peerId, undefined, { limit: 3 })
    const second = await keeper.statement(peerId, link.fingerprint, { before: first.movements[2].id, limit: 3 })
    expect(first.balance).to.equal(1_500)
    expect([first, second].map(({ movements }) => movements.map(({ amount }) => amount))).to.deep.equal([[500, 400, 300], [200, 100]])

    await client.client.authorize(link, { maxPrice: 200 })
    const { reserved, books, movements } = await keeper.statement(peerId, link.fingerprint)
    expect(reserved).to.equal(400)
    expect(books.map(({ first, count, price, redeemed, bond }) => ({ first, count, price, redeemed, bond }))).to.deep.equal([{ first: 0, count: 20, price: 200, redeemed: 0, bond: 200 }])
    expect(movements.filter(({ amount }) => amount < 0).reduce((sum, { amount }) => sum + amount, 0)).to.equal(-400)

    await expect(keeper.statement(peerId, new Uint8Array(32))).to.eventually.be.rejected.with.property('name', 'ServerChangedError')
    tamper(response => ({ ...response, statement: undefined }))
    await expect(keeper.statement(peerId, link.fingerprint)).to.eventually.be.rejectedWith('keeps no money').with.property('name', 'UnsupportedOperationError')
  })

  describe('and a server that does not keep to the price', () => {
    beforeEach(() => { deposit(1_000) })

    async function expectRefusal (reason: string, consent: object = { maxPrice: 1_000 }): Promise<void> {
      await expect(client.client.authorize(link, consent)).to.eventually.be.rejectedWith(reason).with.property('name', 'InvalidRecordError')
      expect(client.keeper.stored(link.object as CID)).to.equal(undefined)
    }

    /** A ticket as the server's, but for some fields. */
    async function resigned (envelope: Uint8Array, change: object): Promise<Uint8Array<ArrayBuffer>> {
      const { issuer, ...ticket } = await openTicket(envelope)
      const { key } = await (server.origin as Origin).identity()

      return await signTicket({ ...ticket, ...change }, key) as Uint8Array<ArrayBuffer>
    }

    it('is not asked for more than the manifest says', async () => {
      const asked: PurchaseInfo[] = []
      tamper(response => ({ ...response, quote: { price: 201, bond: 0, balance: 1_000 } }))
      await expectRefusal('takes 201 cent for coins that are worth 200 cent', { confirmPurchase: (purchase: PurchaseInfo) => asked.push(purchase) > 0 })
      expect(asked).to.be.empty()
      expect(balance()).to.equal(1_000)
    })

    it('is told when it took more than was agreed to', async () => {
      tamper((response, { purchase }) => purchase == null ? response : { ...response, quote: { price: 151, bond: 0, balance: 0 } })
      await expect(client.keeper.authorize(link, {}, { payment: { maxPrice: 150, range: () => ({ first: 0, count: 15 }) } }))
        .to.eventually.be.rejectedWith('takes 151 cent for coins that are worth 150 cent').with.property('name', 'InvalidRecordError')
      expect(client.keeper.stored(link.object as CID)).to.equal(undefined)

      // what it sold are coins that are worth that, but nobody wanted them
      tamper(async (response, { purchase }) => purchase == null ? response : { ...response, ticket: await resigned(response.ticket as Uint8Array, { range: undefined }), quote: { price: 160, bond: 0, balance: 0 } })
      await expect(client.keeper.authorize(link, {}, { payment: { maxPrice: 10, range: () => ({ first: 0, count: 16 }) } }))
        .to.eventually.be.rejectedWith('took 160 cent, though 10 was agreed to').with.property('name', 'InvalidRecordError')
    })

    it('is told when it took something for a renewal', async () => {
      const grant = await client.client.authorize(link, { maxPrice: 200 })
      tamper(response => ({ ...response, quote: { price: 0, bond: 1, balance: 0 } }))
      await expect(client.keeper.renew(grant.id)).to.eventually.be.rejectedWith('though nothing was agreed to').with.property('name', 'InvalidRecordError')
    })

    it('does not count in another unit', async () => {
      tamper(response => ({ ...response, ...(response.statement == null ? {} : { statement: { ...response.statement, unit: 'euro' } }) }))
      await expectRefusal('keeps accounts in euro, but the object\'s price is in cent')
    })

    it('cannot give another manifest', async () => {
      const other = await party()
      const { object } = await other.publish(bytes, { mode: Mode.PURCHASE, price: { ...price, unit: 'euro' } })
      const { manifestEnvelope } = other.holdings.get(object as CID) as { manifestEnvelope: Uint8Array<ArrayBuffer> }
      tamper(response => ({ ...response, manifest: manifestEnvelope }))
      await expectRefusal('The manifest is another object\'s')
    })

    it('gives a book, and that of the blocks that were bought', async () => {
      const cases: Array<[object, string]> = [
        [{ range: { first: 0, count: 19 } }, 'not for the blocks that were to be bought'],
        [{ range: { first: 1, count: 19 } }, 'not for the blocks that were to be bought'],
        [{ range: { first: 0, count: 21 } }, 'blocks that the object does not have'],
        [{ range: { first: 20, count: 1 } }, 'blocks that the object does not have'],
        [{ range: { first: 0, count: 0 } }, 'blocks that the object does not have']
      ]

      for (const [change, reason] of cases) {
        tamper(async response => response.ticket == null ? response : { ...response, ticket: await resigned(response.ticket, change) })
        await expectRefusal(reason)
      }

      for (const change of [{ book: undefined }, { book: { fee: 10_001, bond: 1, redeemUntil: Date.now() + 86_400_000 } }, { book: { fee: 1, bond: 1, redeemUntil: 1 } }]) {
        tamper(async response => response.ticket == null ? response : { ...response, ticket: await resigned(response.ticket, change) })
        await expect(client.client.authorize(link, { maxPrice: 200 })).to.eventually.be.rejected.with.include({ name: 'TicketError', code: 'invalid' })
      }

      expect(client.keeper.stored(link.object as CID)).to.equal(undefined)
    })

    it('says what it takes', async () => {
      tamper(response => ({ ...response, quote: undefined }))
      await expectRefusal('does not say what it takes')
    })

    it('sells what was offered for, or does not say that it was too little', async () => {
      tamper((response, { purchase }) => ({ ...response, ticket: undefined, status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: purchase == null ? 200 : 100, bond: 0, balance: 1_000 } }))
      await expectRefusal('does not sell')
      tamper(response => ({ ...response, ticket: undefined, status: TicketStatus.TICKET_MONEY_SHORT, quote: { price: 100, bond: 0, balance: 100 } }))
      await expectRefusal('does not sell')
    })

    it('is not asked for ever when its price rises with each question', async () => {
      const asked: number[] = []
      tamper((response, { purchase }) => ({ ...response, ticket: undefined, status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: (purchase?.maxPrice ?? 0) + 1, bond: 0, balance: 1_000 } }))
      await expect(client.client.authorize(link, { confirmPurchase: ({ price }) => asked.push(price) > 0 })).to.eventually.be.rejected.with.property('name', 'NotPaidError')
      expect(asked).to.deep.equal([1, 2])
    })

    it('asks for money for what has a price alone', async () => {
      const free = await server.publish(testBytes(5, 2), { name: 'free.bin' })
      tamper(response => ({ ...response, ticket: undefined, secrets: undefined, status: TicketStatus.TICKET_PAYMENT_NEEDED, quote: { price: 1, bond: 0, balance: 1 } }))
      await expect(client.client.authorize(free, { maxPrice: 5 })).to.eventually.be.rejectedWith('for an object that has no price').with.property('name', 'InvalidRecordError')
    })

    it('gives an escrow secret with every ticket', async () => {
      tamper(response => ({ ...response, ...(response.secrets == null ? {} : { secrets: { ...response.secrets, escrowSecret: undefined } }) }))
      await expectRefusal('escrow secret')
    })
  })

  it('can sell on what it has bought', async () => {
    const records = new Map()
    const [seller, buyer] = await Promise.all([party({ records }), party({ records })])
    server.bank.deposit(seller.node.peerId, 400)
    server.bank.deposit(buyer.node.peerId, 400)
    await seller.client.download(link, { to: seller.folder, maxPrice: 200 })
    const { path, sources } = await buyer.client.download(link, { to: join(buyer.folder, 'copy'), maxPrice: 200 })

    expect(await readFile(path)).to.equalBytes(bytes)
    expect(sources.reduce((sum, { coins = 0 }) => sum + coins, 0)).to.equal(200)
  })
})
