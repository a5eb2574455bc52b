import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionFailedError } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { SimulatedConnection } from './connection.ts'
import { Flow } from './flow.ts'
import { Pipe } from './pipe.ts'
import { SimulatedTransport } from './transport.ts'
import type { Wire } from './connection.ts'
import type { Link } from './link.ts'
import type { Network } from './network.ts'
import type { SimulatedTransportComponents } from './transport.ts'
import type { AbortOptions, Logger, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Smallest number of bytes under way in one direction of a connection, as an operating system's buffers give it. */
const MIN_WINDOW = 256 * 1024

/** As what an operating system lets it grow to. */
const MAX_WINDOW = 6 * 1024 * 1024

/** Something that takes connections. */
export interface HostListener {
  log: Logger
  accept (connection: SimulatedConnection, remote: PeerId): void
}

/** A machine in a simulated network: it has an address, a link, and connections. */
export class Host {
  readonly address: Multiaddr
  readonly link: Link
  readonly up: Pipe
  readonly down: Pipe
  /** Of the node that runs here */
  peerId?: PeerId
  /** Set while a node listens */
  listener?: HostListener
  /** Bytes, protocols' overheads included */
  sent = 0
  received = 0
  readonly #network: Network
  readonly #connections = new Set<SimulatedConnection>()
  #isOnline = true

  constructor (network: Network, ip: string, link: Link) {
    this.#network = network
    this.address = multiaddr(`/ip4/${ip}/tcp/4001`)
    this.link = link
    this.up = new Pipe(link.up, {
      move: (flow, bytes) => {
        const count = Math.min(bytes, flow.sendable)

        if (count > 0) {
          network.travel(flow, flow.take(count))
          flow.relieve()
        }

        return count
      },
      onWork: pipe => { network.work(pipe) }
    })
    this.down = new Pipe(link.down, {
      move: (flow, bytes) => flow.deliver(bytes),
      onWork: pipe => { network.work(pipe) }
    })
  }

  get isSecured (): boolean {
    return this.#network.isSecured
  }

  get isOnline (): boolean {
    return this.#isOnline
  }

  get connections (): number {
    return this.#connections.size
  }

  /** For the `transports` of a libp2p node that runs on this host. */
  transport (): (components: SimulatedTransportComponents) => SimulatedTransport {
    return components => new SimulatedTransport(components, this)
  }

  /** The link goes down: connections break, others wait in vain. */
  unplug (): void {
    this.#isOnline = false
    ;[...this.#connections].forEach(connection => { connection.broken() })
  }

  plug (): void {
    this.#isOnline = true
  }

  async dial (address: Multiaddr, log: Logger, { signal }: AbortOptions = {}): Promise<{ connection: SimulatedConnection, remote: PeerId }> {
    const target = this.#network.host(address)
    const oneWay = this.link.delay + (target?.link.delay ?? 0)
    await sleep(2 * oneWay, undefined, { signal })

    if (target?.isOnline !== true || !this.#isOnline) {
      // nobody says that nobody is there
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
      })
    }

    if (target?.listener == null || target.peerId == null || this.peerId == null) {
      throw new ConnectionFailedError(`Nobody listens at ${address}`)
    }

    const { listener } = target
    const [here, there] = connect(this, target, oneWay, log, listener.log)
    listener.accept(there, this.peerId)

    return { connection: here, remote: target.peerId }
  }

  /** A connection of this host is there, until it closes. */
  keep (connection: SimulatedConnection): void {
    this.#connections.add(connection)
    connection.addEventListener('close', () => { this.#connections.delete(connection) })
  }

  sends (bytes: number, to: Host): void {
    this.sent += bytes
    to.received += bytes
  }
}

/** The two ends of a new connection. */
function connect (from: Host, to: Host, oneWay: number, fromLog: Logger, toLog: Logger): [SimulatedConnection, SimulatedConnection] {
  const wires = new Map<SimulatedConnection, Wire>()
  const wire = (connection: () => SimulatedConnection) => (): Wire => wires.get(connection()) as Wire
  const here: SimulatedConnection = new SimulatedConnection({ remoteAddr: to.address, localAddr: from.address, direction: 'outbound', log: fromLog.newScope('connection'), wire: wire(() => here) })
  const there: SimulatedConnection = new SimulatedConnection({ remoteAddr: from.address, localAddr: to.address, direction: 'inbound', log: toLog.newScope('connection'), wire: wire(() => there) })

  const flow = (sender: SimulatedConnection, receiver: SimulatedConnection, source: Host, target: Host): Flow => new Flow({
    uplink: source.up,
    downlink: target.down,
    delay: oneWay,
    // whole bytes, whatever the rates are: of parts of one there is no end
    window: Math.floor(Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, 2 * Math.min(source.link.up, target.link.down) * 2 * oneWay / 1000 || 0))),
    ends: {
      drained: () => { sender.safeDispatchEvent('drain') },
      deliver: data => receiver.receive(data),
      ended: () => { receiver.ended() }
    },
    onSent: bytes => { source.sends(bytes, target) }
  })

  const there2 = flow(here, there, from, to)
  const here2 = flow(there, here, to, from)
  const reset = (other: SimulatedConnection) => (): void => {
    there2.abandon()
    here2.abandon()
    setTimeout(() => { other.broken() }, oneWay)
  }
  wires.set(here, { outgoing: there2, resumed: () => { here2.downlink.add(here2) }, reset: reset(there) })
  wires.set(there, { outgoing: here2, resumed: () => { there2.downlink.add(there2) }, reset: reset(here) })
  from.keep(here)
  to.keep(there)

  return [here, there]
}
