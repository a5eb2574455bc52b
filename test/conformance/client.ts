/**
 * A client of mSSL that shares no code with this project: it is written from the specifications in `protocols/`. It does
 * the least that they demand of a recipient, and can serve as an example.
 */
import { randomBytes } from 'node:crypto'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { byteStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { decode } from 'multiformats/hashes/digest'
import { crypt, HASHES, Hashes } from './object.ts'
import { encode, field, Fields, prefixed, readVarint } from './protobuf.ts'
import { encodeRequest, readQuote, readStatement } from './purchase.ts'
import { isOf, must, openCertificate, openManifest, openTicket, parseLink, same } from './records.ts'
import type { Quote, Request, Statement } from './purchase.ts'
import type { Certificate, Link, Manifest, Ticket } from './records.ts'
import type { Libp2p, Stream } from '@libp2p/interface'

export const TICKET_PROTOCOL = '/mssl/ticket/1.0.0'
export const BLOCK_PROTOCOL = '/mssl/block/1.0.0'

const DEADLINE = 10_000

/** A node without any service of mSSL, with the Ed25519 key of a seed. Identify tells others where it listens. */
export async function createNode (seed: Uint8Array = randomBytes(32)): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() }
  })
}

export function multihashOf (node: Libp2p): Uint8Array {
  return node.peerId.toMultihash().bytes
}

/** Messages with a length before them, and raw bytes, both ways over one stream. */
export class Wire {
  readonly stream: Stream
  readonly #bytes: ReturnType<typeof byteStream>

  constructor (stream: Stream) {
    this.stream = stream
    this.#bytes = byteStream(stream, { maxBufferSize: 17 * 1024 * 1024 })
  }

