import { NoStatementError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { fields, table } from '../output.ts'
import { formatAmount, formatTime, parseInteger } from '../parse.ts'
import type { AccountMovement, AccountStatement, BookInfo, SpentInfo, WalletInfo } from '../../node/mssl.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'
import type { CID } from 'multiformats/cid'

interface WalletCommandOptions {
  history?: number | true
  before?: number
}

/** Movements that are shown unless somebody says how many. */
const HISTORY = 20

/** Movements that a server tells at once. */
const MAX_HISTORY = 256

export function walletCommand (program: Command, context: Context): void {
  const command = program.command('wallet')
    .summary('money of this home: balance, coin books, spent, earned')
    .description('Ask the servers that this home buys from for its accounts: what it can spend, what is set aside in coin books and when that comes back, what it earned and spent. Besides, what this home itself has noted of the coins that it spent. Without a link, all these servers.')
    .argument('[link]', 'a link of the server that is asked, or https://host (default: all)')
    .option('--history [n]', `movements too, the newest first, so many at most (default: ${HISTORY})`, parseInteger(1, MAX_HISTORY))
    .option('--before <id>', 'movements before this one, to go on with the history', parseInteger(1))
    .addHelpText('after', `
Exit codes:
    0  every server answered
    6  a server could not be asked; what this home knows itself is shown
    7  a node runs on this home`)

  examples(command, [
    ['mssl wallet', 'balance and coin books at every server'],
    ['mssl wallet mssl:z6Mk…/holiday.mp4 --history 50', 'and the last 50 movements, at the server of a link'],
    ['mssl wallet --json', 'for a script']
  ])

  command.action(async (link: string | undefined, { history, before }: WalletCommandOptions) => {
    const { output, signal } = context
    const told = history != null || before != null
    const limit = typeof history === 'number' ? history : HISTORY

    if (link != null && !link.startsWith('https:')) {
      const { parseLink } = await import('../../link/index.ts')
      parseLink(link)
    }

    // nobody has to reach this node
    const { wallets, names } = await context.withNode({ listen: [] }, async ({ services: { mssl } }) => ({
      wallets: await mssl.wallet({ link, before, limit, signal }),
      names: new Map(mssl.list().map(({ id, name }) => [id.toString(), name]))
    }))

    if (wallets.length === 0) {
      output.status({ event: 'empty' }, 'this home has bought nothing yet: give a link of the server where it has an account')
    }

    output.result(wallets.map(wallet => walletData(wallet, told)), wallets.map(wallet => walletText(wallet, told, names)).join('\n\n'))

    const silent = wallets.filter(({ error }) => error != null)

    if (silent.length > 0) {
      throw new NoStatementError(`no statement from ${silent.map(wallet => `${nameOf(wallet)}: ${wallet.error}`).join('; ')}`)
    }
  })
}

function nameOf ({ name, server }: WalletInfo): string {
  return name === '' ? server.toString() : `${name}, ${server}`
}

function walletText (wallet: WalletInfo, told: boolean, names: Map<string, string>): string {
  const { server, statement, spent } = wallet
  const objectName = (id: CID): string => names.get(id.toString()) ?? id.toString()

  return [
    fields({ server: nameOf(wallet), ...statement == null ? {} : balances(statement) }),
    ...statement == null ? [] : listed('coin books', bookRows(statement.books, objectName)),
    ...listed('coins spent, as noted here', spentRows(spent, server.toString(), objectName)),
    ...statement == null || !told ? [] : listed('history', movementRows(statement.movements))
  ].join('\n')
}

function balances ({ unit, balance, reserved, earned, spent }: AccountStatement): Record<string, string> {
  return {
    balance: formatAmount(balance, unit),
    reserved: formatAmount(reserved, unit),
    earned: formatAmount(earned, unit),
    spent: formatAmount(spent, unit)
  }
}

/** A heading and what belongs to it, if there is more than the names of the columns. */
function listed (heading: string, rows: string[][]): string[] {
  return rows.length < 2 ? [] : [`${heading}:`, table(rows).replace(/^/gm, '  ')]
}

function bookRows (books: BookInfo[], objectName: (id: CID) => string): string[][] {
  return [
    ['OBJECT', 'BLOCKS', 'PRICE', 'REDEEMED', 'BOND', 'THE REST COMES BACK AFTER'],
    ...books.map(({ object, first, count, price, redeemed, bond, redeemUntil }) => [
      objectName(object),
      count === 1 ? String(first) : `${first}-${first + count - 1}`,
      String(price),
      String(redeemed),
      String(bond),
      formatTime(redeemUntil)
    ])
  ]
}

function spentRows (spent: SpentInfo[], server: string, objectName: (id: CID) => string): string[][] {
  return [
    ['PROVIDER', 'COINS', 'OBJECT', 'LATEST'],
    ...spent.map(({ provider, coins, object, at }) => [provider.toString() === server ? 'the server' : provider.toString(), String(coins), objectName(object), formatTime(at)])
  ]
}

function movementRows (movements: AccountMovement[]): string[][] {
  return [
    ['ID', 'TIME', 'KIND', 'AMOUNT', 'WITH', 'MEMO'],
    ...movements.map(({ id, time, kind, amount, counterpart, memo }) => [
      String(id),
      formatTime(time),
      kind,
      amount > 0 ? `+${amount}` : String(amount),
      counterpart,
      memo
    ])
  ]
}

function walletData ({ server, statement, spent, ...rest }: WalletInfo, told: boolean): Record<string, unknown> {
  return {
    server: server.toString(),
    ...rest,
    statement: statement == null ? undefined : { ...statement, books: statement.books.map(serialised), movements: told ? statement.movements : undefined },
    spent: spent.map(({ provider, ...rest }) => ({ provider: provider.toString(), ...serialised(rest) }))
  }
}

function serialised <T extends { serial: Uint8Array, object: CID }> ({ serial, object, ...rest }: T): Record<string, unknown> {
  return { serial: Buffer.from(serial).toString('hex'), object: object.toString(), ...rest }
}
