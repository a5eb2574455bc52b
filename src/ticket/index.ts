/**
 * The signed records: certificates, tickets, revocation lists, manifests.
 */
export * from './certificate.ts'
export * from './envelope.ts'
export * from './fields.ts'
export * from './manifest.ts'
export * from './revocation.ts'
export * from './ticket.ts'
export { CLOCK_TOLERANCE, MAX_TICKET_LIFETIME } from '../../protocols/ticket/constants.ts'
