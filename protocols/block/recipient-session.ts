import { InvalidMessageError, StreamResetError, TimeoutError } from '@libp2p/interface'
import { Announcements, Announcer } from './announcer.ts'
import { Channel } from './channel.ts'
import { MAX_ACKNOWLEDGEMENT_WINDOW, MAX_ADDRESS_LENGTH, MAX_ENVELOPE_LENGTH, MAX_PEERS, MAX_REASON_LENGTH, MAX_REQUESTS_PER_MESSAGE, MAX_SUPER_BLOCK_LENGTH, MAX_WINDOW, NONCE_LENGTH } from './constants.ts'
import { RefusedError } from './errors.ts'
import { Availability, BlockStatus, ProviderMessage, RecipientMessage } from './pb/block.ts'
import { isBitmap } from './ranges.ts'
import type { ChannelHandler } from './channel.ts'
import type { BlockPeer, BlockRange, BlockRequest, Open, RecipientSession, RecipientShape, SessionHandler } from './index.ts'
import type { Block, Opened } from './pb/block.ts'
import type { AbortOptions, CounterGroup, PeerId, Stream } from '@libp2p/interface'

export interface RecipientInit {
  silenceTimeout: number
  bytes?: CounterGroup
}

/** A request that was sent and not answered. */
interface Asked {
  levels: number
  cancelled: boolean
  /** Asked for once more after it was cancelled: with these levels, when the first answer has come */
  again?: number
}

/** Raw bytes that are arriving. */
interface Body {
  chunk (bytes: Uint8Array): void
  end (): void
  abort (): void
}

const DISCARD: Body = {
  chunk: () => {},
  end: () => {},
  abort: () => {}
}

/** One line, whatever the other end wrote. */
function oneLine (reason: string, status: BlockStatus): string {
  return reason.slice(0, MAX_REASON_LENGTH).replace(/\p{C}+/gu, ' ').trim() || status
}

/**
 * The recipient's end of a session.
 */
export class BlockRecipient implements RecipientSession, ChannelHandler<ProviderMessage> {
  readonly peer: PeerId

  readonly #channel: Channel<ProviderMessage, RecipientMessage>
  readonly #handler: SessionHandler
  readonly #shape: RecipientShape
  readonly #announcer: Announcer
  readonly #announcements: Announcements
  readonly #bytes?: CounterGroup
  readonly #timer: ReturnType<typeof setInterval>
  readonly #standing = Promise.withResolvers<void>()
  #state: 'opening' | 'open' | 'ended' = 'opening'
  #opened?: Opened
  #peers: BlockPeer[] = []
  /** In the order in which they are sent when the window lets them */
  readonly #backlog = new Map<number, number>()
  readonly #asked = new Map<number, Asked>()
  #superBlockAsked = false
  /** Of the last block, with mode proof */
  #position = 0
  #flushing = false
  #body: Body = DISCARD

