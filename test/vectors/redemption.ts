/** What a bank of this project does with coins that are claimed: part of protocols/ack/vectors.json. */
import { DatabaseSync } from 'node:sqlite'
import { fromString } from 'uint8arrays/from-string'
import { partOf } from '../../src/bank/parts.ts'
import { SqlBank } from '../../src/bank/sql-bank.ts'
import { encodeBlocks } from '../../src/exchange/index.ts'
import { CoinValues, Geometry, sha256 } from '../../src/object/index.ts'
import { quoteOf } from '../bank/fixtures.ts'
import { NOW, object, peer } from '../ticket/fixtures.ts'
import type { PeerId } from '@libp2p/interface'

/** Accounts by name; `coins` and `bond` are those of the book. */
type Balances = Record<string, number>

/** One of these: a claim of all blocks that a session has by now, what was found to be false, money that goes out. */
export type Step =
  { session: string, provider: string, blocks: number[], credited: number, amount: number } |
  { void: string } |
  { withdrawal: string, amount: number }

export interface RedemptionVectors {
  /** Of one session that was paid more and more */
  fees: Array<{ fee: number, paid: number[], taken: number[] }>
  redemptions: Array<{
    name: string
    object: { size: number, blockSize: number, price: { amount: number, per: number } }
    /** 1/10,000 */
    fee: number
    bondRate: number
    book: { first: number, count: number, price: number, bond: number }
    steps: Step[]
    balances: Balances
    /** Second providers */
    doubleSpending: string[]
    /** What the client has once the book is closed */
    closed: number
  }>
}

type Action = [session: string, provider: string, ...blocks: number[]] | { void: string } | { withdrawal: string, amount: number }

interface Scenario {
  name: string
  amount?: number
  fee?: number
  bondRate?: number
  book?: [first: number, count: number]
  actions: Action[]
}

const BLOCK_SIZE = 65_536
const SIZE = 9 * BLOCK_SIZE + 1
const NAMES = ['client', 'server', 'alice', 'bob', 'carol']

