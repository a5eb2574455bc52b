/* eslint-disable no-console */
/**
 * What is standing worth when the uplink is short? Clients with different credit fetch at once from a server with an upload
 * limit, each on its own (the server is all that they know).
 *
 * Separate processes on loopback. A client's rate is what it had when the first one was done, by the time until then.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { machine, MiB, spread, table } from './report.ts'

const STANDINGS = [4, 2, 1, 1]
const STARTING_CREDIT = 1_024

const options = new Command('npm run benchmark:fairness --')
  .option('--size <size>', 'size of each client\'s file', parseSize, 24 * MiB)
  .option('--limit <size>', 'upload limit, bytes per second', parseSize, 4 * MiB)
  .option('--runs <n>', 'runs', Number, 3)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, limit: number, runs: number, json?: boolean }>()

interface Run {
  /** Bytes per second of each client */
  rates: number[]
  /** Seconds until each was done */
  done: number[]
}

const folder = await mkdtemp(join(tmpdir(), 'mssl-fairness-'))
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
  console.log(JSON.stringify({ machine: machine(), ...options, standings: STANDINGS, runs }))
} else {
  console.log(`upload limit ${options.limit / MiB} MiB/s, ${options.size / MiB} MiB each, ${options.runs} runs; ${machine()}\n`)
  console.log(table(
    ['standing', 'KiB/s while all fetch', 'of a newcomer\'s', 'done after, s'],
    STANDINGS.map((standing, n) => [
      String(standing),
      spread(runs.map(({ rates }) => rates[n] / 1024), 0),
      spread(runs.map(({ rates }) => rates[n] / ((rates[2] + rates[3]) / 2)), 2),
      spread(runs.map(({ done }) => done[n]), 1)
    ])
  ))
}

async function run (home: string): Promise<Run> {
  const mssl = (name: string, args: string[]): MeasuredProcess => new MeasuredProcess(MSSL, [...args, '--json', '--home', join(home, name)])
  // an object for each, since clients of one object would share it among themselves
  const sources = await Promise.all(STANDINGS.map(async (_, n) => {
    const path = join(folder, `source-${n}.bin`)
    await makeFile(path, options.size)

    return path
  }))
  const server = mssl('server', ['serve', ...sources, '--mode', 'proof', '--block-size', '64KiB', '--upload-limit', String(options.limit), '--listen', '/ip4/127.0.0.1/tcp/0'])
  const links: string[] = []

  for (let n = 0; n < sources.length; n++) {
    links.push((await server.result()).link)
  }

  for (const [n, standing] of STANDINGS.entries()) {
    const id = mssl(`client-${n}`, ['id'])
    const { peer } = await id.result()
    await id.usage()

    if (standing > 1) {
      // beside what every account begins with
      await mssl('server', ['account', 'adjust', peer, String((standing - 1) * STARTING_CREDIT), '--memo', 'benchmark']).usage()
    }
  }

  const begin = performance.now()
  const have = STANDINGS.map(() => 0)
  const done = STANDINGS.map(() => 0)
  let first: { have: number[], seconds: number } | undefined

  await Promise.all(STANDINGS.map(async (_, n) => {
    const client = mssl(`client-${n}`, ['get', links[n], '--out', join(home, `copy-${n}`), '--listen', '/ip4/127.0.0.1/tcp/0'])
    client.onEvent(event => { have[n] = event.have ?? have[n] })
    await client.result()
    done[n] = (performance.now() - begin) / 1_000
    have[n] = options.size
    first ??= { have: [...have], seconds: done[n] }
    await client.usage()
  }))
  await server.stop()
  await rm(home, { recursive: true, force: true })

  return { done, rates: first?.have.map(bytes => bytes / (first?.seconds ?? 1)) ?? [] }
}
