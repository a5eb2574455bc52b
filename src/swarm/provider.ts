import { Availability, BlockStatus } from '../../protocols/block/index.ts'
import { RecipientExchange } from '../exchange/index.ts'
import { Bitfield } from '../object/bitfield.ts'
import { siblingCount } from '../object/merkle.ts'
import { ArrivingBlock } from './arriving-block.ts'
import { CONVERSATION_TIMEOUT, DISPUTE_TIMEOUT, MAX_DISPUTES, MAX_WAIT } from './constants.ts'
import { Source } from './picker.ts'
import { RequestWindow } from './request-window.ts'
import type { Candidate } from './candidates.ts'
import type { Arrival } from './path-planner.ts'
import type { DownloadTarget } from './target.ts'
import type { Complaint, ExchangeConversation, Recovery, ReleasedKeys, Ruling } from '../../protocols/ack/index.ts'
import type { BlockRange, BlockRequest, BlockSink, RecipientSession, RecipientShape, SessionHandler } from '../../protocols/block/index.ts'
import type { Signer } from '../exchange/index.ts'
import type { CoinValues } from '../object/price.ts'
import type { Spending } from '../wallet/index.ts'
import type { AbortOptions, PeerId } from '@libp2p/interface'

/** A request that a provider has not answered. */
interface Outstanding {
  levels: number
  /** Given up: others are asked meanwhile, but the block is welcome if it still comes */
  abandoned: boolean
}

/** A block that came from a provider, in its plain form. */
export interface ArrivedBlock extends Arrival {
  provider: Provider
  length: number
  plain: Uint8Array[]
  /** Nobody else refers to the memory of `plain` */
  ownsPlain: boolean
  /** The planner still counts on its hashes */
  promising: boolean
  /** With mode proof: the block as it came, for a dispute about it */
  sealed?: ArrivingBlock
  /** With mode proof: the server gave it, because the provider's was false */
  byServer?: boolean
  /** It waits for hashes */
  parked: boolean
}

/** What a download of an object of mode proof or purchase takes besides. */
export interface DownloadExchange {
  /** Signs acknowledgements with this node's identity */
  signer: Signer
  /** Opens the stream that acknowledgements and keys go over */
  conversation (provider: PeerId, options: AbortOptions): Promise<ExchangeConversation>
  /** Asks the server for keys that a provider withholds */
  recover (recovery: Recovery, options: AbortOptions): Promise<ReleasedKeys>
  /** Asks the server about a block that is not what was promised */
  complain (complaint: Complaint, options: AbortOptions): Promise<Ruling>

  /**
   * With mode purchase: the coins of the ticket, as known of at the begin of the download. No coin may be spent with two
   * providers, so no block is asked of a second one as long as the first may still be paid for it, or when it was; but of the
   * server, which takes coins that were spent.
   */
  spending?: Spending

  /** With mode purchase: what they are worth, for the statistics */
  values?: CoinValues
}

/** What a session of mode proof is opened with. */
export interface ExchangeOpening extends DownloadExchange {
  /** This node */
  recipient: PeerId
  /** Signed envelope, as it is presented */
  ticket: Uint8Array
  /** 32 bytes */
  nonce: Uint8Array
}

/** What happened at one provider, told to the download. */
export interface ProviderEvents {
  opened (provider: Provider): void
  /** False: the block was verified meanwhile */
  wanted (index: number): boolean
  arrived (block: ArrivedBlock): void
  /** A request ended without its block */
  failed (provider: Provider, index: number, levels: number): void
  wasted (provider: Provider, bytes: number): void
  announced (provider: Provider, ranges: BlockRange[]): void
  refused (provider: Provider, indices: number[], status: BlockStatus): void
  leaves (provider: Provider, leaves: Uint8Array | undefined): void
  /** With mode proof: a block came in whole, and waits for its key */
  sealed (provider: Provider): void
  /** With mode purchase: may the provider be asked for the block, as far as its coin goes? */
  askable (provider: Provider, spending: Spending, index: number): boolean
  /**
   * With mode purchase: an acknowledgement is about to spend these coins with the provider.
   *
   * @throws {Error} they must not be spent
   */
  spends (provider: Provider, spending: Spending, indices: Uint32Array): void
  /** With mode proof: the server gave a block that was false as the provider sent it */
  ruled (provider: Provider, index: number, ruling: Ruling): void
  /** With mode proof: keys did not come as they should */
  faulted (provider: Provider, err: Error): void
  closed (provider: Provider, err?: Error): void
}

/**
 * One session with one provider: what was asked of it, what it has, how fast it is.
 */
