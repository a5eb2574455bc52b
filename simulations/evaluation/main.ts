/**
 * `npm run evaluate`: what does each security function cost, alone and combined? Two processes on loopback, file to file; the compositions take
 * turns with the bare stream that they stand on.
 */
import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { GiB, MiB } from '../../benchmarks/report.ts'
import { parseInteger, parseSize } from '../../src/cli/parse.ts'
import { deliveryCells, functionsCells, pick } from './cells.ts'
import { evaluate } from './evaluation.ts'
import { SMALL_OBJECT } from './measure-functions.ts'
import { Pair } from './pair.ts'
import { evaluationTables } from './tables.ts'
import type { DeliveryCell, FunctionsCell } from './cells.ts'

const WRONG_USAGE = 2
const INTERRUPTED = 130

interface Options {
  size: number
  sizes: number[]
  runs: number
  only?: string[]
  seed: number
  json?: boolean
  report?: string
}

const program = new Command('npm run evaluate --')
  .description('measures what encryption, hash delivery and service mode cost: throughput, bytes, processor time and start-up, each against the composition without it in the same round')
  .addOption(new Option('--size <size>', 'of the object that the functions are measured with').argParser(objectSize).default(256 * MiB, '256MiB'))
  .addOption(new Option('--sizes <sizes>', 'of the objects that hash delivery is measured with, with commas between').argParser(objectSizes).default([MiB, 16 * MiB, 256 * MiB, GiB], '1MiB,16MiB,256MiB,1GiB'))
  .option('--runs <n>', 'rounds', parseInteger(1, 1_000), 3)
  .option('--only <names...>', 'parts of names, such as delivery, bare, plain, none/proof or delivery/random')
  .option('--seed <n>', 'the order, and which blocks are read at random', parseInteger(0, 2 ** 32 - 1), 1)
  .option('--json', 'everything as JSON on stdout')
  .option('--report <file>', 'the tables as Markdown, with everything as JSON beside it')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USAGE))
  .parse()

const { size, sizes, runs, only, seed, json, report } = program.opts<Options>()
const cells = picked()
const pair = await Pair.create()
let interrupted = false
let steps = 0

process.once('SIGINT', () => {
  interrupted = true
  void pair.clear()
})

try {
  const result = await evaluate(pair, { ...cells, size, runs, seed, onStep: show })
  const tables = evaluationTables(result)

  if (report != null) {
    await writeFile(report, tables)
    await writeFile(`${report}.json`, `${JSON.stringify(result)}\n`)
  }

  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : tables)
} catch (err: any) {
  process.stderr.write(interrupted ? 'stopped\n' : `the evaluation failed: ${err.message}\n`)
  process.exitCode = interrupted ? INTERRUPTED : 1
} finally {
  await pair.clear()
}

function show (name: string): void {
  process.stderr.write(`${String(++steps).padStart(4)} ${name}\n`)
}

function picked (): { functions: FunctionsCell[], delivery: DeliveryCell[] } {
  const all: Array<FunctionsCell | DeliveryCell> = [...functionsCells(), ...deliveryCells(sizes)]

  try {
    const cells = only == null ? all : pick(all, only)

    return { functions: cells.filter(cell => !('pattern' in cell)), delivery: cells.filter(cell => 'pattern' in cell) }
  } catch (err: any) {
    return program.error(`error: ${err.message}`)
  }
}

function objectSize (text: string): number {
  const size = parseSize(text)

  if (size < SMALL_OBJECT) {
    throw new InvalidArgumentError('Give 64KiB or more.')
  }

  return size
}

function objectSizes (text: string): number[] {
  return text.split(',').map(objectSize)
}
