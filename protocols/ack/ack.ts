import { InvalidMessageError, serviceCapabilities } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { toString } from 'uint8arrays/to-string'
import { ask } from './ask.ts'
import { ClaimClient } from './claim-client.ts'
import {
  ACK_PROTOCOL, BUSY_RETRY_AFTER, HASH_LENGTH, IDLE_TIMEOUT, KEYS_TIMEOUT, LARGE_MESSAGE_LENGTH, MAX_ACKNOWLEDGEMENT_LENGTH, MAX_AUDITS,
  MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER, MAX_INBOUND_STREAMS, MAX_JUDGED, MAX_JUDGED_PER_PEER, MAX_LARGE_MESSAGES, MAX_OUTBOUND_STREAMS,
  MAX_REQUEST_LENGTH, QUOTA_CLAIMS, QUOTA_DISPUTES, REQUEST_TIMEOUT
} from './constants.ts'
import { AckRefusedError } from './errors.ts'
import { ExchangeClient } from './exchange-client.ts'
import { Quota, Slots } from './limits.ts'
import { MessageStream } from './message-stream.ts'
import {
  decodeRecovered, decodeRequest, decodeRuling, encodeKeys, encodeRefusal, encodeRequest, encodeRuling, encodeVerdicts, REQUESTS, toRequest
} from './messages.ts'
import { AckStatus } from './pb/ack.ts'
import type {
  AckComponents, AckInit, Acks, Arbiter, ClaimConversation, Complaint, ExchangeConversation, KeyRelease, Recovery, ReleasedKeys, Ruling
} from './index.ts'
import type { Request, RequestKind } from './messages.ts'
import type { AckRequest } from './pb/ack.ts'
import type { AbortOptions, CounterGroup, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A stream at the end that answers. */
interface Conversation {
  peer: PeerId
  log: Logger
  /** What it began with */
  kind?: RequestKind
  /** Acknowledged blocks of sessions whose verdict was `audit`, by session */
  audits: Map<string, number>
  /** Gives back what the conversation takes of the limits */
  release? (): void
  /** The same for the message that is being read or judged, if that is large */
  releaseLarge? (): void
}

/** Both ends of `/mssl/ack`. */
export class AckService implements Acks, Startable {
  keys?: KeyRelease
  arbiter?: Arbiter
  readonly #components: AckComponents
  readonly #timeout: number
  readonly #keysTimeout: number
  readonly #log: Logger
  readonly #metrics?: CounterGroup
  readonly #disputes: Quota
  readonly #claims = new Quota(QUOTA_CLAIMS)
  readonly #exchanges = new Slots(MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER)
  readonly #judged = new Slots(MAX_JUDGED, MAX_JUDGED_PER_PEER)
  readonly #large = new Slots(MAX_LARGE_MESSAGES, MAX_JUDGED_PER_PEER)
  readonly #handlers = new Map<MessageStream, Promise<void>>()
  #stopping = new AbortController()
  #started = false

  constructor (components: AckComponents, init: AckInit = {}) {
    this.#components = components
    this.keys = init.keys
    this.arbiter = init.arbiter
    this.#timeout = init.timeout ?? REQUEST_TIMEOUT
    this.#keysTimeout = init.keysTimeout ?? KEYS_TIMEOUT
    this.#log = components.logger.forComponent('mssl:ack')
    this.#disputes = new Quota(init.disputesPerMinute ?? QUOTA_DISPUTES)
    this.#metrics = components.metrics?.registerCounterGroup('mssl_ack_requests_total', {
      label: 'status',
      help: 'Requests answered, by status; "aborted" for those that broke the protocol or took too long'
    })
    components.metrics?.registerMetricGroup('mssl_ack_conversations', {
      label: 'kind',
      help: 'Conversations under way in which this node answers',
      calculate: () => ({ exchange: this.#exchanges.taken, judged: this.#judged.taken })
    })
  }

  readonly [Symbol.toStringTag] = 'mssl/ack'

  readonly [serviceCapabilities]: string[] = ['mssl/ack']

  isStarted (): boolean {
    return this.#started
  }

  async start (): Promise<void> {
    this.#stopping = new AbortController()
    this.#started = true

    await this.#components.registrar.handle(ACK_PROTOCOL, (stream, connection) => {
      const messages = new MessageStream(stream)
      const handled = this.#handle(messages, stream, connection.remotePeer).finally(() => {
        this.#handlers.delete(messages)
      })
      this.#handlers.set(messages, handled)

      return handled
    }, {
      maxInboundStreams: MAX_INBOUND_STREAMS,
      maxOutboundStreams: MAX_OUTBOUND_STREAMS
    })
  }

  async stop (): Promise<void> {
    this.#started = false
    await this.#components.registrar.unhandle(ACK_PROTOCOL)
    this.#stopping.abort()

    for (const messages of this.#handlers.keys()) {
      messages.abort(this.#stopping.signal.reason)
    }

    await Promise.all(this.#handlers.values())
  }

  async openExchange (provider: PeerId | Multiaddr[], options: AbortOptions = {}): Promise<ExchangeConversation> {
    return new ExchangeClient(await this.#open(provider, options), async () => this.#open(provider), this.#keysTimeout)
  }

  async recover (server: PeerId | Multiaddr[], recovery: Recovery, options: AbortOptions = {}): Promise<ReleasedKeys> {
    return this.#dispute(server, 'recovery', encodeRequest({ recovery }), answer => decodeRecovered(answer, recovery), options)
  }

  async complain (server: PeerId | Multiaddr[], complaint: Complaint, options: AbortOptions = {}): Promise<Ruling> {
    return this.#dispute(server, 'complaint', encodeRequest({ complaint }), decodeRuling, options)
  }

  async openClaims (server: PeerId | Multiaddr[], options: AbortOptions = {}): Promise<ClaimConversation> {
    return new ClaimClient(await this.#open(server, options), this.#timeout)
  }

  async #open (peer: PeerId | Multiaddr[], { signal = AbortSignal.timeout(this.#timeout) }: AbortOptions = {}): Promise<MessageStream> {
    return new MessageStream(await this.#components.connectionManager.openStream(peer, ACK_PROTOCOL, { signal }))
  }

  async #dispute<T> (server: PeerId | Multiaddr[], kind: RequestKind, request: Uint8Array, read: (answer: Uint8Array) => T, options: AbortOptions): Promise<T> {
    const messages = await this.#open(server, options)

    try {
      return read(await ask(messages, kind, request, this.#timeout, options))
    } catch (err: any) {
      // a refusal is as good an answer as any
      if (err.name !== 'AckRefusedError') {
        messages.abort(err)
      }

      throw err
    } finally {
      void messages.end()
    }
  }

  /** Never throws: what a peer does wrong ends its stream and nothing else. */
  async #handle (messages: MessageStream, stream: Stream, peer: PeerId): Promise<void> {
    const conversation: Conversation = { peer, log: stream.log.newScope('mssl:ack'), audits: new Map() }

    try {
      while (await this.#turn(messages, conversation)) {
        // one after the other: answers come in the order of the requests
      }
    } catch (err: any) {
      conversation.log('conversation with %p failed - %e', peer, err)
      this.#metrics?.increment({ aborted: true })
      messages.abort(err)
    } finally {
      conversation.releaseLarge?.()
      conversation.release?.()
    }

    await messages.end()
  }

  /** One request and its answer. Returns whether another may follow. */
  async #turn (messages: MessageStream, conversation: Conversation): Promise<boolean> {
    let kind: RequestKind | undefined
    let answer: Uint8Array
    let refusal: AckRefusedError | undefined

    try {
      const bytes = await messages.next({
        timeout: conversation.kind === 'acknowledgement' ? IDLE_TIMEOUT : this.#timeout,
        admit: (field, length) => {
          kind = REQUESTS[field]

          if (kind == null) {
            throw new InvalidMessageError('The message has no known field')
          }

          this.#admit(conversation, kind, length)
        }
      })

      if (bytes == null || kind == null) {
        return false
      }

      answer = await this.#answer(decodeRequest(bytes, kind), conversation)
    } catch (err: any) {
      if (kind == null || !(err instanceof AckRefusedError)) {
        throw err
      }

      refusal = err
      answer = encodeRefusal(kind, err)
    }

    conversation.releaseLarge?.()
    conversation.releaseLarge = undefined
    await messages.write(answer, this.#timeout)
    this.#metrics?.increment({ [refusal?.status ?? AckStatus.ACK_OK]: true })

    return refusal == null && (kind === 'acknowledgement' || kind === 'claims' || kind === 'entries')
  }

  /**
   * Decides about a message before it is read.
   *
   * @throws {AckRefusedError} what it is answered with; {InvalidMessageError} when the peer breaks the protocol
   */
  #admit (conversation: Conversation, kind: RequestKind, length: number): void {
    const { audits, peer } = conversation
    const first = conversation.kind == null

    if (kind === 'entries' && audits.size === 0) {
      throw new AckRefusedError(AckStatus.ACK_MALFORMED, 'No entries were asked for')
    }

    if (!first && kind !== conversation.kind && kind !== 'entries') {
      throw new InvalidMessageError('Another conversation takes another stream')
    }

    if (kind === 'acknowledgement') {
      if (length > MAX_ACKNOWLEDGEMENT_LENGTH) {
        throw new InvalidMessageError('The message is too long for an acknowledgement')
      }

      if (this.keys == null) {
        throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'This node provides nothing for which keys are due')
      }
    } else {
      if (length > MAX_REQUEST_LENGTH) {
        throw new InvalidMessageError('The message is too long')
      }

      if (this.arbiter == null) {
        throw new AckRefusedError(AckStatus.ACK_WRONG_SERVER, 'This node is no server')
      }
    }

    if (first) {
      conversation.kind = kind
      conversation.release = (kind === 'acknowledgement' ? this.#exchanges : this.#judged).take(`${peer}`)

      if (conversation.release == null) {
        throw new AckRefusedError(AckStatus.ACK_BUSY, 'Too many conversations at once', BUSY_RETRY_AFTER)
      }
    }

    this.#count(kind, peer)

    if (length > LARGE_MESSAGE_LENGTH) {
      conversation.releaseLarge = this.#large.take(`${peer}`)

      if (conversation.releaseLarge == null) {
        throw new AckRefusedError(AckStatus.ACK_BUSY, 'Too many long messages at once', BUSY_RETRY_AFTER)
      }
    }
  }

  /**
   * @throws {AckRefusedError} when it is one too many
   */
  #count (kind: RequestKind, peer: PeerId): void {
    let retryAfter = 0

    if (kind === 'recovery' || kind === 'complaint') {
      retryAfter = this.#disputes.count(`${peer}`)
    } else if (kind === 'claims') {
      retryAfter = this.#claims.count(`${peer}`)
    }

    if (retryAfter > 0) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'Too many requests of this client', retryAfter)
    }
  }

  /**
   * @throws {AckRefusedError} whatever goes wrong here; else the time for an answer is over
   */
  async #answer (message: AckRequest, conversation: Conversation): Promise<Uint8Array> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#timeout), this.#stopping.signal])
    const answered = this.#ask(checked(message), conversation, { signal }).catch(err => {
      if (err instanceof AckRefusedError) {
        throw err
      }

      signal.throwIfAborted()
      this.#log.error('could not answer %p - %e', conversation.peer, err)

      // what went wrong here is nobody else's business
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'The request could not be answered, please try again', BUSY_RETRY_AFTER)
    })

    return raceSignal(answered, signal)
  }

  async #ask (request: Request, { peer, audits }: Conversation, options: AbortOptions): Promise<Uint8Array> {
    if ('acknowledgement' in request) {
      return encodeKeys(await found(this.keys, AckStatus.ACK_NOT_FOUND).acknowledge(request.acknowledgement, peer, options))
    }

    const arbiter = found(this.arbiter, AckStatus.ACK_WRONG_SERVER)

    if ('recovery' in request) {
      return encodeKeys(await arbiter.recover(request.recovery, peer, options))
    }

    if ('complaint' in request) {
      return encodeRuling(await arbiter.complain(request.complaint, peer, options))
    }

    if ('claims' in request) {
      const { ticket, claims } = request.claims
      const answer = await arbiter.claim(ticket, claims, peer, options)

      for (const [at, { outcome }] of answer.verdicts.entries()) {
        if (outcome === 'audit') {
          const { session, count } = claims[at].session.acknowledgement
          remember(audits, hex(session), count)
        }
      }

      return encodeVerdicts(answer)
    }

    const { session, hashes } = request.entries
    const key = hex(session)

    if (audits.get(key) !== hashes.byteLength / HASH_LENGTH) {
      throw new AckRefusedError(AckStatus.ACK_MALFORMED, 'These entries were not asked for')
    }

    const answer = await arbiter.audit(session, hashes, peer, options)

    // what could not be judged yet may be sent again
    if (answer.verdicts[0].outcome !== 'busy') {
      audits.delete(key)
    }

    return encodeVerdicts(answer)
  }
}

/**
 * @throws {AckRefusedError} when a field is not what it should be
 */
function checked (message: AckRequest): Request {
  try {
    return toRequest(message)
  } catch (err: any) {
    throw new AckRefusedError(AckStatus.ACK_MALFORMED, err.message)
  }
}

/** What this node had when the message began. */
function found<T> (part: T | undefined, status: AckStatus): T {
  if (part == null) {
    throw new AckRefusedError(status, 'This node has stopped to answer such requests')
  }

  return part
}

function remember (audits: Map<string, number>, session: string, count: number): void {
  const [oldest] = audits.keys()

  if (audits.size === MAX_AUDITS && oldest != null) {
    audits.delete(oldest)
  }

  audits.set(session, count)
}

function hex (bytes: Uint8Array): string {
  return toString(bytes, 'hex')
}
