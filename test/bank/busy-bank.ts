/**
 * Takes money, sells books, redeems their coins and closes them as fast as it can, and says what came of it; to be killed, or
 * to end after a number of rounds, by `crash.node.ts`. Books of so many rounds stay open.
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SqlBank } from '../../src/bank/index.ts'
import { Home } from '../../src/home/home.ts'
import { BLOCKS, client, hash, order, redemption, SERVER } from './fixtures.ts'
import type { CoinBook, Redeemed } from '../../src/bank/index.ts'

export interface Line {
  round: number
  /** Hex */
  serials: string[]
  redeemed: Redeemed[]
  closed: number
}

/** Of which each round is one */
export const BUYERS = 4

export async function openBank (home: Home): Promise<SqlBank> {
  return new SqlBank(home.database(), { self: SERVER, policy: { fee: 700 } })
}

/** Tickets of round n end in second n: long ago. */
export function endOf (round: number): number {
  return round * 1_000
}

/** All buyers at once, each another object in each round. */
export async function buy (bank: SqlBank, round: number): Promise<CoinBook[]> {
  return (await Promise.all(Array.from({ length: BUYERS }, async (_, by) => bank.order(order({ by, of: round % 250, notAfter: endOf(round) }))))).map(({ book }) => book)
}

/** Two sessions of each book, of which the second has coins of the first. */
export function redeem (bank: SqlBank, round: number, books: CoinBook[]): Redeemed[] {
  const all = [...Array(BLOCKS).keys()]

  return bank.settle(books.flatMap((book, by) => [0, 1].map(second => redemption(book, {
    id: 2 * (round * BUYERS + by) + second,
    to: second === 1 && by === 0 ? 'server' : (by + 1 + second) % BUYERS,
    blocks: second === 1 ? all.slice(8).reverse() : all.slice(0, 12)
  }))))
}

export function deposit (bank: SqlBank, round: number): void {
  for (let by = 0; by < BUYERS; by++) {
    bank.deposit(client(by), 500, { reference: `round ${round}, buyer ${by}` })
  }
}

async function run (folder: string, first: number, rounds: number, keep: number): Promise<void> {
  const home = await Home.open(folder)
  const bank = await openBank(home)

  for (let round = first; round < first + rounds; round++) {
    deposit(bank, round)
    const books = await buy(bank, round)
    const redeemed = redeem(bank, round, books)

    if (round % 3 === 2) {
      bank.void(hash('session', 2 * round * BUYERS), 'false')
    }

    const closed = bank.close(endOf(round - keep) + bank.policy.redemption + 1)

    // at once, past any buffer of this process
    writeSync(1, `${JSON.stringify({ round, serials: books.map(({ serial }) => Buffer.from(serial).toString('hex')), redeemed, closed })}\n`)
  }

  home.close()
}

// and not when a test runner loads every file of the folder
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await run(process.argv[2], Number(process.argv[3]), Number(process.argv[4]), Number(process.argv[5]))
}
