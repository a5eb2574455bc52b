/**
 * `npm run demo`: one server, several clients, each a process of its own over TCP on this machine, which get a file from the
 * server and from each other. What they play depends on the mode.
 */
import { stat } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { basename } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parseSize } from '../../src/cli/parse.ts'
import { market } from './market.ts'
import { sharing } from './sharing.ts'
import { hashFile, makeFile } from './source-file.ts'
import { human, say, Stage } from './stage.ts'

interface Options {
  peers: number
  size: number
  mode: 'plain' | 'proof' | 'purchase'
  json?: boolean
}

const program = new Command('npm run demo --')
  .description('shows mSSL at work: a server and its clients. Modes plain and proof: and one client more when the server is gone. Mode purchase: a market, in which clients sell on what they bought.')
  .argument('[path]', 'a file of your own (default: one is made)')
  .option('--peers <n>', 'clients', count, 6)
  .option('--size <size>', 'size of the file that is made', parseSize, 256 * 1024 * 1024)
  .addOption(new Option('--mode <mode>', 'how blocks change hands').choices(['plain', 'proof', 'purchase']).default('proof'))
  .option('--json', 'the summary as JSON on stdout')
  .showHelpAfterError()
  .parse()

const { peers, size, mode, json }: Options = program.opts()
const stage = await Stage.create()
let interrupted = false

process.on('SIGINT', () => {
  if (interrupted) {
    process.exit(130)
  }

  interrupted = true
  say('stopping …')
  stage.clear().finally(() => process.exit(130))
})

try {
  const summary = await play(program.args[0])

  if (json === true) {
    process.stdout.write(`${JSON.stringify(summary)}\n`)
  }
} catch (err: any) {
  if (!interrupted) {
    say(`the demo failed: ${err.message}`)
    process.exitCode = 1
  }
} finally {
  await stage.clear()
}

async function play (path?: string): Promise<object> {
  if (path == null) {
    path = stage.path('demo.bin')
    say(`making a file of ${human(size)} …`)
    await makeFile(path, size)
  }

  const source = { path, size: (await stat(path)).size, hash: await hashFile(path) }
  say(`${basename(path)}: ${human(source.size)}, SHA-256 ${source.hash.slice(0, 16)}…`)
  const summary = await (mode === 'purchase' ? market(stage, source, peers) : sharing(stage, source, { peers, mode }))

  return {
    size: source.size,
    peers,
    sha256: source.hash,
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`,
    ...summary
  }
}

function count (text: string): number {
  const n = Number(text)

  if (!Number.isInteger(n) || n < 1 || n > 64) {
    throw new InvalidArgumentError('a whole number from 1 to 64 is needed')
  }

  return n
}
