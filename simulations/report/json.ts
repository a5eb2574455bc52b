/**
 * Outcomes for programs. JSON has no NaN and no Infinity; both are `null` there, and what is meant is clear from the place.
 */
import type { Outcome } from '../harness/outcome.ts'

/** Rates of links: no limit. Everywhere else a number that is not there. */
const UNLIMITED = new Set(['up', 'down'])

/** An array of outcomes, one line each. */
export function stringifyOutcomes (outcomes: Outcome[]): string {
  return `[\n${outcomes.map(outcome => JSON.stringify(outcome)).join(',\n')}\n]\n`
}

/**
 * @throws {SyntaxError} when it is not JSON
 * @throws {TypeError} when it is not a list of outcomes of this version
 */
export function parseOutcomes (text: string): Outcome[] {
  const outcomes = JSON.parse(text, (key, value) => value ?? (UNLIMITED.has(key) ? Infinity : NaN))

  if (!Array.isArray(outcomes) || outcomes.some(outcome => outcome?.version !== 1)) {
    throw new TypeError('not a list of outcomes, version 1')
  }

  return outcomes
}
