import { ConnectionFailedError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import type { Flow } from './flow.ts'
import type { AbstractMultiaddrConnectionInit, SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'

/** How an end of a connection reaches the network. */
export interface Wire {
  /** What this end sends */
  outgoing: Flow
  /** This end takes bytes again */
  resumed (): void
  /** This end is gone, and what was under way with it */
  reset (): void
}

/** One end of a connection through a simulated network. */
export class SimulatedConnection extends AbstractMultiaddrConnection {
  readonly #wire: () => Wire

  constructor ({ wire, ...init }: AbstractMultiaddrConnectionInit & { wire (): Wire }) {
    super(init)
    this.#wire = wire
  }

  /** Bytes arrive; none are taken while this end is paused. */
  receive (data: Uint8ArrayList): boolean {
    if (this.readStatus === 'paused') {
      return false
    }

    this.onData(data)

    return true
  }

  /** The other end has closed, and all that it sent is here. */
  ended (): void {
    this.onTransportClosed()
  }

  /** The other end, or the network between, is gone. */
  broken (): void {
    this.abort(new ConnectionFailedError('The connection was reset'))
  }

  sendData (data: Uint8ArrayList): SendResult {
    const sentBytes = data.byteLength

    return { sentBytes, canSendMore: this.#wire().outgoing.send(data) }
  }

  async sendClose (): Promise<void> {
    this.#wire().outgoing.close()
  }

  sendReset (): void {
    this.#wire().reset()
  }

  sendPause (): void {}

  sendResume (): void {
    this.#wire().resumed()
  }
}
