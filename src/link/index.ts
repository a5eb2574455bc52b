/**
 * What a person pastes: links, and web addresses that stand for one.
 */
export * from './link.ts'
export * from './well-known.ts'
