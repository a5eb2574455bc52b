import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** Bytes under way in one direction: more than any window of the protocols above, so that only they bound what is under way. */
const MAX_UNDER_WAY = 256 * 1024 * 1024

export interface Proxy {
  port: number
  close (): void
}

/**
 * A TCP proxy on loopback whose every byte arrives `delay` ms later: a long way without a slow one. (Network namespaces with
 * `tc netem` would do the same, where the kernel has netem.)
 *
 * @param target - the port that it leads to
 */
export async function delayingProxy (target: number, delay: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, near => {
    const far = createConnection({ port: target, host: '127.0.0.1', noDelay: true })

    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => { near.destroy(); far.destroy() })
      socket.on('close', () => { sockets.delete(socket) })
    }

    carry(near, far, delay)
    carry(far, near, delay)
  })

  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })

  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      sockets.forEach(socket => { socket.destroy() })
    }
  }
}

function carry (from: Socket, to: Socket, delay: number): void {
  let underWay = 0

  from.on('data', (chunk: Buffer) => {
    underWay += chunk.byteLength

    if (underWay > MAX_UNDER_WAY) {
      from.pause()
    }

    setTimeout(() => {
      underWay -= chunk.byteLength
      to.write(chunk)

      if (underWay < MAX_UNDER_WAY / 2) {
        from.resume()
      }
    }, delay)
  })
  from.on('end', () => { setTimeout(() => { to.end() }, delay) })
}
