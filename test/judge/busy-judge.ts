/**
 * Claims, disputes and audits as fast as it can and says what was answered; to be killed by `crash.node.ts`.
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BLOCK_COUNT, Court, peer, PROVIDER } from './fixtures.ts'

async function run (folder: string, from: number): Promise<void> {
  const court = await Court.open({ folder })
  // every other claim is audited
  const judge = await court.judge({ auditRate: 1 / 2 })
  const provider = await peer(PROVIDER)
  const ticket = await court.ticket(PROVIDER)

  for (let n = from; ; n++) {
    // a recipient of its own for each, so that each has something to be paid for
    const { claim, evidence, hashes, complaint, recovery } = await court.play({ recipient: 10 + n, indices: Array.from({ length: BLOCK_COUNT }, (_, i) => i), falseAt: n % 8 === 7 ? [2] : [] })
    const { session } = evidence.acknowledgement

    if (n % 8 === 7) {
      await judge.complain(complaint(2), await peer(10 + n))
    } else if (n % 8 === 3) {
      await judge.recover(recovery(), await peer(10 + n))
      court.now += 700_000
      await judge.sweep()
    }

    let { verdicts: [verdict] } = await judge.claim(ticket, [claim], provider)

    if (verdict.outcome === 'audit') {
      ({ verdicts: [verdict] } = await judge.audit(session, hashes, provider))
    }

    // at once, past any buffer of this process
    writeSync(1, `${JSON.stringify({ n, outcome: verdict.outcome, credited: verdict.credited })}\n`)
  }
}

// and not when a test runner loads every file of the folder
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await run(process.argv[2], Number(process.argv[3]))
}
