/**
 * @packageDocumentation
 *
 * Fetching an object from many providers at once, and providing it to others.
 */
export * from './credentials.ts'
export * from './download.ts'
export * from './errors.ts'
export * from './path-planner.ts'
export * from './provision.ts'
export * from './tally.ts'
export * from './target.ts'
