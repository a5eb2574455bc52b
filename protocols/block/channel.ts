import { InvalidMessageError, StreamResetError } from '@libp2p/interface'
import { encode as encodeVarint, encodingLength } from 'uint8-varint'
import { Uint8ArrayList } from 'uint8arraylist'
import { CLOSE_TIMEOUT, PAUSED_BUFFER_LENGTH } from './constants.ts'
import { MessageReader } from './message-reader.ts'
import type { Stream, StreamMessageEvent } from '@libp2p/interface'

interface MessageCodec<T> {
  encode (message: Partial<T>): Uint8Array
  decode (bytes: Uint8Array): T
}

/** Takes what comes over a {@link Channel}. What its methods throw resets the stream. */
export interface ChannelHandler<T> {
  /** Returns how many raw bytes follow; nothing: none. */
  message (message: T): number | undefined
  chunk (bytes: Uint8Array): void
  end (): void
  /** The other end has said its last word, and said it completely. */
  remoteClosed (): void
  /** Both directions are closed; called exactly once. */
  closed (err?: Error): void
}

/**
 * Messages with raw bytes after them, both ways over one stream.
 */
export class Channel<In, Out> {
  readonly stream: Stream
  /** When something was last received, ms since the epoch */
  received = Date.now()
  /** When the stream last took bytes, ms since the epoch */
  progressed = Date.now()

  readonly #incoming: MessageCodec<In>
  readonly #outgoing: MessageCodec<Out>
  readonly #handler: ChannelHandler<In>
  readonly #reader: MessageReader
  readonly #ended = Promise.withResolvers<void>()
  #drain = Promise.withResolvers<void>()
  #closing = false
  #paused = false
  #resuming = false

  /** Attaches to the stream at once: call it in the turn in which the stream came. */
  constructor (stream: Stream, incoming: MessageCodec<In>, outgoing: MessageCodec<Out>, handler: ChannelHandler<In>) {
    this.stream = stream
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#handler = handler
    this.#reader = new MessageReader({
      message: bytes => this.#onMessage(bytes),
      chunk: bytes => { handler.chunk(bytes) },
      end: () => { handler.end() }
    })

    stream.maxReadBufferLength = PAUSED_BUFFER_LENGTH
    stream.addEventListener('message', event => { this.#onData(event) })
    stream.addEventListener('drain', () => { this.#onDrain() })
    // a muxer may report the end just before it delivers the last bytes
    stream.addEventListener('end', () => { queueMicrotask(() => { this.#onEnd() }) }, { once: true })
    stream.addEventListener('close', event => { this.#onClose(event.error) }, { once: true })

    if (stream.status !== 'open') {
      // there will be no event any more
      queueMicrotask(() => { this.#onClose(new StreamResetError('The stream was over before it was looked at')) })
    }
  }

  /** Resolves when both directions are closed, for whatever reason. */
  get ended (): Promise<void> {
    return this.#ended.promise
  }

  /** Whether bytes that were sent wait for the other end. */
  get needsDrain (): boolean {
    return this.stream.writableNeedsDrain
  }

  /** Send a message, and raw bytes in the same breath. Never waits. Nothing happens once the stream closes. */
  send (message: Partial<Out>, body?: Uint8Array): void {
    if (this.stream.writeStatus !== 'writable') {
      return
    }

    const bytes = this.#outgoing.encode(message)
    const header = new Uint8Array(encodingLength(bytes.byteLength) + bytes.byteLength)
    encodeVarint(bytes.byteLength, header)
    header.set(bytes, header.byteLength - bytes.byteLength)

    if (!this.needsDrain) {
      this.progressed = Date.now()
    }

    try {
      this.stream.send(body == null ? header : new Uint8ArrayList(header, body))
    } catch (err: any) {
      this.abort(err)
    }
  }

  /**
   * Wait until the stream has taken everything. A promise of our own, because the one of `stream.onDrain()` is made once.
   *
   * @throws {StreamResetError} when the stream closes first
   */
  async drained (): Promise<void> {
    while (this.stream.status === 'open' && this.needsDrain) {
      await this.#drain.promise
    }

    if (this.stream.status !== 'open') {
      throw new StreamResetError('The stream closed while it was written to')
    }
  }

  pause (): void {
    this.#paused = true

    // `stream.resume` delivers what was buffered and then opens the window, even if that delivery paused it again
    if (!this.#resuming && this.stream.readStatus === 'readable') {
      this.stream.pause()
    }
  }

  resume (): void {
    this.#paused = false

    if (this.#resuming || this.stream.readStatus !== 'paused') {
      return
    }

    this.#resuming = true
    this.stream.resume()
    this.#resuming = false

    if (this.#paused) {
      this.pause()
    }
  }

  get paused (): boolean {
    return this.#paused
  }

  /** Say no more and hear no more; resets the stream if the other end does not close it soon. */
  async close (): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#reader.stop()
      const timer = setTimeout(() => { this.abort(new StreamResetError('The other end did not close the stream in time')) }, CLOSE_TIMEOUT)
      void this.#ended.promise.then(() => { clearTimeout(timer) })

      try {
        // bytes that wait in a paused stream would keep the other end from closing
        this.resume()
        await this.stream.close()
      } catch (err: any) {
        this.abort(err)
      }
    }

    return this.#ended.promise
  }

  abort (err: Error): void {
    this.#closing = true
    this.#reader.stop()
    this.stream.abort(err)
  }

  #onData (event: StreamMessageEvent): void {
    this.received = Date.now()

    try {
      if (event.data instanceof Uint8Array) {
        this.#reader.push(event.data)
      } else {
        for (const bytes of event.data) {
          this.#reader.push(bytes)
        }
      }
    } catch (err: any) {
      this.abort(err)
    }
  }

  #onMessage (bytes: Uint8Array): number | undefined {
    let message: In

    try {
      message = this.#incoming.decode(bytes)
    } catch (err: any) {
      throw new InvalidMessageError(`The message cannot be decoded: ${err.message}`)
    }

    return this.#handler.message(message)
  }

  #onDrain (): void {
    this.progressed = Date.now()
    this.#drain.resolve()
    this.#drain = Promise.withResolvers()
  }

  #onEnd (): void {
    if (this.#closing || this.stream.status !== 'open') {
      return
    }

    try {
      if (!this.#reader.atBoundary) {
        throw new InvalidMessageError('The stream ended within a message')
      }

      this.#handler.remoteClosed()
    } catch (err: any) {
      this.abort(err)
    }
  }

  #onClose (err?: Error): void {
    this.#reader.stop()
    this.#drain.resolve()
    this.#ended.resolve()

    try {
      this.#handler.closed(err)
    } catch (err) {
      this.stream.log.error('the end of the session was not taken well - %e', err)
    }
  }
}
