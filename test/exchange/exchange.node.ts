import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { decodeBlocks } from '../../src/exchange/block-list.ts'
import { RecipientExchange } from '../../src/exchange/recipient-exchange.ts'
import { sessionId } from '../../src/exchange/session-id.ts'
import { verifier } from '../../src/exchange/signature.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { opened, plainBlock, Provider, Recipient, recoverKeys, state } from './fixtures.ts'
import type { Sent } from './fixtures.ts'
import type { Acknowledgement } from '../../protocols/ack/index.ts'

const BLOCKS = 200

interface Schedule {
  indices: number[]
  cap: number
  /** Blocks that an earlier session earned */
  earned: number
  /** Turns of the event loop that each next thing takes, over and over */
  delays: number[]
  /** The provider dies by kill -9, and is back at once, when the recipient acknowledges so much */
  providerKilled?: number
  /** With the acknowledgement that it dies with stored, or not */
  stored: boolean
  /** The recipient dies when so many blocks arrived */
  recipientKilled?: number
  /** The session is closed when so many blocks were sent */
  cut: number
  /** The server can be reached */
  server: boolean
}

const schedules: fc.Arbitrary<Schedule> = fc.record({
  indices: fc.array(fc.nat(BLOCKS - 1), { minLength: 1, maxLength: 40 }),
  cap: fc.integer({ min: 1, max: 32 }),
  earned: fc.nat(20),
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }),
  providerKilled: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 2 }),
  stored: fc.boolean(),
  recipientKilled: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 3 }),
  cut: fc.option(fc.integer({ min: 1, max: 40 }), { nil: Infinity, freq: 2 }),
  server: fc.boolean()
})

