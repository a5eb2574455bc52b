import { withBooks } from '../books.ts'
import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parsePeer } from '../options.ts'
import { fields } from '../output.ts'
import { formatAmount, formatCount, formatTime, parseAmount } from '../parse.ts'
import type { BankStatement } from '../../bank/index.ts'
import type { AccountInfo } from '../../ledger/index.ts'
import type { Books } from '../books.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function accountCommand (program: Command, context: Context): void {
  const command = program.command('account')
    .summary('credit and money of one client')
    .description('Show the account of a client, give it credit or take some, and note money that it paid in or was paid out. Works at once, also while this home is being served.')

  examples(command, [
    ['mssl account show 12D3Koo…', 'balance, standing, what it served'],
    ['mssl account adjust 12D3Koo… 5000 --memo "mirror for the release"', 'give it credit'],
    ['mssl account deposit 12D3Koo… 500 --reference invoice-17', 'it has paid 500 units in'],
    ['mssl account withdraw 12D3Koo… 200', 'it was paid 200 out']
  ])

  const show = command.command('show')
    .summary('show an account')
    .description('Show the account of a client: balance and standing in credit, blocks that it served and was credited for, offences; and its money, if it has or had any.')
    .argument('<peer>', 'PeerId of the client')

  examples(show, [
    ['mssl account show 12D3Koo…', 'for a person'],
    ['mssl account show 12D3Koo… --json', 'for a script']
  ])

  show.action(async (name: string) => {
    const peer = await parsePeer(name)
    const { Docket } = await import('../../judge/docket.ts')

    await withBooks(context, ({ ledger, bank, home }) => {
      const account = ledger.account(peer)
      const statement = bank.statement(peer, { limit: 1 })
      const money = statement.movements.length > 0 ? statement : undefined

      if (account == null && money == null) {
        throw new UsageError(`the server of this home has no account of ${name}; \`mssl ledger balances\` lists them, with --money those of money`)
      }

      const offences = new Docket(home.database()).count(peer)

      context.output.result({ account: name, ...account, offences, money: money == null ? undefined : moneyData(money) }, fields({
        account: name,
        ...account == null ? {} : creditFields(account),
        ...money == null ? {} : moneyFields(money),
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

    await withBooks(context, ({ ledger }) => {
      ledger.adjust(peer, Number(text), memo)

      const balance = ledger.balance(peer)
      const standing = ledger.standing(peer)

      context.output.result({ account: name, balance, standing }, '')
      context.output.status({ event: 'account:adjusted' }, `${name} has ${balance} now, standing ${standing}`)
    })
  })

  const deposit = command.command('deposit')
    .summary('note money that a client paid in')
    .description('Note money that a client paid in, by whatever way: it can buy with it at once. Once more with the same reference is the same payment, and changes nothing.')

  examples(deposit, [
    ['mssl account deposit 12D3Koo… 500 --reference invoice-17', 'of 500 units; run again, it stays one payment'],
    ['mssl account deposit 12D3Koo… 500 --memo "cash"', 'with a reference that is drawn at random']
  ])

  const withdraw = command.command('withdraw')
    .summary('note money that a client was paid out')
    .description('Note money that a client was paid out, by whatever way. What is set aside for coins cannot be paid out. Once more with the same reference is the same payment, and changes nothing.')

  examples(withdraw, [
    ['mssl account withdraw 12D3Koo… 200 --reference transfer-4', 'of 200 units; run again, it stays one payment'],
    ['mssl account withdraw 12D3Koo… 200 --json', 'what is left, for a script; exit code 9 if it has less']
  ])

  for (const [subcommand, kind, verb] of [[deposit, 'deposit', 'paid in'], [withdraw, 'withdraw', 'was paid out']] as const) {
    subcommand
      .argument('<peer>', 'PeerId of the client')
      .argument('<amount>', 'whole units, such as 500', parseAmount)
      .option('--reference <text>', 'name of the payment where it comes from (default: drawn at random)')
      .option('--memo <text>', 'kept with the movement')
      .action(async (name: string, amount: number, options: PaymentOptions) => {
        const peer = await parsePeer(name)

        if (kind === 'deposit' && peer.type !== 'Ed25519') {
          throw new UsageError(`${name} can buy nothing: that takes the PeerId of an Ed25519 key, as \`mssl id\` shows it`)
        }

        await withBooks(context, async books => {
          const { bank } = books

          if (kind === 'deposit' && !await sells(books)) {
            throw new UsageError('this home sells nothing, and has not said what it counts: `mssl serve <path> --mode purchase --price 500 --unit cent` comes first')
          }

          const { reference, time, repeated } = bank[kind](peer, amount, options)
          const { unit } = bank.policy
          const balance = bank.balance(peer)

          context.output.result({ account: name, [kind]: amount, unit, reference, time, repeated, balance }, '')
          context.output.status(
            { event: `account:${kind}` },
            `${name} ${verb} ${formatAmount(amount, unit)}, reference ${reference}${repeated ? ' (known already: nothing was done)' : ''}, and has ${formatAmount(balance, unit)} now`
          )
        })
      })
  }
}

/** Before the first sale a slip is likely, such as a wrong home; and the unit cannot be changed any more when there is money. */
async function sells ({ bank, home }: Books): Promise<boolean> {
  const { HoldingStore } = await import('../../holding/index.ts')

  return bank.accounts().some(({ kind }) => kind !== 'world') || new HoldingStore(home).list().some(({ role, mode }) => role === 'origin' && mode === 'purchase')
}

interface PaymentOptions {
  reference?: string
  memo?: string
}

function creditFields ({ balance, standing, opened, sessions, served, credited, voided }: AccountInfo): Record<string, string | number> {
  return {
    balance,
    standing,
    since: formatTime(opened),
    sessions: `${sessions} provided${voided === 0 ? '' : `, and ${voided} that are void`}`,
    blocks: `${served} served, ${credited} credited`
  }
}

function moneyFields ({ unit, balance, reserved, earned, spent, books }: BankStatement): Record<string, string> {
  return {
    money: formatAmount(balance, unit),
    reserved: `${formatAmount(reserved, unit)} in ${formatCount(books.length, 'open coin book')}`,
    earned: formatAmount(earned, unit),
    spent: formatAmount(spent, unit)
  }
}

function moneyData ({ unit, balance, reserved, earned, spent, books }: BankStatement): Record<string, unknown> {
  return {
    unit,
    balance,
    reserved,
    earned,
    spent,
    books: books.map(({ serial, client, object, ...rest }) => ({ serial: Buffer.from(serial).toString('hex'), object: object.toString(), ...rest }))
  }
}
