import { Availability, BlockStatus } from '../../protocols/block/index.ts'
import { Bitfield } from '../object/bitfield.ts'
import { siblingCount } from '../object/merkle.ts'
import { Source } from './picker.ts'
import { RequestWindow } from './request-window.ts'
import type { Candidate } from './candidates.ts'
import type { Arrival } from './path-planner.ts'
import type { DownloadTarget } from './target.ts'
import type { BlockRange, BlockRequest, BlockSink, RecipientSession, RecipientShape, SessionHandler } from '../../protocols/block/index.ts'
import type { LeafHasher } from '../object/tree-hash.ts'

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
  /** It waits for hashes */
  parked: boolean
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
  closed (provider: Provider, err?: Error): void
}

/**
 * One session with one provider: what was asked of it, what it has, how fast it is. Blocks are hashed and decrypted
 * piece by piece as they come in.
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
  /** Since when it has had nothing to do; undefined: it has */
  idleSince?: number = 0
  /** When it was asked for the super-block */
  askedLeaves?: number
  readonly #target: DownloadTarget
  readonly #events: ProviderEvents
  readonly #outstanding = new Map<number, Outstanding>()
  #closed = false

  constructor (candidate: Candidate, target: DownloadTarget, events: ProviderEvents) {
    const { geometry, tree } = target
    this.candidate = candidate
    this.#target = target
    this.#events = events
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
    this.session = session
    this.window = new RequestWindow(geometry.blockSize, session.window)
    this.source = new Source(
      session.availability === Availability.SOME ? Bitfield.from(session.have ?? new Uint8Array(0), geometry.blockCount) : undefined,
      session.availability === Availability.OFFERS
    )
    this.#events.opened(this)
  }

  begin (index: number, length: number): BlockSink | undefined {
    if (!this.#events.wanted(index)) {
      this.#end(index, true)
      this.#events.wasted(this, length)

      return
    }

    return new Arriving(this, index, this.#target)
  }

  have (ranges: BlockRange[]): void {
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
    this.window.received(bytes, performance.now())
  }

  /** A block came in whole. */
  complete (arriving: Arriving, leaf: Uint8Array, siblings: Uint8Array): void {
    const outstanding = this.#outstanding.get(arriving.index)

    if (outstanding == null) {
      return
    }

    // unless it was given up, what it promises holds until it is judged
    this.#outstanding.delete(arriving.index)
    this.source.owed.delete(arriving.index)
    this.window.ended(true)
    this.#events.arrived({
      index: arriving.index,
      levels: outstanding.levels,
      promising: !outstanding.abandoned,
      leaf,
      siblings,
      provider: this,
      length: arriving.received,
      plain: arriving.plain,
      ownsPlain: arriving.decrypts,
      parked: false
    })
  }

  aborted (arriving: Arriving): void {
    this.#events.wasted(this, arriving.received)
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

    this.#events.closed(this, err)
  }
}

/** A block on its way in. */
class Arriving implements BlockSink {
  readonly index: number
  readonly plain: Uint8Array[] = []
  received = 0
  readonly #provider: Provider
  readonly #hasher: LeafHasher
  readonly #cipher?: { update (chunk: Uint8Array): Uint8Array }

  constructor (provider: Provider, index: number, target: DownloadTarget) {
    this.#provider = provider
    this.index = index
    this.#hasher = target.tree.hash.leafHasher()
    this.#cipher = target.cipher?.block(index)
  }

  /** Else the pieces are views of what the network delivered. */
  get decrypts (): boolean {
    return this.#cipher != null
  }

  chunk (bytes: Uint8Array): void {
    this.received += bytes.byteLength
    this.#hasher.update(bytes)
    this.plain.push(this.#cipher?.update(bytes) ?? bytes)
    this.#provider.received(bytes.byteLength)
  }

  end (hashes: Uint8Array): void {
    this.#provider.complete(this, this.#hasher.digest(), hashes)
  }

  abort (): void {
    this.#provider.aborted(this)
  }
}
