/**
 * The way from node to node: what `createNode` uses, and what is measured beside it.
 */
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { noise } from './noise.ts'
import { tls } from './tls/index.ts'
import type { Libp2pOptions } from 'libp2p'

/**
 * A yamux stream may carry a whole request window before its first update; the receive window grows to this. Nodes
 * that pause a stream buffer up to it, so the block protocol allows exactly as much.
 */
export const MAX_STREAM_WINDOW = 16 * 1024 * 1024

/** Options of `createLibp2p`. */
export function transport (): Required<Pick<Libp2pOptions, 'transports' | 'connectionEncrypters' | 'streamMuxers'>> {
  return {
    transports: [tcp()],
    // asked for in this order: TLS is faster by far, Noise is what every node has
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: MAX_STREAM_WINDOW } })]
  }
}
