import { InvalidMessageError, StreamResetError, TimeoutError } from '@libp2p/interface'
import { encode as encodeVarint, encodingLength } from 'uint8-varint'
import { Uint8ArrayList } from 'uint8arraylist'
import { CLOSE_TIMEOUT, MAX_READ_AHEAD, MIN_RATE } from './constants.ts'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'

/** A length takes four bytes at most: 2^28 is more than any message may have. */
const MAX_PREFIX_LENGTH = 4

/** Pieces that wait as they came: each takes 100 bytes, even if a peer sends one byte at a time. */
const MAX_PIECES = 64

export interface NextOptions {
  /** Milliseconds until a message begins; from then on, it has this and the time that its length allows */
  timeout: number

  /**
   * Called in the turn in which a message begins, before more than its first byte is kept. What it throws is what `next` is
   * rejected with, and everything from there on is thrown away.
   *
   * @param field - number of the message's first field
   */
  admit (field: number, length: number): void
}

/** Milliseconds for a message to be transferred and for what else takes `timeout` */
export function transferTime (timeout: number, length: number): number {
  return timeout + Math.ceil(length * 1_000 / MIN_RATE)
}

/**
 * Messages with their lengths before them, both ways over one stream. Whoever uses it decides about each message by its length
 * and first field before it is kept; what comes in behind it is bounded.
 */
export class MessageStream {
  readonly stream: Stream
  /** What came in behind what is being read */
  readonly #buffer = new Uint8ArrayList()
  #pieces = 0
  #waiting?: NextOptions & PromiseWithResolvers<Uint8Array | undefined>
  #timer?: ReturnType<typeof setTimeout>
  /** What is being read, once its length is known, and how much of it is there */
  #message?: Uint8Array
  #filled = 0
  #discarding = false
  #ended = false
  #error?: Error
  readonly #closed = Promise.withResolvers<void>()
  #drain = Promise.withResolvers<void>()

