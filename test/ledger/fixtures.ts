import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { object, peer } from '../ticket/fixtures.ts'
import type { Settlement } from '../../src/ledger/index.ts'
import type { PeerId } from '@libp2p/interface'

/** Bytes; the last block of every object is shorter */
export const BLOCK_LENGTH = 256 * 1024
export const DAY = 86_400_000

const PEERS = await Promise.all(Array.from({ length: 8 }, async (_, i) => peer(i + 10)))

/** One of eight clients. */
export function client (i: number): PeerId {
  return PEERS[i]
}

export interface Session {
  id: number
  provider?: number
  recipient?: number
  object?: number
  indices: number[]
  /** @default all */
  count?: number
  relieved?: boolean
}

/** A settlement of the session; the serial follows from recipient and object, as a server derives it. */
export function settlement ({ id, provider = 0, recipient = 1, object: seed = 1, indices, count = indices.length, relieved = true }: Session): Settlement {
  return {
    session: hash('session', id),
    provider: client(provider),
    recipient: client(recipient),
    object: object(seed),
    serial: hash('serial', recipient, seed).subarray(0, 16),
    count,
    indices: Uint32Array.from(indices),
    blockLength: index => index === 19 ? 70_000 : BLOCK_LENGTH,
    relieved
  }
}

/** Of a block of `settlement`, in 64 KiB. */
export function units (index: number): number {
  return index === 19 ? 2 : 4
}

export function hash (...parts: Array<string | number>): Uint8Array {
  return createHash('sha256').update(parts.join('|')).digest()
}

export function memory (): DatabaseSync {
  return new DatabaseSync(':memory:')
}
