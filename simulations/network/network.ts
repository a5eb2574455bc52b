import { Host } from './host.ts'
import type { Flow } from './flow.ts'
import type { Link } from './link.ts'
import type { Pipe } from './pipe.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Uint8ArrayList } from 'uint8arraylist'

/** Milliseconds between two looks at what has to be moved. */
const TICK = 4

export interface NetworkInit {
  /**
   * Connections negotiate a secure channel, as on the internet. If not, the network itself vouches for who is at the other end, which
   * costs nothing.
   *
   * @default false
   */
  isSecured?: boolean
}

/** Bytes under way. */
interface Travelling {
  due: number
  flow: Flow
  data: Uint8ArrayList
}

/**
 * A network within one process: hosts with links of given rates and delays. Real nodes run on it, by the transport of each host, in real
 * time. The links' shares are as with TCP: what is sent at the same time on one link is sent in turns.
 */
export class Network {
  readonly isSecured: boolean
  readonly #hosts = new Map<string, Host>()
  /** Pipes with something to move */
  readonly #working = new Set<Pipe>()
  /** By delay, each in the order of their times */
  readonly #travelling = new Map<number, Travelling[]>()
  #timer?: NodeJS.Timeout

  constructor ({ isSecured = false }: NetworkInit = {}) {
    this.isSecured = isSecured
  }

  /** Another machine, with an address of its own. */
  join (link: Link): Host {
    const n = this.#hosts.size + 1
    const host = new Host(this, `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`, link)
    this.#hosts.set(host.address.toString(), host)

    return host
  }

  /** Whose address it is, with or without a PeerId at its end. */
  host (address: Multiaddr): Host | undefined {
    return this.#hosts.get(address.toString().replace(/\/p2p\/.*$/, ''))
  }

  /** A pipe has something to move. */
  work (pipe: Pipe): void {
    pipe.begin(performance.now())
    this.#working.add(pipe)
    this.#schedule()
  }

  /** Bytes leave the sender's link. */
  travel (flow: Flow, data: Uint8ArrayList): void {
    let queue = this.#travelling.get(flow.delay)

    if (queue == null) {
      queue = []
      this.#travelling.set(flow.delay, queue)
    }

    queue.push({ due: performance.now() + flow.delay, flow, data })
    this.#schedule()
  }

  #schedule (): void {
    this.#timer ??= setTimeout(() => { this.#tick() }, TICK)
  }

  #tick (): void {
    const now = performance.now()
    this.#timer = undefined

    for (const pipe of this.#working) {
      pipe.run(now)
      pipe.isIdle && this.#working.delete(pipe)
    }

    for (const [delay, queue] of this.#travelling) {
      let arrived = 0

      for (; arrived < queue.length && queue[arrived].due <= now; arrived++) {
        const { flow, data } = queue[arrived]

        if (!flow.isOver) {
          flow.arrived.append(data)
          flow.downlink.add(flow)
        }
      }

      arrived === queue.length ? this.#travelling.delete(delay) : queue.splice(0, arrived)
    }

    if (this.#working.size > 0 || this.#travelling.size > 0) {
      this.#schedule()
    }
  }
}
