import { expect } from 'aegir/chai'
import type { Outcome } from '../../../simulations/harness/outcome.ts'
import type { Scenario } from '../../../simulations/harness/scenario.ts'

/** Findings that do not hold. */
export function unmet ({ findings }: Pick<Outcome, 'findings'>): string[] {
  return findings.filter(({ holds }) => !holds).map(({ what }) => what)
}

/** That a scenario's check finds what is wrong with an outcome that was changed, and nothing else. */
export function expectFinding (scenario: Scenario, outcome: Outcome, change: (outcome: Outcome) => void, what: string | string[]): void {
  const changed = structuredClone(outcome)
  change(changed)

  expect(unmet({ findings: scenario.check(changed) })).to.deep.equal([what].flat())
}
