import type { Outcome } from '../harness/outcome.ts'

/** One figure of both. */
export interface Compared {
  /** For a person: "last client, s" */
  name: string
  nodes: number
  model: number
  /** How far the model is off: a part of what the nodes show, or, with `isAbsolute`, the difference */
  error: number
  isAbsolute: boolean
  /** That far off it may be */
  tolerance: number
  holds: boolean
}

/** Part of the time, copies, and part of the bytes that the model may be off by. */
const TIME_TOLERANCE = 0.15
const COPIES_TOLERANCE = 0.2
const PART_TOLERANCE = 0.05

/** The model beside real nodes, of the same scenario, options and seed. */
export function compareOutcomes (nodes: Outcome, model: Outcome): Compared[] {
  const figure = (name: string, value: (outcome: Outcome) => number, tolerance: number, isAbsolute: boolean): Compared => {
    const [real, modelled] = [value(nodes), value(model)]
    const error = isAbsolute ? modelled - real : modelled / real - 1

    return { name, nodes: real, model: modelled, error, isAbsolute, tolerance, holds: Math.abs(error) <= tolerance }
  }

  return [
    figure('median, s', ({ completion }) => completion.median, TIME_TOLERANCE, false),
    figure('95 %, s', ({ completion }) => completion.p95, TIME_TOLERANCE, false),
    figure('last, s', ({ completion }) => completion.last, TIME_TOLERANCE, false),
    figure('copies', ({ server }) => server.copies, COPIES_TOLERANCE, true),
    figure('from peers', ({ fromPeers }) => fromPeers, PART_TOLERANCE, true)
  ]
}
