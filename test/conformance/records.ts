/** Links and signed records, as protocols/ticket/README.md has them. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'
import { HASHES, sha256 } from './object.ts'
import { readPrice } from './price.ts'
import { encode, Fields, prefixed } from './protobuf.ts'
import type { Price } from './price.ts'

const CLOCK_TOLERANCE = 120_000
const MAX_TICKET_LIFETIME = 30 * 24 * 3_600_000

const LIMITS = {
  certificate: 16 * 1024,
  ticket: 1024,
  manifest: 4 * 1024 * 1024,
  revocations: 1024 * 1024
}

export type RecordName = keyof typeof LIMITS

export function same (a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** @throws {Error} with the rule that is broken */
export function must (condition: boolean, rule: string): asserts condition {
  if (!condition) {
    throw new Error(rule)
  }
}

// ---------------------------------------------------------------- keys

/** libp2p's PublicKey: type 1 is Ed25519. */
const ED25519_PUBLIC_KEY = Buffer.from('08011220', 'hex')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export function verifyEd25519 (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  must(publicKey.byteLength === 36 && same(publicKey.subarray(0, 4), ED25519_PUBLIC_KEY), 'an issuer key is an Ed25519 key')

  return verify(null, data, createPublicKey({ key: Buffer.concat([SPKI, publicKey.subarray(4)]), format: 'der', type: 'spki' }), signature)
}

export function signEd25519 (seed: Uint8Array, data: Uint8Array): Uint8Array {
  return sign(null, data, createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' }))
}

// ---------------------------------------------------------------- envelopes

function signedBytes (name: RecordName, payload: Uint8Array): Uint8Array {
  return Buffer.concat([`mssl/${name}/1`, `/mssl/${name}/1`].map(text => prefixed(Buffer.from(text))).concat(prefixed(payload)))
}

function encodeEnvelope (name: RecordName, publicKey: Uint8Array, payload: Uint8Array, signature: Uint8Array): Uint8Array {
  return encode([1, publicKey], [2, `/mssl/${name}/1`], [3, payload], [5, signature])
}

export function seal (name: RecordName, payload: Uint8Array, seed: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return encodeEnvelope(name, publicKey, payload, signEd25519(seed, signedBytes(name, payload)))
}

export function unseal (name: RecordName, envelope: Uint8Array): { payload: Uint8Array, signer: Uint8Array } {
  must(envelope.byteLength > 0 && envelope.byteLength <= LIMITS[name], 'size of the envelope')

  const fields = new Fields(envelope)
  const [signer, type, payload, signature] = [1, 2, 3, 5].map(number => fields.bytes(number))
  must(same(type, Buffer.from(`/mssl/${name}/1`)), 'payload type')
  must(verifyEd25519(signer, signedBytes(name, payload), signature), 'signature')
  must(same(envelope, encodeEnvelope(name, signer, payload, signature)), 'canonical envelope')

  return { payload, signer }
}

function checkTimes (notBefore: number, notAfter: number, now: number): void {
  must(now >= notBefore - CLOCK_TOLERANCE, 'not-yet-valid')
  must(now <= notAfter + CLOCK_TOLERANCE, 'expired')
}

// ---------------------------------------------------------------- certificate

export interface Certificate {
  envelope: Uint8Array
  name: string
  issuer: Uint8Array
  nodes: Uint8Array[]
  addresses: Uint8Array[]
  notBefore: number
  notAfter: number
  epoch: number
  /** Fingerprints, oldest first */
  lineage: Uint8Array[]
}

export function openCertificate (envelope: Uint8Array, now = Date.now()): Certificate {
  const { payload, signer } = unseal('certificate', envelope)
  const fields = new Fields(payload)
  const certificate = {
    envelope,
    name: fields.text(1),
    issuer: fields.bytes(2),
    nodes: fields.all(3),
    addresses: fields.all(4),
    notBefore: fields.number(5),
    notAfter: fields.number(6),
    epoch: fields.number(7)
  }
  const { issuer, nodes, addresses, notBefore, notAfter, epoch } = certificate
  const rotations = fields.all(8).map(bytes => new Fields(bytes))
  const keys = [...rotations.map(rotation => rotation.bytes(1)), issuer]
  must(same(issuer, signer), 'self-signed')
  must(fields.bytes(1).byteLength <= 255, 'length of the name')
  must(nodes.length >= 1 && nodes.length <= 64 && nodes.every(isPeerId), 'nodes')
  must(addresses.length <= 64, 'number of addresses')
  // /p2p/ is the varint 421, then the length and the PeerId
  must(addresses.every(address => nodes.some(node => address.byteLength <= 512 && same(address.subarray(-node.byteLength - 3), Buffer.concat([Uint8Array.of(0xa5, 0x03), prefixed(node)])))), 'address of a node')
  must(notAfter > notBefore, 'validity')
  must(rotations.length === epoch && epoch <= 64, 'a rotation for each epoch')

  rotations.forEach((rotation, i) => {
    const handedOver = Buffer.alloc(8)
    handedOver.writeBigUInt64BE(BigInt(i + 1))
    must(verifyEd25519(keys[i], Buffer.concat([Buffer.from('mssl/rotation/1'), handedOver, keys[i + 1]]), rotation.bytes(2)), 'signature of a rotation')
  })

  const lineage = keys.map(key => sha256(key))
  must(new Set(lineage.map(fingerprint => fingerprint.toString('hex'))).size === keys.length, 'no key comes twice')
  checkTimes(notBefore, notAfter, now)

  return { ...certificate, lineage }
}

export function isOf (certificate: Certificate, fingerprint: Uint8Array): boolean {
  return certificate.lineage.some(other => same(other, fingerprint))
}

// ---------------------------------------------------------------- manifest

export interface Manifest {
  size: number
  blockSize: number
  blockCount: number
  root: Uint8Array
  hash: number
  encrypted: boolean
  superBlock: boolean
  mode: number
  /** With mode purchase */
  price?: Price
  name: string
  files: Array<{ path: string, size: number, executable: boolean }>
}

/** CIDv1, raw, sha2-256 */
export function objectId (payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(1, 0x55, 0x12, 0x20), sha256(payload)])
}

