import type { ClientProgressEvents } from '../../src/index.ts'
import type { SourceStatus } from '../../src/index.ts'

/** What a client has got, and from whom: over several downloads, when it was cut off in between. */
export class Intake {
  /** Bytes that came and were of no use, of downloads that came to an end; of those that were cut off nobody knows */
  wasted = 0
  /** PeerIds of providers that it takes nothing from any more */
  readonly dropped = new Set<string>()
  /** Bytes of verified blocks by PeerId, of downloads that are over */
  readonly #before = new Map<string, number>()
  /** Of the one under way */
  #current: SourceStatus[] = []

  /** For `onProgress` of a download */
  readonly onProgress = (event: ClientProgressEvents): void => {
    if (event.type === 'mssl:get:progress') {
      this.#current = event.detail.sources
    } else if (event.type === 'mssl:get:dropped') {
      this.dropped.add(event.detail.peer.toString())
    }
  }

  /** A download is over, with this, if it came to an end. */
  over (result?: { sources: SourceStatus[], wasted: number }): void {
    for (const { peer, bytes } of result?.sources ?? this.#current) {
      const key = peer.toString()
      this.#before.set(key, (this.#before.get(key) ?? 0) + bytes)
    }

    this.wasted += result?.wasted ?? 0
    this.#current = []
  }

  /** Bytes of verified blocks, by PeerId of who sent them */
  get sources (): Map<string, number> {
    const sources = new Map(this.#before)

    for (const { peer, bytes } of this.#current) {
      const key = peer.toString()
      sources.set(key, (sources.get(key) ?? 0) + bytes)
    }

    return sources
  }
}
