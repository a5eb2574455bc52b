import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidParametersError } from '@libp2p/interface'
import { CustomProgressEvent } from 'progress-events'
import { BlockCipher, chooseBlockSize, CoinValues, Encryption, encodeManifest, Geometry, HashDelivery, MAX_FILES, MerkleTree, Mode, OBJECT_KEY_LENGTH, safeName, safePaths, SHA2_256, treeHash } from '../object/index.ts'
import { SourceChangedError, StorageError } from './errors.ts'
import { FileSet, stampOf } from './file-set.ts'
import type { FileEntry, FileStamp } from './file-set.ts'
import type { Manifest, ManifestFile, Price, TreeHash } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { BigIntStats } from 'node:fs'
import type { ProgressEvent, ProgressOptions } from 'progress-events'

/** Blocks in memory: one is hashed while the next ones are read. */
const BLOCK_BUFFERS = 3

/** Bytes that are encrypted at once: the ciphertext is needed for its hash alone, and is garbage then. */
const CIPHER_CHUNK = 64 * 1024

export type PublishProgressEvents =
  ProgressEvent<'mssl:publish:progress', { bytes: number, total: number }> |
  ProgressEvent<'mssl:publish:skipped', { path: string, reason: string }>

export interface Publication {
  /** File or folder */
  path: string
  /** @default the last segment of the path */
  name?: string
  /**
   * Bytes.
   *
   * @default chosen by size
   */
  blockSize?: number
  /**
   * Multihash code of the tree's hash function.
   *
   * @default SHA2_256
   */
  hash?: number
  /** @default Encryption.OBJECT_KEY */
  encryption?: Encryption
  /** @default HashDelivery.PER_BLOCK */
  delivery?: HashDelivery
  /** @default Mode.PLAIN */
  mode?: Mode
  /** With mode purchase, and only then: what the blocks cost */
  price?: PublishedPrice
}

/** What blocks are to cost: without `per`, the whole object costs `amount`. */
export type PublishedPrice = Omit<Price, 'per'> & Partial<Pick<Price, 'per'>>

export interface PublishFilesOptions extends AbortOptions, ProgressOptions<PublishProgressEvents> {}

/** What a path holds, as of its directory entries. */
export interface Source {
  /** Absolute */
  path: string
  /** Bytes */
  size: number
  files: FileEntry[]
  stamps: FileStamp[]
  /** As in a manifest: none for a single file */
  manifestFiles: ManifestFile[]
}

export interface PublishedFiles {
  /** Encoded manifest, to be signed */
  manifest: Uint8Array
  leaves: Uint8Array
  objectKey?: Uint8Array
  source: Source
}

/**
 * Lists what there is to publish at a path. Symbolic links, sockets and the like inside a folder are left out, so are
 * empty folders; each is reported.
 *
 * @throws {InvalidParametersError} when there is nothing to publish
 */
