import { VerificationFailedError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { credentialOptions, credentials, parseObjectLink } from '../options.ts'
import { formatBytes } from '../parse.ts'
import { Progress } from '../progress.ts'
import type { HoldingDescription } from '../../holding/index.ts'
import type { Credentials } from '../../node/mssl.ts'
import type { Context } from '../context.ts'
import type { CredentialOptions, ObjectLink } from '../options.ts'
import type { Command } from 'commander'

export function verifyCommand (program: Command, context: Context): void {
  const command = program.command('verify')
    .summary('check a file against a link')
    .description('Check that a file or folder is what a link names, byte by byte, and name the blocks that are not, which takes an object that this home has fetched or published. Asks the server about any other, which is told right or wrong as a whole; what is for sale has to be bought before.')
    .argument('<file>', 'file or folder')
    .argument('<link>', 'link of the object, or https://host[/name]')

  credentialOptions(command)
  examples(command, [
    ['mssl verify ./holiday.mp4 mssl:z6Mk…/holiday.mp4', 'exit code 0 if it is, 4 if it is not'],
    ['mssl verify ./copy mssl:z6Mk…/tree --json', 'which blocks are wrong, for a script']
  ])

  command.action(async (path: string, text: string, options: CredentialOptions) => {
    const { verifyFiles } = await import('../verification.ts')
    const { output, signal } = context
    const shown = await credentials(options)
    const link = await parseObjectLink(text, { signal })
    const known = await findObject(context, link, shown)
    const { name, size } = known.manifest
    const progress = new Progress(output)

    const { valid, wrong, reason } = await verifyFiles(path, known, {
      signal,
      onProgress: bytes => {
        progress.update({
          event: { event: 'progress', path, bytes, total: size },
          text: `reading ${path}: ${formatBytes(bytes)} of ${formatBytes(size)}`,
          value: bytes,
          total: size
        })
      }
    }).finally(() => { progress.stop() })

    output.result({ id: link.object.toString(), name, size, path, valid, wrong, reason }, valid ? `${path} is ${name} (${formatBytes(size)})` : '')

    if (!valid) {
      throw new VerificationFailedError(`${path} is not what the link names: ${reason}`)
    }
  })
}

/** What this home knows of it; else the server is asked, whose answer the home keeps. */
async function findObject (context: Context, link: ObjectLink, shown: Credentials): Promise<HoldingDescription> {
  const { knownObject } = await import('../verification.ts')
  const find = async (): Promise<HoldingDescription | undefined> => context.withHome(async home => knownObject(home, link.object))
  const known = await find()

  if (known != null) {
    return known
  }

  await context.withNode({ listen: [] }, async ({ services: { mssl } }) => mssl.authorize(link, { ...shown, signal: context.signal }))

  return await find() as HoldingDescription
}
