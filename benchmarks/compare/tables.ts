/** Rounds as tables. Ratios are of rounds, not of medians: contenders of one round had the same machine. */
import { GiB, MB, median, MiB, spread, table } from '../report.ts'
import type { Contender } from './contender.ts'
import type { Rounds } from './rounds.ts'
import type { Transfer } from './transfer.ts'

const NONE = '–'

/** One leecher: rates, and what both ends took. */
export function pairTable (results: Rounds, size: number): string {
  const speed = ({ received: [{ whole }] }: Transfer): number => size / MB / (whole / 1_000)

  return comparison(results, speed, ['MB/s', 'without start-up', 'first byte, ms', 'CPU s per GiB, seeder', 'leecher', 'peak MiB, seeder', 'leecher'], [
    [speed, 0],
    [({ received: [{ elapsed }] }) => size / MB / (elapsed / 1_000), 0],
    [({ received: [{ first }] }) => first, 0],
    [({ seeder }) => seeder.cpu * GiB / size, 2],
    [({ received: [{ usage }] }) => usage.cpu * GiB / size, 2],
    [({ seeder }) => seeder.peakMemory / MiB, 0],
    [({ received: [{ usage }] }) => usage.peakMemory / MiB, 0]
  ])
}

/** Many leechers: when the last one was done, and what that cost whom. */
export function crowdTable (results: Rounds, size: number): string {
  const last = ({ received }: Transfer): number => Math.max(...received.map(({ whole }) => whole)) / 1_000

  return comparison(results, transfer => 1 / last(transfer), ['last done, s', 'first done, s', 'copies uploaded by the seeder', 'CPU s, all', 'CPU s, seeder'], [
    [last, 2],
    [({ received }) => Math.min(...received.map(({ whole }) => whole)) / 1_000, 2],
    [({ uploaded }) => uploaded == null ? undefined : uploaded / size, 2],
    [({ received, seeder }) => received.reduce((sum, { usage }) => sum + usage.cpu, seeder.cpu), 1],
    [({ seeder }) => seeder.cpu, 1]
  ])
}

/** Who they are. */
export function contenderTable (versions: Map<Contender, string>): string {
  return table(['', 'version', 'verifies', 'encrypts'], [...versions].map(([{ title, verifies, encrypts }, version]) => [title, version, verifies, encrypts]))
}

function comparison (results: Rounds, speed: (transfer: Transfer) => number, header: string[], columns: Array<[(transfer: Transfer) => number | undefined, number]>): string {
  const [[base, baseRounds]] = results
  const [first, ...rest] = header

  return table(['', first, `speed, of ${base.title}`, ...rest], [...results].map(([{ title }, transfers]) => {
    const ratios = transfers.flatMap((transfer, i) => {
      const other = baseRounds[i]

      return transfer == null || other == null ? [] : [speed(transfer) / speed(other)]
    })
    const [value, ...values] = columns.map(([of, digits]) => cell(transfers.flatMap(transfer => transfer == null ? [] : of(transfer) ?? []), digits))
    const failures = transfers.filter(transfer => transfer == null).length

    return [failures === 0 ? title : `${title} (${failures} of ${transfers.length} failed)`, value, ratios.length === 0 ? NONE : median(ratios).toFixed(2), ...values]
  }))
}

function cell (values: number[], digits: number): string {
  return values.length === 0 ? NONE : spread(values, digits)
}
