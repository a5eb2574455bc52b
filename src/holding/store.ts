import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { lstat, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { RecordEnvelope } from '@libp2p/peer-record'
import { CID } from 'multiformats/cid'
import { equals } from 'uint8arrays/equals'
import { SECRET_LENGTH } from '../../protocols/ticket/constants.ts'
import { migrate, writeFileAtomic } from '../home/index.ts'
import { Bitfield, BlockCipher, Geometry, MerkleTree, objectId, parseManifest, serviceMode, treeHash } from '../object/index.ts'
import { FileExistsError, NotHeldError, SourceChangedError, StorageError, storageError } from './errors.ts'
import { FileSet, sameStamp } from './file-set.ts'
import { Holding } from './holding.ts'
import { decodeRecords, readJournal } from './journal.ts'
import { filesAt, openPart, recordedBlocks, stampsOf, wasMoved } from './part.ts'
import { draftManifest, findSource, hashFiles, readSource } from './publish.ts'
import type { FileStamp } from './file-set.ts'
import type { HoldingInit, HoldingRole } from './holding.ts'
import type { Publication, PublishFilesOptions, Source } from './publish.ts'
import type { Home } from '../home/index.ts'
import type { BlockRun, Manifest, Price, ServiceMode } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { DatabaseSync } from 'node:sqlite'

/** Of an object that is not encrypted */
const NO_KEY = new Uint8Array(0)

const MIGRATIONS = [`
  CREATE TABLE holdings (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    block_size INTEGER NOT NULL,
    path TEXT NOT NULL,
    -- where the object is until it is complete
    part TEXT,
    manifest BLOB NOT NULL,
    issuer BLOB NOT NULL,
    object_key BLOB,
    swarm_secret BLOB NOT NULL,
    -- of the files of a complete object, as JSON
    stamps TEXT
  ) STRICT;
  CREATE INDEX holdings_by_path ON holdings (path)
`, `
  -- what there was before has no other
  ALTER TABLE holdings ADD COLUMN mode TEXT NOT NULL DEFAULT 'plain'
`, `
  -- with mode purchase, as JSON
  ALTER TABLE holdings ADD COLUMN price TEXT
`]

interface Row {
  id: string
  role: HoldingRole
  name: string
  size: number
  block_size: number
  path: string
  part: string | null
  manifest: Uint8Array
  issuer: Uint8Array
  object_key: Uint8Array | null
  swarm_secret: Uint8Array
  stamps: string | null
  mode: ServiceMode
  price: string | null
}

/** What the store knows of an object without opening it. */
export interface HoldingRecord {
  id: CID
  role: HoldingRole
  /** How blocks change hands */
  mode: ServiceMode
  /** With mode purchase: what the blocks cost */
  price?: Price
  name: string
  /** Bytes */
  size: number
  /** Bytes that can be read */
  have: number
  /** Where the object is, or will be when it is complete */
  path: string
  complete: boolean
}

export interface PartialInit {
  id: CID
  /** As signed by the server, and verified */
  manifestEnvelope: Uint8Array
  /** Fingerprint of the server's certificate */
  issuer: Uint8Array
  objectKey?: Uint8Array
  swarmSecret: Uint8Array
  /** Final path of the file or folder; its folder must be there */
  out: string
}

export interface AddPublishedInit extends Publication {
  /** Fingerprint of the server's certificate */
  issuer: Uint8Array
  /** Makes the signed envelope of a manifest */
  sign (manifest: Uint8Array): Promise<Uint8Array>
  /**
   * Called with the object, and the one published before at the same path if there is one, when nothing says yet that it
   * is published: who may have it is settled first, whenever this process ends.
   */
  settle? (id: CID, earlier?: CID): void
}

/** What the store can tell of an object without its files. */
export interface HoldingDescription {
  manifest: Manifest
  objectKey?: Uint8Array
  /** With the hashes of the blocks, if they are all known */
  tree: MerkleTree
}

/** All objects on this machine that a home knows of. */
export class HoldingStore {
  readonly #home: Home
  readonly #db: DatabaseSync
  readonly #open = new Map<string, Holding>()
  readonly #opening = new Map<string, Promise<Holding>>()

  constructor (home: Home) {
    this.#home = home
    this.#db = home.database()
    migrate(this.#db, 'holding', MIGRATIONS)
  }

  /** An object that is open. */
  get (id: CID): Holding | undefined {
    return this.#open.get(id.toString())
  }

  list (): HoldingRecord[] {
    return this.#rows().map(row => ({
      id: CID.parse(row.id),
      role: row.role,
      mode: row.mode,
      ...(row.price == null ? {} : { price: JSON.parse(row.price) }),
      name: row.name,
      size: row.size,
      have: row.part == null ? row.size : this.#haveBytes(row),
      path: row.path,
      complete: row.part == null
    }))
  }

  /**
   * From the first to the last block of an object that is not here, as far as can be said without reading its files.
   *
   * @returns undefined when nothing is missing
   * @throws {NotHeldError} when this home does not know it
   */
  missing (id: CID): BlockRun | undefined {
    const row = this.#row(id)

    return row.part == null ? undefined : (this.get(id)?.have ?? this.#recorded(row)).missing()
  }

  /** What is known of an object, whatever became of its files. */
  async describe (id: CID): Promise<HoldingDescription | undefined> {
    const [row] = this.#rows('id = ?', id.toString())

    return row == null ? undefined : { manifest: parseEnvelope(row.manifest, id), objectKey: row.object_key ?? undefined, tree: await this.#tree(row) }
  }

  /**
   * Opens an object that this home knows of, the same each time until it is closed.
   *
   * @throws {NotHeldError} when this home does not know it
   * @throws {SourceChangedError} when its files are not what they were
   */
  async open (id: CID, options: AbortOptions = {}): Promise<Holding> {
    const key = id.toString()
    const open = this.#open.get(key)

    if (open != null) {
      return open
    }

    let opening = this.#opening.get(key)

    if (opening == null) {
      opening = this.#openRow(this.#row(id), options).then(holding => {
        this.#open.set(key, holding)

        return holding
      }).finally(() => { this.#opening.delete(key) })
      this.#opening.set(key, opening)
    }

    return opening
  }

  /**
   * Opens an object to get it: from where an earlier run stopped, or from the start. An object that is complete in this
   * home is returned as it is, wherever it is; one whose files were changed or are gone is begun anew.
   *
   * @throws {FileExistsError} when there is something else where the part file is to be
   * @throws {NoSpaceError | StorageError}
   */
  async openPartial (init: PartialInit, options: AbortOptions = {}): Promise<Holding> {
    const row = this.#rows('id = ?', init.id.toString())[0]

    checkKey(init, row)

    const open = this.get(init.id)

    if (open != null) {
      return open
    }

    const path = resolve(init.out)
    let part = `${path}.part`

    if (row != null && row.part == null) {
      try {
        return await this.open(init.id, options)
      } catch (err) {
        if (!(err instanceof SourceChangedError)) {
          throw err
        }

        // its hashes are true all the same, its blocks have to come again
      }
    } else if (row?.part != null) {
      part = await exists(row.part) ? row.part : part

      if (await exists(row.path) && await this.#completeMoved(row)) {
        return this.open(init.id, options)
      }

      if (part === row.part && path !== row.path && await device(row.part) !== await device(dirname(path))) {
        throw new FileExistsError(row.part, 'holds a part of this object already, on another disk: go on there, or remove it')
      }
    }

    const manifest = parseEnvelope(init.manifestEnvelope, init.id)
    this.#save({ ...init, role: 'client', path, part, manifest })

    try {
      return await this.open(init.id, options)
    } catch (err) {
      if (row == null) {
        // nothing was begun
        await this.#forget(init.id)
      }

      throw err
    }
  }

  /**
   * Publishes a file or folder. What was published before with equal options, and was not changed since, is not read
   * again.
   *
   * @throws {SourceChangedError} when it is changed meanwhile
   * @throws {InvalidParametersError | UnsafePathError | InvalidManifestError | StorageError}
   */
  async addPublished (init: AddPublishedInit, options: PublishFilesOptions = {}): Promise<{ holding: Holding, reused: boolean }> {
    const source = await findSource(init.path, options)
    const earlier = this.#rows('path = ? AND role = ?', source.path, 'origin')
    const latest = earlier.length === 0 ? undefined : CID.parse(earlier[earlier.length - 1].id)
    /** Nobody can ever get them again */
    const lost: CID[] = []

    for (const row of earlier) {
      const id = CID.parse(row.id)

      try {
        if (!unchanged(row, source)) {
          // an open one reads by stamps that are no longer true
          await this.get(id)?.close()
        }

        if (sameOptions(row, source, init)) {
          const holding = await this.open(id, options)
          init.settle?.(id, id)

          return { holding, reused: true }
        }

        if (row.size !== source.size) {
          lost.push(id)
        }
      } catch (err) {
        if (!(err instanceof SourceChangedError)) {
          throw err
        }

        lost.push(id)
      }
    }

    const published = await readSource(source, init, options)
    const id = objectId(published.manifest)
    const manifestEnvelope = await init.sign(published.manifest)

    // the same bytes in another place: they are served from here now
    await this.get(id)?.close()
    await this.#writeLeaves(id, published.leaves)
    init.settle?.(id, latest)
    this.#save({
      id,
      role: 'origin',
      path: source.path,
      manifestEnvelope,
      manifest: parseManifest(published.manifest),
      issuer: init.issuer,
      objectKey: published.objectKey,
      swarmSecret: this.#rows('id = ?', id.toString())[0]?.swarm_secret ?? randomBytes(SECRET_LENGTH),
      stamps: source.stamps
    })

    // not before: what is settled about them passes on to the new one
    for (const other of lost.filter(other => !other.equals(id))) {
      await this.remove(other)
    }

    return { holding: await this.open(id, options), reused: false }
  }

  /** Forgets an object. Its files stay where they are, but for a part file. */
  async remove (id: CID): Promise<void> {
    await this.get(id)?.close()

    const row = this.#row(id)
    await this.#forget(id)

    if (row.part != null) {
      await rm(row.part, { recursive: true, force: true })
    }
  }

  /** Closes all objects. */
  async close (): Promise<void> {
    await Promise.allSettled(this.#opening.values())
    await Promise.all([...this.#open.values()].map(async holding => holding.close()))
  }

  async #openRow (row: Row, options: AbortOptions): Promise<Holding> {
    const id = CID.parse(row.id)
    const manifest = parseEnvelope(row.manifest, id)
    const geometry = new Geometry(manifest.size, manifest.blockSize)
    const tree = await this.#tree(row)
    const cipher = row.object_key == null ? undefined : new BlockCipher(row.object_key)

    const common = {
      id,
      role: row.role,
      path: row.path,
      manifest,
      manifestEnvelope: row.manifest,
      issuer: row.issuer,
      objectKey: row.object_key ?? undefined,
      swarmSecret: row.swarm_secret,
      geometry,
      tree,
      cipher,
      leavesPath: this.#path(id, 'leaves'),
      completed: (stamps: FileStamp[]) => { this.#complete(row.id, stamps) },
      closed: () => { this.#open.delete(row.id) }
    } satisfies Partial<HoldingInit>

    if (row.part == null) {
      const files = await this.#openComplete(row, { manifest, geometry, tree, cipher }, options)
      const have = new Bitfield(geometry.blockCount)
      have.setRange(0, geometry.blockCount)

      return new Holding({ ...common, have, files })
    }

    await mkdir(this.#path(id), { recursive: true })

    const journalPath = this.#path(id, 'journal')
    const { files, have, journal, checked } = await openPart({ path: row.part, journal: journalPath, manifest, geometry, tree, cipher }, options)

    return new Holding({ ...common, have, files, part: { path: row.part, journal, journalPath, checked } })
  }

  async #tree (row: Row): Promise<MerkleTree> {
    const id = CID.parse(row.id)
    const { size, blockSize, hash, root } = parseEnvelope(row.manifest, id)
    const tree = new MerkleTree(treeHash(hash), new Geometry(size, blockSize).blockCount, root)
    const leaves = await readFile(this.#path(id, 'leaves')).catch(err => { if (err.code !== 'ENOENT') { throw err } })

    if (leaves != null) {
      // verified against the root: a damaged file teaches nothing
      tree.adoptLeaves(leaves)
    }

    return tree
  }

  /** Files of a complete object. What was touched, copied or restored is read again: the same bytes are as good. */
  async #openComplete (row: Row, { manifest, geometry, tree, cipher }: Pick<HoldingInit, 'manifest' | 'geometry' | 'tree' | 'cipher'>, options: AbortOptions): Promise<FileSet> {
    const entries = filesAt(row.path, manifest)
    let files = new FileSet(entries, { stamps: decodeStamps(row.stamps) })
    let changed: Error | undefined

    try {
      await files.check()
    } catch (err: any) {
      changed = err
    }

    if (changed != null || !tree.complete) {
      const stamps = await stampsOf(entries)

      const foreign = changed ?? new SourceChangedError(row.path, 'does not hold what it did')

      if (entries.some((file, index) => stamps.get(index)?.size !== BigInt(file.size))) {
        throw foreign
      }

      files = new FileSet(entries, { stamps: [...stamps.values()] })

      try {
        const leaves = await hashFiles(files, geometry, tree.hash, {
          cipher,
          signal: options.signal,
          onBlock: (_, index, leaf) => {
            if (!equals(leaf, tree.leaf(index) ?? leaf)) {
              throw foreign
            }
          }
        })

        if (!tree.adoptLeaves(leaves)) {
          throw foreign
        }

        await this.#writeLeaves(CID.parse(row.id), leaves)
        this.#complete(row.id, [...stamps.values()])
      } catch (err) {
        files.close()
        throw err
      }
    }

    return files
  }

  /** Ends what an earlier run had all but ended. Returns whether there was such a thing. */
  async #completeMoved (row: Row): Promise<boolean> {
    const id = CID.parse(row.id)
    const manifest = parseEnvelope(row.manifest, id)
    const journalPath = this.#path(id, 'journal')

    if (await exists(row.part ?? '') || !await wasMoved(row.path, manifest, await readJournal(journalPath))) {
      return false
    }

    this.#complete(row.id, [...(await stampsOf(filesAt(row.path, manifest))).values()])
    await rm(journalPath, { force: true })

    return true
  }

  #complete (id: string, stamps: FileStamp[]): void {
    this.#db.prepare('UPDATE holdings SET part = NULL, stamps = ? WHERE id = ?').run(encodeStamps(stamps), id)
  }

  #save (holding: { id: CID, role: HoldingRole, path: string, part?: string, manifest: Manifest, manifestEnvelope: Uint8Array, issuer: Uint8Array, objectKey?: Uint8Array, swarmSecret: Uint8Array, stamps?: FileStamp[] }): void {
    const { manifest } = holding

    this.#db.prepare('INSERT OR REPLACE INTO holdings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      holding.id.toString(), holding.role, manifest.name, manifest.size, manifest.blockSize, holding.path, holding.part ?? null,
      holding.manifestEnvelope, holding.issuer, holding.objectKey ?? null, holding.swarmSecret,
      holding.stamps == null ? null : encodeStamps(holding.stamps), serviceMode(manifest.mode), manifest.price == null ? null : JSON.stringify(manifest.price)
    )
  }

  async #forget (id: CID): Promise<void> {
    this.#db.prepare('DELETE FROM holdings WHERE id = ?').run(id.toString())
    await rm(this.#path(id), { recursive: true, force: true })
  }

  async #writeLeaves (id: CID, leaves: Uint8Array): Promise<void> {
    try {
      await mkdir(this.#path(id), { recursive: true })
      await writeFileAtomic(this.#path(id, 'leaves'), leaves)
    } catch (err) {
      throw storageError(err, this.#path(id, 'leaves'))
    }
  }

  #haveBytes (row: Row): number {
    return this.#open.get(row.id)?.haveBytes ?? Math.min(row.size, this.#recorded(row).count * row.block_size)
  }

  /** What the journal of an object that is not complete speaks of. */
  #recorded ({ id, size, block_size: blockSize }: Row): Bitfield {
    const { blockCount } = new Geometry(size, blockSize)

    try {
      return recordedBlocks(decodeRecords(readFileSync(this.#path(CID.parse(id), 'journal'))), blockCount)
    } catch {
      // nothing was written yet
      return new Bitfield(blockCount)
    }
  }

  #rows (where = 'TRUE', ...parameters: string[]): Row[] {
    return this.#db.prepare(`SELECT * FROM holdings WHERE ${where} ORDER BY rowid`).all(...parameters) as unknown as Row[]
  }

  #row (id: CID): Row {
    const row = this.#rows('id = ?', id.toString())[0]

    if (row == null) {
      throw new NotHeldError(`${id} is not in the home ${this.#home.path}`)
    }

    return row
  }

  #path (id: CID, ...segments: string[]): string {
    return this.#home.join('objects', id.toString(), ...segments)
  }
}

