/**
 * A part file (or folder): where an object is written to until it is complete, and the journal that says what of it is
 * true.
 *
 * A journal record is written before the data that it speaks of, one group at a time. So whatever happens, only the
 * blocks of the last record can be missing from the file, and the others need not be read again: unless the file's
 * stamp is not what these writes explain, or the system went down before the data was on the disk.
 */
import { lstat, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import prettyBytes from 'pretty-bytes'
import { BOOT_ID } from '../home/index.ts'
import { Bitfield } from '../object/index.ts'
import { FileExistsError, NoSpaceError, StorageError, storageError } from './errors.ts'
import { FileSet, sameStamp, stampOf } from './file-set.ts'
import { Journal, readJournal } from './journal.ts'
import { publishedLeaf } from './publish.ts'
import type { FileEntry, FileStamp } from './file-set.ts'
import type { JournalContent, JournalRecord } from './journal.ts'
import type { BlockCipher, Geometry, Manifest, MerkleTree } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'

/**
 * Nanoseconds between a journal record and the end of its data's writing. A file that was changed later than this after
 * the last record was changed by someone else; at worst a slow disk makes this end read again what it had.
 */
const WRITE_TIME = 2_000_000_000n

/** The files of an object whose own path, or that of its part file, is `path`. */
export function filesAt (path: string, manifest: Manifest): FileEntry[] {
  return manifest.files.length === 0
    ? [{ path, size: manifest.size }]
    // the manifest's paths are safe: see safePaths
    : manifest.files.map(file => ({ path: `${path}/${file.path}`, size: file.size }))
}

export interface PartInit {
  /** Where the part file is, or is to be */
  path: string
  journal: string
  manifest: Manifest
  geometry: Geometry
  tree: MerkleTree
  cipher?: BlockCipher
}

export interface OpenPart {
  files: FileSet
  journal: Journal
  have: Bitfield
  /** Blocks that had to be read again */
  checked: number
}

/**
 * Opens a part file, or makes it, with all the space that it needs set aside as a hole. What an earlier run wrote is
 * taken over, the tree learns what that run knew.
 *
 * @throws {FileExistsError} when there is something else at its place, NoSpaceError, StorageError
 */
export async function openPart (init: PartInit, options: AbortOptions = {}): Promise<OpenPart> {
  const { manifest, geometry, tree } = init
  // in a file of their own; not those that the journal brings all of
  const leavesAreKept = tree.complete
  const content = await readJournal(init.journal)
  await checkSpace(init)
  const fresh = await claim(init, content)
  const files = new FileSet(filesAt(init.path, manifest), { writable: true })

  try {
    const before = await stampsOf(files.files)
    await prepare(init, files)

    for (const record of content.records) {
      if (record.type === 'blocks' && !tree.complete) {
        tree.learn(record.nodes)
      }
    }

    const { trusted, doubtful } = fresh ? { trusted: new Bitfield(geometry.blockCount), doubtful: [] } : sift(content, before, files, geometry)
    await reread(init, files, trusted, doubtful, options)

    for (const { first, count } of trusted.ranges()) {
      files.filesOf(geometry.blockOffset(first), Math.min(count * geometry.blockSize, geometry.size - geometry.blockOffset(first))).forEach(index => { files.touched(index) })
    }

    const journal = await Journal.create(init.journal, [
      { type: 'boot', id: BOOT_ID },
      { type: 'blocks', blocks: [...trusted.ranges()].flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)), nodes: leavesAreKept ? [] : [...tree.known()] },
      { type: 'stamps', synced: false, stamps: await stampsOf(files.files) }
    ])

    return { files, journal, have: trusted, checked: doubtful.length }
  } catch (err) {
    files.close()

    if (fresh) {
      // there is nothing in it
      await rm(init.path, { recursive: true, force: true })
    }

    throw err
  }
}

/**
 * Whether an earlier run had given the part file its final name, and ended before it could say so. Then the stamps that
 * it took before still hold.
 */
export async function wasMoved (path: string, manifest: Manifest, { records }: JournalContent): Promise<boolean> {
  const files = filesAt(path, manifest)
  const stamps = new Map(records.flatMap(record => record.type === 'stamps' ? [...record.stamps] : []))
  const now = await stampsOf(files)
  const last = records[records.length - 1]

  return last?.type === 'stamps' && last.synced && files.every((_, index) => {
    const stamp = stamps.get(index)
    const current = now.get(index)

    return stamp != null && current != null && sameStamp(stamp, current)
  })
}

/** Blocks that a journal speaks of, written or about to be. */
export function recordedBlocks (records: JournalRecord[], blockCount: number): Bitfield {
  const recorded = new Bitfield(blockCount)

  for (const record of records) {
    if (record.type === 'blocks') {
      record.blocks.forEach(block => { recorded.set(block) })
    }
  }

  return recorded
}

/** Makes the part file, or makes sure that the one there is this object's. Returns whether there is nothing in it. */
async function claim (init: PartInit, { records }: JournalContent): Promise<boolean> {
  const single = init.manifest.files.length === 0
  const claimed = records.some(record => record.type === 'stamps')

  try {
    const stats = await lstat(init.path)

    if (single ? !stats.isFile() : !stats.isDirectory()) {
      throw new FileExistsError(init.path, `is in the way: a ${single ? 'file' : 'folder'} is to be written there`)
    }

    if (claimed) {
      return false
    }

    // an earlier run ended between making it and saying so
    if (records.length === 0 || (single ? stats.size > 0 : (await readdir(init.path)).length > 0)) {
      throw new FileExistsError(init.path, 'exists already and is not this object: remove it, or choose another place')
    }
  } catch (err: any) {
    if (err.code !== 'ENOENT') {
      throw storageError(err, init.path)
    }

    const journal = await Journal.create(init.journal, [{ type: 'boot', id: BOOT_ID }])

    try {
      single ? await (await open(init.path, 'wx')).close() : await mkdir(init.path)
    } catch (err) {
      throw storageError(err, init.path)
    } finally {
      await journal.close()
    }
  }

  await (await Journal.create(init.journal, [{ type: 'boot', id: BOOT_ID }, { type: 'stamps', synced: false, stamps: new Map() }])).close()

  return true
}

