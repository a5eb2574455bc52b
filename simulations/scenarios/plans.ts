/**
 * What plans of several scenarios have in common.
 */
import { hasToFinish, lowerBound } from '../harness/bounds.ts'
import { keptUp } from '../harness/machine-load.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'
import type { Random } from '../harness/random.ts'
import type { PeerPlan, Plan } from '../harness/scenario.ts'
import type { Link } from '../network/index.ts'

/** How many times the lower bound a run may take before it is ended. */
const PATIENCE = 10

/** Seconds that it may take besides, whatever is moved: nodes that died are missed after some time. */
const LEAST_PATIENCE = 90

/** Bytes per second that even a slow machine moves, all nodes of a run together. */
const SLOWEST_MACHINE = 8 * 2 ** 20

/** Seconds: with a lower bound, what is measured is how downloads begin, not how blocks spread. */
const LEAST_BOUND = 20

/** Milliseconds from a host that is not far to the core of the network. */
const NEAR = 10

/** `client-1`, `client-2` and so on. */
export function clientName (index: number): string {
  return `client-${index + 1}`
}

export function clients (count: number, client: (index: number) => Omit<PeerPlan, 'name'>): PeerPlan[] {
  return Array.from({ length: count }, (_, index) => ({ name: clientName(index), ...client(index) }))
}

/** `count` of the numbers from 0 to below `all`, any of them. */
export function someOf (all: number, count: number, random: Random): Set<number> {
  return new Set(random.shuffled(Array.from({ length: all }, (_, index) => index)).slice(0, count))
}

/** When each of so many comes, in order, at any time within so many milliseconds. */
export function arrivalsWithin (milliseconds: number, count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.next() * milliseconds).sort((a, b) => a - b)
}

/** Equal both ways, and so slow that `size` bytes take so many seconds. */
export function linkFor (size: number, seconds: number): Link {
  const rate = Math.ceil(size / seconds)

  return { up: rate, down: rate, delay: NEAR }
}

/** A plan with a limit at which something has gone wrong: not a bound for speed. */
export function limited (plan: Omit<Plan, 'limit'>): Plan {
  const { size, peers, events } = plan
  const bound = lowerBound(plan)
  const latest = [
    ...peers.map(({ arrives }) => arrives),
    ...peers.filter(hasToFinish).flatMap(({ outages = [] }) => outages.map(({ to }) => to)),
    ...events.map(event => event.kind === 'outage' ? event.until : event.at)
  ].reduce((last, time) => Math.max(last, time), 0)

  return { ...plan, limit: latest + 1000 * (LEAST_PATIENCE + PATIENCE * (bound < Infinity ? bound : 0) + peers.length * size / SLOWEST_MACHINE) }
}

/** That those finish who can, with true copies. */
export function everybodyFinishes ({ peers }: Outcome): Finding[] {
  const honest = peers.filter(({ behaviour, left }) => behaviour == null && left !== true)
  const finished = honest.filter(({ finished }) => finished != null)
  const failed = honest.find(({ finished }) => finished == null)
  const reason = failed == null ? '' : `; ${failed.name}: ${failed.error ?? 'ran out of time'}`
  const copies = peers.filter(({ behaviour, finished }) => behaviour == null && finished != null)
  const verified = copies.filter(({ verified }) => verified)

  return [
    { what: 'every honest client finishes', holds: failed == null, found: `${finished.length} of ${honest.length}${reason}`, allowed: `${honest.length}` },
    { what: 'every copy is the source, byte by byte', holds: verified.length === copies.length, found: `${verified.length} of ${copies.length}`, allowed: `${copies.length}` }
  ]
}

/** That the server sends little more than one copy. */
export function fewCopies ({ server: { copies } }: Outcome, most: number): Finding {
  return { what: 'the server uploads few copies', holds: copies <= most, found: `${copies.toFixed(2)} copies`, allowed: `at most ${most}` }
}

/** Says something only if it was the links that everybody waited for. */
export function timely ({ bound, completion: { last }, load }: Outcome, times: number): Finding[] {
  return bound < LEAST_BOUND || !keptUp({ load })
    ? []
    : [{
        what: 'the last one is little later than the links allow',
        holds: last <= times * bound,
        found: Number.isNaN(last) ? 'nobody is done' : `${last.toFixed(1)} s, ${(last / bound).toFixed(2)} times the bound`,
        allowed: `${times} times ${bound.toFixed(1)} s`
      }]
}
