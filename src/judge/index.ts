/**
 * @packageDocumentation
 *
 * The server as an offline judge of modes proof and purchase: it has paid what was acknowledged, gives out keys that a provider
 * withholds, finds false ciphertext, and keeps evidence that anyone can check, of coins that were spent twice as well.
 */
export * from './docket.ts'
export * from './errors.ts'
export * from './evidence.ts'
export * from './judge.ts'
