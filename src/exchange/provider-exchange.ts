import { InvalidParametersError } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { HASH_LENGTH, MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { RefusedError } from '../../protocols/block/errors.ts'
import { BlockStatus } from '../../protocols/block/pb/block.ts'
import { giveBack } from '../object/give-back.ts'
import { sha256 } from '../object/hashes.ts'
import { grownWindow } from './acknowledgement-window.ts'
import { blockSeal } from './block-seal.ts'
import { extendEntries, IndexChain } from './chains.ts'
import { FIRST_BLOCKS, SLOWEST_RATE } from './constants.ts'
import type { Allowance } from './allowances.ts'
import type { BlockKeys } from './block-keys.ts'
import type { EarnedWindows } from './earned-windows.ts'
import type { ReceiptLog } from './receipt-store.ts'
import type { Verifier } from './signature.ts'
import type { Acknowledgement, ReleasedKeys } from '../../protocols/ack/index.ts'
import type { ProviderExchange } from '../../protocols/block/index.ts'
import type { AbortOptions, Logger, PeerId } from '@libp2p/interface'

export interface SessionExchangeInit {
  /** 32 bytes */
  session: Uint8Array
  /** The provider's, 32 bytes */
  nonce: Uint8Array
  recipient: PeerId
  keys: BlockKeys
  /** Of the recipient's signatures */
  verifier: Verifier
  receipts: ReceiptLog
  earned: EarnedWindows
  /** At first, borrowed from `earned` */
  window: number
  /** The largest window, at most MAX_KEYS */
  cap: number
  /** With mode purchase: what may still be had for the ticket's serial, shared by all sessions of it */
  allowance?: Allowance
  /** Bytes of a block, the last one aside */
  blockSize: number
  /** How long to wait for an acknowledgement, ms */
  acknowledgeTimeout: number
  /** The session of blocks has to end: a RefusedError says why. */
  onFault (err: RefusedError): void
  /** `end` was called, and acknowledgements of what was sent may still come. */
  onClosing (): void
  /** No acknowledgement is taken any more. The last call. */
  onClosed (): void
  log: Logger
}

/**
 * The provider's half of the interlocked exchange in one session: seals blocks, takes acknowledgements, releases keys.
 * Holds what was sent and not acknowledged: index, ciphertext hash and entry chain, 68 bytes for each block.
 */
export class SessionExchange implements ProviderExchange {
  readonly session: Uint8Array
  readonly nonce: Uint8Array
  readonly recipient: PeerId
  readonly #init: SessionExchangeInit
  /** Of the acknowledged blocks, and of no others */
  readonly #chain: IndexChain
  #window: number
  #acknowledged = 0
  /** What was sent after the acknowledged blocks; these hold `#pending` of each */
  #pending = 0
  #indices = new Uint32Array(FIRST_BLOCKS)
  #hashes = new Uint8Array(FIRST_BLOCKS * HASH_LENGTH)
  #entries = new Uint8Array(FIRST_BLOCKS * HASH_LENGTH)
  /** Entry chain of all that was sent */
  #entry: Uint8Array
  /** The last acknowledgement's signature and answer, for when it comes again */
  #last?: { signature: Uint8Array, released: ReleasedKeys }
  #ended = false
  #closed = false
  #grace?: ReturnType<typeof setTimeout>
  #change?: PromiseWithResolvers<void>
  readonly #over = Promise.withResolvers<void>()

  constructor (init: SessionExchangeInit) {
    this.#init = init
    this.session = init.session
    this.nonce = init.nonce
    this.recipient = init.recipient
    this.#window = init.window
    this.#chain = new IndexChain(init.session)
    this.#entry = init.session
  }

  get window (): number {
    return this.#window
  }

  get room (): number {
    return this.#ended ? 0 : Math.min(this.#window - this.#pending, this.#left)
  }

  /** Blocks that it may have yet, whatever its window says */
  get #left (): number {
    return Math.min(MAX_SESSION_BLOCKS - this.#sealed, this.#init.allowance?.left ?? Infinity)
  }

  /** Resolves when no acknowledgement is taken any more. */
  get closed (): Promise<void> {
    return this.#over.promise
  }

  async waitForRoom (options: AbortOptions): Promise<void> {
    // each acknowledgement begins the time anew
    for (let before = -1; this.room <= 0;) {
      this.#checkOngoing()

      if (this.#left === 0) {
        throw new RefusedError(BlockStatus.BLOCK_OK, 'the session is full')
      }

      if (this.#acknowledged === before) {
        throw new RefusedError(BlockStatus.BLOCK_UNACKNOWLEDGED, 'what was sent is not acknowledged')
      }

      before = this.#acknowledged
      this.#change ??= Promise.withResolvers()
      const timer = setTimeout(() => { this.#changed() }, this.#patience)
      await raceSignal(this.#change.promise, options.signal).finally(() => { clearTimeout(timer) })
    }
  }

  /**
   * @throws {RefusedError} BLOCK_STOPPING when the session ended, which it may while the block was read
   * @throws {InvalidParametersError} when there is no room
   */
  seal (index: number, block: Uint8Array): { position: number, bytes: Uint8Array } {
    this.#checkOngoing()

    if (this.room <= 0) {
      throw new InvalidParametersError('What was sent has to be acknowledged first')
    }

    if (this.#pending === this.#indices.length) {
      this.#indices = doubled(this.#indices, new Uint32Array(2 * this.#indices.length))
      this.#hashes = doubled(this.#hashes, new Uint8Array(2 * this.#hashes.length))
      this.#entries = doubled(this.#entries, new Uint8Array(2 * this.#entries.length))
    }

    const position = this.#sealed + 1
    const bytes = blockSeal(this.#init.keys.key(position, index)).update(block)
    const hash = sha256(bytes)
    giveBack(block)

    this.#entry = extendEntries(this.#entry, index, hash)
    this.#indices[this.#pending] = index
    this.#hashes.set(hash, this.#pending * HASH_LENGTH)
    this.#entries.set(this.#entry, this.#pending * HASH_LENGTH)
    this.#pending++

    if (this.#init.allowance != null) {
      this.#init.allowance.left--
    }

    return { position, bytes }
  }

  /**
   * Take an acknowledgement, store it, and release the keys of what is new in it; the same one again, the same keys again.
   *
   * @throws {AckRefusedError} ACK_FALSE, and ends the session, when it is not what has to be acknowledged; ACK_BUSY when it
   * could not be stored; ACK_NOT_FOUND when all is over
   */
  acknowledge (acknowledgement: Acknowledgement): ReleasedKeys {
    if (this.#closed) {
      throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'the session is over')
    }

    const { count, indices, entries, signature } = acknowledgement

    if (this.#last != null && count === this.#acknowledged && equals(signature, this.#last.signature)) {
      return this.#last.released
    }

    const fresh = count - this.#acknowledged

    if (fresh <= 0 || fresh > this.#pending) {
      throw this.#abused(`${this.#acknowledged} blocks were acknowledged and ${this.#sealed} sent, not ${count}`)
    }

    const last = (fresh - 1) * HASH_LENGTH

    if (!equals(entries, this.#entries.subarray(last, last + HASH_LENGTH))) {
      throw this.#abused('these are not the blocks that were sent')
    }

    // a false acknowledgement ends the session: the chain needs no way back
    const acknowledged = this.#indices.subarray(0, fresh)
    this.#chain.extend(acknowledged)

    if (!equals(indices, this.#chain.value)) {
      throw this.#abused('these are not the indices of the blocks that were sent')
    }

    if (!this.#init.verifier.acknowledgement(acknowledgement)) {
      throw this.#abused('the signature is not the recipient\'s')
    }

    try {
      this.#init.receipts.store(acknowledgement, acknowledged, this.#hashes.subarray(0, fresh * HASH_LENGTH))
    } catch (err) {
      this.#init.log.error('an acknowledgement could not be stored - %e', err)
      this.#init.earned.giveBack(this.#recipient, this.#window, this.#init.blockSize)
      this.#fault(BlockStatus.BLOCK_STOPPING, 'acknowledgements cannot be stored')
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'the acknowledgement could not be stored')
    }

    return this.#release(fresh, signature)
  }

  /**
   * Nothing is sent any more. Acknowledgements of what was sent are taken for some time. Idempotent.
   */
  end (): void {
    if (this.#ended) {
      return
    }

    this.#ended = true
    this.#changed()

    if (this.#pending === 0) {
      this.#init.earned.giveBack(this.#recipient, this.#window, this.#init.blockSize)
      this.close()
      return
    }

    // counts at once, or else many sessions could be left unpaid before the first of them counts
    this.#init.earned.abused(this.#recipient, this.#acknowledged === 0)
    this.#grace = setTimeout(() => { this.close() }, this.#patience)
    this.#grace.unref?.()
    this.#init.onClosing()
  }

  /**
   * No acknowledgement is taken any more. Idempotent.
   */
  close (): void {
    if (this.#closed) {
      return
    }

    this.#closed = true
    this.#ended = true
    this.#changed()
    clearTimeout(this.#grace)

    try {
      this.#init.receipts.close()
    } catch (err) {
      // a timer may have called; the next start finds the receipt
      this.#init.log.error('a session\'s receipt could not be closed - %e', err)
    }

    if (this.#init.allowance != null) {
      // what was not acknowledged is not counted
      this.#init.allowance.left += this.#pending
    }

    this.#over.resolve()
    this.#init.onClosed()
  }

  get #recipient (): string {
    return this.recipient.toString()
  }

  get #sealed (): number {
    return this.#acknowledged + this.#pending
  }

  get #patience (): number {
    return this.#init.acknowledgeTimeout + 1000 * this.#init.blockSize / SLOWEST_RATE
  }

  #release (fresh: number, signature: Uint8Array): ReleasedKeys {
    const first = this.#acknowledged + 1
    const keys = new Uint8Array(fresh * HASH_LENGTH)

    for (let at = 0; at < fresh; at++) {
      keys.set(this.#init.keys.key(first + at, this.#indices[at]), at * HASH_LENGTH)
    }

    this.#indices.copyWithin(0, fresh, this.#pending)
    this.#hashes.copyWithin(0, fresh * HASH_LENGTH, this.#pending * HASH_LENGTH)
    this.#entries.copyWithin(0, fresh * HASH_LENGTH, this.#pending * HASH_LENGTH)
    this.#pending -= fresh
    this.#acknowledged += fresh
    this.#window = grownWindow(this.#window, fresh, this.#init.cap)
    const released = { first, keys, window: this.#window }
    this.#last = { signature, released }
    this.#init.earned.paid(this.#recipient)
    this.#changed()

    if (this.#ended && this.#pending === 0) {
      this.#init.earned.giveBack(this.#recipient, this.#window, this.#init.blockSize)
      this.close()
    }

    return released
  }

  #abused (reason: string): AckRefusedError {
    // a session that ended with unpaid blocks has been counted
    if (!this.#ended) {
      this.#init.earned.abused(this.#recipient, this.#acknowledged === 0)
    }

    this.#fault(BlockStatus.BLOCK_UNACKNOWLEDGED, 'the acknowledgement is false')

    return new AckRefusedError(AckStatus.ACK_FALSE, reason)
  }

  #fault (status: BlockStatus, reason: string): void {
    this.close()
    this.#init.onFault(new RefusedError(status, reason))
  }

  #checkOngoing (): void {
    if (this.#ended) {
      throw new RefusedError(BlockStatus.BLOCK_STOPPING, 'the session is over')
    }
  }

  #changed (): void {
    this.#change?.resolve()
    this.#change = undefined
  }
}

function doubled<T extends Uint8Array | Uint32Array> (from: T, to: T): T {
  to.set(from)

  return to
}
