import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { networkInit, networkOptions } from '../options.ts'
import { formatBytes } from '../parse.ts'
import { keepServing } from '../serving.ts'
import type { Context } from '../context.ts'
import type { NetworkOptions } from '../options.ts'
import type { Command } from 'commander'

export function shareCommand (program: Command, context: Context): void {
  const command = program.command('share')
    .summary('give others what this home holds')
    .description('Give others everything that this home has fetched or published, until Ctrl-C. Half an object is fine too.')

  networkOptions(command)
  examples(command, [
    ['mssl share', 'everything, on any port'],
    ['mssl share --port 4456', 'on a port that a router forwards']
  ])

  command.action(async (options: NetworkOptions) => {
    await context.withNode(networkInit(options), async ({ services: { mssl } }) => {
      const holdings = await mssl.provide(undefined, { signal: context.signal })

      if (holdings.length === 0) {
        throw new UsageError('this home holds nothing to share yet: get or serve something first')
      }

      for (const { id, ...rest } of holdings) {
        const { name, size, have } = rest

        context.output.result({ id: id.toString(), ...rest }, `${name} (${formatBytes(have)}${have < size ? ` of ${formatBytes(size)}` : ''})`)
      }

      await keepServing(context, mssl, 'stopped sharing; `mssl share` goes on')
    })
  })
}
