/**
 * Whether files on this machine are an object: their hashes against its signed root, and block by block where the hashes
 * of its blocks are at hand.
 */
import { readFile, stat } from 'node:fs/promises'
import { equals } from 'uint8arrays/equals'
import { GrantTable } from '../client/grants.ts'
import { FileSet } from '../holding/file-set.ts'
import { HoldingStore } from '../holding/index.ts'
import { filesAt } from '../holding/part.ts'
import { hashFiles } from '../holding/publish.ts'
import { Bitfield, BlockCipher, Geometry, MerkleTree, treeHash } from '../object/index.ts'
import { openManifest } from '../ticket/index.ts'
import type { Home } from '../home/index.ts'
import type { BlockRun, Manifest } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export interface KnownObject {
  manifest: Manifest
  objectKey?: Uint8Array
  /** With the hashes of the blocks, where this home has them */
  tree: MerkleTree
}

/**
 * What this home knows of an object: from its server, or because it published it. Works while a node runs.
 *
 * @throws SourceChangedError
 */
export async function knownObject (home: Home, id: CID): Promise<KnownObject | undefined> {
  const store = new HoldingStore(home)
  const grant = new GrantTable(home.database()).get(id)

  if (grant == null) {
    return store.list().some(holding => holding.role === 'origin' && holding.id.equals(id)) ? store.open(id) : undefined
  }

  const { manifest } = await openManifest(grant.manifestEnvelope, { id })
  const tree = new MerkleTree(treeHash(manifest.hash), new Geometry(manifest.size, manifest.blockSize).blockCount, manifest.root)
  // not by opening what was fetched: that may be the very file that was changed since
  const leaves = await readFile(home.join('objects', id.toString(), 'leaves')).catch(() => undefined)

  if (leaves != null) {
    tree.adoptLeaves(leaves)
  }

  return { manifest, objectKey: grant.objectKey, tree }
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
 * @throws what the operating system says when `path` cannot be read
 */
export async function verifyFiles (path: string, { manifest, objectKey, tree }: KnownObject, options: VerifyFilesOptions = {}): Promise<Verdict> {
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
