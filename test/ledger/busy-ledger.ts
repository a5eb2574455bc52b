/**
 * Settles sessions as fast as it can and says what came of it; to be killed, or to end after a number of batches, by
 * `crash.node.ts`.
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Home } from '../../src/home/home.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { client, hash, settlement } from './fixtures.ts'
import type { Session } from './fixtures.ts'

export const BATCH = 8

/** Sessions of all batches overlap: each block comes in two of them. */
export function batch (number: number): Session[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const id = number * BATCH + i

    return { id, provider: id % 7, recipient: 7, object: 1, indices: Array.from({ length: 200 }, (_, j) => id * 100 + 199 - j) }
  })
}

async function run (folder: string, first: number, batches: number): Promise<void> {
  const home = await Home.open(folder)
  const ledger = new SqlLedger(home.database())

  for (let number = first; number < first + batches; number++) {
    const sessions = batch(number)

    // in two parts, the second of which settles what is new
    ledger.settle(sessions.map(session => settlement({ ...session, count: 50 })))
    const settled = ledger.settle(sessions.map(settlement))

    if (number % 5 === 4) {
      ledger.void(hash('session', number * BATCH), 'false')
    }

    ledger.adjust(client(number % 7), 1, 'busy')

    // at once, past any buffer of this process
    writeSync(1, `${JSON.stringify({ number, settled })}\n`)
  }

  home.close()
}

// and not when a test runner loads every file of the folder
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await run(process.argv[2], Number(process.argv[3]), Number(process.argv[4]))
}
