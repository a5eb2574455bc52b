import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { stubInterface } from 'sinon-ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { Claimer, Receipts } from '../../src/receipts/index.ts'
import { eventually } from '../eventually.ts'
import { Homes } from '../server/fixtures.ts'
import { HOUR, NOW, object, peer } from '../ticket/fixtures.ts'
import { FakeServer } from './fixtures/fake-server.ts'
import { bytes, hashes, Provided, providerSigner, session } from './fixtures/sessions.ts'
import type { Arbiter, ClaimOutcome, Verdicts } from '../../protocols/ack/index.ts'
import type { Home } from '../../src/home/index.ts'
import type { ClaimerComponents, ClaimProgressEvents, ClaimTarget } from '../../src/receipts/index.ts'
import type { PeerId } from '@libp2p/interface'

const MINUTE = 60_000
const SECOND = 1_000

describe('claimer', () => {
  const homes = new Homes()
  let home: Home
  let receipts: Receipts
  let server: FakeServer
  let serverId: PeerId
  let claimer: Claimer
  let now: number
  let grants: Map<string, ClaimTarget>
  /** Addresses that the peer store was told of */
  let told: string[]

  beforeEach(async () => {
    now = NOW
    home = await homes.open()
    receipts = Receipts.open(home, () => now)
    server = new FakeServer()
    serverId = await peer(2)
    told = []
    grants = new Map([1, 2].map(name => [object(name).toString(), { server: serverId, addresses: [multiaddr('/ip4/127.0.0.1/tcp/1')], ticket: bytes(200, 'own ticket', name) }]))
    claimer = await createClaimer()
  })

  afterEach(async () => {
    receipts.close()
    await homes.clean()
  })

  async function createClaimer (components: Partial<ClaimerComponents> = {}, random = () => 1): Promise<Claimer> {
    return new Claimer({
      receipts,
      signer: await providerSigner(),
      openClaims: async (_, options) => server.open(options),
      grantOf: id => grants.get(id.toString()),
      local: () => undefined,
      peerStore: {
        merge: async (_, { multiaddrs = [] }) => {
          told.push(...multiaddrs.map(String))

          return stubInterface()
        }
      },
      logger: defaultLogger(),
      ...components
    }, { now: () => now, random })
  }

  /** As after a crash: what the process knew is gone. */
  async function restart (): Promise<void> {
    receipts.close()
    receipts = Receipts.open(home, () => now)
    claimer = await createClaimer()
  }

  /** A session that is over. */
  async function closed (name: number, count: number, ofObject?: number): Promise<string> {
    const provided = new Provided(receipts, await session(name, ofObject))
    provided.acknowledge(count)
    provided.close()

    return Buffer.from(provided.session.session).toString('hex')
  }

  function states (): Record<string, number> {
    const counts: Record<string, number> = {}
    receipts.list().forEach(({ state }) => { counts[state] = (counts[state] ?? 0) + 1 })

    return counts
  }

  it('claims what is over once, with the ticket of its object and at the server\'s addresses', async () => {
    const [first, second] = [await closed(1, 3), await closed(2, 5, 2)]
    await claimer.round()
    expect(server.messages).to.deep.equal([
      { ticket: bytes(200, 'own ticket', 1), counts: [3] },
      { ticket: bytes(200, 'own ticket', 2), counts: [5] }
    ])
    expect(server.opened).to.equal(1)
    expect(server.conversations).to.equal(0)
    expect(told).to.deep.equal(['/ip4/127.0.0.1/tcp/1'])
    expect([...server.credited]).to.deep.equal([[first, 3], [second, 5]])
    expect(receipts.list().map(({ state, credited, amount }) => ({ state, credited, amount }))).to.deep.equal([
      { state: 'settled', credited: 3, amount: 30 },
      { state: 'settled', credited: 5, amount: 50 }
    ])
    now += HOUR
    await claimer.round()
    expect(server.messages).to.have.lengthOf(2)
  })

  it('puts at most 64 claims and 512 KiB in a message', async () => {
    for (let name = 0; name < 70; name++) {
      await closed(name, 1)
    }

    // each difference of two indices takes three bytes: 180 KiB
    for (let name = 100; name < 105; name++) {
      const provided = new Provided(receipts, await session(name, 2), position => position % 2 * 200_000)
      provided.acknowledge(60_000)
      provided.close()
    }

    await claimer.round()
    expect(server.messages.map(({ counts }) => counts.length)).to.deep.equal([64, 6, 2, 2, 1])
    expect(states()).to.deep.equal({ settled: 75 })
  })

  it('claims what goes on once a minute, its newest acknowledgement alone, and ends with its last', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(3)
    await claimer.round()
    now += MINUTE - 1
    await claimer.round()
    expect(server.messages).to.be.empty()
    provided.acknowledge(4)
    now += 1
    await claimer.round()
    await claimer.round()
    now += MINUTE
    await claimer.round()
    expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[7]])
    provided.acknowledge(1)
    await claimer.round()
    provided.acknowledge(1)
    now += MINUTE - 1
    await claimer.round()
    expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[7], [8]])
    expect(receipts.list()[0]).to.deep.include({ state: 'open', credited: 8 })
    provided.close()
    expect(states()).to.deep.equal({ closed: 1 })
    await claimer.round()
    expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[7], [8], [9]])
    expect(receipts.list()[0]).to.deep.include({ state: 'settled', credited: 9 })
  })

  it('is done with a session that ends as it was claimed', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(3)
    now += MINUTE
    await claimer.round()
    provided.close()
    expect(states()).to.deep.equal({ settled: 1 })
    await claimer.round()
    expect(server.messages).to.have.lengthOf(1)
  })

  it('goes on with what was acknowledged while it claimed', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(3)
    now += MINUTE
    server.before = step => {
      if (step === 'claimed') {
        provided.acknowledge(2)
        provided.close()
        server.before = () => {}
      }
    }
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'closed', credited: 3, blocks: 5 })
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'settled', credited: 5 })
  })

  it('sends the hashes that an audit asks for, of the blocks that were claimed', async () => {
    const provided = new Provided(receipts, await session(1))
    const { session: id } = provided.session
    provided.acknowledge(3)
    now += MINUTE
    server.judge = () => 'audit'
    server.before = step => { step === 'claimed' && provided.acknowledge(2) }
    await claimer.round()
    expect(server.entries).to.have.lengthOf(1)
    expect(server.entries[0].hashes).to.equalBytes(hashes(id, 1, 3))
    expect(receipts.list()[0]).to.deep.include({ credited: 3, state: 'open' })
  })

  it('keeps what was refused, with the reason, and claims it no more', async () => {
    const names = new Map<string, ClaimOutcome>()

    for (const [n, outcome] of (['void', 'expired', 'invalid'] as const).entries()) {
      names.set(await closed(n, 2), outcome)
    }

    server.judge = name => names.get(name) ?? 'settled'
    server.answer = answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, reason: verdict.reason.padEnd(10_000, '.') })) })
    await claimer.round()
    expect(receipts.list().map(({ state, reason }) => `${state} ${reason?.slice(0, 10)} ${reason?.length}`)).to.deep.equal([
      'void is void... 200', 'expired is expired 200', 'invalid is invalid 200'
    ])
    await claimer.round()
    expect(server.messages).to.have.lengthOf(1)
  })

  it('leaves a server alone that fails, for twice as long each time up to an hour, with jitter', async () => {
    await closed(1, 1)
    server.before = () => { throw new Error('down') }

    for (const random of [0, 1]) {
      claimer = await createClaimer({}, () => random)
      server.opened = 0
      await claimer.round()

      for (const [n, pause] of [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600].entries()) {
        now += pause * (1 + random) / 2 * SECOND - 1
        await claimer.round()
        expect(server.opened, `before ${pause} s`).to.equal(n + 1)
        now += 1
        await claimer.round()
        expect(server.opened, `after ${pause} s`).to.equal(n + 2)
      }
    }

    expect(receipts.list()[0]).to.deep.include({ state: 'closed', reason: 'down' })
    server.before = () => {}
    now += HOUR
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'settled', reason: undefined })
  })

  it('gives up a week and a day after the ticket\'s end, and keeps what was credited', async () => {
    const provided = new Provided(receipts, await session(1))
    provided.acknowledge(2)
    now += MINUTE
    await claimer.round()
    provided.acknowledge(2)
    provided.close()
    server.before = () => { throw new Error('down') }
    now = NOW + HOUR + 8 * 24 * HOUR - 1
    await claimer.round()
    expect(states()).to.deep.equal({ closed: 1 })
    now += 1
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'expired', credited: 2, amount: 20, blocks: 4 })
  })

  it('comes again to a server that fails long before coins are redeemed no more, and gives up after that', async () => {
    const redeemUntil = NOW + 4 * HOUR
    const provided = new Provided(receipts, { ...await session(1), redeemUntil })
    provided.acknowledge(2)
    provided.close()
    server.before = () => { throw new Error('down') }
    const tries: number[] = []

    for (; now < redeemUntil; now += MINUTE) {
      server.opened = 0
      await claimer.round()
      server.opened > 0 && tries.push(redeemUntil - now)
    }

    // of what is left, half at most passes between two
    expect(tries.slice(1).every((left, n) => left >= tries[n] / 2 - MINUTE)).to.be.true()
    expect(tries.at(-1)).to.be.at.most(MINUTE)
    // another session whose time is shorter is not kept waiting by those of before
    now = redeemUntil + 1
    await claimer.round()
    const late = new Provided(receipts, { ...await session(2), redeemUntil: now + 10 * MINUTE })
    late.acknowledge(1)
    late.close()
    server.opened = 0
    now += 6 * MINUTE
    await claimer.round()
    expect(server.opened).to.equal(1)

    now = redeemUntil + 24 * HOUR - 1
    await claimer.round()
    expect(receipts.list().map(({ state, mode }) => [state, mode])).to.deep.equal([['closed', 'purchase'], ['closed', 'purchase']])
    now++
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'expired', reason: 'no verdict came while the coins could be redeemed' })
  })

  it('claims what goes on at once when its coins are redeemed only for a moment', async () => {
    const provided = new Provided(receipts, { ...await session(1), redeemUntil: NOW + MINUTE })
    provided.acknowledge(2)
    await claimer.round()
    expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[2]])
  })

  it('comes again later to a server that is busy with some claims', async () => {
    const names = [await closed(1, 1), await closed(2, 2), await closed(3, 3)]
    server.judge = name => name === names[1] ? 'busy' : 'settled'
    await claimer.round()
    expect(states()).to.deep.equal({ settled: 2, claimed: 1 })
    server.judge = () => 'settled'
    await claimer.round()
    expect(server.messages).to.have.lengthOf(1)
    now += 5 * SECOND
    await claimer.round()
    expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[1, 2, 3], [2]])
    expect(states()).to.deep.equal({ settled: 3 })
  })

  it('heeds the time that a server asks for', async () => {
    await closed(1, 1)
    server.before = () => { throw new AckRefusedError(AckStatus.ACK_BUSY, 'later', 10 * MINUTE) }
    await claimer.round()
    now += 10 * MINUTE - 1
    await claimer.round()
    expect(server.opened).to.equal(1)
    now += 1
    await claimer.round()
    expect(server.opened).to.equal(2)
  })

  const nonsense: Array<[name: string, answer: (verdicts: Verdicts) => any]> = [
    ['too few verdicts', answer => ({ ...answer, verdicts: answer.verdicts.slice(1) })],
    ['too many', answer => ({ ...answer, verdicts: [...answer.verdicts, ...answer.verdicts] })],
    ['none', answer => ({ ...answer, verdicts: [] })],
    ['an unknown outcome', answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, outcome: undefined })) })],
    ['more credited than a session can have', answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, credited: 65_537 })) })],
    ['half a block', answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, credited: 0.5 })) })],
    ['an amount below nothing', answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, amount: -1 })) })],
    ['a balance that is no number', answer => ({ ...answer, balance: NaN })]
  ]

  nonsense.forEach(([name, answer]) => {
    it(`loses nothing to a server that answers ${name}`, async () => {
      await closed(1, 2)
      await closed(2, 3)

      for (const outcome of ['settled', 'audit'] as const) {
        server.judge = () => outcome
        server.answer = verdicts => outcome === 'audit' && verdicts.verdicts[0]?.outcome === 'audit' ? verdicts : answer(verdicts)
        await claimer.round()
        expect(states()).to.deep.equal({ claimed: 2 })
        now += HOUR
      }

      server.answer = verdicts => verdicts
      await claimer.round()
      expect(states()).to.deep.equal({ settled: 2 })
    })
  })

  const answers: ClaimOutcome[] = ['audit', 'invalid']

  answers.forEach(outcome => {
    it(`loses nothing to a server that answers hashes with ${outcome}`, async () => {
      await closed(1, 2)
      server.judge = () => 'audit'
      server.answer = answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => verdict.outcome === 'audit' ? verdict : { ...verdict, outcome }) })
      await claimer.round()
      expect(server.entries).to.have.lengthOf(1)
      expect(states()).to.deep.equal({ claimed: 1 })
    })
  })

  it('takes it that the server credited more than was claimed, as the recipient had told it of more', async () => {
    await closed(1, 2)
    server.answer = answer => ({ ...answer, verdicts: answer.verdicts.map(verdict => ({ ...verdict, credited: 5, amount: 50 })) })
    await claimer.round()
    expect(receipts.list()[0]).to.deep.include({ state: 'settled', blocks: 2, credited: 5, amount: 50 })
  })

  it('does not let one claim that a server chokes on hold up others', async () => {
    const bad = await closed(1, 1)
    const choke = (claims: Array<{ session: { acknowledgement: { session: Uint8Array } } }> = []): void => {
      if (claims.some(({ session }) => Buffer.from(session.acknowledgement.session).toString('hex') === bad)) {
        throw new Error('choked')
      }
    }
    server.before = (step, options, claims) => { choke(claims) }

    for (let name = 2; name < 6; name++) {
      await closed(name, name, name % 2 + 1)
      now += HOUR
      await claimer.round()
    }

    now += HOUR
    await claimer.round()
    expect(states()).to.deep.equal({ settled: 4, claimed: 1 })
    expect(receipts.list()[0]).to.deep.include({ state: 'claimed', reason: 'choked' })
  })

  it('keeps what it has no ticket for until it has one', async () => {
    await closed(1, 2, 9)
    const { failures, pending } = await claimer.claimNow()
    expect(failures).to.have.lengthOf(1)
    expect(failures[0]).to.include({ sessions: 1 }).and.to.not.have.property('server')
    expect(pending).to.equal(1)
    expect(receipts.list()[0]).to.have.property('reason').that.includes('no ticket')
    grants.set(object(9).toString(), { server: serverId, addresses: [], ticket: bytes(9, 'late') })
    await claimer.round()
    expect(states()).to.deep.equal({ settled: 1 })
  })

  it('is judged by this node itself where it is the server', async () => {
    const own = await session(1, 9)
    await closed(1, 2, 9)
    const shown: Array<{ ticket: Uint8Array, provider: PeerId }> = []
    const conversation = await server.open()
    const arbiter: Pick<Arbiter, 'claim' | 'audit'> = {
      claim: async (ticket, claims, provider) => {
        shown.push({ ticket, provider })

        return conversation.claim(ticket, claims)
      },
      audit: async (session, hashes) => conversation.audit(session, hashes)
    }
    server.judge = () => 'audit'
    claimer = await createClaimer({ local: id => id.equals(object(9)) ? arbiter as Arbiter : undefined })
    await claimer.round()
    expect(shown).to.have.lengthOf(1)
    expect(shown[0].ticket).to.have.property('byteLength', 0)
    expect(shown[0].provider.equals(own.provider)).to.be.true()
    expect(server.opened).to.equal(1)
    expect(states()).to.deep.equal({ settled: 1 })
  })

  describe('after a crash', () => {
    const cases: Array<[step: string, outcome: 'settled' | 'audit']> = [
      ['open', 'settled'], ['claim', 'settled'], ['claimed', 'settled'],
      ['open', 'audit'], ['claim', 'audit'], ['claimed', 'audit'], ['audit', 'audit'], ['audited', 'audit']
    ]

    cases.forEach(([step, outcome]) => {
      it(`during ${step} settles ${outcome === 'audit' ? 'and audits ' : ''}once`, async () => {
        const names = [await closed(1, 3), await closed(2, 4)]
        let reached = false
        server.judge = () => outcome
        server.before = async at => {
          if (at === step) {
            reached = true
            // the process is gone: no answer ever comes
            await new Promise(() => {})
          }
        }
        void claimer.round()
        await eventually(() => reached)
        expect(states()).to.deep.equal(step === 'open' ? { closed: 2 } : { claimed: 2 })
        server.before = () => {}
        await restart()
        await claimer.round()
        await claimer.round()
        expect([...server.credited].sort()).to.deep.equal([[names[0], 3], [names[1], 4]].sort())
        expect(receipts.list().map(({ state, credited, amount }) => ({ state, credited, amount }))).to.deep.equal([
          { state: 'settled', credited: 3, amount: 30 }, { state: 'settled', credited: 4, amount: 40 }
        ])
        expect(receipts.pending()).to.be.empty()
      })
    })

    it('between two verdicts asks for the second alone', async () => {
      await closed(1, 3)
      await closed(2, 4, 2)
      let reached = false
      server.before = async (step) => {
        if (step === 'claim' && server.messages.length === 1) {
          reached = true
          await new Promise(() => {})
        }
      }
      void claimer.round()
      await eventually(() => reached)
      expect(states()).to.deep.equal({ settled: 1, claimed: 1 })
      server.before = () => {}
      await restart()
      await claimer.round()
      expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[3], [4]])
    })
  })

  describe('at once', () => {
    it('claims what goes on and what is left alone, and tells what came of it', async () => {
      await closed(1, 3)
      new Provided(receipts, await session(2)).acknowledge(2)
      server.before = () => { throw new Error('down') }
      await claimer.round()
      const failed = await claimer.claimNow()
      expect(failed).to.deep.include({ verdicts: [], standings: [], pending: 1 })
      expect(failed.failures).to.deep.equal([{ server: serverId, reason: 'down', sessions: 2 }])
      server.before = () => {}
      const events: ClaimProgressEvents[] = []
      const summary = await claimer.claimNow({ onProgress: event => { events.push(event) } })
      expect(summary.verdicts.map(({ count, outcome, credited, amount }) => ({ count, outcome, credited, amount }))).to.deep.equal([
        { count: 3, outcome: 'settled', credited: 3, amount: 30 }, { count: 2, outcome: 'settled', credited: 2, amount: 20 }
      ])
      expect(summary).to.deep.include({ standings: [{ server: serverId, balance: 50, standing: 7 }], failures: [], pending: 0 })
      expect(events.map(({ type }) => type)).to.deep.equal(['mssl:claim:verdict', 'mssl:claim:verdict', 'mssl:claim:standing'])
      expect(await claimer.claimNow()).to.deep.equal({ verdicts: [], standings: [], failures: [], pending: 0 })
    })

    it('never talks to a server twice at a time', async () => {
      await closed(1, 3)
      let go = (): void => {}
      server.before = async step => step === 'claim' ? new Promise<void>(resolve => { go = resolve }) : undefined
      const round = claimer.round()
      await eventually(() => server.conversations === 1 && receipts.list()[0].state === 'claimed')
      await closed(2, 4)
      await claimer.round()
      const summaries = Promise.all([claimer.claimNow(), claimer.claimNow()])
      server.before = () => {}
      await eventually(() => { go(); return server.conversations === 0 })
      await round
      const [first, second] = await summaries
      expect([...first.verdicts, ...second.verdicts].map(({ count }) => count)).to.deep.equal([4])
      expect(server.mostConversations).to.equal(1)
    })

    it('ends when it is told to, and does not hold that against the server', async () => {
      await closed(1, 3)
      const stop = new AbortController()
      server.before = async (step, { signal }) => step === 'claim'
        ? new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => { reject(signal.reason) })
          stop.abort(new Error('enough'))
        })
        : undefined
      await expect(claimer.claimNow({ signal: stop.signal })).to.eventually.be.rejectedWith('enough')
      expect(server.conversations).to.equal(0)
      server.before = () => {}
      await claimer.round()
      expect(states()).to.deep.equal({ settled: 1 })
    })
  })

  describe('started', () => {
    it('claims by itself, and again after a failure', async () => {
      await closed(1, 3)
      server.before = () => { throw new Error('down') }
      claimer = new Claimer({
        receipts,
        signer: await providerSigner(),
        openClaims: async (_, options) => server.open(options),
        grantOf: id => grants.get(id.toString()),
        local: () => undefined,
        peerStore: { merge: async () => stubInterface() },
        logger: defaultLogger()
      }, { interval: 20, now: () => now })
      claimer.start()
      await eventually(() => server.opened === 1)
      server.before = () => {}
      await closed(2, 3)
      // the server is left alone, but not when the node ends
      await claimer.stop({ signal: AbortSignal.timeout(2_000) })
      expect(states()).to.deep.equal({ closed: 2 })
    })

    it('claims for the last time when it is stopped', async () => {
      claimer.start()
      await closed(1, 3)
      new Provided(receipts, await session(2)).acknowledge(2)
      await claimer.stop({ signal: AbortSignal.timeout(2_000) })
      expect(server.messages.map(({ counts }) => counts)).to.deep.equal([[3, 2]])
      await expect(claimer.claimNow()).to.eventually.be.rejected()
    })

    it('is stopped in time although a server does not answer', async () => {
      claimer.start()
      await closed(1, 3)
      server.before = async (step, { signal }) => new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => { reject(signal.reason) })
      })
      await claimer.stop({ signal: AbortSignal.timeout(50) })
      void claimer.round()
      expect(states()).to.deep.equal({ closed: 1 })
      expect(server.opened).to.equal(1)
    })
  })
})
