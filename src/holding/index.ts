/**
 * @packageDocumentation
 *
 * Objects on this machine: published from files, or written to files while they are got from others. Whatever happens to
 * the process, what was verified and written is never fetched again, and nothing else is ever taken for it.
 */
export { copyTo } from './copy.ts'
export * from './errors.ts'
export { Holding } from './holding.ts'
export type { HoldingEvents, HoldingRole } from './holding.ts'
export { FileSet } from './file-set.ts'
export { filesAt } from './part.ts'
export { hashFiles } from './publish.ts'
export type { Publication, PublishedPrice, PublishFilesOptions, PublishProgressEvents } from './publish.ts'
export { HoldingStore } from './store.ts'
export type { AddPublishedInit, HoldingDescription, HoldingRecord, PartialInit } from './store.ts'
