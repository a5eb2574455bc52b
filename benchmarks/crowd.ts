/* eslint-disable no-console */
/**
 * How much does the server upload when many clients come at once? And how long until the last one is done?
 *
 * One server and its clients as processes of their own on loopback, all started together.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { hashFile, makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { machine, MiB, spread, table } from './report.ts'

interface Run { copies: number, last: number, first: number, fromPeers: number, cpu: number, serverCpu: number }

const options = new Command('npm run benchmark:crowd --')
  .option('--size <size>', 'size of the file', parseSize, 64 * MiB)
  .option('--clients <n>', 'clients', Number, 16)
  .option('--runs <n>', 'runs', Number, 3)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, clients: number, runs: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-crowd-'))
const source = join(folder, 'source.bin')
await makeFile(source, options.size)
const sha256 = await hashFile(source)
const runs: Run[] = []

try {
  for (let i = 0; i < options.runs; i++) {
    runs.push(await run(join(folder, `run-${i}`)))
    process.stderr.write('.')
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, clients: options.clients, runs }))
} else {
  console.log(`${options.clients} clients at once, ${options.size / MiB} MiB, ${options.runs} runs; ${machine()}\n`)
  console.log(table(
    ['copies uploaded by the server', 'first done, s', 'last done, s', 'from peers, %', 'CPU s of all', 'CPU s of the server'],
    [[
      spread(runs.map(run => run.copies), 2),
      spread(runs.map(run => run.first), 1),
      spread(runs.map(run => run.last), 1),
      spread(runs.map(run => 100 * run.fromPeers), 1),
      spread(runs.map(run => run.cpu), 1),
      spread(runs.map(run => run.serverCpu), 1)
    ]]
  ))
}

async function run (home: string): Promise<Run> {
  const common = (name: string): string[] => ['--json', '--home', join(home, name), '--listen', '/ip4/127.0.0.1/tcp/0']
  const server = new MeasuredProcess(MSSL, ['serve', source, ...common('server')])
  const { link } = await server.result()
  const begin = performance.now()
  const clients = Array.from({ length: options.clients }, (_, i) => new MeasuredProcess(
    MSSL,
    ['get', link, '--seed', '--out', join(home, `copy-${i}`), ...common(`client-${i}`)]
  ))
  const finished = await Promise.all(clients.map(async client => {
    const result = await client.result()
    return { result, seconds: (performance.now() - begin) / 1_000 }
  }))

  for (let i = 0; i < clients.length; i++) {
    if (await hashFile(join(home, `copy-${i}`)) !== sha256) {
      throw new Error('a copy differs from the source')
    }
  }

  const used = await Promise.all(clients.map(async client => client.stop()))
  const serverUsed = await server.stop()
  const bytes = (fromServer: boolean): number => finished
    .flatMap(({ result }) => result.sources)
    .filter(source => source.server === fromServer)
    .reduce((sum, source) => sum + source.bytes, 0)

  await rm(home, { recursive: true, force: true })

  return {
    copies: bytes(true) / options.size,
    fromPeers: bytes(false) / (bytes(true) + bytes(false)),
    first: Math.min(...finished.map(({ seconds }) => seconds)),
    last: Math.max(...finished.map(({ seconds }) => seconds)),
    cpu: used.reduce((sum, usage) => sum + usage.cpu, serverUsed.cpu),
    serverCpu: serverUsed.cpu
  }
}
