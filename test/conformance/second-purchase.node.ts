/**
 * Is the specification of mode purchase enough? The second implementation buys from nodes of this project and sells to
 * them, and every amount is compared with what it has computed by itself.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { createNode as createRealNode } from '../../src/index.ts'
import { eventually } from '../eventually.ts'
import { authorize, createNode, multihashOf, openSession, request, until } from './client.ts'
import { bondOf, feeOf, worthOf } from './price.ts'
import { ask, Exchange } from './proof-client.ts'
import { ProofProvider } from './proof-provider.ts'
import { encode, field, Fields } from './protobuf.ts'
import { MONEY_SHORT, PAYMENT_NEEDED, Wallet } from './purchase.ts'
import { openRevocations, parseLink, same } from './records.ts'
import type { Answer, Grant } from './client.ts'
import type { Falsify, Receipt } from './proof-provider.ts'
import type { Purchase } from './purchase.ts'
import type { MsslNode, NodeInit, PublishOptions } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'

const BLOCK_SIZE = 64 * 1024
const BLOCKS = 22
const SIZE = (BLOCKS - 1) * BLOCK_SIZE + 12_345

const FEE = 700
const BOND_RATE = 5_500
const REDEMPTION = 3_600_000
const BANK = { unit: 'cent', fee: FEE, bond: BOND_RATE, redemption: REDEMPTION }

/** Of the whole object: no coin is worth a whole number of units before rounding */
const PRICE = { amount: 1_009, per: SIZE, unit: 'cent' }
const BOND = bondOf(PRICE.amount, BOND_RATE)

/** Beyond the end of any ticket and its redemption */
const LATER = 60 * 24 * 3_600_000

const COMBINATIONS = [['object-key', 'per-block'], ['none', 'super-block']] as const

// statuses
const MALFORMED = 1
const REFUSED = 3

// verdicts
const SETTLED = 0
const AUDIT = 1
const VOID = 2
const EXPIRED = 3

