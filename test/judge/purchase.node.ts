/** What the judge does with coins: mode purchase. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'aegir/chai'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { ticketSerial } from '../../src/exchange/index.ts'
import { Docket, verifyEvidence } from '../../src/judge/index.ts'
import { encodeManifest, Mode, objectId } from '../../src/object/index.ts'
import { signManifest } from '../../src/ticket/index.ts'
import { quoteOf } from '../bank/fixtures.ts'
import { object } from '../ticket/fixtures.ts'
import { BLOCK_COUNT, COIN, Court, FUNDS, HOUR, key, NOW, OTHER, peer, PRICE, PROVIDER, RECIPIENT, SERVER } from './fixtures.ts'
import type { CourtInit, Played } from './fixtures.ts'
import type { Claim, Verdict } from '../../protocols/ack/index.ts'
import type { Bank, CoinBook } from '../../src/bank/index.ts'
import type { Finding, Judge } from '../../src/judge/index.ts'
import type { PeerId } from '@libp2p/interface'

/** Of all coins, and the bond beside them. */
const TOTAL = COIN * BLOCK_COUNT

/** Seeds of providers beyond those of the fixtures. */
const THIRD = 7

/** The end of a book whose one ticket is that of the fixtures. */
const REDEEM_UNTIL = NOW + HOUR + 7 * 24 * HOUR

const HOLD = 600_000

/** What is paid for so many coins, redeemed at once. */
const net = (coins: number): number => COIN * coins - Math.floor(COIN * coins * 0.05)