  constructor (stream: Stream, peer: PeerId, handler: SessionHandler, init: RecipientInit) {
    this.peer = peer
    this.#handler = handler
    this.#shape = handler.shape
    this.#bytes = init.bytes
    this.#channel = new Channel(stream, ProviderMessage, RecipientMessage, this)
    this.#announcer = new Announcer(this.#channel)
    this.#announcements = new Announcements(this.#shape.blockCount)
    this.#standing.promise.catch(() => {})

    // our own pause is not the provider's silence
    this.#timer = setInterval(() => {
      const waits = (this.#asked.size > 0 || this.#superBlockAsked) && !this.#channel.paused

      if (waits && Date.now() - this.#channel.received >= init.silenceTimeout) {
        this.#channel.abort(new TimeoutError('The provider fell silent with blocks outstanding'))
      }
    }, Math.min(1000, init.silenceTimeout / 4))
  }

  /**
   * Send `Open` and wait for the answer.
   *
   * @throws {RefusedError | InvalidMessageError | TimeoutError | AbortError}
   */
  async open (open: Open, options: Required<AbortOptions>): Promise<void> {
    const onAbort = (): void => {
      this.#channel.abort(options.signal.reason)
    }

    options.signal.addEventListener('abort', onAbort)

    try {
      this.#channel.send({ open: open as RecipientMessage['open'] })
      await this.#standing.promise
    } finally {
      options.signal.removeEventListener('abort', onAbort)
    }
  }

  get ended (): Promise<void> {
    return this.#channel.ended
  }

  get #ended (): boolean {
    return this.#state === 'ended'
  }

  get availability (): Availability {
    return this.#opened?.availability ?? Availability.SOME
  }

  get have (): Uint8Array | undefined {
    return this.availability === Availability.SOME ? this.#opened?.have : undefined
  }

  get peers (): BlockPeer[] {
    return this.#peers
  }

  get window (): number {
    return Math.min(this.#opened?.window ?? 0, MAX_WINDOW)
  }

  get certificate (): Uint8Array | undefined {
    const certificate = this.#opened?.certificate

    return certificate == null || certificate.byteLength === 0 ? undefined : certificate
  }

  get superBlock (): boolean {
    return this.#opened?.superBlock === true
  }

  get nonce (): Uint8Array | undefined {
    return this.#handler.exchange === true ? this.#opened?.nonce : undefined
  }

  get acknowledgementWindow (): number | undefined {
    return this.#handler.exchange === true ? this.#opened?.acknowledgementWindow : undefined
  }

  get outstanding (): number {
    let count = this.#backlog.size

    for (const { cancelled, again } of this.#asked.values()) {
      if (!cancelled || again != null) {
        count++
      }
    }

    return count
  }

  request (blocks: BlockRequest[]): void {
    for (const { index, levels } of blocks) {
      const asked = this.#asked.get(index)

      if (asked == null) {
        if (!this.#backlog.has(index)) {
          this.#backlog.set(index, levels)
        }
      } else if (asked.cancelled) {
        asked.again ??= levels
      }
    }

    this.#scheduleFlush()
  }

  requestSuperBlock (): void {
    if (!this.#superBlockAsked && this.#state === 'open') {
      this.#superBlockAsked = true
      this.#channel.received = Date.now()
      this.#send({ request: { blocks: [], superBlock: true } })
    }
  }

  cancel (indices: number[]): void {
    const blocks: number[] = []

    for (const index of indices) {
      const asked = this.#asked.get(index)
      this.#backlog.delete(index)

      if (asked != null) {
        asked.again = undefined
      }

      if (asked?.cancelled === false) {
        asked.cancelled = true
        blocks.push(index)
      }
    }

    for (let at = 0; at < blocks.length; at += MAX_REQUESTS_PER_MESSAGE) {
      this.#send({ cancel: { blocks: blocks.slice(at, at + MAX_REQUESTS_PER_MESSAGE) } })
    }
  }

  announce (ranges: BlockRange[]): void {
    if (this.#state === 'open') {
      this.#announcer.add(ranges)
    }
  }

  renew (ticket: Uint8Array): void {
    this.#send({ renew: { ticket: ticket as Uint8Array<ArrayBuffer> } })
  }

  pause (): void {
    this.#channel.pause()
  }

  resume (): void {
    // the clock of silence starts anew
    this.#channel.received = Date.now()
    this.#channel.resume()
  }

  async close (err?: Error): Promise<void> {
    this.#end()

    if (err == null) {
      return this.#channel.close()
    }

    this.#channel.abort(err)
  }

  message (message: ProviderMessage): number | undefined {
    const { opened, have, block, superBlock, refused, closing } = message

    if (this.#state === 'opening') {
      if (opened == null) {
        throw new InvalidMessageError('The first message is not Opened')
      }

      this.#onOpened(opened)
    } else if (block != null) {
      return this.#onBlock(block)
    } else if (have != null) {
      this.#handler.have(this.#announcements.read(have.ranges))
    } else if (refused != null) {
      this.#onRefused(refused.blocks, refused.status)
    } else if (superBlock != null) {
      return this.#onSuperBlock(superBlock.length)
    } else if (closing != null) {
      this.#end(new RefusedError(closing.status, oneLine(closing.reason, closing.status)))
      void this.#channel.close()
    } else {
      throw new InvalidMessageError('The message is of no known kind, or a second Opened')
    }
  }

  chunk (bytes: Uint8Array): void {
    this.#bytes?.increment({ received: bytes.byteLength })
    this.#body.chunk(bytes)
  }

  end (): void {
    const body = this.#body
    this.#body = DISCARD
    body.end()
  }

  remoteClosed (): void {
    this.#end(new RefusedError(BlockStatus.BLOCK_STOPPING, 'The provider closed the session'))
    void this.#channel.close()
  }

  closed (err?: Error): void {
    this.#end(err ?? new StreamResetError('The stream closed'))
  }

  #onOpened (opened: Opened): void {
    const { status, reason, certificate, window, availability, have } = opened

    if (certificate.byteLength > MAX_ENVELOPE_LENGTH) {
      throw new InvalidMessageError('The certificate is too long')
    }

    if (status !== BlockStatus.BLOCK_OK) {
      this.#end(new RefusedError(status, oneLine(reason, status), certificate.byteLength === 0 ? undefined : certificate))
      void this.#channel.close()

      return
    }

    if (window === 0) {
      throw new InvalidMessageError('A window of no requests')
    }

    if (availability === Availability.SOME && !isBitmap(have, this.#shape.blockCount)) {
      throw new InvalidMessageError('The bitmap is not one of this object')
    }

    if (this.#handler.exchange === true) {
      const { nonce, acknowledgementWindow = 0 } = opened

      if (nonce?.byteLength !== NONCE_LENGTH || acknowledgementWindow < 1 || acknowledgementWindow > MAX_ACKNOWLEDGEMENT_WINDOW) {
        throw new InvalidMessageError('The opening is not one of an interlocked exchange')
      }
    }

    this.#peers = opened.peers.slice(0, MAX_PEERS)
      .filter(({ id, addresses }) => [id, ...addresses].every(bytes => bytes.byteLength <= MAX_ADDRESS_LENGTH))
    this.#opened = opened
    this.#state = 'open'
    this.#handler.opened?.(this)
    this.#standing.resolve()
  }

  #onBlock ({ index, hashes, length, position }: Block): number {
    const asked = this.#asked.get(index)
    const exchange = this.#handler.exchange === true

    if (asked == null) {
      throw new InvalidMessageError(`Block ${index} was not asked for`)
    }

    if (length !== this.#shape.blockLength(index)) {
      throw new InvalidMessageError(`Block ${index} has ${length} bytes instead of ${this.#shape.blockLength(index)}`)
    }

    if (hashes.byteLength !== this.#shape.siblingCount(index, asked.levels) * this.#shape.hashLength) {
      throw new InvalidMessageError(`Block ${index} comes with ${hashes.byteLength} bytes of hashes`)
    }

    if (exchange && position !== ++this.#position) {
      throw new InvalidMessageError(`Block ${index} has position ${position} instead of ${this.#position}`)
    }

    // what is wanted again just as it comes need not come twice: the provider is paid for one
    if (exchange && asked.again === asked.levels) {
      asked.cancelled = false
      asked.again = undefined
    }

    // in an exchange whatever was sent is accounted for
    const discards = (): boolean => asked.cancelled && !exchange
    const siblings = hashes.slice()
    const sink = discards() ? undefined : this.#handler.begin(index, length, asked.cancelled)

    if (this.#ended) {
      sink?.abort()
      return length
    }

    this.#body = {
      // a cancel can come between two chunks
      chunk: (bytes) => {
        if (!discards()) {
          sink?.chunk(bytes)
        }
      },
      end: () => {
        this.#settle(index, asked)

        if (discards()) {
          sink?.abort()
        } else {
          sink?.end(siblings)
        }
      },
      abort: () => sink?.abort()
    }

    return length
  }

  #onSuperBlock (length: number): number {
    if (!this.#superBlockAsked) {
      throw new InvalidMessageError('The super-block was not asked for')
    }

    if (length > MAX_SUPER_BLOCK_LENGTH || length !== this.#shape.blockCount * this.#shape.hashLength) {
      throw new InvalidMessageError(`The super-block has ${length} bytes`)
    }

    const leaves = new Uint8Array(length)
    let at = 0

    this.#body = {
      chunk: (bytes) => {
        leaves.set(bytes, at)
        at += bytes.byteLength
      },
      end: () => {
        this.#superBlockAsked = false
        this.#handler.superBlock(leaves)
      },
      abort: () => {}
    }

    return length
  }

  /** No blocks: it answers the request for the super-block. */
  #onRefused (blocks: number[], status: BlockStatus): void {
    if (blocks.length === 0) {
      if (!this.#superBlockAsked) {
        throw new InvalidMessageError('Nothing was refused')
      }

      this.#superBlockAsked = false
      this.#handler.superBlock(undefined)

      return
    }

    const refused: number[] = []

    for (const index of blocks) {
      const asked = this.#asked.get(index)

      if (asked == null) {
        throw new InvalidMessageError(`Block ${index} was refused but not asked for`)
      }

      if (!asked.cancelled) {
        if (status === BlockStatus.BLOCK_OK) {
          throw new InvalidMessageError(`Block ${index} was not cancelled`)
        }

        refused.push(index)
      }

      this.#settle(index, asked)
    }

    if (refused.length > 0) {
      this.#handler.refused(refused, status)
    }
  }

  /** The request has its answer. */
  #settle (index: number, asked: Asked): void {
    this.#asked.delete(index)

    if (asked.again != null) {
      this.#backlog.set(index, asked.again)
    }

    this.#scheduleFlush()
  }

  /** Requests of one turn leave together. */
  #scheduleFlush (): void {
    if (!this.#flushing && this.#backlog.size > 0) {
      this.#flushing = true
      queueMicrotask(() => {
        this.#flushing = false
        this.#flush()
      })
    }
  }

  #flush (): void {
    if (this.#state !== 'open') {
      return
    }

    // no silence while nothing was asked for
    if (this.#asked.size === 0) {
      this.#channel.received = Date.now()
    }

    const blocks: BlockRequest[] = []

    for (const [index, levels] of this.#backlog) {
      if (this.#asked.size >= this.window) {
        break
      }

      this.#backlog.delete(index)
      this.#asked.set(index, { levels, cancelled: false })
      blocks.push({ index, levels })
    }

    // a window fits one message
    if (blocks.length > 0) {
      this.#send({ request: { blocks, superBlock: false } })
    }
  }

  #send (message: Partial<RecipientMessage>): void {
    if (this.#state === 'open') {
      this.#channel.send(message)
    }
  }

  /** Runs once, first with the reason that counts. */
  #end (err?: Error): void {
    if (this.#ended) {
      return
    }

    const opened = this.#state === 'open'
    this.#state = 'ended'
    clearInterval(this.#timer)
    this.#announcer.stop()
    this.#backlog.clear()
    this.#asked.clear()
    this.#body.abort()
    this.#body = DISCARD

    if (opened) {
      this.#handler.closed(err)
    } else {
      this.#standing.reject(err ?? new StreamResetError('The session was closed'))
    }
  }
}
