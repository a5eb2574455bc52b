/**
 * A server's side: who may have what, and the signatures that say so.
 */
export * from './access.ts'
export * from './issuer.ts'
export * from './origin.ts'
export * from './policy.ts'
export * from './tokens.ts'
