/** Numbers for people: a Markdown table as the README has it. */
import { machine as processors } from '../simulations/harness/machine-load.ts'

/** What it ran on, and when. */
export function machine (): string {
  return `${processors()}, ${new Date().toISOString().slice(0, 10)}`
}

export function median (values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** `median (min to max)`, or the only one there is */
export function spread (values: number[], digits: number): string {
  if (values.length === 1) {
    return values[0].toFixed(digits)
  }

  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`
}

export function table (header: string[], rows: string[][]): string {
  return [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

export const MB = 1e6
export const MiB = 1024 * 1024
export const GiB = 1024 * MiB
