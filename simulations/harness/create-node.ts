import { identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { INTRODUCED_DELAY } from '../../src/discovery/index.ts'
import { DHT_PROTOCOL, Home, MsslService } from '../../src/index.ts'
import { BoundedDatastore } from '../../src/node/bounded-datastore.ts'
import { noise } from '../../src/node/noise.ts'
import { quietLogger } from '../../src/node/quiet-logger.ts'
import { transport } from '../../src/node/transport.ts'
import type { Composition } from './composition.ts'
import type { ProviderTable } from './provider-table.ts'
import type { Mssl, MsslInit } from '../../src/index.ts'
import type { MsslComponents, Seams } from '../../src/node/service.ts'
import type { Host } from '../network/index.ts'
import type { Libp2p } from '@libp2p/interface'

/** As nodes by `createNode` have it */
const MAX_CONNECTIONS = 1_024
const INBOUND_CONNECTIONS_PER_SECOND = 256
const PENDING_INBOUND_CONNECTIONS = 256

export interface SimulatedNodeInit {
  host: Host
  composition: Composition
  /** With routing `table` */
  table: ProviderTable
  /** The home is part of it */
  mssl: MsslInit & { home: string }
  seams?: Seams
}

/** Starts a node as `createNode` of the library does, but on a host of a simulated network. */
export async function createNode ({ host, composition, table, mssl, seams }: SimulatedNodeInit): Promise<Libp2p<{ mssl: Mssl }>> {
  const home = await Home.open(mssl.home)
  const privateKey = await home.privateKey('identity')
  home.close()

  return createLibp2p({
    privateKey,
    datastore: new BoundedDatastore(),
    logger: quietLogger(),
    addresses: { listen: [host.address.toString()] },
    ...transport(),
    transports: [host.transport()],
    // not used when the network itself says who is at the other end
    connectionEncrypters: [noise()],
    // pings all connections again and again; a connection that breaks says so here
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: MAX_CONNECTIONS,
      inboundConnectionThreshold: INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: PENDING_INBOUND_CONNECTIONS
    },
    services: {
      identify: identify(),
      ...routing(composition, table, host),
      mssl: (components: MsslComponents) => new MsslService(components, mssl, seams)
    }
  })
}

function routing (composition: Composition, table: ProviderTable, host: Host): Record<string, (components: any) => unknown> {
  if (composition.routing === 'table') {
    return { routing: table.routing(host.link.delay) }
  }

  return {
    ping: ping(),
    dht: kadDHT({ protocol: DHT_PROTOCOL, clientMode: false, peerInfoMapper: passthroughMapper, allowQueryWithZeroPeers: true, initialQuerySelfInterval: INTRODUCED_DELAY })
  }
}
