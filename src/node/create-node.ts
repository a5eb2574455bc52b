import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { INTRODUCED_DELAY } from '../discovery/index.ts'
import { Home } from '../home/index.ts'
import { BoundedDatastore } from './bounded-datastore.ts'
import { mssl } from './service.ts'
import { transport } from './transport.ts'
import type { Mssl, MsslInit } from './mssl.ts'
import type { Identify } from '@libp2p/identify'
import type { Libp2p, ComponentLogger } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import type { Ping } from '@libp2p/ping'

/** The swarm's own DHT: its records never mix with those of the public IPFS network. */
export const DHT_PROTOCOL = '/mssl/kad/1.0.0'

/**
 * A flash crowd behind one NAT, or a test on one machine, opens far more than the 5 connections per second from one
 * address that libp2p allows by default; the ticket protocol has quotas of its own.
 */
const INBOUND_CONNECTIONS_PER_SECOND = 256
const PENDING_INBOUND_CONNECTIONS = 256

/**
 * Pings at once on one connection: of libp2p's connection monitor, of both queues of the DHT, of an application. By default
 * there may be one, and the monitor breaks off a connection on which it comes second.
 */
const PING_STREAMS = 4

export interface NodeInit extends MsslInit {
  /**
   * Multiaddrs to listen on.
   *
   * @default ['/ip4/0.0.0.0/tcp/0']
   */
  listen?: string[]

  /**
   * Multiaddrs to tell others instead of those that are listened on.
   *
   * @default none
   */
  announce?: string[]

  /**
   * Connections before libp2p prunes.
   *
   * @default 1_024
   */
  maxConnections?: number

  logger?: ComponentLogger
}

/** A libp2p node with everything that mSSL needs. */
export type MsslNode = Libp2p<{ mssl: Mssl, identify: Identify, ping: Ping, dht: KadDHT }>

/**
 * Starts a libp2p node (TCP, TLS or Noise, Yamux, the swarm's DHT) with the mSSL service, its identity and state in one home
 * folder. Call `node.stop()` when done.
 *
 * @example
 *
 * ```TypeScript
 * import { createNode } from 'mssl'
 *
 * const node = await createNode()
 * const { link } = await node.services.mssl.publish('./holiday.mp4')
 * ```
 *
 * @throws {HomeInUseError} when another node runs on the same home
 */
export async function createNode (init: NodeInit = {}): Promise<MsslNode> {
  const home = await Home.open(init.home)
  const privateKey = await home.privateKey('identity')
  home.close()

  return createLibp2p({
    privateKey,
    datastore: new BoundedDatastore(),
    logger: init.logger,
    addresses: {
      listen: init.listen ?? ['/ip4/0.0.0.0/tcp/0'],
      announce: init.announce ?? []
    },
    ...transport(),
    connectionManager: {
      maxConnections: init.maxConnections ?? 1_024,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_INBOUND_CONNECTIONS
    },
    services: {
      identify: identify(),
      ping: ping({ maxInboundStreams: PING_STREAMS, maxOutboundStreams: PING_STREAMS }),
      dht: kadDHT({
        protocol: DHT_PROTOCOL,
        // every member of a swarm stores records, or there would be none when the server is gone
        clientMode: false,
        // swarms on private networks are as good as any
        peerInfoMapper: passthroughMapper,
        // the first node of a swarm has nobody to ask
        allowQueryWithZeroPeers: true,
        // whoever comes is connected to the server already, which knows everybody
        initialQuerySelfInterval: INTRODUCED_DELAY
      }),
      mssl: mssl(init)
    }
  })
}
