/**
 * What a scenario is. A scenario is data first: {@link Scenario.plan} makes, of a seed, the schedule of everything that happens. The same plan is run by real nodes
 * (`run.ts`) and by the model (`../model`).
 */
import type { Composition } from './composition.ts'
import type { Finding, Outcome } from './outcome.ts'
import type { Random } from './random.ts'
import type { RunningSwarm } from './running-swarm.ts'
import type { MsslInit } from '../../src/index.ts'
import type { Link } from '../network/index.ts'

/** The name of what a node does otherwise than the others, of `../behaviours`. */
export type BehaviourName =
  'free-rider' | 'key-withholder' | 'garbage-sender' | 'ack-refuser' |
  'claim-inflater' | 'colluder' | 'double-spender' | 'ticket-thief' | 'impersonator'

/** One client. */
export interface PeerPlan {
  /** Unique, `client-7` for instance */
  name: string
  link: Link
  /** Milliseconds from the begin of the run at which it starts and asks for the object */
  arrives: number
  /** Milliseconds that it stays when it has the object, then it leaves; Infinity: until the end of the run */
  stays: number
  /** Times, in milliseconds from the begin of the run, when it is cut off without a word (its process dies), and comes back with the same home; ordered */
  outages?: Array<{ from: number, to: number }>
  /** Absent: honest */
  behaviour?: BehaviourName
}

/** Something that happens to the server, or that its operator does. */
export type ServerEvent =
  /** Its process dies, and is started again with the same home and address */
  { at: number, kind: 'outage', until: number } |
  /** The operator takes these clients' access back */
  { at: number, kind: 'revoke', peers: string[] } |
  /** The operator rotates the issuer key */
  { at: number, kind: 'rotate' }

/** What will happen, in the order of time. Pure data: the same for the same seed. */
export interface Plan {
  /** Bytes of the object */
  size: number
  server: { link: Link }
  peers: PeerPlan[]
  events: ServerEvent[]
  /** Milliseconds from the begin after which the run is ended, whoever is not done */
  limit: number
}

export interface PlanInit {
  /** Clients, misbehaving ones included */
  peers: number
  /** Bytes of the object */
  size: number
  /** What `--link`, `--part` and the like of the command line say; a scenario has defaults for each */
  link?: Link
  /** Part of the peers that misbehave, 0 to 1, in scenarios with such */
  part?: number
  composition: Composition
  random: Random
}

export interface Scenario {
  /** kebab-case; how it is called on the command line */
  name: string
  /** A few words, for headings */
  title: string
  /** What it shows, one or two sentences for a person */
  summary: string
  /** What it is run with when nothing else is said */
  defaults: { peers: number, size: number, part?: number, composition?: Partial<Composition> }
  /**
   * Modes in which it makes sense.
   *
   * @default all
   */
  modes?: Array<Composition['mode']>
  /** What its nodes, the server included, are started with besides: shorter intervals, for instance */
  nodes?: Partial<Omit<MsslInit, 'home' | 'name'>>
  plan (init: PlanInit): Plan
  /**
   * Something that takes more than a plan, with the real nodes: an attacker's own steps, for instance. Begun when the run begins, and waited for at its end. What it finds
   * is in the outcome besides what `check` finds.
   */
  act? (swarm: RunningSwarm): Promise<Finding[]>
  /**
   * Whether the model can run it.
   *
   * @default true when there is no `act`
   */
  modelled?: boolean
  /**
   * What its misbehaving clients got, and what the honest ones lost by them: becomes a part of the outcome before that is checked.
   *
   * @default bytes of blocks that they took from clients beyond what they gave; bytes that came to honest clients in vain
   */
  cheaters? (outcome: Outcome): Outcome['cheaters']
  /** What has to hold: all honest clients finish, bounds of the design. */
  check (outcome: Outcome): Finding[]
}
