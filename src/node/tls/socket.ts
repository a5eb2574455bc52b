import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { MessageStream } from '@libp2p/interface'

/**
 * What TLS can be put on: the socket of a TCP connection, which OpenSSL then reads and writes without JavaScript in between, or
 * a stream over any other connection, which is slower. Nothing that has come already is lost.
 */
export async function takeSocket (connection: MessageStream): Promise<Duplex> {
  const socket = socketOf(connection)

  if (socket == null) {
    return duplexOf(connection)
  }

  // from here on the connection gets nothing more of it but its end
  socket.pause()
  socket.removeAllListeners('data')

  if (connection.readBufferLength > 0) {
    socket.unshift(await unread(connection))
  }

  return socket
}

/** `@libp2p/tcp` has no name for it that others may use, so this is the one place which knows of it. */
function socketOf (connection: MessageStream): Socket | undefined {
  const { socket } = connection as { socket?: unknown }

  return socket instanceof Socket ? socket : undefined
}

/** What came together with the last message of the negotiation before. */
async function unread (connection: MessageStream): Promise<Uint8Array> {
  return new Promise(resolve => {
    connection.addEventListener('message', ({ data }) => { resolve(data.subarray()) }, { once: true })
  })
}

function duplexOf (connection: MessageStream): Duplex {
  let sent: (() => void) | undefined
  let isFull = false

  const duplex = new Duplex({
    allowHalfOpen: false,
    read () {
      isFull = false

      if (connection.status === 'open') {
        connection.resume()
      }
    },
    write (bytes: Uint8Array, encoding, done) {
      try {
        connection.send(bytes) ? done() : sent = done
      } catch (err: any) {
        done(err)
      }
    }
  })

  connection.addEventListener('drain', () => {
    const done = sent
    sent = undefined
    done?.()
  })
  connection.addEventListener('message', ({ data }) => {
    isFull = !duplex.push(data.subarray())
    // a pause is forgotten while `resume` delivers what was buffered
    queueMicrotask(() => {
      if (isFull && connection.status === 'open') {
        connection.pause()
      }
    })
  })
  connection.addEventListener('close', ({ error }) => {
    if (error == null) {
      duplex.push(null)
    } else {
      duplex.destroy(error)
    }
  })

  return duplex
}
