/**
 * @packageDocumentation
 *
 * `/mssl/ticket/1.0.0`: a client authenticates to a server and obtains, on one round trip, the server's certificate and
 * revocation list, and for one object a ticket, the manifest, the secrets that belong to it and a few peers to begin with.
 *
 * `README.md` beside this file is the normative specification.
 *
 * @example
 *
 * ```TypeScript
 * import { createLibp2p } from 'libp2p'
 * import { ticket } from 'mssl/protocols/ticket'
 *
 * const node = await createLibp2p({
 *   // ...
 *   services: {
 *     ticket: ticket()
 *   }
 * })
 *
 * const { certificate } = await node.services.ticket.request(serverPeerId, {})
 * ```
 */
import { TicketService as TicketServiceClass } from './ticket.ts'
import type { TicketRequest, TicketResponse } from './pb/ticket.ts'
import type { AbortOptions, ComponentLogger, Metrics, PeerId, Startable } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

export {
  PeerHint, Purchase, Quote, Secrets, Statement, StatementBook, StatementMovement, StatementRequest, TicketRequest, TicketResponse, TicketStatus
} from './pb/ticket.ts'
export { PROTOCOL as TICKET_PROTOCOL } from './constants.ts'
export { TicketProtocolError } from './messages.ts'

/** Who answers requests: a server. */
export interface TicketAuthority {
  /**
   * Decides on one request of a client, whom the connection has proven. The fields' lengths are checked already, what
   * they mean is not.
   */
  answer (request: TicketRequest, client: PeerId, options: AbortOptions): Promise<Partial<TicketResponse>>
}

export interface TicketServiceInit {
  /**
   * A node without one answers TICKET_WRONG_SERVER; it can be set later.
   *
   * @default none
   */
  authority?: TicketAuthority

  /**
   * Milliseconds that a request may take at either end when no signal is given.
   *
   * @default 10_000
   */
  timeout?: number

  /**
   * Requests answered at once.
   *
   * @default 64
   */
  maxConcurrent?: number

  /**
   * Requests of one peer answered at once.
   *
   * @default 4
   */
  maxConcurrentPerPeer?: number

  /**
   * Requests of one peer per minute.
   *
   * @default 120
   */
  requestsPerMinute?: number

  /** @default 16 */
  maxInboundStreams?: number
  /** @default 32 */
  maxOutboundStreams?: number
}

export interface TicketServiceComponents {
  registrar: Registrar
  connectionManager: ConnectionManager
  logger: ComponentLogger
  metrics?: Metrics
}

export interface TicketService extends Startable {
  /** Who answers requests at this node. */
  authority?: TicketAuthority

  /**
   * Asks a server. Whatever status it answers with is returned: only an answer that is none is an error.
   *
   * @throws {TicketProtocolError} for an answer that breaks the protocol; libp2p's errors when the peer cannot be reached;
   * AbortError and TimeoutError
   */
  request (peer: PeerId | Multiaddr | Multiaddr[], request: Partial<TicketRequest>, options?: AbortOptions): Promise<TicketResponse>
}

export function ticket (init: TicketServiceInit = {}): (components: TicketServiceComponents) => TicketService {
  return (components) => new TicketServiceClass(components, init)
}
