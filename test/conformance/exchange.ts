/** What both ends of an exchange compute, and the server after them: protocols/ack/README.md. */
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto'
import { sha256 } from './object.ts'
import { encode, Fields, readVarint, varint } from './protobuf.ts'
import { isEd25519PeerId, must, readTicket, same, signEd25519, verifyEd25519 } from './records.ts'
import type { Ticket } from './records.ts'

export const ACK_PROTOCOL = '/mssl/ack/1.0.0'
export const MAX_SESSION_BLOCKS = 65_536
export const MAX_KEYS = 512

export function hmac (key: Uint8Array, ...parts: Array<Uint8Array | string>): Buffer {
  return parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()
}

export function u32be (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)

  return bytes
}

export function u64be (value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))

  return bytes
}

/** Bytes that are a sequence of values of 32. */
export function split (bytes: Uint8Array): Uint8Array[] {
  must(bytes.byteLength % 32 === 0, 'values of 32 bytes')

  return Array.from({ length: bytes.byteLength / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32))
}

// ---------------------------------------------------------------- what only the server can compute

export function escrowSecret (root: Uint8Array, provider: Uint8Array): Uint8Array {
  return hmac(root, 'mssl/escrow/1', provider)
}

export function serialOf (root: Uint8Array, client: Uint8Array, object: Uint8Array, notBefore: number): Uint8Array {
  return hmac(root, 'mssl/serial/1', client, object, u64be(Math.floor(notBefore / 2_592_000_000))).subarray(0, 16)
}

// ---------------------------------------------------------------- session

export interface Terms {
  /** Envelope, as it was in `Open` */
  ticket: Uint8Array
  /** PeerId multihashes of Ed25519 keys */
  provider: Uint8Array
  recipient: Uint8Array
  recipientNonce: Uint8Array
  providerNonce: Uint8Array
}

export function sessionId ({ ticket, provider, recipient, recipientNonce, providerNonce }: Terms): Uint8Array {
  return sha256('mssl/session/1', sha256(ticket), provider, recipient, recipientNonce, providerNonce)
}

/** 36 bytes of PublicKey, which such a PeerId consists of */
export function publicKeyOf (peer: Uint8Array): Uint8Array {
  must(isEd25519PeerId(peer), 'an Ed25519 identity')

  return peer.subarray(2)
}

export function blockKey (escrow: Uint8Array, session: Uint8Array, position: number, index: number): Uint8Array {
  const sessionKey = new Uint8Array(hkdfSync('sha256', escrow, session, 'mssl/block-keys/1', 32))

  return hmac(sessionKey, u64be(position), u64be(index))
}

/** From the published form to the ciphertext, and back. */
export function sealBlock (block: Uint8Array, key: Uint8Array): Uint8Array {
  return createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(block)
}

// ---------------------------------------------------------------- chains and acknowledgements

/** What was sent in a session, in the order of positions: index and hash of the ciphertext. */
export class Chains {
  readonly session: Uint8Array
  readonly indices: number[] = []
  readonly hashes: Uint8Array[] = []

  constructor (session: Uint8Array) {
    this.session = session
  }

  get length (): number {
    return this.indices.length
  }

  add (index: number, hash: Uint8Array): void {
    this.indices.push(index)
    this.hashes.push(hash)
  }

  indexChain (count: number): Uint8Array {
    return sha256(this.session, ...this.indices.slice(0, count).map(u32be))
  }

  entryChain (count: number): Uint8Array {
    return this.hashes.slice(0, count).reduce((chain, hash, i) => sha256(chain, u32be(this.indices[i]), hash), this.session)
  }

  /** What is signed about the first blocks. */
  statement (purpose: 'acknowledgement' | 'claim', count: number): Uint8Array {
    return Buffer.concat([Buffer.from(`mssl/${purpose}/1`), this.session, u64be(count), this.indexChain(count), this.entryChain(count)])
  }

  acknowledge (seed: Uint8Array, count: number): Uint8Array {
    return encode([1, this.session], [2, count], [3, this.indexChain(count)], [4, this.entryChain(count)], [5, signEd25519(seed, this.statement('acknowledgement', count))])
  }