export async function findSource (path: string, options: PublishFilesOptions = {}): Promise<Source> {
  const root = resolve(path)
  const source: Source = { path: root, size: 0, files: [], stamps: [], manifestFiles: [] }
  const skip = (path: string, reason: string): void => {
    options.onProgress?.(new CustomProgressEvent('mssl:publish:skipped', { path, reason }))
  }

  try {
    const stats = await stat(root, { bigint: true })

    if (stats.isFile()) {
      add(root, stats)
    } else if (stats.isDirectory()) {
      await walk('')
    } else {
      throw new InvalidParametersError(`${root} is neither a file nor a folder`)
    }
  } catch (err: any) {
    if (err.code === 'ENOENT' || err.code === 'ENOTDIR') {
      throw new InvalidParametersError(`${err.path ?? root}: no such file or folder`)
    }

    throw err.syscall == null ? err : new StorageError(`${err.path ?? root} cannot be read: ${err.message}`, { cause: err })
  }

  return source

  function add (path: string, stats: BigIntStats): void {
    source.files.push({ path, size: Number(stats.size) })
    source.stamps.push(stampOf(stats))
    source.size += Number(stats.size)
  }

  async function walk (folder: string): Promise<void> {
    options.signal?.throwIfAborted()

    const entries = await readdir(join(root, folder), { withFileTypes: true })

    if (entries.length === 0) {
      if (folder === '') {
        throw new InvalidParametersError(`${root} is an empty folder: there is nothing to publish`)
      }

      skip(join(root, folder), 'empty folder')
    }

    // an order of its own, the same on every system
    for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`
      const path = join(root, relative)

      if (entry.isDirectory()) {
        await walk(relative)
      } else if (entry.isFile()) {
        const stats = await stat(path, { bigint: true })

        if (source.files.length === MAX_FILES) {
          throw new InvalidParametersError(`${root} has more than ${MAX_FILES} files; publish an archive of it`)
        }

        add(path, stats)
        source.manifestFiles.push({ path: relative, size: Number(stats.size), executable: (stats.mode & 0o100n) !== 0n })
      } else {
        skip(path, entry.isSymbolicLink() ? 'symbolic link' : 'not a regular file')
      }
    }

    if (folder === '' && source.files.length === 0) {
      throw new InvalidParametersError(`${root} has no files: there is nothing to publish`)
    }
  }
}

/**
 * A manifest but for its root.
 *
 * @throws {InvalidParametersError | UnsafePathError}
 */
export function draftManifest (source: Source, publication: Publication): Omit<Manifest, 'root'> {
  const price = publication.price == null ? undefined : { ...publication.price, per: publication.price.per ?? source.size }
  const blockSize = publication.blockSize ?? chooseBlockSize(source.size)
  safePaths(source.manifestFiles.map(file => file.path))

  if (price != null) {
    // better now than after hours
    new CoinValues(price, new Geometry(source.size, blockSize)) // eslint-disable-line no-new
  }

  return {
    size: source.size,
    blockSize,
    hash: publication.hash ?? SHA2_256,
    encryption: publication.encryption ?? Encryption.OBJECT_KEY,
    delivery: publication.delivery ?? HashDelivery.PER_BLOCK,
    mode: publication.mode ?? Mode.PLAIN,
    price,
    name: safeName(publication.name ?? basename(source.path)),
    files: source.manifestFiles
  }
}

/**
 * Reads what was found at a path once, in a stream, and makes an object of it.
 *
 * @throws {SourceChangedError} when a file is changed meanwhile
 * @throws {InvalidParametersError | UnsafePathError | InvalidManifestError}
 */
export async function readSource (source: Source, publication: Publication, options: PublishFilesOptions = {}): Promise<PublishedFiles> {
  const draft = draftManifest(source, publication)
  const geometry = new Geometry(draft.size, draft.blockSize)
  const hash = treeHash(draft.hash)
  const objectKey = draft.encryption === Encryption.OBJECT_KEY ? randomBytes(OBJECT_KEY_LENGTH) : undefined
  const files = new FileSet(source.files, { stamps: source.stamps })

  try {
    // names and sizes are checked before hours go into hashes
    encodeManifest({ ...draft, root: source.size === 0 ? Uint8Array.from(hash.empty()) : new Uint8Array(hash.size) })

    const leaves = await hashFiles(files, geometry, hash, {
      cipher: objectKey == null ? undefined : new BlockCipher(objectKey),
      signal: options.signal,
      onBlock: bytes => { options.onProgress?.(new CustomProgressEvent('mssl:publish:progress', { bytes, total: source.size })) }
    })

    // reading checks a file when it is read; here is what was changed since then
    await files.check()

    return {
      manifest: encodeManifest({ ...draft, root: Uint8Array.from(MerkleTree.fromLeaves(hash, leaves).root) }),
      leaves,
      objectKey,
      source
    }
  } catch (err) {
    if (err instanceof SourceChangedError) {
      throw new SourceChangedError(err.path, 'was changed while it was being published', { cause: err })
    }

    throw err
  } finally {
    files.close()
  }
}

export interface HashFilesOptions extends AbortOptions {
  cipher?: BlockCipher
  /** Called after each block: bytes done so far, the block and its leaf hash */
  onBlock? (bytes: number, index: number, leaf: Uint8Array): void
}

/**
 * Leaf hashes of the published form, one after the other. Memory is bounded whatever the size.
 *
 * @throws {SourceChangedError}
 */
export async function hashFiles (files: FileSet, geometry: Geometry, hash: TreeHash, options: HashFilesOptions = {}): Promise<Uint8Array> {
  const { cipher, signal, onBlock } = options
  await files.outlastClockTick(signal)

  const leaves = new Uint8Array(geometry.blockCount * hash.size)
  const buffers = Array.from({ length: Math.min(BLOCK_BUFFERS, geometry.blockCount) }, () => Buffer.allocUnsafeSlow(Math.min(geometry.blockSize, geometry.size)))
  const read = (index: number): Promise<void> => {
    const reading = files.readInto(buffers[index % BLOCK_BUFFERS].subarray(0, geometry.blockLength(index)), geometry.blockOffset(index))
    // it may fail while nobody waits for it yet, or any more
    reading.catch(() => {})

    return reading
  }
  const reads = buffers.map((_, index) => read(index))

  for (let index = 0; index < geometry.blockCount; index++) {
    signal?.throwIfAborted()
    await reads[index % BLOCK_BUFFERS]

    const length = geometry.blockLength(index)
    const leaf = publishedLeaf(hash, buffers[index % BLOCK_BUFFERS].subarray(0, length), index, cipher)
    leaves.set(leaf, index * hash.size)

    if (index + BLOCK_BUFFERS < geometry.blockCount) {
      reads[index % BLOCK_BUFFERS] = read(index + BLOCK_BUFFERS)
    }

    onBlock?.(geometry.blockOffset(index) + length, index, leaf)
  }

  return leaves
}

/** Leaf hash of the published form of a plain block. */
export function publishedLeaf (hash: TreeHash, plain: Uint8Array, index: number, cipher?: BlockCipher): Uint8Array {
  if (cipher == null) {
    return hash.leaf(plain)
  }

  const encrypter = cipher.block(index)
  const hasher = hash.leafHasher()

  for (let at = 0; at < plain.byteLength; at += CIPHER_CHUNK) {
    hasher.update(encrypter.update(plain.subarray(at, at + CIPHER_CHUNK)))
  }

  return hasher.digest()
}
