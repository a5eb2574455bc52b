import { createServer, connect } from 'node:net'
import { promisify } from 'node:util'
import type { Server, Socket } from 'node:net'

/**
 * A TCP proxy that lets so many bytes through from the server and then holds the rest back, so that a test can look at
 * a download that is under way for as long as it likes.
 */
export class Throttle {
  port = 0
  /** Where it leads, from the next connection on */
  target = 0
  #allowance = 0
  readonly #server: Server
  readonly #waiting = new Set<() => void>()
  readonly #sockets = new Set<Socket>()

  constructor () {
    this.#server = createServer({ allowHalfOpen: true }, client => { this.#pass(client) })
  }

  async listen (): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    this.port = (this.#server.address() as { port: number }).port
  }

  /** Lets more bytes through. */
  allow (bytes: number): void {
    this.#allowance += bytes

    for (const go of [...this.#waiting]) {
      go()
    }
  }

  async close (): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy()
    }

    await promisify(this.#server.close.bind(this.#server))()
  }

  #pass (client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })

    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
        this.#sockets.delete(socket)
      })
    }

    client.pipe(server)
    server.on('end', () => client.end())
    server.on('data', chunk => {
      this.#allowance -= chunk.length
      client.write(chunk)

      if (this.#allowance <= 0) {
        const go = (): void => {
          if (this.#allowance > 0) {
            this.#waiting.delete(go)
            server.resume()
          }
        }

        server.pause()
        this.#waiting.add(go)
      }
    })
  }
}
