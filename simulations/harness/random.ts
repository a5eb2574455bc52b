/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = seed >>> 0
  }

  /** Next one in [0, 1): mulberry32. */
  next (): number {
    this.#state = this.#state + 0x6D2B79F5 >>> 0
    let t = this.#state
    t = Math.imul(t ^ t >>> 15, t | 1)
    t ^= t + Math.imul(t ^ t >>> 7, t | 61)

    return ((t ^ t >>> 14) >>> 0) / 2 ** 32
  }

  /** A whole number in [0, below). */
  integer (below: number): number {
    return Math.floor(this.next() * below)
  }

  /** Exponentially distributed, with this mean: the time to the next of independent events. */
  exponential (mean: number): number {
    return -mean * Math.log(1 - this.next())
  }

  pick <T> (items: readonly T[]): T {
    return items[this.integer(items.length)]
  }

  /** A new array in another order. */
  shuffled <T> (items: readonly T[]): T[] {
    const result = [...items]

    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      ;[result[i], result[j]] = [result[j], result[i]]
    }

    return result
  }

  /** Another sequence of its own: what is drawn from one does not change the other. */
  fork (): Random {
    return new Random(this.integer(2 ** 32))
  }
}
