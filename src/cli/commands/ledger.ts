import { Option } from 'commander'
import { withBooks } from '../books.ts'
import { UnbalancedLedgerError, UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parsePeer } from '../options.ts'
import { fields, table } from '../output.ts'
import { formatAmount, formatCount, formatDuration, formatPercent, formatTime, parseInteger, parseSince } from '../parse.ts'
import type { BankCheck, BankPolicy, PurseInfo } from '../../bank/index.ts'
import type { LedgerCheck, Movement } from '../../ledger/index.ts'
import type { Books } from '../books.ts'
import type { Context } from '../context.ts'
import type { PeerId } from '@libp2p/interface'
import type { Command } from 'commander'

interface FilterOptions {
  money?: boolean
  account?: string
  since?: number
  limit?: number
}

interface ExportOptions extends FilterOptions {
  format?: 'csv' | 'json'
  to?: string
}

export function ledgerCommand (program: Command, context: Context): void {
  const command = program.command('ledger')
    .summary('credit and money of all clients')
    .description('Look at the double-entry ledger of a server, and check it: what clients were credited for the blocks that they gave each other, and their money. All credit comes from the account "grant", all money from the account "world", so that all accounts together have zero, in each of both. Exit code 0 if everything holds, 4 if it does not.')
    .addHelpText('after', `
Accounts of credit: "grant", which all credit comes from, and those of clients, by their PeerId.
Accounts of money (--money):
  world   whatever is outside: deposits come from here, withdrawals go there; minus what all others have
  <peer>  what a client has and can spend; the server's own one gets fees, and what the server sells
  coins:… of a coin book that is not closed: what its coins cost and was not redeemed yet
  bond:…  of the same: what its client set aside, for whoever is given a coin that was spent before`)

  examples(command, [
    ['mssl ledger', 'how much credit and money there is, and whether everything sums to zero'],
    ['mssl ledger balances --money', 'who has how much money; without --money, credit'],
    ['mssl ledger export --format csv --to ledger.csv', 'for a spreadsheet']
  ])

  // what is no subcommand comes here
  command.allowExcessArguments().action(async (_, { args: [unknown] }: Command) => {
    if (unknown != null) {
      throw new UsageError(`unknown command 'ledger ${unknown}'; \`mssl ledger --help\` lists them`)
    }

    await withBooks(context, books => {
      const { credit, money } = checkAll(books)
      const { accounts, movements, sessions, blocks, issued, sum } = credit
      const { policy } = books.ledger
      const holds = credit.holds && money?.holds !== false

      context.output.result(
        { holds, accounts, movements, sessions, blocks, issued, sum, policy, money: money == null ? undefined : moneyData(money, books.bank.policy) },
        [creditText(credit, books), ...money == null ? [] : [moneyText(money, books.bank.policy)]].join('\n\n')
      )
      assertHolds(credit, money)
    })
  })

  const balances = command.command('balances')
    .summary('list the accounts')
    .description('List the accounts: balance in credit, standing, and blocks that each was credited for; or balances in money, those of coin books that are not empty included.')
    .option('--money', 'of money; without it, of credit')
    .option('--account <name>', 'this account only: a PeerId, "grant" or, with --money, any other name that is listed')

  examples(balances, [
    ['mssl ledger balances', 'all accounts, the richest first'],
    ['mssl ledger balances --account grant', 'where credit comes from: minus what all others have'],
    ['mssl ledger balances --money', 'purses, "world", and what is in coin books'],
    ['mssl ledger balances --json', 'for a script']
  ])

  balances.action(async ({ money = false, account }: FilterOptions) => {
    const only = account == null ? undefined : String(await parseAccount(account, money))

    await withBooks(context, async books => {
      await (money ? purses : accounts)(books, only, context)
    })
  })

  const movements = command.command('movements')
    .summary('list the latest movements')
    .description('List the latest movements, the newest last. Each takes an amount from one account and gives it to another.')
    .option('--limit <n>', 'how many at most', parseInteger(1), 50)
    .addHelpText('after', `
Kinds of movements of credit: starting, service, discount, ageing, reversal, adjustment.
Of money:
  deposit, withdrawal  from and to the outside
  purchase, bond       from a client to its coin book: the price of coins, and what is set aside
  payment              from a coin book to whoever was given its coins, less the server's part
  fee                  that part
  forfeit              from a bond to whoever was given a coin that was spent before, or whose price is missing
  reversal             what a void session had earned, back to the coin book
  refund               what is left in a coin book when it is closed, back to its client`)

  filterOptions(movements)
  examples(movements, [
    ['mssl ledger movements --since 1d', 'of the last day'],
    ['mssl ledger movements --account 12D3Koo… --limit 10', 'the last ten of one client'],
    ['mssl ledger movements --money', 'of money']
  ])

  movements.action(async (options: FilterOptions) => {
    const { movementRow } = await import('../../ledger/index.ts')

    await withBooks(context, async books => {
      const unit = options.money === true ? books.bank.policy.unit : undefined
      const rows = [...await movementsOf(books, options)].map(movement => ({ ...movementRow(movement), unit }))

      if (rows.length === 0) {
        context.output.status({ event: 'empty' }, options.money === true
          ? 'no such movements: money moves with `mssl account deposit` and with what is bought of objects served with `--mode purchase`'
          : 'no such movements: credit moves with tickets and claims of objects served with `--mode proof`')
      }

      context.output.result(rows, rows.length === 0
        ? ''
        : table([
          ['ID', 'TIME', 'KIND', 'AMOUNT', 'FROM', 'TO', 'SESSION', 'MEMO'],
          ...rows.map(({ id, time, kind, amount, unit, payer, payee, session, memo }) => [
            String(id),
            `${time.slice(0, 19).replace('T', ' ')}Z`,
            kind,
            unit == null ? String(amount) : formatAmount(amount, unit),
            payer,
            payee,
            session?.slice(0, 16) ?? '',
            memo ?? ''
          ])
        ]))
    })
  })

  const check = command.command('check')
    .summary('check that everything adds up')
    .description('Compare balances with movements, sessions with what they were credited or paid, blocks that are noted as credited or redeemed with the sessions, and coin books with what is set aside for them; all accounts together have to have zero, in credit and in money. Nobody has to wait for it, also while this home is being served.')

  examples(check, [
    ['mssl ledger check', 'exit code 0 if everything holds, 4 if it does not'],
    ['mssl ledger check --json', 'for a script']
  ])

  check.action(async () => {
    await withBooks(context, books => {
      const { credit, money } = checkAll(books)
      const { accounts, movements, sessions, blocks } = credit
      const problems = [...credit.problems, ...money?.problems ?? []]

      context.output.result({ ...credit, holds: problems.length === 0, problems, money: money == null ? undefined : moneyData(money, books.bank.policy) }, problems.join('\n'))
      assertHolds(credit, money)

      const held = money == null ? '' : `; money: ${formatCount(money.accounts, 'account')}, ${formatCount(money.movements, 'movement')}, ${money.books.open} open and ${formatCount(money.books.closed, 'closed coin book')}`
      context.output.status({ event: 'ledger:holds' }, `everything holds: ${formatCount(accounts, 'account')}, ${formatCount(movements, 'movement')}, ${formatCount(sessions, 'session')}, ${formatCount(blocks, 'block')}${held}`)
    })
  })

  const write = command.command('export')
    .summary('write all movements')
    .description('Write movements, the oldest first, as CSV (RFC 4180, with a header) or as a JSON array. Each row takes its amount from "payer" and gives it to "payee".')
    .addOption(new Option('--format <format>', 'csv or json (default: csv, with --json json)').choices(['csv', 'json']))
    .option('--to <file>', 'a new file (default: standard output)')

  filterOptions(write)
  examples(write, [
    ['mssl ledger export --format csv --to ledger.csv', 'for a spreadsheet'],
    ['mssl ledger export --format json --since 2026-01-01 | jq length', 'for a program'],
    ['mssl ledger export --money --to money.csv', 'of money']
  ])

  write.action(async ({ format = context.output.json ? 'json' : 'csv', to, ...options }: ExportOptions) => {
    const { movementsCsv, movementsJson } = await import('../../ledger/index.ts')

    await withBooks(context, async books => {
      const movements = await movementsOf(books, options)
      const text = format === 'csv' ? movementsCsv(movements) : movementsJson(movements)

      if (to == null) {
        await context.output.stream(text)
      } else {
        const { writeFile } = await import('node:fs/promises')
        await writeFile(to, text, { flag: 'wx', mode: 0o600 })
        context.output.result({ file: to, format }, '')
        context.output.status({ event: 'ledger:exported', file: to }, `written to ${to}`)
      }
    })
  })
}

