/** A run under way, as behaviours and a scenario's own steps see it. */
import type { Composition } from './composition.ts'
import type { Random } from './random.ts'
import type { Plan, PeerPlan } from './scenario.ts'
import type { Mssl, Published } from '../../src/index.ts'
import type { Host, Network } from '../network/index.ts'
import type { Libp2p } from '@libp2p/interface'

/** A real node on a host of the network. While it is cut off, `node` is the one that was stopped. */
export interface SwarmNode {
  name: string
  host: Host
  /** Folder with its keys and state */
  home: string
  /** Folder for its files */
  folder: string
  node: Libp2p<{ mssl: Mssl }>
  plan?: PeerPlan
}

export interface RunningSwarm {
  readonly plan: Plan
  readonly composition: Composition
  readonly network: Network
  readonly random: Random
  readonly server: SwarmNode
  readonly object: Published
  /** The source, on disk */
  readonly source: string
  /** Clients that have arrived so far, by name */
  readonly clients: ReadonlyMap<string, SwarmNode>
  /** Milliseconds since the begin */
  readonly now: number
  /** Ends with the run */
  readonly signal: AbortSignal
  /** Waits until so many milliseconds after the begin. */
  at (time: number): Promise<void>
  /** Waits until this client has arrived and its node runs. */
  client (name: string): Promise<SwarmNode>
  /** Another node, of nobody's plan: an attacker's, for instance. Stopped with the run. */
  add (name: string, link: PeerPlan['link']): Promise<SwarmNode>
}
