/**
 * What follows from a table of measurements: nothing here measures. A value of each composition in each round; ratios are taken within a
 * round, since a machine is not equally fast from one minute to the next.
 */
import { median } from '../../benchmarks/report.ts'
import type { Composition } from '../harness/composition.ts'

/** The functions that a publisher picks. */
export type Functions = Pick<Composition, 'encryption' | 'delivery' | 'mode'>

/** One function in place of another, or of none. */
export type Change = { [F in keyof Functions]: { factor: F, from: Functions[F], to: Functions[F] } }[keyof Functions]

export interface Cell {
  functions: Functions
  /** One of each round, above zero */
  values: number[]
}

export interface Spread {
  median: number
  min: number
  max: number
}

/** An interaction below this is none that anybody would act upon. */
const LEAST_INTERACTION = 1.03

/** Fewer rounds are on the same side by chance too often. */
const LEAST_ROUNDS = 3

export function spreadOf (values: number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

export function geometricMean (values: number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** By round: the one by the other. */
export function ratios (values: number[], base: number[]): number[] {
  return values.slice(0, base.length).map((value, round) => value / base[round])
}

/**
 * What changes of different functions make, by round: of one change the main effect, the geometric mean of the ratios with it to without it over all that the
 * other functions can be; of two their interaction, by how much both together are more than the product of each alone. Empty when
 * nothing that was measured shows it.
 */
export function effect (cells: Cell[], changes: Change[]): number[] {
  const find = (functions: Functions): Cell | undefined => cells.find(cell => sameFunctions(cell.functions, functions))
  const contrasts: number[][] = []

  for (const { functions } of cells) {
    if (changes.some(({ factor, from }) => functions[factor] !== from)) {
      continue
    }

    const corners = subsets(changes).map(made => ({
      sign: (changes.length - made.length) % 2 === 0 ? 1 : -1,
      values: find(made.reduce((result, { factor, to }) => ({ ...result, [factor]: to }), functions))?.values
    }))
    const rounds = Math.min(...corners.map(({ values }) => values?.length ?? 0))

    if (rounds > 0) {
      contrasts.push(Array.from({ length: rounds }, (_, round) => corners.reduce((product, { sign, values }) => product * (values?.[round] ?? NaN) ** sign, 1)))
    }
  }

  const rounds = contrasts.length === 0 ? 0 : Math.min(...contrasts.map(({ length }) => length))

  return Array.from({ length: rounds }, (_, round) => geometricMean(contrasts.map(contrast => contrast[round])))
}

/** Whether an interaction is more than chance and large enough to speak of. */
export function matters (interaction: number[]): boolean {
  const { median, min, max } = spreadOf(interaction)

  return interaction.length >= LEAST_ROUNDS && Math.max(median, 1 / median) >= LEAST_INTERACTION && (min > 1 || max < 1)
}

function sameFunctions (a: Functions, b: Functions): boolean {
  return a.encryption === b.encryption && a.delivery === b.delivery && a.mode === b.mode
}

function subsets <T> (items: T[]): T[][] {
  return items.reduce<T[][]>((all, item) => [...all, ...all.map(subset => [...subset, item])], [[]])
}
