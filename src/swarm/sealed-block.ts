import { blockSeal } from '../exchange/index.ts'
import { giveBack } from '../object/give-back.ts'
import { sha256 } from '../object/hashes.ts'
import type { DownloadTarget } from './target.ts'
import type { BlockSink } from '../../protocols/block/index.ts'

/** A block in its plain form, with the hash of its published form. */
export interface OpenedBlock {
  leaf: Uint8Array
  plain: Uint8Array[]
}

/** What happens to a sealed block, told to its provider. */
interface SealedBlockEvents {
  chunk (bytes: number): void
  end (block: SealedBlock): void
  abort (block: SealedBlock): void
}

/** Bytes of buffers that are kept for the next blocks of any download. */
const MAX_IDLE_BYTES = 32 * 1024 * 1024

const idle: Uint8Array[] = []
let idleBytes = 0

/**
 * What comes over the network lives too short to be noticed by the garbage collector; sealed blocks wait for their keys, which is
 * long enough to cost full collections. So they are copied into buffers that are used again and again.
 */
function takeBuffer (length: number): Uint8Array {
  const fitting = idle.findIndex(buffer => buffer.byteLength >= length)

  if (fitting === -1) {
    return new Uint8Array(length)
  }

  const [buffer] = idle.splice(fitting, 1)
  idleBytes -= buffer.byteLength

  return buffer
}

/**
 * A block of mode proof: kept as it came until its key is there, and until it is judged, since a dispute may bring another
 * key.
 */
export class SealedBlock implements BlockSink {
  readonly index: number
  /** In the session, from 1 */
  readonly position: number
  /** Of its inclusion path, as they came with it */
  siblings = new Uint8Array(0)
  received = 0
  #buffer?: Uint8Array
  readonly #events: SealedBlockEvents

  constructor (index: number, position: number, length: number, events: SealedBlockEvents) {
    this.index = index
    this.position = position
    this.#buffer = takeBuffer(length)
    this.#events = events
  }

  chunk (bytes: Uint8Array): void {
    this.#buffer?.set(bytes, this.received)
    this.received += bytes.byteLength
    this.#events.chunk(bytes.byteLength)
  }

  end (hashes: Uint8Array): void {
    this.siblings = hashes as Uint8Array<ArrayBuffer>
    this.#events.end(this)
  }

  abort (): void {
    this.release()
    this.#events.abort(this)
  }

  /** SHA-256 of the ciphertext: what is acknowledged. Not on another thread: the copy for it and the wake-ups cost as much. */
  hash (): Uint8Array {
    return sha256(this.#sealed)
  }

  /** Opens it with a key, which may be wrong: the leaf hash tells. Can be done again with another one, until it is released. */
  open (key: Uint8Array, target: DownloadTarget): OpenedBlock {
    return openPublished(this.index, blockSeal(key).update(this.#sealed), target, true)
  }

  /** Nobody needs it any more. */
  release (): void {
    if (this.#buffer != null && idleBytes + this.#buffer.byteLength <= MAX_IDLE_BYTES) {
      idle.push(this.#buffer)
      idleBytes += this.#buffer.byteLength
    }

    this.#buffer = undefined
  }

  get #sealed (): Uint8Array<ArrayBuffer> {
    return (this.#buffer?.subarray(0, this.received) ?? new Uint8Array(0)) as Uint8Array<ArrayBuffer>
  }
}

/**
 * A block's plain form, from its published form. If nobody else refers to its memory, it is `owned`: it is given back when it
 * is decrypted.
 */
export function openPublished (index: number, published: Uint8Array, { tree, cipher }: DownloadTarget, owned: boolean): OpenedBlock {
  const leaf = tree.hash.leaf(published)

  if (cipher == null) {
    return { leaf, plain: [published] }
  }

  const plain = [cipher.block(index).update(published)]

  if (owned) {
    giveBack(published)
  }

  return { leaf, plain }
}
