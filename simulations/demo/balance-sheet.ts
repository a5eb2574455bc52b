/**
 * What became of everybody's money, put together from the movements in the server's ledger.
 */
import type { Line } from './mssl-process.ts'

/** One party, in the bank's unit. */
export interface Entry {
  /** PeerId, or `world` */
  account: string
  deposit: number
  /** What the coins that it spent were worth, and whose they are now */
  bought: number
  fromServer: number
  fromPeers: number
  /** By coins of others, before the fee */
  earned: number
  /** What it paid, or, above zero, what the server got */
  fee: number
  balance: number
  /** In coin books that are not closed: coins, bonds */
  coins: number
  bond: number
}

export interface Books {
  /** `mssl ledger export --money` */
  movements: Line[]
  /** `mssl ledger balances --money` */
  accounts: Line[]
}

/** Worth of the coins that each client has spent with each provider, by `client provider`, two PeerIds. */
export type Payments = Map<string, number>

/** A movement out of a coin book: coins that a client has spent. */
interface Spending {
  client: string
  /** Who gets what they are worth, less the fee */
  provider: string
  amount: number
  isFee: boolean
}

/** Whose book an account of coins or of a bond is: its client has moved the price there. */
function owners (movements: Line[]): Map<string, string> {
  return new Map(movements.filter(({ kind }) => kind === 'purchase' || kind === 'bond').map(({ payer, payee }) => [payee, payer]))
}

/** What was paid out of coin books. The fee of a session goes from there to the server, the rest to the session's provider. */
function spendings (movements: Line[]): Spending[] {
  const owner = owners(movements)
  const providers = new Map(movements.filter(({ kind }) => kind === 'payment' || kind === 'forfeit').map(({ session, payee }) => [session, payee]))

  return movements.filter(({ kind }) => ['payment', 'forfeit', 'fee'].includes(kind)).map(({ kind, payer, session, amount }) => ({
    client: owner.get(payer) ?? payer,
    provider: providers.get(session) ?? 'nobody',
    amount,
    isFee: kind === 'fee'
  }))
}

/** As the ledger has them. */
export function ledgerPayments ({ movements }: Books): Payments {
  return sumBy(spendings(movements), ({ client, provider }) => `${client} ${provider}`)
}

/**
 * As the recipients counted what they got from whom.
 *
 * @param results - of `mssl get`, by the client's PeerId
 */
export function recipientPayments (results: Map<string, Line>): Payments {
  const lines = [...results].flatMap(([client, { sources }]) => sources.map((source: Line) => ({ client, ...source, amount: source.coins ?? 0 })))

  return sumBy(lines.filter(({ amount }) => amount > 0), ({ client, peer }) => `${client} ${peer}`)
}

/** Of parties by their PeerIds, the server's first. */
export function balanceSheet ({ movements, accounts }: Books, parties: string[]): Entry[] {
  const owner = owners(movements)
  const spent = spendings(movements)
  const [server] = parties
  const moved = (kind: string, of: (movement: Line) => boolean): number => sum(movements.filter(movement => movement.kind === kind && of(movement)))
  const held = (kind: string, of: (account: string) => boolean): number => accounts.filter(row => row.kind === kind && of(row.account)).reduce((sum, { balance }) => sum + balance, 0)

  const entries = parties.map(account => {
    const bought = spent.filter(({ client }) => client === account)
    const sold = spent.filter(({ provider }) => provider === account)
    const fees = account === server ? spent.filter(({ isFee }) => isFee) : []

    return {
      account,
      deposit: moved('deposit', ({ payee }) => payee === account),
      bought: sum(bought),
      fromServer: sum(bought.filter(({ provider }) => provider === server)),
      fromPeers: sum(bought.filter(({ provider }) => provider !== server)),
      earned: sum(sold),
      fee: sum(fees) - sum(sold.filter(({ isFee }) => isFee)),
      balance: held('purse', name => name === account),
      coins: held('coins', name => owner.get(name) === account),
      bond: held('bond', name => owner.get(name) === account)
    }
  })
  const nothing = { bought: 0, fromServer: 0, fromPeers: 0, earned: 0, fee: 0, coins: 0, bond: 0 }

  return [...entries, { account: 'world', deposit: -moved('deposit', () => true), ...nothing, balance: held('world', () => true) }]
}

/**
 * @throws {Error} when something of it contradicts itself
 */
export function checkSheet (entries: Entry[]): void {
  for (const { account, deposit, bought, earned, fee, balance, coins, bond } of entries) {
    if (deposit - bought + earned + fee !== balance + coins + bond) {
      throw new Error(`${account} has ${balance}, which is not what it paid in, bought and earned`)
    }

    if (balance < 0 && account !== 'world') {
      throw new Error(`${account} has less than nothing`)
    }
  }

  for (const [what, sum] of [['deposits', total(entries, 'deposit')], ['fees', total(entries, 'fee')], ['purchases less earnings', total(entries, 'bought') - total(entries, 'earned')], ['balances', total(entries, 'balance') + total(entries, 'coins') + total(entries, 'bond')]] as const) {
    if (sum !== 0) {
      throw new Error(`all ${what} together are ${sum} instead of 0`)
    }
  }
}

export function sheetTable (entries: Entry[], names: Map<string, string>): string {
  const columns: Array<[keyof Entry, string]> = [['deposit', 'deposit'], ['bought', 'bought'], ['fromServer', 'from server'], ['fromPeers', 'from peers'], ['earned', 'earned'], ['fee', 'fee'], ['balance', 'balance'], ['coins', 'in coins'], ['bond', 'in bond']]
  const rows = entries.map(entry => [names.get(entry.account) ?? entry.account, ...columns.map(([key]) => String(entry[key]))])
  const sums = columns.map(([key]) => String(total(entries, key)))

  return [['', ...columns.map(([, title]) => title)], ...rows, ['sum', ...sums]]
    .map(cells => `  ${cells.map((cell, i) => i === 0 ? cell.padEnd(10) : cell.padStart(12)).join('')}`)
    .join('\n')
}

function total (entries: Entry[], key: keyof Entry): number {
  return entries.reduce((sum, entry) => sum + Number(entry[key]), 0)
}

function sum (rows: Array<Line | Spending>): number {
  return rows.reduce((sum, { amount }) => sum + amount, 0)
}

/** Of the amounts of rows, by what they have in common. */
export function sumBy <T extends Line | Spending> (rows: T[], key: (row: T) => string): Map<string, number> {
  const sums = new Map<string, number>()

  for (const row of rows) {
    sums.set(key(row), (sums.get(key(row)) ?? 0) + row.amount)
  }

  return sums
}
