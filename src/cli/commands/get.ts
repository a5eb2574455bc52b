import { InterruptedError, UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { credentialOptions, credentials, networkInit, networkOptions, parseObjectLink } from '../options.ts'
import { formatAmount, formatBytes, formatCount, formatDuration, formatRate, formatTime } from '../parse.ts'
import { Progress } from '../progress.ts'
import { bought, consent, consentOptions, purchaseData } from '../purchase.ts'
import { keepServing } from '../serving.ts'
import type { ClientProgressEvents, DownloadOptions, DownloadResult, Mssl } from '../../node/mssl.ts'
import type { DownloadStatus, SourceStatus } from '../../swarm/tally.ts'
import type { Context } from '../context.ts'
import type { CredentialOptions, NetworkOptions, ObjectLink } from '../options.ts'
import type { Output } from '../output.ts'
import type { ConsentOptions } from '../purchase.ts'
import type { Command } from 'commander'

interface GetOptions extends CredentialOptions, NetworkOptions, ConsentOptions {
  out?: string
  seed?: boolean
  ticketOnly?: boolean
}

export function getCommand (program: Command, context: Context): void {
  const command = program.command('get')
    .summary('fetch an object')
    .description('Fetch an object from its server and from everyone who has it, into a file or folder. Goes on where an earlier run stopped, and gives others what it has meanwhile. What this home has in another place is copied from there. What has to be paid for is bought with --yes or --max-price, or after a question on a terminal, from this home\'s balance at the server.')
    .argument('<link>', 'a link (mssl:…), or https://host[/name] of a server that vouches for it')
    .option('-o, --out <path>', 'file or folder to write (default: the current folder)')
    .option('--seed', 'keep giving it to others until Ctrl-C')
    .option('--ticket-only', 'obtain and keep the permission; fetch later, from other clients if the server is gone')

  consentOptions(command)
  credentialOptions(command)
  networkOptions(command)
  examples(command, [
    ['mssl get mssl:z6Mk…/holiday.mp4', 'into the current folder'],
    ['mssl get mssl:z6Mk…/holiday.mp4 --out ~/Videos --seed', 'into a folder, then help others'],
    ['mssl get mssl:z6Mk…/holiday.mp4 --max-price 120', 'and buy it, if it costs 120 at most'],
    ['mssl get https://example.org/holiday.mp4', 'by the web domain of the server'],
    ['mssl get mssl:z6Mk…/report.pdf --token @token.txt', 'with an access token from a file'],
    ['MSSL_JWT=… mssl get mssl:z6Mk…/report.pdf', 'with a JSON Web Token from the environment']
  ])

  command.action(async (text: string, options: GetOptions) => {
    const { output, signal } = context
    const shown = await credentials(options)

    if (options.ticketOnly === true && (options.seed === true || options.out != null)) {
      throw new UsageError('--ticket-only fetches nothing: leave out --seed and --out')
    }

    const link = await parseObjectLink(text, { signal })

    await context.withNode(networkInit(options), async ({ services: { mssl } }) => {
      if (options.ticketOnly === true) {
        const terms: DownloadOptions = {
          ...shown,
          ...consent(options, context),
          signal,
          onProgress: event => { show(event, output, new Progress(output)) }
        }
        const { id, server, ...grant } = await mssl.authorize(link, terms)

        output.result({ id: id.toString(), server: server.toString(), ...grant }, `${grant.name} (${formatBytes(grant.size)}): permitted until ${formatTime(grant.notAfter)}`)

        return
      }

      const result = await download(mssl, link, { ...shown, ...consent(options, context), to: options.out }, context)
      const unit = mssl.list().find(({ id }) => id.equals(result.id))?.price?.unit

      output.status({ event: 'done' }, [summary(result), ...unit == null ? [] : payments(result, unit)].join('\n'))
      output.result(resultData(result), result.path)

      if (options.seed === true) {
        output.status({ event: 'seeding' }, 'giving it to others; Ctrl-C stops')
        await keepServing(context, mssl, 'stopped sharing; `mssl share` goes on')
      }
    })
  })
}

async function download (mssl: Mssl, link: ObjectLink, options: DownloadOptions, { output, signal }: Context): Promise<DownloadResult> {
  const progress = new Progress(output)
  let status: DownloadStatus | undefined

  try {
    return await mssl.get(link, {
      ...options,
      signal,
      onProgress: event => {
        status = event.type === 'mssl:get:progress' ? event.detail : status
        show(event, output, progress)
      }
    })
  } catch (err: any) {
    if (!signal.aborted) {
      throw err
    }

    const kept = status == null ? 'nothing is lost' : `${formatBytes(status.have)} of ${formatBytes(status.size)} are kept`
    throw new InterruptedError(`stopped; ${kept}: the same command goes on from there`, { cause: err })
  } finally {
    progress.stop()
  }
}

function show (event: ClientProgressEvents, output: Output, progress: Progress): void {
  switch (event.type) {
    case 'mssl:get:authorized':
      output.status({ event: 'authorized', name: event.detail.name, size: event.detail.size, server: event.detail.server.toString() }, `${event.detail.name} (${formatBytes(event.detail.size)})`)
      break
    case 'mssl:get:bought':
      output.status({ event: 'bought', ...purchaseData(event.detail) }, bought(event.detail))
      break
    case 'mssl:get:resumed':
      output.status({ event: 'resumed', ...event.detail }, event.detail.have === 0 ? '' : `going on: ${formatBytes(event.detail.have)} are here already`)
      break
    case 'mssl:get:dropped':
      output.status({ event: 'dropped', peer: event.detail.peer.toString(), reason: event.detail.reason }, `dropped ${event.detail.peer}: ${event.detail.reason}`)
      break
    case 'mssl:get:warning':
      output.warning(event.detail.message)
      break
    default:
      progress.update(progressState(event.detail))
  }
}

function progressState ({ id, name, size, have, rate, providers, sources }: DownloadStatus): Parameters<Progress['update']>[0] {
  const from = providers === 0 ? 'looking for providers' : `${formatRate(rate)} from ${formatCount(providers, 'provider')}`
  const left = rate > 0 && have < size ? `, ${formatDuration((size - have) / rate * 1_000)} left` : ''

  return {
    event: { event: 'progress', id: id.toString(), name, size, have, rate, providers, sources: sourcesData(sources) },
    text: `${formatBytes(have)} of ${formatBytes(size)}, ${have === size ? 'finishing' : from}${left}`,
    value: have,
    total: size
  }
}

function summary ({ fetched, elapsed, sources, disputes, copiedFrom }: DownloadResult): string {
  const fromServer = sources.reduce((sum, { server, bytes }) => sum + (server ? bytes : 0), 0)
  const fromPeers = sources.reduce((sum, { bytes }) => sum + bytes, 0) - fromServer

  if (fetched === 0) {
    return copiedFrom == null ? 'nothing left to fetch' : `copied from ${copiedFrom}`
  }

  const settled = disputes === 0 ? '' : `; the server settled ${formatCount(disputes, 'dispute')}`

  return `fetched ${formatBytes(fetched)} in ${formatDuration(elapsed)} (${formatRate(fetched / Math.max(elapsed, 1) * 1_000)}): ${formatBytes(fromServer)} from the server, ${formatBytes(fromPeers)} from other clients${settled}`
}

/** From whom it was bought: what the coins of the blocks that came from each are worth. */
function payments ({ sources }: DownloadResult, unit: string): string[] {
  return sources
    .filter(({ coins = 0 }) => coins > 0)
    .map(({ peer, server, coins = 0 }) => `paid ${formatAmount(coins, unit)} to ${server ? 'the server' : peer}`)
}

function resultData ({ id, sources, ...rest }: DownloadResult): Record<string, unknown> {
  return { id: id.toString(), ...rest, sources: sourcesData(sources) }
}

function sourcesData (sources: SourceStatus[]): unknown[] {
  return sources.map(({ peer, ...rest }) => ({ peer: peer.toString(), ...rest }))
}
