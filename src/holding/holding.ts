import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidParametersError } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { writeFileAtomic } from '../home/index.ts'
import { FalseHashesError, NotHeldError, SourceChangedError, storageError } from './errors.ts'
import { FileSet } from './file-set.ts'
import { moveNew } from './move.ts'
import { filesAt, stampsOf } from './part.ts'
import type { FileStamp } from './file-set.ts'
import type { Journal, JournalRecord } from './journal.ts'
import type { Bitfield, BlockCipher, BlockRun, Geometry, KnownNode, Manifest, MerkleTree } from '../object/index.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** Bytes that one journal record speaks of at most: what has to be read again after a crash. */
const MAX_GROUP_BYTES = 16 * 1024 * 1024

/** Buffers for plaintext that is read to be encrypted, kept for the next read of any object. */
const MAX_IDLE_BUFFERS = 4

const idleBuffers: Uint8Array[] = []

function takeBuffer (length: number): Uint8Array {
  const fitting = idleBuffers.findIndex(buffer => buffer.byteLength >= length)

  return fitting === -1 ? Buffer.allocUnsafeSlow(length) : idleBuffers.splice(fitting, 1)[0]
}

export interface HoldingEvents {
  /** Blocks that were written and can be read from now on */
  have: CustomEvent<BlockRun[]>
  /** The object is complete and at its final path */
  complete: CustomEvent<undefined>
  /** The files are not what they were: nothing can be read any more */
  changed: CustomEvent<SourceChangedError>
}

/** `origin`: published here. `client`: got from others. */
export type HoldingRole = 'origin' | 'client'

/** What a holding is made of; the store knows it. */
export interface HoldingInit {
  id: CID
  role: HoldingRole
  path: string
  manifest: Manifest
  /** As signed */
  manifestEnvelope: Uint8Array
  /** Fingerprint of the server's certificate */
  issuer: Uint8Array
  objectKey?: Uint8Array
  swarmSecret: Uint8Array
  geometry: Geometry
  tree: MerkleTree
  cipher?: BlockCipher
  have: Bitfield
  files: FileSet
  leavesPath: string
  /** With an object that is not complete */
  part?: { path: string, journal: Journal, journalPath: string, checked: number }
  /** Writes down that the object is complete */
  completed (stamps: FileStamp[]): void
  closed (): void
}

interface PendingBlock {
  index: number
  plain: Uint8Array[]
  learned: KnownNode[]
  length: number
  resolve (): void
  reject (err: Error): void
}

/** An object on this machine, whole or in part: blocks are read from its files, and written to them while it is got. */
export class Holding extends TypedEventEmitter<HoldingEvents> {
  readonly id: CID
  readonly role: HoldingRole
  readonly manifest: Manifest
  readonly manifestEnvelope: Uint8Array
  readonly issuer: Uint8Array
  readonly objectKey?: Uint8Array
  readonly swarmSecret: Uint8Array
  readonly geometry: Geometry
  readonly tree: MerkleTree
  readonly cipher?: BlockCipher
  /** Blocks that can be read */
  readonly have: Bitfield
  /** Where the object is, or will be when it is complete */
  readonly path: string
  /** When it was opened: bytes that earlier runs had written, and how many of them had to be read again for that */
  readonly resumed: { have: number, checked: number }

  readonly #init: HoldingInit
  #files: FileSet
  #part: HoldingInit['part']
  #changed?: SourceChangedError
  readonly #pending: PendingBlock[] = []
  // hashes of blocks that could not be written; they are true nevertheless, and the blocks to come rest on them
  #unrecorded: KnownNode[] = []
  #committing: Promise<void> = Promise.resolve()
  #busy = false
  #finishing?: Promise<void>
  #closing?: Promise<void>

  constructor (init: HoldingInit) {
    super()

    this.id = init.id
    this.role = init.role
    this.manifest = init.manifest
    this.manifestEnvelope = init.manifestEnvelope
    this.issuer = init.issuer
    this.objectKey = init.objectKey
    this.swarmSecret = init.swarmSecret
    this.geometry = init.geometry
    this.tree = init.tree
    this.cipher = init.cipher
    this.have = init.have
    this.path = init.path
    this.#init = init
    this.#files = init.files
    this.#part = init.part
    this.resumed = {
      have: this.haveBytes,
      checked: Math.min(init.geometry.size, (init.part?.checked ?? 0) * init.geometry.blockSize)
    }
  }