export class Provider implements SessionHandler {
  readonly candidate: Candidate
  readonly shape: RecipientShape
  session!: RecipientSession
  source!: Source
  window!: RequestWindow
  /** It did not deliver in time; nothing new is asked until it sends something. */
  stalled = false
  /** Nothing is asked before this time. */
  heldUntil = 0
  openedAt = 0
  /** Since when it has had nothing to do; undefined: it has */
  idleSince?: number = 0
  /** When it was asked for the super-block */
  askedLeaves?: number
  /** Nothing new is asked, since the session is to end when all that was asked for has come */
  retiring = false
  /** With mode proof: what was sent, until it is unlocked, is accounted for here */
  readonly exchange: boolean
  /** Bytes of sealed blocks that wait for their keys */
  lockedBytes = 0
  readonly #opening?: ExchangeOpening
  #exchange?: RecipientExchange
  /** When bytes of a block came last */
  #progressed = performance.now()
  /** The last block that began to arrive, from 1 */
  #position = 0
  #disputes = 0
  #ended: Promise<void> = Promise.resolve()
  readonly #target: DownloadTarget
  readonly #events: ProviderEvents
  readonly #outstanding = new Map<number, Outstanding>()
  /** Answered by blocks that wait for their keys */
  readonly #locked = new Map<number, Outstanding>()
  #closed = false

  /** `opening`: with mode proof. */
  constructor (candidate: Candidate, target: DownloadTarget, events: ProviderEvents, opening?: ExchangeOpening) {
    const { geometry, tree } = target
    this.candidate = candidate
    this.#target = target
    this.#events = events
    this.#opening = opening
    this.exchange = opening != null
    this.shape = {
      blockCount: geometry.blockCount,
      hashLength: tree.hash.size,
      blockLength: index => geometry.blockLength(index),
      siblingCount: (index, levels) => siblingCount(geometry.blockCount, index, levels)
    }
  }

  get live (): boolean {
    return this.session != null && !this.#closed
  }

  /** Nothing is on its way any more, and all that came is unlocked. */
  get settled (): boolean {
    return this.#outstanding.size === 0 && this.lockedBytes === 0
  }

  /** Blocks that came and wait for their keys */
  get locked (): Iterable<number> {
    return this.#locked.keys()
  }

  /** With mode proof: all that came is acknowledged and unlocked, or given up, after the session is over. */
  get ended (): Promise<void> {
    return this.#ended
  }

  // -------------------------------------------------------------- what it is asked

  request (blocks: BlockRequest[], now: number): void {
    for (const { index, levels } of blocks) {
      this.#outstanding.set(index, { levels, abandoned: false })
    }

    this.idleSince = undefined
    this.window.sent(blocks.length, now)
    this.session.request(blocks)
  }

  /** The block came from elsewhere. */
  cancel (index: number): void {
    if (this.#end(index, false)) {
      this.session.cancel([index])
      this.#closeIfRetired()
    }
  }

  /** Others are asked for what this provider owes; should it come after all, it is taken. */
  abandon (): void {
    this.stalled = true
    this.window.restart()

    for (const [index, outstanding] of this.#outstanding) {
      if (!outstanding.abandoned) {
        outstanding.abandoned = true
        this.source.owed.add(index)
        this.#events.failed(this, index, outstanding.levels)
      }
    }
  }

  requestLeaves (now: number): void {
    this.askedLeaves = now
    this.session.requestSuperBlock()
  }

  close (err?: Error): void {
    this.#leave(err)
    this.session?.close(err).catch(() => {})
  }

  // -------------------------------------------------------------- what it sends

  opened (session: RecipientSession): void {
    const { geometry } = this.#target
    const spending = this.#opening?.spending
    this.session = session
    this.window = new RequestWindow(geometry.blockSize, session.window)
    this.source = new Source(
      session.availability === Availability.SOME ? Bitfield.from(session.have ?? new Uint8Array(0), geometry.blockCount) : undefined,
      session.availability === Availability.OFFERS,
      spending == null ? undefined : index => this.#events.askable(this, spending, index)
    )
    this.window.interlock = session.acknowledgementWindow ?? Infinity
    this.#begin(session)
    this.#events.opened(this)
  }