/**
 * @throws {NoSpaceError | StorageError}
 */
export async function checkSpace ({ path, manifest }: Pick<PartInit, 'path' | 'manifest'>): Promise<void> {
  let needed = manifest.size

  for (const file of filesAt(path, manifest)) {
    // absent files take nothing yet; a file with holes only what is not one
    needed -= await stat(file.path).then(({ blocks }) => Math.min(file.size, blocks * 512), () => 0)
  }

  const { bavail, bsize, blocks } = await statfs(dirname(path)).catch(err => { throw storageError(err, path) })
  const available = bavail * bsize

  // some network disks do not tell
  if (blocks > 0 && available < needed) {
    throw new NoSpaceError(`No space for ${path}: ${readable(needed)} are needed, ${readable(available)} are free, ${readable(needed - available)} are missing`)
  }
}

function readable (bytes: number): string {
  return prettyBytes(bytes, { binary: true })
}

/**
 * Makes the files that are not there, each with its size.
 *
 * @throws {NoSpaceError | StorageError}
 */
export async function prepare ({ path, manifest }: Pick<PartInit, 'path' | 'manifest'>, files: FileSet): Promise<void> {
  const inodes = new Set<bigint>()

  for (const [index, file] of files.files.entries()) {
    try {
      if (manifest.files.length > 0) {
        await mkdir(dirname(file.path), { recursive: true })
      }

      const handle = await openOrCreate(file.path, manifest.files[index]?.executable === true ? 0o777 : 0o666)

      try {
        const stats = await handle.stat({ bigint: true })

        if (inodes.has(stats.ino)) {
          throw new StorageError(`${file.path} cannot be written: on this disk another file of the object has the same name but for capitals or accents`)
        }

        inodes.add(stats.ino)

        if (stats.size !== BigInt(file.size)) {
          await handle.truncate(file.size)
        }
      } finally {
        await handle.close()
      }
    } catch (err) {
      throw storageError(err, path)
    }
  }
}

async function openOrCreate (path: string, mode: number): ReturnType<typeof open> {
  try {
    return await open(path, 'r+')
  } catch (err: any) {
    if (err.code !== 'ENOENT') {
      throw err
    }

    return open(path, 'wx+', mode)
  }
}

/** Stamps of the files that are there. */
export async function stampsOf (files: FileEntry[]): Promise<Map<number, FileStamp>> {
  const stamps = new Map<number, FileStamp>()

  for (const [index, { path }] of files.entries()) {
    try {
      stamps.set(index, stampOf(await stat(path, { bigint: true })))
    } catch (err: any) {
      if (err.code !== 'ENOENT' && err.code !== 'ENOTDIR') {
        throw storageError(err, path)
      }
    }
  }

  return stamps
}

/** Parts the recorded blocks into those that are surely written and those that have to be looked at. */
function sift (content: JournalContent, now: Map<number, FileStamp>, files: FileSet, geometry: Geometry): { trusted: Bitfield, doubtful: number[] } {
  const { records, written } = content
  const stamps = new Map<number, FileStamp>()
  // files that were written to since their stamp was taken
  const dirty = new Set<number>()
  const filesOf = (block: number): number[] => files.filesOf(geometry.blockOffset(block), geometry.blockLength(block))
  let boot = ''

  for (const record of records) {
    if (record.type === 'boot') {
      boot = record.id
    } else if (record.type === 'blocks') {
      record.blocks.flatMap(filesOf).forEach(index => dirty.add(index))
    } else {
      record.stamps.forEach((stamp, index) => {
        stamps.set(index, stamp)
        dirty.delete(index)
      })
    }
  }

  const last = records[records.length - 1]
  const lasting = (boot !== '' && boot === BOOT_ID) || (last.type === 'stamps' && last.synced)
  const explained = files.files.map((_, index) => {
    const stamp = stamps.get(index)
    const current = now.get(index)

    return lasting && stamp != null && current != null && (dirty.has(index)
      ? stamp.inode === current.inode && stamp.size === current.size && current.mtime <= written + WRITE_TIME
      : sameStamp(stamp, current))
  })

  const trusted = recordedBlocks(records, geometry.blockCount)
  const uncertain = new Set(last.type === 'blocks' ? last.blocks : [])
  const doubtful: number[] = []

  for (const { first, count } of [...trusted.ranges()]) {
    for (let block = first; block < first + count; block++) {
      if (uncertain.has(block) || !filesOf(block).every(index => explained[index])) {
        trusted.clear(block)
        doubtful.push(block)
      }
    }
  }

  return { trusted, doubtful }
}

/** Reads doubtful blocks; those that verify are trusted from now on. */
async function reread ({ geometry, tree, cipher }: PartInit, files: FileSet, trusted: Bitfield, doubtful: number[], options: AbortOptions): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(doubtful.length === 0 ? 0 : geometry.blockSize)

  for (const block of doubtful) {
    options.signal?.throwIfAborted()

    const leaf = tree.leaf(block)
    const plain = buffer.subarray(0, geometry.blockLength(block))
    await files.readInto(plain, geometry.blockOffset(block))

    if (leaf != null && publishedLeaf(tree.hash, plain, block, cipher).every((byte, i) => byte === leaf[i])) {
      trusted.set(block)
    }
  }
}