  /** The object is at its final path. */
  get complete (): boolean {
    return this.#part == null
  }

  /** Bytes of the blocks that can be read */
  get haveBytes (): number {
    const { blockCount, blockSize, size } = this.geometry
    const short = blockCount > 0 && this.have.has(blockCount - 1) ? blockCount * blockSize - size : 0

    return this.have.count * blockSize - short
  }

  /**
   * A block's published form, as it goes to peers.
   *
   * @throws {NotHeldError} when it is not there (yet), SourceChangedError when its file is not what it was
   */
  async readPublished (index: number, options: AbortOptions = {}): Promise<Uint8Array> {
    if (this.cipher == null) {
      return this.readPlain(index, options)
    }

    const length = this.geometry.blockLength(index)
    const buffer = takeBuffer(length)

    try {
      const plain = buffer.subarray(0, length)
      await this.#read(index, plain, options)

      return this.cipher.block(index).update(plain)
    } finally {
      if (idleBuffers.length < MAX_IDLE_BUFFERS) {
        idleBuffers.push(buffer)
      }
    }
  }

  /**
   * A block's plain bytes.
   *
   * @throws {NotHeldError | SourceChangedError}
   */
  async readPlain (index: number, options: AbortOptions = {}): Promise<Uint8Array> {
    const plain = Buffer.allocUnsafeSlow(this.geometry.blockLength(index))
    await this.#read(index, plain, options)

    return plain
  }

  async #read (index: number, into: Uint8Array, options: AbortOptions): Promise<void> {
    options.signal?.throwIfAborted()

    if (this.#changed != null) {
      throw this.#changed
    }

    if (this.#closing != null || !this.have.has(index)) {
      throw new NotHeldError(`Block ${index} of ${this.id} is not here`)
    }

