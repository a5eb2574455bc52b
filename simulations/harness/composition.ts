import type { ServiceMode } from '../../src/index.ts'

/** What the nodes of a run are made of: the functions that a publisher picks, and how they meet. */
export interface Composition {
  mode: ServiceMode
  encryption: 'none' | 'object-key'
  delivery: 'per-block' | 'super-block'
  /** Bytes, a power of two from 64 KiB to 4 MiB */
  blockSize: number
  /** Blocks sent ahead of their acknowledgement at most; absent: as the library decides */
  acknowledgementWindow?: number
  /** Providers that a client fetches from at once, at most; absent: as the library decides. Hundreds of nodes in one process do with few: connections cost CPU */
  providers?: number
  /** Who may have the object */
  policy: 'open' | 'list'
  /** With mode purchase: units for the whole object */
  price: number
  /** `network`: the simulated network vouches for who is at the other end, at no cost; `noise`: the real secure channel */
  channel: 'network' | 'noise'
  /** `table`: one table of providers for all nodes, asked with a delay; `dht`: the real one, for some 50 nodes in a process at most */
  routing: 'table' | 'dht'
}

export const DEFAULT_COMPOSITION: Composition = {
  mode: 'plain',
  encryption: 'object-key',
  delivery: 'per-block',
  blockSize: 64 * 1024,
  policy: 'open',
  price: 1_000_000,
  channel: 'network',
  routing: 'table'
}
