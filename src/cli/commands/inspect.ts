import { VerificationFailedError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function inspectCommand (program: Command, context: Context): void {
  const command = program.command('inspect')
    .summary('decode a link or a signed file')
    .description('Decode a link, manifest, ticket, certificate or revocation list: what it says, whether its signature holds, whether it is valid now.')
    .argument('<link|file>', 'a link, or a file that holds one, a signed record, or the JSON of a web domain')

  examples(command, [
    ['mssl inspect mssl:z6Mk…/holiday.mp4', 'which object, which server, where'],
    ['mssl inspect ./certificate.bin', 'a signed record'],
    ['mssl inspect ~/.mssl/conflicts/… --json', 'for a script']
  ])

  command.action(async (subject: string) => {
    const { inspect } = await import('../inspection.ts')
    const { data, text, broken } = await context.withHome(async home => inspect(subject, home))

    context.output.result(data, text)

    if (broken != null) {
      throw new VerificationFailedError(broken)
    }
  })
}
