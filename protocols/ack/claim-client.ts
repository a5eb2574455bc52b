import { ask } from './ask.ts'
import { MAX_REQUEST_LENGTH, MAX_TICKET_LENGTH } from './constants.ts'
import { decodeVerdicts, encodeRequest } from './messages.ts'
import type { Claim, ClaimConversation, Verdicts } from './index.ts'
import type { MessageStream } from './message-stream.ts'
import type { RequestKind } from './messages.ts'
import type { AbortOptions } from '@libp2p/interface'

/** Bytes of a claim beside its list of blocks: a ticket, a signature, an acknowledgement, two nonces, a PeerId and tags. */
const CLAIM_LENGTH = MAX_TICKET_LENGTH + 512

/** A provider's conversation with the server. */
export class ClaimClient implements ClaimConversation {
  readonly #messages: MessageStream
  readonly #timeout: number

  /** `timeout`: ms for each request, beyond the time that its length allows. */
  constructor (messages: MessageStream, timeout: number) {
    this.#messages = messages
    this.#timeout = timeout
  }

  async claim (ticket: Uint8Array, claims: Claim[], options: AbortOptions = {}): Promise<Verdicts> {
    const verdicts: Verdicts = { verdicts: [], balance: 0, standing: 0 }

    // sessions with long lists do not all fit into one message
    for (const part of parts(claims)) {
      const answer = await this.#ask('claims', encodeRequest({ claims: { ticket, claims: part } }), part.length, options)
      verdicts.verdicts.push(...answer.verdicts)
      verdicts.balance = answer.balance
      verdicts.standing = answer.standing
    }

    return verdicts
  }

  async audit (session: Uint8Array, hashes: Uint8Array, options: AbortOptions = {}): Promise<Verdicts> {
    return this.#ask('entries', encodeRequest({ entries: { session, hashes } }), 1, options)
  }

  async close (): Promise<void> {
    await this.#messages.end()
  }

  async #ask (kind: RequestKind, request: Uint8Array, count: number, options: AbortOptions): Promise<Verdicts> {
    try {
      return decodeVerdicts(await ask(this.#messages, kind, request, this.#timeout, options), count)
    } catch (err: any) {
      if (err.name === 'AckRefusedError') {
        void this.#messages.end()
      } else {
        this.#messages.abort(err)
      }

      throw err
    }
  }
}

function parts (claims: Claim[]): Claim[][] {
  const parts: Claim[][] = []
  let room = 0

  for (const claim of claims) {
    const length = CLAIM_LENGTH + claim.session.blocks.byteLength

    if (length > room) {
      parts.push([])
      room = MAX_REQUEST_LENGTH - CLAIM_LENGTH
    }

    parts.at(-1)?.push(claim)
    room -= length
  }

  return parts
}
