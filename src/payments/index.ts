/**
 * @packageDocumentation
 *
 * How money comes into accounts and leaves them by a payment provider's word: signed messages by HTTP, as
 * https://www.standardwebhooks.com describes them. What a provider's integrator has to know is in `README.md` beside this file.
 *
 * @example In an HTTP server of your own, which may have TLS and other paths
 *
 * ```ts
 * import { createServer } from 'node:https'
 *
 * createServer({ key, cert }, paymentHandler(node.services.mssl.bank, 'whsec_…', { logger })).listen(443)
 * ```
 */
export { PaymentServer, PaymentsListenError } from './server.ts'
export { paymentHandler } from './webhook.ts'
export type { PaymentsInit } from './server.ts'
export type { PaymentBank, PaymentHandlerInit } from './webhook.ts'
