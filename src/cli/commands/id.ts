import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import type { Context } from '../context.ts'
import type { PeerId } from '@libp2p/interface'
import type { Command } from 'commander'

export function idCommand (program: Command, context: Context): void {
  const command = program.command('id')
    .summary('show who this home is')
    .description('Show the PeerId of this home, which servers with an access list ask for, and the fingerprint that its links carry when it serves.')
    .option('--forget <server>', 'forget the key of a server, given by PeerId, link or web domain, so that a new one is taken')

  examples(command, [
    ['mssl id', 'tell this to the operator of a server that asks for it'],
    ['mssl id --json', 'with the fingerprint, for a script'],
    ['mssl id --forget 12D3Koo…', 'trust the next key that a server shows, after its operator has confirmed it']
  ])

  command.action(async ({ forget }: { forget?: string }) => {
    if (forget != null) {
      await forgetServer(context, forget)

      return
    }

    await context.withHome(async home => {
      const { peerIdFromPrivateKey } = await import('@libp2p/peer-id')
      const { fingerprint } = await import('../../ticket/index.ts')
      const { toString } = await import('uint8arrays/to-string')
      const peer = peerIdFromPrivateKey(await home.privateKey('identity')).toString()
      const issuer = toString(fingerprint((await home.privateKey('issuer')).publicKey), 'hex')

      context.output.result({ peer, fingerprint: issuer, home: home.path }, peer)

      if (!context.output.json) {
        context.output.status({ event: 'id' }, `fingerprint as a server: ${issuer}\nhome: ${home.path}`)
      }
    })
  })
}

async function forgetServer (context: Context, server: string): Promise<void> {
  const { Pins } = await import('../../client/pins.ts')
  const subject = await parseServer(server)
  const forgotten = await context.withHome(async home => (await Pins.open(home)).forget(subject))

  if (!forgotten) {
    throw new UsageError(`this home knows no server "${server}"`)
  }

  context.output.result({ forgotten: server }, '')
  context.output.status({ event: 'forgotten', server }, `forgot ${server}: the next key that it shows is taken for its own`)
}

async function parseServer (text: string): Promise<{ server: PeerId } | { domain: string }> {
  if (text.startsWith('https:')) {
    return { domain: new URL(text).host }
  }

  if (text.startsWith('mssl:')) {
    const { parseLink } = await import('../../link/index.ts')

    return { server: parseLink(text).server }
  }

  const { peerIdFromString } = await import('@libp2p/peer-id')

  try {
    return { server: peerIdFromString(text) }
  } catch {
    return { domain: text }
  }
}