  begin (index: number, length: number, cancelled: boolean): BlockSink | undefined {
    if (this.exchange) {
      // wanted or not, it has to be acknowledged
      this.#position++
    } else if (!this.#events.wanted(index)) {
      this.#end(index, true)
      this.#events.wasted(this, length)

      return
    }

    return new ArrivingBlock(index, this.#position, length, {
      chunk: bytes => { this.received(bytes) },
      end: block => { this.exchange ? this.#sealed(block, cancelled) : this.#complete(block) },
      abort: ({ received }) => { this.#events.wasted(this, received) }
    })
  }

  have (ranges: BlockRange[]): void {
    const now = performance.now()

    if (ranges.length === 0 && (this.candidate.server || now - this.#progressed < MAX_WAIT)) {
      // others have their turn; at the server, those who want what was sent to nobody yet
      this.window.alive(now)
    }

    this.#events.announced(this, ranges)
  }

  refused (indices: number[], status: BlockStatus): void {
    for (const index of indices) {
      this.#end(index, false)

      if (status === BlockStatus.BLOCK_NOT_FOUND) {
        this.source.lacks(index)
      }
    }

    this.#events.refused(this, indices, status)
    this.#closeIfRetired()
  }

  superBlock (leaves: Uint8Array | undefined): void {
    this.askedLeaves = undefined
    this.#events.leaves(this, leaves)
  }

  closed (err?: Error): void {
    this.#leave(err)
  }

  received (bytes: number): void {
    this.stalled = false
    this.#progressed = performance.now()
    this.window.received(bytes, this.#progressed)
  }

  /**
   * With mode proof: what the server says about a block that did not verify.
   *
   * @returns nothing: there were enough disputes with this provider
   */
  async complain (position: number): Promise<Ruling | undefined> {
    if (this.#exchange != null && this.#disputes < MAX_DISPUTES) {
      this.#disputes++

      return this.#exchange.complain(position)
    }
  }

  #begin ({ nonce, acknowledgementWindow = 1 }: RecipientSession): void {
    if (this.#opening == null || nonce == null) {
      return
    }

    const { signer, ticket, recipient, conversation, recover, complain, spending } = this.#opening
    const { peer } = this.candidate
    this.#exchange = new RecipientExchange({
      terms: {
        ticket,
        provider: peer.toMultihash().bytes,
        recipient: recipient.toMultihash().bytes,
        recipientNonce: this.#opening.nonce,
        providerNonce: nonce
      },
      window: acknowledgementWindow,
      signer,
      conversation: conversation(peer, { signal: AbortSignal.timeout(CONVERSATION_TIMEOUT) }),
      recover: async recovery => recover(recovery, { signal: AbortSignal.timeout(DISPUTE_TIMEOUT) }),
      complain: async complaint => complain(complaint, { signal: AbortSignal.timeout(DISPUTE_TIMEOUT) }),
      spend: spending == null ? undefined : indices => { this.#events.spends(this, spending, indices) },
      onRuling: (index, ruling) => { this.#events.ruled(this, index, ruling) },
      onFault: err => {
        if (!this.#closed) {
          this.#events.faulted(this, err)
        }
      }
    })
  }

  #complete (block: ArrivingBlock): void {
    const { index, received, siblings } = block
    const outstanding = this.#outstanding.get(index)

    if (outstanding == null) {
      block.release()
      return
    }

    // unless it was given up, what it promises holds until it is judged
    this.#outstanding.delete(index)
    this.source.owed.delete(index)
    this.window.ended(true)
    this.#events.arrived({
      index,
      levels: outstanding.levels,
      promising: !outstanding.abandoned,
      ...block.open(this.#target),
      siblings,
      provider: this,
      length: received,
      ownsPlain: true,
      parked: false
    })
  }

  /**
   * The request is answered, and the block worth nothing yet. What comes for a request that was cancelled is accounted for,
   * and not used: the block may have been asked for again, with other hashes.
   */
  #sealed (block: ArrivingBlock, cancelled: boolean): void {
    const { index, received } = block
    const outstanding = cancelled ? undefined : this.#outstanding.get(index)

    if (outstanding != null) {
      this.#outstanding.delete(index)
      this.source.owed.delete(index)
      this.window.ended(true)
      this.#locked.set(index, outstanding)
    }

    this.lockedBytes += received
    // new requests do not wait for the key, and decide whether this was the last block
    this.#events.sealed(this)
    const last = this.#outstanding.size === 0
    this.#exchange?.arrived(index, block.hash(), key => { this.#unlock(block, outstanding, key) }, last)
  }

  #unlock (block: ArrivingBlock, outstanding: Outstanding | undefined, key: Uint8Array | undefined): void {
    const { index, received, siblings } = block
    this.lockedBytes -= received
    this.window.interlock += key == null ? 0 : 1

    if (outstanding == null) {
      block.release()
      this.#events.wasted(this, received)
    } else {
      this.#locked.delete(index)

      if (key != null && this.#events.wanted(index)) {
        this.#events.arrived({
          index,
          levels: outstanding.levels,
          promising: !outstanding.abandoned,
          ...block.unseal(key, this.#target),
          siblings,
          provider: this,
          length: received,
          ownsPlain: true,
          parked: false,
          sealed: block
        })
      } else {
        block.release()
        this.#events.wasted(this, received)

        if (!outstanding.abandoned) {
          this.#events.failed(this, index, outstanding.levels)
        }
      }
    }

    this.#closeIfRetired()
  }

  #closeIfRetired (): void {
    if (this.retiring && this.live && this.settled) {
      this.close()
    }
  }

  #end (index: number, answered: boolean): boolean {
    const outstanding = this.#outstanding.get(index)

    if (outstanding == null) {
      return false
    }

    this.#outstanding.delete(index)
    this.source.owed.delete(index)
    this.window.ended(answered)

    if (!outstanding.abandoned) {
      this.#events.failed(this, index, outstanding.levels)
    }

    return true
  }

  #leave (err?: Error): void {
    if (this.#closed) {
      return
    }

    this.#closed = true

    for (const index of [...this.#outstanding.keys()]) {
      this.#end(index, false)
    }

    const acknowledges = this.candidate.state !== 'banned'
    this.#ended = this.#exchange?.end(acknowledges) ?? this.#ended
    this.#events.closed(this, err)
  }
}
