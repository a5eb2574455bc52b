import { raceSignal } from 'race-signal'
import type { AbortOptions } from '@libp2p/interface'

interface Waiting {
  bytes: number
  taken: PromiseWithResolvers<void>
}

/**
 * Memory for blocks on their way from disk to recipients, shared by all sessions of a node: who comes first gets it first.
 */
export class ReadBudget {
  readonly size: number
  #free: number
  readonly #waiting = new Set<Waiting>()

  /**
   * @param size - bytes
   */
  constructor (size: number) {
    this.size = size
    this.#free = size
  }

  /** Bytes not taken. */
  get free (): number {
    return this.#free
  }

  /** Whether someone waits. */
  get contended (): boolean {
    return this.#waiting.size > 0
  }

  /**
   * Wait for `bytes`; more than there are in all count as all.
   *
   * @returns gives them back; may be called more than once
   * @throws {AbortError}
   */
  async take (bytes: number, options: AbortOptions = {}): Promise<() => void> {
    const release = this.tryTake(bytes)

    if (release != null) {
      return release
    }

    const waiting: Waiting = { bytes: Math.min(bytes, this.size), taken: Promise.withResolvers() }
    this.#waiting.add(waiting)

    try {
      await raceSignal(waiting.taken.promise, options.signal)
    } catch (err) {
      if (!this.#waiting.delete(waiting)) {
        // given and aborted in the same turn
        this.#give(waiting.bytes)
      }

      // it may have been the one that the others waited behind
      this.#serve()
      throw err
    }

    return this.#releaser(waiting.bytes)
  }

  /** Take `bytes` if they are free and nobody waits. */
  tryTake (bytes: number): (() => void) | undefined {
    const taken = Math.min(bytes, this.size)

    if (this.contended || taken > this.#free) {
      return
    }

    this.#free -= taken

    return this.#releaser(taken)
  }

  #releaser (bytes: number): () => void {
    let held = bytes

    return () => {
      this.#give(held)
      held = 0
    }
  }

  #give (bytes: number): void {
    this.#free += bytes
    this.#serve()
  }

  #serve (): void {
    for (const waiting of this.#waiting) {
      if (waiting.bytes > this.#free) {
        return
      }

      this.#free -= waiting.bytes
      this.#waiting.delete(waiting)
      waiting.taken.resolve()
    }
  }
}
