/** An evaluation for people: Markdown tables as the README has them. */
import { median, MiB, spread, table } from '../../benchmarks/report.ts'
import { formatBytes } from '../../src/cli/parse.ts'
import { METRICS } from './evaluation.ts'
import { SMALL_OBJECT } from './measure-functions.ts'
import type { Spread } from './effects.ts'
import type { Evaluation, Metric } from './evaluation.ts'

const TITLES: Record<Metric, { title: string, digits: number, ratioDigits: number }> = {
  throughput: { title: 'MB/s', digits: 0, ratioDigits: 2 },
  wire: { title: 'bytes on the wire per byte', digits: 4, ratioDigits: 4 },
  serverCpu: { title: 'CPU s per GiB, server', digits: 2, ratioDigits: 2 },
  firstServerCpu: { title: 'the same, when it has just opened the object', digits: 2, ratioDigits: 2 },
  clientCpu: { title: 'CPU s per GiB, client', digits: 2, ratioDigits: 2 },
  firstByte: { title: 'first verified byte, ms', digits: 0, ratioDigits: 2 },
  smallObject: { title: `${formatBytes(SMALL_OBJECT)} object, ms`, digits: 0, ratioDigits: 2 }
}

export function evaluationTables ({ machine, seed, runs, seconds, functions, delivery }: Evaluation): string {
  const titles = METRICS.map(metric => TITLES[metric].title)
  const parts = [`${runs} rounds, seed ${seed}, ${seconds.toFixed(0)} s; ${machine}. Median (least to most).`]

  if (functions.cells.length > 0) {
    parts.push(`Compositions, an object of ${functions.size / MiB} MiB; the first byte of the bare stream is not verified:`, table(
      ['encryption', 'hashes', 'mode', ...titles],
      functions.cells.map(({ functions, isHashed, rounds }) => [
        ...functions == null ? ['bare stream', isHashed === true ? 'hashed' : 'not hashed', ''] : [functions.encryption, functions.delivery, functions.mode],
        ...METRICS.map(metric => spread(rounds.map(values => values[metric]), TITLES[metric].digits))
      ])
    ))
  }

  if (functions.effects.length > 0) {
    parts.push('What each function makes of it: with it by without it, in the same round, geometric mean over what the other functions can be:', table(
      ['', ...titles],
      functions.effects.map(({ name, ratio }) => [name, ...METRICS.map(metric => ratioText(ratio[metric], TITLES[metric].ratioDigits))])
    ))
  }

  if (functions.interactions.length > 0) {
    parts.push('Where two together make something else than the product of both (3 % or more, in every round):', table(
      ['', 'of', 'by the product'],
      functions.interactions.map(({ name, metric, ratio }) => [name, TITLES[metric].title, ratioText(ratio, TITLES[metric].ratioDigits)])
    ))
  }

  if (delivery.cells.length > 0) {
    parts.push('Hash delivery by object size and pattern of access, encrypted, mode plain:', table(
      ['size', 'blocks', 'access', 'hashes', 'bytes of hashes', 'first verified byte, ms', 'total, ms', 'had, %'],
      delivery.cells.map(({ size, blockCount, pattern, delivery, rounds }) => [
        formatBytes(size),
        String(blockCount),
        pattern,
        delivery,
        median(rounds.map(({ hashes }) => hashes)).toFixed(0),
        spread(rounds.map(({ firstByte }) => firstByte), 0),
        spread(rounds.map(({ total }) => total), 0),
        pattern === 'resume' ? spread(rounds.map(({ had }) => 100 * had / size), 0) : ''
      ])
    ))
  }

  if (delivery.comparisons.length > 0) {
    parts.push('per-block by super-block, in the same round:', table(
      ['size', 'access', 'bytes of hashes', 'first verified byte', 'total'],
      delivery.comparisons.map(({ size, pattern, hashes, firstByte, total }) => [
        formatBytes(size), pattern, hashes?.toFixed(3) ?? '', ratioText(firstByte, 2), ratioText(total, 2)
      ])
    ))
  }

  return `${parts.join('\n\n')}\n`
}

function ratioText (ratio: Spread | undefined, digits: number): string {
  return ratio == null ? '' : `${ratio.median.toFixed(digits)} (${ratio.min.toFixed(digits)} to ${ratio.max.toFixed(digits)})`
}
