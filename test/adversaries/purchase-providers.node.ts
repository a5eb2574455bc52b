/* eslint-disable no-loop-func -- the variables are set anew before each test */
/**
 * Providers that want money for what they did not give, and recipients that keep all rules. After each: everybody's money to the
 * unit, the recipient's copy, and what there is as evidence.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { AckRefusedError, AckStatus } from '../../protocols/ack/index.ts'
import { change } from '../../simulations/behaviours/change.ts'
import { eventually } from '../eventually.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { acksOf, claimOf, complaintOf, honest, invented, party, submit } from './fixtures/claims.ts'
import { corruptProof, hold } from './fixtures/hostile-proof.ts'
import { introduce, withHome } from './fixtures/hostile.ts'
import { BLOCKS, COIN, FEE, Market, net, PRICE } from './fixtures/market.ts'
import type { MarketInit } from './fixtures/market.ts'
import type { DownloadResult } from '../../src/index.ts'

type Name = 'alice' | 'bob' | 'carol'

const NOTHING = { alice: 0, bob: 0, carol: 0, server: 0 }
const ALL = [...Array(BLOCKS).keys()]
/** What is false, where one block is */
const FALSE = 5

describe('adversaries: providers in mode purchase', function () {
  this.timeout(60_000)

  const stage = new Stage()
  let market: Market<Name>

  afterEach(async () => { await stage.clear() })

  /** Alice buys, Bob provides as he likes. */
  async function open (init: Partial<MarketInit<Name>> = {}): Promise<void> {
    market = await Market.open(stage, { clients: ['alice', 'bob', 'carol'], ...init })
  }

  /** Alice gets it of whom there is. The copy is true; what was acknowledged is claimed. */
  async function get (onDropped: () => void = () => {}, onHave: (have: number) => void = () => {}): Promise<DownloadResult> {
    const { alice } = market.nodes
    const result = await alice.services.mssl.get(market.object.link, {
      to: join(alice.folder, 'copy'),
      maxPrice: PRICE,
      onProgress: ({ type, detail }) => {
        type === 'mssl:get:dropped' && onDropped()
        type === 'mssl:get:progress' && onHave(detail.have)
      }
    })
    expect(await readFile(result.path)).to.equalBytes(market.object.bytes)

    return result
  }

  async function claimAll (): Promise<string[]> {
    const verdicts = []

    for (const node of [market.nodes.bob, market.nodes.carol, market.server]) {
      verdicts.push(...await market.claim(node))
    }

    return verdicts.map(({ outcome }) => outcome)
  }

  it('that sell garbage lose all of their session, and the recipient pays once for each block', async () => {
    await open()
    await market.stock('bob')
    const { goOn } = await hold(market.server)
    await introduce(market.nodes.alice, market.object.link, market.nodes.bob)
    await corruptProof(market.nodes.bob, market.object.link, {
      admission: admission => {
        change(admission, 'readBlock', read => async (index, options) => index === FALSE ? new Uint8Array(BLOCK).fill(7) : read(index, options))
      }
    })
    const { disputes, bad } = await get(goOn)
    expect({ disputes, bad }).to.deep.equal({ disputes: 1, bad: 1 })
    expect(await claimAll()).to.include('void')
    const [{ kind, accused }] = await market.evidence()
    expect({ kind, accused: String(accused) }).to.deep.equal({ kind: 'false-entry', accused: String(market.nodes.bob.peerId) })

    // what bob sent before was good, and is not paid; the others come of the server
    const gained = await market.gains()
    expect(gained).to.include({ bob: 0, carol: 0 })
    expect(gained.server).to.equal(-gained.alice)
    expect(-gained.alice).to.be.within(COIN, PRICE)
  })

  it('that withhold keys are paid, and the recipient has the keys of the server', async () => {
    await open()
    await market.stock('bob')
    await hold(market.server)
    await introduce(market.nodes.alice, market.object.link, market.nodes.bob)
    const sessions: Uint8Array[] = await corruptProof(market.nodes.bob, market.object.link, {
      cap: 1,
      release: (released, { count }) => {
        if (count === 3 && sessions.length === 1) {
          throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no keys')
        }

        return released
      }
    })
    await get()
    expect(sessions).to.have.lengthOf(2)
    expect(await claimAll()).to.deep.equal(['settled', 'settled'])
    const gained = await market.gains()
    // of two sessions the fee is rounded down apart
    expect(gained).to.deep.equal({ alice: -PRICE, bob: net(PRICE), carol: 0, server: PRICE - net(PRICE) })
    await market.expectPeace()
  })

  it('that answer nobody, or not at all any more, make no recipient spend a coin with another one besides', async () => {
    await open()
    await market.stock('bob', 'carol')
    await introduce(market.nodes.alice, market.object.link, market.nodes.bob, market.nodes.carol)
    let isPaid = false
    await corruptProof(market.nodes.bob, market.object.link, {
      cap: 4,
      // what is paid in vain
      release: () => {
        isPaid = true

        throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no keys')
      }
    })
    // carol is there, and has all; the server does not judge for a while
    await market.buy('alice')
    const { goOn } = await hold(market.nodes.carol)
    await market.server.stop()
    let had = 0
    const got = get(goOn, have => { had = have })
    // bob is asked in a few sessions, and paid in each, before he is left; the rest is carol's
    await eventually(() => had >= BLOCKS / 2 * BLOCK, 40_000)
    await expect(Promise.race([got, new Promise(resolve => setTimeout(resolve, 1_000, 'waits'))])).to.eventually.equal('waits')
    expect(isPaid).to.be.true()
    await market.restart()
    const { sources } = await got
    expect(sources.filter(({ peer }) => market.nodes.carol.peerId.equals(peer))).to.have.lengthOf(1)
    expect(await claimAll()).to.satisfy((outcomes: string[]) => outcomes.every(outcome => outcome === 'settled'))
    const gained = await market.gains()
    expect(-gained.alice).to.be.within(PRICE, 2 * PRICE)
    expect(gained.bob + gained.carol + gained.server).to.equal(-gained.alice)
    await market.expectPeace()
  })

  describe('that claim', () => {
    it('twice, and at once over many conversations, are paid once', async () => {
      await open()
      const [alice, bob] = [await market.buy('alice'), await market.buy('bob')]
      const claim = claimOf(bob, market.session(bob, alice))
      const { nodes, server } = market

      const verdicts = (await Promise.all([1, 2, 3].map(async () => submit(nodes.bob, server, bob.ticket, [claim, claim])))).flat()
      verdicts.forEach(verdict => { expect(verdict).to.deep.equal({ outcome: 'settled', reason: '', credited: BLOCKS, amount: net(PRICE) }) })
      expect(await market.gains()).to.deep.equal({ alice: -PRICE, bob: net(PRICE), carol: 0, server: PRICE - net(PRICE) })
    })

    it('in pieces pay the same fee', async () => {
      // so that every piece is rounded
      await open({ bank: { fee: FEE + 33 } })
      const [alice, bob] = [await market.buy('alice'), await market.buy('bob')]
      const amounts: number[] = []

      for (const count of [1, 2, 5, 7, BLOCKS]) {
        const [{ amount }] = await submit(market.nodes.bob, market.server, bob.ticket, [claimOf(bob, market.session(bob, alice, { indices: ALL.slice(0, count) }))])
        amounts.push(amount)
      }

      const fee = (paid: number): number => Math.floor(paid * (FEE + 33) / 10_000)
      expect(amounts).to.deep.equal([1, 2, 5, 7, BLOCKS].map(count => count * COIN - fee(count * COIN)))
      expect(await market.gains()).to.deep.equal({ alice: -PRICE, bob: PRICE - fee(PRICE), carol: 0, server: fee(PRICE) })
    })

    it('what is not theirs, or was never acknowledged, or without a book of their own, get nothing', async () => {
      await open()
      const { nodes, server, object } = market
      const [alice, bob] = [await market.buy('alice'), await market.buy('bob')]
      const theirs = market.session(bob, alice)
      const carol = { ...bob, peerId: nodes.carol.peerId, signer: (await party(nodes.carol, (await stage.publish(server, BLOCK, { seed: 3, mode: 'proof' })).link)).signer }

      const attempts = [
        // another provider's, before and after that has claimed it
        [nodes.carol, claimOf(carol, theirs), bob.ticket, /another provider's|another client's/],
        // its own signature in the place of the recipient's
        [nodes.bob, claimOf(bob, market.session(bob, { ...alice, signer: bob.signer })), bob.ticket, /recipient has not signed/],
        // acknowledged to itself
        [nodes.bob, claimOf(bob, market.session(bob, bob)), bob.ticket, /Nobody provides to itself/],
        // nothing bought, so nothing to sell
        [nodes.carol, claimOf(carol, market.session(carol, alice)), new Uint8Array(0), /.+/],
        [nodes.carol, claimOf(carol, market.session(carol, alice)), alice.ticket, /another client's/]
      ] as const

      for (const [node, claim, ticket, reason] of attempts) {
        const [verdict] = await submit(node, server, ticket, [claim])
        expect(verdict).to.include({ outcome: 'invalid', credited: 0, amount: 0 })
        expect(verdict.reason).to.match(reason)
      }

      // nor by the recipient's word
      await expect(acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(market.session(carol, alice, { hash: invented }), 1)))
        .to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
      expect(await market.gains()).to.deep.equal(NOTHING)
      expect(object.price?.amount).to.equal(COIN)
      await market.expectPeace()
    })
  })

  it('that take their money out and are convicted then owe it to the book, and the server nothing', async () => {
    await open()
    const { nodes, server, bank } = market
    const [alice, bob, carol] = [await market.buy('alice'), await market.buy('bob'), await market.buy('carol')]
    const right = honest(market.object.bytes, BLOCK)
    const lie = market.session(bob, alice, { hash: (position, index, key) => position === FALSE ? invented(position) : right(position, index, key) })
    await submit(nodes.bob, server, bob.ticket, [claimOf(bob, lie)])
    const taken = bank.balance(nodes.bob.peerId)
    bank.withdraw(nodes.bob.peerId, taken)
    // what the server has by other business is not touched
    bank.deposit(server.peerId, PRICE, { reference: 'server' })
    await acksOf(nodes.alice).complain(server.getMultiaddrs(), complaintOf(lie, FALSE))

    // the fee is all that came back. The bond pays the rest, and the block that the server gave, as far as it reaches
    const fee = PRICE - net(PRICE)
    expect(market.balances().server).to.equal(PRICE + COIN)
    const [verdict] = await submit(nodes.carol, server, carol.ticket, [claimOf(carol, market.session(carol, alice))])
    expect(verdict).to.deep.equal({
      outcome: 'settled',
      reason: `1 coin was spent before; ${PRICE - COIN + fee} coin came from the bond; ${COIN - fee} coin could not be paid`,
      credited: BLOCKS,
      amount: net(PRICE - COIN + fee)
    })
    const { bob: lost, ...gained } = await market.gains()
    expect({ ...gained, bob: lost + taken }).to.deep.equal({
      alice: -2 * PRICE,
      bob: net(PRICE),
      carol: net(PRICE - COIN + fee),
      server: PRICE + COIN + PRICE - COIN + fee - net(PRICE - COIN + fee)
    })
    expect((await market.evidence()).map(({ kind }) => kind)).to.deep.equal(['false-entry'])
  })

  describe('that come late', () => {
    const now = Date.now
    let frozen: number | undefined

    beforeEach(async () => {
      // the server's clock is that of this process, when it starts
      Date.now = () => frozen ?? now()
      await open()
    })

    afterEach(() => {
      frozen = undefined
      Date.now = now
    })

    for (const [what, late, outcome] of [['at the last millisecond are paid', 0, 'settled'], ['one millisecond after it are told so, and the coins come back', 1, 'expired']] as const) {
      it(what, async () => {
        const { nodes, server, bank, object } = market
        const [alice, bob] = [await market.buy('alice'), await market.buy('bob')]
        const claim = claimOf(bob, market.session(bob, alice))
        const end = bank.bookOf(nodes.alice.peerId, object.id)?.redeemUntil ?? 0
        frozen = end + late
        const [verdict] = await submit(nodes.bob, server, bob.ticket, [claim])
        frozen = undefined
        expect(verdict).to.include(late === 0 ? { outcome, amount: net(PRICE) } : { outcome, amount: 0, reason: `The session could be claimed until ${new Date(end).toISOString()}` })
        expect(await market.gains()).to.deep.equal(late === 0 ? { alice: -PRICE, bob: net(PRICE), carol: 0, server: PRICE - net(PRICE) } : NOTHING)
      })
    }

    for (const [what, order] of [['before', [0, 1]], ['after', [1, 0]], ['while', []]] as const) {
      it(`${what} their book is closed are paid, or the coins come back, and never both`, async () => {
        const { nodes, server, bank, object } = market
        const [alice, bob] = [await market.buy('alice'), await market.buy('bob')]
        const claim = claimOf(bob, market.session(bob, alice))
        const end = bank.bookOf(nodes.alice.peerId, object.id)?.redeemUntil ?? 0
        const outcomes: string[] = []
        const steps = [
          async () => { outcomes.push((await submit(nodes.bob, server, bob.ticket, [claim]))[0].outcome) },
          // as another process may
          async () => withHome(server, async () => { bank.close(end + 1) })
        ]

        if (order.length === 0) {
          await Promise.all(steps.map(async step => step()))
        } else {
          for (const step of order) {
            await steps[step]()
          }
        }

        const isPaid = outcomes[0] === 'settled'
        expect(isPaid).to.be.oneOf(order.length === 0 ? [true, false] : [order[0] === 0])
        expect(outcomes[0]).to.be.oneOf(['settled', 'expired'])
        expect(await market.gains()).to.deep.equal(isPaid ? { alice: -PRICE, bob: net(PRICE), carol: 0, server: PRICE - net(PRICE) } : NOTHING)
      })
    }
  })
})
