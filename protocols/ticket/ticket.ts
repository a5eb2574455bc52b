import { AbortError, InvalidMessageError, serviceCapabilities, TimeoutError } from '@libp2p/interface'
import { pbStream } from '@libp2p/utils'
import { LRUCache } from 'lru-cache'
import { raceSignal } from 'race-signal'
import { decode } from 'uint8-varint'
import {
  BUSY_RETRY_AFTER, MAX_CONCURRENT, MAX_CONCURRENT_PER_PEER, MAX_INBOUND_STREAMS, MAX_OUTBOUND_STREAMS, MAX_REASON_LENGTH, MAX_REQUEST_LENGTH,
  MAX_RESPONSE_LENGTH, PROTOCOL, QUOTA_INTERVAL, QUOTA_PEERS, QUOTA_REQUESTS, REQUEST_TIMEOUT
} from './constants.ts'
import { checkRequest, checkResponse, TicketProtocolError } from './messages.ts'
import { TicketRequest, TicketResponse, TicketStatus } from './pb/ticket.ts'
import type { TicketAuthority, TicketService as TicketServiceInterface, TicketServiceComponents, TicketServiceInit } from './index.ts'
import type { AbortOptions, Connection, CounterGroup, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import type { ProtobufStreamOpts } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The fields that a response has when it does not say otherwise. */
const EMPTY_RESPONSE: TicketResponse = {
  status: TicketStatus.TICKET_OK,
  reason: '',
  retryAfter: 0,
  certificate: new Uint8Array(0),
  manifest: new Uint8Array(0),
  ticket: new Uint8Array(0),
  revocations: new Uint8Array(0),
  hints: []
}

/** Bytes of a length prefix: four hold the longest message */
const PREFIX_LENGTH = 4

/** What `pbStream` reads of messages up to this length. */
function limits (maxDataLength: number): Partial<ProtobufStreamOpts> {
  return {
    maxDataLength,
    maxBufferSize: maxDataLength + PREFIX_LENGTH,
    // left to itself the stream collects the bytes of a length that does not end for as long as they come
    lengthDecoder: bytes => {
      if (bytes.byteLength > PREFIX_LENGTH) {
        throw new InvalidMessageError('The length of the message does not end')
      }

      return decode(bytes)
    }
  }
}

/** Both ends of `/mssl/ticket`. */
export class TicketService implements TicketServiceInterface, Startable {
  authority?: TicketAuthority
  readonly #components: TicketServiceComponents
  readonly #init: Required<Omit<TicketServiceInit, 'authority'>>
  readonly #log: Logger
  readonly #metrics?: CounterGroup
  readonly #quotas: LRUCache<string, { requests: number, ends: number }>
  readonly #answering = new Map<string, number>()
  readonly #handlers = new Set<Promise<void>>()
  /** Of the requests that are being answered */
  readonly #deadlines = new Set<AbortController>()
  #concurrent = 0
  #started = false

  constructor (components: TicketServiceComponents, init: TicketServiceInit = {}) {
    this.#components = components
    this.authority = init.authority
    this.#init = {
      timeout: init.timeout ?? REQUEST_TIMEOUT,
      maxConcurrent: init.maxConcurrent ?? MAX_CONCURRENT,
      maxConcurrentPerPeer: init.maxConcurrentPerPeer ?? MAX_CONCURRENT_PER_PEER,
      requestsPerMinute: init.requestsPerMinute ?? QUOTA_REQUESTS,
      maxInboundStreams: init.maxInboundStreams ?? MAX_INBOUND_STREAMS,
      maxOutboundStreams: init.maxOutboundStreams ?? MAX_OUTBOUND_STREAMS
    }
    this.#log = components.logger.forComponent('mssl:ticket')
    this.#metrics = components.metrics?.registerCounterGroup('mssl_ticket_requests_total', {
      label: 'status',
      help: 'Requests answered, by status; "aborted" for those that broke the protocol or took too long'
    })
    this.#quotas = new LRUCache({ max: QUOTA_PEERS })
  }

  readonly [Symbol.toStringTag] = 'mssl/ticket'

  readonly [serviceCapabilities]: string[] = ['mssl/ticket']

  isStarted (): boolean {
    return this.#started
  }

  async start (): Promise<void> {
    this.#started = true

    await this.#components.registrar.handle(PROTOCOL, (stream, connection) => {
      const handled = this.#handle(stream, connection).finally(() => {
        this.#handlers.delete(handled)
      })
      this.#handlers.add(handled)

      return handled
    }, {
      maxInboundStreams: this.#init.maxInboundStreams,
      maxOutboundStreams: this.#init.maxOutboundStreams
    })
  }

  async stop (): Promise<void> {
    this.#started = false
    await this.#components.registrar.unhandle(PROTOCOL)
    this.#deadlines.forEach(deadline => { deadline.abort(new AbortError('The service was stopped')) })
    await Promise.all(this.#handlers)
  }

  async request (peer: PeerId | Multiaddr | Multiaddr[], request: Partial<TicketRequest>, options: AbortOptions = {}): Promise<TicketResponse> {
    const signal = options.signal ?? AbortSignal.timeout(this.#init.timeout)
    const stream = await this.#components.connectionManager.openStream(peer, PROTOCOL, { ...options, signal })

    try {
      const pb = pbStream(stream, limits(MAX_RESPONSE_LENGTH))
      await pb.write({ haveManifest: false, revocationEpoch: 0, fingerprint: new Uint8Array(0), ...request }, TicketRequest, { signal })
      await stream.close({ signal })

      const response = await pb.read(TicketResponse, { signal }).catch(err => {
        signal.throwIfAborted()

        throw new TicketProtocolError(`The server's answer could not be read: ${err.message}`)
      })
      checkResponse(response)

      return response
    } catch (err: any) {
      stream.abort(err)
      throw err
    }
  }

  /** Never throws: what a peer does wrong ends its stream and nothing else. */
  async #handle (stream: Stream, connection: Connection): Promise<void> {
    // not AbortSignal.timeout, which stays in memory until its time has come: thousands of requests come before that
    const deadline = new AbortController()
    const timer = setTimeout(() => { deadline.abort(new TimeoutError('The request took too long')) }, this.#init.timeout)
    const { signal } = deadline
    let status = 'aborted'
    this.#deadlines.add(deadline)

    try {
      const pb = pbStream(stream, limits(MAX_REQUEST_LENGTH))
      const request = await pb.read(TicketRequest, { signal })
      status = await this.#withSlot(connection.remotePeer, async busy => {
        const response = busy ?? await this.#answer(request, connection.remotePeer, { signal })
        await pb.write({ ...EMPTY_RESPONSE, ...response }, TicketResponse, { signal })
        await stream.close({ signal })

        return response.status ?? TicketStatus.TICKET_OK
      })

      // a stream that the peer does not close counts against its connection's limit for ever
      if (stream.remoteWriteStatus !== 'closed') {
        const closed = Promise.withResolvers<unknown>()
        stream.addEventListener('remoteCloseWrite', closed.resolve, { once: true })
        stream.addEventListener('close', closed.resolve, { once: true })
        await raceSignal(closed.promise, signal)
      }
    } catch (err: any) {
      this.#log('request of %p failed - %e', connection.remotePeer, err)
      stream.abort(err)
    } finally {
      clearTimeout(timer)
      this.#deadlines.delete(deadline)
    }

    this.#metrics?.increment({ [status]: true })
  }

  async #answer (request: TicketRequest, client: PeerId, options: Required<AbortOptions>): Promise<Partial<TicketResponse>> {
    try {
      checkRequest(request)
    } catch (err: any) {
      return { status: TicketStatus.TICKET_MALFORMED, reason: err.message }
    }

    if (this.authority == null) {
      return { status: TicketStatus.TICKET_WRONG_SERVER, reason: 'This node is no server' }
    }

    try {
      const response = await raceSignal(this.authority.answer(request, client, options), options.signal)

      return { ...response, reason: response.reason?.slice(0, MAX_REASON_LENGTH / 4) }
    } catch (err: any) {
      options.signal.throwIfAborted()
      this.#log.error('could not answer %p - %e', client, err)

      // what went wrong here is nobody else's business
      return { status: TicketStatus.TICKET_BUSY, reason: 'The server could not answer, please try again', retryAfter: BUSY_RETRY_AFTER }
    }
  }

  /** Runs an answer within the limits; `busy` is the answer when they are reached. */
  async #withSlot (peer: PeerId, respond: (busy?: Partial<TicketResponse>) => Promise<string>): Promise<string> {
    const key = peer.toString()
    const ofPeer = this.#answering.get(key) ?? 0
    const retryAfter = this.#overQuota(key)

    if (retryAfter > 0) {
      return respond({ status: TicketStatus.TICKET_BUSY, reason: 'Too many requests of this client', retryAfter })
    }

    if (this.#concurrent >= this.#init.maxConcurrent || ofPeer >= this.#init.maxConcurrentPerPeer) {
      return respond({ status: TicketStatus.TICKET_BUSY, reason: 'Too many requests at once', retryAfter: BUSY_RETRY_AFTER })
    }

    this.#concurrent++
    this.#answering.set(key, ofPeer + 1)

    try {
      return await respond()
    } finally {
      this.#concurrent--
      const left = (this.#answering.get(key) ?? 1) - 1

      if (left === 0) {
        this.#answering.delete(key)
      } else {
        this.#answering.set(key, left)
      }
    }
  }

  /** Counts a request of a peer. Returns the milliseconds to wait when it is one too many. */
  #overQuota (key: string): number {
    const now = performance.now()
    let quota = this.#quotas.get(key)

    if (quota == null || now >= quota.ends) {
      quota = { requests: 0, ends: now + QUOTA_INTERVAL }
      this.#quotas.set(key, quota)
    }

    quota.requests++

    return quota.requests > this.#init.requestsPerMinute ? Math.ceil(quota.ends - now) : 0
  }
}
