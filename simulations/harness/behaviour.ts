import type { RunningSwarm, SwarmNode } from './running-swarm.ts'
import type { BehaviourName } from './scenario.ts'
import type { Seams } from '../../src/node/service.ts'

/** A way to misbehave. The node is a real one, with one thing replaced. */
export interface Behaviour {
  name: BehaviourName
  /** What it does, one line for a person */
  summary: string
  /** What stands in the place of an honest part, asked for once per node */
  seams? (init: { name: string, swarm: RunningSwarm }): Seams
  /** What it does besides, begun when its node runs and it has begun to fetch. Ends with the run at the latest. */
  act? (node: SwarmNode, swarm: RunningSwarm): Promise<void>
}
