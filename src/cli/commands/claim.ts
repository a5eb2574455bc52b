import { ClaimRefusedError, NodeClaimsError, UnclaimedError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { formatAmount, formatCount } from '../parse.ts'
import type { ClaimProgressEvents, ClaimStanding, ClaimSummary, ClaimVerdict } from '../../receipts/index.ts'
import type { Context } from '../context.ts'
import type { Output } from '../output.ts'
import type { Command } from 'commander'
import type { CID } from 'multiformats/cid'

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
    const { unitOf, ...summary } = await claim(context)

    output.result(data(summary, unitOf), summary.standings.map(standing => standingText(standing, summary, unitOf)).join('\n'))

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

/** What the coins of an object are counted in; undefined: it is served for credit, or not held any more. */
type UnitOf = (object: CID) => string | undefined

async function claim (context: Context): Promise<ClaimSummary & { unitOf: UnitOf }> {
  try {
    // nobody has to reach this node
    return await context.withNode({ listen: [] }, async ({ services: { mssl } }) => {
      const units = new Map(mssl.list().map(({ id, price }) => [id.toString(), price?.unit]))
      const unitOf: UnitOf = object => units.get(object.toString())
      const summary = await mssl.claim({
        signal: context.signal,
        onProgress: event => { show(event, unitOf, context.output) }
      })

      return { ...summary, unitOf }
    })
  } catch (err: any) {
    if (err.name === 'HomeInUseError') {
      throw new NodeClaimsError('a node runs on this home, and claims by itself', { cause: err })
    }

    throw err
  }
}

function show ({ type, detail }: ClaimProgressEvents, unitOf: UnitOf, output: Output): void {
  if (type === 'mssl:claim:verdict') {
    const { outcome, count, object, credited, amount, reason } = detail
    const unit = unitOf(object)
    const gained = unit == null ? `${credited} credited for ${amount}` : `${formatAmount(amount, unit)} for ${credited} of them`
    const text = `${formatCount(count, 'block')} of ${object}: ${outcome}${reason === '' ? '' : ` (${reason})`}, ${gained}`
    output.status({ event: 'verdict', ...verdictData(detail, unitOf) }, text)
  } else if (type === 'mssl:claim:failure') {
    const { server, reason, sessions } = detail
    output.warning(`${sessions} ${sessions === 1 ? 'session stays' : 'sessions stay'} unclaimed${server == null ? '' : ` at ${server}`}: ${reason}`)
  }
}

function standingText (claimed: ClaimStanding, summary: ClaimSummary, unitOf: UnitOf): string {
  const { server, balance, money, standing } = claimed

  return `${server}: ${[
    ...money == null ? [] : [formatAmount(money, moneyUnit(claimed, summary, unitOf) ?? 'in money')],
    ...balance == null ? [] : [`balance ${balance}, standing ${standing}`]
  ].join('; ')}`
}

/** A server has one unit. */
function moneyUnit ({ server, money }: ClaimStanding, { verdicts }: ClaimSummary, unitOf: UnitOf): string | undefined {
  return money == null ? undefined : verdicts.filter(verdict => verdict.server.equals(server)).map(({ object }) => unitOf(object)).find(unit => unit != null)
}

function data (summary: ClaimSummary, unitOf: UnitOf): Record<string, unknown> {
  const { verdicts, standings, failures, pending } = summary

  return {
    verdicts: verdicts.map(verdict => verdictData(verdict, unitOf)),
    standings: standings.map(({ server, ...rest }) => ({ server: server.toString(), ...rest, unit: moneyUnit({ server, ...rest }, summary, unitOf) })),
    failures: failures.map(({ server, ...rest }) => ({ server: server?.toString(), ...rest })),
    pending
  }
}

function verdictData ({ server, object, session, ...rest }: ClaimVerdict, unitOf: UnitOf): Record<string, unknown> {
  return { server: server.toString(), object: object.toString(), session: Buffer.from(session).toString('hex'), ...rest, unit: unitOf(object) }
}
