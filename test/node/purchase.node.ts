import { once } from 'node:events'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { freePort } from '../../simulations/demo/free-port.ts'
import { encodeBlocks } from '../../src/exchange/index.ts'
import { CoinValues, Geometry } from '../../src/object/index.ts'
import { eventually } from '../eventually.ts'
import { signed } from '../payments/fixtures.ts'
import { BLOCK, collect, Stage } from './fixtures/stage.ts'
import type { StagedNode } from './fixtures/stage.ts'
import type { Redemption } from '../../src/bank/index.ts'
import type { DownloadOptions, DownloadResult, Mssl, NodeInit, PurchaseInfo } from '../../src/index.ts'
import type { PeerId } from '@libp2p/interface'

const BLOCKS = 40
const PRICE = 1_000

/** 5 % of what clients give each other; as much aside as is paid. */
const BANK = { unit: 'cent', fee: 500, bond: 10_000 }

/** Far beyond the end of any ticket. */
const LATER = 60 * 24 * 3_600_000

describe('node: mode purchase', () => {
  const stage = new Stage()

  afterEach(async () => { await stage.clear() })

  /** A server whose addresses are the same after a restart. */
  async function startServer (init: NodeInit = {}): Promise<StagedNode> {
    return stage.node({ auditRate: 1, bank: BANK, ...init })
  }

  async function restart (server: StagedNode, init: NodeInit = {}): Promise<StagedNode> {
    const listen = server.getMultiaddrs().map(address => address.decapsulate('/p2p').toString())
    await server.stop()

    return startServer({ home: server.home, listen, ...init })
  }

  async function get (client: StagedNode, link: string, options: DownloadOptions = {}): Promise<DownloadResult> {
    return client.services.mssl.get(link, { to: join(client.folder, 'copy'), ...options })
  }

  /** What was acknowledged is claimed, once the recipients have said that they are done. */
  async function claim (...nodes: StagedNode[]): Promise<void> {
    await Promise.all(nodes.map(async node => eventually(() => node.services.mssl.recipients().length === 0)))

    for (const node of nodes) {
      const { failures, verdicts } = await node.services.mssl.claim()
      expect(failures).to.deep.equal([])
      expect(verdicts.map(({ outcome }) => outcome)).to.deep.equal(verdicts.map(() => 'settled'))
    }
  }

  function checkBooks ({ bank, ledger }: Mssl, held: number): void {
    expect(ledger.check()).to.deep.include({ holds: true, problems: [], sum: 0 })
    expect(bank.check()).to.deep.include({ holds: true, problems: [], sum: 0, held })
  }

  it('takes no money that nobody has agreed to give, or that is not there', async () => {
    const server = await startServer()
    const { id, link, price, mode } = await stage.publish(server, BLOCKS * BLOCK - 1, { mode: 'purchase', price: { amount: PRICE } })
    const client = await stage.node()
    const { bank } = server.services.mssl
    const bill = { id, name: 'object.bin', size: BLOCKS * BLOCK - 1, server: server.peerId, unit: 'cent', price: PRICE, bond: PRICE, balance: 0, total: PRICE }

    expect({ price, mode }).to.deep.equal({ mode: 'purchase', price: { amount: PRICE, per: BLOCKS * BLOCK - 1, unit: 'cent' } })
    expect(server.services.mssl.list()[0]).to.deep.include({ mode, price })

    const unasked = await failure(get(client, link))
    expect(unasked.name).to.equal('NotPaidError')
    expect(plain(unasked.purchase)).to.deep.equal(plain(bill))
    expect((await failure(get(client, link, { maxPrice: PRICE - 1 }))).name).to.equal('NotPaidError')

    // nobody is asked for what cannot be bought
    const asked: PurchaseInfo[] = []
    const refuse = (purchase: PurchaseInfo): boolean => asked.push(purchase) === 0
    expect((await failure(get(client, link, { confirmPurchase: refuse }))).name).to.equal('BalanceTooLowError')
    expect(asked).to.be.empty()

    const short = await failure(get(client, link, { maxPrice: PRICE }))
    expect({ name: short.name, missing: short.missing }).to.deep.equal({ name: 'BalanceTooLowError', missing: 2 * PRICE })

    // one less than price and bond
    bank.deposit(client.peerId, 2 * PRICE - 1)
    expect((await failure(get(client, link, { maxPrice: PRICE }))).missing).to.equal(1)
    expect(bank.balance(client.peerId)).to.equal(2 * PRICE - 1)

    bank.deposit(client.peerId, 1)
    expect((await failure(get(client, link, { confirmPurchase: refuse }))).name).to.equal('NotPaidError')
    expect(asked.map(plain)).to.deep.equal([plain({ ...bill, balance: 2 * PRICE })])
    expect(bank.balance(client.peerId)).to.equal(2 * PRICE)

    const bought: PurchaseInfo[] = []
    const result = await get(client, link, {
      confirmPurchase: async () => true,
      onProgress: event => { event.type === 'mssl:get:bought' && bought.push(event.detail) }
    })

    expect(result.paid).to.deep.equal({ unit: 'cent', price: PRICE, bond: PRICE })
    expect(bought.map(plain)).to.deep.equal([plain({ ...bill, balance: 0 })])
    expect(bank.balance(client.peerId)).to.equal(0)
  })

  it('lets a client sell what it bought, without the server, and pays it to the unit', async () => {
    let server = await startServer()
    const { id, link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 1, { mode: 'purchase', price: { amount: PRICE } })
    const [seller, ...buyers] = await stage.nodes(3)
    const deposit = 3 * PRICE
    const everybody = [seller, ...buyers]
    everybody.forEach(({ peerId }, n) => { server.services.mssl.bank.deposit(peerId, deposit, { reference: `deposit-${n}` }) })

    const first = await get(seller, link, { maxPrice: PRICE })
    expect(first).to.deep.include({ paid: { unit: 'cent', price: PRICE, bond: PRICE } })
    expect(coins(first)).to.deep.equal({ [`${server.peerId}`]: PRICE })
    await claim(server)

    // what the server was given is its own, without a fee
    expect(server.services.mssl.bank.balance(server.peerId)).to.equal(PRICE)

    // all that is needed of the server is done before
    await Promise.all(buyers.map(async buyer => buyer.services.mssl.authorize(link, { maxPrice: PRICE })))
    expect(buyers.map(({ peerId }) => server.services.mssl.bank.balance(peerId))).to.deep.equal([deposit - 2 * PRICE, deposit - 2 * PRICE])

    const listen = server.getMultiaddrs().map(address => address.decapsulate('/p2p').toString())
    await server.stop()

    for (const buyer of buyers) {
      await buyer.dial(seller.getMultiaddrs())
      const result = await get(buyer, link, { signal: AbortSignal.timeout(30_000) })
      expect(await readFile(join(buyer.folder, 'copy'))).to.deep.equal(Buffer.from(bytes))
      // nothing was bought now
      expect(result.paid).to.equal(undefined)
      expect(Object.values(coins(result)).reduce((sum, value) => sum + value, 0)).to.equal(PRICE)
      expect(Object.keys(coins(result))).to.not.include(`${server.peerId}`)
    }

    server = await startServer({ home: server.home, listen })
    const { mssl } = server.services
    await mssl.provide()
    await claim(...everybody)

    const earned = await Promise.all(everybody.map(async ({ services }) => (await services.mssl.wallet())[0].statement?.earned ?? NaN))
    const fees = mssl.bank.balance(server.peerId) - PRICE
    expect(earned.reduce((sum, amount) => sum + amount, 0) + fees).to.equal(2 * PRICE)
    expect(fees).to.be.within(2 * PRICE * 0.05 - everybody.length * 4, 2 * PRICE * 0.05)
    checkBooks(mssl, 3 * deposit)

    // tickets and what they stand for are over: what is left goes back
    expect(mssl.bank.close(Date.now() + LATER)).to.equal(3)
    expect(everybody.map(({ peerId }) => mssl.bank.balance(peerId))).to.deep.equal(earned.map(amount => deposit - PRICE + amount))
    expect(mssl.bank.check().reserved).to.equal(0)
    checkBooks(mssl, 3 * deposit)

    // it sold more than once what it bought once
    expect(mssl.bank.balance(seller.peerId)).to.be.above(deposit)

    const [wallet] = await seller.services.mssl.wallet()
    expect(wallet.server.equals(server.peerId)).to.be.true()
    expect(wallet.error).to.equal(undefined)
    expect(wallet.statement).to.deep.include({ unit: 'cent', balance: deposit - PRICE + earned[0], reserved: 0, earned: earned[0], spent: PRICE, books: [] })
    expect(wallet.statement?.movements.reduce((sum, { amount }) => sum + amount, 0)).to.equal(wallet.statement?.balance)
    expect(wallet.spent.map(({ object, provider, coins }) => ({ object: `${object}`, provider: `${provider}`, coins }))).to.deep.equal([{ object: `${id}`, provider: `${server.peerId}`, coins: BLOCKS }])

    // what it has it can take out, and no more
    const balance = mssl.bank.balance(seller.peerId)
    expect(() => mssl.bank.withdraw(seller.peerId, balance + 1)).to.throw().with.property('missing', 1)
    mssl.bank.withdraw(seller.peerId, balance, { reference: 'payout' })

    server = await restart(server)
    const books = server.services.mssl
    expect(books.bank.balance(seller.peerId)).to.equal(0)
    expect(books.bank.withdraw(seller.peerId, balance, { reference: 'payout' }).repeated).to.be.true()
    expect(books.bank.deposit(buyers[0].peerId, deposit, { reference: 'deposit-1' }).repeated).to.be.true()
    expect(books.bank.policy).to.deep.include(BANK)
    checkBooks(books, 3 * deposit - balance)
  })

  for (const [delivery, encryption] of [['per-block', 'object-key'], ['super-block', 'none']] as const) {
    it(`lets clients buy of each other all at once, each coin once, ${delivery}, ${encryption}`, async () => {
      const server = await startServer()
      const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK - 1, { mode: 'purchase', price: { amount: PRICE }, delivery, encryption })
      const clients = await stage.nodes(4)
      const { bank } = server.services.mssl
      const convictions: unknown[] = []
      server.services.mssl.addEventListener('peer:convicted', event => { convictions.push(event) })
      clients.forEach(({ peerId }) => { bank.deposit(peerId, 2 * PRICE) })

      const results = await Promise.all(clients.map(async client => get(client, link, { maxPrice: PRICE })))

      for (const [n, client] of clients.entries()) {
        expect(await readFile(join(client.folder, 'copy'))).to.deep.equal(Buffer.from(bytes))
        expect(Object.values(coins(results[n])).reduce((sum, value) => sum + value, 0)).to.equal(PRICE)
      }

      await claim(server, ...clients)

      for (const { peerId } of clients) {
        const sold = results.reduce((sum, result) => sum + (coins(result)[`${peerId}`] ?? 0), 0)
        // of each session a fee that is rounded down
        expect(bank.statement(peerId).earned).to.be.within(Math.floor(sold * 0.95), Math.ceil(sold * 0.95) + clients.length)
        expect(bank.statement(peerId).spent).to.equal(PRICE)
      }

      expect(bank.close(Date.now() + LATER)).to.equal(clients.length)
      expect([...clients, server].reduce((sum, { peerId }) => sum + bank.balance(peerId), 0)).to.equal(clients.length * 2 * PRICE)
      expect(convictions).to.be.empty()
      checkBooks(server.services.mssl, clients.length * 2 * PRICE)
    })
  }

  it('sells what is read, and what is missing', async () => {
    const server = await startServer()
    const { link, bytes } = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: 16, per: 16 * BLOCK } })
    const client = await stage.node()
    const { bank } = server.services.mssl
    bank.deposit(client.peerId, 1_000)

    const read = await collect(client.services.mssl.read(link, { offset: 2 * BLOCK + 1, length: 3 * BLOCK, maxPrice: 4 }))
    expect(read).to.deep.equal(bytes.subarray(2 * BLOCK + 1, 5 * BLOCK + 1))
    expect(bank.balance(client.peerId)).to.equal(1_000 - 2 * 4)

    expect((await failure(get(client, link, { maxPrice: BLOCKS - 4 - 1 }))).purchase).to.deep.include({ price: BLOCKS - 4, total: BLOCKS })
    const { paid } = await get(client, link, { maxPrice: BLOCKS - 4 })
    expect(paid).to.deep.equal({ unit: 'cent', price: BLOCKS - 4, bond: BLOCKS - 4 })
    await claim(server)

    // what was fetched twice from the server was paid once
    expect(bank.balance(server.peerId)).to.equal(BLOCKS)
    checkBooks(server.services.mssl, 1_000)

    // what is here needs no ticket
    expect((await get(client, link)).paid).to.equal(undefined)
    bank.close(Date.now() + LATER)
    expect(bank.balance(client.peerId)).to.equal(1_000 - BLOCKS)
  })

  it('shows what there is with a server that nothing was bought of, and what cannot be asked', async () => {
    const server = await startServer()
    const { link } = await stage.publish(server, BLOCK, { mode: 'purchase', price: { amount: 3 } })
    const client = await stage.node()

    expect(await client.services.mssl.wallet()).to.deep.equal([])

    const [empty] = await client.services.mssl.wallet({ link })
    expect(empty.spent).to.deep.equal([])
    expect(empty.statement).to.deep.equal({ unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] })

    server.services.mssl.bank.deposit(client.peerId, 5, { memo: 'hello' })
    server.services.mssl.bank.deposit(client.peerId, 2)
    await client.services.mssl.authorize(link, { maxPrice: 3 })

    const [{ statement, name }] = await client.services.mssl.wallet({ limit: 2 })
    expect(name).to.be.a('string').that.is.not.empty()
    expect(statement).to.deep.include({ balance: 1, reserved: 6 })
    expect(statement?.books.map(({ first, count, price, redeemed, bond }) => ({ first, count, price, redeemed, bond }))).to.deep.equal([{ first: 0, count: 1, price: 3, redeemed: 0, bond: 3 }])
    expect(statement?.movements.map(({ amount }) => amount)).to.deep.equal([-3, -3])

    const [{ statement: earlier }] = await client.services.mssl.wallet({ before: statement?.movements.at(-1)?.id })
    expect(earlier?.movements.map(({ amount, kind, memo }) => ({ amount, kind, memo }))[1]).to.deep.include({ amount: 5, kind: 'deposit' })

    for (const options of [{ limit: 0 }, { limit: 257 }, { limit: 1.5 }, { before: 0 }, { before: -1 }]) {
      await expect(client.services.mssl.wallet(options)).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    }

    await expect(server.services.mssl.wallet({ link })).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')

    await server.stop()
    const [gone] = await client.services.mssl.wallet()
    expect(gone.statement).to.equal(undefined)
    expect(gone.error).to.include('cannot be reached')
  })

  it('wants a price with mode purchase and only then, and keeps it for what comes after', async () => {
    const server = await startServer()
    const { mssl } = server.services
    const { path } = await stage.file(3 * BLOCK)
    const publish = async (options: Parameters<Mssl['publish']>[1]): ReturnType<Mssl['publish']> => mssl.publish(path, { blockSize: BLOCK, ...options })

    for (const options of [
      { mode: 'purchase' },
      { mode: 'proof', price: { amount: 1 } },
      { price: { amount: 1 } },
      { mode: 'purchase', price: { amount: 0 } },
      { mode: 'purchase', price: { amount: -1 } },
      { mode: 'purchase', price: { amount: 0.5 } },
      { mode: 'purchase', price: { amount: NaN } },
      { mode: 'purchase', price: { amount: 2 ** 53 } },
      { mode: 'purchase', price: { amount: 1, per: 0 } },
      // comes to nothing, and to more than the books can hold
      { mode: 'purchase', price: { amount: 1, per: 4 * BLOCK } },
      { mode: 'purchase', price: { amount: Number.MAX_SAFE_INTEGER, per: BLOCK } }
    ] as const) {
      expect((await failure(publish(options))).name, JSON.stringify(options)).to.equal('InvalidParametersError')
    }

    expect(mssl.list()).to.deep.equal([])

    const one = await publish({ mode: 'purchase', price: { amount: 6 } })
    expect(one.price).to.deep.equal({ amount: 6, per: 3 * BLOCK, unit: 'cent' })
    expect(await publish({})).to.deep.include({ id: one.id, mode: 'purchase', price: one.price, reused: true })

    const other = await publish({ price: { amount: 7 } })
    expect(other.id.equals(one.id)).to.be.false()
    expect(other.price).to.deep.equal({ amount: 7, per: 3 * BLOCK, unit: 'cent' })

    const free = await publish({ mode: 'plain' })
    expect(free).to.deep.include({ mode: 'plain', price: undefined })
  })

  it('gives back what a client did not use, also when nothing is served, and after a restart', async () => {
    // as short as a ticket can be
    const init = { ticketLifetime: 1_000, bank: { ...BANK, redemption: 0 } }
    let server = await startServer({ ...init, booksInterval: 50 })
    const { id, link } = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: PRICE } })
    const client = await stage.node()
    server.services.mssl.bank.deposit(client.peerId, 2 * PRICE)

    await client.services.mssl.authorize(link, { maxPrice: PRICE })
    await expect(server.services.mssl.unpublish(id)).to.eventually.be.rejectedWith(/^A coin book of it is open until 20/).with.property('name', 'OpenBooksError')
    expect(server.services.mssl.list()).to.have.lengthOf(1)
    await server.services.mssl.unpublish(id, { force: true })
    await eventually(() => server.services.mssl.bank.check().books.closed === 1)
    expect(server.services.mssl.bank.balance(client.peerId)).to.equal(2 * PRICE)

    const again = await stage.publish(server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: PRICE }, seed: 2 })
    server = await restart(server, { ...init, booksInterval: 3_600_000 })
    await server.services.mssl.provide()
    await client.services.mssl.authorize(again.link, { maxPrice: PRICE })
    server = await restart(server, { ...init, booksInterval: 3_600_000 })
    // the round at the start was too early, unless this machine is slow
    const { redeemUntil } = server.services.mssl.bank.openBooks(again.id)
    await eventually(() => Date.now() > redeemUntil)
    server = await restart(server, { ...init, booksInterval: 3_600_000 })
    await eventually(() => server.services.mssl.bank.check().books.closed === 2)
    checkBooks(server.services.mssl, 2 * PRICE)
  })

  it('shuts out who spends a coin twice, and tells of it', async () => {
    const server = await startServer({ booksInterval: 50 })
    const { bank } = server.services.mssl
    const { id, link } = await stage.publish(server, BLOCK, { mode: 'purchase', price: { amount: 10 } })
    const [client, ...providers] = await stage.nodes(3)
    bank.deposit(client.peerId, 20)
    await client.services.mssl.authorize(link, { maxPrice: 10 })
    const told = once(server.services.mssl, 'peer:convicted')
    const { serial } = bank.bookOf(client.peerId, id) ?? {}

    // as if a judge had found both good
    bank.settle(providers.map(({ peerId }, n) => redemption({ session: Buffer.alloc(32, n + 1), serial: serial ?? new Uint8Array(), object: id, recipient: client.peerId, provider: peerId })))

    // from the price, of which the fee comes to nothing, and from the bond
    expect(providers.map(({ peerId }) => bank.balance(peerId))).to.deep.equal([10, 10])
    expect((await failure(client.services.mssl.authorize(link, { maxPrice: 10 }))).name).to.equal('RefusedError')

    const [{ detail: { peer, kind, evidence } }] = await told
    expect({ peer: `${peer}`, kind }).to.deep.equal({ peer: `${client.peerId}`, kind: 'double-spend' })
    await access(evidence)
    expect(bank.doubleSpends(1)).to.be.empty()
    checkBooks(server.services.mssl, 20)
  })

  it('takes payments while it runs', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
    const port = await freePort()
    const server = await startServer({ payments: { port, secret } })
    const client = await stage.node()

    expect(await pay(port, secret, client.peerId)).to.deep.equal({ reference: 'invoice', repeated: false, balance: 7 })
    expect(server.services.mssl.bank.balance(client.peerId)).to.equal(7)

    const taken = await failure(startServer({ payments: { port, secret } }))
    expect(taken.message).to.include(`Payments cannot be taken on 127.0.0.1:${port}: another program listens there`)
    expect((await failure(startServer({ payments: { port: await freePort(), secret: 'secret' } }))).name).to.equal('InvalidParametersError')

    const later = await restart(server, { payments: { port, secret } })
    expect(await pay(port, secret, client.peerId)).to.deep.equal({ reference: 'invoice', repeated: true, balance: 7 })
    await later.stop()
    await expect(pay(port, secret, client.peerId)).to.eventually.be.rejected()
  })
})

