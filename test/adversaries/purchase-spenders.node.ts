/* eslint-disable no-loop-func -- the variables are set anew before each test */
/**
 * Clients that want blocks for less than they cost. After each: everybody's money to the unit, and what there is as evidence.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { AckStatus } from '../../protocols/ack/index.ts'
import { BlockStatus } from '../../protocols/block/index.ts'
import { decodeBlocks, encodeBlocks } from '../../src/exchange/index.ts'
import { Mode, sha256 } from '../../src/object/index.ts'
import { signTicket } from '../../src/ticket/index.ts'
import { eventually } from '../eventually.ts'
import { BLOCK_COUNT, COIN as COURT_COIN, Court, HOUR, OTHER, peer, PRICE as COURT_PRICE, PROVIDER, RECIPIENT, SERVER } from '../judge/fixtures.ts'
import { BLOCK, collect, Stage } from '../node/fixtures/stage.ts'
import { seeded } from '../swarm/fixtures/random.ts'
import { acksOf, claimOf, complaintOf, honest, invented, party, partyBy, recoveryOf, storedSession, submit } from './fixtures/claims.ts'
import { Hand } from './fixtures/hand-recipient.ts'
import { componentsOf, grantOf, introduce, withHome } from './fixtures/hostile.ts'
import { BLOCKS, COIN, FUNDS, Market, net, PRICE } from './fixtures/market.ts'
import type { Played, PlayInit } from '../judge/fixtures.ts'
import type { Party } from './fixtures/claims.ts'
import type { HandSession } from './fixtures/hand-recipient.ts'
import type { MarketInit } from './fixtures/market.ts'
import type { Bank } from '../../src/bank/index.ts'
import type { Judge } from '../../src/judge/index.ts'
import type { Ticket } from '../../src/ticket/index.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { PeerId } from '@libp2p/interface'
import type { ChildProcess } from 'node:child_process'

const BUY = fileURLToPath(new URL('./fixtures/buy.ts', import.meta.url))
const STRIP = ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings']

type Name = 'alice' | 'bob' | 'carol' | 'dave'

describe('adversaries: spenders in mode purchase', function () {
  this.timeout(60_000)

  const stage = new Stage()
  let market: Market<Name>

  const children: ChildProcess[] = []

  afterEach(async () => {
    children.splice(0).forEach(child => child.kill('SIGKILL'))
    await stage.clear()
  })

  /** Alice spends, the others provide. */
  async function open (init: Partial<MarketInit<Name>> = {}): Promise<void> {
    market = await Market.open(stage, { clients: ['alice', 'bob', 'carol', 'dave'], ...init })
  }

  /** Alice, who has paid for her coins, and does by hand what a test says. */
  async function alice (): Promise<Hand> {
    const { nodes: { alice }, server, object: { link, bytes } } = market
    await market.buy('alice')

    return Hand.of(alice, server, link, bytes.byteLength)
  }

  /** It has what it asked for, in plain. */
  async function take (session: HandSession, count = BLOCKS, first = 0): Promise<void> {
    session.ask(count, first)

    for (const end = session.sealed.length + count; session.keys.size < end;) {
      await session.came(session.keys.size + 1)
      await session.present(session.sign(session.sealed.length))
    }

    session.expectTruth(market.object.bytes)
    await session.close()
  }

  const nameOf = (peer: PeerId): Name => Object.entries(market.nodes).find(([, { peerId }]) => peerId.equals(peer))?.[0] as Name

  it('are paid for from the bond, proven and shut out who spend one coin with many at once', async () => {
    const seed = 20_261
    await open({ bank: { bond: 5_000 }, client: { revocationInterval: 600 } })
    await market.stock('bob', 'carol', 'dave')
    const cheat = await alice()
    const providers = (['bob', 'carol', 'dave'] as const).map(name => market.nodes[name])
    const sessions = await Promise.all(providers.map(async provider => cheat.session(provider)))
    // all of it three times over, at once
    await Promise.all(sessions.map(async session => take(session)))

    const order = shuffled(providers, seeded(seed))
    const verdicts = []

    for (const provider of order) {
      verdicts.push(...await market.claim(provider))
    }

    // by the order of redemption: the price, half as much that is the bond, nothing
    expect(verdicts, `seed ${seed}`).to.deep.equal([
      { outcome: 'settled', reason: '', amount: net(PRICE) },
      { outcome: 'settled', reason: `${BLOCKS} coins were spent before; ${PRICE / 2} coin came from the bond; ${PRICE / 2} coin could not be paid`, amount: net(PRICE / 2) },
      { outcome: 'settled', reason: `${BLOCKS} coins were spent before; ${PRICE} coin could not be paid`, amount: 0 }
    ])

    const findings = await market.evidence()
    expect(findings.map(({ kind, accused }) => ({ kind, accused: String(accused) }))).to.deep.equal([1, 2].map(() => ({ kind: 'double-spend', accused: String(cheat.node.peerId) })))
    expect(findings.map(({ provider }) => String(provider))).to.deep.equal([1, 2].map(() => String(order[0].peerId)))
    expect(findings.map(({ coin }) => String(coin?.provider))).to.have.members([order[1], order[2]].map(({ peerId }) => String(peerId)))

    // no tickets, and those that there are end with the server and with the others
    await expect(cheat.node.services.mssl.authorize(market.object.link, { maxPrice: PRICE })).to.eventually.be.rejectedWith('has spent the same coin with two providers')

    for (const node of [market.server, ...providers]) {
      await revoked(cheat, node)
    }

    const gained = await market.gains()
    expect({ ...gained, providers: order.map(({ peerId }) => gained[nameOf(peerId)]) }).to.deep.include({
      alice: -1.5 * PRICE,
      server: 1.5 * PRICE - net(PRICE) - net(PRICE / 2),
      providers: [net(PRICE), net(PRICE / 2), 0]
    })
  })

  for (const [what, isFirst] of [['first', true], ['afterwards', false]] as const) {
    it(`harm nobody but themselves who spend their coins with an accomplice ${what}`, async () => {
      await open()
      await market.stock('bob')
      const cheat = await alice()
      const [recipient, accomplice] = [await party(market.nodes.alice, market.object.link), await market.buy('carol')]
      // never a byte of it
      const claim = claimOf(accomplice, market.session(accomplice, recipient, { hash: invented }))
      const present = async (): Promise<void> => {
        const [{ outcome, amount }] = await submit(market.nodes.carol, market.server, accomplice.ticket, [claim])
        expect({ outcome, amount }).to.deep.equal({ outcome: 'settled', amount: net(PRICE) })
      }

      isFirst && await present()
      await take(await cheat.session(market.nodes.bob))
      expect(await market.claim(market.nodes.bob)).to.deep.equal([
        { outcome: 'settled', reason: isFirst ? `${BLOCKS} coins were spent before; ${PRICE} coin came from the bond` : '', amount: net(PRICE) }
      ])
      isFirst || await present()

      expect((await market.evidence()).map(({ kind }) => kind)).to.deep.equal(['double-spend'])
      // what the two have lost together: the price of what they got, and the fee of what they did not
      expect(await market.gains()).to.deep.equal({ alice: -2 * PRICE, carol: net(PRICE), bob: net(PRICE), dave: 0, server: 2 * (PRICE - net(PRICE)) })
    })
  }

  describe('that spend more than they have', () => {
    it('get no ticket, and lose nothing', async () => {
      await open({ funds: 2 * PRICE })
      const { alice } = market.nodes
      const dear = await stage.publish(market.server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: COIN, per: BLOCK }, seed: 2 })
      // two objects at once, and money for one of them
      const results = await Promise.allSettled([market.object, dear].map(async ({ link }) => alice.services.mssl.authorize(link, { maxPrice: PRICE })))
      expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
      const refused = results.find(result => result.status === 'rejected')
      expect(refused?.reason).to.include({ name: 'BalanceTooLowError', missing: 2 * PRICE })
      expect(() => market.bank.withdraw(alice.peerId, 1)).to.throw().with.property('missing', 1)
      expect(market.balances()).to.include({ alice: 0 })
      expect(await market.gains()).to.deep.equal({ alice: 0, bob: 0, carol: 0, dave: 0, server: 0 })
    })

    it('get no block beyond those that they have bought, and nobody is paid for one', async () => {
      await open({ funds: 4 * PRICE })
      await market.stock('bob')
      const { nodes, object, server } = market
      // blocks 2 to 4, of the server
      await collect(nodes.alice.services.mssl.read(object.link, { offset: 2 * BLOCK, length: 3 * BLOCK, maxPrice: 3 * COIN }))
      await market.claim(server)
      await market.claim(nodes.bob)
      const cheat = await Hand.by(nodes.alice, server, object.link, object.bytes.byteLength)
      const recipient = await partyBy(nodes.alice, object.link)
      const [bob, carol] = [await party(nodes.bob, object.link), await market.buy('carol')]

      for (const node of [server, nodes.bob]) {
        const session = await cheat.session(node)
        session.ask(2, 4)
        await session.came(1)
        await session.present(session.sign(1))
        await session.close()
        expect(session.sealed.map(({ index }) => index)).to.deep.equal([4])
      }

      // not even if it is signed for
      const [verdict] = await submit(nodes.carol, server, carol.ticket, [claimOf(carol, market.session(carol, recipient, { indices: [2, 3, 4, 5] }))])
      expect(verdict).to.include({ outcome: 'invalid', reason: 'The ticket does not give all of these blocks' })
      await expect(acksOf(nodes.alice).recover(server.getMultiaddrs(), recoveryOf(market.session(bob, recipient, { indices: [4, 5] }))))
        .to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)

      await market.claim(nodes.bob)
      await market.claim(server)
      // the last of them twice, of which one is from the bond, and no offence since it was the server's
      const gained = await market.gains()
      expect(gained).to.include({ alice: -4 * COIN, carol: 0, dave: 0 })
      expect(gained.bob + gained.server).to.equal(4 * COIN)
      expect(gained.bob).to.be.within(net(COIN), net(3 * COIN))
      await market.expectPeace()
    })

    it('share no coins among several identities', async () => {
      await open()
      await market.stock('bob')
      await market.buy('alice')
      const { nodes, object, server } = market
      const owner = await grantOf(nodes.alice, object.link)
      await expect(nodes.dave.services.mssl.authorize(object.link)).to.eventually.be.rejected.with.property('name', 'NotPaidError')
      await market.buy('dave')
      const other = await Hand.of(nodes.dave, server, object.link, object.bytes.byteLength)
      other.open.ticket = owner.ticket

      for (const node of [server, nodes.bob]) {
        await expect(other.session(node)).to.eventually.be.rejected.with.property('status', BlockStatus.BLOCK_TICKET_INVALID)
      }

      expect(await market.gains()).to.deep.equal({ alice: 0, bob: 0, carol: 0, dave: 0, server: 0 })
    })
  })

  describe('that pay with coins of something else', () => {
    interface Foreign {
      /** The ticket of it, and who signs */
      recipient (): Promise<Party>
      reason: RegExp
    }

    const ways: Record<string, Foreign> = {
      'another object': {
        recipient: async () => {
          const other = await stage.publish(market.server, BLOCKS * BLOCK, { mode: 'purchase', price: { amount: 1 }, encryption: 'none', seed: 2 })

          return party(market.nodes.alice, other.link, { maxPrice: 1 })
        },
        reason: /The provider's ticket is for another object/
      },
      'another client': {
        recipient: async () => ({ ...await market.buy('dave'), signer: (await market.buy('alice')).signer }),
        reason: /The recipient has not signed this/
      },
      'another server, for the same object': {
        recipient: async () => {
          const other = await Market.open(stage, { clients: [] })
          other.bank.deposit(market.nodes.alice.peerId, FUNDS)
          expect(other.object.id.equals(market.object.id)).to.be.true()

          return party(market.nodes.alice, other.object.link, { maxPrice: PRICE })
        },
        reason: /The ticket was signed by another server/
      },
      'a book that they have invented': {
        recipient: async () => {
          const alice = await market.buy('alice')
          const { nodes, object } = market
          const ticket = await signTicket({ client: alice.peerId, object: object.id, mode: Mode.PURCHASE, ...terms() }, componentsOf(nodes.alice).privateKey)

          return { ...alice, ticket }
        },
        reason: /The ticket was signed by another server/
      },
      'a book that was never bought': {
        recipient: async () => {
          const alice = await market.buy('alice')
          const issuer = await withHome(market.server, async home => home.privateKey('issuer'))

          return { ...alice, ticket: await signTicket({ client: alice.peerId, object: market.object.id, mode: Mode.PURCHASE, ...terms() }, issuer) }
        },
        reason: /The ticket is of no coin book of its client for this object/
      },
      'a ticket that costs nothing': {
        recipient: async () => {
          const alice = await market.buy('alice')
          const issuer = await withHome(market.server, async home => home.privateKey('issuer'))
          const { book, ...rest } = terms()

          return { ...alice, ticket: await signTicket({ client: alice.peerId, object: market.object.id, mode: Mode.PROOF, ...rest, standing: 1 }, issuer) }
        },
        reason: /The ticket is not one of mode proof or purchase/
      }
    }

    function terms (): Pick<Ticket, 'serial' | 'notBefore' | 'notAfter'> & { book: NonNullable<Ticket['book']> } {
      const notAfter = Date.now() + 3_600_000

      return { serial: new Uint8Array(16).fill(7), notBefore: Date.now() - 1_000, notAfter, book: { fee: 500, bond: PRICE, redeemUntil: notAfter } }
    }

    for (const [what, { recipient, reason }] of Object.entries(ways)) {
      it(`pay nobody, and get no key of the server: ${what}`, async () => {
        await open()
        const [payer, provider] = [await recipient(), await market.buy('carol')]
        const session = market.session(provider, payer)
        const [verdict] = await submit(market.nodes.carol, market.server, provider.ticket, [claimOf(provider, session)])
        expect(verdict, verdict.reason).to.include({ outcome: 'invalid', credited: 0, amount: 0 })
        expect(verdict.reason).to.match(reason)
        await expect(acksOf(market.nodes.alice).recover(market.server.getMultiaddrs(), recoveryOf(session))).to.eventually.be.rejected.with.property('name', 'AckRefusedError')
        expect(await market.gains()).to.deep.equal({ alice: 0, bob: 0, carol: 0, dave: 0, server: 0 })
        await market.expectPeace()
      })
    }
  })

  it('who show an acknowledgement for another provider get no key, and pay where it belongs', async () => {
    await open()
    await market.stock('bob', 'carol')
    const cheat = await alice()
    const [here, there] = [await cheat.session(market.nodes.bob), await cheat.session(market.nodes.carol)]

    for (const session of [here, there]) {
      session.ask(1)
      await session.came(1)
    }

    const acks = await cheat.acks.openExchange(market.nodes.bob.peerId)
    await expect(acks.present(there.sign(1))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
    await expect(here.present(here.sign(1, { sealed: there.sealed }))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
    await there.present(there.sign(1))
    await there.close()
    await market.claim(market.nodes.bob)
    await market.claim(market.nodes.carol)
    expect(here.keys.size).to.equal(0)
    there.expectTruth(market.object.bytes)
    expect(await market.gains()).to.deep.equal({ alice: -COIN, bob: 0, carol: net(COIN), dave: 0, server: COIN - net(COIN) })
    await market.expectPeace()
  })

  it('who never look at the keys have paid all the same, and may have them of the server for that', async () => {
    await open()
    await market.stock('bob')
    const cheat = await alice()
    const session = await cheat.session(market.nodes.bob)
    await session.exchangeHonestly(BLOCKS)
    await session.close()
    session.keys.clear()
    const stored = await storedSession(market.nodes.bob, cheat.node.peerId)
    await market.claim(market.nodes.bob)

    for (let again = 0; again < 3; again++) {
      const { first, keys } = await acksOf(cheat.node).recover(market.server.getMultiaddrs(), recoveryOf(stored))
      expect({ first, length: keys.byteLength }).to.deep.equal({ first: 1, length: 32 * BLOCKS })
    }

    expect(await market.gains()).to.deep.equal({ alice: -PRICE, bob: net(PRICE), carol: 0, dave: 0, server: PRICE - net(PRICE) })
    await market.expectPeace()
  })

  it('who show their acknowledgement to nobody but the server pay the provider all the same', async () => {
    await open()
    await market.stock('bob')
    const cheat = await alice()
    const session = await cheat.session(market.nodes.bob)
    session.ask(1)
    await session.came(1)
    const { ticket } = cheat.open
    const evidence = { ticket, ...session.terms, acknowledgement: session.sign(1), blocks: encodeBlocks([0]) }
    const shown = { session: evidence, indices: Uint32Array.of(0), hashes: sha256(session.sealed[0].bytes) }
    const { first, keys } = await acksOf(cheat.node).recover(market.server.getMultiaddrs(), recoveryOf(shown))
    session.keys.set(first, keys)
    session.expectTruth(market.object.bytes)
    // nor can they take it back
    await expect(acksOf(cheat.node).complain(market.server.getMultiaddrs(), complaintOf({ ...shown, hashes: invented(1) }, 1)))
      .to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
    await session.close()

    expect(await market.gains()).to.deep.equal({ alice: -COIN, bob: net(COIN), carol: 0, dave: 0, server: COIN - net(COIN) })
    await market.expectPeace()
  })

  describe('that want again and again what they have paid once', () => {
    /** Blocks that a provider gives for the coins of one book */
    const MOST = 2 * BLOCKS + 64

    for (const who of ['bob', 'server'] as const) {
      it(`get it ${MOST / BLOCKS} times of ${who === 'bob' ? 'the provider that they have paid' : 'the server, and not in the place of what others gave'}`, async () => {
        await open()
        await market.stock('bob', 'carol')
        const cheat = await alice()
        const provider = who === 'bob' ? market.nodes.bob : market.server

        for (let times = 0; times < MOST / BLOCKS; times++) {
          await take(await cheat.session(provider))
        }

        await expect(cheat.session(provider)).to.eventually.be.rejected.with.property('status', BlockStatus.BLOCK_LIMIT_EXCEEDED)
        // by another ticket of the same coins neither
        await cheat.node.services.mssl.authorize(market.object.link)
        await expect(cheat.session(provider)).to.eventually.be.rejected.with.property('status', BlockStatus.BLOCK_LIMIT_EXCEEDED)
        await market.claim(provider)
        expect(await market.gains()).to.deep.equal(who === 'bob'
          ? { alice: -PRICE, bob: net(PRICE), carol: 0, dave: 0, server: PRICE - net(PRICE) }
          : { alice: -PRICE, bob: 0, carol: 0, dave: 0, server: PRICE })
        await market.expectPeace()
      })
    }
  })

  describe('that complain to get blocks for nothing', () => {
    it('pay the server for each by garbage that they have invented', async () => {
      await open()
      await market.stock('bob')
      const [recipient, provider] = [await market.buy('alice'), await party(market.nodes.bob, market.object.link)]

      for (let index = 0; index < BLOCKS; index++) {
        for (const name of ['once', 'again']) {
          const lie = market.session(provider, recipient, { indices: [index], hash: invented, name: `${name} ${index}` })
          const { block } = await acksOf(market.nodes.alice).complain(market.server.getMultiaddrs(), complaintOf(lie, 1))
          expect(block).to.equalBytes(market.object.bytes.subarray(index * BLOCK, (index + 1) * BLOCK))
        }
      }

      // bob had nothing to do with it
      expect(await market.gains()).to.deep.equal({ alice: -PRICE, bob: 0, carol: 0, dave: 0, server: PRICE })
      await market.expectPeace()
    })

    for (const [what, isServed] of [['serves', true], ['gives in the place of garbage', false]] as const) {
      it(`pay for what the server ${what} though they had spent the coins with an accomplice, who is found to have lied`, async () => {
        await open()
        const cheat = await alice()
        const { nodes, server } = market
        const [recipient, accomplice] = [await party(nodes.alice, market.object.link), await market.buy('carol')]
        const right = honest(market.object.bytes, BLOCK)
        const lie = market.session(accomplice, recipient, { hash: (position, index, key) => position === BLOCKS ? invented(position) : right(position, index, key) })
        expect((await submit(nodes.carol, server, accomplice.ticket, [claimOf(accomplice, lie)]))[0]).to.include({ outcome: 'settled', amount: net(PRICE) })

        // once more, from the bond
        if (isServed) {
          await take(await cheat.session(server), BLOCKS - 1)
          expect(await market.claim(server)).to.deep.equal([{ outcome: 'settled', reason: `${BLOCKS - 1} coins were spent before; ${PRICE - COIN} coin came from the bond`, amount: PRICE - COIN }])
        } else {
          for (let index = 0; index < BLOCKS - 1; index++) {
            await acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(market.session(accomplice, recipient, { indices: [index], hash: invented, name: index }), 1))
          }
        }

        expect(market.balances()).to.include({ server: PRICE - net(PRICE) + PRICE - COIN, carol: FUNDS - 2 * PRICE + net(PRICE) })
        // the price comes back by this, and the coins are the server's
        await acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(lie, BLOCKS))
        expect((await market.evidence()).map(({ kind }) => kind)).to.deep.equal(['false-entry'])
        expect(await market.gains()).to.deep.equal({ alice: -PRICE, bob: 0, carol: 0, dave: 0, server: PRICE })
      })
    }
  })

  describe('that are killed while they pay', () => {
    const MANY = 24

    /** A process that buys; undefined: it was killed. */
    async function run (...args: string[]): Promise<Record<string, number> | undefined> {
      const { alice: { home }, bob, carol } = market.nodes
      const child = fork(BUY, [home, market.object.link, ...args], { execArgv: STRIP, env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
      children.push(child)
      let said = ''
      child.stdout?.on('data', chunk => { said += chunk })
      const [code, signal] = await once(child, 'close')
      expect(code ?? signal).to.be.oneOf([0, 'SIGKILL'])
      // what the dead one may have acknowledged last is known
      await eventually(() => [bob, carol, market.server].every(({ services }) => services.mssl.recipients().length === 0), 15_000)

      return code === 0 ? JSON.parse(said) : undefined
    }

    async function settle (): Promise<void> {
      expect(await readFile(join(market.nodes.alice.folder, 'copy'))).to.equalBytes(market.object.bytes)

      for (const node of [market.nodes.bob, market.server, market.nodes.carol]) {
        await market.claim(node)
      }

      const gained = await market.gains()
      // what the server gave in the place of what died with the process is paid from the bond
      expect(-gained.alice).to.be.within(MANY * COIN, 2 * MANY * COIN)
      expect(gained.bob + gained.carol + gained.server).to.equal(-gained.alice)
      await market.expectPeace()
    }

    beforeEach(async () => {
      await open({ blocks: MANY, funds: 2 * MANY * COIN })
      await market.stock('bob', 'carol')
      const { alice, bob, carol } = market.nodes
      await market.buy('alice')
      await introduce(alice, market.object.link, bob, carol)
      await alice.stop()
    })

    it('have all of it in the end, and have spent no coin with two of their kind', async () => {
      const to = join(market.nodes.alice.folder, 'copy')
      let kills = 0

      for (let got; got == null; kills++) {
        // always a little later, or it would not come far
        got = await run(to, kills % 2 === 0 ? 'before' : 'after', kills < 4 ? String(1 + kills) : '0')
      }

      expect(kills).to.be.above(2)
      await settle()
    })

    it('ask the server alone for what was not noted as spent when the machine went down with them', async () => {
      const { alice } = market.nodes
      const to = join(alice.folder, 'copy')
      expect(await run(to, 'after', '3')).to.equal(undefined)
      const noted = await withHome(alice, home => {
        const wallet = home.openDatabase('wallet.db')
        wallet.exec('UPDATE books SET boot = \'another\'')

        return Number(wallet.prepare('SELECT sum(length(blocks)) / 4 AS coins FROM spends').get()?.coins)
      })
      const { [market.server.peerId.toString()]: _, ...others } = await run(to, 'before', '0') ?? {}
      // who was noted as paid may be asked again for just that
      expect(noted).to.be.within(1, MANY / 2)
      expect(Object.values(others).reduce((sum, bytes) => sum + bytes, 0)).to.be.at.most(noted * BLOCK)
      await settle()
    })
  })

  describe('whatever they show to the judge, in whatever order', () => {
    /** Among these are some that found a bank which forgot what the server had given */
    const [FIRST, LAST] = [126, 155]
    /** In this one a provider gives a block in two sessions, and the one that was paid for it is void afterwards */
    const LOST = 336
    /** Few, or in the end every coin would be somebody's in any case */
    const STORIES = 3
    const STEPS = 12
    const RECIPIENTS = [RECIPIENT, OTHER]
    const PROVIDERS = [PROVIDER, OTHER, RECIPIENT, SERVER]

    type Story = Required<Pick<PlayInit, 'recipient' | 'provider' | 'indices' | 'falseAt' | 'nonce'>>

    /** What a recipient has of the server: a block, or the key of one in a session */
    interface Given {
      recipient: number
      index: number
      key?: {
        provider: number
        session: Uint8Array
        /** This session was settled while its provider had the coin, by this one or another */
        paid: boolean
      }
    }

    const peers = new Map<number, PeerId>()

    before(async () => {
      for (const who of [...PROVIDERS, OTHER]) {
        peers.set(who, await peer(who))
      }
    })

    it(`have no key and no block of the server that nobody is paid for: seeds ${FIRST} to ${LAST}, and ${LOST}`, async () => {
      for (const seed of [...Array.from({ length: LAST - FIRST + 1 }, (_, n) => FIRST + n), LOST]) {
        const court = await Court.open({ price: COURT_PRICE, policy: { bond: [5_000, 10_000, 100_000][seed % 3] } })
        const log = [`seed ${seed}`]

        try {
          await play(court, seed, log)
        } catch (err: any) {
          throw new Error(`${err.message}\n${log.join('\n')}`, { cause: err })
        } finally {
          await court.close()
        }
      }
    })

    async function play (court: Court, seed: number, log: string[]): Promise<void> {
      const random = seeded(seed)
      const below = (end: number): number => Math.floor(random() * end)
      const judge = await court.judge({ auditRate: below(2) / 4 })
      const given: Given[] = []
      /** Whose bond was empty at a time: then there are blocks that nobody can be paid for any more */
      const empty = new Set<number>()

      for (const who of [RECIPIENT, PROVIDER, OTHER]) {
        await court.ticket(who)
      }

      nameBooks(court, seed)
      const stories = Array.from({ length: STORIES }, (_, n) => begin(n, below))

      for (let step = 0; step < STEPS; step++) {
        const story = stories[below(STORIES)]
        const { recipient, provider } = story
        const indices = story.indices.slice(0, below(2) === 0 ? undefined : 1 + below(story.indices.length))
        const falseAt = story.falseAt.filter(position => position <= indices.length)
        // now and then they sign something else of the same blocks
        const played = await court.play({ ...story, indices, falseAt: below(12) === 0 ? [1 + below(indices.length)] : falseAt })
        const position = falseAt.length > 0 && below(3) > 0 ? falseAt[0] : 1 + below(indices.length)
        const { session } = played.evidence.acknowledgement
        const what = `position ${position} of ${JSON.stringify({ ...story, indices })}`

        switch (below(8)) {
          case 0:
          case 1:
          case 2:
            log.push(`claim ${what}`)
            await claim(court, judge, provider, played)
            break

          case 3:
            log.push(`recover from ${what}`)
            await judge.recover(played.recovery(position), peerOf(recipient)).then(({ first, keys }) => {
              given.push(...indices.slice(first - 1, first - 1 + keys.byteLength / 32).map(index => ({ recipient, index, key: { provider, session, paid: false } })))
            }, expectRefusal)
            break

          case 4:
          case 5:
          case 6:
            log.push(`complain about ${what}`)
            await judge.complain(played.complaint(position), peerOf(recipient)).then(({ block }) => {
              given.push({ recipient, index: indices[position - 1], key: block == null ? { provider, session, paid: false } : undefined })
            }, expectRefusal)
            break

          default:
            log.push('time goes by, and money leaves')
            court.now += below(15) * 60_000
            await judge.sweep()
            withdraw(court.bank, PROVIDERS[below(PROVIDERS.length)])
        }

        notePaid(court, given)
        RECIPIENTS.filter(who => (court.bank.bookOf(peerOf(who), court.id)?.bond ?? 0) < COURT_COIN).forEach(who => empty.add(who))
      }

      const serials = RECIPIENTS.map(who => court.bank.bookOf(peerOf(who), court.id)?.serial as Uint8Array)
      // what recipients have shown is paid, and the rest goes back
      court.now += 30 * 24 * HOUR
      await judge.sweep()

      for (const [n, who] of RECIPIENTS.entries()) {
        const redeemed = redeemedOf(court, serials[n])
        const unpaid = given.filter(({ recipient, index }) => recipient === who && !empty.has(who) && !redeemed.has(index))
        // who is convicted by its own signature has had what it gave for nothing
        const rest = unpaid.filter(({ key }) => key == null || court.bank.settled(key.session)?.void !== true)
        // whoever gives a block in two sessions is paid for it once. If the session by which it was is void, the liar has lost that: the other
        // one was settled as served again, and is not paid for it afterwards
        const liars = judge.list().filter(({ kind }) => kind === 'false-entry').map(({ peer }) => peer)
        const forNothing = rest.filter(({ key }) => key == null || !key.paid || !liars.some(liar => liar.equals(peerOf(key.provider))))
        expect(forNothing.map(({ index }) => index), `had of the server by ${who}, for nothing`).to.be.empty()
      }

      expect(court.bank.check()).to.deep.include({ problems: [], sum: 0, reserved: 0 })
    }

    function begin (n: number, below: (end: number) => number): Story {
      const recipient = RECIPIENTS[below(RECIPIENTS.length)]
      const others = PROVIDERS.filter(provider => provider !== recipient)
      const provider = others[below(others.length)]
      // of few blocks, so that they meet
      const indices = Array.from({ length: 1 + below(4) }, () => below(BLOCK_COUNT / 2))
      // a server tells the truth
      const falseAt = provider === SERVER || below(3) === 0 ? [] : [1 + below(indices.length)]

      return { recipient, provider, indices, falseAt, nonce: 2 * n }
    }

    async function claim (court: Court, judge: Judge, provider: number, { claim, hashes, evidence }: Played): Promise<void> {
      const who = peerOf(provider)
      const { verdicts: [{ outcome }] } = await judge.claim(provider === SERVER ? new Uint8Array(0) : await court.ticket(provider), [claim], who)

      if (outcome === 'audit') {
        await judge.audit(evidence.acknowledgement.session, hashes, who)
      }
    }

    function withdraw (bank: Bank, who: number): void {
      const balance = bank.balance(peerOf(who))
      balance > 0 && bank.withdraw(peerOf(who), balance)
    }

    /** The bank draws serials at random, and what is audited follows from them: here they follow from the seed as all else. */
    function nameBooks ({ home }: Court, seed: number): void {
      home.database().prepare('UPDATE ledger_tickets SET serial = CAST(printf(\'%08d%08d\', ?, id) AS BLOB)').run(seed)
    }

    /** Which keys are of sessions that were settled, now that their providers have the coins: nothing waits to be paid for those. */
    function notePaid ({ home, bank }: Court, given: Given[]): void {
      const waiting = home.database().prepare('SELECT 1 FROM judge_records WHERE session = ? AND count > ?')
      const claims = home.database().prepare(`
        SELECT coin_count, coalesce(coins, blocks) AS coins, again_count, again
        FROM bank_evidence JOIN ledger_tickets ON ledger_tickets.id = book JOIN ledger_accounts ON ledger_accounts.id = recipient
        WHERE session IS NOT NULL AND account = ? AND provider = ?`)

      for (const { recipient, index, key } of given) {
        if (key != null && waiting.get(key.session, bank.settled(key.session)?.count ?? 0) == null) {
          key.paid ||= claims.all(peerOf(recipient).toString(), peerOf(key.provider).toMultihash().bytes).some(row => [
            ...decodeBlocks(row.coins as Uint8Array, Number(row.coin_count), BLOCK_COUNT),
            ...decodeBlocks((row.again ?? new Uint8Array(0)) as Uint8Array, Number(row.again_count), BLOCK_COUNT)
          ].includes(index))
        }
      }
    }

    /** Blocks whose coins somebody has. */
    function redeemedOf ({ home }: Court, serial: Uint8Array): Set<number> {
      const row = home.database().prepare('SELECT ones, bits FROM ledger_blocks JOIN ledger_tickets ON ledger_tickets.id = ticket WHERE serial = ?').get(serial)
      const byte = Number(row?.ones ?? 0) > 0 ? 0xff : ((row?.bits ?? new Uint8Array(0)) as Uint8Array)[0] ?? 0

      return new Set([...Array(BLOCK_COUNT).keys()].filter(index => (byte & 1 << index) !== 0))
    }

    function peerOf (who: number): PeerId {
      return peers.get(who) as PeerId
    }

    function expectRefusal (err: Error): void {
      expect(err.name).to.equal('AckRefusedError')
    }
  })
})

/** Until a node serves it no more. */
async function revoked (hand: Hand, node: StagedNode): Promise<void> {
  for (let status; status !== BlockStatus.BLOCK_TICKET_REVOKED;) {
    status = await hand.session(node).then(async session => session.close(), err => err.status)
    await delay(50)
  }
}

function shuffled <T> (values: T[], random: () => number): T[] {
  return values.map(value => ({ value, at: random() })).sort((one, other) => one.at - other.at).map(({ value }) => value)
}