describe('conformance: a second implementation in mode purchase', function () {
  this.timeout(60_000)

  const source = randomBytes(SIZE)
  const nodes: Array<{ stop (): Promise<void> | void }> = []
  let folder: string
  let server: MsslNode
  let link: string
  let serverId: Uint8Array
  /** What has been paid in */
  let held: number

  async function real (name: string, init: NodeInit = {}): Promise<MsslNode> {
    const node = await createRealNode({ home: join(folder, name), listen: ['/ip4/127.0.0.1/tcp/0'], ...init })
    nodes.push(node)

    return node
  }

  async function second (): Promise<{ node: Libp2p, seed: Uint8Array }> {
    const seed = randomBytes(32)
    const node = await createNode(seed)
    nodes.push(node)

    return { node, seed }
  }

  async function serve (options: PublishOptions = {}, init: NodeInit = {}): Promise<void> {
    server = await real('server', { bank: BANK, ...init })
    link = (await server.services.mssl.publish(join(folder, 'source'), { blockSize: BLOCK_SIZE, mode: 'purchase', price: { amount: PRICE.amount }, ...options })).link
    serverId = parseLink(link).server
  }

  function deposit (node: { peerId: Libp2p['peerId'] }, amount: number): void {
    server.services.mssl.bank.deposit(node.peerId, amount)
    held += amount
  }

  async function apply (node: Libp2p, purchase?: Purchase): Promise<Answer> {
    return request(node, link, { object: parseLink(link).object, purchase })
  }

  async function buy (node: Libp2p, purchase: Purchase = { maxPrice: PRICE.amount }): Promise<Grant> {
    const { grant, reason } = await apply(node, purchase)

    if (grant == null) {
      throw new Error(reason)
    }

    return grant
  }

  /** Ids of those before one of them. */
  async function movements (node: Libp2p, before: number, limit: number): Promise<number[]> {
    const { statement } = await request(node, link, { statement: { before, limit } })

    return statement?.movements.map(({ id }) => id) ?? []
  }

  function worth (first: number, count: number): number {
    return worthOf(PRICE, { size: SIZE, blockSize: BLOCK_SIZE }, first, count)
  }

  /** What a session earns of which no coin was spent before. */
  function netOf ({ chains: { indices }, acknowledged }: Receipt): number {
    const paid = indices.slice(0, acknowledged).reduce((sum, index) => sum + worth(index, 1), 0)

    return paid - feeOf(paid, FEE)
  }

  /** Blocks of the object, plain. */
  function plain (first: number, count: number): Uint8Array {
    return source.subarray(first * BLOCK_SIZE, (first + count) * BLOCK_SIZE)
  }

  function run (first: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => first + i)
  }

  /** What was acknowledged to nodes of this project is claimed. */
  async function claim (...providers: MsslNode[]): Promise<void> {
    for (const { services: { mssl } } of providers) {
      await eventually(() => mssl.recipients().length === 0)
      const { failures, verdicts } = await mssl.claim()
      expect(failures).to.be.empty()
      expect(verdicts.map(({ outcome }) => outcome)).to.deep.equal(verdicts.map(() => 'settled'))
    }
  }

  /** All that was paid in is in the server's books. */
  function expectBalanced (): void {
    expect(server.services.mssl.bank.check()).to.deep.include({ holds: true, problems: [], sum: 0, held })
  }

  beforeEach(async () => {
    held = 0
    folder = await mkdtemp(join(tmpdir(), 'mssl-conformance-'))
    await writeFile(join(folder, 'source'), source)
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  describe('as a client that buys', () => {
    it('is told what it costs, by the price in the manifest, and gets a book for it', async () => {
      await serve()
      const { node } = await second()
      const unasked = await apply(node)
      expect(unasked.grant).to.equal(undefined)
      expect(unasked).to.deep.include({ status: PAYMENT_NEEDED, quote: { price: PRICE.amount, bond: BOND, balance: 0 } })
      expect(unasked.manifest).to.deep.include({ mode: 2, price: PRICE, size: SIZE })
      expect(worth(0, BLOCKS)).to.equal(PRICE.amount)

      expect(await apply(node, { maxPrice: PRICE.amount - 1 })).to.include({ status: PAYMENT_NEEDED })
      deposit(node, PRICE.amount + BOND - 1)
      expect(await apply(node, { maxPrice: PRICE.amount })).to.deep.include({ status: MONEY_SHORT, quote: { price: PRICE.amount, bond: BOND, balance: PRICE.amount + BOND - 1 } })
      deposit(node, 1)

      const { status, quote, grant } = await apply(node, { maxPrice: PRICE.amount })
      expect([status, quote]).to.deep.equal([0, { price: PRICE.amount, bond: BOND, balance: 0 }])
      expect(grant?.rights.range).to.equal(undefined)
      expect(grant?.rights.book).to.deep.equal({ fee: FEE, bond: BOND, redeemUntil: (grant?.rights.notAfter ?? 0) + REDEMPTION })

      // asked for again, and renewed, it costs nothing
      for (const purchase of [{ maxPrice: 0 }, { maxPrice: PRICE.amount }, undefined]) {
        const again = await apply(node, purchase)
        expect(again.quote).to.deep.equal({ price: 0, bond: 0, balance: 0 })
        expect(same(again.grant?.rights.serial ?? new Uint8Array(0), grant?.rights.serial ?? new Uint8Array(1))).to.be.true()
      }

      expectBalanced()
    })

    it('buys from the server and from a client, and sees in its statement what that cost', async () => {
      await serve({}, { auditRate: 1 })
      const { node, seed } = await second()
      const client = await real('client')
      deposit(node, 2_000)
      deposit(client, 2_000)
      await client.services.mssl.get(link, { to: join(folder, 'copy'), maxPrice: PRICE.amount })
      await node.dial(client.getMultiaddrs())

      const grant = await buy(node)
      const wallet = new Wallet(serverId)

      for (const [provider, first, count] of [[serverId, 0, 9], [client.peerId.toMultihash().bytes, 9, BLOCKS - 9]] as const) {
        const exchange = await Exchange.open(node, seed, provider, grant, indices => { wallet.spend(provider, indices) })
        expect(Buffer.compare(await exchange.fetch(run(first, count)), plain(first, count))).to.equal(0)
        await exchange.end()
        await exchange.close()
      }

      await claim(server, client)
      const earned = worth(9, BLOCKS - 9) - feeOf(worth(9, BLOCKS - 9), FEE)
      const { bank } = server.services.mssl
      expect(bank.balance(client.peerId)).to.equal(2_000 - PRICE.amount - BOND + earned)
      expect(bank.balance(server.peerId)).to.equal(PRICE.amount + worth(0, 9) + feeOf(worth(9, BLOCKS - 9), FEE))
      expectBalanced()

      const { statement } = await request(node, link, { statement: { limit: 256 } })
      expect(statement).to.deep.include({ unit: 'cent', balance: 2_000 - PRICE.amount - BOND, reserved: BOND, earned: 0, spent: PRICE.amount })
      expect(statement?.books).to.have.lengthOf(1)
      expect(statement?.books[0]).to.deep.include({ first: 0, count: BLOCKS, price: PRICE.amount, redeemed: PRICE.amount, bond: BOND, redeemUntil: grant.rights.book?.redeemUntil })
      expect(same(statement?.books[0].serial ?? new Uint8Array(0), grant.rights.serial)).to.be.true()
      expect(same(statement?.books[0].object ?? new Uint8Array(0), grant.object)).to.be.true()
      expect(statement?.movements.map(({ kind, amount }) => [kind, amount])).to.deep.equal([['bond', -BOND], ['purchase', -PRICE.amount], ['deposit', 2_000]])

      // in pages, newest first
      const ids = statement?.movements.map(({ id }) => id) ?? []
      const pages = await Promise.all([0, ...ids].map(async before => movements(node, before, 1)))
      expect(pages).to.deep.equal([...ids.map(id => [id]), []])

      // the bond comes back when the book is over
      expect(bank.close(Date.now() + LATER)).to.equal(2)
      expect((await request(node, link, { statement: { limit: 1 } })).statement).to.deep.include({ balance: 2_000 - PRICE.amount, reserved: 0, books: [] })
      expectBalanced()
    })

    it('buys runs of blocks, and all between them', async () => {
      await serve()
      const { node, seed } = await second()
      deposit(node, 2_000)
      const prices = [worth(3, 2), worth(3, 7) - worth(3, 2)]
      const bonds = prices.map(price => bondOf(price, BOND_RATE))

      expect((await apply(node, { maxPrice: prices[0] - 1, first: 3, count: 2 })).quote).to.deep.equal({ price: prices[0], bond: bonds[0], balance: 2_000 })
      const first = await apply(node, { maxPrice: prices[0], first: 3, count: 2 })
      expect(first.quote).to.deep.equal({ price: prices[0], bond: bonds[0], balance: 2_000 - prices[0] - bonds[0] })
      expect(first.grant?.rights.range).to.deep.equal({ first: 3, count: 2 })

      const hull = await apply(node, { maxPrice: prices[1], first: 8, count: 2 })
      expect(hull.quote).to.deep.equal({ price: prices[1], bond: bonds[1], balance: 2_000 - prices[0] - prices[1] - bonds[0] - bonds[1] })
      expect(hull.grant?.rights).to.deep.include({ serial: first.grant?.rights.serial, range: { first: 3, count: 7 } })
      expect(hull.grant?.rights.book?.bond).to.equal(bonds[0] + bonds[1])
      // what was bought before is in the ticket that nothing was bought with
      expect((await apply(node)).grant?.rights.range).to.deep.equal({ first: 3, count: 7 })

      const exchange = await Exchange.open(node, seed, serverId, hull.grant as Grant)
      expect(Buffer.compare(await exchange.fetch(run(3, 7)), plain(3, 7))).to.equal(0)
      await exchange.request([10])
      const refused = await until(exchange.wire, 5)
      expect([refused.number(2), refused.numbers(1)], 'TICKET_INVALID').to.deep.equal([3, [10]])
      await exchange.end()
      await exchange.close()
      await claim(server)
      expect(server.services.mssl.bank.balance(server.peerId)).to.equal(worth(3, 7))
      expectBalanced()
    })

    it('gets the statuses that the specification names', async () => {
      await serve({}, { authorize: () => ({ range: { first: 4, count: 3 } }) })
      const { node } = await second()
      const { object } = parseLink(link)
      const status = async (change: Parameters<typeof request>[2]): Promise<number> => (await request(node, link, change)).status

      expect(await status({ object, purchase: { maxPrice: 1, first: BLOCKS - 1, count: 2 } }), 'MALFORMED: no such block').to.equal(MALFORMED)
      expect(await status({ purchase: { maxPrice: 1 } }), 'MALFORMED: of no object').to.equal(MALFORMED)
      expect(await status({ statement: { limit: 0 } }), 'MALFORMED: no movements').to.equal(MALFORMED)
      expect(await status({ statement: { limit: 257 } }), 'MALFORMED: too many movements').to.equal(MALFORMED)
      expect((await request(node, link, { statement: { limit: 1 } })).statement).to.deep.equal({ unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] })

      // by the policy this client may have some of the blocks only
      await server.services.mssl.publish(join(folder, 'source'), { blockSize: BLOCK_SIZE, mode: 'purchase', policy: { kind: 'callback' } })
      deposit(node, 2_000)
      expect((await apply(node)).quote?.price, 'only those').to.equal(worth(4, 3))
      expect(await apply(node, { maxPrice: PRICE.amount, first: 4, count: 4 })).to.include({ status: REFUSED })

      const bought = await apply(node, { maxPrice: worth(4, 3) })
      expect(bought.quote).to.include({ price: worth(4, 3) })
      expect(bought.grant?.rights.range).to.deep.equal({ first: 4, count: 3 })
      expectBalanced()
    })

    it('keeps its coins from a second provider, and is barred when it does not', async () => {
      await serve({}, { auditRate: 0 })
      const [alice, bob, cheat] = await Promise.all([second(), second(), second()])
      const providers: ProofProvider[] = []
      const spent = worth(5, 3)
      deposit(cheat.node, PRICE.amount + BOND)

      for (const { node, seed } of [alice, bob]) {
        deposit(node, PRICE.amount + BOND)
        providers.push(new ProofProvider(node, seed, await buy(node), source))
        await providers.at(-1)?.start()
        await cheat.node.dial(node.getMultiaddrs())
      }

      const grant = await buy(cheat.node)
      const wallet = new Wallet(serverId)
      const fetch = async (provider: Uint8Array, spend?: (indices: number[]) => void, blocks = run(5, 3)): Promise<void> => {
        const exchange = await Exchange.open(cheat.node, cheat.seed, provider, grant, spend)
        await exchange.fetch(blocks)
        await exchange.end()
        await exchange.close()
      }

      await fetch(multihashOf(alice.node), indices => { wallet.spend(multihashOf(alice.node), indices) })
      await expect(fetch(multihashOf(bob.node), indices => { wallet.spend(multihashOf(bob.node), indices) }), 'an honest client').to.eventually.be.rejectedWith('not spent twice')
      const [toAlice] = await providers[0].claim(serverId)
      expect(outcomes(toAlice)).to.deep.equal([[SETTLED, 3, spent - feeOf(spent, FEE)]])

      // the server may be asked again, which is no offence, and is paid from the bond
      await fetch(serverId, indices => { wallet.spend(serverId, indices) }, [6])
      await claim(server)
      expect(server.services.mssl.bank.balance(server.peerId)).to.equal(feeOf(spent, FEE) + worth(6, 1))
      expect(await apply(cheat.node)).to.deep.include({ status: 0, quote: { price: 0, bond: 0, balance: 0 } })

      await fetch(multihashOf(bob.node))
      const fromBond = Math.min(spent, BOND - worth(6, 1))
      const [toBob] = await providers[1].claim(serverId)
      expect(outcomes(toBob)).to.deep.equal([[SETTLED, 3, fromBond - feeOf(fromBond, FEE)]])
      expect(toBob.number(5)).to.equal(fromBond - feeOf(fromBond, FEE))
      expect(new Fields(toBob.all(4)[0]).text(2), 'the reason').to.not.equal('')

      const refused = await apply(cheat.node)
      expect(refused.grant).to.equal(undefined)
      expect(refused.status).to.equal(REFUSED)
      const { entries } = openRevocations(refused.revocations, grant.certificate.issuer)
      expect(entries.filter(({ client, object, before }) => same(client, multihashOf(cheat.node)) && object == null && before >= grant.rights.notBefore)).to.have.lengthOf(1)

      server.services.mssl.bank.close(Date.now() + LATER)
      expect(server.services.mssl.bank.balance(cheat.node.peerId)).to.equal(PRICE.amount + BOND - spent - worth(6, 1) - fromBond)
      expectBalanced()
    })
  })

  describe('as a provider that sells', () => {
    let seller: Awaited<ReturnType<typeof second>>
    let grant: Grant
    let recipient: MsslNode

    /** It has bought the object and sells it; the recipient has bought it, has no block yet, and will hear of the provider. */
    async function prepare (options: PublishOptions, init?: NodeInit, falsify?: Falsify): Promise<ProofProvider> {
      await serve(options, init)
      seller = await second()
      recipient = await real('recipient')
      deposit(seller.node, 2_000)
      deposit(recipient, 2_000)
      grant = await buy(seller.node)
      await openSession(seller.node, serverId, grant, { nonce: randomBytes(32) })

      const provider = new ProofProvider(seller.node, seller.seed, grant, source, falsify)
      await provider.start()
      await introduced(seller.node)
      await recipient.services.mssl.authorize(link, { maxPrice: PRICE.amount })

      return provider
    }

    COMBINATIONS.forEach(([encryption, delivery]) => {
      it(`is paid for what it sold while the server was away, less the fee (encryption ${encryption}, delivery ${delivery})`, async () => {
        const provider = await prepare({ encryption, delivery })
        await server.stop()
        const { path, sources, bad } = await recipient.services.mssl.get(link, { to: join(folder, 'copy') })
        expect(Buffer.compare(await readFile(path), source)).to.equal(0)
        expect(sources.map(({ peer, coins }) => [peer.toString(), coins])).to.deep.equal([[seller.node.peerId.toString(), PRICE.amount]])
        expect(bad).to.equal(0)

        server = await real('server', { auditRate: 1 })
        await server.services.mssl.provide()
        await seller.node.dial(server.getMultiaddrs())
        const { bank } = server.services.mssl
        const amounts = provider.receipts.map(netOf)
        const earned = amounts.reduce((sum, amount) => sum + amount, 0)
        const [claimed, ...audited] = await provider.claim(serverId)

        expect(outcomes(claimed)).to.deep.equal(provider.receipts.map(() => [AUDIT, 0, 0]))
        expect(audited.flatMap(outcomes)).to.deep.equal(provider.receipts.map(({ acknowledged }, i) => [SETTLED, acknowledged, amounts[i]]))
        expect(audited.at(-1)?.number(5), 'its balance').to.equal(2_000 - PRICE.amount - BOND + earned)
        expect(bank.balance(server.peerId), 'the fee').to.equal(PRICE.amount - earned)

        // a provider that did not hear the verdict claims again
        expect(outcomes((await provider.claim(serverId))[0])).to.deep.equal(provider.receipts.map(({ acknowledged }, i) => [SETTLED, acknowledged, amounts[i]]))
        expect((await request(seller.node, link, { statement: { limit: 1 } })).statement).to.deep.include({ unit: 'cent', balance: 2_000 - PRICE.amount - BOND + earned, earned, spent: 0, reserved: PRICE.amount + BOND })

        // it has bought nothing of anybody, so that all of its own book comes back
        expect(bank.close(Date.now() + LATER)).to.equal(3)
        expect([seller.node, recipient].map(({ peerId }) => bank.balance(peerId))).to.deep.equal([2_000 + earned, 2_000 - PRICE.amount])
        expect(outcomes((await provider.claim(serverId))[0]), 'the book is closed').to.deep.equal(provider.receipts.map(() => [EXPIRED, 0, 0]))
        expectBalanced()
      })
    })

    it('earns nothing by garbage, for which the coins go to the server', async () => {
      const provider = await prepare({}, { auditRate: 0 })
      const { node, seed } = await second()
      deposit(node, 2_000)
      const garbled = new ProofProvider(seller.node, seller.seed, grant, source, block => randomBytes(block.byteLength))
      await Promise.all(['/mssl/block/1.0.0', '/mssl/ack/1.0.0'].map(async protocol => seller.node.unhandle(protocol)))
      await garbled.start()
      await node.dial(seller.node.getMultiaddrs())
      const exchange = await Exchange.open(node, seed, multihashOf(seller.node), await buy(node))
      await exchange.request([7])
      await exchange.receive()
      const acknowledgement = exchange.sign()
      await expect(exchange.acknowledge()).to.eventually.be.rejectedWith('block 7')

      // claimed and paid before the recipient complains: it is taken back
      expect(outcomes((await garbled.claim(serverId))[0])).to.deep.equal([[SETTLED, 1, worth(7, 1) - feeOf(worth(7, 1), FEE)]])
      const ruling = await ask(node, serverId, exchange.complaint(1, acknowledgement), 2)
      expect([ruling.number(1), ruling.bytes(5).byteLength]).to.deep.equal([0, BLOCK_SIZE])
      exchange.replace(1, ruling.bytes(5), ruling.bytes(6))
      expect(outcomes((await garbled.claim(serverId))[0])).to.deep.equal([[VOID, 0, 0]])
      expect(provider.receipts).to.be.empty()

      const { bank } = server.services.mssl
      expect(bank.balance(seller.node.peerId)).to.equal(2_000 - PRICE.amount - BOND)
      expect(bank.balance(server.peerId), 'for the block that the server gave').to.equal(worth(7, 1))
      expect((await request(node, link, { statement: { limit: 1 } })).statement?.spent).to.equal(worth(7, 1))
      expectBalanced()
    })

    it('refuses blocks whose coins are not in the book', async () => {
      await prepare({})
      const { node, seed } = await second()
      deposit(node, 2_000)
      await node.dial(seller.node.getMultiaddrs())
      const exchange = await Exchange.open(node, seed, multihashOf(seller.node), await buy(node, { maxPrice: PRICE.amount, first: 3, count: 2 }))
      expect(Buffer.compare(await exchange.fetch([4]), plain(4, 1))).to.equal(0)
      await exchange.wire.send(field(2, field(1, encode([1, 5]))))
      const refused = await until(exchange.wire, 5)
      expect([refused.number(2), refused.numbers(1)], 'TICKET_INVALID').to.deep.equal([3, [5]])
    })

    /** Waits until the server names a peer to those who have a ticket. */
    async function introduced (peer: Libp2p): Promise<void> {
      const { node } = await second()
      deposit(node, PRICE.amount + BOND)
      await buy(node)

      while (!(await authorize(node, link)).hints.some(hint => same(hint, multihashOf(peer)))) {
        await delay(100)
      }
    }
  })
})

/** Status, how many coins, and what was paid for them, of each verdict. */
function outcomes (verdicts: Fields): Array<[status: number, credited: number, amount: number]> {
  return verdicts.all(4).map(bytes => new Fields(bytes)).map(verdict => [verdict.number(1), verdict.number(3), verdict.number(4)])
}