export function openManifest (envelope: Uint8Array, id: Uint8Array, lineage: Uint8Array[]): Manifest {
  const { payload, signer } = unseal('manifest', envelope)
  must(same(objectId(payload), id), 'object id')
  must(lineage.some(fingerprint => same(fingerprint, sha256(signer))), 'signed by the server')

  const fields = new Fields(payload)
  const [size, blockSize, hash] = [fields.number(1), fields.number(2), fields.number(4)]
  const files = fields.all(10).map(bytes => new Fields(bytes)).map(file => ({ path: file.text(1), size: file.number(2), executable: file.number(3) === 1 }))
  must(payload.byteLength <= 3.5 * 1024 * 1024, 'size of the manifest')
  must(blockSize >= 65_536 && blockSize <= 4_194_304 && Number.isInteger(Math.log2(blockSize)), 'block size')
  must(size <= blockSize * 2 ** 20, 'number of blocks')
  must(HASHES[hash] != null && fields.bytes(3).byteLength === 32, 'hash')
  must(fields.number(5) <= 1 && fields.number(6) <= 1 && fields.number(7) <= 2, 'encryption, delivery or mode')
  must(fields.has(8) === (fields.number(7) === 2), 'a price with mode purchase, and with no other')
  must([fields.text(9), ...files.flatMap(({ path }) => path.split('/'))].every(isSafeName), 'names')
  must(files.every(({ path }) => Buffer.byteLength(path) <= 3072 && files.filter(other => `${other.path}/`.startsWith(`${path}/`)).length === 1), 'paths')
  must(files.length === 0 || files.reduce((sum, file) => sum + file.size, 0) === size, 'sizes of the files')

  return {
    size,
    blockSize,
    blockCount: Math.ceil(size / blockSize),
    root: fields.bytes(3),
    hash,
    encrypted: fields.number(5) === 1,
    superBlock: fields.number(6) === 1,
    mode: fields.number(7),
    price: fields.has(8) ? readPrice(new Fields(fields.bytes(8)), size) : undefined,
    name: fields.text(9),
    files
  }
}

function isSafeName (name: string): boolean {
  const length = Buffer.byteLength(name)

  return length >= 1 && length <= 255 && name !== '.' && name !== '..' && !/[/\\\p{Cc}\ufffd]|^[a-z]:/iu.test(name)
}

// ---------------------------------------------------------------- ticket and revocation list

export interface Ticket {
  serial: Uint8Array
  client: Uint8Array
  object: Uint8Array
  mode: number
  notBefore: number
  notAfter: number
  standing?: number
  range?: { first: number, count: number }
  rate?: number
  /** With mode purchase: what the coins are good for */
  book?: { fee: number, bond: number, redeemUntil: number }
}

export interface Presented {
  /** The server's present issuer key */
  issuer: Uint8Array
  /** Multihash of the PeerId that the channel has proven */
  client: Uint8Array
  object: Uint8Array
  /** The object's */
  mode?: number
  now?: number
}

/** @throws {Error} with the word that the specification has for it */
export function openTicket (envelope: Uint8Array, { issuer, client, object, mode = 0, now = Date.now() }: Presented): Ticket {
  const { signer, ticket } = readTicket(envelope)
  must(same(signer, issuer) && same(ticket.client, client) && same(ticket.object, object), 'foreign')
  must(ticket.mode === mode, 'wrong-mode')
  checkTimes(ticket.notBefore, ticket.notAfter, now)

  return ticket
}

