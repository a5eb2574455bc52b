/**
 * @packageDocumentation
 *
 * Swarms of real mSSL nodes in one process, over a network of shaped links: for whoever writes scenarios, behaviours or compositions of their own.
 *
 * A {@link Scenario} says what happens over time, as data: who arrives when, by which link, who misbehaves. {@link runScenario} plays it with real nodes; `modelScenario` of `mssl/simulations/model`
 * plays the same plan with a model, for many more clients; `writeReport` of `mssl/simulations/report` makes an HTML file of what came out.
 *
 * @example
 *
 * ```TypeScript
 * import { runScenario, scenarioNamed } from 'mssl/simulations'
 *
 * const { completion, server, findings } = await runScenario(scenarioNamed('flash-crowd'), { peers: 20, size: 16 * 2 ** 20, seed: 1 })
 * ```
 */
export { behaviours } from './behaviours/index.ts'
export { lowerBound } from './harness/bounds.ts'
export { DEFAULT_COMPOSITION } from './harness/composition.ts'
export { keptUp } from './harness/machine-load.ts'
export { Random } from './harness/random.ts'
export { runScenario } from './harness/run.ts'
export { schedule } from './harness/schedule.ts'
export { LINKS, Network } from './network/index.ts'
export { scenarioNamed, scenarios } from './scenarios/index.ts'
export { clients, everybodyFinishes, fewCopies, limited } from './scenarios/plans.ts'
export type { Behaviour } from './harness/behaviour.ts'
export type { ScenarioOptions } from './harness/command.ts'
export type { Composition } from './harness/composition.ts'
export type { Finding, Outcome, PeerOutcome, Series } from './harness/outcome.ts'
export type { RunOptions, RunProgress } from './harness/run.ts'
export type { RunningSwarm, SwarmNode } from './harness/running-swarm.ts'
export type { BehaviourName, PeerPlan, Plan, PlanInit, Scenario, ServerEvent } from './harness/scenario.ts'
export type { Schedule } from './harness/schedule.ts'
export type { Host, Link, NetworkInit } from './network/index.ts'
