import type { Bitfield } from '../object/bitfield.ts'
import type { BlockCipher } from '../object/block-cipher.ts'
import type { Geometry } from '../object/block-geometry.ts'
import type { Manifest } from '../object/manifest.ts'
import type { KnownNode, MerkleTree } from '../object/merkle.ts'
import type { CID } from 'multiformats/cid'

/** Where a download puts what it verified. */
export interface DownloadTarget {
  readonly id: CID
  readonly manifest: Manifest
  readonly geometry: Geometry
  readonly tree: MerkleTree
  /** Absent: the object is not encrypted */
  readonly cipher?: BlockCipher
  /** Blocks that are there. `write` adds to it. */
  readonly have: Bitfield

  /**
   * The pieces of a block are used after `write` has resolved; else their memory is freed then.
   *
   * @default false
   */
  readonly keepsPlain?: boolean

  /** Takes a verified block in its plain form, in pieces, and the hashes that became known with it. */
  write (index: number, plain: Uint8Array[], learned: KnownNode[]): Promise<void>

  /** Takes the verified super-block; `tree` has it already. */
  setLeaves (leaves: Uint8Array): void | Promise<void>
}
