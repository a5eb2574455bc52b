/**
 * @packageDocumentation
 *
 * One server's data, shared among its clients: tickets, verified blocks and confidential objects on libp2p.
 *
 * `createNode` starts a node of its own; `mssl` is the service for a libp2p node that you have already. Both give the same
 * interface, {@link Mssl}.
 *
 * Who may have what is published with the policy `list` or `token` is said on the home, also while its node runs:
 *
 * @example
 *
 * ```TypeScript
 * import { Access, Home, Tokens } from 'mssl'
 *
 * const home = await Home.open('./state')
 * const { token } = new Tokens(home.database()).create({ name: 'alice', uses: 1 })
 * new Access(home.database()).grant(peerId)
 * home.close()
 * ```
 *
 * Errors are told apart by their `name`.
 */
export { createNode, DHT_PROTOCOL } from './node/create-node.ts'
export { mssl, MsslService } from './node/service.ts'
export { Home } from './home/index.ts'
export { formatLink, InvalidLinkError, parseLink, resolveWellKnown } from './link/index.ts'
export { paymentHandler } from './payments/index.ts'
export { Access, Tokens } from './server/index.ts'
export type { MsslNode, NodeInit } from './node/create-node.ts'
export type { MsslComponents } from './node/service.ts'
export type * from './node/mssl.ts'
export type { Link } from './link/index.ts'
export type { PaymentBank, PaymentHandlerInit } from './payments/index.ts'
export type { AccessEntry, Attenuation, Authorize, AuthorizeRequest, JwtPolicy, Policy, TokenInit } from './server/index.ts'
