/* eslint-disable no-console */
/**
 * How long does a command take, from the start of its process to its end?
 *
 * The object is small and its server runs already: what is measured is what comes before the first byte and after the last.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { machine, median, spread, table } from './report.ts'

const options = new Command('npm run benchmark:start --')
  .option('--size <size>', 'size of the object', parseSize, 64 * 1024)
  .option('--runs <n>', 'runs of each command', Number, 10)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, runs: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-start-'))
const source = join(folder, 'source.bin')
await writeFile(source, randomBytes(options.size))
const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']
const server = new MeasuredProcess(MSSL, ['serve', source, '--json', '--home', join(folder, 'server'), ...listen])
/** Milliseconds */
const runs = new Map<string, number[]>()

try {
  const { link } = await server.result()
  const get = (home: string): string[] => [MSSL, 'get', link, '--quiet', '--out', join(folder, `copy-${home}`), '--home', join(folder, home), ...listen]

  for (let i = 0; i < options.runs; i++) {
    measure('node -e 0', ['-e', '0'])
    measure('mssl --help', [MSSL, '--help'])
    measure('mssl --version', [MSSL, '--version'])
    measure('mssl get, new home', get(`${i}`))
    await forget(`${i}`)
    measure('mssl get, second in a home', get(`${i}`))
    await forget(`${i}`)
    measure('mssl get, third in a home', get(`${i}`))
    process.stderr.write('.')
  }
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')
const floor = median(runs.get('node -e 0') ?? [])

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, runs: Object.fromEntries(runs) }))
} else {
  console.log(`${options.size / 1024} KiB, ${options.runs} runs; ${machine()}\n`)
  console.log(table(['', 'ms', 'of node -e 0'], [...runs].map(([name, results]) => [
    name,
    spread(results, 0),
    (median(results) / floor).toFixed(1)
  ])))
}

function measure (name: string, args: string[]): void {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  const elapsed = performance.now() - started

  if (status !== 0) {
    throw new Error(`${name}: ${stderr}`)
  }

  runs.set(name, [...runs.get(name) ?? [], elapsed])
}

/** Nothing of the object is left in a home; keys, tickets and all else is. */
async function forget (home: string): Promise<void> {
  await rm(join(folder, home, 'objects'), { recursive: true })
  await rm(join(folder, `copy-${home}`))
}
