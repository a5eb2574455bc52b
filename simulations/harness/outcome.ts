import type { Composition } from './composition.ts'
import type { BehaviourName } from './scenario.ts'

/** Something that had to hold. */
export interface Finding {
  /** One line for a person: "every honest client finishes" */
  what: string
  holds: boolean
  /** What was found, and what was allowed, for a person: "38 of 40", "at most 1.2 copies" */
  found: string
  allowed: string
}

/** One client in the end. Times are seconds from the begin of the run; bytes are of blocks, if nothing else is said. */
export interface PeerOutcome {
  name: string
  behaviour?: BehaviourName
  /** Bytes per second */
  link: { up: number, down: number, delay: number }
  arrived: number
  /** Absent: it never had all of it */
  finished?: number
  /** Why not, one line */
  error?: string
  /** It was cut off by the plan and never came back: nobody expects it to finish */
  left?: boolean
  /** The copy was compared with the source, byte by byte */
  verified: boolean
  /** Bytes of blocks that it fetched and verified */
  fromServer: number
  fromPeers: number
  /** Bytes of blocks that came and were of no use: twice, false, never paid for */
  wasted: number
  /** Bytes on the wire, everything included */
  sent: number
  received: number
  /** Modes proof and purchase. Blocks that others acknowledged to it, and what the server's books say that it got and gave: credit or money, whole units */
  acknowledged?: number
  earned?: number
  paid?: number
  /** With mode purchase: what was set aside and given back or is still reserved is in neither */
  balance?: number
  /** Providers that it dropped for what they did */
  dropped: number
}

/** A value over time: seconds from the begin, and the value, evenly spaced. */
export type Series = Array<[seconds: number, value: number]>

/** All that a run gives. Programs read it as JSON; the report is made of it alone. */
export interface Outcome {
  /** Format of this, counted up when a reader has to know */
  version: 1
  scenario: string
  title: string
  summary: string
  /** `nodes`: real ones; `model`: the discrete-event model */
  by: 'nodes' | 'model'
  seed: number
  composition: Composition
  /** Bytes of the object */
  size: number
  machine: string
  /** ISO 8601 */
  date: string
  /** The command that does it again */
  command: string
  /** Seconds that the run took: of simulated time, and of the machine's */
  duration: number
  elapsed: number
  /** Seconds that not even a perfect protocol could beat for the last honest client of this plan, see `bounds.ts` */
  bound: number
  peers: PeerOutcome[]
  /** Seconds from arrival to completion of the honest clients that finished: of the middle one, of 95 %, of the last; NaN (null in JSON) when none did */
  completion: { median: number, p95: number, last: number }
  server: {
    link: { up: number, down: number, delay: number }
    /** Bytes of blocks that it uploaded, and how many times the object that is */
    uploaded: number
    copies: number
    /** Bytes on the wire, everything included */
    sent: number
    received: number
  }
  /** Honest clients that are done, over time; bytes per second that the server sends; that all clients send */
  done: Series
  serverRate: Series
  peerRate: Series
  /** Part of all blocks' bytes that came from clients */
  fromPeers: number
  /** Bytes of blocks from group to group; the server is group 0, then clients in the order of their arrival, at most 24 groups */
  flows: { groups: string[], bytes: number[][] }
  /** Modes proof and purchase: how well earnings agree with bytes of blocks really delivered, of those who were there to claim in the end. 1 is exactly; Jain's index of earned per byte over those who delivered */
  fairness?: { index: number, points: Array<{ name: string, delivered: number, earned: number, behaviour?: BehaviourName }> }
  /** Misbehaving clients together: what they got beyond what their kind may, and what honest ones lost by them; see `check` of the scenario for the bounds */
  cheaters?: { count: number, gained: number, honestLost: number, unit: 'bytes' | 'units', /** What all of them may gain at most, by the design; absent: no number says it */ allowed?: number }
  /** Bytes on the wire beyond the blocks', per byte of blocks */
  overhead: number
  /** Of the process, when all were there: bytes of resident memory in all, and more than before per node, if there were no others in this process before; absent with the model */
  memory?: { peak: number, perNode?: number }
  /** CPU seconds; the longest time in ms that the event loop was late, and the part of the time it was later than 100 ms: a run on a machine that was too slow proves nothing about speed */
  load?: { cpu: number, lag: number, lateness: number }
  findings: Finding[]
}
