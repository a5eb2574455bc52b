import { fstatSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { SourceChangedError, storageError } from './errors.ts'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** A folder may have 65,536 files; 1,024 descriptors are all that many systems give to a process. */
const MAX_OPEN_FILES = 64

/** Milliseconds between two looks at whether a path still leads to the file that is open. */
const PATH_CHECK_INTERVAL = 1_000

/**
 * Milliseconds. Systems stamp files with a clock that ticks every 10 ms or so: a file that was written in this very tick
 * could be written once more without a trace.
 */
const CLOCK_TICK = 50

/** What tells that a file was touched. */
export interface FileStamp {
  /** Bytes */
  size: bigint
  /** Nanoseconds since the epoch */
  mtime: bigint
  inode: bigint
}

export function stampOf (stats: BigIntStats): FileStamp {
  return { size: stats.size, mtime: stats.mtimeNs, inode: stats.ino }
}

export function sameStamp (a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.inode === b.inode
}

export interface FileEntry {
  /** Absolute */
  path: string
  /** Bytes */
  size: number
}

interface OpenFile {
  handle: Promise<FileHandle>
  users: number
  /** When the path was last looked at, as of performance.now() */
  checked: number
}

export interface FileSetInit {
  /**
   * Open the files for writing, too.
   *
   * @default false
   */
  writable?: boolean
  /**
   * Stamps of the files: what is read from a file with another one is refused.
   *
   * @default no check
   */
  stamps?: FileStamp[]
}

/** The bytes of an object as they lie in one file, or in the files of a folder, one after the other. */
export class FileSet {
  readonly files: FileEntry[]
  readonly #offsets: number[] = []
  readonly #writable: boolean
  readonly #stamps?: FileStamp[]
  // in order of use, the longest unused first
  readonly #open = new Map<number, OpenFile>()
  readonly #unsynced = new Set<number>()
  readonly #unstamped = new Set<number>()
  #closed = false

  constructor (files: FileEntry[], init: FileSetInit = {}) {
    this.files = files
    this.#writable = init.writable ?? false
    this.#stamps = init.stamps

    let offset = 0

    for (const file of files) {
      this.#offsets.push(offset)
      offset += file.size
    }
  }

  /**
   * Fills a buffer with the bytes from `offset` on.
   *
   * @throws {SourceChangedError}
   */
  async readInto (into: Uint8Array, offset: number): Promise<void> {
    for (const { index, position, start, length } of this.#pieces(offset, into.byteLength)) {
      const { path } = this.files[index]

      try {
        await this.#use(index, async (handle, file) => {
          for (let done = 0; done < length;) {
            const { bytesRead } = await handle.read(into, start + done, length - done, position + done)

            if (bytesRead === 0) {
              throw new SourceChangedError(path, 'was cut short')
            }

            done += bytesRead
          }

          await this.#check(index, handle, file)
        })
      } catch (err: any) {
        throw sourceError(err, path)
      }
    }
  }

  /**
   * Writes chunks one after the other from `offset` on.
   *
   * @throws {NoSpaceError | StorageError}
   */
  async write (offset: number, chunks: Uint8Array[]): Promise<void> {
    const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)

    for (const { index, position, start, length } of this.#pieces(offset, total)) {
      const piece = length === total ? chunks : slice(chunks, start, length)
      this.touched(index)

      try {
        await this.#use(index, async handle => { await writeAll(handle, piece, position, length) })
      } catch (err) {
        throw storageError(err, this.files[index].path)
      }
    }
  }

  /** Notes that a file was written to, here or in an earlier run, and is not yet safe from a power failure. */
  touched (index: number): void {
    this.#unsynced.add(index)
    this.#unstamped.add(index)
  }

  /** Files that a range of bytes lies in. */
  filesOf (offset: number, length: number): number[] {
    return Array.from(this.#pieces(offset, length), piece => piece.index)
  }

  /**
   * Makes all that was written last.
   *
   * @throws {NoSpaceError | StorageError}
   */
  async sync (): Promise<void> {
    for (const index of [...this.#unsynced]) {
      this.#unsynced.delete(index)

      try {
        await this.#use(index, async handle => { await handle.datasync() })
      } catch (err) {
        this.#unsynced.add(index)
        throw storageError(err, this.files[index].path)
      }
    }
  }

  /** Stamps of the files that were written to since the last call, by index. */
  async takeStamps (): Promise<Map<number, FileStamp>> {
    const stamps = new Map<number, FileStamp>()

    for (const index of [...this.#unstamped]) {
      this.#unstamped.delete(index)
      await this.#use(index, async handle => { stamps.set(index, stampOf(fstatSync(handle.fd, { bigint: true }))) })
    }

    return stamps
  }

  /**
   * Compares all files with their stamps; reads nothing.
   *
   * @throws {SourceChangedError}
   */
  async check (): Promise<void> {
    for (const [index, { path }] of this.files.entries()) {
      try {
        this.#compare(index, await stat(path, { bigint: true }))
      } catch (err: any) {
        throw sourceError(err, path)
      }
    }
  }

  /** Waits until whatever is written to the files from now on changes their stamps. */
  async outlastClockTick (signal?: AbortSignal): Promise<void> {
    const youngest = this.#stamps?.reduce((youngest, { mtime }) => Math.max(youngest, Number(mtime / 1_000_000n)), 0) ?? 0
    const age = Date.now() - youngest

    if (age >= 0 && age < CLOCK_TICK) {
      await delay(CLOCK_TICK, undefined, { signal })
    }
  }

  /** Closes all files, those in use when they no longer are. */
  close (): void {
    this.#closed = true
    this.#trim(0)
  }

  async #check (index: number, handle: FileHandle, file: OpenFile): Promise<void> {
    if (this.#stamps == null) {
      return
    }

    // in memory for the system: a call without a trip to the thread pool costs two microseconds
    this.#compare(index, fstatSync(handle.fd, { bigint: true }))

    const now = performance.now()

    if (now - file.checked > PATH_CHECK_INTERVAL) {
      file.checked = now
      this.#compare(index, await stat(this.files[index].path, { bigint: true }))
    }
  }

  #compare (index: number, stats: BigIntStats): void {
    const stamp = this.#stamps?.[index]

    if (stamp != null && !sameStamp(stamp, stampOf(stats))) {
      throw new SourceChangedError(this.files[index].path, 'was changed')
    }
  }

  * #pieces (offset: number, total: number): Generator<{ index: number, position: number, start: number, length: number }> {
    // the last file that begins at or before the offset
    let low = 0

    for (let high = this.files.length; high - low > 1;) {
      const middle = (low + high) >> 1

      if (this.#offsets[middle] <= offset) {
        low = middle
      } else {
        high = middle
      }
    }

    for (let index = low, start = 0; start < total; index++) {
      if (index >= this.files.length) {
        throw new RangeError(`${offset + total} bytes are more than the files have`)
      }

      const position = offset + start - this.#offsets[index]
      const length = Math.min(total - start, this.files[index].size - position)

      if (length > 0) {
        yield { index, position, start, length }
        start += length
      }
    }
  }

  async #use (index: number, work: (handle: FileHandle, file: OpenFile) => Promise<void>): Promise<void> {
    let file = this.#open.get(index)

    if (file == null) {
      const handle = open(this.files[index].path, this.#writable ? 'r+' : 'r')
      file = { handle, users: 0, checked: performance.now() }
      // what cannot be opened now may be later
      handle.catch(() => { this.#open.delete(index) })
    }

    this.#open.delete(index)
    this.#open.set(index, file)
    file.users++

    try {
      await work(await file.handle, file)
    } finally {
      file.users--
      this.#trim(this.#closed ? 0 : MAX_OPEN_FILES)
    }
  }

  #trim (most: number): void {
    for (const [index, file] of this.#open) {
      if (this.#open.size <= most) {
        return
      }

      if (file.users === 0) {
        this.#open.delete(index)
        file.handle.then(async handle => { await handle.close() }).catch(() => {})
      }
    }
  }
}

function sourceError (err: any, path: string): Error {
  switch (err.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SourceChangedError(path, 'is gone', { cause: err })
    case 'EACCES':
    case 'EPERM':
    case 'EISDIR':
    case 'EIO':
    case 'ESTALE':
      return new SourceChangedError(path, `cannot be read (${err.code})`, { cause: err })
    default:
      return err
  }
}

async function writeAll (handle: FileHandle, chunks: Uint8Array[], position: number, length: number): Promise<void> {
  for (let done = 0; done < length;) {
    // a system writes less than it was given when the disk is about to be full, and says why the next time
    const { bytesWritten } = await handle.writev(done === 0 ? chunks : slice(chunks, done, length - done), position + done)
    done += bytesWritten
  }
}

/** `length` bytes from `start` on, as views. */
function slice (chunks: Uint8Array[], start: number, length: number): Uint8Array[] {
  const views: Uint8Array[] = []

  for (const chunk of chunks) {
    if (length > 0 && start < chunk.byteLength) {
      const view = chunk.subarray(start, start + length)
      views.push(view)
      length -= view.byteLength
    }

    start = Math.max(0, start - chunk.byteLength)
  }

  return views
}
