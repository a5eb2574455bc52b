/**
 * The other direction: what arrives passes one after the other. A block's bytes come while it is sent, so those that overlap take as long together as they
 * take in all, and one that comes alone is not kept.
 */
export class Downlink {
  /** Bytes per millisecond */
  readonly rate: number
  /** When all that has begun to come will have passed, milliseconds */
  #free = 0

  constructor (rate: number) {
    this.rate = rate
  }

  /** When a block is there whose bytes reach the link from `from` to `until`. */
  pass (bytes: number, from: number, until: number): number {
    this.#free = Math.max(this.#free, from) + bytes / this.rate

    return Math.max(until, this.#free)
  }
}