describe('judge: purchase', () => {
  let court: Court
  let judge: Judge
  let recipient: PeerId
  let provider: PeerId
  let other: PeerId
  let server: PeerId

  beforeEach(async () => {
    [recipient, provider, other, server] = await Promise.all([RECIPIENT, PROVIDER, OTHER, SERVER].map(peer))
    await open()
  })

  afterEach(async () => {
    // whatever happened: the books are balanced
    expect(court.bank.check()).to.deep.include({ holds: true, problems: [], sum: 0 })
    await court.close()
  })

  /** All three clients have bought the object. */
  async function open (init: CourtInit = {}): Promise<void> {
    await court?.close()
    court = await Court.open({ price: PRICE, ...init })
    judge = await court.judge()
    await Promise.all([RECIPIENT, PROVIDER, OTHER].map(async who => court.ticket(who)))
  }

  async function claim (claimed: Claim[], who = PROVIDER, by = judge): Promise<Verdict[]> {
    const ticket = who === SERVER ? new Uint8Array(0) : await court.ticket(who)

    return (await by.claim(ticket, claimed, await peer(who))).verdicts
  }

  async function claimOne ({ claim: claimed }: Played, who = PROVIDER): Promise<Verdict> {
    return (await claim([claimed], who))[0]
  }

  /** Beyond what was left after it had bought the object itself. */
  const earned = (who = provider): number => court.bank.balance(who) - (FUNDS - 2 * TOTAL)

  /** The bank, but for some of what it does. */
  function bankWith (changes: Partial<Bank>): Bank {
    return new Proxy<Bank>(court.bank, {
      get: (bank, name) => {
        const value = Reflect.get(changes, name) ?? Reflect.get(bank, name)

        return typeof value === 'function' ? value.bind(bank) : value
      }
    })
  }

  async function evidence (): Promise<Finding[]> {
    return Promise.all(judge.list().filter(({ file }) => file != null).map(async ({ file }) => {
      return verifyEvidence(await readFile(join(court.home.join('evidence'), String(file))))
    }))
  }

  describe('claims', () => {
    it('redeem coins, once however often they come', async () => {
      const { claim: good } = await court.play()

      for (let n = 0; n < 3; n++) {
        const { verdicts, balance } = await judge.claim(await court.ticket(PROVIDER), [good, good], provider)

        expect(verdicts).to.deep.equal([1, 2].map(() => ({ outcome: 'settled', reason: '', credited: 4, amount: net(4) })))
        expect(balance).to.equal(FUNDS - 2 * TOTAL + net(4))
      }

      expect(court.bank.balance(server)).to.equal(4 * COIN - net(4))
      expect(court.bank.balance(recipient)).to.equal(FUNDS - 2 * TOTAL)
      expect(court.ledger.balance(provider)).to.equal(0)
      expect(judge.list()).to.be.empty()
    })

    it('of a longer session redeem what is new', async () => {
      expect((await claimOne(await court.play({ indices: [0, 1] }))).credited).to.equal(2)
      expect(await claimOne(await court.play({ indices: [0, 1, 2, 3] }))).to.include({ credited: 4, amount: net(4) })
    })

    it('of the server\'s own blocks pay the server, without a fee', async () => {
      expect(await claimOne(await court.play({ provider: SERVER }), SERVER)).to.include({ outcome: 'settled', credited: 4, amount: 4 * COIN })
      expect(court.bank.balance(server)).to.equal(4 * COIN)
    })

    it('tell the provider\'s money when all are refused, too', async () => {
      const { claim: late } = await court.play()
      const own = await court.ticket(PROVIDER)
      court.now = REDEEM_UNTIL + 1
      const { verdicts: [verdict], balance } = await judge.claim(own, [late], provider)

      expect([verdict.outcome, balance]).to.deep.equal(['expired', FUNDS - 2 * TOTAL])
    })

    it('need a ticket of the provider\'s own for the object, whenever it was valid', async () => {
      const { claim: good } = await court.play()
      const own = await court.ticket(PROVIDER)
      const outcome = async (ticket: Uint8Array): Promise<string> => (await judge.claim(ticket, [good], provider)).verdicts[0].outcome

      for (const bad of [
        new Uint8Array(0),
        await court.ticket(OTHER),
        await court.ticket(PROVIDER, {}, await key(OTHER)),
        await court.ticket(PROVIDER, { object: object(1) }),
        await court.ticket(PROVIDER, { mode: Mode.PLAIN, book: undefined })
      ]) {
        expect(await outcome(bad)).to.equal('invalid')
      }

      // the recipient's book lives on, the provider's is closed
      const { claim: later } = await court.play({ nonce: 3, ticket: await court.ticket(RECIPIENT, { notAfter: NOW + 20 * HOUR }) })
      court.now = REDEEM_UNTIL + 1
      await judge.sweep()
      expect(court.bank.bookOf(provider, court.id)).to.be.undefined()
      expect((await judge.claim(own, [later], provider)).verdicts[0].outcome).to.equal('settled')
    })

    it('are settled apart, when a server claims for objects of both modes', async () => {
      const given = await Court.open()
      const both = await given.judge({}, { bank: court.bank, object: id => given.objects.get(id.toString()) ?? court.objects.get(id.toString()) })
      const claims = [await court.play({ provider: SERVER, indices: [1] }), await given.play({ provider: SERVER }), await court.play({ provider: SERVER, nonce: 5, indices: [2, 3] })]

      expect((await both.claim(new Uint8Array(0), claims.map(({ claim }) => claim), server)).verdicts.map(({ outcome, credited }) => [outcome, credited]))
        .to.deep.equal([['settled', 1], ['settled', 4], ['settled', 2]])
      expect(court.bank.balance(server)).to.equal(3 * COIN)
      await given.close()
    })

    it('are all or nothing when the bank fails, and can be made again', async () => {
      const { claim: good } = await court.play()
      const bank = bankWith({ settle: () => { throw new Error('disk full') } })

      await expect(claim([good], PROVIDER, await court.judge({}, { bank }))).to.eventually.be.rejectedWith('disk full')
      expect(earned()).to.equal(0)
      expect((await claim([good]))[0]).to.include({ outcome: 'settled', credited: 4 })
    })
  })

  describe('time', () => {
    it('is over one millisecond after the book says, to claims and disputes', async () => {
      const plays = await Promise.all([1, 2, 3, 4].map(async nonce => court.play({ nonce, indices: [nonce] })))
      court.now = REDEEM_UNTIL
      expect((await claimOne(plays[0])).outcome).to.equal('settled')
      await judge.recover(plays[1].recovery(), recipient)
      const ticket = await court.ticket(PROVIDER)

      court.now++
      expect((await judge.claim(ticket, [plays[2].claim], provider)).verdicts[0]).to.include({ outcome: 'expired', reason: `The session could be claimed until ${new Date(REDEEM_UNTIL).toISOString()}` })
      await expect(judge.recover(plays[3].recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
      await expect(judge.complain(plays[3].complaint(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
      expect(earned()).to.equal(net(1))
    })

    it('is what the ticket says: a later one makes that of no other longer', async () => {
      const [early, shown, blamed] = [await court.play(), await court.play({ nonce: 3 }), await court.play({ nonce: 5, falseAt: [1] })]
      const late = await court.play({ nonce: 7, ticket: await court.ticket(RECIPIENT, { notAfter: NOW + 3 * HOUR }) })
      const own = await court.ticket(PROVIDER)
      court.now = REDEEM_UNTIL + 1
      await judge.sweep()
      expect((await judge.claim(own, [early.claim], provider)).verdicts[0].outcome).to.equal('expired')
      await expect(judge.recover(shown.recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
      await expect(judge.complain(blamed.complaint(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)

      court.now = REDEEM_UNTIL + 2 * HOUR
      expect((await judge.claim(own, [late.claim], provider)).verdicts[0].outcome).to.equal('settled')
      court.now++
      expect((await judge.claim(own, [late.claim], provider)).verdicts[0].outcome).to.equal('expired')
    })

    it('is over with that of the session: what is remembered of it cannot be got around by a later ticket', async () => {
      const bad = await court.play({ falseAt: [2] })
      await judge.complain(bad.complaint(2), recipient)
      await court.ticket(RECIPIENT, { notAfter: NOW + 3 * HOUR })
      const own = await court.ticket(PROVIDER)

      // the mark is kept as long as the session can be claimed
      court.now = REDEEM_UNTIL
      await judge.sweep()
      expect((await judge.claim(own, [bad.claim], provider)).verdicts[0].outcome).to.equal('audit')
      court.now++
      await judge.sweep()
      expect((await judge.claim(own, [bad.claim], provider)).verdicts[0].outcome).to.equal('expired')
    })

    it('is over when the book is closed, whatever the clock says then', async () => {
      const { claim: good, recovery } = await court.play()
      const ticket = await court.ticket(PROVIDER)
      await judge.sweep(REDEEM_UNTIL + 1)

      expect(court.bank.balance(recipient)).to.equal(FUNDS)
      const { verdicts: [verdict] } = await judge.claim(ticket, [good], provider)
      expect(verdict.outcome).to.equal('expired')
      expect(verdict.reason).to.include('The coin book is closed')
      await expect(judge.recover(recovery(), recipient)).to.eventually.be.rejectedWith('The coin book is closed').with.property('status', AckStatus.ACK_EXPIRED)
      expect(court.bank.balance(recipient)).to.equal(FUNDS)
    })

    it('may come while a block is read: then no key is given', async () => {
      const { recovery } = await court.play()
      const { readPublished, ...rest } = court.object
      court.objects.set(court.id.toString(), {
        ...rest,
        readPublished: async (index, options) => {
          court.bank.close(REDEEM_UNTIL + 1)

          return readPublished(index, options)
        }
      })

      await expect(judge.recover(recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
      expect(court.bank.balance(recipient)).to.equal(FUNDS)
    })

    it('may come while others are judged: then nothing is paid', async () => {
      const claims = await Promise.all([1, 2].map(async nonce => (await court.play({ nonce: 2 * nonce, indices: [nonce] })).claim))
      const ticket = await court.ticket(PROVIDER)
      let asked = 0
      const late = await court.judge({}, {
        object: id => {
          if (++asked === 2) {
            court.bank.close(REDEEM_UNTIL + 1)
          }

          return court.objects.get(id.toString())
        }
      })

      expect((await late.claim(ticket, claims, provider)).verdicts.map(({ outcome, amount }) => [outcome, amount])).to.deep.equal([['expired', 0], ['expired', 0]])
      expect(court.bank.balance(recipient)).to.equal(FUNDS)
    })
  })

  describe('coins that are none', () => {
    const tickets: Record<string, () => Promise<Uint8Array>> = {
      'a serial that is drawn by somebody': async () => court.ticket(RECIPIENT, { serial: new Uint8Array(16).fill(1) }),
      'the serial that mode proof derives': async () => court.ticket(RECIPIENT, { serial: ticketSerial(court.root, recipient, court.id, NOW) }),
      'the serial of another client\'s book': async () => court.ticket(RECIPIENT, { serial: court.bank.bookOf(other, court.id)?.serial }),
      'the serial of a book for another object': async () => {
        const { book } = await court.bank.order({ client: recipient, object: object(1), values: court.values, first: 0, count: 1, maxPrice: 99, notAfter: NOW + HOUR })

        return court.ticket(RECIPIENT, { serial: book.serial })
      },
      'a ticket of mode proof': async () => court.ticket(RECIPIENT, { mode: Mode.PROOF, book: undefined, standing: 1 }),
      'a ticket of another server': async () => court.ticket(RECIPIENT, {}, await key(OTHER))
    }

    async function expectNothing (ticket: Uint8Array): Promise<void> {
      const bad = await court.play({ ticket })

      expect((await claimOne(bad)).outcome).to.equal('invalid')
      await expect(judge.recover(bad.recovery(), recipient)).to.eventually.be.rejected.with.property('status').that.is.oneOf([AckStatus.ACK_TICKET_INVALID, AckStatus.ACK_WRONG_SERVER])
      expect(earned()).to.equal(0)
      expect((await claimOne(await court.play())).outcome).to.equal('settled')
    }

    for (const [what, ticket] of Object.entries(tickets)) {
      it(`are not redeemed: ${what}`, async () => expectNothing(await ticket()))
    }

    it('are not redeemed: blocks beyond those that were bought', async () => {
      await open()
      const fourth = 8
      const ticket = await court.ticket(fourth, { range: { first: 2, count: 3 } })

      expect((await claimOne(await court.play({ recipient: fourth, ticket, indices: [2, 3, 5] }))).outcome).to.equal('invalid')
      expect((await claimOne(await court.play({ recipient: fourth, ticket, indices: [2, 3, 4] })))).to.include({ outcome: 'settled', credited: 3 })
    })

    it('are not redeemed: a ticket of mode proof for an object that is sold', async () => {
      const serial = ticketSerial(court.root, recipient, court.id, NOW)
      const { claim: bad } = await court.play({ ticket: await court.ticket(RECIPIENT, { mode: Mode.PROOF, book: undefined, standing: 1, serial }) })

      expect((await claim([bad]))[0]).to.include({ outcome: 'busy', credited: 0 })
    })

    it('cannot even be judged when the price was altered: that is another object', async () => {
      const manifest = court.object.manifest as Parameters<typeof encodeManifest>[0]
      const payload = encodeManifest({ ...manifest, price: { ...PRICE, amount: 1_000 * PRICE.amount } })
      const dear = objectId(payload)
      expect(dear.equals(court.id)).to.be.false()

      // the ticket says which object it is: with a book of that object's price, or of the altered one
      for (const fields of [{}, { object: dear }]) {
        const { claim: bad } = await court.play({ ticket: await court.ticket(RECIPIENT, { ...fields, serial: court.bank.bookOf(recipient, court.id)?.serial }) })
        const [verdict] = await claim([bad])
        expect([verdict.outcome, verdict.amount]).to.deep.equal(fields.object == null ? ['settled', net(4)] : ['invalid', 0])
      }

      expect(await signManifest(payload, await key(OTHER))).to.not.deep.equal(court.object.manifestEnvelope)
      expect(earned()).to.equal(net(4))
    })

    it('are nothing to a server that has no bank', async () => {
      const poor = await court.judge({}, { bank: undefined })

      expect((await claim([(await court.play()).claim], PROVIDER, poor))[0].outcome).to.equal('invalid')
    })
  })

  describe('what a recipient has shown', () => {
    it('pays its provider after the time that it has to claim', async () => {
      await judge.recover((await court.play({ indices: [4, 2, 7] })).recovery(), recipient)
      await judge.sweep()
      expect(earned()).to.equal(0)
      court.now += HOLD
      await judge.sweep()
      await judge.sweep()
      expect(earned()).to.equal(net(3))
    })

    it('pays once, together with the provider\'s own claim', async () => {
      const [short, long] = await Promise.all([[0, 1], [0, 1, 2, 3]].map(async indices => court.play({ indices })))
      await judge.recover(long.recovery(), recipient)
      expect((await claimOne(short)).credited).to.equal(2)
      court.now += HOLD
      await judge.sweep()
      expect(earned()).to.equal(net(4))
      expect(await claimOne(long)).to.include({ outcome: 'settled', reason: '', credited: 4, amount: net(4) })
      expect(court.barred).to.be.empty()
    })

    it('pays a provider that is a client, and nobody else', async () => {
      court.ledger.open(await peer(THIRD))
      const stranger = await court.play({ provider: THIRD })
      await expect(judge.recover(stranger.recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
      await expect(judge.complain(stranger.complaint(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_NOT_FOUND)
      await judge.recover((await court.play({ provider: SERVER })).recovery(), recipient)
    })

    it('is paid before the rest goes back, when the provider has no time left to claim', async () => {
      court.now = REDEEM_UNTIL
      await judge.recover((await court.play({ indices: [0, 1, 2] })).recovery(), recipient)
      court.now++
      await (await court.judge()).sweep()

      expect(earned()).to.equal(2 * TOTAL + net(3))
      expect(court.bank.balance(recipient)).to.equal(FUNDS - 3 * COIN)
      expect(court.bank.bookOf(recipient, court.id)).to.be.undefined()
    })

    it('is paid even if nobody looks until long after', async () => {
      await judge.recover((await court.play()).recovery(), recipient)
      court.now = REDEEM_UNTIL + 100 * 24 * HOUR
      await judge.sweep()
      expect(earned()).to.equal(2 * TOTAL + net(4))
    })

    it('is paid when the object is published no more', async () => {
      await judge.recover((await court.play()).recovery(), recipient)
      court.objects.clear()
      court.now = REDEEM_UNTIL + 1
      await judge.sweep()
      expect(earned()).to.equal(2 * TOTAL + net(4))
    })

    it('is paid before books are closed, however much it is', async function () {
      this.timeout(60_000)
      const clients = Array.from({ length: 20 }, (_, n) => 20 + n)

      for (const client of clients) {
        for (let n = 0; n < BLOCK_COUNT; n++) {
          await judge.recover((await court.play({ recipient: client, nonce: 2 * n, indices: [n] })).recovery(), await peer(client))
        }
      }

      court.now = REDEEM_UNTIL + 1
      await judge.sweep()
      // one fee for each session: nothing of 5 % of 10
      expect(earned()).to.equal(2 * TOTAL + clients.length * TOTAL)
      expect(court.bank.check().books).to.deep.include({ open: 0 })
    })

    it('keeps its book open when it cannot be paid yet', async () => {
      await judge.recover((await court.play()).recovery(), recipient)
      const bank = bankWith({ settle: () => { throw new Error('disk full') } })
      court.now = REDEEM_UNTIL + 1
      await (await court.judge({}, { bank })).sweep()
      await (await court.judge({}, { bank: undefined })).sweep()
      expect(court.bank.bookOf(recipient, court.id)).to.be.ok()
      await judge.sweep()
      expect(earned()).to.equal(2 * TOTAL + net(4))
    })

    it('is paid, and other books are closed, although some that came before cannot be paid', async function () {
      this.timeout(60_000)
      const clients = Array.from({ length: 10 }, (_, n) => 20 + n)

      // more than come together; the first ones are those that cannot
      for (const client of clients) {
        for (let n = 0; n < BLOCK_COUNT; n++) {
          court.now++
          await judge.recover((await court.play({ recipient: client, nonce: 2 * n, indices: [n] })).recovery(), await peer(client))
        }
      }

      const bad = new Set(await Promise.all(clients.slice(0, 9).map(async client => String(await peer(client)))))
      const bank = bankWith({
        settle: redemptions => {
          if (redemptions.some(({ recipient }) => bad.has(String(recipient)))) {
            throw new Error('cannot be settled')
          }

          return court.bank.settle(redemptions)
        }
      })
      court.now = REDEEM_UNTIL + 1
      await (await court.judge({}, { bank })).sweep()
      expect(earned()).to.equal(2 * TOTAL + TOTAL)
      expect(court.bank.check().books).to.deep.include({ open: 9 })

      await judge.sweep()
      expect(earned()).to.equal(2 * TOTAL + clients.length * TOTAL)
      expect(court.bank.check().books).to.deep.include({ open: 0 })
    })

    it('keeps its book open when it comes while others are closed', async () => {
      const { evidence } = await court.play()
      const { session, count } = evidence.acknowledgement
      const { serial, redeemUntil: expires } = court.bank.bookOf(recipient, court.id) as CoinBook
      const { geometry, manifest: { price = PRICE } } = court.object
      let came = false
      const busy = await court.judge({}, {
        bank: bankWith({
          // after all that was due, before books are closed
          close: (...args) => {
            came ||= new Docket(court.home.database()).record({ session, serial, object: court.id, geometry, provider, recipient, count, blocks: evidence.blocks, expires, sale: { price, evidence } }, court.now)

            return court.bank.close(...args)
          }
        })
      })
      court.now = REDEEM_UNTIL + 1
      await busy.sweep()
      expect(came).to.be.true()
      expect([recipient, provider, other].map(who => court.bank.bookOf(who, court.id) != null)).to.deep.equal([true, false, false])
      await judge.sweep()
      expect(earned()).to.equal(2 * TOTAL + net(4))
      expect(court.bank.balance(recipient)).to.equal(FUNDS - 4 * COIN)
    })
  })

  describe('false ciphertext', () => {
    it('gives back all that the session earned, and the server is paid for the block that it gives instead', async () => {
      const bad = await court.play({ falseAt: [2] })
      expect(await claimOne(bad)).to.include({ credited: 4, amount: net(4) })

      expect((await judge.complain(bad.complaint(2), recipient)).block).to.equalBytes(court.blocks[1])
      expect(earned()).to.equal(0)
      expect(court.bank.balance(server)).to.equal(COIN)
      expect((await claimOne(bad)).outcome).to.equal('void')
      expect((await evidence()).map(({ kind, accused }) => [kind, accused.equals(provider)])).to.deep.equal([['false-entry', true]])

      // the others are to be had elsewhere, for the same coins; the one that the server gave as well, which is no offence, and paid again
      expect(await claimOne(await court.play({ nonce: 5, provider: OTHER, indices: [0, 2, 3, 1] }), OTHER)).to.include({ outcome: 'settled', credited: 4, amount: net(4) })
      expect(court.barred).to.be.empty()
      court.now = REDEEM_UNTIL + 1
      await judge.sweep()
      expect(court.bank.balance(recipient)).to.equal(FUNDS - 5 * COIN)
    })

    it('brings the block again when the answer was lost, though the session is void by then, and costs one coin', async () => {
      const bad = await court.play({ falseAt: [2] })
      await claimOne(bad)

      for (let n = 0; n < 3; n++) {
        expect((await judge.complain(bad.complaint(2), recipient)).block).to.equalBytes(court.blocks[1])
        expect(court.bank.balance(server)).to.equal(COIN)
      }

      // of another position nothing was paid
      await expect(judge.complain(bad.complaint(1), recipient)).to.eventually.be.rejected()
      court.now = REDEEM_UNTIL + 1
      await expect(judge.complain(bad.complaint(2), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
    })

    it('costs the server nothing when the provider has taken its money out', async () => {
      const bad = await court.play({ falseAt: [2] })
      await claimOne(bad)
      court.bank.withdraw(provider, court.bank.balance(provider))
      court.bank.deposit(server, 1_000)
      await judge.complain(bad.complaint(2), recipient)

      // its fee was 2 and went back, a coin it got
      expect(court.bank.balance(server)).to.equal(1_000 + COIN)
    })

    it('recalls the recipient\'s tickets when its provider has taken out more than half of the bond', async () => {
      const all = [...Array(BLOCK_COUNT).keys()]
      const [few, more] = [await court.play({ falseAt: [1], indices: [0, 1, 2, 3] }), await court.play({ nonce: 3, falseAt: [1], indices: all })]
      const again = await court.play({ nonce: 5, indices: all })

      for (const [bad, expected] of [[few, 0], [more, 1]] as const) {
        await claimOne(bad)
        court.bank.withdraw(provider, court.bank.balance(provider))
        await judge.complain(bad.complaint(1), recipient)
        expect(court.recalled).to.have.lengthOf(expected)
      }

      // again, from the bond: who serves the recipient now would go unpaid
      await claimOne(again)
      const order = { client: recipient, object: court.id, values: court.values, first: 0, count: BLOCK_COUNT, notAfter: NOW + HOUR }
      const { price, lost } = await quoteOf(court.bank, order)
      expect(price).to.equal(lost).and.be.above(TOTAL / 2)
      expect(court.recalled.map(String)).to.deep.equal([String(recipient)])
    })

    it('is found by an audit: nothing of it is redeemed', async () => {
      judge = await court.judge({ auditRate: 1 })
      const bad = await court.play({ falseAt: [1, 2, 3, 4] })

      expect((await claimOne(bad)).outcome).to.equal('audit')
      expect(await judge.audit(bad.evidence.acknowledgement.session, bad.hashes, provider)).to.deep.include({ balance: FUNDS - 2 * TOTAL })
      expect((await claimOne(bad)).outcome).to.equal('void')
      expect(earned()).to.equal(0)
      expect(judge.offences(provider)).to.equal(1)
    })

    it('costs the recipient one coin for one block, however often it says so', async () => {
      for (const nonce of [1, 3]) {
        const lie = await court.play({ nonce, falseAt: [2] })
        await judge.complain(lie.complaint(2), recipient)
        await judge.complain(lie.complaint(2), recipient)
      }

      expect(court.bank.balance(server)).to.equal(COIN)
    })

    it('that never was takes nothing from an honest provider', async () => {
      const honest = await court.play()
      await judge.complain((await court.play({ falseAt: [2] })).complaint(2), recipient)

      expect((await claimOne(honest)).outcome).to.equal('audit')
      // the server has the coin for the block that it gave, and the provider is paid for its own from the bond
      expect((await judge.audit(honest.evidence.acknowledgement.session, honest.hashes, provider)).verdicts[0]).to.include({ outcome: 'settled', credited: 4, amount: net(4) })
      expect(judge.list().map(({ kind }) => kind)).to.deep.equal(['equivocation'])
      expect(court.barred).to.be.empty()
      expect(court.bank.balance(server)).to.equal(5 * COIN - net(4))
      expect(court.bank.bookOf(recipient, court.id)?.bond).to.equal(TOTAL - COIN)
    })

    it('of what was paid by the recipient\'s word is void as well', async () => {
      const bad = await court.play({ falseAt: [3] })
      await judge.recover(bad.recovery(), recipient)
      court.now += HOLD
      await judge.sweep()
      expect(earned()).to.equal(net(2))
      await claimOne(bad)
      await judge.complain(bad.complaint(3), recipient)
      expect(earned()).to.equal(0)
    })

    it('of a closed book brings no block', async () => {
      const { complaint } = await court.play({ falseAt: [2] })
      await judge.sweep(REDEEM_UNTIL + 1)
      await expect(judge.complain(complaint(2), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_EXPIRED)
    })
  })

  describe('the same coin again', () => {
    it('with the same provider is served again, and paid once', async () => {
      await claimOne(await court.play({ nonce: 1 }))
      expect(await claimOne(await court.play({ nonce: 3 }))).to.include({ outcome: 'settled', reason: '', credited: 0, amount: 0 })
      expect(earned()).to.equal(net(4))
      expect(court.barred).to.be.empty()
    })

    async function expectPaidTwice (first: number, second: number): Promise<void> {
      await claimOne(await court.play({ nonce: 1, provider: first }), first)
      expect(await claimOne(await court.play({ nonce: 3, provider: second }), second)).to.deep.equal({ outcome: 'settled', credited: 4, amount: second === SERVER ? 4 * COIN : net(4), reason: '4 coins were spent before; 40 coin came from the bond' })
      expect(earned()).to.equal(net(4))
      expect(court.bank.balance(server)).to.equal(8 * COIN - net(4))
      expect(court.barred).to.be.empty()
      expect(judge.list()).to.be.empty()
    }

    it('with the server after a provider is paid from the bond, and no offence', async () => expectPaidTwice(PROVIDER, SERVER))

    it('with the server before a provider is paid from the bond, and no offence', async () => expectPaidTwice(SERVER, PROVIDER))

    it('with two providers is paid from the bond, proven and punished', async () => {
      const [first, second] = [await court.play({ indices: [0, 1, 2] }), await court.play({ nonce: 3, provider: OTHER, indices: [5, 2, 1] })]
      await claimOne(first)
      const verdict = await claimOne(second, OTHER)

      expect(verdict).to.include({ outcome: 'settled', credited: 3, amount: net(3) })
      expect(verdict.reason).to.equal('2 coins were spent before; 20 coin came from the bond')
      expect([earned(), earned(other)]).to.deep.equal([net(3), net(3)])
      expect(court.barred.map(String)).to.deep.equal([String(recipient)])
      // again is the same
      expect(await claimOne(second, OTHER)).to.deep.equal(verdict)

      const [{ kind, accused, coin, ...finding }] = await evidence()
      expect({ kind, accused: String(accused), block: coin?.block }).to.deep.equal({ kind: 'double-spend', accused: String(recipient), block: coin?.block })
      expect(coin?.block).to.be.oneOf([1, 2])
      expect([finding.provider, coin?.provider].map(String)).to.deep.equal([provider, other].map(String))
      expect(finding.session).to.equalBytes(first.evidence.acknowledgement.session)
      expect(coin?.session).to.equalBytes(second.evidence.acknowledgement.session)
      expect(coin?.serial).to.equalBytes(court.bank.bookOf(recipient, court.id)?.serial ?? new Uint8Array(0))
      expect(judge.offences(recipient)).to.equal(1)
      expect(court.bank.doubleSpends(9)).to.be.empty()
    })

    it('with three providers leaves the last ones what is left of the bond', async () => {
      await open({ policy: { bond: 2_500 } })
      const balance = court.bank.balance(recipient)
      expect(balance).to.equal(FUNDS - TOTAL - TOTAL / 4)
      const reasons: string[] = []
      await court.ticket(THIRD)

      for (const [n, who] of [PROVIDER, OTHER, THIRD].entries()) {
        reasons.push((await claimOne(await court.play({ nonce: 2 * n, provider: who, indices: [0, 1, 2] }), who)).reason)
      }

      expect(reasons).to.deep.equal(['', '3 coins were spent before; 20 coin came from the bond; 10 coin could not be paid', '3 coins were spent before; 30 coin could not be paid'])
      expect(judge.list().map(({ kind, peer }) => [kind, peer.equals(recipient)])).to.deep.equal([['double-spend', true], ['double-spend', true]])
    })

    it('by the recipients\' words alone is found as well', async () => {
      await judge.recover((await court.play({ nonce: 1 })).recovery(), recipient)
      await judge.recover((await court.play({ nonce: 3, provider: OTHER })).recovery(), recipient)
      court.now = REDEEM_UNTIL + 1
      await judge.sweep()

      expect([earned() - 2 * TOTAL, earned(other) - 2 * TOTAL]).to.deep.equal([net(4), net(4)])
      expect((await evidence()).map(({ kind }) => kind)).to.deep.equal(['double-spend'])
      expect(court.bank.balance(recipient)).to.equal(FUNDS - 8 * COIN)
    })

    it('by a word for more than was recorded, and a claim after that, is one offence', async () => {
      const bad = await court.play({ nonce: 3, provider: OTHER, falseAt: [3] })
      await claimOne(await court.play({ nonce: 1 }))
      await judge.recover(bad.recovery(), recipient)
      court.now += HOLD
      await judge.sweep()
      await claimOne(await court.play({ nonce: 3, provider: OTHER }), OTHER)

      expect(judge.list().filter(({ kind }) => kind === 'double-spend')).to.have.lengthOf(1)
      expect(court.bank.doubleSpends(9)).to.be.empty()
    })

    it('is told once', async () => {
      const told: string[] = []
      judge = await court.judge({}, { onConviction: ({ kind }) => { told.push(kind) } })
      await claimOne(await court.play({ nonce: 1 }))
      const second = await court.play({ nonce: 3, provider: OTHER })
      await Promise.all([claimOne(second, OTHER), claimOne(second, OTHER), judge.sweep()])
      await judge.sweep()
      expect(told).to.deep.equal(['double-spend'])
    })

    it('is reported by whoever comes next, when the server ended between payment and report', async () => {
      const silent = await court.judge({}, { bank: bankWith({ doubleSpends: () => [] }) })
      await claim([(await court.play({ nonce: 1 })).claim], PROVIDER, silent)
      await claim([(await court.play({ nonce: 3, provider: OTHER })).claim], OTHER, silent)
      expect(silent.list()).to.be.empty()
      expect(court.barred).to.have.lengthOf(1)

      const found = court.now
      court.now += HOUR
      judge = await court.judge({}, { bank: court.openBank() })
      await judge.sweep()
      expect((await evidence()).map(({ kind, found }) => [kind, found])).to.deep.equal([['double-spend', found]])
    })

    it('is reported when the book was closed meanwhile', async () => {
      const silent = await court.judge({}, { bank: bankWith({ doubleSpends: () => [] }) })
      await claim([(await court.play({ nonce: 1 })).claim], PROVIDER, silent)
      await claim([(await court.play({ nonce: 3, provider: OTHER })).claim], OTHER, silent)
      court.now = REDEEM_UNTIL + 1
      await silent.sweep()
      expect(court.bank.bookOf(recipient, court.id)).to.be.undefined()
      await judge.sweep()
      expect((await evidence()).map(({ kind }) => kind)).to.deep.equal(['double-spend'])
    })

    it('is paid though the evidence cannot be written, and reported when it can', async () => {
      const folder = court.home.join('evidence')
      await mkdir(dirname(folder), { recursive: true })
      await writeFile(folder, 'in the way')
      await claimOne(await court.play({ nonce: 1 }))
      expect(await claimOne(await court.play({ nonce: 3, provider: OTHER }), OTHER)).to.include({ outcome: 'settled', credited: 4 })
      await expect(judge.sweep()).to.eventually.be.rejected()
      expect(judge.list()).to.be.empty()

      // nor does anybody's money wait for it
      court.now = REDEEM_UNTIL + 1
      await expect(judge.sweep()).to.eventually.be.rejected()
      expect(court.bank.check()).to.deep.include({ holds: true, books: { open: 0, closed: 3 }, reserved: 0 })

      await rm(folder)
      await judge.sweep()
      expect((await evidence()).map(({ kind }) => kind)).to.deep.equal(['double-spend'])
    })

    it('of a void session is no offence', async () => {
      const bad = await court.play({ nonce: 1, falseAt: [2] })
      await claimOne(bad)
      await judge.complain(bad.complaint(2), recipient)
      await claimOne(await court.play({ nonce: 3, provider: OTHER }), OTHER)
      expect([earned(), earned(other)]).to.deep.equal([0, net(4)])
      expect(court.barred).to.be.empty()
      expect(court.bank.doubleSpends(9)).to.be.empty()
    })

    it('is punished with the spent coins of a book that goes on', async () => {
      await claimOne(await court.play({ nonce: 1, indices: [0] }))
      const renewed = await court.ticket(RECIPIENT, { notAfter: NOW + 2 * HOUR })
      await claimOne(await court.play({ nonce: 3, provider: OTHER, indices: [0], ticket: renewed }), OTHER)
      expect((await evidence())[0]).to.deep.include({ kind: 'double-spend', count: 1 })
    })
  })

  it('keeps room for evidence of each kind', async function () {
    this.timeout(60_000)

    // identities are free: some contradict themselves for nothing
    const add = court.home.database().prepare('INSERT INTO judge_offences VALUES (?, ?, ?, ?, ?)')

    for (let n = 0; n < 256; n++) {
      add.run(String(await peer(n)), new Uint8Array(32).fill(n), 'equivocation', 0, `equivocation-${n}.json`)
    }

    const lie = await court.play()
    await claimOne(lie)
    await claim([await court.signed(lie.claim, { entries: new Uint8Array(32) })])
    expect(judge.list().at(-1)).to.deep.include({ kind: 'equivocation', file: undefined })

    await claimOne(await court.play({ nonce: 3, provider: OTHER }), OTHER)
    expect(await readdir(court.home.join('evidence'))).to.deep.equal([judge.list().at(-1)?.file])
    expect(judge.list().at(-1)).to.include({ kind: 'double-spend' })
  })
})
