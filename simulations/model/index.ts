/**
 * @packageDocumentation
 *
 * A discrete-event model of the library's policies: the same scenarios as with real nodes, for a hundred thousand clients and more. One event per step of a block's way, none per packet.
 *
 * @example
 *
 * ```TypeScript
 * import { modelScenario } from './simulations/model/index.ts'
 * import { scenarioNamed } from './simulations/scenarios/index.ts'
 *
 * const outcome = await modelScenario(scenarioNamed('flash-crowd'), { peers: 100_000, size: 64 * 2 ** 20, composition: { blockSize: 2 ** 20 }, seed: 1 })
 * ```
 */
import { schedule } from '../harness/schedule.ts'
import { makeOutcome } from './make-outcome.ts'
import { SwarmModel } from './swarm.ts'
import type { Costs } from './costs.ts'
import type { ScenarioOptions } from '../harness/command.ts'
import type { Outcome } from '../harness/outcome.ts'
import type { RunProgress } from '../harness/run.ts'
import type { Scenario } from '../harness/scenario.ts'
import type { AbortOptions } from '@libp2p/interface'

export interface ModelOptions extends ScenarioOptions, AbortOptions {
  /**
   * What things cost: `{ ticket: 0 }`, for a server that signs tickets on as many machines as it takes.
   *
   * @default as measured, see `costs.ts`
   */
  costs?: Partial<Costs>
  onProgress? (progress: RunProgress): void
}

/** Behaviours that the model knows. */
const MODELLED = new Set([undefined, 'free-rider', 'key-withholder', 'garbage-sender', 'ack-refuser'])

/** Whether the model can run a scenario: one that is all in its plan, and has no behaviour but those that are about blocks and keys. */
export function isModelled ({ modelled, act }: Scenario): boolean {
  return modelled ?? act == null
}

/**
 * Runs a scenario with the model: the same seed and options give the same outcome, but for date and machine.
 *
 * @throws {TypeError} when there is something in it that the model does not know
 * @throws {InvalidParametersError | AbortError}
 */
export async function modelScenario (scenario: Scenario, options: ModelOptions = {}): Promise<Outcome> {
  const begun = performance.now()
  const scheduled = schedule(scenario, options)
  const { plan, composition, random } = scheduled
  const unknown = plan.peers.find(({ behaviour }) => !MODELLED.has(behaviour))

  if (!isModelled(scenario) || unknown != null) {
    throw new TypeError(`The model does not know ${unknown?.behaviour ?? 'the steps'} of ${scenario.name}`)
  }

  const clients = plan.peers.length
  const model = new SwarmModel(plan, composition, random, {
    signal: options.signal,
    onProgress: (done, honest, now) => {
      options.onProgress?.({ phase: 'running', time: now / 1000, clients, ready: clients, arrived: model.arrived, done, honest })
    }
  }, options.costs)
  await model.run()
  const outcome = makeOutcome(model, scenario, options, scheduled, (performance.now() - begun) / 1000)
  outcome.findings = scenario.check(outcome)

  return outcome
}
