import { LRUCache } from 'lru-cache'
import { RefusedError } from '../../protocols/block/errors.ts'
import { BlockStatus } from '../../protocols/block/pb/block.ts'
import { FREE_SESSIONS, MAX_BACK_OFF, MAX_EARNED, MAX_RECIPIENTS } from './constants.ts'

interface Trust {
  /** Bytes of the window that the recipient's last sessions earned, and no session uses */
  earned: number
  /** Sessions in a row without one acknowledgement */
  unpaid: number
  /** Refused until then, ms of the clock */
  refusedUntil: number
}

/**
 * What a provider remembers of its recipients: how many blocks it sends each of them ahead of payment. Kept in bytes, since
 * blocks of objects differ in size. A session borrows from it, so that several at a time do not get the same trust twice.
 */
export class EarnedWindows {
  readonly #recipients = new LRUCache<string, Trust>({ max: MAX_RECIPIENTS })
  readonly #now: () => number

  /**
   * @param now - ms of a monotonic clock
   */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * The window of a new session, 1 to `cap` blocks: 1 for a stranger.
   *
   * @param recipient - PeerId
   * @throws {RefusedError} BLOCK_BUSY after sessions that were not paid
   */
  borrow (recipient: string, blockSize: number, cap: number): number {
    const trust = this.#recipients.get(recipient)

    if (trust == null) {
      return 1
    }

    if (this.#now() < trust.refusedUntil) {
      throw new RefusedError(BlockStatus.BLOCK_BUSY, 'earlier sessions were not acknowledged')
    }

    const window = Math.max(1, Math.min(cap, Math.floor(trust.earned / blockSize)))
    trust.earned = Math.max(0, trust.earned - window * blockSize)

    return window
  }

  /** All that a session sent is paid: its window is for the next one. */
  giveBack (recipient: string, window: number, blockSize: number): void {
    const trust = this.#trust(recipient)
    trust.earned = Math.max(trust.earned, Math.min(MAX_EARNED, window * blockSize))
  }

  /** An acknowledgement came. */
  paid (recipient: string): void {
    const trust = this.#recipients.get(recipient)

    if (trust != null) {
      trust.unpaid = 0
      trust.refusedUntil = 0
    }
  }

  /**
   * A session ended with blocks that were not acknowledged, or with a false acknowledgement: back to 1.
   *
   * @param recipient - PeerId
   * @param never - there was not one acknowledgement in it
   */
  abused (recipient: string, never: boolean): void {
    const trust = this.#trust(recipient)
    trust.earned = 0
    trust.unpaid = never ? trust.unpaid + 1 : 0

    if (trust.unpaid >= FREE_SESSIONS) {
      trust.refusedUntil = this.#now() + Math.min(MAX_BACK_OFF, 1000 * 2 ** (trust.unpaid - FREE_SESSIONS + 1))
    }
  }

  #trust (recipient: string): Trust {
    let trust = this.#recipients.get(recipient)

    if (trust == null) {
      trust = { earned: 0, unpaid: 0, refusedUntil: 0 }
      this.#recipients.set(recipient, trust)
    }

    return trust
  }
}
