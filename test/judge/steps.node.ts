/** A server that ends between any two steps of its judgement, once each. */
import { expect } from 'aegir/chai'
import { SqlLedger } from '../../src/ledger/index.ts'
import { Court, peer, PROVIDER, RECIPIENT } from './fixtures.ts'
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
    return court.judge({}, { ledger: new SqlLedger(court.home.database(), undefined, () => court.now) })
  }

  /** Does `work` again after an end at each step, and expects the same in the end. */
  async function survive (work: (judge: Judge) => Promise<void>, expected: { earned: number, offences: number }): Promise<void> {
    const provider = await peer(PROVIDER)

    for (const when of ['before', 'after'] as const) {
      for (let n = 1, ended = true; ended; n++) {
        await court.close()
        court = await Court.open()
        const judge = await court.judge()
        await court.ticket(PROVIDER)
        await court.ticket(RECIPIENT)
        const restart = endAt(court.home.database(), n, when)

        await work(judge).catch(err => {
          expect(err.message).to.equal('killed')
        })
        ended = restart()
        await work(await restarted())

        const step = `${when} ${n}`
        expect(court.ledger.balance(provider) - court.ledger.policy.startingCredit, step).to.equal(expected.earned)
        expect((await court.judge()).offences(provider), step).to.equal(expected.offences)
        expect(court.ledger.check(), step).to.include({ holds: true, sum: 0 })
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
      judge.sweep()
    }, { earned: 3 * CREDIT, offences: 0 })
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
