import { examples } from '../help.ts'
import { parseObject } from '../options.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

export function unpublishCommand (program: Command, context: Context): void {
  const command = program.command('unpublish')
    .summary('stop publishing an object')
    .description('Stop publishing an object: this home serves it no more and gives no permission for it. The file itself stays. Clients that have it go on sharing until their permission ends. What they have earned by it in mode proof or purchase, and not claimed yet, is lost to them; as long as coins of it can be redeemed it takes --force.')
    .argument('<object>', 'id as `mssl ls` shows it, or link')
    .option('--force', 'although coins of it can still be redeemed')

  examples(command, [
    ['mssl unpublish bafk…', 'by id'],
    ['mssl unpublish mssl:z6Mk…/holiday.mp4', 'by link']
  ])

  command.action(async (subject: string, { force }: { force?: boolean }) => {
    const id = await parseObject(subject)

    // a node of its own that nobody can reach: a running one would not hear of it
    await context.withNode({ listen: [] }, async ({ services: { mssl } }) => {
      await mssl.unpublish(id, { force })
    })

    context.output.result({ id: id.toString() }, '')
    context.output.status({ event: 'unpublished', id: id.toString() }, `unpublished ${id}; its files are where they were`)
  })
}