describe('exchange: both ends', () => {
  let recipient: Recipient

  before(async () => {
    recipient = await Recipient.create(20)
  })

  const run = async (schedule: Schedule): Promise<void> => {
    let step = 0
    const delay = async (): Promise<void> => {
      for (let turns = schedule.delays[step++ % schedule.delays.length]; turns > 0; turns--) {
        await new Promise(resolve => { setImmediate(resolve) })
      }
    }

    let provider = await Provider.create(10, 3_600_000)
    const first = provider.open(recipient.peerId)

    for (let sent: Sent[] = []; sent.length < schedule.earned;) {
      sent = [...sent, { index: 0, bytes: first.exchange.seal(0, plainBlock(0)).bytes }]
      first.exchange.acknowledge(recipient.signer.acknowledge(state(first.exchange.session, sent)))
    }

    first.exchange.end()
    const { exchange, terms, faults } = provider.open(recipient.peerId, schedule.cap)
    const session = sessionId(terms)
    expect(exchange.window).to.equal(Math.min(schedule.cap, 1 + schedule.earned))

    const sent: Sent[] = []
    const unlocked: Array<[number, Uint8Array | undefined]> = []
    const signed: Acknowledgement[] = []
    const recipientFaults: Error[] = []
    let arrived = 0
    let dead = false
    let gone = false

    // ---- the acknowledgement stream: answers in order
    let stream: Promise<unknown> = Promise.resolve()
    const answer = async (acknowledgement: Acknowledgement): Promise<any> => {
      await delay()

      if (gone || dead) {
        throw new Error('reset')
      }

      if (schedule.providerKilled != null && acknowledgement.count >= schedule.providerKilled) {
        if (schedule.stored) {
          await provider.exchanges.acknowledge(acknowledgement, recipient.peerId)
        }

        gone = true
        provider.exchanges.stop()
        provider = provider.restarted()
        throw new Error('reset')
      }

      const keys = await provider.exchanges.acknowledge(acknowledgement, recipient.peerId)
      // invariant 3: what is released is covered by what is stored
      const stored = provider.receipts.find(session)?.acknowledgement
      expect(stored?.signature).to.deep.equal(acknowledgement.signature)
      expect(keys.first + keys.keys.byteLength / 32 - 1).to.equal(stored?.count)
      await delay()

      return keys
    }

    const recipientExchange = new RecipientExchange({
      terms,
      window: exchange.window,
      signer: {
        claim: state => recipient.signer.claim(state),
        acknowledge: state => {
          const acknowledgement = recipient.signer.acknowledge(state)
          signed.push(acknowledgement)
          return acknowledgement
        }
      },
      conversation: (async () => {
        await delay()

        return {
          present: async (acknowledgement: Acknowledgement) => {
            const before = stream
            const next = before.then(async () => answer(acknowledgement))
            stream = next.catch(() => {})
            return next
          },
          close: async () => {}
        }
      })(),
      recover: async recovery => {
        await delay()

        if (!schedule.server || dead) {
          throw new Error('no route')
        }

        // the server believes nothing
        const { count } = recovery.session.acknowledgement
        const indices = decodeBlocks(recovery.session.blocks, count, BLOCKS)
        const claimed = Array.from(indices, (index, at) => ({ index, bytes: sent[at].bytes }))
        expect(recipient.signer.acknowledge(state(session, claimed))).to.deep.equal(recovery.session.acknowledgement)

        return recoverKeys(recovery, recipient.peerId, indices, 5)
      },
      complain: async () => { throw new Error('not in this test') },
      onRuling: () => {},
      onFault: err => { recipientFaults.push(err) }
    })

    // ---- the block stream
    const deliver = async (): Promise<void> => {
      while (arrived < sent.length) {
        await delay()

        if (dead) {
          return
        }

        const position = ++arrived
        const { index, bytes } = sent[position - 1]
        dead = position === schedule.recipientKilled
        recipientExchange.arrived(index, sha256(bytes), key => { unlocked.push([position, key]) }, arrived === sent.length)
      }
    }

    let delivering: Promise<void> | undefined
    const start = (): void => {
      delivering ??= deliver().finally(() => { delivering = undefined })
    }

    const over = (): boolean => gone || dead || recipientFaults.length > 0

    const room = async (): Promise<boolean> => {
      const cut = new AbortController()
      const watch = setInterval(() => {
        if (over()) {
          cut.abort()
        }
      }, 1)

      try {
        await exchange.waitForRoom({ signal: cut.signal })
        return true
      } catch {
        return false
      } finally {
        clearInterval(watch)
      }
    }

    for (const index of schedule.indices) {
      if (over() || sent.length === schedule.cut) {
        break
      }

      // it may have died since
      if (!await room() || over()) {
        break
      }

      const acknowledged = provider.receipts.find(session)?.acknowledgement.count ?? 0
      expect(sent.length - acknowledged).to.be.below(exchange.window)
      expect(exchange.window).to.be.at.most(Math.min(schedule.cap, 1 + schedule.earned + acknowledged))
      const sealed = exchange.seal(index, plainBlock(index))
      expect(sealed.position).to.equal(sent.push({ index, bytes: sealed.bytes }))
      start()
      await delay()
    }

    await delivering
    exchange.end()
    await recipientExchange.end()

    // ---- what each of them has
    const receipt = provider.receipts.find(session)
    const paid = receipt?.acknowledgement.count ?? 0
    const last = signed[signed.length - 1]?.count ?? 0

    if (receipt != null) {
      // invariant 4, for the provider: it can claim every block that was acknowledged
      expect([...receipt.indices]).to.deep.equal(sent.slice(0, paid).map(({ index }) => index))
      expect(receipt.hashes).to.have.lengthOf(32 * paid)
      const { signature, ...chains } = receipt.acknowledgement
      expect(chains).to.deep.equal(state(session, sent.slice(0, paid)))
      expect(verifier(recipient.peerId).acknowledgement(receipt.acknowledgement)).to.be.true()
      // and the recipient gets those keys again, whatever died
      const again = await provider.restarted().exchanges.acknowledge(receipt.acknowledgement, recipient.peerId)
      expect(again.first).to.equal(1)
      expect(again.keys).to.have.lengthOf(32 * paid)
    }

    // every block was unlocked once, in order; with its own key, or not at all
    expect(unlocked.map(([position]) => position)).to.deep.equal(Array.from({ length: arrived }, (_, at) => at + 1))

    for (const [position, key] of unlocked) {
      const { index, bytes } = sent[position - 1]

      if (key != null) {
        expect([...opened(bytes, key)]).to.deep.equal([...plainBlock(index)])
        // invariant 3, for the recipient
        expect(position).to.be.at.most(last)
      }

      // invariant 4, for the recipient: what it acknowledged it can open
      if (schedule.server && !dead) {
        expect(key != null).to.equal(position <= last)
      }
    }

    // one state for each count, no count twice
    expect(signed.every(({ count }, at) => at === 0 || count > signed[at - 1].count)).to.be.true()
    // neither finds fault with an honest other
    expect(faults).to.be.empty()

    if (schedule.providerKilled == null && schedule.recipientKilled == null) {
      expect(recipientFaults).to.be.empty()
      expect(unlocked.every(([, key]) => key != null)).to.be.true()
      expect(paid).to.equal(sent.length)
      expect(sent.length).to.equal(Math.min(schedule.indices.length, schedule.cut))
      expect(provider.open(recipient.peerId, schedule.cap).exchange.window)
        .to.equal(Math.min(schedule.cap, 1 + schedule.earned + paid))
    }

    provider.exchanges.stop()
  }

  it('keep every invariant, whatever is late, lost or killed', async function () {
    this.timeout(120_000)
    await fc.assert(fc.asyncProperty(schedules, run), { numRuns: 300 })
  })
})
