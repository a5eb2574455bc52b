import { InvalidMessageError, StreamResetError } from '@libp2p/interface'
import { MAX_ANSWER_LENGTH, MAX_RULING_LENGTH } from './constants.ts'
import { transferTime } from './message-stream.ts'
import { isAnswer } from './messages.ts'
import type { MessageStream } from './message-stream.ts'
import type { RequestKind } from './messages.ts'
import type { AbortOptions } from '@libp2p/interface'

/** What may come as the answer to such a request. */
export function admitAnswer (request: RequestKind): (field: number, length: number) => void {
  const limit = request === 'complaint' ? MAX_RULING_LENGTH : MAX_ANSWER_LENGTH

  return (field, length) => {
    if (!isAnswer(field, request) || length > limit) {
      throw new InvalidMessageError('What came is no answer')
    }
  }
}

/**
 * Ask once, and read the answer, which may come before the other end has heard all. `timeout` is in ms, and goes beyond the
 * time that the lengths allow.
 *
 * @throws {InvalidMessageError | TimeoutError} and whatever ended the stream
 */
export async function ask (messages: MessageStream, kind: RequestKind, request: Uint8Array, timeout: number, { signal }: AbortOptions): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const abort = (): void => { messages.abort(signal?.reason) }
  signal?.addEventListener('abort', abort, { once: true })

  try {
    // whatever ends the stream ends the wait for the answer as well
    messages.write(request, timeout).catch(() => {})
    const answer = await messages.next({ timeout: transferTime(timeout, request.byteLength), admit: admitAnswer(kind) })

    if (answer == null) {
      throw new StreamResetError('The server ended the conversation without an answer')
    }

    return answer
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
