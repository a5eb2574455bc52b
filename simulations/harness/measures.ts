/** What nodes and the model are measured by alike. */
import type { Outcome, PeerOutcome } from './outcome.ts'

/** Seconds from arrival to the end, of those who have all of it. */
export function completion (peers: PeerOutcome[]): Outcome['completion'] {
  const times = Float64Array.from(peers.filter(({ finished }) => finished != null), ({ arrived, finished = 0 }) => finished - arrived).sort()
  const at = (part: number): number => times.length === 0 ? NaN : times[Math.max(0, Math.ceil(part * times.length) - 1)]

  return { median: at(0.5), p95: at(0.95), last: at(1) }
}

/** How well earnings agree with what was delivered: Jain, Chiu, Hawe: A Quantitative Measure of Fairness and Discrimination, 1984. */
export function fairness (points: NonNullable<Outcome['fairness']>['points']): Outcome['fairness'] {
  const rates = points.filter(({ delivered }) => delivered > 0).map(({ earned, delivered }) => earned / delivered)
  const total = rates.reduce((sum, rate) => sum + rate, 0)
  const squares = rates.reduce((sum, rate) => sum + rate * rate, 0)

  return { index: squares === 0 ? 1 : total * total / (rates.length * squares), points }
}
