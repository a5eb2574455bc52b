import { InvalidParametersError, NotStartedError, serviceCapabilities, TimeoutError } from '@libp2p/interface'
import { base58btc } from 'multiformats/bases/base58'
import { BLOCK_PROTOCOL, CONTENDED_TIMEOUT, IDLE_TIMEOUT, MAX_INBOUND_STREAMS, MAX_OUTBOUND_STREAMS, MAX_SESSIONS, MAX_SESSIONS_PER_PEER, NONCE_LENGTH, OPEN_TIMEOUT, READ_BUDGET, SILENCE_TIMEOUT, STALL_TIMEOUT } from './constants.ts'
import { BlockStatus } from './pb/block.ts'
import { BlockProvider } from './provider-session.ts'
import { BlockRecipient } from './recipient-session.ts'
import { UploadQueue } from './upload-queue.ts'
import type { BlockComponents, BlockInit, Blocks, Open, Provision, RecipientSession, SessionHandler } from './index.ts'
import type { AbortOptions, Connection, CounterGroup, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Both ends of `/mssl/block/1.0.0`.
 */
export class BlockService implements Startable, Blocks {
  provision?: Provision
  /** Whose block leaves next. */
  readonly uploads: UploadQueue

  readonly #components: BlockComponents
  readonly #init: BlockInit
  readonly #log: Logger
  readonly #bytes?: CounterGroup
  #started = false
  readonly #providers = new Set<BlockProvider>()
  readonly #recipients = new Set<BlockRecipient>()
  /** The one session of a recipient for an object */
  readonly #current = new Map<string, BlockProvider>()

  constructor (components: BlockComponents, init: BlockInit = {}) {
    this.provision = init.provision
    this.uploads = new UploadQueue({ memory: init.readBudget ?? READ_BUDGET, limit: init.uploadLimit, limitPerPeer: init.uploadLimitPerPeer })
    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('mssl:block')
    this.#bytes = components.metrics?.registerCounterGroup('mssl_block_payload_bytes', { label: 'direction', help: 'Bytes of blocks and super-blocks' })
    components.metrics?.registerMetricGroup('mssl_block_sessions', {
      label: 'role',
      help: 'Sessions under way',
      calculate: () => ({ provider: this.#providers.size, recipient: this.#recipients.size })
    })
    components.metrics?.registerMetric('mssl_block_waiting_recipients', {
      help: 'Recipients that wait for their turn, for want of memory or because of an upload limit',
      calculate: () => this.uploads.waiting
    })
    this.onStream = this.onStream.bind(this)
  }

  readonly [Symbol.toStringTag] = 'mssl/block'

  readonly [serviceCapabilities]: string[] = ['mssl/block']

  async start (): Promise<void> {
    if (this.#started) {
      return
    }

    await this.#components.registrar.handle(BLOCK_PROTOCOL, this.onStream, {
      maxInboundStreams: MAX_INBOUND_STREAMS,
      maxOutboundStreams: MAX_OUTBOUND_STREAMS
    })
    this.#started = true
  }

  /** Ends all sessions and waits until their streams are closed. */
  async stop (): Promise<void> {
    this.#started = false
    await this.#components.registrar.unhandle(BLOCK_PROTOCOL)
    const ending = [...this.#providers, ...this.#recipients].map(async session => session.ended)

    for (const session of this.#providers) {
      session.close(BlockStatus.BLOCK_STOPPING, 'the node stops')
    }

    for (const session of this.#recipients) {
      void session.close()
    }

    await Promise.all(ending)
  }

  isStarted (): boolean {
    return this.#started
  }

  async openSession (peer: PeerId | Multiaddr[], open: Open, handler: SessionHandler, options: AbortOptions = {}): Promise<RecipientSession> {
    if (!this.#started) {
      throw new NotStartedError('The block service is not started')
    }

    if (handler.exchange === true && open.nonce?.byteLength !== NONCE_LENGTH) {
      throw new InvalidParametersError(`Mode proof takes a nonce of ${NONCE_LENGTH} bytes`)
    }

    const connection = await this.#components.connectionManager.openConnection(peer, options)
    const timeout = new AbortController()
    const timer = setTimeout(() => {
      timeout.abort(new TimeoutError('The provider did not answer the opening in time'))
    }, this.#init.openTimeout ?? OPEN_TIMEOUT)
    const signal = options.signal == null ? timeout.signal : AbortSignal.any([timeout.signal, options.signal])

    try {
      const stream = await connection.newStream(BLOCK_PROTOCOL, { signal, maxOutboundStreams: MAX_OUTBOUND_STREAMS })
      const session = new BlockRecipient(stream, connection.remotePeer, handler, {
        silenceTimeout: this.#init.silenceTimeout ?? SILENCE_TIMEOUT,
        bytes: this.#bytes
      })
      this.#recipients.add(session)
      void session.ended.then(() => this.#recipients.delete(session))
      await session.open(open, { signal })

      return session
    } finally {
      clearTimeout(timer)
    }
  }

  /** Handler for streams that a recipient opened. */
  onStream (stream: Stream, connection: Connection): void {
    const recipient = connection.remotePeer
    let key = ''
    const session = new BlockProvider(stream, recipient, {
      provision: this.provision,
      uploads: this.uploads,
      openTimeout: this.#init.openTimeout ?? OPEN_TIMEOUT,
      stallTimeout: this.#init.stallTimeout ?? STALL_TIMEOUT,
      contendedTimeout: this.#init.contendedTimeout ?? CONTENDED_TIMEOUT,
      idleTimeout: this.#init.idleTimeout ?? IDLE_TIMEOUT,
      bytes: this.#bytes,
      admitted: (session, object) => {
        key = `${recipient.toString()}/${base58btc.encode(object)}`
        this.#current.get(key)?.close(BlockStatus.BLOCK_OK, 'replaced by a newer session')
        this.#current.set(key, session)
      },
      ended: (session) => {
        if (this.#current.get(key) === session) {
          this.#current.delete(key)
        }
      }
    })

    // counted until the stream is closed: what lingers costs as well
    this.#providers.add(session)
    void session.ended.then(() => this.#providers.delete(session))

    const ofPeer = [...this.#providers].filter(other => other.recipient.equals(recipient)).length

    if (this.#providers.size > (this.#init.maxSessions ?? MAX_SESSIONS) || ofPeer > (this.#init.maxSessionsPerPeer ?? MAX_SESSIONS_PER_PEER)) {
      this.#log('refused %p, %d sessions are under way, %d of it', recipient, this.#providers.size, ofPeer)
      session.close(BlockStatus.BLOCK_BUSY, 'too many sessions')
    }
  }
}