    try {
      await this.#files.readInto(into, this.geometry.blockOffset(index))
    } catch (err) {
      if (err instanceof SourceChangedError && this.#changed == null) {
        this.#changed = err
        this.safeDispatchEvent('changed', { detail: err })
      }

      throw err
    }
  }

  /**
   * Every leaf hash, in order.
   *
   * @throws {UnknownHashError} when one is not known
   */
  superBlock (): Uint8Array {
    return this.tree.leaves()
  }

  /**
   * Writes a block that was verified, and the hashes that it taught. Blocks that come together are written down together.
   * The chunks must not change until the promise resolves; then the block survives the end of this process.
   *
   * @throws {NoSpaceError | StorageError}; the block is not held then, and can be written again
   */
  async write (index: number, plain: Uint8Array[], learned: KnownNode[]): Promise<void> {
    const length = plain.reduce((sum, chunk) => sum + chunk.byteLength, 0)

    if (length !== this.geometry.blockLength(index)) {
      throw new InvalidParametersError(`Block ${index} has ${this.geometry.blockLength(index)} bytes, not ${length}`)
    }

    if (this.have.has(index)) {
      return
    }

    if (this.#part == null || this.#closing != null) {
      throw new NotHeldError(`${this.id} was closed`)
    }

    return new Promise((resolve, reject) => {
      this.#pending.push({ index, plain, learned, length, resolve, reject })

      if (!this.#busy) {
        this.#busy = true
        this.#committing = this.#commitAll(this.#part!.journal)
      }
    })
  }

  /**
   * Keeps a super-block.
   *
   * @throws {FalseHashesError} when it does not verify against the root
   */
  async setLeaves (leaves: Uint8Array): Promise<void> {
    if (!this.tree.complete && !this.tree.adoptLeaves(leaves)) {
      throw new FalseHashesError(`The super-block does not match the root of ${this.id}`)
    }

    await this.#storeLeaves()
  }

  /**
   * Ends the writing of an object of which all blocks are there: all of it is made to last, and the part file gets its
   * name.
   *
   * @returns the final path
   * @throws {FileExistsError} when there is something at the final path; nothing is lost, and this can be tried again
   */
  async finish (): Promise<string> {
    this.#finishing ??= this.#finish().finally(() => { this.#finishing = undefined })
    await this.#finishing

    return this.path
  }

  async #finish (): Promise<void> {
    const part = this.#part

    if (part == null) {
      return
    }

    await this.#committing

    if (!this.have.full) {
      throw new NotHeldError(`${this.have.length - this.have.count} blocks of ${this.id} are still missing`)
    }

    await this.#seal(part.journal)
    await this.#storeLeaves()
    await moveNew(part.path, this.path)

    // an open file keeps its inode through a renaming: whoever reads from the old set can go on
    const files = this.#files
    const entries = filesAt(this.path, this.manifest)
    const stamps = [...(await stampsOf(entries)).values()]
    this.#files = new FileSet(entries, { stamps })
    this.#part = undefined
    this.#init.completed(stamps)
    files.close()
    await part.journal.close()
    await rm(part.journalPath, { force: true })
    this.safeDispatchEvent('complete')
  }

  /** Writes what is pending and closes the files. A later run can trust all of it without reading. */
  async close (): Promise<void> {
    this.#closing ??= (async () => {
      await this.#finishing?.catch(() => {})
      await this.#committing

      try {
        if (this.#part != null) {
          await this.#seal(this.#part.journal)
        }
      } catch {
        // a full disk: a later run reads what it cannot trust
      } finally {
        this.#files.close()
        await this.#part?.journal.close()
        this.#init.closed()
      }
    })()

    await this.#closing
  }

  /** Data first, then the record that says that it is there. */
  async #seal (journal: Journal): Promise<void> {
    const stamps = await this.#files.takeStamps()
    await this.#files.sync()
    await journal.append({ type: 'stamps', synced: true, stamps })
    await journal.sync()
  }

  async #storeLeaves (): Promise<void> {
    try {
      await mkdir(dirname(this.#init.leavesPath), { recursive: true })
      await writeFileAtomic(this.#init.leavesPath, this.tree.leaves())
    } catch (err) {
      throw storageError(err, this.#init.leavesPath)
    }
  }

  async #commitAll (journal: Journal): Promise<void> {
    do {
      while (this.#pending.length > 0) {
        await this.#commit(journal, this.#nextGroup())
      }

      try {
        // a crash from here on leaves nothing to look at again
        await journal.append({ type: 'stamps', synced: false, stamps: await this.#files.takeStamps() })
      } catch {
        // without it a later run reads a little more
      }
    } while (this.#pending.length > 0)

    this.#busy = false
  }

  #nextGroup (): PendingBlock[] {
    let bytes = 0
    let count = 0

    while (count < this.#pending.length && (count === 0 || bytes + this.#pending[count].length <= MAX_GROUP_BYTES)) {
      bytes += this.#pending[count++].length
    }

    return this.#pending.splice(0, count)
  }

  async #commit (journal: Journal, group: PendingBlock[]): Promise<void> {
    const start = journal.end
    const record = (blocks: PendingBlock[]): JournalRecord => ({ type: 'blocks', blocks: blocks.map(block => block.index), nodes: this.#unrecorded })

    try {
      group.forEach(block => { this.#unrecorded.push(...block.learned) })
      await journal.append(record(group))

      const runs = toRuns(group)
      const results = await Promise.allSettled(runs.map(async run => this.#files.write(this.geometry.blockOffset(run[0].index), run.flatMap(block => block.plain))))
      const written = runs.filter((_, i) => results[i].status === 'fulfilled')
      const failure = results.find(result => result.status === 'rejected')

      if (failure != null) {
        // as if those that failed had never been there: a later record would vouch for them
        await journal.rewind(start)
        await journal.append(record(written.flat()))
        runs.filter(run => !written.includes(run)).flat().forEach(block => { block.reject(failure.reason) })
      }

      this.#unrecorded = []
      written.flat().forEach(block => { this.have.set(block.index) })

      if (written.length > 0) {
        this.safeDispatchEvent('have', { detail: written.map(run => ({ first: run[0].index, count: run.length })) })
      }

      written.flat().forEach(block => { block.resolve() })
    } catch (err: any) {
      group.forEach(block => { block.reject(err) })
    }
  }
}

/** Blocks that lie next to each other in the file are written in one call. */
function toRuns (group: PendingBlock[]): PendingBlock[][] {
  const runs: PendingBlock[][] = []

  for (const block of group.sort((a, b) => a.index - b.index)) {
    const run = runs[runs.length - 1]

    if (run != null && run[0].index + run.length === block.index) {
      run.push(block)
    } else {
      runs.push([block])
    }
  }

  return runs
}
