/* eslint-disable no-console */
/**
 * How fast does one client get a file from one provider, against a bare libp2p stream and against HTTPS?
 *
 * Separate processes on loopback, file to file, verified; the contenders take turns.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { hashFile, makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { GiB, machine, MB, median, MiB, spread, table } from './report.ts'
import { serveHashed } from './serving.ts'
import type { Usage } from './measured-process.ts'

interface Run { speed: number, sender: Usage, receiver: Usage }

const options = new Command('npm run benchmark:pair --')
  .option('--size <size>', 'size of the file', parseSize, GiB)
  .option('--runs <n>', 'runs of each contender', Number, 5)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, runs: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-pair-'))
const source = join(folder, 'source.bin')
await makeFile(source, options.size)
const sha256 = await hashFile(source)
let serial = 0

const contenders: Record<string, () => Promise<Run>> = {
  'mssl get, per-block hashes': async () => runMssl('per-block'),
  'mssl get, super-block': async () => runMssl('super-block'),
  'raw libp2p stream': async () => runEnds('benchmarks/ends/raw-stream.js'),
  'Node HTTPS': async () => runEnds('benchmarks/ends/https.js')
}
const runs = new Map<string, Run[]>(Object.keys(contenders).map(name => [name, []]))

try {
  for (let i = 0; i < options.runs; i++) {
    for (const [name, run] of Object.entries(contenders)) {
      runs.get(name)?.push(await run())
      process.stderr.write('.')
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')
const floor = median((runs.get('raw libp2p stream') ?? []).map(run => run.speed))

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, runs: Object.fromEntries(runs) }))
} else {
  console.log(`${options.size / MiB} MiB, ${options.runs} runs; ${machine()}\n`)
  console.log(table(
    ['', 'MB/s', 'of the raw stream', 'CPU s per GiB, sender', 'CPU s per GiB, receiver', 'peak MiB, sender', 'peak MiB, receiver'],
    [...runs].map(([name, results]) => [
      name,
      spread(results.map(run => run.speed), 0),
      (median(results.map(run => run.speed)) / floor).toFixed(2),
      spread(results.map(run => run.sender.cpu * GiB / options.size), 2),
      spread(results.map(run => run.receiver.cpu * GiB / options.size), 2),
      spread(results.map(run => run.sender.peakMemory / MiB), 0),
      spread(results.map(run => run.receiver.peakMemory / MiB), 0)
    ])
  ))
}

async function runMssl (delivery: string): Promise<Run> {
  const home = (name: string): string[] => ['--json', '--home', join(folder, `${name}-${delivery}-${serial}`), '--listen', '/ip4/127.0.0.1/tcp/0']
  serial++
  const { provider, link } = await serveHashed([source, '--hashes', delivery, ...home('server')])
  const out = join(folder, `copy-${serial}`)
  const client = new MeasuredProcess(MSSL, ['get', link, '--out', out, ...home('client')])
  const result = await client.result()
  return finish({ ...result, sha256: await hashFile(out) }, out, client, provider)
}

async function runEnds (script: string): Promise<Run> {
  serial++
  const sender = new MeasuredProcess(script, ['send', source])
  const { address } = await sender.result()
  const out = join(folder, `copy-${serial}`)
  const receiver = new MeasuredProcess(script, ['receive', address, out])
  return finish(await receiver.result(), out, receiver, sender)
}

async function finish (result: any, out: string, receiver: MeasuredProcess, sender: MeasuredProcess): Promise<Run> {
  if (result.sha256 !== sha256) {
    throw new Error('a copy differs from the source')
  }

  const used = { receiver: await receiver.usage(), sender: await sender.stop() }
  await rm(out)
  return { speed: options.size / MB / (result.elapsed / 1_000), ...used }
}
