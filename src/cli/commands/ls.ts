import { examples } from '../help.ts'
import { table } from '../output.ts'
import { formatBytes } from '../parse.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function lsCommand (program: Command, context: Context): void {
  const command = program.command('ls')
    .summary('list what this home holds')
    .description('List what this home has published and fetched, whole or in part.')

  examples(command, [
    ['mssl ls', 'names, sizes, how much is here, modes, prices, object ids'],
    ['mssl ls --json', 'for a script']
  ])

  command.action(async () => {
    const { HoldingStore } = await import('../../holding/index.ts')
    const { describePrice } = await import('../price.ts')

    await context.withHome(home => {
      const records = new HoldingStore(home).list().map(({ price, ...rest }) => ({ ...rest, price: price == null ? undefined : describePrice(price, rest.size) }))
      const rows = records.map(({ id, price, ...rest }) => ({ id: id.toString(), ...rest, price: price?.data }))
      const priced = records.some(({ price }) => price != null)

      if (rows.length === 0) {
        context.output.status({ event: 'empty' }, 'nothing yet: `mssl get <link>` fetches, `mssl serve <path>` publishes')
      }

      context.output.result(rows, rows.length === 0
        ? ''
        : table([
          ['NAME', 'SIZE', 'HERE', 'ROLE', 'MODE', ...priced ? ['PRICE'] : [], 'PATH', 'OBJECT'],
          ...records.map(({ id, name, size, have, role, mode, price, path, complete }) => [
            name,
            formatBytes(size),
            complete ? 'all' : `${Math.floor(have / size * 100)} %`,
            role === 'origin' ? 'published' : 'fetched',
            mode,
            ...priced ? [price?.text ?? '-'] : [],
            path,
            id.toString()
          ])
        ]))
    })
  })
}
