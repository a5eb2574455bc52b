import type { Candidate } from './candidates.ts'
import type { Bitfield } from '../object/bitfield.ts'
import type { Geometry } from '../object/block-geometry.ts'
import type { CoinValues } from '../object/price.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** Milliseconds that a rate is about */
const RATE_SPAN = 2_000

/** What came from one provider. */
export interface SourceStatus {
  peer: PeerId
  /** The peer acts for the object's server */
  server: boolean
  /** Bytes of blocks that were verified */
  bytes: number
  /** With mode purchase: what the coins of these blocks are worth */
  coins?: number
}

export interface DownloadStatus {
  id: CID
  name: string
  /** Bytes */
  size: number
  /** Bytes verified and written, those of earlier runs included */
  have: number
  /** Bytes per second, over the last few seconds */
  rate: number
  sources: SourceStatus[]
  /** Providers with an open session */
  providers: number
}

export interface DownloadStatistics {
  sources: SourceStatus[]
  /** Bytes of verified blocks that this run fetched */
  fetched: number
  /** Bytes that came twice, in part, or did not verify */
  wasted: number
  /** Bytes of hashes, the super-block included */
  hashBytes: number
  /** Blocks and super-blocks that did not verify */
  bad: number
  /** With mode proof: disputes that were taken to the server */
  disputes: number
  /** When the first verified block was written, milliseconds since the epoch; absent: none was fetched */
  firstAt?: number
}

/** What a download has got, from whom, and how fast. */
export class Tally {
  /** As in {@link DownloadStatistics} */
  wasted = 0
  hashBytes = 0
  bad = 0
  disputes = 0
  readonly #sources = new Map<string, SourceStatus>()
  readonly #geometry: Geometry
  readonly #values?: CoinValues
  #fetched = 0
  #have: number
  #rate = 0
  #firstAt?: number
  /** Bytes written since the rate was measured, and when that was */
  #recent = 0
  #measured = 0

  /** `have`: the blocks of earlier runs; `values`: with mode purchase. */
  constructor (have: Bitfield, geometry: Geometry, values?: CoinValues) {
    const { blockCount, blockSize } = geometry
    this.#geometry = geometry
    this.#values = values
    this.#have = have.count * blockSize

    if (blockCount > 0 && have.has(blockCount - 1)) {
      this.#have -= blockSize - geometry.blockLength(blockCount - 1)
    }
  }

  /** Providers from which a block came */
  get sources (): number {
    return this.#sources.size
  }

  get status (): Pick<DownloadStatus, 'have' | 'rate' | 'sources'> {
    return { have: this.#have, rate: this.#rate, sources: [...this.#sources.values()] }
  }

  get statistics (): DownloadStatistics {
    const { wasted, hashBytes, bad, disputes } = this

    return { sources: [...this.#sources.values()], fetched: this.#fetched, wasted, hashBytes, bad, disputes, firstAt: this.#firstAt }
  }

  start (now: number): void {
    this.#measured = now
  }

  /** A block was verified. Returns whether it is the first one of this provider, if that is known. */
  fetched (provider: Candidate | undefined, index: number): boolean {
    const bytes = this.#geometry.blockLength(index)
    this.#fetched += bytes

    if (provider == null) {
      return false
    }

    const { peer, server } = provider
    const key = peer.toString()
    const known = this.#sources.get(key)
    const source = known ?? { peer, server, bytes: 0 }
    source.bytes += bytes

    if (this.#values != null) {
      source.coins = (source.coins ?? 0) + this.#values.coin(index)
    }

    this.#sources.set(key, source)

    return known == null
  }

  written (bytes: number): void {
    this.#firstAt ??= Date.now()
    this.#have += bytes
    this.#recent += bytes
  }

  measure (now: number): void {
    const elapsed = now - this.#measured

    if (elapsed > 0) {
      const weight = Math.min(1, elapsed / RATE_SPAN)
      this.#rate += weight * (this.#recent * 1000 / elapsed - this.#rate)
      this.#recent = 0
      this.#measured = now
    }
  }
}
