import { machine, median } from '../../benchmarks/report.ts'
import { Random } from '../harness/random.ts'
import { BARE, BARE_HASHED, functionsName } from './cells.ts'
import { effect, matters, ratios, spreadOf } from './effects.ts'
import { measureDelivery } from './measure-delivery.ts'
import { measureFunctions } from './measure-functions.ts'
import type { DeliveryCell, FunctionsCell, Pattern } from './cells.ts'
import type { Change, Functions, Spread } from './effects.ts'
import type { DeliveryResult } from './measure-delivery.ts'
import type { FunctionsResult, FunctionsValues } from './measure-functions.ts'
import type { Pair } from './pair.ts'

export type Metric = keyof FunctionsValues

export const METRICS: Metric[] = ['throughput', 'wire', 'serverCpu', 'firstServerCpu', 'clientCpu', 'firstByte', 'smallObject']

export interface EvaluationInit {
  functions: FunctionsCell[]
  delivery: DeliveryCell[]
  /** Bytes of the object that the functions are measured with */
  size: number
  runs: number
  seed: number
  onStep(name: string): void
}

/** Ratios of what was measured with it to what was measured without it */
export interface Effect {
  /** For a person: "encryption: object-key over none" */
  name: string
  ratio: Partial<Record<Metric, Spread>>
}

/** Two functions together cost something else than the product of both. */
export interface Interaction {
  name: string
  metric: Metric
  ratio: Spread
}

/** per-block by super-block */
export interface DeliveryComparison {
  /** Bytes of the object */
  size: number
  pattern: Pattern
  hashes?: number
  firstByte?: Spread
  total?: Spread
}

/** Everything that was measured, and what follows from it. */
export interface Evaluation {
  machine: string
  seed: number
  runs: number
  seconds: number
  functions: { size: number, cells: FunctionsResult[], effects: Effect[], interactions: Interaction[] }
  delivery: { cells: DeliveryResult[], comparisons: DeliveryComparison[] }
}

const ENCRYPTED: Change = { factor: 'encryption', from: 'none', to: 'object-key' }
const PER_BLOCK: Change = { factor: 'delivery', from: 'super-block', to: 'per-block' }
const PROOF: Change = { factor: 'mode', from: 'plain', to: 'proof' }
const PURCHASE: Change = { factor: 'mode', from: 'plain', to: 'purchase' }
const MONEY: Change = { factor: 'mode', from: 'proof', to: 'purchase' }

const CHANGES = [ENCRYPTED, PER_BLOCK, PROOF, PURCHASE, MONEY]
const PAIRS_OF_CHANGES = [[ENCRYPTED, PER_BLOCK], [ENCRYPTED, PROOF], [ENCRYPTED, PURCHASE], [PER_BLOCK, PROOF], [PER_BLOCK, PURCHASE]]

const LEAST: Functions = { encryption: 'none', delivery: 'super-block', mode: 'plain' }
const MOST: Functions = { encryption: 'object-key', delivery: 'per-block', mode: 'purchase' }

/** What a change of one function cannot show: what is always there, and all of it. */
const STEPS = [
  { name: 'bare stream: hashed on arrival over not hashed', with: BARE_HASHED, without: BARE },
  { name: 'tickets, access control, blocks and tree: without any other function over the bare stream, hashed', with: functionsName(LEAST), without: BARE_HASHED },
  { name: 'all of it: object-key, per-block, purchase over the bare stream, hashed', with: functionsName(MOST), without: BARE_HASHED }
]

/** Runs everything, in one sequence. */
export async function evaluate (pair: Pair, { functions, delivery, size, runs, seed, onStep }: EvaluationInit): Promise<Evaluation> {
  const begin = performance.now()
  const random = new Random(seed)
  const cells = await measureFunctions(pair, functions, size, { runs, random: random.fork(), onStep })
  const deliveries = await measureDelivery(pair, delivery, { isWarm: functions.length > 0, runs, random: random.fork(), onStep })

  return {
    machine: machine(),
    seed,
    runs,
    seconds: (performance.now() - begin) / 1_000,
    functions: { size, cells, effects: effects(cells), interactions: interactions(cells) },
    delivery: { cells: deliveries, comparisons: comparisons(deliveries) }
  }
}

function effects (cells: FunctionsResult[]): Effect[] {
  const by = (name: string, ratiosOf: (metric: Metric) => number[]): Effect[] => {
    const measured = METRICS.map(metric => [metric, ratiosOf(metric)] as const).filter(([, ratios]) => ratios.length > 0)

    return measured.length === 0 ? [] : [{ name, ratio: Object.fromEntries(measured.map(([metric, ratios]) => [metric, spreadOf(ratios)])) }]
  }

  const valuesOf = (name: string, metric: Metric): number[] => cells.find(cell => cell.name === name)?.rounds.map(values => values[metric]) ?? []

  return [
    ...STEPS.slice(0, 2).flatMap(step => by(step.name, metric => ratios(valuesOf(step.with, metric), valuesOf(step.without, metric)))),
    ...CHANGES.flatMap(change => by(title(change), metric => effect(composed(cells, metric), [change]))),
    ...STEPS.slice(2).flatMap(step => by(step.name, metric => ratios(valuesOf(step.with, metric), valuesOf(step.without, metric))))
  ]
}

function interactions (cells: FunctionsResult[]): Interaction[] {
  return PAIRS_OF_CHANGES.flatMap(changes => METRICS.flatMap(metric => {
    const interaction = effect(composed(cells, metric), changes)

    return matters(interaction) ? [{ name: changes.map(({ to }) => to).join(' with '), metric, ratio: spreadOf(interaction) }] : []
  }))
}

function comparisons (cells: DeliveryResult[]): DeliveryComparison[] {
  return cells.filter(({ delivery }) => delivery === 'super-block').flatMap(base => {
    const other = cells.find(({ size, pattern, delivery }) => size === base.size && pattern === base.pattern && delivery === 'per-block')

    if (other == null) {
      return []
    }

    const by = (metric: 'hashes' | 'firstByte' | 'total'): number[] => ratios(other.rounds.map(values => values[metric]), base.rounds.map(values => values[metric]))
    const hashes = median(by('hashes'))

    return [{
      size: base.size,
      pattern: base.pattern,
      // what was there already is not fetched
      hashes: Number.isFinite(hashes) ? hashes : undefined,
      firstByte: spreadOf(by('firstByte')),
      total: spreadOf(by('total'))
    }]
  })
}

function composed (cells: FunctionsResult[], metric: Metric): Array<{ functions: Functions, values: number[] }> {
  return cells.flatMap(({ functions, rounds }) => functions == null ? [] : [{ functions, values: rounds.map(values => values[metric]) }])
}

function title ({ factor, from, to }: Change): string {
  return `${{ encryption: 'encryption', delivery: 'hash delivery', mode: 'service mode' }[factor]}: ${to} over ${from}`
}
