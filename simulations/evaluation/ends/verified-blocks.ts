import { Tally } from '../../../src/swarm/tally.ts'

const { fetched } = Tally.prototype
let observer: VerifiedBlocks | undefined

Tally.prototype.fetched = function (...args) {
  observer?.seen(this)

  return fetched.apply(this, args)
}

/** Observes the downloads of this process, those of `read` as well, from when it is made until the next one is. */
export class VerifiedBlocks {
  readonly #begin = performance.now()
  readonly #tallies = new Set<Tally>()
  readonly #onBlock: (count: number) => void
  #count = 0
  #first?: number

  /** `onBlock` hears how many blocks were verified up to now. */
  constructor (onBlock: (count: number) => void = () => {}) {
    this.#onBlock = onBlock
    observer = this
  }

  /** Milliseconds until the first block was verified */
  get first (): number | undefined {
    return this.#first
  }

  /** Bytes of hashes, super-blocks included */
  get hashBytes (): number {
    return [...this.#tallies].reduce((sum, { hashBytes }) => sum + hashBytes, 0)
  }

  seen (tally: Tally): void {
    this.#first ??= performance.now() - this.#begin
    this.#tallies.add(tally)
    this.#onBlock(++this.#count)
  }
}
