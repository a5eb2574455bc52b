/* eslint-disable no-console */
/**
 * What would people use instead of mSSL, and how fast is that? The same work, in the same run: file to verified file, separate
 * processes, contenders that take turns.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { formatBytes, parseDuration, parseSize } from '../../src/cli/parse.ts'
import { machine, MiB } from '../report.ts'
import { CONTENDERS } from './contenders/index.ts'
import { available, rounds } from './rounds.ts'
import { contenderTable, crowdTable, pairTable } from './tables.ts'
import { LOOPBACK, makeSource } from './transfer.ts'
import { openLink } from './wan/link.ts'
import type { Contender } from './contender.ts'
import type { Rounds } from './rounds.ts'
import type { Place } from './transfer.ts'

const PAIR_SIZES = [256 * MiB, 1024 * MiB]
const SMALL_SIZES = [64 * MiB]

interface Options {
  size?: number[]
  runs: number
  only?: Contender[]
  crowd?: boolean
  leechers: number
  wan?: boolean
  roundTrip: number[]
  loss: number
  rate: number
  folder: string
  timeout: number
  list?: boolean
  json?: boolean
}

/** One table. */
interface Measurement {
  size: number
  /** Milliseconds; absent: on loopback */
  roundTrip?: number
  results: Rounds
}

const command = new Command('npm run benchmark:compare --')
  .description('Compare mssl with what people would use instead: one seeder, one leecher, file to verified file.')
  .option('--size <sizes...>', `sizes of the file (default: ${PAIR_SIZES.map(formatBytes).join(' ')}; with --crowd and --wan ${SMALL_SIZES.map(formatBytes).join(' ')})`, list(parseSize))
  .option('--runs <n>', 'runs of each contender', count, 5)
  .option('--only <names...>', 'these contenders; ratios are to the first one that there is', list(contender))
  .option('--crowd', 'a flash crowd instead: many leechers at once, who serve each other')
  .option('--leechers <n>', 'how many', count, 8)
  .addOption(new Option('--wan', 'a long way instead: two network namespaces with a link between them; needs root').conflicts('crowd'))
  .option('--round-trip <times...>', 'of that link', list(parseDuration), [20, 100])
  .option('--loss <percent>', 'of packets, each way', number, 0.1)
  .option('--rate <Mbit/s>', 'each way', number, 200)
  .option('--folder <path>', 'where files are kept meanwhile: /dev/shm leaves the disk out', tmpdir())
  .option('--timeout <time>', 'until a run is given up', parseDuration, 180_000)
  .option('--list', 'name the contenders, with their versions, and what is missing on this machine')
  .option('--json', 'single runs as JSON on stdout')
  .addHelpText('after', '\nThe others are installed with\n  npm install --prefix benchmarks/compare/ends\n  apt-get install nginx-light curl aria2 python3-libtorrent\nWho is not there is left out, and named.')
  .parse()
const options = command.opts<Options>()

const { versions, missing } = await available(options.only ?? CONTENDERS)

if (options.list === true) {
  [...versions].forEach(([{ name, title }, version]) => { console.log(`${name}: ${title}, ${version}`) })
  missing.forEach((reason, { name }) => { console.log(`${name}: missing: ${reason}`) })
} else {
  missing.forEach((reason, { name }) => { say(`${name} is left out: ${reason}`) })

  if (versions.size === 0) {
    command.error('error: nothing to compare')
  }

  process.once('SIGINT', () => { process.exit(130) })
  process.once('SIGTERM', () => { process.exit(143) })

  try {
    const folder = await mkdtemp(join(options.folder, 'mssl-compare-'))
    process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
    report(await measure(folder))
  } catch (err: any) {
    command.error(`error: ${err.message}`)
  }
}

async function measure (folder: string): Promise<Measurement[]> {
  const { crowd = false, wan = false, runs, leechers, timeout } = options
  const measurements: Measurement[] = []

  for (const size of options.size ?? (crowd || wan ? SMALL_SIZES : PAIR_SIZES)) {
    const source = await makeSource(folder, size)
    const course = async (seederPlace: Place, leecherPlace: Place): Promise<Rounds> => rounds(
      [...versions.keys()].filter(contender => !crowd || contender.crowd === true),
      source,
      runs,
      { folder, say, seederPlace, leecherPlace, leechers: crowd ? leechers : 1, stay: crowd, timeout }
    )

    if (!wan) {
      measurements.push({ size, results: await course(LOOPBACK, LOOPBACK) })
      continue
    }

    for (const roundTrip of options.roundTrip) {
      const link = await openLink({ roundTrip, loss: options.loss / 100, rate: options.rate * 1e6 })

      try {
        say(`${roundTrip} ms of round trip, by ${link.kind}`)
        measurements.push({ size, roundTrip, results: await course(link.seeder, link.leecher) })
      } finally {
        say(await link.close())
      }
    }
  }

  return measurements
}

function report (measurements: Measurement[]): void {
  const { crowd = false, runs, leechers, loss, rate } = options

  if (options.json === true) {
    console.log(JSON.stringify({
      machine: machine(),
      versions: named(versions),
      missing: named(missing),
      ...crowd ? { leechers } : {},
      measurements: measurements.map(({ results, roundTrip, ...measurement }) => ({ ...measurement, ...roundTrip == null ? {} : { roundTrip, loss, rate }, runs: named(results) }))
    }))

    return
  }

  for (const { size, roundTrip, results } of measurements) {
    const what = [crowd ? `${leechers} leechers at once` : '', formatBytes(size), `${runs} runs`, roundTrip == null ? '' : `${roundTrip} ms of round trip, ${loss} % loss, ${rate} Mbit/s`]
    console.log(`${what.filter(part => part !== '').join(', ')}; ${machine()}\n`)
    console.log(`${(crowd ? crowdTable : pairTable)(results, size)}\n`)
  }

  console.log(contenderTable(versions))
  missing.forEach((reason, { title }) => { console.log(`\nWithout ${title}: ${reason}`) })
}

function named<T> (values: Map<Contender, T>): Record<string, T> {
  return Object.fromEntries([...values].map(([{ name }, value]) => [name, value]))
}

function say (text: string): void {
  process.stderr.write(`${text}\n`)
}

function contender (name: string): Contender {
  const found = CONTENDERS.find(contender => contender.name === name)

  if (found == null) {
    throw new InvalidArgumentError(`There are ${CONTENDERS.map(({ name }) => name).join(', ')}.`)
  }

  return found
}

function number (text: string): number {
  const value = Number(text)

  if (text.trim() === '' || !(value >= 0)) {
    throw new InvalidArgumentError('Give a number.')
  }

  return value
}

function count (text: string): number {
  const value = number(text)

  if (!Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('Give a whole number of 1 or more.')
  }

  return value
}

/** An option that takes several values, of which the first replaces the default. */
function list<T> (parse: (text: string) => T): (text: string) => T[] {
  let values: T[] = []

  return text => {
    values = [...values, parse(text)]

    return values
  }
}
