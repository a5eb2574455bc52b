import { Bitfield, BlockCipher, Geometry, MerkleTree, treeHash } from '../object/index.ts'
import type { Grant } from './ticket-keeper.ts'
import type { KnownNode, Manifest } from '../object/index.ts'
import type { DownloadTarget } from '../swarm/target.ts'
import type { CID } from 'multiformats/cid'

/** Holds the verified blocks that a reader has not taken yet, in memory. */
export class ReadTarget implements DownloadTarget {
  readonly id: CID
  readonly manifest: Manifest
  readonly geometry: Geometry
  readonly tree: MerkleTree
  readonly cipher?: BlockCipher
  readonly have: Bitfield
  readonly keepsPlain = true
  readonly #blocks = new Map<number, Uint8Array[]>()
  #waiting?: { index: number, resolve (): void, reject (err: Error): void }
  #failure?: Error

  constructor ({ id, manifest, objectKey }: Pick<Grant, 'id' | 'manifest' | 'objectKey'>) {
    this.id = id
    this.manifest = manifest
    this.geometry = new Geometry(manifest.size, manifest.blockSize)
    this.tree = new MerkleTree(treeHash(manifest.hash), this.geometry.blockCount, manifest.root)
    this.cipher = objectKey == null ? undefined : new BlockCipher(objectKey)
    this.have = new Bitfield(this.geometry.blockCount)
  }

  async write (index: number, plain: Uint8Array[], learned: KnownNode[]): Promise<void> {
    this.have.set(index)
    this.#blocks.set(index, plain)

    if (this.#waiting?.index === index) {
      this.#waiting.resolve()
    }
  }

  setLeaves (): void {}

  /**
   * The pieces of a block, as soon as it is there; they are handed out once.
   *
   * @throws {Error} the one that `fail` was given
   */
  async take (index: number): Promise<Uint8Array[]> {
    if (!this.#blocks.has(index)) {
      if (this.#failure != null) {
        throw this.#failure
      }

      await new Promise<void>((resolve, reject) => { this.#waiting = { index, resolve, reject } })
      this.#waiting = undefined
    }

    const plain = this.#blocks.get(index) ?? []
    this.#blocks.delete(index)

    return plain
  }

  /** No more blocks will come. */
  fail (err: Error): void {
    this.#failure = err
    this.#waiting?.reject(err)
  }
}