function filterOptions (command: Command): void {
  command
    .option('--money', 'of money; without it, of credit')
    .option('--account <name>', 'of this account only: a PeerId, "grant" or, with --money, any other name that `mssl ledger balances` lists')
    .option('--since <time>', 'from then on: 7d ago, or a date such as 2026-11-21 or 2026-11-21T07:00Z', parseSince)
}

async function movementsOf ({ ledger, bank }: Books, { money = false, account, since, limit }: FilterOptions): Promise<Iterable<Movement>> {
  return (money ? bank : ledger).movements({ account: account == null ? undefined : await parseAccount(account, money), since, limit })
}

/** A name of an account that is nobody's, or whose it is. */
async function parseAccount (account: string, money: boolean): Promise<string | PeerId> {
  const isName = money ? account === 'world' || BOOK_ACCOUNT.test(account) : account === 'grant'

  return isName ? account : parsePeer(account)
}

async function accounts ({ ledger }: Books, only: string | undefined, { output }: Context): Promise<void> {
  const rows = ledger.accounts().filter(({ account }) => only == null || account === only)

  if (rows.length === 0) {
    output.status({ event: 'empty' }, 'no such account: one is opened with the first ticket of mode proof, or by `mssl account adjust`')
  }

  output.result(rows, rows.length === 0
    ? ''
    : table([
      ['ACCOUNT', 'BALANCE', 'STANDING', 'SERVED', 'CREDITED', 'SINCE'],
      ...rows.map(({ account, balance, standing, served, credited, opened }) => [
        account,
        String(balance),
        account === 'grant' ? '-' : String(standing),
        String(served),
        String(credited),
        formatTime(opened)
      ])
    ]))
}