  async raw (length: number): Promise<Uint8Array> {
    return length === 0 ? new Uint8Array(0) : (await this.#bytes.read({ bytes: length, signal: AbortSignal.timeout(DEADLINE) })).subarray()
  }

  async message (): Promise<Fields> {
    const prefix: number[] = []

    do {
      prefix.push(...await this.raw(1))
    } while ((prefix.at(-1) ?? 0) >= 0x80)

    return new Fields(await this.raw(readVarint(Uint8Array.from(prefix), 0)[0]))
  }

  async send (message: Uint8Array, body: Uint8Array = new Uint8Array(0)): Promise<void> {
    await this.#bytes.write(Buffer.concat([prefixed(message), body]))
  }
}

/** What a server gave for one object, all of it verified. */
export interface Grant {
  object: Uint8Array
  certificate: Certificate
  manifest: Manifest
  /** Envelopes */
  manifestEnvelope: Uint8Array
  ticket: Uint8Array
  /** What the ticket says */
  rights: Ticket
  /** Empty when the object is not encrypted */
  objectKey: Uint8Array
  swarmSecret: Uint8Array
  /** Empty with mode plain */
  escrowSecret: Uint8Array
  /** PeerId multihashes */
  hints: Uint8Array[]
}

/** What a server says, all of it verified; with status 0 there is a grant, if there was an object in the request. */
export interface Answer {
  status: number
  reason: string
  grant?: Grant
  /** Of the object; also where something has to be paid */
  manifest?: Manifest
  quote?: Quote
  statement?: Statement
  /** Envelope of the revocation list, if it is newer */
  revocations: Uint8Array
}

/** Asks the server that a link names for a ticket. */
export async function authorize (node: Libp2p, text: string, token?: string): Promise<Grant> {
  const { object } = parseLink(text)
  must(object != null, 'the link names an object')

  const { status, reason, grant } = await request(node, text, { object, token })
  must(grant != null, `status ${status}: ${reason}`)

  return grant
}

/** Asks the server that a link names for anything. */
export async function request (node: Libp2p, text: string, request: Request): Promise<Answer> {
  const link = parseLink(text)
  const wire = new Wire(await node.dialProtocol(addressesOf(link), TICKET_PROTOCOL))
  await wire.send(encodeRequest({ ...request, fingerprint: link.fingerprint }))
  await wire.stream.close()

  const response = await wire.message()
  const status = response.number(1)
  const statement = response.has(11) ? readStatement(new Fields(response.bytes(11))) : undefined
  const quote = response.has(10) ? readQuote(new Fields(response.bytes(10))) : undefined
  const answer = { status, reason: response.text(2), quote, statement, revocations: response.bytes(7) }

  if (request.object == null || !response.has(5)) {
    return answer
  }

  const certificate = openCertificate(response.bytes(4))
  must(isOf(certificate, link.fingerprint), 'the certificate is the link\'s')
  must(certificate.nodes.some(id => same(id, link.server)), 'the node acts for the server')
  const manifest = openManifest(response.bytes(5), request.object, certificate.lineage)

  return status === 0
    ? { ...answer, manifest, grant: openGrant(node, response, request.object, certificate, manifest) }
    : { ...answer, manifest }
}

function openGrant (node: Libp2p, response: Fields, object: Uint8Array, certificate: Certificate, manifest: Manifest): Grant {
  const ticket = response.bytes(6)
  const rights = openTicket(ticket, { issuer: certificate.issuer, client: multihashOf(node), object, mode: manifest.mode })

  const secrets = new Fields(response.bytes(8))
  must(secrets.bytes(1).byteLength === (manifest.encrypted ? 32 : 0) && secrets.bytes(2).byteLength === 32, 'secrets')
  must(secrets.bytes(3).byteLength === (manifest.mode === 0 ? 0 : 32), 'the escrow secret')

  return {
    object,
    certificate,
    manifest,
    manifestEnvelope: response.bytes(5),
    ticket,
    rights,
    objectKey: secrets.bytes(1),
    swarmSecret: secrets.bytes(2),
    escrowSecret: secrets.bytes(3),
    hints: response.all(9).map(hint => new Fields(hint).bytes(1))
  }
}

function addressesOf ({ addresses, server }: Link): ReturnType<typeof multiaddr>[] {
  return addresses.map(address => multiaddr(address).encapsulate(`/p2p/${peerIdFromMultihash(decode(server))}`))
}

/** A session with one provider, in the state of `Opened`. */
export interface Session {
  wire: Wire
  opened: Fields
}

export async function openSession (node: Libp2p, provider: Uint8Array, { object, certificate, ticket }: Pick<Grant, 'object' | 'certificate' | 'ticket'>, { have, nonce }: { have?: Uint8Array, nonce?: Uint8Array } = {}): Promise<Session> {
  const wire = new Wire(await node.dialProtocol(peerIdFromMultihash(decode(provider)), BLOCK_PROTOCOL))
  await wire.send(field(1, encode([1, object], [2, certificate.envelope], [3, ticket], [4, have], [10, nonce])))
  const answer = await wire.message()
  must(answer.has(1), 'the first message is Opened')

  return { wire, opened: new Fields(answer.bytes(1)) }
}

/** Fetches a whole object from one provider. Returns its plain bytes, and the hashes as they came. */
export async function fetchObject ({ wire, opened }: Session, { manifest, objectKey }: Grant): Promise<{ bytes: Uint8Array, leaves: Uint8Array[], hashBytes: number }> {
  must(opened.number(1) === 0, `status ${opened.number(1)}: ${opened.text(2)}`)
  must(opened.number(6) > 0, 'a window')

  const { blockCount, blockSize, size, root, hash } = manifest
  const hashes = new Hashes(blockCount, root, HASHES[hash])
  const blocks: Uint8Array[] = []
  const leaves: Uint8Array[] = []
  const outstanding = new Map<number, number>()
  const window = Math.min(opened.number(6), 256)
  let next = 0
  let hashBytes = 0

  if (manifest.superBlock) {
    leaves.push(...await fetchLeaves(wire, manifest))
    must(hashes.adopt(leaves), 'the super-block is true')
    hashBytes = leaves.length * 32
  }

  while (next < blockCount || outstanding.size > 0) {
    const requests: Uint8Array[] = []

    for (; next < blockCount && outstanding.size < window; next++) {
      outstanding.set(next, hashes.levels(next))
      requests.push(field(1, encode([1, next], [2, outstanding.get(next)])))
    }

    if (requests.length > 0) {
      await wire.send(field(2, Buffer.concat(requests)))
    }

    const answer = await until(wire, 3)
    const [index, siblings, length] = [answer.number(1), answer.bytes(2), answer.number(3)]
    const levels = outstanding.get(index)
    must(levels != null && outstanding.delete(index), 'the block was asked for')
    must(length === Math.min(blockSize, size - index * blockSize), 'length of the block')

    const published = await wire.raw(length)
    must(hashes.verify(index, published, siblings, levels), `block ${index} is true`)
    hashBytes += siblings.byteLength
    blocks[index] = crypt(published, index, objectKey)
  }

  return { bytes: Buffer.concat(blocks), leaves, hashBytes }
}

/** The super-block. */
export async function fetchLeaves (wire: Wire, { blockCount }: Manifest): Promise<Uint8Array[]> {
  await wire.send(field(2, encode([2, true])))
  const answer = await until(wire, 4)
  const superBlock = await wire.raw(answer.number(1))
  must(superBlock.byteLength === blockCount * 32, 'length of the super-block')

  return Array.from({ length: blockCount }, (_, i) => superBlock.subarray(i * 32, i * 32 + 32))
}

/** The next answer of a kind; announcements may come before it. */
export async function until (wire: Wire, kind: number): Promise<Fields> {
  const message = await wire.message()

  if (message.has(2)) {
    return until(wire, kind)
  }

  must(message.has(kind), 'the answer is what was asked for')

  return new Fields(message.bytes(kind))
}
