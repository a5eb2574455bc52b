/** What is measured, by name: parts of a name, in any order, pick the measurements that have them all. */
import { formatBytes } from '../../src/cli/parse.ts'
import type { Functions } from './effects.ts'

const ENCRYPTIONS = ['none', 'object-key'] as const
export const DELIVERIES = ['super-block', 'per-block'] as const
const MODES = ['plain', 'proof', 'purchase'] as const

/** How an object is accessed */
export const PATTERNS = ['whole', 'sequential', 'random', 'resume'] as const

export type Delivery = typeof DELIVERIES[number]
export type Pattern = typeof PATTERNS[number]

/** A composition of functions, or the bare stream without any. */
export interface FunctionsCell {
  name: string
  functions?: Functions
  /** Of the bare stream: its copy is hashed as a whole on arrival */
  isHashed?: boolean
}

export interface DeliveryCell {
  name: string
  /** Bytes of the object */
  size: number
  delivery: Delivery
  pattern: Pattern
}

export const BARE = 'functions/bare'
export const BARE_HASHED = 'functions/bare/hashed'

export function functionsName ({ encryption, delivery, mode }: Functions): string {
  return `functions/${encryption}/${delivery}/${mode}`
}

export function functionsCells (): FunctionsCell[] {
  return [
    { name: BARE, isHashed: false },
    { name: BARE_HASHED, isHashed: true },
    ...ENCRYPTIONS.flatMap(encryption => DELIVERIES.flatMap(delivery => MODES.map(mode => {
      const functions = { encryption, delivery, mode }

      return { name: functionsName(functions), functions }
    })))
  ]
}

export function deliveryCells (sizes: number[]): DeliveryCell[] {
  return sizes.flatMap(size => DELIVERIES.flatMap(delivery => PATTERNS.map(pattern => ({
    name: `delivery/${formatBytes(size).replace(' ', '')}/${delivery}/${pattern}`, size, delivery, pattern
  }))))
}

/**
 * Those that one of the words names, such as `plain`, `none/proof` or `delivery/random`.
 *
 * @throws {Error} when a word names nothing
 */
export function pick <T extends { name: string }> (cells: T[], words: string[]): T[] {
  const isNamed = (name: string, word: string): boolean => {
    const parts = name.split('/')

    return word.split('/').every(part => parts.includes(part))
  }

  const unknown = words.find(word => !cells.some(({ name }) => isNamed(name, word)))

  if (unknown != null) {
    throw new Error(`Nothing that is measured is called ${unknown}; parts of names are ${[...new Set(cells.flatMap(({ name }) => name.split('/')))].join(', ')}`)
  }

  return cells.filter(({ name }) => words.some(word => isNamed(name, word)))
}
