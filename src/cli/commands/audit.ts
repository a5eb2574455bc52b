import { join } from 'node:path'
import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { fields, table } from '../output.ts'
import { formatTime } from '../parse.ts'
import type { Finding } from '../../judge/index.ts'
import type { Context } from '../context.ts'
import type { Command } from 'commander'

interface AuditOptions {
  server?: string
}

const PROVEN: Record<Finding['kind'], (accused: string) => string> = {
  'false-entry': accused => `the provider ${accused} claimed credit for a block that it did not send`,
  equivocation: accused => `the recipient ${accused} signed two acknowledgements that contradict each other`,
  'double-spend': accused => `the recipient ${accused} spent the same coin with two providers`
}

const ON_ITS_WORD: Record<Finding['kind'], string | undefined> = {
  'false-entry': 'that the key in the evidence is the one derived for that block; the provider can check that too',
  equivocation: undefined,
  'double-spend': 'that neither session had been found to hold false ciphertext'
}

export function auditCommand (program: Command, context: Context): void {
  const command = program.command('audit')
    .summary('check evidence against a peer that broke the rules')
    .description('Check a file of evidence: that a provider claimed credit for blocks that it did not send, that a recipient contradicts itself, or that it spent a coin twice. Takes nothing but the file, neither a home nor the server. Exit code 0 if it is proven, 4 if the evidence does not hold. Without a file: what this home\'s server has found.')
    .argument('[file]', 'file of evidence; those of a server are in the folder evidence of its home')
    .option('--server <link|fingerprint>', 'the server that it has to be evidence of; without it, that of the file')

  examples(command, [
    ['mssl audit ~/.mssl/evidence/false-entry-….json', 'what is proven, against whom, and each check'],
    ['mssl audit ./evidence.json --server mssl:z6Mk…/holiday.mp4', 'and that it is of the server of a link'],
    ['mssl audit', 'who was convicted of what by the server of this home']
  ])

  command.action(async (file: string | undefined, options: AuditOptions) => {
    if (file != null) {
      await check(file, options, context)
    } else if (options.server != null) {
      throw new UsageError('--server is for a file of evidence')
    } else {
      await list(context)
    }
  })
}

async function check (file: string, { server }: AuditOptions, context: Context): Promise<void> {
  const { open } = await import('node:fs/promises')
  const { MAX_EVIDENCE_LENGTH, NotEvidenceError, verifyEvidence } = await import('../../judge/index.ts')
  const fingerprint = server == null ? undefined : await parseServer(server)
  const handle = await open(file)

  try {
    if ((await handle.stat()).size > MAX_EVIDENCE_LENGTH) {
      throw new NotEvidenceError('The file is too large to be evidence of mSSL')
    }

    const finding = await verifyEvidence(await handle.readFile(), { fingerprint, signal: context.signal })

    context.output.result(data(finding), text(finding, fingerprint != null))
  } finally {
    await handle.close()
  }
}

async function list (context: Context): Promise<void> {
  const { Docket } = await import('../../judge/index.ts')

  await context.withHome(home => {
    const offences = new Docket(home.database()).offences().map(({ peer, kind, session, at, file }) => ({
      accused: peer.toString(),
      kind,
      session: hex(session),
      at,
      file: file == null ? undefined : join(home.join('evidence'), file)
    }))

    if (offences.length === 0) {
      context.output.status({ event: 'empty' }, 'the server of this home has convicted nobody')
    }

    context.output.result(offences, offences.length === 0
      ? ''
      : table([
        ['ACCUSED', 'OF', 'FOUND', 'EVIDENCE'],
        ...offences.map(({ accused, kind, at, file }) => [accused, kind, formatTime(at), file ?? 'not kept: there was enough already'])
      ]))
  })
}

async function parseServer (text: string): Promise<Uint8Array> {
  if (/^[0-9a-f]{64}$/i.test(text)) {
    return Buffer.from(text, 'hex')
  }

  if (!text.startsWith('mssl:')) {
    throw new UsageError('--server takes a link, or a fingerprint of 64 hexadecimal digits')
  }

  const { parseLink } = await import('../../link/index.ts')

  return parseLink(text).fingerprint
}

function data ({ kind, found, accused, server, provider, recipient, object, session, count, coin, entry, checks }: Finding): object {
  return {
    proven: true,
    kind,
    accused: accused.toString(),
    found,
    server: { name: server.name, fingerprint: hex(server.fingerprint) },
    provider: provider.toString(),
    recipient: recipient.toString(),
    object: object.toString(),
    name: entry?.name,
    session: hex(session),
    count,
    position: entry?.position,
    block: entry?.index ?? coin?.block,
    serial: coin == null ? undefined : hex(coin.serial),
    second: coin == null ? undefined : { provider: coin.provider.toString(), session: hex(coin.session), count: coin.count },
    checks
  }
}

function text ({ kind, found, accused, server, provider, recipient, object, session, count, coin, entry, checks }: Finding, isKnown: boolean): string {
  return [
    `proven: ${PROVEN[kind](accused.toString())}`,
    fields({
      found: formatTime(found),
      server: `${server.name}, fingerprint ${hex(server.fingerprint)}${isKnown ? '' : '; compare it with the link\'s, or give --server'}`,
      provider: provider.toString(),
      recipient: recipient.toString(),
      object: object.toString(),
      name: entry?.name,
      session: `${hex(session)}, ${count} blocks acknowledged`,
      coin: coin == null ? undefined : `of block ${coin.block} of the object, book ${hex(coin.serial)}`,
      'spent again with': coin == null ? undefined : `${coin.provider}, session ${hex(coin.session)}, ${coin.count} blocks acknowledged`,
      block: entry == null ? undefined : `number ${entry.index} of the object, at position ${entry.position} of the session`,
      'on the server\'s word': ON_ITS_WORD[kind]
    }),
    'checked:',
    checks.map(check => `  ${check}`).join('\n')
  ].join('\n')
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
