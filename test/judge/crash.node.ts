import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { verifyEvidence } from '../../src/judge/index.ts'
import { busyProcess } from '../busy-process.ts'
import { BLOCK_COUNT, Court, HOUR, NOW, peer, PROVIDER } from './fixtures.ts'

const CREDIT = 4

describe('judge after kill -9', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-judge-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('has paid all that it said, nothing twice, and convicted for each false claim', async function () {
    this.timeout(120_000)
    let next = 0

    for (const killAfter of [1, 4, 9, 12, 17]) {
      const from = next
      const { lines, killed } = await busyProcess(new URL('./busy-judge.ts', import.meta.url), [folder, from], { killAfter })
      const answers = lines.map(line => JSON.parse(line))
      expect(killed).to.be.true()
      expect(answers.length).to.be.at.least(killAfter)
      expect(answers.map(({ n }) => n)).to.deep.equal(answers.map((_, at) => from + at))

      for (const { n, outcome, credited } of answers) {
        expect({ n, outcome, credited }).to.deep.equal(n % 8 === 7 ? { n, outcome: 'void', credited: 0 } : { n, outcome: 'settled', credited: BLOCK_COUNT })
      }

      next += answers.length
      await check(next)
    }
  })

  /** `done` sessions were answered for; the one after that may have been half done, and is done again by the next run. */
  async function check (done: number): Promise<void> {
    const court = await Court.open({ folder })
    court.now = NOW + HOUR
    const judge = await court.judge()
    const provider = await peer(PROVIDER)
    const isVoid = (n: number): boolean => n % 8 === 7
    const good = Array.from({ length: done }, (_, n) => n).filter(n => !isVoid(n)).length
    const paid = (court.ledger.balance(provider) - court.ledger.policy.startingCredit) / (BLOCK_COUNT * CREDIT)

    expect(court.ledger.check()).to.include({ holds: true, sum: 0 })
    expect(paid).to.be.within(good, good + 1)
    expect(judge.offences(provider)).to.be.within(done - good, done - good + 1)

    for (const { file } of judge.list()) {
      if (file != null) {
        expect((await verifyEvidence(await readFile(join(court.home.join('evidence'), file)))).accused.equals(provider)).to.be.true()
      }
    }

    court.home.close()
  }
})
