/**
 * Makes protocols/block/vectors.json: what a second implementation of /mssl/block/1.0.0 can be checked with.
 */
import { writeFile } from 'node:fs/promises'
import { toString } from 'uint8arrays/to-string'
import { BLAKE3, BlockCipher, MerkleTree, SHA2_256, treeHash } from '../../src/object/index.ts'

export interface BlockVectors {
  merkle: Array<{
    /** Multihash code */
    hash: number
    /** Block i is the one byte i, repeated i times: block 0 is empty */
    blockCount: number
    /** Hexadecimal, like all bytes here */
    leaves: string[]
    root: string
    /** Siblings of each block's inclusion path, lowest first */
    paths: string[]
    /** The siblings of the lowest 0, 1, 2, … levels of the path of the last block */
    lastPathByLevels: string[]
  }>
  cipher: Array<{
    key: string
    index: number
    plain: string
    published: string
  }>
}

const LEAF_COUNTS = [0, 1, 2, 3, 5, 7, 8, 13]

/** A block of the vectors' Merkle trees. */
export function vectorBlock (index: number): Uint8Array {
  return new Uint8Array(index).fill(index)
}

export function blockVectors (): BlockVectors {
  return {
    merkle: [SHA2_256, BLAKE3].flatMap(code => LEAF_COUNTS.map(blockCount => {
      const hash = treeHash(code)
      const leaves = Array.from({ length: blockCount }, (_, i) => hash.leaf(vectorBlock(i)))
      const tree = MerkleTree.fromLeaves(hash, Buffer.concat(leaves))

      return {
        hash: code,
        blockCount,
        leaves: leaves.map(hex),
        root: hex(tree.root),
        paths: leaves.map((_, i) => hex(tree.path(i))),
        lastPathByLevels: blockCount === 0 ? [] : Array.from({ length: tree.depth + 1 }, (_, levels) => hex(tree.path(blockCount - 1, levels)))
      }
    })),
    cipher: [0, 1, 2 ** 20 - 1].flatMap(index => [0, 1, 16, 50].map(length => {
      const key = Uint8Array.from({ length: 32 }, (_, i) => i)
      const plain = Uint8Array.from({ length }, (_, i) => 255 - i)

      return { key: hex(key), index, plain: hex(plain), published: hex(new BlockCipher(key).block(index).update(plain)) }
    }))
  }
}

function hex (bytes: Uint8Array): string {
  return toString(bytes, 'base16')
}

if (import.meta.main) {
  await writeFile(new URL('../../protocols/block/vectors.json', import.meta.url), `${JSON.stringify(blockVectors(), null, 2)}\n`)
}