/** Of the first block, with what a judge would have looked at left out. */
function redemption (parties: Pick<Redemption, 'session' | 'serial' | 'object' | 'recipient' | 'provider'>): Redemption {
  const hash = new Uint8Array(32)
  const acknowledgement = { session: parties.session, count: 1, indices: hash, entries: hash, signature: new Uint8Array(64) }
  const values = new CoinValues({ amount: 10, per: BLOCK, unit: 'cent' }, new Geometry(BLOCK, BLOCK))
  const evidence = { ticket: hash, provider: parties.provider.toMultihash().bytes, recipientNonce: hash, providerNonce: hash, acknowledgement, blocks: encodeBlocks(Uint32Array.of(0)) }

  return { ...parties, count: 1, indices: Uint32Array.of(0), blockLength: () => BLOCK, relieved: true, values, evidence }
}

/** A failure of the library, with the fields that some have. */
async function failure (attempt: Promise<unknown>): Promise<Error & { purchase?: PurchaseInfo, missing?: number }> {
  return attempt.then(() => { throw new Error('It should have failed') }, err => err)
}

/** A purchase that can be compared. */
function plain (purchase?: PurchaseInfo): object {
  return { ...purchase, id: `${purchase?.id}`, server: `${purchase?.server}` }
}

/** What was given to whom. */
function coins ({ sources }: DownloadResult): Record<string, number> {
  return Object.fromEntries(sources.filter(({ coins }) => coins != null && coins > 0).map(({ peer, coins }) => [`${peer}`, coins ?? 0]))
}

async function pay (port: number, secret: string, account: PeerId): Promise<unknown> {
  const body = JSON.stringify({ type: 'deposit', reference: 'invoice', account: `${account}`, amount: 7, unit: 'cent' })
  const response = await fetch(`http://127.0.0.1:${port}/payments`, { method: 'POST', headers: signed(body, { secret }), body })

  return response.json()
}