  /** Whether an acknowledgement is of these blocks, and signed by that peer. */
  accepts (acknowledgement: Fields, recipient: Uint8Array): boolean {
    const count = acknowledgement.number(2)

    return count >= 1 && count <= this.length &&
      [this.session, this.indexChain(count), this.entryChain(count)].every((value, i) => same(value, acknowledgement.bytes([1, 3, 4][i]))) &&
      acknowledgement.bytes(5).byteLength === 64 &&
      verifyEd25519(publicKeyOf(recipient), this.statement('acknowledgement', count), acknowledgement.bytes(5))
  }

  /** `Session`: all that a server needs to judge. */
  evidence ({ ticket, provider, recipientNonce, providerNonce }: Terms, acknowledgement: Uint8Array): Uint8Array {
    const count = new Fields(acknowledgement).number(2)

    return encode([1, ticket], [2, provider], [3, recipientNonce], [4, providerNonce], [5, acknowledgement], [6, encodeList(this.indices.slice(0, count))])
  }
}

// ---------------------------------------------------------------- list of blocks

export function encodeList (indices: number[]): Uint8Array {
  return Buffer.concat(indices.map((index, i) => {
    const difference = index - (indices[i - 1] ?? 0)

    return varint(difference >= 0 ? 2 * difference : -2 * difference - 1)
  }))
}

export function decodeList (bytes: Uint8Array, count: number, blockCount: number): number[] {
  const indices: number[] = []

  for (let at = 0; at < bytes.byteLength;) {
    const [zigzag, next] = readVarint(bytes, at)
    const index = (indices.at(-1) ?? 0) + (zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2)
    must(next - at <= 3 && next - at === varint(zigzag).byteLength, 'shortest form')
    must(index >= 0 && index < blockCount, 'a block of the object')
    indices.push(index)
    at = next
  }

  must(indices.length === count, 'as many as acknowledged')

  return indices
}

// ---------------------------------------------------------------- double spending

/** A session as one can judge about it without the server's secret: who signed for which blocks. */
function readSession (bytes: Uint8Array, issuer: Uint8Array): { ticket: Ticket, provider: Uint8Array, blocks: number[] } {
  const fields = new Fields(bytes)
  const [envelope, provider, recipientNonce, providerNonce, list] = [1, 2, 3, 4, 6].map(number => fields.bytes(number))
  const acknowledgement = new Fields(fields.bytes(5))
  const { signer, ticket } = readTicket(envelope)
  must(same(signer, issuer) && ticket.mode === 2, 'a ticket of the server for mode purchase')
  const session = sessionId({ ticket: envelope, provider, recipient: ticket.client, recipientNonce, providerNonce })
  const blocks = decodeList(list, acknowledgement.number(2), 2 ** 20)
  const indexChain = sha256(session, ...blocks.map(u32be))
  must(same(session, acknowledgement.bytes(1)) && same(indexChain, acknowledgement.bytes(3)), 'what was acknowledged')
  const statement = Buffer.concat([Buffer.from('mssl/acknowledgement/1'), session, u64be(blocks.length), indexChain, acknowledgement.bytes(4)])
  must(verifyEd25519(publicKeyOf(ticket.client), statement, acknowledgement.bytes(5)), 'signed by the recipient')

  return { ticket, provider, blocks }
}

/** @throws {Error} unless two sessions prove that the coin of a block was spent twice */
export function checkDoubleSpending (sessions: Uint8Array[], block: number, { issuer, server }: { issuer: Uint8Array, server: Uint8Array }): void {
  const [first, second] = sessions.map(session => readSession(session, issuer))
  must((['serial', 'client', 'object'] as const).every(field => same(first.ticket[field], second.ticket[field])), 'one coin book')
  must([first, second].every(({ blocks }) => blocks.includes(block)), 'the coin of that block')
  must(!same(first.provider, second.provider), 'two providers')
  must([first, second].every(({ provider }) => !same(provider, server)), 'neither of them the server')
}
