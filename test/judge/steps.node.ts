/** A server that ends between any two steps of its judgement, once each. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { verifyEvidence } from '../../src/judge/index.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { BLOCK_COUNT, COIN, Court, FUNDS, HOUR, NOW, OTHER, peer, PRICE, PROVIDER, RECIPIENT } from './fixtures.ts'
import type { CourtInit, Played, PlayInit } from './fixtures.ts'
import type { Judge } from '../../src/judge/index.ts'
import type { DatabaseSync } from 'node:sqlite'

const CREDIT = 4

/** Ends before the n-th transaction is durable, or right after: nothing is written from then on. */
function endAt (database: DatabaseSync, n: number, when: 'before' | 'after'): () => boolean {
  const exec = database.exec.bind(database)
  let commits = 0
  let ended = false

  database.exec = sql => {
    if (ended && sql !== 'ROLLBACK') {
      throw new Error('killed')
    }

    if (sql === 'COMMIT' && ++commits === n) {
      ended = true

      if (when === 'after') {
        exec(sql)
      }

      throw new Error('killed')
    }

    exec(sql)
  }

  return () => {
    database.exec = exec

    return ended
  }
}

describe('judge that ends between two steps', () => {
  let court: Court

  beforeEach(async () => {
    court = await Court.open()
  })

  afterEach(async () => {
    await court.close()
  })

  /** As a server finds it that starts again. */
  async function restarted (): Promise<Judge> {
    return court.judge({}, {
      ledger: new SqlLedger(court.home.database(), undefined, () => court.now),
      bank: court.isSold ? court.openBank() : undefined
    })
  }

  /** Does `work` again after an end at each step, and expects the same in the end. */
  async function survive (work: (judge: Judge) => Promise<void>, expected: { earned: number, offences: number }): Promise<void> {
    const provider = await peer(PROVIDER)

    await surviveAll({}, async () => {
      await court.ticket(PROVIDER)
      await court.ticket(RECIPIENT)
    }, work, async judge => {
      expect(court.ledger.check()).to.include({ holds: true, sum: 0 })

      return { earned: court.ledger.balance(provider) - court.ledger.policy.startingCredit, offences: judge.offences(provider) }
    }, expected)
  }

  async function surviveAll <T> (init: CourtInit, prepare: () => Promise<T>, work: (judge: Judge, prepared: T) => Promise<void>, state: (judge: Judge) => Promise<unknown>, expected: unknown): Promise<void> {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1, ended = true; ended; n++) {
        await court.close()
        court = await Court.open(init)
        const judge = await court.judge()
        const prepared = await prepare()
        const restart = endAt(court.home.database(), n, when)

        await work(judge, prepared).catch(err => {
          expect(err.message).to.equal('killed')
        })
        ended = restart()
        await work(await restarted(), prepared)

        expect(await state(await court.judge()), `${when} ${n}`).to.deep.equal(expected)
        // it did end somewhere, and there is an end of steps
        expect(ended || n > 1).to.be.true()
      }
    }
  }

  it('pays claims once', async () => {
    await survive(async judge => {
      const [one, two] = [await court.play({ nonce: 1 }), await court.play({ nonce: 2, indices: [3, 4, 5] })]
      await judge.claim(await court.ticket(PROVIDER), [one.claim, two.claim], await peer(PROVIDER))
    }, { earned: 6 * CREDIT, offences: 0 })
  })

  it('pays what a recipient has shown once, with the provider\'s claim', async () => {
    await survive(async judge => {
      const [short, long] = [await court.play({ indices: [0, 1] }), await court.play({ indices: [0, 1, 2] })]
      await judge.recover(long.recovery(1), await peer(RECIPIENT))
      await judge.claim(await court.ticket(PROVIDER), [short.claim], await peer(PROVIDER))
      court.now += 600_000
      await judge.sweep()
    }, { earned: 3 * CREDIT, offences: 0 })
  })

  describe('with money', () => {
    /** Three clients have bought all blocks, and the first has dealt with the two others. */
    async function dealings (one: PlayInit, other: PlayInit): Promise<{ one: Played, other: Played, tickets: Uint8Array[] }> {
      const tickets = [await court.ticket(PROVIDER), await court.ticket(OTHER)]

      return { one: await court.play(one), other: await court.play({ nonce: 5, provider: OTHER, ...other }), tickets }
    }

    /** What everybody has, and what is known of the recipient. */
    async function state (judge: Judge): Promise<unknown> {
      const [recipient, provider, other] = await Promise.all([RECIPIENT, PROVIDER, OTHER].map(peer))
      const { holds, problems } = court.bank.check()
      expect({ holds, problems }).to.deep.equal({ holds: true, problems: [] })

      for (const { file } of judge.list()) {
        await verifyEvidence(await readFile(join(court.home.join('evidence'), String(file))))
      }

      return {
        money: [recipient, provider, other].map(who => court.bank.balance(who)),
        offences: judge.list().map(({ kind, peer }) => [kind, peer.equals(recipient)]),
        waiting: court.bank.doubleSpends(9).length
      }
    }

    const TOTAL = COIN * BLOCK_COUNT
    const LEFT = FUNDS - 2 * TOTAL
    const net = (coins: number): number => COIN * coins - Math.floor(COIN * coins * 0.05)

    it('pays a coin that was spent twice, and keeps evidence of it, once', async () => {
      await surviveAll({ price: PRICE }, async () => dealings({ indices: [0, 1, 2] }, { indices: [2, 3] }), async (judge, { one, other, tickets }) => {
        await judge.claim(tickets[0], [one.claim], await peer(PROVIDER))
        await judge.claim(tickets[1], [other.claim], await peer(OTHER))
        await judge.sweep()
      }, state, { money: [LEFT, LEFT + net(3), LEFT + net(2)], offences: [['double-spend', true]], waiting: 0 })
    })

    it('pays what was shown before it gives the rest back, once', async () => {
      await surviveAll({ price: PRICE }, async () => dealings({ indices: [0, 1, 2] }, { indices: [3, 4] }), async (judge, { one, other, tickets }) => {
        const recipient = await peer(RECIPIENT)
        const over = NOW + 8 * 24 * HOUR

        if (court.now < over) {
          await judge.recover(one.recovery(), recipient)
          await judge.claim(tickets[1], [other.claim], await peer(OTHER))
          court.now = over
        }

        await judge.sweep()
      }, async judge => {
        const result = await state(judge)
        court.now = NOW + HOUR / 2

        return result
      }, { money: [FUNDS - 5 * COIN, FUNDS + net(3), FUNDS + net(2)], offences: [], waiting: 0 })
    })
  })

  it('convicts once, and takes back what was paid', async () => {
    await survive(async judge => {
      const { claim, evidence, hashes, complaint } = await court.play({ falseAt: [2] })
      const [provider, recipient] = [await peer(PROVIDER), await peer(RECIPIENT)]
      const ticket = await court.ticket(PROVIDER)
      await judge.claim(ticket, [claim], provider)

      try {
        await judge.complain(complaint(2), recipient)
      } catch (err: any) {
        // the second time it is settled what it was
        if (err.name !== 'AckRefusedError') {
          throw err
        }
      }

      await judge.claim(ticket, [claim], provider)
      await judge.audit(evidence.acknowledgement.session, hashes, provider)

      if ((await judge.claim(ticket, [claim], provider)).verdicts[0].outcome !== 'void') {
        throw new Error('killed')
      }
    }, { earned: 0, offences: 1 })
  })
})
