import { once } from 'node:events'
import { AbstractMessageStream } from '@libp2p/utils'
import { MAX_COLLECTED_LENGTH, MAX_UNSENT_LENGTH } from './constants.ts'
import type { AbortOptions, MessageStream } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'
import type { TLSSocket } from 'node:tls'
import type { Uint8ArrayList } from 'uint8arraylist'

/** A connection with its TLS on it, after the handshake: what is sent is plain here, and enciphered by the socket. */
export class TlsConnection extends AbstractMessageStream {
  readonly #connection: MessageStream
  readonly #socket: TLSSocket
  readonly #closeTransport: MessageStream['close']
  readonly #uncork = (): void => { this.#socket.uncork() }

  /**
   * @param connection - what the transport made
   * @param socket - TLS on it; nothing was read from it yet
   */
  constructor (connection: MessageStream, socket: TLSSocket) {
    super({
      log: connection.log.newScope('tls'),
      direction: connection.direction,
      inactivityTimeout: connection.inactivityTimeout,
      maxReadBufferLength: connection.maxReadBufferLength
    })

    this.#connection = connection
    this.#socket = socket
    this.#closeTransport = connection.close.bind(connection)
    // libp2p closes what the transport made: what TLS holds, and its farewell, have to leave before
    connection.close = async options => this.close(options)

    socket.on('data', (bytes: Buffer) => { this.onData(bytes) })
    socket.on('drain', () => { this.safeDispatchEvent('drain') })
    socket.on('end', () => { this.onTransportClosed() })
    socket.on('error', err => { this.abort(err) })
    socket.on('close', () => { this.#socketClosed() })
    connection.addEventListener('close', ({ error, local }) => { this.#connectionClosed(error, local) })
  }

  async close (options?: AbortOptions): Promise<void> {
    if (!this.#socket.destroyed) {
      for (const bytes of this.writeBuffer) {
        this.#socket.write(bytes)
      }

      this.writeBuffer.consume(this.writeBuffer.byteLength)
      this.writeStatus = 'closed'
      const closed = once(this.#socket, 'close', options)
      this.#socket.destroySoon()
      await closed
    }

    await this.#closeTransport(options)
  }

  sendData (data: Uint8ArrayList): SendResult {
    const isCollecting = this.#socket.writableCorked > 0

    // a frame's header alone would be a record, a packet and a turn of the event loop by itself
    isCollecting || this.#socket.cork()

    for (const bytes of data) {
      this.#socket.write(bytes)
    }

    if (data.byteLength > MAX_COLLECTED_LENGTH) {
      this.#socket.uncork()
    } else if (!isCollecting) {
      // as soon as no promise is left that could send another one: a tick alone would come before those that what was just received has settled
      queueMicrotask(() => { process.nextTick(this.#uncork) })
    }

    return { sentBytes: data.byteLength, canSendMore: this.#socket.writableLength < MAX_UNSENT_LENGTH }
  }

  sendReset (err: Error): void {
    this.#connection.abort(err)
  }

  sendPause (): void {
    this.#socket.pause()
  }

  sendResume (): void {
    this.#socket.resume()
  }

  #socketClosed (): void {
    this.onTransportClosed()
    this.#closeTransport().catch(err => { this.#connection.abort(err) })
  }

  #connectionClosed (error?: Error, isLocal?: boolean): void {
    this.#socket.destroy()

    if (error == null) {
      this.onTransportClosed()
    } else if (isLocal === true) {
      this.abort(error)
    } else {
      this.onRemoteReset()
    }
  }
}
