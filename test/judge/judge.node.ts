import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { BlockKeys, encodeBlocks, escrowSecret, IndexChain, ticketSerial } from '../../src/exchange/index.ts'
import { verifyEvidence } from '../../src/judge/index.ts'
import { Mode } from '../../src/object/index.ts'
import { object } from '../ticket/fixtures.ts'
import { BLOCK_COUNT, Court, HOUR, key, NOW, OTHER, peer, PROVIDER, RECIPIENT, SERVER } from './fixtures.ts'
import type { Played, PlayInit } from './fixtures.ts'
import type { Claim, SessionEvidence, Verdict } from '../../protocols/ack/index.ts'
import type { Offence } from '../../src/judge/docket.ts'
import type { Judge } from '../../src/judge/index.ts'
import type { PeerId } from '@libp2p/interface'

/** Credit for one block of 64 KiB, to its provider and its recipient. */
const CREDIT = 4
const STARTING = 1024

describe('judge', () => {
  let court: Court
  let judge: Judge
  let recipient: PeerId
  let provider: PeerId
  let ticket: Uint8Array

  beforeEach(async () => {
    court = await Court.open()
    judge = await court.judge()
    recipient = await peer(RECIPIENT)
    provider = await peer(PROVIDER)
    ticket = await court.ticket(PROVIDER)
  })

  afterEach(async () => {
    // whatever happened: nothing is credited twice, and all sums are zero
    expect(court.ledger.check()).to.include({ holds: true, sum: 0 })
    await court.close()
  })

  async function claim (claims: Claim[], who = provider, own = ticket, by = judge): Promise<Verdict[]> {
    return (await by.claim(own, claims, who)).verdicts
  }

  async function play (init?: PlayInit): Promise<Played> {
    return court.play(init)
  }

  /** Of one claim. */
  async function outcome (claimed: Claim, who?: PeerId, own?: Uint8Array): Promise<string> {
    const [{ outcome, credited, amount }] = await claim([claimed], who, own)

    expect(outcome === 'settled' || credited + amount === 0).to.be.true()

    return outcome
  }

  const earned = (who = provider): number => court.ledger.balance(who) - STARTING

  describe('claims', () => {
    it('are paid, once however often they come', async () => {
      const { claim: good } = await court.play()

      for (let n = 0; n < 3; n++) {
        const { verdicts, balance, standing } = await judge.claim(ticket, [good, good], provider)

        expect(verdicts).to.deep.equal([1, 2].map(() => ({ outcome: 'settled', reason: '', credited: 4, amount: 4 * CREDIT })))
        expect({ balance, standing }).to.deep.equal({ balance: STARTING + 4 * CREDIT, standing: 1 })
      }

      expect(earned()).to.equal(4 * CREDIT)
      expect(court.ledger.balance(recipient)).to.equal(STARTING + 4)
      expect(court.reads).to.equal(0)
    })

    it('of a longer session pay what is new', async () => {
      const short = await court.play({ indices: [0, 1] })
      const long = await court.play({ indices: [0, 1, 2] })

      expect(short.evidence.acknowledgement.session).to.equalBytes(long.evidence.acknowledgement.session)
      expect((await claim([short.claim]))[0].credited).to.equal(2)
      expect((await claim([long.claim, short.claim])).map(({ credited }) => credited)).to.deep.equal([3, 3])
      expect(earned()).to.equal(3 * CREDIT)
    })

    it('of blocks that another session was credited for pay nothing', async () => {
      const first = await court.play({ nonce: 1 })
      const second = await court.play({ nonce: 2, provider: OTHER, indices: [3, 4] })

      await claim([first.claim])
      expect((await claim([second.claim], await peer(OTHER), await court.ticket(OTHER)))[0]).to.include({ outcome: 'settled', credited: 1 })
      // a renewed ticket has the same serial
      const renewed = await court.play({ nonce: 3, ticket: await court.ticket(RECIPIENT, { notAfter: NOW + HOUR + 1 }), indices: [0, 4, 5] })
      expect((await claim([renewed.claim]))[0]).to.include({ outcome: 'settled', credited: 1 })
    })

    it('are judged each by itself, in order', async () => {
      const plays = await Promise.all(Array.from({ length: BLOCK_COUNT }, async (_, n) => court.play({ nonce: n, indices: [n] })))
      const claims = plays.map(({ claim }, n) => n % 3 === 1 ? { ...claim, signature: new Uint8Array(64) } : claim)

      expect((await claim(claims)).map(({ outcome }) => outcome)).to.deep.equal(
        ['settled', 'invalid', 'settled', 'settled', 'invalid', 'settled', 'settled', 'invalid'])
      expect(earned()).to.equal(5 * CREDIT)
    })

    it('of the server itself need no ticket, and are no relief', async () => {
      const { claim: own } = await court.play({ provider: SERVER })

      expect(await outcome(own, await peer(SERVER), new Uint8Array(0))).to.equal('settled')
      expect(court.ledger.balance(recipient)).to.equal(STARTING)
    })

    it('hold when the issuer key was rotated between ticket and claim', async () => {
      const { claim: old } = await court.play()
      await court.rotate()

      expect(await outcome(old)).to.equal('settled')
      expect(await outcome((await court.play({ indices: [5], nonce: 9 })).claim)).to.equal('settled')
    })

    it('wait when the object is not published', async () => {
      const { claim: good } = await court.play()
      court.objects.clear()
      expect(await outcome(good)).to.equal('busy')
      court.objects.set(court.id.toString(), court.object)
      expect(await outcome(good)).to.equal('settled')
    })

    it('are taken for seven days after the ticket has ended', async () => {
      const { claim: good } = await court.play()
      court.now = NOW + HOUR + 7 * 24 * HOUR
      expect(await outcome(good)).to.equal('settled')
      court.now++
      expect(await outcome(good)).to.equal('expired')
    })

    it('are all or nothing when the ledger fails, and can be made again', async () => {
      const { claim: good } = await court.play()
      const failing = await court.judge({}, { ledger: Object.assign(Object.create(court.ledger), { settled: () => undefined, settle: () => { throw new Error('disk full') } }) })

      await expect(claim([good], provider, ticket, failing)).to.eventually.be.rejectedWith('disk full')
      expect(earned()).to.equal(0)
      expect(await outcome(good)).to.equal('settled')
    })
  })

  describe('claims that break one rule', () => {
    const broken: Record<string, (good: Played) => Promise<Claim> | Claim> = {
      'the recipient has not signed': ({ claim }) => ({
        ...claim, session: { ...claim.session, acknowledgement: { ...claim.session.acknowledgement, signature: new Uint8Array(64).fill(1) } }
      }),
      'somebody else has signed for the recipient': async ({ claim }) => court.signed(claim, {}, { recipient: OTHER }),
      'the provider has signed for the recipient': async ({ claim }) => court.signed(claim, {}, { recipient: PROVIDER }),
      'the provider has not signed': ({ claim }) => ({ ...claim, signature: new Uint8Array(64) }),
      'a signature is short': ({ claim }) => ({ ...claim, signature: claim.signature.subarray(1) }),
      'somebody else has signed for the provider': async ({ claim }) => court.signed(claim, {}, { provider: OTHER }),
      'the acknowledgement stands in for the claim': ({ claim }) => ({ ...claim, signature: claim.session.acknowledgement.signature }),
      'the session id is invented': async ({ claim }) => court.signed(claim, { session: new Uint8Array(32).fill(9) }),
      'a nonce is another': ({ claim }) => ({ ...claim, session: { ...claim.session, recipientNonce: new Uint8Array(32) } }),
      'the session is another provider\'s': async () => (await court.play({ provider: OTHER })).claim,
      'another provider is named': async ({ claim }) => ({ ...claim, session: { ...claim.session, provider: (await peer(OTHER)).toMultihash().bytes } }),
      'the provider is nobody': ({ claim }) => ({ ...claim, session: { ...claim.session, provider: new Uint8Array(38) } }),
      'a block is another': ({ claim }) => ({ ...claim, session: { ...claim.session, blocks: encodeBlocks([0, 1, 2, 4]) } }),
      'the blocks are in another order': ({ claim }) => ({ ...claim, session: { ...claim.session, blocks: encodeBlocks([0, 1, 3, 2]) } }),
      'a block is missing': ({ claim }) => ({ ...claim, session: { ...claim.session, blocks: encodeBlocks([0, 1, 2]) } }),
      'a block is too many': ({ claim }) => ({ ...claim, session: { ...claim.session, blocks: encodeBlocks([0, 1, 2, 3, 4]) } }),
      'a block is none of the object': async () => {
        const good = await court.play({ indices: [0, 1] })
        const { session } = good.evidence.acknowledgement
        const chain = new IndexChain(session)
        chain.extend([0, BLOCK_COUNT])

        return court.signed({ ...good.claim, session: { ...good.evidence, blocks: encodeBlocks([0, BLOCK_COUNT]) } }, { indices: chain.value })
      },
      'the list of blocks is noise': ({ claim }) => ({ ...claim, session: { ...claim.session, blocks: new Uint8Array(4).fill(0xff) } }),
      'the count is inflated': async ({ claim }) => ({ ...claim, session: { ...claim.session, acknowledgement: { ...claim.session.acknowledgement, count: 5 } } }),
      'the count is inflated, and the list with it': async ({ claim }) => ({
        ...claim,
        session: { ...claim.session, acknowledgement: { ...claim.session.acknowledgement, count: 5 }, blocks: encodeBlocks([0, 1, 2, 3, 4]) }
      }),
      'the index chain is another': async ({ claim }) => court.signed(claim, { indices: new Uint8Array(32) }),
      'the ticket is of another server': async () => (await court.play({ ticket: await court.ticket(RECIPIENT, {}, await key(OTHER)) })).claim,
      'the ticket is of mode plain': async () => (await court.play({ ticket: await court.ticket(RECIPIENT, { mode: Mode.PLAIN }) })).claim,
      'the serial is not the derived one': async () => (await court.play({ ticket: await court.ticket(RECIPIENT, { serial: new Uint8Array(16) }) })).claim,
      'the serial is of another period': async () => {
        const serial = ticketSerial(court.root, recipient, court.id, NOW + 31 * 24 * HOUR)

        return (await court.play({ ticket: await court.ticket(RECIPIENT, { serial }) })).claim
      },
      'the ticket does not give the blocks': async () => (await court.play({ ticket: await court.ticket(RECIPIENT, { range: { first: 0, count: 3 } }) })).claim,
      'the ticket is noise': ({ claim }) => ({ ...claim, session: { ...claim.session, ticket: new Uint8Array(100) } }),
      'the recipient is the provider': async () => (await court.play({ recipient: PROVIDER })).claim
    }

    for (const [what, breakIt] of Object.entries(broken)) {
      it(`earn nothing: ${what}`, async () => {
        const good = await play()

        expect(await outcome(await breakIt(good))).to.equal('invalid')
        expect(earned()).to.equal(0)
        // and spoil nothing
        expect(await outcome(good.claim)).to.equal('settled')
      })
    }

    it('earn nothing: the provider has no right to serve', async () => {
      const { claim: good } = await court.play()
      const other = await court.play({ provider: OTHER })

      for (const own of [
        new Uint8Array(0),
        await court.ticket(OTHER),
        await court.ticket(PROVIDER, {}, await key(OTHER)),
        await court.ticket(PROVIDER, { mode: Mode.PLAIN }),
        await court.ticket(PROVIDER, { object: object(1) })
      ]) {
        expect(await outcome(good, provider, own)).to.equal('invalid')
      }

      // a client claims what another provider has served
      expect(await outcome(good, await peer(OTHER), await court.ticket(OTHER))).to.equal('invalid')
      expect(await outcome(other.claim)).to.equal('invalid')
      expect(earned()).to.equal(0)
    })

    it('bound two colluders who never moved a byte to the object, once', async () => {
      const indices = Array.from({ length: 3 * BLOCK_COUNT }, (_, n) => n % BLOCK_COUNT)

      for (let nonce = 0; nonce < 20; nonce++) {
        const { claim: invented } = await court.play({ nonce, indices, falseAt: [1, 2, 3] })
        await claim([invented])
      }

      expect(earned()).to.equal(BLOCK_COUNT * CREDIT)
    })
  })

  describe('audits', () => {
    const long = (init: PlayInit = {}): PlayInit => ({ indices: Array.from({ length: 4096 }, (_, n) => n % BLOCK_COUNT), ...init })

    it('are asked for at the rate, the same for a session however often it is claimed', async () => {
      const half = await court.judge({ auditRate: 1 / 2 })
      const none = await court.judge({ auditRate: 0 })
      const claims = (await Promise.all(Array.from({ length: 64 }, async (_, nonce) => play({ nonce, indices: [0] })))).map(({ claim }) => claim)
      const drawn = (await claim(claims, provider, ticket, half)).map(({ outcome }) => outcome)

      expect(drawn.filter(outcome => outcome === 'audit').length).to.be.within(16, 48)
      expect((await claim(claims, provider, ticket, half)).map(({ outcome }) => outcome)).to.deep.equal(drawn)
      expect((await claim(claims, provider, ticket, none)).every(({ outcome }) => outcome === 'settled')).to.be.true()
    })

    it('pass an honest provider, who is not asked twice', async () => {
      judge = await court.judge({ auditRate: 1 })
      const { claim: good, hashes, evidence } = await court.play(long())
      const { session } = evidence.acknowledgement

      expect((await claim([good]))[0]).to.include({ outcome: 'audit', credited: 0 })
      expect(earned()).to.equal(0)
      expect((await judge.audit(session, hashes, provider)).verdicts).to.deep.equal([{ outcome: 'settled', reason: '', credited: BLOCK_COUNT, amount: BLOCK_COUNT * CREDIT }])
      expect(court.reads).to.be.within(1, 16)
      expect((await claim([good]))[0]).to.include({ outcome: 'settled', credited: BLOCK_COUNT })
      expect(judge.offences(provider)).to.equal(0)
    })

    it('are only for sessions that were claimed, by their provider', async () => {
      judge = await court.judge({ auditRate: 1 })
      const { claim: good, hashes, evidence } = await court.play()
      const { session } = evidence.acknowledgement
      const audit = async (shown: Uint8Array, who = provider): Promise<string> => (await judge.audit(session, shown, who)).verdicts[0].outcome

      expect(await audit(hashes)).to.equal('busy')
      await claim([good])
      expect(await audit(hashes, await peer(OTHER))).to.equal('busy')
      expect(await audit(hashes.subarray(32))).to.equal('busy')
      expect(await audit(new Uint8Array(hashes.byteLength))).to.equal('invalid')
      // who answered falsely has to claim again
      expect(await audit(hashes)).to.equal('busy')
      expect(earned()).to.equal(0)
      await claim([good])
      expect(await audit(hashes)).to.equal('settled')
    })

    it('find half of the entries to be false, by chance alone', async () => {
      judge = await court.judge({ auditRate: 1 })
      const { claim: bad, hashes, evidence } = await court.play(long({ falseAt: Array.from({ length: 2048 }, (_, n) => 2 * n + 1) }))
      const { session } = evidence.acknowledgement

      await claim([bad])
      expect((await judge.audit(session, hashes, provider)).verdicts[0]).to.include({ outcome: 'void', credited: 0 })
      expect(judge.offences(provider)).to.equal(1)
      expect(judge.list()).to.have.lengthOf(1)
      expect(await readdir(court.home.join('evidence'))).to.deep.equal([judge.list()[0].file])
      // nothing of it counts, ever
      expect((await claim([bad]))[0].outcome).to.equal('void')
      expect(earned()).to.equal(0)
    })

    it('find one false entry among thousands by chance as stated, and always when it was complained about', async () => {
      judge = await court.judge({ auditRate: 1 })
      const play = await court.play(long({ falseAt: [3001] }))
      const { session } = play.evidence.acknowledgement

      // 16 of 4096 are drawn: this one is not among them
      await claim([play.claim])
      expect((await judge.audit(session, play.hashes, provider)).verdicts[0].outcome).to.equal('settled')
      expect(earned()).to.equal(BLOCK_COUNT * CREDIT)

      // what was paid is taken back as soon as it is complained about
      const { key, block, path } = await judge.complain(play.complaint(3001), recipient)
      expect(key).to.be.undefined()
      expect(block).to.equalBytes(court.blocks[3000 % BLOCK_COUNT])
      expect(path).to.equalBytes(court.object.tree.path(3000 % BLOCK_COUNT))

      expect(earned()).to.equal(0)
      expect((await claim([play.claim]))[0].outcome).to.equal('void')
      expect(judge.offences(provider)).to.equal(1)
      await expect(judge.recover(play.recovery(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_VOID)
    })

    it('convict nobody when the server\'s own copy is damaged', async () => {
      judge = await court.judge({ auditRate: 1 })
      const { claim: good, hashes, evidence, complaint } = await court.play()
      const blocks = [...court.blocks]
      court.blocks.fill(new Uint8Array(65_536))

      await claim([good])
      expect((await judge.audit(evidence.acknowledgement.session, hashes, provider)).verdicts[0].outcome).to.equal('busy')
      await expect(judge.complain(complaint(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_BUSY)
      expect(judge.list()).to.be.empty()

      court.blocks.splice(0, blocks.length, ...blocks)
      expect((await judge.audit(evidence.acknowledgement.session, hashes, provider)).verdicts[0].outcome).to.equal('settled')
    })

    it('keep four files against one peer, and count all', async () => {
      judge = await court.judge({ auditRate: 1 })

      for (let nonce = 0; nonce < 6; nonce++) {
        const { claim: bad, hashes, evidence } = await court.play({ nonce, indices: [0], falseAt: [1] })
        await claim([bad])
        await judge.audit(evidence.acknowledgement.session, hashes, provider)
      }

      expect(judge.offences(provider)).to.equal(6)
      expect(await readdir(court.home.join('evidence'))).to.have.lengthOf(4)
    })
  })

  describe('recoveries', () => {
    it('give the keys of what was acknowledged, and pay the provider', async () => {
      const { evidence, recovery } = await court.play({ indices: [4, 2, 7] })
      const { session } = evidence.acknowledgement
      const keys = new BlockKeys(escrowSecret(court.root, evidence.provider), session)
      const released = await judge.recover(recovery(2), recipient)

      expect(released).to.include({ first: 2, window: 0 })
      expect(released.keys).to.equalBytes(Buffer.concat([keys.key(2, 2), keys.key(3, 7)]))
      expect(earned()).to.equal(0)

      await judge.sweep()
      expect(earned()).to.equal(0)
      court.now += 600_000
      await judge.sweep()
      await judge.sweep()
      expect(earned()).to.equal(3 * CREDIT)
    })

    it('give the keys of 16 MiB at once', async () => {
      const { recovery } = await court.play({ indices: new Array(600).fill(1) })
      const given: number[] = []

      for (let first = 1; first <= 600; first += given[given.length - 1]) {
        given.push((await judge.recover(recovery(first), recipient)).keys.byteLength / 32)
        expect(court.reads).to.equal(first - 1 + given[given.length - 1])
      }

      expect(given).to.deep.equal([256, 256, 88])
      court.now += 600_000
      await judge.sweep()
      expect(court.ledger.account(provider)).to.include({ served: 600, credited: 1 })
    })

    it('record what is true, and no more', async () => {
      const { recovery, complaint } = await court.play({ indices: [0, 1, 2, 3], falseAt: [3] })

      expect((await judge.recover(recovery(), recipient)).keys).to.have.lengthOf(2 * 32)
      await expect(judge.recover(recovery(3), recipient)).to.eventually.be.rejectedWith(/position 3 is false/).with.property('status', AckStatus.ACK_FALSE)
      // what was not asked for yet can be complained about
      expect((await judge.complain(complaint(3), recipient)).block).to.equalBytes(court.blocks[2])
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(2 * CREDIT)
    })

    it('of a false chain get no key, and cost the provider nothing', async () => {
      const honest = await court.play()
      const lie = await court.play({ falseAt: [1, 2, 3, 4] })

      await expect(judge.recover(lie.recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(0)
      // nothing was recorded: the recipient has not signed twice as far as the server knows
      await judge.recover(honest.recovery(), recipient)
      expect(judge.list()).to.be.empty()
    })

    it('have to show what was acknowledged', async () => {
      const { recovery } = await court.play()
      const good = recovery(2)

      for (const bad of [
        { ...good, first: 0 },
        { ...good, first: 5 },
        { ...good, first: 3 },
        { ...good, before: new Uint8Array(32) },
        { ...good, before: new Uint8Array(0) },
        { ...good, hashes: good.hashes.subarray(32) },
        { ...good, hashes: good.hashes.slice().fill(0, 0, 32) },
        { ...good, hashes: new Uint8Array(0) }
      ]) {
        await expect(judge.recover(bad, recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      }

      expect(court.reads).to.equal(0)
    })

    it('cannot be taken back: whoever has the keys has found the blocks good', async () => {
      const honest = await court.play({ indices: [0, 1] })
      const lie = await court.play({ indices: [0, 1, 2], falseAt: [1, 2] })

      await judge.recover(honest.recovery(2), recipient)
      const refused = async (position: number): Promise<void> => {
        await expect(judge.complain(lie.complaint(position), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      }
      await refused(1)
      await refused(2)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(2 * CREDIT)
      // nor when it is paid
      await refused(2)
      expect(earned()).to.equal(2 * CREDIT)
      // the same key again is the same
      expect((await judge.complain(honest.complaint(2), recipient)).key).to.be.ok()
    })

    it('are not to be had unpaid by a complaint before', async () => {
      const honest = await court.play({ indices: [0, 1, 2] })
      const lie = await court.play({ indices: [0], falseAt: [1] })
      await judge.complain(lie.complaint(1), recipient)

      await expect(judge.recover(honest.recovery(2), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      await expect(judge.complain(honest.complaint(2), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      // what was false then is true now
      expect((await judge.recover(honest.recovery(1), recipient)).keys).to.have.lengthOf(3 * 32)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(3 * CREDIT)
    })

    it('pay all that grew between two sweeps, whatever the provider claims meanwhile', async () => {
      const [one, two, three] = await Promise.all([[0], [0, 1], [0, 1, 2]].map(async indices => court.play({ indices })))
      await judge.recover(two.recovery(), recipient)
      court.now += 600_000
      await judge.sweep()
      await claim([one.claim])
      await judge.recover(three.recovery(3), recipient)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(3 * CREDIT)
    })

    it('wait for others', async () => {
      const waiting: Array<() => void> = []
      court.objects.set(court.id.toString(), {
        ...court.object,
        readPublished: async index => {
          await new Promise<void>(resolve => { waiting.push(resolve) })

          return court.blocks[index]
        }
      })
      const plays = await Promise.all(Array.from({ length: 3 }, async (_, nonce) => court.play({ nonce, indices: [nonce] })))
      const answers = plays.map(async ({ recovery }) => judge.recover(recovery(), recipient))

      await expect(answers[2]).to.eventually.be.rejected.with.property('retryAfter', 1_000)
      expect(waiting).to.have.lengthOf(2)
      waiting.forEach(resolve => { resolve() })
      await Promise.all(answers.slice(0, 2))
    })

    it('and the provider\'s own claim pay once together, whichever comes first', async () => {
      const short = await court.play({ indices: [0, 1] })
      const long = await court.play({ indices: [0, 1, 2, 3] })

      await judge.recover(long.recovery(3), recipient)
      expect((await claim([short.claim]))[0].credited).to.equal(2)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(4 * CREDIT)
      // blocks of the session, whoever's word paid for them
      expect((await claim([short.claim]))[0]).to.include({ credited: 4, amount: 4 * CREDIT })
      expect((await claim([long.claim]))[0]).to.include({ credited: 4, amount: 4 * CREDIT })
      expect(earned()).to.equal(4 * CREDIT)
    })

    it('of a false list do not keep the provider from what it is owed', async () => {
      const honest = await court.play({ indices: [0, 1, 2] })
      const lie = await court.play({ indices: new Array(100).fill(7) })

      await judge.recover(lie.recovery(1), recipient)
      court.now += 600_000
      await judge.sweep()
      expect((await claim([honest.claim]))[0].outcome).to.equal('settled')
      expect(earned()).to.equal(4 * CREDIT)
    })

    it('of a second list do not take the place of the first', async () => {
      const first = await court.play({ indices: [0, 1, 2] })
      const second = await court.play({ indices: [7, 7, 7, 7] })
      const longer = await court.play({ indices: [0, 1, 2, 3] })

      await judge.recover(first.recovery(1), recipient)
      await expect(judge.recover(second.recovery(1), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      await judge.recover(longer.recovery(1), recipient)
      await judge.recover(first.recovery(1), recipient)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(4 * CREDIT)
    })

    it('are for the recipient alone, and of what it has signed', async () => {
      const { evidence, recovery } = await court.play()
      const stranger = await court.play({ provider: 77 })
      const refusal = async (session: SessionEvidence, first = 1, who = recipient): Promise<AckStatus> => judge.recover({ ...recovery(), session, first }, who).then(
        () => AckStatus.ACK_OK, err => err.status)

      expect(await refusal(evidence, 1, await peer(OTHER))).to.equal(AckStatus.ACK_TICKET_INVALID)
      expect(await refusal(evidence, 1, provider)).to.equal(AckStatus.ACK_TICKET_INVALID)
      expect(await refusal(evidence, 0)).to.equal(AckStatus.ACK_FALSE)
      expect(await refusal(evidence, 5)).to.equal(AckStatus.ACK_FALSE)
      expect(await refusal({ ...evidence, acknowledgement: { ...evidence.acknowledgement, signature: new Uint8Array(64) } })).to.equal(AckStatus.ACK_FALSE)
      expect(await refusal({ ...evidence, ticket: await court.ticket(RECIPIENT, {}, await key(OTHER)) })).to.equal(AckStatus.ACK_WRONG_SERVER)
      // credit is for clients: nobody opens accounts for names that are made up
      expect(await refusal(stranger.evidence)).to.equal(AckStatus.ACK_NOT_FOUND)
      court.now += 8 * 24 * HOUR
      expect(await refusal(evidence)).to.equal(AckStatus.ACK_EXPIRED)
      await judge.sweep()
      expect(earned()).to.equal(0)
    })

    it('are remembered after a restart', async () => {
      const { recovery } = await court.play()
      await judge.recover(recovery(), recipient)
      court.now += 600_000
      await (await court.judge()).sweep()
      expect(earned()).to.equal(4 * CREDIT)
    })

    it('of one recipient that wait are bounded', async () => {
      for (let nonce = 0; nonce < 64; nonce++) {
        await judge.recover((await court.play({ nonce, indices: [0] })).recovery(), recipient)
      }

      const { recovery } = await court.play({ nonce: 64 })
      await expect(judge.recover(recovery(), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_BUSY)
      court.now += 600_000
      await judge.sweep()
      await judge.recover(recovery(), recipient)
    })
  })

  describe('complaints', () => {
    it('about true ciphertext get its key, and pay the provider up to there', async () => {
      const { complaint, evidence } = await court.play({ indices: [4, 2, 7] })
      const ruling = await judge.complain(complaint(2), recipient)

      expect(ruling.key).to.equalBytes(new BlockKeys(escrowSecret(court.root, evidence.provider), evidence.acknowledgement.session).key(2, 2))
      expect(ruling.block).to.be.undefined()
      expect(ruling.path).to.equalBytes(court.object.tree.path(2))
      expect(court.reads).to.equal(1)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(2 * CREDIT)
    })

    it('have to show what was acknowledged', async () => {
      const { complaint } = await court.play({ falseAt: [2] })
      const good = complaint(2)

      for (const bad of [
        { ...good, position: 0 },
        { ...good, position: 5 },
        { ...good, position: 3 },
        { ...good, position: 1 },
        { ...good, before: new Uint8Array(32) },
        { ...good, before: new Uint8Array(0) },
        { ...good, hashes: good.hashes.subarray(32) },
        { ...good, hashes: good.hashes.slice().fill(0, 0, 32) },
        { ...good, hashes: new Uint8Array(0) }
      ]) {
        await expect(judge.complain(bad, recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      }

      await expect(judge.complain(good, await peer(OTHER))).to.eventually.be.rejected.with.property('status', AckStatus.ACK_TICKET_INVALID)
      expect(court.reads).to.equal(0)
    })

    it('make an honest word of the provider\'s claim necessary', async () => {
      const { complaint, recovery, evidence, claim: bad, hashes } = await court.play({ falseAt: [2] })

      await judge.complain(complaint(2), recipient)
      await judge.recover(recovery(), recipient)
      court.now += 600_000
      await judge.sweep()
      expect(earned()).to.equal(CREDIT)
      expect((await claim([bad]))[0].outcome).to.equal('audit')
      expect((await judge.audit(evidence.acknowledgement.session, hashes, provider)).verdicts[0].outcome).to.equal('void')
      await judge.sweep()
      expect(earned()).to.equal(0)
    })

    it('frame nobody: the provider\'s claim is judged by what was acknowledged to it', async () => {
      const honest = await court.play()
      const lie = await court.play({ falseAt: [2] })

      expect((await judge.complain(lie.complaint(2), recipient)).block).to.be.ok()
      expect((await claim([honest.claim]))[0].outcome).to.equal('audit')
      expect((await judge.audit(honest.evidence.acknowledgement.session, honest.hashes, provider)).verdicts[0]).to.include({ outcome: 'settled', credited: 4 })
      expect(judge.offences(provider)).to.equal(0)
      // it has signed both
      expect(judge.offences(recipient)).to.equal(1)
      expect(judge.list()[0]).to.include({ kind: 'equivocation' })
      // and the complaint is answered for
      expect((await claim([honest.claim]))[0].outcome).to.equal('settled')
    })

    it('convict once, however often the same is shown', async () => {
      const told: Offence[] = []
      const other = await court.judge({}, { onConviction: offence => { told.push(offence) } })
      const { claim: good } = await court.play()
      const lie = await court.signed(good, { entries: new Uint8Array(32) })
      const ticket = await court.ticket(PROVIDER)

      await other.claim(ticket, [good], provider)
      await other.claim(ticket, [lie, lie, lie], provider)

      expect(told).to.have.lengthOf(1)
      expect(told[0]).to.include({ kind: 'equivocation' })
    })

    it('take back at once what the provider has claimed with the false entry', async () => {
      const { complaint, claim: bad } = await court.play({ falseAt: [2] })
      await claim([bad])
      expect(earned()).to.equal(4 * CREDIT)

      expect((await judge.complain(complaint(2), recipient)).block).to.equalBytes(court.blocks[1])
      expect([earned(), earned(recipient)]).to.deep.equal([0, 0])
      expect(judge.list().map(({ kind, peer }) => [kind, peer.equals(provider)])).to.deep.equal([['false-entry', true]])
      expect((await claim([bad]))[0].outcome).to.equal('void')

      const file = await readFile(join(court.home.join('evidence'), String(judge.list()[0].file)))
      expect(JSON.parse(file.toString())).to.have.property('before')
      expect((await verifyEvidence(file)).accused.equals(provider)).to.be.true()
    })

    it('convict by the shortest claim that has the entry, though more was acknowledged since', async () => {
      const claims = await Promise.all([[0, 1], [0, 1, 2], [0, 1, 2, 3, 4]].map(async indices => court.play({ indices, falseAt: [3] })))
      await claim([claims[0].claim])
      await claim([claims[1].claim])

      await judge.complain(claims[2].complaint(3), recipient)
      expect(earned()).to.equal(0)
      const finding = await verifyEvidence(await readFile(join(court.home.join('evidence'), String(judge.list()[0].file))))
      expect(finding).to.deep.include({ count: 3, entry: { position: 3, index: 2, name: 'film.mp4' } })
    })

    it('leave what was claimed before the false entry', async () => {
      const short = await court.play({ indices: [0, 1], falseAt: [3] })
      const { complaint } = await court.play({ indices: [0, 1, 2], falseAt: [3] })
      await claim([short.claim])
      expect((await judge.complain(complaint(3), recipient)).block).to.be.ok()
      expect(earned()).to.equal(2 * CREDIT)
      expect(judge.list()).to.be.empty()
    })

    it('by another chain or list than the claimed one convict nobody', async () => {
      const honest = await court.play({ indices: [0, 1, 2] })
      await claim([honest.claim])

      for (const lie of [
        { indices: [0, 1, 2, 3], falseAt: [2] },
        { indices: [0, 1, 2, 3, 4], falseAt: [1, 3] },
        { indices: [5, 1, 2, 3, 4, 5], falseAt: [3] }
      ]) {
        const { complaint } = await court.play(lie)
        expect((await judge.complain(complaint(lie.falseAt[lie.falseAt.length - 1]), recipient)).block).to.be.ok()
      }

      expect(judge.list()).to.be.empty()
      expect(earned()).to.equal(3 * CREDIT)
      expect((await claim([honest.claim]))[0].outcome).to.equal('audit')
      expect((await judge.audit(honest.evidence.acknowledgement.session, honest.hashes, provider)).verdicts[0].outcome).to.equal('settled')
    })

    it('free the blocks for whoever serves them then', async () => {
      const { complaint, claim: bad } = await court.play({ falseAt: [2] })
      await claim([bad])
      await judge.complain(complaint(2), recipient)

      const second = await court.play({ nonce: 2, provider: OTHER, indices: [1, 2] })
      expect((await claim([second.claim], await peer(OTHER), await court.ticket(OTHER)))[0]).to.include({ outcome: 'settled', credited: 2 })
      expect(earned(await peer(OTHER))).to.equal(2 * CREDIT)
    })

    it('free nothing by a list that was not paid', async () => {
      // who signs two lists of one session might free a block that somebody else was credited for
      const first = await court.play({ indices: [0] })
      const other = await court.play({ indices: [7, 1], falseAt: [2] })
      const third = await court.play({ nonce: 3, provider: OTHER, indices: [7] })
      await claim([first.claim])
      await claim([third.claim], await peer(OTHER), await court.ticket(OTHER))
      await judge.complain(other.complaint(2), recipient)
      expect((await claim([other.claim]))[0].outcome).to.equal('audit')
      expect((await judge.audit(other.evidence.acknowledgement.session, other.hashes, provider)).verdicts[0].outcome).to.equal('void')
      expect(earned()).to.equal(0)

      const again = await court.play({ nonce: 4, provider: OTHER, indices: [7, 0] })
      expect((await claim([again.claim], await peer(OTHER), await court.ticket(OTHER)))[0]).to.include({ outcome: 'settled', credited: 0 })
    })

    it('that contradict what was paid are proof against the recipient', async () => {
      const honest = await court.play()
      const lie = await court.play({ falseAt: [2] })

      await claim([honest.claim])
      await expect(judge.complain(lie.complaint(2), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      expect(judge.offences(recipient)).to.equal(1)
      expect((await claim([honest.claim]))[0]).to.include({ outcome: 'settled', credited: 4 })
      expect(court.reads).to.equal(0)
    })

    it('that contradict each other are proof against the recipient', async () => {
      await judge.complain((await court.play({ falseAt: [2] })).complaint(2), recipient)
      await expect(judge.complain((await court.play({ falseAt: [3] })).complaint(3), recipient)).to.eventually.be.rejected.with.property('status', AckStatus.ACK_FALSE)
      expect(judge.offences(recipient)).to.equal(1)
      expect(judge.offences(provider)).to.equal(0)
    })

    it('about an invented session get one block, credited to nobody', async () => {
      const invented = await court.play({ nonce: 99, indices: [5], falseAt: [1] })

      expect((await judge.complain(invented.complaint(1), recipient)).block).to.equalBytes(court.blocks[5])
      court.now += 10 * 24 * HOUR
      await judge.sweep()
      expect([earned(), earned(recipient)]).to.deep.equal([0, 0])
      expect(judge.list()).to.be.empty()
    })

    it('cost a bounded number of blocks at once', async () => {
      const waiting: Array<() => void> = []
      court.objects.set(court.id.toString(), {
        ...court.object,
        readPublished: async index => {
          await new Promise<void>(resolve => { waiting.push(resolve) })

          return court.blocks[index]
        }
      })
      const plays = await Promise.all(Array.from({ length: 5 }, async (_, nonce) => court.play({ nonce, falseAt: [1] })))
      const rulings = plays.map(async ({ complaint }) => judge.complain(complaint(1), recipient).then(() => 'ruled', err => err.status))

      expect(await Promise.all(rulings.slice(2))).to.deep.equal(new Array(3).fill(AckStatus.ACK_BUSY))
      expect(waiting).to.have.lengthOf(2)
      waiting.forEach(resolve => { resolve() })
      expect(await Promise.all(rulings.slice(0, 2))).to.deep.equal(['ruled', 'ruled'])
    })
  })
})