/**
 * The id binds the published form alone: with another key, what verifies becomes other bytes.
 *
 * @throws {StorageError}
 */
function checkKey ({ id, objectKey = NO_KEY }: PartialInit, row?: Row): void {
  if (row != null && !equals(row.object_key ?? NO_KEY, objectKey)) {
    throw new StorageError(`${row.path} is this object as another server gave it, with another key: one of the two servers is wrong about it. To go by this one, run "mssl unpublish ${id}" first; a complete file stays where it is`)
  }
}

/** The manifest in an envelope whose signature was verified before; that it is this object's is checked here. */
function parseEnvelope (envelope: Uint8Array, id: CID): Manifest {
  const { payload } = RecordEnvelope.createFromProtobuf(envelope)

  if (!equals(objectId(payload).bytes, id.bytes)) {
    throw new NotHeldError(`The manifest is not that of ${id}`)
  }

  return parseManifest(payload)
}

function unchanged (row: Row, source: Source): boolean {
  const stamps = decodeStamps(row.stamps)

  return stamps.length === source.stamps.length && stamps.every((stamp, i) => sameStamp(stamp, source.stamps[i]))
}

function sameOptions (row: Row, source: Source, publication: Publication): boolean {
  const draft = draftManifest(source, publication)
  const manifest = parseEnvelope(row.manifest, CID.parse(row.id))

  return (['size', 'blockSize', 'hash', 'encryption', 'delivery', 'mode', 'name'] as const).every(field => draft[field] === manifest[field]) &&
    (['amount', 'per', 'unit'] as const).every(field => draft.price?.[field] === manifest.price?.[field]) &&
    draft.files.length === manifest.files.length &&
    draft.files.every((file, i) => file.path === manifest.files[i].path && file.executable === manifest.files[i].executable)
}

function encodeStamps (stamps: FileStamp[]): string {
  return JSON.stringify(stamps.map(({ size, mtime, inode }) => [`${size}`, `${mtime}`, `${inode}`]))
}

function decodeStamps (stamps: string | null): FileStamp[] {
  return JSON.parse(stamps ?? '[]').map(([size, mtime, inode]: string[]) => ({ size: BigInt(size), mtime: BigInt(mtime), inode: BigInt(inode) }))
}

async function exists (path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false)
}

async function device (path: string): Promise<number> {
  return stat(path).then(({ dev }) => dev, err => { throw storageError(err, path) })
}