/** What belongs to a coin book, by its serial */
const BOOK_ACCOUNT = /^(coins|bond):[0-9a-f]{32}$/

const PURSES: Record<PurseInfo['kind'], string> = {
  purse: 'can be spent',
  world: 'outside: deposits less withdrawals',
  coins: 'of a coin book: not redeemed yet',
  bond: 'of a coin book: set aside'
}

async function purses ({ bank }: Books, only: string | undefined, { output }: Context): Promise<void> {
  const { unit } = bank.policy
  const rows = bank.accounts().filter(({ account }) => only == null || account === only)

  if (rows.length === 0) {
    output.status({ event: 'empty' }, 'no such account: one is opened by `mssl account deposit`, or with the first coin that is earned')
  }

  output.result(rows.map(row => ({ ...row, unit })), rows.length === 0
    ? ''
    : table([
      ['ACCOUNT', 'KIND', 'BALANCE', 'WHAT IT IS'],
      ...rows.map(({ account, kind, balance }) => [account, kind, formatAmount(balance, unit), PURSES[kind]])
    ]))
}

/** Money only where there is or was any. */
function checkAll ({ ledger, bank }: Books): { credit: LedgerCheck, money?: BankCheck } {
  const money = bank.check()

  return { credit: ledger.check(), money: money.movements > 0 || !money.holds ? money : undefined }
}

/**
 * @throws {UnbalancedLedgerError}
 */
function assertHolds (credit: LedgerCheck, money?: BankCheck): void {
  const problems = [...credit.problems, ...money?.problems ?? []]

  if (problems.length > 0) {
    throw new UnbalancedLedgerError(`the ledger does not hold: ${problems.length === 1 ? problems[0] : `${problems.length} problems, the first: ${problems[0]}`}`)
  }
}

function creditText ({ holds, accounts, movements, sessions, blocks, issued, sum }: LedgerCheck, { ledger }: Books): string {
  const { credit, discount, startingCredit, halfLife } = ledger.policy

  return fields({
    credit: `${issued} issued`,
    accounts,
    movements,
    sessions,
    blocks: `${blocks} credited`,
    sum: sumText(holds, sum),
    policy: `for each 64 KiB ${credit} to the provider, ${discount} to a recipient that relieved the server; ${startingCredit} to a newcomer; ${halfLife === 0 ? 'no ageing' : `halves in ${formatDuration(halfLife)}`}`
  })
}

function moneyText ({ holds, accounts, movements, books, coins, held, reserved, sum }: BankCheck, { unit, fee, bond, redemption }: BankPolicy): string {
  return fields({
    money: `${formatAmount(held, unit)}, ${reserved} of that in coin books`,
    accounts,
    movements,
    books: `${books.open} open, ${books.closed} closed`,
    coins: `${coins.sold} sold, ${coins.redeemed} redeemed`,
    sum: sumText(holds, sum),
    policy: `fee ${formatPercent(fee)}, bond ${formatPercent(bond)}, coins are redeemed until ${formatDuration(redemption)} after a permission ended`
  })
}

function sumText (holds: boolean, sum: number): string {
  return holds ? '0, everything holds' : `${sum}, and not everything holds: \`mssl ledger check\` says what does not`
}

function moneyData (check: BankCheck, policy: BankPolicy): Record<string, unknown> {
  return { ...check, policy }
}
