import { ConnectionFailedError, serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import type { SimulatedConnection } from './connection.ts'
import type { Host } from './host.ts'
import type { ComponentLogger, Connection, CreateListenerOptions, DialTransportOptions, Listener, ListenerEvents, PeerId, Transport, Upgrader, UpgraderWithoutEncryptionOptions, Logger, AbortOptions } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface SimulatedTransportComponents {
  peerId: PeerId
  logger: ComponentLogger
}

/** What the upgrader is told about who is at the other end. A secure channel finds that out by itself. */
function vouch (remotePeer: PeerId, isSecured: boolean): Omit<UpgraderWithoutEncryptionOptions, keyof AbortOptions> {
  return isSecured ? {} as any : { skipEncryption: true, remotePeer }
}

/** A host's way into the network, as a libp2p transport. */
export class SimulatedTransport implements Transport {
  readonly [Symbol.toStringTag] = 'simulated'
  readonly [transportSymbol] = true
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']

  readonly #host: Host
  readonly #components: SimulatedTransportComponents
  readonly #log: Logger

  constructor (components: SimulatedTransportComponents, host: Host) {
    this.#components = components
    this.#host = host
    this.#log = components.logger.forComponent('simulation:transport')
    host.peerId = components.peerId
  }

  async dial (address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const { connection, remote } = await this.#host.dial(address, this.#log, options)

    try {
      return await options.upgrader.upgradeOutbound(connection, { ...options, ...vouch(remote, this.#host.isSecured) })
    } catch (err: any) {
      connection.abort(err)
      throw err
    }
  }

  createListener ({ upgrader }: CreateListenerOptions): Listener {
    return new SimulatedListener(this.#host, upgrader, this.#log)
  }

  listenFilter (addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter(address => this.#host.address.equals(address))
  }

  dialFilter (addresses: Multiaddr[]): Multiaddr[] {
    return addresses
  }
}

class SimulatedListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #host: Host
  readonly #upgrader: Upgrader
  readonly #log: Logger
  readonly #stopping = new AbortController()

  constructor (host: Host, upgrader: Upgrader, log: Logger) {
    super()
    this.#host = host
    this.#upgrader = upgrader
    this.#log = log
  }

  async listen (): Promise<void> {
    this.#host.listener = { log: this.#log, accept: (connection, remote) => { void this.#accept(connection, remote) } }
    this.safeDispatchEvent('listening')
  }

  async #accept (connection: SimulatedConnection, remote: PeerId): Promise<void> {
    try {
      await this.#upgrader.upgradeInbound(connection, { signal: this.#stopping.signal, ...vouch(remote, this.#host.isSecured) })
    } catch (err: any) {
      connection.abort(err)
    }
  }

  getAddrs (): Multiaddr[] {
    return [this.#host.address]
  }

  async close (): Promise<void> {
    this.#host.listener = undefined
    this.#stopping.abort(new ConnectionFailedError('The listener was closed'))
    this.safeDispatchEvent('close')
  }

  updateAnnounceAddrs (): void {}
}
