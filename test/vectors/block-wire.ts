import { writeFile } from 'node:fs/promises'
import { toString } from 'uint8arrays/to-string'
import { Channel } from '../../protocols/block/channel.ts'
import { Availability, BlockStatus, ProviderMessage, RecipientMessage } from '../../protocols/block/pb/block.ts'
import type { Stream } from '@libp2p/interface'

/** Encoded messages, hexadecimal, length prefixes and raw bytes included, beside what they mean. */
export interface WireVectors {
  recipient: Array<{ name: string, message: unknown, encoded: string }>
  provider: Array<{ name: string, message: unknown, body?: string, encoded: string }>
}

const bytes = (length: number, from = 0): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, i) => (from + i) % 256)

const RECIPIENT: Array<[string, Partial<RecipientMessage>]> = [
  ['open, with 11 blocks of which the recipient has 0, 1, 2 and 10', { open: { object: bytes(36, 1), certificate: bytes(5, 100), ticket: bytes(6, 200), have: Uint8Array.of(0x07, 0x04) } }],
  ['open, with nothing yet', { open: { object: bytes(36, 1), certificate: bytes(5, 100), ticket: bytes(6, 200), have: bytes(0) } }],
  ['open, in mode proof', { open: { object: bytes(36, 1), certificate: bytes(5, 100), ticket: bytes(6, 200), have: bytes(0), nonce: bytes(32, 10) } }],
  ['request of two blocks', { request: { blocks: [{ index: 0, levels: 4 }, { index: 300, levels: 0 }], superBlock: false } }],
  ['request of the super-block', { request: { blocks: [], superBlock: true } }],
  ['cancel', { cancel: { blocks: [300, 301] } }],
  ['have: blocks 3 to 5, and 9', { have: { ranges: [3, 3, 9, 1] } }],
  ['have: a sign of life', { have: { ranges: [] } }],
  ['renew', { renew: { ticket: bytes(6, 200) } }]
]

const PROVIDER: Array<[string, Partial<ProviderMessage>, Uint8Array?]> = [
  ['opened, by a client that has some blocks', {
    opened: { status: BlockStatus.BLOCK_OK, reason: '', availability: Availability.SOME, have: Uint8Array.of(0x07, 0x04), certificate: bytes(0), window: 64, superBlock: false, peers: [{ id: bytes(38), addresses: [bytes(8, 4)] }] }
  }],
  ['opened, by an origin', {
    opened: { status: BlockStatus.BLOCK_OK, reason: '', availability: Availability.OFFERS, have: bytes(0), certificate: bytes(5, 100), window: 64, superBlock: true, peers: [] }
  }],
  ['opened, in mode proof', {
    opened: { status: BlockStatus.BLOCK_OK, reason: '', availability: Availability.ALL, have: bytes(0), certificate: bytes(0), window: 64, superBlock: false, peers: [], nonce: bytes(32, 60), acknowledgementWindow: 1 }
  }],
  ['opened, refused', {
    opened: { status: BlockStatus.BLOCK_SERVER_CONFLICT, reason: 'the certificates of the server differ', availability: Availability.SOME, have: bytes(0), certificate: bytes(5, 100), window: 0, superBlock: false, peers: [] }
  }],
  ['have', { have: { ranges: [0, 64] } }],
  ['block 2 of 20 bytes with two hashes', { block: { index: 2, hashes: bytes(64), length: 20 } }, bytes(20, 50)],
  ['block 0 of 200 bytes without hashes', { block: { index: 0, hashes: bytes(0), length: 200 } }, bytes(200)],
  ['block 300 of 20 bytes, the third of a session in mode proof', { block: { index: 300, hashes: bytes(32), length: 20, position: 3 } }, bytes(20, 50)],
  ['super-block of three leaves', { superBlock: { length: 96 } }, bytes(96)],
  ['refused', { refused: { blocks: [7, 8], status: BlockStatus.BLOCK_NOT_FOUND } }],
  ['refused: cancelled requests', { refused: { blocks: [300, 301], status: BlockStatus.BLOCK_OK } }],
  ['refused: the super-block', { refused: { blocks: [], status: BlockStatus.BLOCK_NOT_FOUND } }],
  ['closing', { closing: { status: BlockStatus.BLOCK_LIMIT_EXCEEDED, reason: 'more than 64 requests outstanding' } }],
  ['closing: blocks were not acknowledged', { closing: { status: BlockStatus.BLOCK_UNACKNOWLEDGED, reason: 'what was sent is not acknowledged' } }]
]

export function wireVectors (): WireVectors {
  const sent: Uint8Array[] = []
  const stream = {
    writeStatus: 'writable',
    addEventListener: () => {},
    send: (data: { subarray (): Uint8Array }) => {
      sent.push(data.subarray())
      return true
    }
  } as unknown as Stream
  const handler = { message: () => undefined, chunk: () => {}, end: () => {}, remoteClosed: () => {}, closed: () => {} }
  const recipient = new Channel(stream, ProviderMessage, RecipientMessage, handler)
  const provider = new Channel(stream, RecipientMessage, ProviderMessage, handler)

  return {
    recipient: RECIPIENT.map(([name, message]) => {
      recipient.send(message)
      return { name, message: readable(message), encoded: hex(sent.splice(0)[0]) }
    }),
    provider: PROVIDER.map(([name, message, body]) => {
      provider.send(message, body)
      return { name, message: readable(message), ...(body == null ? {} : { body: hex(body) }), encoded: hex(sent.splice(0)[0]) }
    })
  }
}

/** With bytes in hexadecimal. */
export function readable (message: unknown): unknown {
  return JSON.parse(JSON.stringify(message, (key, value) => value instanceof Uint8Array ? hex(value) : value))
}

function hex (bytes: Uint8Array): string {
  return toString(bytes, 'base16')
}

if (import.meta.main) {
  await writeFile(new URL('../../protocols/block/wire-vectors.json', import.meta.url), JSON.stringify(wireVectors(), null, 2) + '\n')
}
