import { setTimeout as sleep } from 'node:timers/promises'
import type { AbortOptions } from '@libp2p/interface'

/** Longest that a timer takes */
const MAX_TIMER = 2 ** 31 - 1

/** Milliseconds since the begin of a run. */
export class Clock {
  #begin?: number

  /** The time is 0 now, as it was at all times before. */
  begin (): void {
    this.#begin = performance.now()
  }

  get now (): number {
    return this.#begin == null ? 0 : performance.now() - this.#begin
  }

  /**
   * Waits until then.
   *
   * @throws {Error} the signal's reason
   */
  async at (time: number, { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted()

    for (let left = time - this.now; left > 0; left = time - this.now) {
      await sleep(Math.min(left, MAX_TIMER), undefined, { signal }).catch(err => { throw signal?.reason ?? err })
    }
  }
}