/** A ticket by itself, and whose key has signed it. */
export function readTicket (envelope: Uint8Array): { signer: Uint8Array, ticket: Ticket } {
  const { payload, signer } = unseal('ticket', envelope)
  const fields = new Fields(payload)
  const ticket = {
    serial: fields.bytes(1),
    client: fields.bytes(2),
    object: fields.bytes(3),
    mode: fields.number(4),
    notBefore: fields.number(5),
    notAfter: fields.number(6)
  }
  must(ticket.serial.byteLength === 16 && isPeerId(ticket.client) && isObjectId(ticket.object), 'invalid')
  must(ticket.notAfter > ticket.notBefore && ticket.notAfter - ticket.notBefore <= MAX_TICKET_LIFETIME, 'invalid')

  const standing = ticket.mode === 1 ? fields.number(7) : undefined
  must(standing == null || (standing >= 1 && standing <= 100), 'invalid')
  must(ticket.mode === 0 || isEd25519PeerId(ticket.client), 'invalid')
  must(fields.has(10) === (ticket.mode === 2), 'invalid')

  const terms = new Fields(fields.bytes(10))
  const book = fields.has(10) ? { fee: terms.number(1), bond: terms.number(2), redeemUntil: terms.number(3) } : undefined
  must(book == null || (book.fee <= 10_000 && book.redeemUntil >= ticket.notAfter), 'invalid')

  const range = new Fields(fields.bytes(8))

  return {
    signer,
    ticket: {
      ...ticket,
      standing,
      range: fields.has(8) ? { first: range.number(1), count: range.number(2) } : undefined,
      rate: fields.has(9) ? fields.number(9) : undefined,
      book
    }
  }
}

export interface RevocationList {
  epoch: number
  issued: number
  entries: Array<{ client: Uint8Array, object?: Uint8Array, before: number }>
}

export function openRevocations (envelope: Uint8Array, issuer: Uint8Array): RevocationList {
  const { payload, signer } = unseal('revocations', envelope)
  must(same(signer, issuer), 'signed by the server')

  const fields = new Fields(payload)
  const entries = fields.all(3).map(bytes => new Fields(bytes)).map(entry => ({
    client: entry.bytes(1),
    object: entry.has(2) ? entry.bytes(2) : undefined,
    before: entry.number(3)
  }))
  must(entries.length <= 10_000 && entries.every(({ client, object }) => isPeerId(client) && (object == null || isObjectId(object))), 'entries')

  return { epoch: fields.number(1), issued: fields.number(2), entries }
}

function isPeerId (bytes: Uint8Array): boolean {
  return bytes.byteLength >= 2 && bytes.byteLength <= 64 && bytes[1] === bytes.byteLength - 2
}

export function isEd25519PeerId (bytes: Uint8Array): boolean {
  return bytes.byteLength === 38 && same(bytes.subarray(0, 6), Buffer.concat([Uint8Array.of(0, 36), ED25519_PUBLIC_KEY]))
}

function isObjectId (bytes: Uint8Array): boolean {
  return bytes.byteLength === 36 && same(bytes.subarray(0, 4), Uint8Array.of(1, 0x55, 0x12, 0x20))
}

// ---------------------------------------------------------------- link

export interface Link {
  /** PeerId multihash */
  server: Uint8Array
  fingerprint: Uint8Array
  object?: Uint8Array
  addresses: Uint8Array[]
  name: string
}

export function parseLink (text: string): Link {
  const [, encoded, name] = /^mssl:([^/]*)(?:\/(.*))?$/s.exec(text.trim()) ?? []
  must(encoded != null && text.length <= 8192, 'form of a link')

  const bytes = base58btc.decode(encoded)
  const [record, checksum] = [bytes.subarray(0, -4), bytes.subarray(-4)]
  const link = new Fields(record)
  const decodedName = decodeURIComponent(name ?? '')
  must(same(sha256(record, decodedName).subarray(0, 4), checksum), 'checksum')
  must(isPeerId(link.bytes(1)) && link.bytes(2).byteLength === 32 && (!link.has(3) || isObjectId(link.bytes(3))), 'fields')
  must(link.all(4).length <= 8, 'addresses')

  return {
    server: link.bytes(1),
    fingerprint: link.bytes(2),
    object: link.has(3) ? link.bytes(3) : undefined,
    addresses: link.all(4),
    name: decodedName
  }
}

export function formatLink ({ server, fingerprint, object, addresses, name }: Link): string {
  const record = encode([1, server], [2, fingerprint], [3, object], ...addresses.map((address): [number, Uint8Array] => [4, address]))
  const text = `mssl:${base58btc.encode(Buffer.concat([record, sha256(record, name).subarray(0, 4)]))}`

  return name === '' ? text : `${text}/${encodeURIComponent(name)}`
}
