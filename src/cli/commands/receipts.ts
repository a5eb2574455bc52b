import { Option } from 'commander'
import { examples } from '../help.ts'
import { parseObject } from '../options.ts'
import { table } from '../output.ts'
import { formatAmount, formatBytes, formatDuration } from '../parse.ts'
import type { Home } from '../../home/index.ts'
import type { Manifest } from '../../object/index.ts'
import type { ReceiptInfo, ReceiptInfoState } from '../../receipts/index.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

const STATES: ReceiptInfoState[] = ['open', 'closed', 'claimed', 'settled', 'void', 'expired', 'invalid']

interface ReceiptsOptions {
  object?: string
  state?: ReceiptInfoState
}

export function receiptsCommand (program: Command, context: Context): void {
  const command = program.command('receipts')
    .summary('what others acknowledged to this home, and what became of it')
    .description('List the sessions in which others fetched from this home in mode proof or purchase: the blocks that they acknowledged, and what the server credited, or paid less its fee, for these. A running node claims by itself; `mssl claim` does it now. Sessions are shown for 90 days after their verdict.')
    .option('--object <id|link>', 'only of this object')
    .addOption(new Option('--state <state>', 'only those that are: open (goes on), closed (to be claimed), claimed (no verdict yet), settled, void, expired, invalid').choices(STATES))

  examples(command, [
    ['mssl receipts', 'sessions, blocks, credit or money'],
    ['mssl receipts --state closed', 'what is still to be claimed, and why'],
    ['mssl receipts --json', 'for a script']
  ])

  command.action(async ({ object: text, state }: ReceiptsOptions) => {
    const { listReceipts } = await import('../../receipts/index.ts')
    const object = text == null ? undefined : await parseObject(text)

    await context.withHome(async home => {
      const all = listReceipts(home)
      const receipts = all.filter(receipt => (object == null || receipt.object.equals(object)) && (state == null || receipt.state === state))
      const objects = await objectsOf(home, receipts)
      const bytes = objects.map((object, n) => object == null ? undefined : Math.min(object.size, receipts[n].blocks * object.blockSize))
      const units = objects.map((object, n) => receipts[n].mode === 'purchase' ? object?.price?.unit : undefined)
      const money = new Map<string, number>()
      receipts.forEach(({ amount }, n) => units[n] != null && money.set(units[n], (money.get(units[n]) ?? 0) + amount))
      const now = Date.now()
      const totals = {
        sessions: receipts.length,
        blocks: sum(receipts.map(({ blocks }) => blocks)),
        bytes: sum(bytes.map(bytes => bytes ?? 0)),
        credited: sum(receipts.map(({ credited }) => credited)),
        amount: sum(receipts.map(({ mode, amount }) => mode === 'proof' ? amount : 0)),
        // servers count in units of their own
        money: Object.fromEntries(money)
      }

      if (all.length === 0) {
        context.output.status({ event: 'empty' }, 'nobody has acknowledged blocks to this home yet: that takes objects served with `--mode proof` or `--mode purchase`')
      }

      context.output.result({ receipts: receipts.map((receipt, n) => data(receipt, bytes[n], units[n])), totals }, receipts.length === 0
        ? ''
        : table([
          ['OBJECT', 'RECIPIENT', 'BLOCKS', 'BYTES', 'MODE', 'STATE', 'CREDITED', 'AMOUNT', 'AGE', 'REASON'],
          ...receipts.map(({ object, recipient, blocks, mode, state, credited, amount, begun, reason = '' }, n) => [
            object.toString(),
            recipient.toString(),
            String(blocks),
            bytes[n] == null ? '-' : formatBytes(bytes[n]),
            mode,
            state,
            String(credited),
            units[n] == null ? String(amount) : formatAmount(amount, units[n]),
            formatDuration(now - begun),
            reason
          ]),
          [`total ${totals.sessions}`, '', String(totals.blocks), formatBytes(totals.bytes), '', '', String(totals.credited), totalText(totals.amount, money), '', '']
        ]))
    })
  })
}

/** Of each of them, where the home still knows its object. The last block of an object counts as a whole one. */
async function objectsOf (home: Home, receipts: ReceiptInfo[]): Promise<Array<Manifest | undefined>> {
  const { HoldingStore } = await import('../../holding/index.ts')
  const store = new HoldingStore(home)
  const manifests = new Map<string, Manifest | undefined>()

  for (const { object } of receipts) {
    if (!manifests.has(object.toString())) {
      manifests.set(object.toString(), (await store.describe(object))?.manifest)
    }
  }

  return receipts.map(({ object }) => manifests.get(object.toString()))
}

function totalText (credit: number, money: Map<string, number>): string {
  return [...credit === 0 && money.size > 0 ? [] : [`${credit} credit`], ...[...money].map(([unit, amount]) => formatAmount(amount, unit))].join(', ')
}

function data ({ session, object, recipient, ...rest }: ReceiptInfo, bytes?: number, unit?: string): Record<string, unknown> {
  return { session: Buffer.from(session).toString('hex'), object: object.toString(), recipient: recipient.toString(), bytes, ...rest, unit }
}

function sum (numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
