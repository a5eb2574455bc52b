/**
 * Scenarios with few peers, little data and fast links, always by the same seed.
 */
import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { unmet } from './fixtures.ts'
import type { Outcome } from '../../../simulations/harness/outcome.ts'
import type { RunOptions } from '../../../simulations/harness/run.ts'
import type { RunningSwarm } from '../../../simulations/harness/running-swarm.ts'
import type { Scenario } from '../../../simulations/harness/scenario.ts'
import type { Link } from '../../../simulations/network/index.ts'

const MIB = 2 ** 20
const LINK: Link = { up: 4 * MIB, down: 16 * MIB, delay: 5 }

/** Runs it, and expects that everything holds. */
export async function runSmall (scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  const outcome = await runScenario(scenario, { peers: 8, size: 2 * MIB, link: LINK, seed: 5, ...options })
  const found = outcome.findings.filter(({ holds }) => !holds).map(({ what, found, allowed }) => `${what}: ${found}, allowed: ${allowed}`)
  expect(found, `again: ${outcome.command}`).to.be.empty()

  return outcome
}

/** The same scenario, whose own steps are done once more when something was changed that they look at. */
export function doctored (scenario: Scenario, change: (swarm: RunningSwarm) => void | Promise<void>): { scenario: Scenario, again: string[] } {
  const again: string[] = []

  return {
    again,
    scenario: {
      ...scenario,
      act: async swarm => {
        const findings = await scenario.act?.(swarm) ?? []
        await change(swarm)
        const changed = await scenario.act?.(swarm) ?? []
        again.push(...unmet({ findings: changed }))

        return findings
      }
    }
  }
}

/** One of the clients that misbehave, or that do not. */
export function one ({ peers }: Outcome, misbehaves: boolean): Outcome['peers'][number] {
  const peer = peers.find(({ behaviour }) => (behaviour != null) === misbehaves)

  if (peer == null) {
    throw new Error('There is none')
  }

  return peer
}