const SCENARIOS: Scenario[] = [
  { name: 'a provider is paid, less the fee', actions: [['a', 'alice', 0, 1, 2]] },
  { name: 'the server is paid, without a fee', actions: [['s', 'server', 0, 1, 2]] },
  { name: 'the same claim again is nothing', actions: [['a', 'alice', 0, 1, 2], ['a', 'alice', 0, 1, 2]] },
  { name: 'claimed in pieces, the fee is that of the whole', fee: 3_333, actions: [['a', 'alice', 4], ['a', 'alice', 4, 2], ['a', 'alice', 4, 2, 9], ['a', 'alice', 4, 2, 9, 0, 1]] },
  { name: 'a block twice in one session is paid once', actions: [['a', 'alice', 3, 3, 4]] },
  { name: 'a block in two sessions with one provider is paid once', actions: [['a', 'alice', 3], ['b', 'alice', 3, 4]] },
  { name: 'the server gives again what a provider was paid for', actions: [['a', 'alice', 3, 4], ['s', 'server', 3, 5]] },
  { name: 'a provider gives again what the server was paid for', actions: [['s', 'server', 3, 4], ['a', 'alice', 3, 5]] },
  { name: 'the server gives again, beyond the bond', bondRate: 1_500, actions: [['a', 'alice', 3, 4], ['s', 'server', 4, 3], ['t', 'server', 4]] },
  { name: 'a provider gives again what the server was paid for, without a bond', bondRate: 0, actions: [['s', 'server', 3], ['a', 'alice', 3], ['b', 'bob', 3]] },
  { name: 'spent with two providers', actions: [['a', 'alice', 3, 4], ['b', 'bob', 4, 5]] },
  { name: 'spent with two providers, the server between them', actions: [['s', 'server', 4], ['a', 'alice', 4], ['b', 'bob', 4]] },
  { name: 'spent with three providers, beyond the bond', bondRate: 1_000, actions: [['a', 'alice', 3, 4], ['b', 'bob', 3, 4], ['c', 'carol', 4]] },
  { name: 'without a bond', bondRate: 0, actions: [['a', 'alice', 3], ['b', 'bob', 3, 5]] },
  { name: 'a void session never held its coins', actions: [['a', 'alice', 3, 4], { void: 'a' }, ['b', 'bob', 3, 5]] },
  { name: 'a void session gives back what the bond gave', actions: [['a', 'alice', 3], ['b', 'bob', 3, 5], { void: 'b' }] },
  { name: 'the server had given a coin of a void session again', actions: [['a', 'alice', 3, 4], ['s', 'server', 3], { void: 'a' }, ['b', 'bob', 3, 4]] },
  { name: 'a coin of a void session is another one\'s, who was paid as well', actions: [['a', 'alice', 3], ['b', 'bob', 3, 5], { void: 'a' }, ['c', 'carol', 3]] },
  { name: 'a void session whose provider has taken its money out', actions: [['a', 'alice', 3, 4], { withdrawal: 'alice', amount: 200 }, { void: 'a' }, ['b', 'bob', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] },
  { name: 'a void session whose provider and server have taken their money out', bondRate: 1_000, actions: [['a', 'alice', 3, 4], { withdrawal: 'alice', amount: 200 }, { withdrawal: 'server', amount: 10 }, { void: 'a' }, ['b', 'bob', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] },
  {
    name: 'two void sessions whose providers have taken their money out leave the last one unpaid',
    actions: [
      ['a', 'alice', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { withdrawal: 'alice', amount: 950 }, { void: 'a' },
      ['c', 'carol', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { withdrawal: 'carol', amount: 950 }, { void: 'c' },
      ['b', 'bob', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    ]
  },
  { name: 'coins that are worth nothing', amount: 3, actions: [['a', 'alice', 0, 1, 2, 3]] },
  { name: 'all that there is', amount: Number.MAX_SAFE_INTEGER, bondRate: 0, fee: 9_999, actions: [['a', 'alice', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]] },
  { name: 'a run of blocks', book: [2, 3], actions: [['a', 'alice', 4, 2, 3]] }
]

export async function redemptionVectors (): Promise<RedemptionVectors> {
  const peers = new Map(await Promise.all(NAMES.map(async (name, n) => [name, await peer(20 + n)] as const)))

  return {
    fees: [
      { fee: 500, paid: [1, 19, 20, 21, 1_000] },
      { fee: 3_333, paid: [10, 20, 30, 40] },
      { fee: 0, paid: [10, Number.MAX_SAFE_INTEGER] },
      { fee: 10_000, paid: [1, Number.MAX_SAFE_INTEGER] },
      { fee: 9_999, paid: [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER] }
    ].map(({ fee, paid }) => ({ fee, paid, taken: paid.map((sum, n) => partOf(sum, fee) - partOf(paid[n - 1] ?? 0, fee)) })),
    redemptions: await Promise.all(SCENARIOS.map(async scenario => redemption(scenario, name => peers.get(name) as PeerId)))
  }
}

async function redemption ({ name, amount = 1_000, fee = 500, bondRate = 10_000, book: [first, count] = [0, 10], actions }: Scenario, who: (name: string) => PeerId): Promise<RedemptionVectors['redemptions'][number]> {
  const database = new DatabaseSync(':memory:')
  const convicted: PeerId[] = []
  const bank = new SqlBank(database, { self: who('server'), policy: { unit: 'cent', fee, bond: bondRate }, onDoubleSpend: peer => convicted.push(peer), now: () => NOW })
  const values = new CoinValues({ amount, per: SIZE, unit: 'cent' }, new Geometry(SIZE, BLOCK_SIZE))
  const order = { client: who('client'), object: object(1), values, first, count, maxPrice: amount, notAfter: NOW + 1 }
  const { price, bond } = await quoteOf(bank, order)
  bank.deposit(who('client'), price + bond)
  const { book: { serial } } = await bank.order(order)

  const steps = actions.map((action): Step => {
    if (!Array.isArray(action)) {
      'void' in action ? bank.void(sessionOf(action.void), 'false entry') : bank.withdraw(who(action.withdrawal), action.amount)

      return action
    }

    const [session, provider, ...blocks] = action
    const id = sessionOf(session)
    const list = encodeBlocks(blocks)
    const nothing = new Uint8Array(32)
    const [{ credited, amount }] = bank.settle([{
      session: id,
      provider: who(provider),
      recipient: who('client'),
      object: object(1),
      serial,
      count: blocks.length,
      indices: Uint32Array.from(blocks),
      blockLength: () => BLOCK_SIZE,
      relieved: provider !== 'server',
      values,
      evidence: {
        ticket: nothing,
        provider: who(provider).toMultihash().bytes,
        recipientNonce: nothing,
        providerNonce: nothing,
        acknowledgement: { session: id, count: blocks.length, indices: nothing, entries: nothing, signature: new Uint8Array(64) },
        blocks: list
      }
    }])

    return { session, provider, blocks, credited, amount }
  })

  const { reserved, books: [{ bond: bondLeft }] } = bank.statement(who('client'))
  const balances = Object.fromEntries([...NAMES.map(name => [name, bank.balance(who(name))] as const), ['coins', reserved - bondLeft], ['bond', bondLeft]])
  const doubleSpending = bank.doubleSpends(NAMES.length).map(({ sessions: [, { provider }] }) => NAMES.find(name => Buffer.compare(who(name).toMultihash().bytes, provider) === 0) ?? '')
  const { holds, problems } = bank.check()
  bank.close(Number.MAX_SAFE_INTEGER)
  const closed = bank.balance(who('client'))
  database.close()

  if (!holds) {
    throw new Error(`${name}: ${problems.join('; ')}`)
  }

  return { name, object: { size: SIZE, blockSize: BLOCK_SIZE, price: { amount, per: SIZE } }, fee, bondRate, book: { first, count, price, bond }, steps, balances, doubleSpending, closed }
}

function sessionOf (name: string): Uint8Array {
  return sha256(fromString(name))
}
