import { examples } from '../help.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function rotateCommand (program: Command, context: Context): void {
  const command = program.command('rotate')
    .summary('replace the key that signs for this server')
    .description('Replace the key that signs for this server. The old key vouches for the new one, so clients and links go on working; all permissions given so far are void and are renewed by themselves. Works while this home is being served.')

  examples(command, [
    ['mssl rotate', 'prints the new fingerprint']
  ])

  command.action(async () => {
    await context.withHome(async home => {
      const { Issuer } = await import('../../server/issuer.ts')
      const { toString } = await import('uint8arrays/to-string')
      const { certificate } = await new Issuer(home, home.database()).rotate()
      const fingerprint = toString(certificate.fingerprint, 'hex')

      context.output.result({ fingerprint, epoch: certificate.epoch }, fingerprint)
      context.output.status({ event: 'rotated' }, `this is key number ${certificate.epoch + 1}, which the one before vouches for`)
    })
  })
}
