import { Option } from 'commander'
import { UnbalancedLedgerError, UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parsePeer } from '../options.ts'
import { fields, table } from '../output.ts'
import { formatDuration, formatTime, parseInteger, parseSince } from '../parse.ts'
import type { Ledger, MovementFilter } from '../../ledger/index.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

interface FilterOptions {
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
    .summary('credit of all clients')
    .description('Look at the double-entry ledger of a server: what clients were credited for the blocks that they gave each other. All credit comes from the account "grant", so that all accounts together have zero.')

  examples(command, [
    ['mssl ledger', 'how much credit there is, and whether everything sums to zero'],
    ['mssl ledger balances', 'who has how much'],
    ['mssl ledger export --format csv --to ledger.csv', 'for a spreadsheet']
  ])

  // what is no subcommand comes here
  command.allowExcessArguments().action(async (_, { args: [unknown] }: Command) => {
    if (unknown != null) {
      throw new UsageError(`unknown command 'ledger ${unknown}'; \`mssl ledger --help\` lists them`)
    }

    await withLedger(context, ledger => {
      const { holds, accounts, movements, sessions, blocks, issued, sum } = ledger.check()
      const { credit, discount, startingCredit, halfLife } = ledger.policy

      context.output.result({ holds, accounts, movements, sessions, blocks, issued, sum, policy: ledger.policy }, fields({
        accounts,
        movements,
        sessions,
        blocks: `${blocks} credited`,
        credit: `${issued} issued`,
        sum: holds ? '0, everything holds' : `${sum}, and not everything holds: \`mssl ledger check\` says what does not`,
        policy: `for each 64 KiB ${credit} to the provider, ${discount} to a recipient that relieved the server; ${startingCredit} to a newcomer; ${halfLife === 0 ? 'no ageing' : `halves in ${formatDuration(halfLife)}`}`
      }))
    })
  })

  const balances = command.command('balances')
    .summary('list the accounts')
    .description('List the accounts: balance, standing, and blocks that each was credited for.')
    .option('--account <peer>', 'this account only, a PeerId or "grant"')

  examples(balances, [
    ['mssl ledger balances', 'all accounts, the richest first'],
    ['mssl ledger balances --account grant', 'where credit comes from: minus what all others have'],
    ['mssl ledger balances --json', 'for a script']
  ])

  balances.action(async (options: FilterOptions) => {
    const { account: only } = await filter(options)

    await withLedger(context, ledger => {
      const rows = ledger.accounts().filter(({ account }) => only == null || account === only.toString())

      if (rows.length === 0) {
        context.output.status({ event: 'empty' }, 'no such account: one is opened with the first ticket of mode proof, or by `mssl account adjust`')
      }

      context.output.result(rows, rows.length === 0
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
    })
  })

  const movements = command.command('movements')
    .summary('list the latest movements')
    .description('List the latest movements, the newest last. Each takes an amount from one account and gives it to another.')
    .option('--limit <n>', 'how many at most', parseInteger(1), 50)

  filterOptions(movements)
  examples(movements, [
    ['mssl ledger movements --since 1d', 'of the last day'],
    ['mssl ledger movements --account 12D3Koo… --limit 10', 'the last ten of one client']
  ])

  movements.action(async (options: FilterOptions) => {
    const { movementRow } = await import('../../ledger/index.ts')

    await withLedger(context, async ledger => {
      const rows = [...ledger.movements(await filter(options))].map(movementRow)

      if (rows.length === 0) {
        context.output.status({ event: 'empty' }, 'no such movements: credit moves with tickets and claims of objects served with `--mode proof`')
      }

      context.output.result(rows, rows.length === 0
        ? ''
        : table([
          ['ID', 'TIME', 'KIND', 'AMOUNT', 'FROM', 'TO', 'SESSION', 'MEMO'],
          ...rows.map(({ id, time, kind, amount, payer, payee, session, memo }) => [
            String(id),
            `${time.slice(0, 19).replace('T', ' ')}Z`,
            kind,
            String(amount),
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
    .description('Compare balances with movements, sessions with what they were credited, and the blocks that are noted as credited with the sessions; all accounts together have to have zero. Nobody has to wait for it, also while this home is being served.')

  examples(check, [
    ['mssl ledger check', 'exit code 0 if everything holds, 4 if it does not'],
    ['mssl ledger check --json', 'for a script']
  ])

  check.action(async () => {
    await withLedger(context, ledger => {
      const result = ledger.check()
      const { holds, problems, accounts, movements, sessions, blocks } = result

      context.output.result(result, problems.join('\n'))

      if (!holds) {
        throw new UnbalancedLedgerError(`the ledger does not hold: ${problems.length === 1 ? problems[0] : `${problems.length} problems, the first: ${problems[0]}`}`)
      }

      context.output.status({ event: 'ledger:holds' }, `everything holds: ${accounts} accounts, ${movements} movements, ${sessions} sessions, ${blocks} blocks`)
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
    ['mssl ledger export --format json --since 2026-01-01 | jq length', 'for a program']
  ])

  write.action(async ({ format = context.output.json ? 'json' : 'csv', to, ...options }: ExportOptions) => {
    const { movementsCsv, movementsJson } = await import('../../ledger/index.ts')

    await withLedger(context, async ledger => {
      const movements = ledger.movements(await filter(options))
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
    .option('--account <peer>', 'of this account only, a PeerId or "grant"')
    .option('--since <time>', 'from then on: 7d ago, or a date such as 2026-11-21 or 2026-11-21T07:00Z', parseSince)
}

async function filter ({ account, since, limit }: FilterOptions): Promise<MovementFilter> {
  return { account: account == null || account === 'grant' ? account : await parsePeer(account), since, limit }
}

async function withLedger (context: Context, use: (ledger: Ledger) => void | Promise<void>): Promise<void> {
  const { SqlLedger } = await import('../../ledger/index.ts')

  await context.withHome(home => use(new SqlLedger(home.database())))
}
