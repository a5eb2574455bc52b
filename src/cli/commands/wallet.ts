import { NoStatementError, NotAskedError, UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parseAnyLink } from '../options.ts'
import { fields, oneLine, table } from '../output.ts'
import { formatAmount, formatTime, parseInteger } from '../parse.ts'
import type { Link } from '../../link/index.ts'
import type { AccountStatement, SpentInfo, WalletInfo, WalletOptions } from '../../node/mssl.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'
import type { CID } from 'multiformats/cid'

interface WalletCommandOptions {
  history?: number | true
  before?: number
}

const IN_USE = 'a node runs on this home'

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
    7  a node runs on this home; what this home knows itself is shown

"reserved" is what its open coin books hold, coins that were spent included until whoever was given them has redeemed them.`)

  examples(command, [
    ['mssl wallet', 'balance and coin books at every server'],
    ['mssl wallet mssl:z6Mk…/holiday.mp4 --history 50', 'and the last 50 movements, at the server of a link'],
    ['mssl wallet --json', 'for a script']
  ])

  command.action(async (text: string | undefined, { history, before }: WalletCommandOptions) => {
    const { output, signal } = context
    const told = history != null || before != null
    const limit = typeof history === 'number' ? history : HISTORY
    const link = text == null ? undefined : await parseAnyLink(text, { signal })
    const { wallets, inUse } = await look(context, { link, before, limit, signal })

    if (wallets.length === 0) {
      output.status({ event: 'empty' }, 'this home has bought nothing yet: give a link of the server where it has an account')
    }

    output.result(wallets.map(wallet => walletData(wallet, told)), wallets.map(wallet => walletText(wallet, told)).join('\n\n'))

    const silent = wallets.filter(({ error }) => error != null)

    if (silent.length > 0) {
      throw inUse != null ? new NotAskedError(`${IN_USE}, so no server was asked`, { cause: inUse }) : new NoStatementError(`no statement from ${silent.map(wallet => `${nameOf(wallet)}: ${wallet.error}`).join('; ')}`)
    }
  })
}

/** Asks the servers; when a node runs on this home, only what is noted here is looked at. */
async function look (context: Context, { link, ...options }: WalletOptions & { link?: Link }): Promise<{ wallets: WalletInfo[], inUse?: Error }> {
  try {
    // nobody has to reach this node
    return await context.withNode({ listen: [] }, async ({ peerId, services: { mssl } }) => {
      if (link?.server.equals(peerId) === true) {
        throw new UsageError('this home is the server of the link itself: `mssl ledger balances --money` shows its accounts')
      }

      return { wallets: await mssl.wallet({ link, ...options }) }
    })
  } catch (err: any) {
    if (err.name !== 'HomeInUseError') {
      throw err
    }

    const { notedWallets } = await import('../../node/wallets.ts')

    const noted = await context.withHome(async home => notedWallets(home, link))

    return { wallets: noted.map(wallet => ({ ...wallet, error: IN_USE })), inUse: err }
  }
}

function nameOf ({ name, server }: WalletInfo): string {
  return name === '' ? server.toString() : `${oneLine(name)}, ${server}`
}

function walletText (wallet: WalletInfo, told: boolean): string {
  const { server, statement, spent } = wallet

  return [
    fields({ server: nameOf(wallet), ...statement == null ? {} : balances(statement) }),
    ...statement == null ? [] : listed('coin books', bookRows(statement)),
    ...listed('coins spent, as noted here', spentRows(spent, server.toString())),
    ...statement == null || !told ? [] : listed('history', movementRows(statement))
  ].join('\n')
}

function objectName ({ name, object }: { name: string, object: CID }): string {
  return name === '' ? object.toString() : name
}

function balances ({ balance, reserved, earned, spent, ...statement }: AccountStatement): Record<string, string> {
  const unit = oneLine(statement.unit)

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

function bookRows ({ unit, books }: AccountStatement): string[][] {
  return [
    ['OBJECT', 'BLOCKS', 'PRICE', 'REDEEMED', 'BOND', 'THE REST COMES BACK AFTER'],
    ...books.map(book => [
      objectName(book),
      book.count === 1 ? String(book.first) : `${book.first}-${book.first + book.count - 1}`,
      formatAmount(book.price, unit),
      formatAmount(book.redeemed, unit),
      formatAmount(book.bond, unit),
      formatTime(book.redeemUntil)
    ])
  ]
}

function spentRows (spent: SpentInfo[], server: string): string[][] {
  return [
    ['PROVIDER', 'COINS', 'OBJECT', 'LATEST'],
    ...spent.map(({ provider, coins, at, ...of }) => [provider.toString() === server ? 'the server' : provider.toString(), String(coins), objectName(of), formatTime(at)])
  ]
}

function movementRows ({ unit, movements }: AccountStatement): string[][] {
  return [
    ['ID', 'TIME', 'KIND', 'AMOUNT', 'WITH', 'MEMO'],
    ...movements.map(({ id, time, kind, amount, counterpart, memo }) => [
      String(id),
      formatTime(time),
      kind,
      `${amount > 0 ? '+' : ''}${formatAmount(amount, unit)}`,
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
