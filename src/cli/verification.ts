/**
 * Whether files on this machine are an object: their hashes against its signed root, and block by block where the hashes
 * of its blocks are at hand.
 */
import { stat } from 'node:fs/promises'
import { equals } from 'uint8arrays/equals'
import { GrantTable } from '../client/grants.ts'
import { FileSet, filesAt, hashFiles, HoldingStore } from '../holding/index.ts'
import { Bitfield, BlockCipher, Geometry, MerkleTree, treeHash } from '../object/index.ts'
import { openManifest } from '../ticket/index.ts'
import type { HoldingDescription } from '../holding/index.ts'
import type { Home } from '../home/index.ts'
import type { BlockRun } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/**
 * What this home knows of an object: from its server, or because it published it. Works while a node runs, and whatever
 * became of the files that this home has of it.
 */
export async function knownObject (home: Home, id: CID): Promise<HoldingDescription | undefined> {
  const held = await new HoldingStore(home).describe(id)
  const grant = new GrantTable(home.database()).get(id)

  if (held != null || grant == null) {
    return held
  }

  const { manifest } = await openManifest(grant.manifestEnvelope, { id })
  const { size, blockSize, hash, root } = manifest

  return { manifest, objectKey: grant.objectKey, tree: new MerkleTree(treeHash(hash), new Geometry(size, blockSize).blockCount, root) }
}

export interface Verdict {
  valid: boolean
  /** Blocks that differ, where it is known which */
  wrong: BlockRun[]
  /** One line for a person */
  reason?: string
}

export interface VerifyFilesOptions extends AbortOptions {
  /** Bytes done so far */
  onProgress? (bytes: number): void
}

/**
 * Reads a file, or the files of a folder, once.
 *
 * @throws {Error} the operating system's, when `path` cannot be read
 */
export async function verifyFiles (path: string, { manifest, objectKey, tree }: HoldingDescription, options: VerifyFilesOptions = {}): Promise<Verdict> {
  const entries = filesAt(path, manifest)

  await stat(path)

  for (const entry of entries) {
    const size = await stat(entry.path).then(stats => stats.isFile() ? stats.size : undefined, () => undefined)

    if (size !== entry.size) {
      return { valid: false, wrong: [], reason: size == null ? `${entry.path} is missing or no file` : `${entry.path} has ${size} bytes instead of ${entry.size}` }
    }
  }

  const { hash } = tree
  const geometry = new Geometry(manifest.size, manifest.blockSize)
  const files = new FileSet(entries)

  try {
    const found = await hashFiles(files, geometry, hash, {
      cipher: objectKey == null ? undefined : new BlockCipher(objectKey),
      signal: options.signal,
      onBlock: options.onProgress
    })

    if (equals(MerkleTree.fromLeaves(hash, found).root, tree.root)) {
      return { valid: true, wrong: [] }
    }

    const wrong = differences(found, tree)

    return { valid: false, wrong, reason: wrong.length === 0 ? 'it differs; in which blocks cannot be told without the hashes of the blocks, which this home does not have' : describe(wrong) }
  } finally {
    files.close()
  }
}

function differences (found: Uint8Array, tree: MerkleTree): BlockRun[] {
  const { hash: { size }, leafCount } = tree
  const wrong = new Bitfield(leafCount)

  for (let i = 0; i < leafCount; i++) {
    const expected = tree.leaf(i)

    if (expected != null && !equals(found.subarray(i * size, (i + 1) * size), expected)) {
      wrong.set(i)
    }
  }

  return [...wrong.ranges()]
}

function describe (wrong: BlockRun[]): string {
  const shown = wrong.slice(0, 10).map(({ first, count }) => count === 1 ? `${first}` : `${first}-${first + count - 1}`)
  const count = wrong.reduce((sum, run) => sum + run.count, 0)

  return `${count} ${count === 1 ? 'block differs' : 'blocks differ'}: ${shown.join(', ')}${wrong.length > shown.length ? ', …' : ''}`
}
