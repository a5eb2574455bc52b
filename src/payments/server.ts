import { once } from 'node:events'
import { createServer } from 'node:http'
import { MAX_CONNECTIONS, MAX_HEADER_LENGTH, REQUEST_TIMEOUT, TIMEOUT_CHECK_INTERVAL } from './constants.ts'
import { paymentHandler } from './webhook.ts'
import type { PaymentBank, PaymentHandlerInit } from './webhook.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PaymentsInit {
  /**
   * Address to listen on. It speaks HTTP without TLS: what is beyond this machine goes through a proxy that has it.
   *
   * @default '127.0.0.1'
   */
  host?: string

  /** 0: any that is free */
  port: number

  /** Shared with the payment provider: `whsec_` and the base64 of 24 to 64 bytes */
  secret: string
}

interface PaymentServerInit extends PaymentHandlerInit {
  /**
   * Milliseconds that a request may take to arrive.
   *
   * @default 10_000
   */
  timeout?: number
}

/** Payments cannot be taken at this address. */
export class PaymentsListenError extends Error {
  static name = 'PaymentsListenError'
  name = 'PaymentsListenError'
}

/** Takes payments by HTTP. */
export class PaymentServer {
  readonly #server: Server

  private constructor (server: Server) {
    this.#server = server
  }

  /**
   * @throws {InvalidParametersError} when the secret is none
   * @throws {PaymentsListenError} when the address is not to be had
   */
  static async listen (bank: PaymentBank, { host = '127.0.0.1', port, secret }: PaymentsInit, { timeout = REQUEST_TIMEOUT, ...init }: PaymentServerInit = {}): Promise<PaymentServer> {
    const server = createServer({
      maxHeaderSize: MAX_HEADER_LENGTH,
      headersTimeout: timeout,
      requestTimeout: timeout,
      connectionsCheckingInterval: Math.min(timeout, TIMEOUT_CHECK_INTERVAL)
    }, paymentHandler(bank, secret, init))
    server.maxConnections = MAX_CONNECTIONS
    server.listen({ host, port })

    try {
      await once(server, 'listening')
    } catch (err: any) {
      const reason = err.code === 'EADDRINUSE' ? 'another program listens there' : err.message

      throw new PaymentsListenError(`Payments cannot be taken on ${host}:${port}: ${reason}`, { cause: err })
    }

    // a connection that could not be accepted, such as for want of file descriptors, is no reason to end
    server.on('error', err => { init.logger?.forComponent('mssl:payments').error('%e', err) })

    return new PaymentServer(server)
  }

  /** Where it listens. */
  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections: a payment that was not answered is sent again by its provider. */
  async stop (): Promise<void> {
    await new Promise(resolve => {
      this.#server.close(resolve)
      this.#server.closeAllConnections()
    })
  }
}