  /** Attaches to the stream at once: call it in the turn in which the stream came. */
  constructor (stream: Stream) {
    this.stream = stream

    if (stream.status !== 'open') {
      this.abort(new StreamResetError('The stream closed before it was used'))
    }

    stream.addEventListener('message', event => { this.#onData(event) })
    stream.addEventListener('drain', () => { this.#onDrain() })
    // a muxer may report the end just before it delivers the last bytes
    stream.addEventListener('end', () => { queueMicrotask(() => { this.#onEnd() }) }, { once: true })
    stream.addEventListener('close', event => { this.#onClose(event) }, { once: true })
  }

  /** Whether messages can go both ways. */
  get isOpen (): boolean {
    return this.stream.status === 'open' && this.stream.writeStatus === 'writable' && !this.#ended && !this.#discarding
  }

  /**
   * The next message, in memory of its own; `undefined` when the other end has said its last. One at a time.
   *
   * @throws {InvalidMessageError} when it is none, {TimeoutError}, what `admit` throws, and what ended the stream
   */
  async next (options: NextOptions): Promise<Uint8Array | undefined> {
    const waiting = { ...options, ...Promise.withResolvers<Uint8Array | undefined>() }
    this.#waiting = waiting
    this.#startTimer(options.timeout)
    this.#advance()

    return waiting.promise
  }

  /**
   * Send a message, and wait until the stream has taken it: for `timeout` ms and the time that its length allows.
   *
   * @throws {TimeoutError} {StreamResetError}
   */
  async write (message: Uint8Array, timeout: number): Promise<void> {
    const prefix = encodeVarint(message.byteLength, new Uint8Array(encodingLength(message.byteLength)))

    if (this.stream.send(new Uint8ArrayList(prefix, message))) {
      return
    }

    const late = new TimeoutError('The other end does not read')
    const timer = setTimeout(() => { this.abort(late) }, transferTime(timeout, message.byteLength))

    try {
      // a promise of our own, because the one of `stream.onDrain()` is made once
      while (this.stream.status === 'open' && this.stream.writableNeedsDrain) {
        await this.#drain.promise
      }
    } finally {
      clearTimeout(timer)
    }

    if (this.stream.status !== 'open') {
      throw this.#error ?? new StreamResetError('The stream closed while it was written to')
    }
  }

  /**
   * Say no more and hear no more; the stream is reset if the other end does not close it soon. Resolves when it has ended,
   * however it did.
   */
  async end (): Promise<void> {
    this.#discard()
    const late = new StreamResetError('The other end did not close the stream in time')
    const timer = setTimeout(() => { this.abort(late) }, CLOSE_TIMEOUT)

    try {
      await this.stream.close()
    } catch (err: any) {
      this.abort(err)
    }

    await this.#closed.promise
    clearTimeout(timer)
  }

  abort (err: Error): void {
    this.#error ??= err
    this.#discard()
    this.stream.abort(err)
    this.#closed.resolve()
  }

  #discard (): void {
    this.#discarding = true
    this.#message = undefined
    this.#buffer.consume(this.#buffer.byteLength)
  }

  #onData ({ data }: StreamMessageEvent): void {
    if (this.#discarding) {
      return
    }

    this.#buffer.append(data)
    this.#pieces++
    this.#advance()

    if (this.#buffer.byteLength > MAX_READ_AHEAD) {
      this.#fail(new InvalidMessageError('More was sent than may wait for an answer'))
    } else if (this.#pieces > MAX_PIECES) {
      const bytes = this.#buffer.slice()
      this.#buffer.consume(bytes.byteLength)
      this.#buffer.append(bytes)
      this.#pieces = 1
    }
  }

  /** Goes on with the message that is waited for. */
  #advance (): void {
    const waiting = this.#waiting

    if (waiting == null) {
      return
    }

    try {
      if (this.#error != null) {
        throw this.#error
      }

      this.#message ??= this.#readLength(waiting)
    } catch (err: any) {
      this.#discard()
      this.#settle()
      waiting.reject(err)

      return
    }

    if (this.#message != null) {
      const message = this.#message
      const part = this.#buffer.subarray(0, Math.min(this.#buffer.byteLength, message.byteLength - this.#filled))
      message.set(part, this.#filled)
      this.#filled += part.byteLength
      this.#buffer.consume(part.byteLength)

      if (this.#filled === message.byteLength) {
        this.#message = undefined
        this.#settle()
        waiting.resolve(message)

        return
      }
    }

    if (this.#ended) {
      this.#settle()

      if (this.#buffer.byteLength === 0 && this.#message == null) {
        waiting.resolve(undefined)
      } else {
        waiting.reject(new InvalidMessageError('The stream ended within a message'))
      }
    }
  }

  /** Memory for the message; nothing while its first byte is not there. */
  #readLength ({ admit, timeout }: NextOptions): Uint8Array | undefined {
    let length = 0

    for (let at = 0; at < this.#buffer.byteLength; at++) {
      if (at === MAX_PREFIX_LENGTH) {
        throw new InvalidMessageError('The length of the message is too long')
      }

      const byte = this.#buffer.get(at)
      length += (byte & 0x7f) * 2 ** (7 * at)

      if (byte === 0) {
        throw new InvalidMessageError('The length of the message is zero or not minimal')
      }

      if (byte < 0x80) {
        const prefix = at + 1

        if (this.#buffer.byteLength === prefix) {
          return undefined
        }

        admit(this.#buffer.get(prefix) >> 3, length)
        this.#startTimer(transferTime(timeout, length))
        this.#buffer.consume(prefix)
        this.#filled = 0

        return new Uint8Array(length)
      }
    }

    return undefined
  }

  #startTimer (timeout: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { this.#fail(new TimeoutError('The other end took too long')) }, timeout)
  }

  #settle (): void {
    clearTimeout(this.#timer)
    this.#waiting = undefined
  }

  #fail (err: Error): void {
    this.abort(err)
    this.#advance()
  }

  #onDrain (): void {
    this.#drain.resolve()
    this.#drain = Promise.withResolvers()
  }

  #onEnd (): void {
    this.#ended = true
    this.#advance()
  }

  #onClose ({ error }: StreamCloseEvent): void {
    this.#error ??= error
    this.#ended = true
    this.#drain.resolve()
    this.#closed.resolve()
    this.#advance()
  }
}
