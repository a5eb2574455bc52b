/**
 * @packageDocumentation
 *
 * One server's data, shared among its clients: tickets, verified blocks and confidential objects on libp2p.
 *
 * `createNode` starts a node of its own; `mssl` is the service for a libp2p node that you have already. Both give the same
 * interface, {@link Mssl}.
 */
export { createNode, DHT_PROTOCOL } from './node/create-node.ts'
export { mssl, MsslService } from './node/service.ts'
export { formatLink, InvalidLinkError, parseLink, resolveWellKnown } from './link/index.ts'
export type { MsslNode, NodeInit } from './node/create-node.ts'
export type { MsslComponents } from './node/service.ts'
export type * from './node/mssl.ts'
export type { Link } from './link/index.ts'
export type { Authorize, AuthorizeRequest, Policy } from './server/index.ts'
