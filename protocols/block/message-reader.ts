import { InvalidMessageError } from '@libp2p/interface'
import { MAX_FIRST_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from './constants.ts'

/** Receives what a {@link MessageReader} finds in a stream of bytes. */
export interface MessageReaderHandler {
  /** A whole message, valid during the call. Returns how many raw bytes follow it; nothing: the next message does. */
  message (bytes: Uint8Array): number | undefined
  /** Raw bytes, as they came. */
  chunk (bytes: Uint8Array): void
  /** The last of the raw bytes has come. */
  end (): void
}

/** A length takes three bytes at most: 2^21 is more than any message may have. */
const MAX_PREFIX_LENGTH = 3

/**
 * The one state machine of the receiving side: varint length, message, raw bytes, and again. It holds no more than one
 * incomplete message, and raw bytes not at all.
 */
export class MessageReader {
  readonly #handler: MessageReaderHandler
  #limit = MAX_FIRST_MESSAGE_LENGTH
  #stopped = false
  #prefixLength = 0
  #length = 0
  /** The message, once its length is known and while it is incomplete */
  #message?: Uint8Array
  #filled = 0
  /** Raw bytes to come */
  #body = 0

  constructor (handler: MessageReaderHandler) {
    this.#handler = handler
  }

  /** Whether the stream may end here. */
  get atBoundary (): boolean {
    return this.#prefixLength === 0 && this.#message == null && this.#body === 0
  }

  /** Throw away everything from here on. */
  stop (): void {
    this.#stopped = true
    this.#message = undefined
  }

  /**
   * Take the next bytes; the handler is called before this returns.
   *
   * @throws {InvalidMessageError} when no message can begin like this; and what the handler throws
   */
  push (bytes: Uint8Array): void {
    let at = 0

    while (at < bytes.byteLength && !this.#stopped) {
      if (this.#body > 0) {
        const chunk = bytes.subarray(at, at + this.#body)
        at += chunk.byteLength
        this.#body -= chunk.byteLength
        this.#handler.chunk(chunk)

        if (this.#body === 0 && !this.#stopped) {
          this.#handler.end()
        }
      } else if (this.#message != null) {
        const part = bytes.subarray(at, at + this.#length - this.#filled)
        at += part.byteLength
        this.#message.set(part, this.#filled)
        this.#filled += part.byteLength

        if (this.#filled === this.#length) {
          this.#complete(this.#message)
        }
      } else if (this.#readPrefix(bytes[at++])) {
        if (bytes.byteLength - at >= this.#length) {
          at += this.#length
          this.#complete(bytes.subarray(at - this.#length, at))
        } else {
          this.#message = new Uint8Array(this.#length)
          this.#filled = 0
        }
      }
    }
  }

  /** Whether the length is complete with this byte. */
  #readPrefix (byte: number): boolean {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#prefixLength++)

    if (byte >= 0x80) {
      if (this.#prefixLength === MAX_PREFIX_LENGTH) {
        throw new InvalidMessageError('The length of the message is too long')
      }

      return false
    }

    if (byte === 0) {
      throw new InvalidMessageError('The length of the message is zero or not minimal')
    }

    if (this.#length > this.#limit) {
      throw new InvalidMessageError(`The message has ${this.#length} bytes, ${this.#limit} are allowed`)
    }

    return true
  }

  #complete (message: Uint8Array): void {
    this.#message = undefined
    this.#length = 0
    this.#prefixLength = 0
    this.#limit = MAX_MESSAGE_LENGTH

    const body = this.#handler.message(message)

    if (body === 0) {
      this.#handler.end()
    }

    this.#body = body ?? 0
  }
}
