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

/** What happens to an arriving block, told to its provider. */
interface ArrivingBlockEvents {
  chunk (bytes: number): void
  end (block: ArrivingBlock): void
  abort (block: ArrivingBlock): void
}

/** Bytes of buffers that are kept for the next blocks of any download. */
const MAX_IDLE_BYTES = 32 * 1024 * 1024

const idle: Uint8Array[] = []
let idleBytes = 0

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
 * A block on its way in, in one buffer that is used again and again: to decrypt and to hash it in one go takes less than piece by piece, and
 * leaves less to collect. With mode proof it is sealed, and kept as it came until its key is there, and until it is judged, since
 * a dispute may bring another key.
 */
export class ArrivingBlock implements BlockSink {
  readonly index: number
  /** With mode proof: in the session, from 1 */
  readonly position: number
  /** Of its inclusion path, as they came with it */
  siblings = new Uint8Array(0)
  received = 0
  #buffer?: Uint8Array
  readonly #events: ArrivingBlockEvents

  constructor (index: number, position: number, length: number, events: ArrivingBlockEvents) {
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

  /** SHA-256 of it as it came: what is acknowledged. Not on another thread: the copy for it and the wake-ups cost as much. */
  hash (): Uint8Array {
    return sha256(this.#bytes)
  }

  /** Opens it once and for all, as it is not sealed. */
  open (target: DownloadTarget): OpenedBlock {
    const opened = openPublished(this.index, this.#bytes, target, false)

    if (target.cipher == null) {
      // it is the plain form itself
      this.#buffer = undefined
    } else {
      this.release()
    }

    return opened
  }

  /** Opens it with a key, which may be wrong: the leaf hash tells. Can be done again with another one, until it is released. */
  unseal (key: Uint8Array, target: DownloadTarget): OpenedBlock {
    return openPublished(this.index, blockSeal(key).update(this.#bytes), target, true)
  }

  /** Nobody needs it any more. */
  release (): void {
    if (this.#buffer != null && idleBytes + this.#buffer.byteLength <= MAX_IDLE_BYTES) {
      idle.push(this.#buffer)
      idleBytes += this.#buffer.byteLength
    }

    this.#buffer = undefined
  }

  get #bytes (): Uint8Array<ArrayBuffer> {
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
