/**
 * What is known about a part file, in records that are only ever appended. A record is the length of its body (u32), the
 * CRC-32 of its body (u32) and its body: a type (u8) and fields.
 *
 * All integers are little-endian. A record that is cut short or damaged ends the journal: it and all after it are cut off.
 */
import { fstatSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { writeFileAtomic } from '../home/index.ts'
import { storageError } from './errors.ts'
import type { FileStamp } from './file-set.ts'
import type { KnownNode } from '../object/index.ts'
import type { FileHandle } from 'node:fs/promises'

/** The records after this were written in one run of the operating system, whose id this is; empty: not known. */
export interface BootRecord {
  type: 'boot'
  id: string
}

/** These blocks are about to be written, and these hashes are true. */
export interface BlocksRecord {
  type: 'blocks'
  blocks: number[]
  nodes: KnownNode[]
}

/** Everything above is written, and this is how some files look now. */
export interface StampsRecord {
  type: 'stamps'
  /** Everything above would survive a power failure */
  synced: boolean
  stamps: Map<number, FileStamp>
}

export type JournalRecord = BootRecord | BlocksRecord | StampsRecord

const BOOT = 1
const BLOCKS = 2
const STAMPS = 3
const HEADER_LENGTH = 8
const STAMP_LENGTH = 4 + 8 + 8 + 8

export class Journal {
  readonly #path: string
  readonly #file: FileHandle
  #length: number
  #broken?: Error

  private constructor (path: string, file: FileHandle, length: number) {
    this.#path = path
    this.#file = file
    this.#length = length
  }

  /** Starts a journal with some records; one that is there is replaced, at once and as a whole. */
  static async create (path: string, records: JournalRecord[]): Promise<Journal> {
    const bytes = Buffer.concat(records.map(encode))

    try {
      await writeFileAtomic(path, bytes)

      return new Journal(path, await open(path, 'r+'), bytes.byteLength)
    } catch (err) {
      throw storageError(err, path)
    }
  }

  /** Where the journal ends; give it to `rewind` to take back what was appended since. */
  get end (): number {
    return this.#length
  }

  /**
   * @throws {NoSpaceError | StorageError}; then nothing was appended
   */
  async append (record: JournalRecord): Promise<void> {
    const bytes = encode(record)

    if (this.#broken != null) {
      throw this.#broken
    }

    try {
      for (let done = 0; done < bytes.byteLength;) {
        done += (await this.#file.write(bytes, done, bytes.byteLength - done, this.#length + done)).bytesWritten
      }

      this.#length += bytes.byteLength
    } catch (err) {
      await this.rewind(this.#length)
      throw storageError(err, this.#path)
    }
  }

  /** Takes back what was appended since `end`. When that is impossible, nothing can be appended any more. */
  async rewind (end: number): Promise<void> {
    try {
      await this.#file.truncate(end)
      this.#length = end
    } catch (err) {
      this.#broken = storageError(err, this.#path)
      throw this.#broken
    }
  }

  /** Makes all records last. */
  async sync (): Promise<void> {
    await this.#file.datasync()
  }

  async close (): Promise<void> {
    await this.#file.close()
  }
}

export interface JournalContent {
  records: JournalRecord[]
  /** When the last record was written, nanoseconds since the epoch */
  written: bigint
}

/** The sound records of a journal; none when there is no journal. */
export async function readJournal (path: string): Promise<JournalContent> {
  try {
    const file = await open(path, 'r')

    try {
      return { records: decodeRecords(await file.readFile()), written: fstatSync(file.fd, { bigint: true }).mtimeNs }
    } finally {
      await file.close()
    }
  } catch (err: any) {
    if (err.code === 'ENOENT') {
      return { records: [], written: 0n }
    }

    throw storageError(err, path)
  }
}

export function decodeRecords (bytes: Buffer): JournalRecord[] {
  const records: JournalRecord[] = []

  for (let at = 0; at + HEADER_LENGTH <= bytes.byteLength;) {
    const length = bytes.readUInt32LE(at)
    const body = bytes.subarray(at + HEADER_LENGTH, at + HEADER_LENGTH + length)

    // no record is empty; a hole in a file that a power failure left reads as zeros, whose CRC-32 over nothing is 0
    if (length === 0 || body.byteLength !== length || crc32(body) !== bytes.readUInt32LE(at + 4)) {
      break
    }

    records.push(decode(body))
    at += HEADER_LENGTH + length
  }

  return records
}

function encode (record: JournalRecord): Buffer {
  const body = encodeBody(record)
  const header = Buffer.alloc(HEADER_LENGTH)
  header.writeUInt32LE(body.byteLength, 0)
  header.writeUInt32LE(crc32(body), 4)

  return Buffer.concat([header, body])
}

function encodeBody (record: JournalRecord): Buffer {
  switch (record.type) {
    case 'boot':
      return Buffer.concat([Buffer.of(BOOT), Buffer.from(record.id)])
    case 'blocks': {
      const hashLength = record.nodes[0]?.hash.byteLength ?? 0
      const body = Buffer.alloc(1 + 4 + record.blocks.length * 4 + 1 + record.nodes.length * (5 + hashLength))
      let at = body.writeUInt32LE(record.blocks.length, body.writeUInt8(BLOCKS, 0))

      for (const block of record.blocks) {
        at = body.writeUInt32LE(block, at)
      }

      at = body.writeUInt8(hashLength, at)

      for (const { level, index, hash } of record.nodes) {
        at = body.writeUInt32LE(index, body.writeUInt8(level, at))
        body.set(hash, at)
        at += hashLength
      }

      return body
    }
    default: {
      const body = Buffer.alloc(2 + record.stamps.size * STAMP_LENGTH)
      let at = body.writeUInt8(record.synced ? 1 : 0, body.writeUInt8(STAMPS, 0))

      for (const [file, { size, mtime, inode }] of record.stamps) {
        at = body.writeUInt32LE(file, at)
        at = body.writeBigUInt64LE(size, at)
        at = body.writeBigInt64LE(mtime, at)
        at = body.writeBigUInt64LE(inode, at)
      }

      return body
    }
  }
}

function decode (body: Buffer): JournalRecord {
  switch (body.readUInt8(0)) {
    case BOOT:
      return { type: 'boot', id: body.toString('utf8', 1) }
    case BLOCKS: {
      const blocks: number[] = []
      const nodes: KnownNode[] = []
      let at = 5

      for (const end = at + body.readUInt32LE(1) * 4; at < end; at += 4) {
        blocks.push(body.readUInt32LE(at))
      }

      const hashLength = body.readUInt8(at++)

      for (; at < body.byteLength; at += 5 + hashLength) {
        nodes.push({ level: body.readUInt8(at), index: body.readUInt32LE(at + 1), hash: body.subarray(at + 5, at + 5 + hashLength) })
      }

      return { type: 'blocks', blocks, nodes }
    }
    case STAMPS: {
      const stamps = new Map<number, FileStamp>()

      for (let at = 2; at < body.byteLength; at += STAMP_LENGTH) {
        stamps.set(body.readUInt32LE(at), {
          size: body.readBigUInt64LE(at + 4),
          mtime: body.readBigInt64LE(at + 12),
          inode: body.readBigUInt64LE(at + 20)
        })
      }

      return { type: 'stamps', synced: body.readUInt8(1) === 1, stamps }
    }
    default:
      throw new Error('The journal was written by a newer version of mssl')
  }
}
