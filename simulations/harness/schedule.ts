import { InvalidParametersError } from '@libp2p/interface'
import { DEFAULT_COMPOSITION } from './composition.ts'
import { Random } from './random.ts'
import type { ScenarioOptions } from './command.ts'
import type { Composition } from './composition.ts'
import type { Plan, Scenario } from './scenario.ts'

/** Seeds are below this. */
export const SEEDS = 2 ** 32

/** Any seed. */
export function drawSeed (): number {
  return Math.floor(Math.random() * SEEDS)
}

/** What a scenario is run with, all of it. */
export interface Schedule {
  seed: number
  composition: Composition
  plan: Plan
  /** For what is drawn while it runs */
  random: Random
}

/** What a scenario's nodes are made of. Its first mode, if nobody says which. */
function compose ({ defaults, modes }: Scenario, given: Partial<Composition> = {}): Composition {
  return { ...DEFAULT_COMPOSITION, ...modes == null ? {} : { mode: modes[0] }, ...defaults.composition, ...given }
}

/**
 * Draws the schedule of a run: the same for the same scenario, options and seed.
 *
 * @throws {InvalidParametersError} when the scenario makes no sense with this mode
 */
export function schedule (scenario: Scenario, { peers, size, link, part, seed = drawSeed(), composition: given }: ScenarioOptions = {}): Schedule {
  const { defaults, modes } = scenario
  const composition = compose(scenario, given)

  if (modes?.includes(composition.mode) === false) {
    throw new InvalidParametersError(`${scenario.name} is about mode ${modes.join(' and ')}, not ${composition.mode}`)
  }

  const random = new Random(seed)
  const plan = scenario.plan({ peers: peers ?? defaults.peers, size: size ?? defaults.size, link, part: part ?? defaults.part, composition, random: random.fork() })

  return { seed, composition, plan, random }
}
