/**
 * @packageDocumentation
 *
 * What an object is made of: blocks, the hashes over them, their encryption, and the manifest that describes it all.
 */
export * from './bitfield.ts'
export * from './block-cipher.ts'
export * from './block-geometry.ts'
export * from './block-run.ts'
export * from './hashes.ts'
export * from './manifest.ts'
export * from './merkle.ts'
export * from './price.ts'
export * from './safe-path.ts'
export { BLAKE3, HASH_CODES, SHA2_256, UnsupportedHashError } from './tree-hash.ts'
export type { HashName, LeafHasher, TreeHash } from './tree-hash.ts'
