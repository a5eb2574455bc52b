import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parsePeer } from '../options.ts'
import { fields } from '../output.ts'
import { formatTime } from '../parse.ts'
import type { Ledger } from '../../ledger/index.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'
import type { DatabaseSync } from 'node:sqlite'

export function accountCommand (program: Command, context: Context): void {
  const command = program.command('account')
    .summary('credit of one client')
    .description('Show the account of a client, and give it credit or take some. Works at once, also while this home is being served.')

  examples(command, [
    ['mssl account show 12D3Koo…', 'balance, standing, what it served'],
    ['mssl account adjust 12D3Koo… 5000 --memo "mirror for the release"', 'give it credit']
  ])

  const show = command.command('show')
    .summary('show an account')
    .description('Show the account of a client: balance, standing, blocks that it served and was credited for, offences.')
    .argument('<peer>', 'PeerId of the client')

  examples(show, [
    ['mssl account show 12D3Koo…', 'for a person'],
    ['mssl account show 12D3Koo… --json', 'for a script']
  ])

  show.action(async (name: string) => {
    const peer = await parsePeer(name)
    const { Docket } = await import('../../judge/docket.ts')

    await withLedger(context, (ledger, database) => {
      const account = ledger.account(peer)

      if (account == null) {
        throw new UsageError(`the server of this home has no account of ${name}; \`mssl ledger balances\` lists them`)
      }

      const { balance, standing, opened, sessions, served, credited, voided } = account
      const offences = new Docket(database).count(peer)

      context.output.result({ ...account, offences }, fields({
        account: name,
        balance,
        standing,
        since: formatTime(opened),
        sessions: `${sessions} provided${voided === 0 ? '' : `, and ${voided} that are void`}`,
        blocks: `${served} served, ${credited} credited`,
        offences
      }))
    })
  })

  const adjust = command.command('adjust')
    .summary('give credit, or take it')
    .description('Give a client credit, or take some, if the amount is below zero. The account is opened if there is none yet.')
    .argument('<peer>', 'PeerId of the client')
    .argument('<amount>', 'a whole number, such as 5000 or -200')
    .requiredOption('--memo <text>', 'why; kept with the movement')

  examples(adjust, [
    ['mssl account adjust 12D3Koo… 5000 --memo "mirror for the release"', 'give'],
    ['mssl account adjust 12D3Koo… -200 --memo "given by mistake"', 'take; no account goes below zero']
  ])

  adjust.action(async (name: string, text: string, { memo }: { memo: string }) => {
    const peer = await parsePeer(name)

    if (!/^[+-]?\d+$/.test(text)) {
      throw new UsageError(`"${text}" is no amount: give a whole number, such as 5000 or -200`)
    }

    await withLedger(context, ledger => {
      ledger.adjust(peer, Number(text), memo)

      const balance = ledger.balance(peer)
      const standing = ledger.standing(peer)

      context.output.result({ account: name, balance, standing }, '')
      context.output.status({ event: 'account:adjusted' }, `${name} has ${balance} now, standing ${standing}`)
    })
  })
}

async function withLedger (context: Context, use: (ledger: Ledger, database: DatabaseSync) => void): Promise<void> {
  const { SqlLedger } = await import('../../ledger/index.ts')

  await context.withHome(home => { use(new SqlLedger(home.database()), home.database()) })
}
