/**
 * @packageDocumentation
 *
 * The server as an offline judge of mode proof: it pays what was acknowledged, gives out keys that a provider withholds,
 * finds false ciphertext, and keeps evidence that anyone can check.
 */
export * from './docket.ts'
export * from './errors.ts'
export * from './evidence.ts'
export * from './judge.ts'
