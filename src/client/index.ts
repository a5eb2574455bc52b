/**
 * @packageDocumentation
 *
 * A client: pins servers, keeps tickets, gets objects.
 */
export * from './client.ts'
export * from './errors.ts'
export * from './known-providers.ts'
export * from './pins.ts'
export type { PaymentTerms, PurchaseInfo } from './purchase.ts'
export { TicketKeeper } from './ticket-keeper.ts'
export type { Credentials, Grant, TicketKeeperComponents, TicketKeeperEvents, TicketKeeperInit } from './ticket-keeper.ts'
