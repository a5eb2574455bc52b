import { ClaimRefusedError, NodeClaimsError, UnclaimedError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import type { ClaimProgressEvents, ClaimSummary, ClaimVerdict } from '../../receipts/index.ts'
import type { Context } from '../context.ts'
import type { Output } from '../output.ts'
import type { Command } from 'commander'

export function claimCommand (program: Command, context: Context): void {
  const command = program.command('claim')
    .summary('claim credit and money for what others acknowledged, now')
    .description('Submit what others acknowledged to this home in mode proof or purchase to the servers of the objects, and print their verdicts and this home\'s accounts. A running node does that by itself.')
    .addHelpText('after', `
Exit codes:
    0  all is settled, or there was nothing to claim
    3  the server refused a claim: void, expired or invalid
    6  a server could not be reached or gave no verdict; what is left stays for another time
    7  a node runs on this home: it claims by itself`)

  examples(command, [
    ['mssl claim', 'one line for each verdict, then the accounts'],
    ['mssl claim --json', 'for a script']
  ])

  command.action(async () => {
    const { output, signal } = context
    const summary = await claim(context)

    output.result(data(summary), summary.standings.map(({ server, balance, standing }) => `${server}: balance ${balance}, standing ${standing}`).join('\n'))

    if (summary.verdicts.length === 0 && summary.failures.length === 0) {
      output.status({ event: 'empty' }, 'nothing to claim')
    }

    signal.throwIfAborted()

    if (summary.failures.length > 0) {
      const [{ server, reason }] = summary.failures
      throw new UnclaimedError(`no verdict${server == null ? '' : ` from ${server}`}: ${reason}`)
    }

    const refused = summary.verdicts.filter(({ outcome }) => outcome !== 'settled')

    if (refused.length > 0) {
      throw new ClaimRefusedError(`${refused.length} of ${summary.verdicts.length} claims ${refused.length === 1 ? 'was' : 'were'} refused`)
    }
  })
}

async function claim (context: Context): Promise<ClaimSummary> {
  try {
    // nobody has to reach this node
    return await context.withNode({ listen: [] }, async ({ services: { mssl } }) => mssl.claim({
      signal: context.signal,
      onProgress: event => { show(event, context.output) }
    }))
  } catch (err: any) {
    if (err.name === 'HomeInUseError') {
      throw new NodeClaimsError('a node runs on this home, and claims by itself', { cause: err })
    }

    throw err
  }
}

function show ({ type, detail }: ClaimProgressEvents, output: Output): void {
  if (type === 'mssl:claim:verdict') {
    const { outcome, count, object, credited, amount, reason } = detail
    const text = `${count} blocks of ${object}: ${outcome}${reason === '' ? '' : ` (${reason})`}, ${credited} credited for ${amount}`
    output.status({ event: 'verdict', ...verdictData(detail) }, text)
  } else if (type === 'mssl:claim:failure') {
    const { server, reason, sessions } = detail
    output.warning(`${sessions} ${sessions === 1 ? 'session stays' : 'sessions stay'} unclaimed${server == null ? '' : ` at ${server}`}: ${reason}`)
  }
}

function data ({ verdicts, standings, failures, pending }: ClaimSummary): Record<string, unknown> {
  return {
    verdicts: verdicts.map(verdictData),
    standings: standings.map(({ server, ...rest }) => ({ server: server.toString(), ...rest })),
    failures: failures.map(({ server, ...rest }) => ({ server: server?.toString(), ...rest })),
    pending
  }
}

function verdictData ({ server, object, session, ...rest }: ClaimVerdict): Record<string, unknown> {
  return { server: server.toString(), object: object.toString(), session: Buffer.from(session).toString('hex'), ...rest }
}
