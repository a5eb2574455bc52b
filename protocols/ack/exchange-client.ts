import { StreamResetError, StreamStateError } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { admitAnswer } from './ask.ts'
import { MAX_UNANSWERED } from './constants.ts'
import { decodeReleased, encodeRequest } from './messages.ts'
import type { Acknowledgement, ExchangeConversation, ReleasedKeys } from './index.ts'
import type { MessageStream } from './message-stream.ts'
import type { AbortOptions } from '@libp2p/interface'

interface Presented extends PromiseWithResolvers<ReleasedKeys> {
  acknowledgement: Acknowledgement
  message: Uint8Array
  /** When the answer has to be there, by `performance.now()` */
  deadline: number
}

/**
 * A recipient's conversation with a provider. The stream is not what makes the conversation: a provider ends one on which
 * nothing was said for a while, and the next acknowledgement goes over another.
 */
export class ExchangeClient implements ExchangeConversation {
  readonly #open: () => Promise<MessageStream>
  readonly #timeout: number
  #messages: MessageStream
  /** In the order of presentation; the first `#sent` of them are on their way */
  readonly #presented: Presented[] = []
  #sent = 0
  #reading = false
  #closed = false

  /**
   * @param messages - the first stream
   * @param open - opens another
   * @param timeout - ms from an acknowledgement to its answer
   */
  constructor (messages: MessageStream, open: () => Promise<MessageStream>, timeout: number) {
    this.#messages = messages
    this.#open = open
    this.#timeout = timeout
  }

  async present (acknowledgement: Acknowledgement, options: AbortOptions = {}): Promise<ReleasedKeys> {
    options.signal?.throwIfAborted()

    if (this.#closed) {
      throw new StreamStateError('The conversation is closed')
    }

    const presented = { acknowledgement, message: encodeRequest({ acknowledgement }), deadline: Infinity, ...Promise.withResolvers<ReleasedKeys>() }
    this.#presented.push(presented)

    if (this.#reading) {
      this.#send()
    } else {
      this.#reading = true
      void this.#read()
    }

    return raceSignal(presented.promise, options.signal)
  }

  async close (): Promise<void> {
    this.#closed = true
    await this.#messages.end()
  }

  #send (): void {
    while (this.#messages.isOpen && this.#sent < Math.min(this.#presented.length, MAX_UNANSWERED)) {
      const presented = this.#presented[this.#sent++]
      presented.deadline = performance.now() + this.#timeout
      // whatever ends the stream ends the wait for the answer as well
      this.#messages.write(presented.message, this.#timeout).catch(() => {})
    }
  }

  /** Runs while acknowledgements wait for answers. */
  async #read (): Promise<void> {
    try {
      if (!this.#messages.isOpen) {
        void this.#messages.end()
        this.#messages = await this.#open()
      }

      if (this.#closed) {
        throw new StreamStateError('The conversation is closed')
      }

      for (this.#send(); this.#presented.length > 0; this.#send()) {
        const [{ acknowledgement, deadline, resolve }] = this.#presented
        const answer = await this.#messages.next({ timeout: Math.max(0, deadline - performance.now()), admit: admitAnswer('acknowledgement') })

        if (answer == null) {
          throw new StreamResetError('The provider ended the conversation')
        }

        resolve(decodeReleased(answer, acknowledgement))
        this.#presented.shift()
        this.#sent--
      }
    } catch (err: any) {
      if (err.name === 'AckRefusedError') {
        void this.#messages.end()
      } else {
        this.#messages.abort(err)
      }

      this.#sent = 0

      for (const { reject } of this.#presented.splice(0)) {
        reject(err)
      }
    }

    this.#reading = false
  }
}
