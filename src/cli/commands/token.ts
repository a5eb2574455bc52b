import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { parseObject } from '../options.ts'
import { table } from '../output.ts'
import { formatTime, parseDuration, parseInteger } from '../parse.ts'
import type { TokenInfo, Tokens } from '../../server/tokens.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

interface CreateOptions {
  name: string
  object?: string
  uses?: number
  expires?: number
}

export function tokenCommand (program: Command, context: Context): void {
  const command = program.command('token')
    .summary('access tokens for objects served with --auth token')
    .description('Create, list and revoke access tokens. They work at once, also while this home is being served.')

  examples(command, [
    ['mssl token create --name alice --expires 7d', 'a token for everything served with --auth token'],
    ['mssl token list', 'which there are, how often they were used'],
    ['mssl token revoke alice', 'and the permissions that were given for it']
  ])

  const create = command.command('create')
    .summary('create a token')
    .description('Create a token and print it: this is the only time that it is shown.')
    .option('--name <name>', 'to tell it from others', 'unnamed')
    .option('--object <id|link>', 'good for this object only (default: all)')
    .option('--uses <number>', 'clients that it admits (default: any number)', parseInteger(1))
    .option('--expires <time>', 'ends after this time (default: never)', parseDuration)

  examples(create, [
    ['mssl token create --name alice --uses 1 --expires 7d', 'for one client, within a week'],
    ['mssl token create --name team --object bafk… > token.txt', 'for one object, into a file']
  ])

  create.action(async ({ name, object, uses, expires }: CreateOptions) => {
    await withTokens(context, async tokens => {
      const { id, token } = tokens.create({
        name,
        object: object == null ? undefined : await parseObject(object),
        uses,
        expires: expires == null ? undefined : Date.now() + expires
      })

      context.output.result({ id, name, token }, token)
      context.output.status({ event: 'token:created', id }, `token ${id}; keep it: it is not stored and cannot be shown again`)
    })
  })

  const list = command.command('list')
    .summary('list the tokens')
    .description('List the tokens, without their secrets: these are not stored.')

  examples(list, [
    ['mssl token list', 'names, uses, ends'],
    ['mssl token list --json', 'for a script']
  ])

  list.action(async () => {
    await withTokens(context, tokens => {
      const now = Date.now()
      const rows = tokens.list().map(token => ({ ...token, object: token.object?.toString(), state: stateOf(token, now) }))

      context.output.result(rows, rows.length === 0
        ? ''
        : table([
          ['ID', 'NAME', 'STATE', 'USED', 'EXPIRES', 'OBJECT'],
          ...rows.map(({ id, name, state, used, uses, expires, object }) => [
            String(id),
            name,
            state,
            uses == null ? String(used) : `${used} of ${uses}`,
            expires == null ? 'never' : formatTime(expires, now),
            object ?? 'all'
          ])
        ]))
    })
  })

  const revoke = command.command('revoke')
    .summary('revoke a token')
    .description('Revoke a token and the permissions that clients got with it. Peers heed that within a minute.')
    .argument('<token>', 'its name or id')

  examples(revoke, [
    ['mssl token revoke alice', 'by name: every valid token of that name'],
    ['mssl token revoke 3', 'by id']
  ])

  revoke.action(async (named: string) => {
    await withTokens(context, tokens => {
      const valid = tokens.list().filter(({ revoked, id, name }) => revoked == null && (String(id) === named || name === named))

      if (valid.length === 0) {
        throw new UsageError(`there is no valid token "${named}"; \`mssl token list\` shows them`)
      }

      for (const { id } of valid) {
        tokens.revoke(id)
      }

      const ids = valid.map(({ id }) => id)
      context.output.result({ revoked: ids }, '')
      context.output.status({ event: 'token:revoked', ids }, `revoked ${ids.length === 1 ? 'token' : 'tokens'} ${ids.join(', ')}`)
    })
  })
}

async function withTokens (context: Context, use: (tokens: Tokens) => void | Promise<void>): Promise<void> {
  const { Tokens } = await import('../../server/tokens.ts')

  await context.withHome(home => use(new Tokens(home.database())))
}

function stateOf ({ revoked, expires, uses, used }: TokenInfo, now: number): string {
  if (revoked != null) {
    return 'revoked'
  }

  if (expires != null && expires <= now) {
    return 'expired'
  }

  return uses != null && used >= uses ? 'used up' : 'valid'
}
