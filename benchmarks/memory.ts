/* eslint-disable no-console */
/**
 * How much memory does a node need for a large object? Publishes and downloads it in processes of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { hashFile, makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { GiB, machine, MB, MiB, table } from './report.ts'

const options = new Command('npm run benchmark:memory --')
  .option('--size <size>', 'size of the file', parseSize, 4 * GiB)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-memory-'))

try {
  const source = join(folder, 'source.bin')
  const out = join(folder, 'copy.bin')
  await makeFile(source, options.size)
  const common = (name: string): string[] => ['--json', '--home', join(folder, name), '--listen', '/ip4/127.0.0.1/tcp/0']

  const publishBegin = performance.now()
  const publisher = new MeasuredProcess(MSSL, ['serve', source, ...common('server')])
  await publisher.result()
  const publishSeconds = (performance.now() - publishBegin) / 1_000
  const publish = await publisher.stop()

  const provider = new MeasuredProcess(MSSL, ['serve', source, ...common('server')])
  const { link } = await provider.result()
  const client = new MeasuredProcess(MSSL, ['get', link, '--out', out, ...common('client')])
  const result = await client.result()
  const download = await client.usage()
  const serve = await provider.stop()

  if (await hashFile(out) !== await hashFile(source)) {
    throw new Error('the copy differs from the source')
  }

  if (options.json === true) {
    console.log(JSON.stringify({ machine: machine(), size: options.size, publish, serve, download, publishSeconds, elapsed: result.elapsed }))
  } else {
    console.log(`${options.size / MiB} MiB; ${machine()}\n`)
    console.log(table(['', 'peak MiB', 'MB/s', 'CPU s'], [
      ['publish', publish.peakMemory, options.size / MB / publishSeconds, publish.cpu],
      ['serve', serve.peakMemory, options.size / MB / (result.elapsed / 1_000), serve.cpu],
      ['download', download.peakMemory, options.size / MB / (result.elapsed / 1_000), download.cpu]
    ].map(([name, peak, speed, cpu]) => [String(name), (Number(peak) / MiB).toFixed(0), Number(speed).toFixed(0), Number(cpu).toFixed(1)])))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
