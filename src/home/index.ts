/**
 * @packageDocumentation
 *
 * The folder where a node keeps what must outlive it: keys, database, state of objects.
 */
export * from './boot-id.ts'
export * from './files.ts'
export * from './home.ts'
export * from './migrate.ts'
