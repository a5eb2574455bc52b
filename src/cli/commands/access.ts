import { examples } from '../help.ts'
import { parseObject, parsePeer } from '../options.ts'
import { table } from '../output.ts'
import { formatTime } from '../parse.ts'
import type { Access } from '../../server/access.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function accessCommand (program: Command, context: Context): void {
  const command = program.command('access')
    .summary('who may fetch, by PeerId')
    .description('Grant access to what is served with --auth list, and revoke it for whatever is served. Works at once, also while this home is being served.')

  examples(command, [
    ['mssl access grant 12D3Koo…', 'everything served with --auth list; the client finds its PeerId by `mssl id`'],
    ['mssl access revoke 12D3Koo…', 'nothing any more, whatever the policy'],
    ['mssl access list', 'what was granted and revoked']
  ])

  const grant = command.command('grant')
    .summary('let a client fetch')
    .description('Let a client fetch one object, or all that are served with --auth list. Takes a revocation back.')

  examples(grant, [
    ['mssl access grant 12D3Koo…', 'all objects'],
    ['mssl access grant 12D3Koo… bafk…', 'one object']
  ])

  const revoke = command.command('revoke')
    .summary('shut a client out')
    .description('Shut a client out from one object or all, and void the permissions that it has. Peers heed that within a minute.')

  examples(revoke, [
    ['mssl access revoke 12D3Koo…', 'from all objects'],
    ['mssl access revoke 12D3Koo… bafk…', 'from one object']
  ])

  const list = command.command('list')
    .summary('list what was granted and revoked')
    .description('List what was granted and revoked.')

  examples(list, [
    ['mssl access list', 'clients and objects'],
    ['mssl access list --json', 'for a script']
  ])

  for (const [subcommand, verb] of [[grant, 'granted'], [revoke, 'revoked']] as const) {
    subcommand
      .argument('<peer>', 'PeerId of the client')
      .argument('[object]', 'id or link of an object (default: all)')
      .action(async (client: string, subject?: string) => {
        const peer = await parsePeer(client)
        const object = subject == null ? undefined : await parseObject(subject)

        await withAccess(context, access => {
          verb === 'granted' ? access.grant(peer, object) : access.revoke(peer, object)
        })

        context.output.result({ client, object: object?.toString(), [verb]: true }, '')
        context.output.status({ event: `access:${verb}` }, `${verb} ${client} ${object ?? 'all objects'}`)
      })
  }

  list.action(async () => {
    await withAccess(context, access => {
      const rows = access.list().map(({ client, object, granted, at }) => ({ client: client.toString(), object: object?.toString(), granted, at }))

      context.output.result(rows, rows.length === 0
        ? ''
        : table([
          ['CLIENT', 'ACCESS', 'SINCE', 'OBJECT'],
          ...rows.map(({ client, object, granted, at }) => [client, granted ? 'granted' : 'revoked', formatTime(at), object ?? 'all'])
        ]))
    })
  })
}

async function withAccess (context: Context, use: (access: Access) => void): Promise<void> {
  const { Access } = await import('../../server/access.ts')

  await context.withHome(home => { use(new Access(home.database())) })
}
