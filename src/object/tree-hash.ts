/** Hashes one block that arrives in pieces. */
export interface LeafHasher {
  update (chunk: Uint8Array): void
  /** Ends the hasher. */
  digest (): Uint8Array
}

/** The hash functions of RFC 9162, section 2.1.1, over one underlying hash function. */
export interface TreeHash {
  /** Multihash code */
  code: number
  name: string
  /** Bytes of a hash */
  size: number
  /** H(0x00 | block) */
  leaf (block: Uint8Array): Uint8Array
  leafHasher (): LeafHasher
  /** H(0x01 | left | right) */
  node (left: Uint8Array, right: Uint8Array): Uint8Array
  /** The root of a tree without leaves: H() */
  empty (): Uint8Array
}

/** Multihash code of SHA2-256 */
export const SHA2_256 = 0x12

/** Multihash code of BLAKE3 */
export const BLAKE3 = 0x1e

/** Multihash codes of the hash functions that there are, by the names that people write */
export const HASH_CODES = { 'sha2-256': SHA2_256, blake3: BLAKE3 }

export type HashName = keyof typeof HASH_CODES

export const LEAF_PREFIX = Uint8Array.of(0x00)
export const NODE_PREFIX = 0x01

/** The manifest names a hash function that this version does not have. */
export class UnsupportedHashError extends Error {
  static name = 'UnsupportedHashError'
  name = 'UnsupportedHashError'

  constructor (code: number) {
    super(`Hash function 0x${code.toString(16)} is not known to this version`)
  }
}

/**
 * Finds a tree hash by the multihash code of its hash function. Another hash function is one more argument here, at both
 * places that call this.
 */
export function lookUp (...treeHashes: TreeHash[]): (code: number) => TreeHash {
  return code => {
    const found = treeHashes.find(treeHash => treeHash.code === code)

    if (found == null) {
      throw new UnsupportedHashError(code)
    }

    return found
  }
}
