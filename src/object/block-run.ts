import type { BlockRun } from './bitfield.ts'

/** Whether all of a run is in a range; undefined: in all there is. */
export function covers (range: BlockRun | undefined, { first, count }: BlockRun): boolean {
  return range == null || (range.first <= first && first + count <= range.first + range.count)
}

/** The blocks that two runs have in common; undefined: none. */
export function intersection ({ first, count }: BlockRun, other?: BlockRun): BlockRun | undefined {
  const from = Math.max(first, other?.first ?? 0)
  const end = Math.min(first + count, other == null ? Infinity : other.first + other.count)

  return from < end ? { first: from, count: end - from } : undefined
}

/** The run from the first to the last block of both. */
export function hull (a: BlockRun, b: BlockRun): BlockRun {
  const first = Math.min(a.first, b.first)

  return { first, count: Math.max(a.first + a.count, b.first + b.count) - first }
}
