import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import * as fc from 'fast-check'
import { stubInterface } from 'sinon-ts'
import { Claimer, Receipts } from '../../src/receipts/index.ts'
import { eventually } from '../eventually.ts'
import { Homes } from '../server/fixtures.ts'
import { HOUR, NOW, peer } from '../ticket/fixtures.ts'
import { FakeServer } from './fixtures/fake-server.ts'
import { bytes, Provided, providerSigner, session } from './fixtures/sessions.ts'

type Step = 'open' | 'claim' | 'claimed' | 'audit' | 'audited'

type Action =
  { do: 'acknowledge', session: number, blocks: number } |
  { do: 'close', session: number } |
  { do: 'wait', milliseconds: number } |
  { do: 'round', fails?: Step, lost?: boolean } |
  { do: 'crash', at?: Step }

const step = fc.constantFrom<Step>('open', 'claim', 'claimed', 'audit', 'audited')

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), session: fc.nat(5), blocks: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), session: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(5_000, 61_000, HOUR) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('round' as const), fails: fc.option(step, { nil: undefined }), lost: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), at: fc.option(step, { nil: undefined }) }) }
)

/** What a session is in the simplest of stores: how much was acknowledged, and whether it is over. */
interface Model {
  /** In the store */
  name: number
  count: number
  closed: boolean
}

describe('receipts and claims', () => {
  const homes = new Homes()

  afterEach(async () => {
    await homes.clean()
  })

  it('are what a naive model says, and each session is settled once, whatever happens in between', async function () {
    this.timeout(120_000)
    const signs = await providerSigner()
    const serverId = await peer(2)

    await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), fc.infiniteStream(fc.boolean()), async (actions, audits) => {
      const home = await homes.open()
      const server = new FakeServer()
      const audited = new Map<string, boolean>()
      server.judge = name => {
        const audit = audited.get(name) ?? Boolean(audits.next().value)
        audited.set(name, audit)

        return audit ? 'audit' : 'settled'
      }
      let now = NOW
      let names = 0
      const slots = new Map<number, { model: Model, provided: Provided }>()
      const models: Model[] = []
      /** Session names, once for each time that a session became settled */
      const settled: string[] = []
      let receipts: Receipts
      let claimer: Claimer

      const boot = (): void => {
        receipts = Receipts.open(home, () => now)
        claimer = new Claimer({
          receipts,
          signer: signs,
          openClaims: async (_, options) => server.open(options),
          grantOf: () => ({ server: serverId, addresses: [], ticket: bytes(9, 'ticket') }),
          local: () => undefined,
          peerStore: { merge: async () => stubInterface() },
          logger: defaultLogger()
        }, { now: () => now, random: () => 1 })
      }

      const check = (): void => {
        const infos = receipts.list()
        expect(infos.map(({ session, blocks }) => ({ session: Buffer.from(session).toString('hex'), blocks })))
          .to.deep.equal(models.map(({ name, count }) => ({ session: Buffer.from(bytes(32, 'session', name)).toString('hex'), blocks: count })))

        for (const [n, { session, blocks, state, credited, finished }] of infos.entries()) {
          const name = Buffer.from(session).toString('hex')
          expect(state === 'open').to.equal(!models[n].closed)
          expect(credited).to.be.at.most(Math.min(blocks, server.credited.get(name) ?? 0))
          expect(state === 'settled').to.equal(finished != null)
          state === 'settled' && expect(credited).to.equal(blocks)

          if (state === 'settled' && !settled.includes(name)) {
            settled.push(name)
          } else if (settled.includes(name)) {
            expect(state).to.equal('settled')
          }
        }
      }

      boot()

      for (const action of actions) {
        switch (action.do) {
          case 'acknowledge': {
            let slot = slots.get(action.session)

            if (slot == null) {
              const name = names++
              slot = { model: { name, count: 0, closed: false }, provided: new Provided(receipts!, await session(name, name % 2)) }
              slots.set(action.session, slot)
              models.push(slot.model)
            }

            slot.provided.acknowledge(action.blocks)
            slot.model.count += action.blocks
            break
          }
          case 'close': {
            const slot = slots.get(action.session)
            slots.delete(action.session)
            slot?.provided.close()
            slot == null || (slot.model.closed = true)
            break
          }
          case 'wait':
            now += action.milliseconds
            break
          case 'round':
            server.before = at => {
              if (at === action.fails) {
                throw new Error('failed')
              }
            }
            server.answer = answer => action.lost === true && action.fails == null ? { ...answer, verdicts: [] } : answer
            await claimer!.round()
            break
          default: {
            let reached = false
            server.before = async at => {
              if (at === action.at) {
                reached = true
                await new Promise(() => {})
              }
            }
            server.answer = answer => answer
            let ended = false
            void claimer!.round().finally(() => { ended = true })
            await eventually(() => reached || ended)
            receipts!.close()
            slots.forEach(({ model }) => { model.closed = true })
            slots.clear()
            boot()
          }
        }

        check()
      }

      slots.forEach(({ provided, model }) => {
        provided.close()
        model.closed = true
      })
      server.before = () => {}
      server.answer = answer => answer

      // a claim that failed again and again goes alone
      for (let round = 0; round < 3; round++) {
        now += HOUR
        await claimer!.round()
        check()
      }

      expect(receipts!.pending()).to.be.empty()
      expect(settled).to.have.lengthOf(models.length)
      expect([...server.credited.values()].reduce((sum, count) => sum + count, 0)).to.equal(models.reduce((sum, { count }) => sum + count, 0))
      receipts!.close()
      home.close()
    }), { numRuns: 60 })
  })
})
