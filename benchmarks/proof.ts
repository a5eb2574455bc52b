/* eslint-disable no-console */
/**
 * What does the interlocked exchange cost, and what does money add to it? One client, one provider: mode plain against modes
 * purchase and proof, the latter with its window and with one block at a time, near by or with a round trip in between.
 *
 * Separate processes on loopback, file to file, verified; the contenders take turns.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { freePort } from '../simulations/demo/free-port.ts'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { hashFile, makeFile } from '../simulations/demo/source-file.ts'
import { parseDuration, parseSize } from '../src/cli/parse.ts'
import { delayingProxy } from './delaying-proxy.ts'
import { MeasuredProcess } from './measured-process.ts'
import { GiB, machine, MB, median, MiB, spread, table } from './report.ts'
import { serveHashed } from './serving.ts'
import type { Usage } from './measured-process.ts'

interface Run { speed: number, sender: Usage, receiver: Usage }

const options = new Command('npm run benchmark:proof --')
  .option('--size <size>', 'size of the file', parseSize, GiB)
  .option('--runs <n>', 'runs of each contender', Number, 5)
  .option('--only <words...>', 'contenders whose names begin with one of these words, such as proof purchase')
  .option('--round-trip <time>', 'put this between client and provider (default: none)', parseDuration)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, runs: number, only?: string[], roundTrip?: number, json?: boolean }>()

// a round trip for each block: a part of the file is enough to see how fast that is
const STRICT_PART = options.roundTrip == null ? 1 : 1 / 16
const BLOCK_SIZE = 256 * 1024

/** Units, for the whole file: 2.5 to 10 for a block, so that not all coins are worth the same */
const PRICE = 10_001

const all: Record<string, { args: string[], size: number }> = {
  plain: { args: ['--mode', 'plain'], size: options.size },
  'proof, with its window': { args: ['--mode', 'proof'], size: options.size },
  'purchase, with its window': { args: ['--mode', 'purchase', '--price', String(PRICE)], size: options.size },
  'proof, block by block': { args: ['--mode', 'proof', '--ack-window', '1'], size: options.size * STRICT_PART }
}
const contenders = Object.fromEntries(Object.entries(all).filter(([name]) => options.only?.some(word => name.startsWith(word)) ?? true))
const folder = await mkdtemp(join(tmpdir(), 'mssl-proof-'))
const runs = new Map<string, Run[]>(Object.keys(contenders).map(name => [name, []]))
/** SHA-256 by size */
const sources: Record<number, string> = {}
let serial = 0

try {
  for (let i = 0; i < options.runs; i++) {
    for (const [name, { args, size }] of Object.entries(contenders)) {
      runs.get(name)?.push(await run(args, size))
      process.stderr.write('.')
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')
const [[first, measure]] = runs
const base = median(measure.map(run => run.speed))

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, roundTrip: options.roundTrip ?? 0, runs: Object.fromEntries(runs) }))
} else {
  console.log(`${options.size / MiB} MiB, ${options.runs} runs, ${options.roundTrip ?? 0} ms of round trip added; ${machine()}\n`)
  console.log(table(
    ['', 'MB/s', `of ${first.split(',')[0]}`, 'CPU s per GiB, sender', 'CPU s per GiB, receiver', 'peak MiB, sender', 'peak MiB, receiver'],
    [...runs].map(([name, results]) => [
      name,
      spread(results.map(run => run.speed), 1),
      (median(results.map(run => run.speed)) / base).toFixed(2),
      spread(results.map(run => run.sender.cpu * GiB / contenders[name].size), 2),
      spread(results.map(run => run.receiver.cpu * GiB / contenders[name].size), 2),
      spread(results.map(run => run.sender.peakMemory / MiB), 0),
      spread(results.map(run => run.receiver.peakMemory / MiB), 0)
    ])
  ))
}

async function run (args: string[], size: number): Promise<Run> {
  const source = join(folder, `source-${size}.bin`)
  sources[size] ??= await makeFile(source, size).then(async () => hashFile(source))
  const home = (name: string): string[] => ['--json', '--home', join(folder, `${name}-${serial}`)]
  const out = join(folder, `copy-${serial++}`)
  const port = await freePort()
  const proxy = options.roundTrip == null ? undefined : await delayingProxy(port, options.roundTrip / 2)
  const serve = [source, ...args, '--block-size', String(BLOCK_SIZE), ...home('server'), '--listen', `/ip4/127.0.0.1/tcp/${port}`]

  if (proxy != null) {
    serve.push('--announce', `/ip4/127.0.0.1/tcp/${proxy.port}`)
  }

  const { provider, link } = await serveHashed(serve)

  if (args.includes('purchase')) {
    const id = new MeasuredProcess(MSSL, ['id', ...home('client')])
    const { peer } = await id.result()
    await id.usage()
    // the price, and as much for the bond
    await new MeasuredProcess(MSSL, ['account', 'deposit', peer, String(2 * PRICE), ...home('server')]).usage()
  }

  const client = new MeasuredProcess(MSSL, ['get', link, '--yes', '--out', out, ...home('client'), '--listen', '/ip4/127.0.0.1/tcp/0'])
  const { elapsed } = await client.result()

  if (await hashFile(out) !== sources[size]) {
    throw new Error('a copy differs from the source')
  }

  const used = { receiver: await client.usage(), sender: await provider.stop() }
  proxy?.close()
  await rm(out)

  return { speed: size / MB / (elapsed / 1_000), ...used }
}
