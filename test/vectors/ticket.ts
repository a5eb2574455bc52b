/**
 * Test vectors for `protocols/ticket`: `node --experimental-transform-types test/vectors/ticket.ts` writes
 * `protocols/ticket/vectors.json`. Keys, times and serials are fixed, Ed25519 signatures are deterministic: the file
 * changes only when the format does.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { CERTIFICATE, MANIFEST, MAX_STATEMENT_MOVEMENTS, REVOCATIONS, TICKET } from '../../protocols/ticket/constants.ts'
import { TicketRequest, TicketResponse, TicketStatus } from '../../protocols/ticket/index.ts'
import { Certificate, Manifest as ManifestMessage, Ticket } from '../../protocols/ticket/pb/records.ts'
import { partAbove } from '../../src/bank/parts.ts'
import { formatLink } from '../../src/link/link.ts'
import { formatWellKnown } from '../../src/link/well-known.ts'
import { Geometry } from '../../src/object/block-geometry.ts'
import { Encryption, encodeManifest, HashDelivery, Mode, objectId } from '../../src/object/manifest.ts'
import { CoinValues } from '../../src/object/price.ts'
import { createCertificate, fingerprint, signRotation } from '../../src/ticket/certificate.ts'
import { seal, unseal } from '../../src/ticket/envelope.ts'
import { signManifest } from '../../src/ticket/manifest.ts'
import { signRevocations } from '../../src/ticket/revocation.ts'
import { signTicket } from '../../src/ticket/ticket.ts'
import { key } from '../ticket/fixtures.ts'
import { readable } from './ack.ts'
import type { RecordKind } from '../../protocols/ticket/constants.ts'
import type { Statement } from '../../protocols/ticket/index.ts'
import type { CoinBook } from '../../protocols/ticket/pb/records.ts'
import type { Manifest } from '../../src/object/manifest.ts'
import type { Bytes } from '../../src/ticket/fields.ts'

export const VECTORS = new URL('../../protocols/ticket/vectors.json', import.meta.url)

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

export interface TicketVectors {
  about: string
  keys: Record<string, { seed: string, publicKey: string, fingerprint: string, peerId: string }>
  certificates: Array<{ name: string, issuer: string, now: number, epoch: number, notBefore: number, notAfter: number, addresses: string[], fingerprints: string[], payload: string, envelope: string }>
  manifests: Array<{ name: string, issuer: string, object: string, fields: Omit<Manifest, 'root'> & { root: string }, payload: string, envelope: string }>
  tickets: Array<{ name: string, issuer: string, client: string, object: string, now: number, serial: string, notBefore: number, notAfter: number, mode: number, standing?: number, range?: { first: number, count: number }, rate?: number, book?: CoinBook, payload: string, envelope: string }>
  prices: Array<{ amount: number, per: number, size: number, blockSize: number, total: number, runs: Array<{ first: number, count: number, worth: number }> }>
  /** Rates are 1/10,000 */
  bonds: Array<{ price: number, rate: number, bond: number }>
  /** Messages without the length before them */
  requests: Array<{ name: string, message: unknown, encoded: string }>
  responses: Array<{ name: string, message: unknown, encoded: string }>
  revocations: Array<{ name: string, issuer: string, epoch: number, issued: number, entries: Array<{ client: string, object?: string, before: number }>, payload: string, envelope: string }>
  links: Array<{ link: string, server: string, fingerprint: string, object?: string, addresses: string[], name: string }>
  wellKnown: string
  invalid: {
    certificates: Array<{ reason: string, now: number, envelope: string }>
    tickets: Array<{ reason: string, code: string, issuer: string, client: string, object: string, now: number, mode: number, envelope: string }>
    manifests: Array<{ reason: string, object: string, issuer: string, envelope: string }>
    revocations: Array<{ reason: string, issuer: string, envelope: string }>
    prices: Array<{ reason: string, amount: number, per: number, unit: string, size: number }>
    requests: Array<{ reason: string, encoded: string }>
    responses: Array<{ reason: string, encoded: string }>
    links: Array<{ reason: string, link: string }>
  }
}

/** Numbers of the enumeration. */
const MODES = { [Mode.PLAIN]: 0, [Mode.PROOF]: 1, [Mode.PURCHASE]: 2 }

const hex = (bytes: Uint8Array): string => toString(bytes, 'hex')

async function sealed (kind: RecordKind, envelope: Uint8Array): Promise<{ payload: string, envelope: string }> {
  return { payload: hex((await unseal(kind, envelope)).payload), envelope: hex(envelope) }
}

/** Of the first, the second and the last two coins, and of a run in the middle. */
function priceOf (amount: number, per: number, size: number, blockSize: number): TicketVectors['prices'][number] {
  const geometry = new Geometry(size, blockSize)
  const values = new CoinValues({ amount, per, unit: 'cent' }, geometry)
  const { blockCount } = geometry
  const coins = [0, 1, blockCount - 2, blockCount - 1].filter((index, at, all) => index >= 0 && index < blockCount && all.indexOf(index) === at)
  const middle = [Math.floor(blockCount / 3), Math.ceil(blockCount / 2)]
  const runs = [...coins.map(index => [index, 1]), middle]

  return { amount, per, size, blockSize, total: values.total, runs: runs.map(([first, count]) => ({ first, count, worth: values.run(first, count) })) }
}

/** The fields that every request and response has. */
const REQUEST: TicketRequest = { haveManifest: false, revocationEpoch: 0, fingerprint: new Uint8Array(0) }
const RESPONSE: TicketResponse = {
  status: TicketStatus.TICKET_OK,
  reason: '',
  retryAfter: 0,
  certificate: new Uint8Array(0),
  manifest: new Uint8Array(0),
  ticket: new Uint8Array(0),
  revocations: new Uint8Array(0),
  hints: []
}

function requestOf (name: string, fields: Partial<TicketRequest>): TicketVectors['requests'][number] {
  const message = { ...REQUEST, ...fields }

  return { name, message: readable(message), encoded: hex(TicketRequest.encode(message)) }
}

function responseOf (name: string, fields: Partial<TicketResponse>): TicketVectors['responses'][number] {
  const message = { ...RESPONSE, ...fields }

  return { name, message: readable(message), encoded: hex(TicketResponse.encode(message)) }
}

function changed (envelope: Uint8Array, at: number): Uint8Array {
  return envelope.with(at, envelope[at] ^ 1)
}

export async function createVectors (): Promise<TicketVectors> {
  const [first, second, node, client, stranger] = await Promise.all([1, 2, 3, 4, 5].map(key))
  const server = peerIdFromPrivateKey(node)
  const clientPeer = peerIdFromPrivateKey(client)
  const strangerPeer = peerIdFromPrivateKey(stranger)
  const addresses = [multiaddr(`/ip4/192.0.2.1/tcp/4455/p2p/${server}`), multiaddr(`/dns4/example.org/tcp/443/tls/ws/p2p/${server}`)]

  const file: Manifest = {
    size: 200_000,
    blockSize: 65_536,
    root: new Uint8Array(32).map((_, i) => i) as Bytes,
    hash: 0x12,
    encryption: Encryption.OBJECT_KEY,
    delivery: HashDelivery.PER_BLOCK,
    mode: Mode.PLAIN,
    name: 'holiday film.mp4',
    files: []
  }
  const folder: Manifest = {
    ...file,
    encryption: Encryption.NONE,
    delivery: HashDelivery.SUPER_BLOCK,
    name: 'reports',
    files: [
      { path: 'run.sh', size: 123_456, executable: true },
      { path: 'empty', size: 0, executable: false },
      { path: '2026/Übersicht.pdf', size: 76_544, executable: false }
    ]
  }
  const sold: Manifest = { ...file, mode: Mode.PURCHASE, price: { amount: 500, per: 200_000, unit: 'cent' } }
  const soldByMebibyte: Manifest = { ...folder, mode: Mode.PURCHASE, price: { amount: Number.MAX_SAFE_INTEGER, per: 2 ** 20, unit: 'A-z0.9_x' } }
  const [fileId, folderId] = [file, folder].map(manifest => objectId(encodeManifest(manifest)))

  const rotation = await signRotation(first, second.publicKey, 1)
  const subject = { name: 'Example server', nodes: [server], addresses, notBefore: START, notAfter: START + YEAR }
  const certificate = await createCertificate(subject, first)
  const rotated = await createCertificate({ ...subject, notBefore: START + HOUR, rotations: [rotation] }, second)
  const certificateOf = async (name: string, issuer: string, envelope: Uint8Array, notBefore: number, keys: typeof first[]): Promise<TicketVectors['certificates'][number]> => ({
    name,
    issuer,
    now: START + HOUR,
    epoch: keys.length - 1,
    notBefore,
    notAfter: subject.notAfter,
    addresses: addresses.map(String),
    fingerprints: keys.map(({ publicKey }) => hex(fingerprint(publicKey))),
    ...await sealed(CERTIFICATE, envelope)
  })

  const ticketInit = { serial: new Uint8Array(16).map((_, i) => i), client: clientPeer, object: fileId, notBefore: START, notAfter: START + HOUR }
  const attenuation = { range: { first: 1, count: 2 }, rate: 1_000_000 }
  const ticket = await signTicket(ticketInit, first)
  const attenuated = await signTicket({ ...ticketInit, ...attenuation }, first)
  const proof = { mode: Mode.PROOF, standing: 12 }
  const ofProof = await signTicket({ ...ticketInit, ...proof }, first)
  const purchase = { mode: Mode.PURCHASE, range: { first: 1, count: 2 }, book: { fee: 500, bond: 328, redeemUntil: START + 169 * HOUR } }
  const ofPurchase = await signTicket({ ...ticketInit, ...purchase }, first)
  const extreme = { mode: Mode.PURCHASE, book: { fee: 10_000, bond: Number.MAX_SAFE_INTEGER, redeemUntil: START + HOUR } }
  const allForNothing = { mode: Mode.PURCHASE, book: { fee: 0, bond: 0, redeemUntil: START + 2 * HOUR } }
  const ticketOf = async (name: string, envelope: Uint8Array, limits: Partial<typeof attenuation & typeof proof & typeof purchase> = {}): Promise<TicketVectors['tickets'][number]> => ({
    name,
    issuer: 'issuer',
    client: `${clientPeer}`,
    object: `${fileId}`,
    now: START + 1,
    serial: hex(ticketInit.serial),
    notBefore: START,
    notAfter: START + HOUR,
    ...limits,
    mode: MODES[limits.mode ?? Mode.PLAIN],
    ...await sealed(TICKET, envelope)
  })

  const entries = [{ client: clientPeer, before: START }, { client: strangerPeer, object: folderId, before: START + HOUR }]
  const revocations = await signRevocations({ epoch: 7, issued: START + HOUR, entries }, first)

  const manifestOf = async (name: string, manifest: Manifest): Promise<TicketVectors['manifests'][number]> => {
    const payload = encodeManifest(manifest)

    return { name, issuer: 'issuer', object: `${objectId(payload)}`, fields: { ...manifest, root: hex(manifest.root) }, ...await sealed(MANIFEST, await signManifest(payload, first)) }
  }

  const link = { server, fingerprint: fingerprint(first.publicKey), object: fileId, addresses, name: file.name }
  const serverLink = { ...link, object: undefined, addresses: [], name: '' }
  const linkOf = (from: Omit<typeof link, 'object'> & { object?: typeof fileId }): TicketVectors['links'][number] => ({
    link: formatLink(from),
    server: `${from.server}`,
    fingerprint: hex(from.fingerprint),
    object: from.object?.toString(),
    addresses: from.addresses.map(String),
    name: from.name
  })

  /** A certificate that is signed but breaks a rule. */
  const forge = async (fields: Partial<Certificate>, signer = first): Promise<Uint8Array> => seal(CERTIFICATE, Certificate.encode({
    name: subject.name,
    issuer: publicKeyToProtobuf(first.publicKey) as Bytes,
    nodes: [server.toMultihash().bytes as Bytes],
    notBefore: START,
    notAfter: START + YEAR,
    ...fields
  }), signer)

  /** A manifest that is signed but breaks a rule. */
  const forgeManifest = async (reason: string, fields: Partial<Manifest>): Promise<TicketVectors['invalid']['manifests'][number]> => {
    const payload = ManifestMessage.encode({ ...sold, ...fields })

    return { reason, issuer: 'issuer', object: `${objectId(payload)}`, envelope: hex(await signManifest(payload, first)) }
  }

  const wanted = { object: fileId.bytes as Bytes, haveManifest: true, revocationEpoch: 3, fingerprint: fingerprint(first.publicKey) as Bytes }
  const statement: Statement = {
    unit: 'cent',
    balance: 1_234,
    reserved: 820,
    earned: 95,
    spent: 180,
    books: [{ serial: ticketInit.serial as Bytes, object: fileId.bytes as Bytes, first: 1, count: 2, price: 500, redeemed: 180, bond: 500, redeemUntil: START + 169 * HOUR }],
    movements: [
      { id: 12, time: START + 3, kind: 'payment', amount: 95, counterpart: 'coins:000102030405060708090a0b0c0d0e0f', memo: '' },
      { id: 9, time: START + 2, kind: 'bond', amount: -500, counterpart: 'bond:000102030405060708090a0b0c0d0e0f', memo: '' },
      { id: 8, time: START + 2, kind: 'purchase', amount: -500, counterpart: 'coins:000102030405060708090a0b0c0d0e0f', memo: '' },
      { id: 7, time: START + 1, kind: 'deposit', amount: 2_139, counterpart: 'world', memo: 'Überweisung 17' }
    ]
  }
  const edges: Statement = {
    ...statement,
    balance: Number.MAX_SAFE_INTEGER,
    books: [],
    movements: [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1, -1, 63, -64, 64].map((amount, id) => ({ id, time: START, kind: 'deposit', amount, counterpart: 'world', memo: '' }))
  }
  const movement = statement.movements[0]
  const invalidResponse = (reason: string, fields: Partial<Statement>): TicketVectors['invalid']['responses'][number] => ({
    reason, encoded: responseOf('', { statement: { ...statement, ...fields } }).encoded
  })

  const secondKey = publicKeyToProtobuf(second.publicKey) as Bytes
  const presented = { issuer: 'issuer', client: `${clientPeer}`, object: `${fileId}`, now: START + 1, mode: MODES[Mode.PLAIN] }
  const text = formatLink(link)

  return {
    about: 'Written by test/vectors/ticket.ts. Bytes are in hexadecimal, times in milliseconds since the epoch. An issuer is a name in `keys`; a seed is an Ed25519 private key as in RFC 8032.',
    keys: Object.fromEntries(await Promise.all(Object.entries({ issuer: first, nextIssuer: second, node, client, stranger }).map(async ([name, privateKey], i) => [name, {
      seed: hex(privateKey.raw.subarray(0, 32)),
      publicKey: hex(publicKeyToProtobuf(privateKey.publicKey)),
      fingerprint: hex(fingerprint(privateKey.publicKey)),
      peerId: `${peerIdFromPrivateKey(privateKey)}`
    }]))),
    certificates: [
      await certificateOf('first key', 'issuer', certificate, START, [first]),
      await certificateOf('rotated once', 'nextIssuer', rotated, START + HOUR, [first, second])
    ],
    manifests: [await manifestOf('single file', file), await manifestOf('folder', folder), await manifestOf('with a price', sold), await manifestOf('folder with a price for a MiB', soldByMebibyte)],
    tickets: [await ticketOf('plain', ticket), await ticketOf('attenuated', attenuated, attenuation), await ticketOf('of mode proof', ofProof, proof), await ticketOf('of mode purchase', ofPurchase, purchase),
      await ticketOf('of mode purchase, the largest fee and bond, the least time', await signTicket({ ...ticketInit, ...extreme }, first), extreme),
      await ticketOf('of mode purchase, without fee and bond', await signTicket({ ...ticketInit, ...allForNothing }, first), allForNothing)],
    prices: [
      priceOf(500, 200_000, 200_000, 65_536),
      priceOf(10, 2 ** 20, 3_000_000, 65_536),
      priceOf(1, 10 * 2 ** 20, 10 * 2 ** 20, 2 ** 20),
      priceOf(7, 3, 700_001, 65_536),
      // the least: all of it is in the last coin
      priceOf(1, 1, 1, 65_536),
      priceOf(1, 700_001, 700_001, 65_536),
      // the most, for one byte
      priceOf(Number.MAX_SAFE_INTEGER, 1, 1, 65_536),
      // as far as a product has 53 bits, and one more
      priceOf(2 ** 33 - 1, 2 ** 20, 2 ** 20, 65_536),
      priceOf(2 ** 33, 2 ** 20, 2 ** 20 + 1, 65_536),
      // products of 94 and 106 bits
      priceOf(Number.MAX_SAFE_INTEGER, 2 ** 41, 2 ** 41, 2 ** 22),
      priceOf(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, 2 ** 42, 2 ** 22)
    ],
    bonds: [
      [1, 10_000], [1, 1], [500, 10_000], [333, 5_000], [10_000, 1], [10_001, 1], [0, 10_000], [7, 0], [7, 100_000], [Number.MAX_SAFE_INTEGER, 10_000], [Number.MAX_SAFE_INTEGER, 9_999], [Number.MAX_SAFE_INTEGER, 10_001]
    ].map(([price, rate]) => ({ price, rate, bond: partAbove(price, rate) })),
    requests: [
      requestOf('a ticket for what was bought before', wanted),
      requestOf('all blocks, for 500 at most', { ...wanted, purchase: { maxPrice: 500, first: 0, count: 0 } }),
      requestOf('a run of blocks, with a token', { ...wanted, token: 'secret', purchase: { maxPrice: Number.MAX_SAFE_INTEGER, first: 1, count: 2 } }),
      requestOf('what costs nothing', { ...wanted, purchase: { maxPrice: 0, first: 0, count: 0 } }),
      requestOf('the account alone', { revocationEpoch: 3, statement: { before: 0, limit: MAX_STATEMENT_MOVEMENTS } }),
      requestOf('a purchase, and an earlier page of movements', { ...wanted, purchase: { maxPrice: 500, first: 0, count: 0 }, statement: { before: 8, limit: 1 } })
    ],
    responses: [
      responseOf('bought', {
        certificate: certificate as Bytes,
        ticket: ofPurchase as Bytes,
        secrets: { objectKey: new Uint8Array(32).fill(1), swarmSecret: new Uint8Array(32).fill(2), escrowSecret: new Uint8Array(32).fill(3) },
        quote: { price: 328, bond: 328, balance: 1_144 }
      }),
      responseOf('a ticket again, without money left', { ticket: ofPurchase as Bytes, quote: { price: 0, bond: 0, balance: 0 } }),
      responseOf('payment needed', { status: TicketStatus.TICKET_PAYMENT_NEEDED, reason: 'The blocks cost 500 cent', certificate: certificate as Bytes, quote: { price: 500, bond: 500, balance: 1_800 } }),
      responseOf('money short', { status: TicketStatus.TICKET_MONEY_SHORT, reason: '1 cent is missing', quote: { price: 500, bond: 500, balance: 999 } }),
      responseOf('an account', { statement }),
      responseOf('an account that there is not', { statement: { unit: 'cent', balance: 0, reserved: 0, earned: 0, spent: 0, books: [], movements: [] } }),
      responseOf('movements at the edges', { statement: edges })
    ],
    revocations: [{
      name: 'one client for all, one for one object',
      issuer: 'issuer',
      epoch: 7,
      issued: START + HOUR,
      entries: entries.map(({ client, object, before }) => ({ client: `${client}`, object: object?.toString(), before })),
      ...await sealed(REVOCATIONS, revocations)
    }],
    links: [linkOf(link), linkOf(serverLink)],
    wellKnown: formatWellKnown({ fingerprint: link.fingerprint, objects: [{ name: link.name, link: text }] }),
    invalid: {
      certificates: [
        { reason: 'signature changed', now: START, envelope: hex(changed(certificate, certificate.byteLength - 1)) },
        { reason: 'payload changed', now: START, envelope: hex(changed(certificate, 90)) },
        { reason: 'not yet valid', now: START - 120_001, envelope: hex(certificate) },
        { reason: 'expired', now: START + YEAR + 120_001, envelope: hex(certificate) },
        { reason: 'unknown field in the envelope', now: START, envelope: `${hex(certificate)}3001` },
        { reason: 'signed as another kind of record', now: START, envelope: hex(await seal({ ...CERTIFICATE, domain: TICKET.domain }, Certificate.encode({}), first)) },
        { reason: 'another payload type', now: START, envelope: hex(await seal({ ...CERTIFICATE, payloadType: TICKET.payloadType }, Certificate.encode({}), first)) },
        { reason: 'not self-signed', now: START, envelope: hex(await forge({}, second)) },
        { reason: 'no node', now: START, envelope: hex(await forge({ nodes: [] })) },
        { reason: 'address of another node', now: START, envelope: hex(await forge({ addresses: [multiaddr(`/ip4/192.0.2.1/tcp/1/p2p/${strangerPeer}`).bytes as Bytes] })) },
        { reason: 'epoch without rotation', now: START, envelope: hex(await forge({ epoch: 1 })) },
        { reason: 'rotation signed for another epoch', now: START, envelope: hex(await forge({ issuer: secondKey, epoch: 1, rotations: [await signRotation(first, second.publicKey, 2)] }, second)) },
        { reason: 'rotation signed by another key', now: START, envelope: hex(await forge({ issuer: secondKey, epoch: 1, rotations: [{ ...await signRotation(stranger, second.publicKey, 1), previous: rotation.previous }] }, second)) }
      ],
      tickets: [
        { reason: 'payload changed', code: 'invalid', ...presented, envelope: hex(changed(ticket, 80)) },
        { reason: 'serial of 15 bytes', code: 'invalid', ...presented, envelope: hex(await signTicket({ ...ticketInit, serial: new Uint8Array(15) }, first)) },
        { reason: 'valid for 31 days', code: 'invalid', ...presented, envelope: hex(await signTicket({ ...ticketInit, notAfter: START + 31 * 24 * HOUR }, first)) },
        {
          reason: 'object id that is no CIDv1 raw sha2-256',
          code: 'invalid',
          ...presented,
          envelope: hex(await seal(TICKET, Ticket.encode({ serial: ticketInit.serial, client: clientPeer.toMultihash().bytes as Bytes, object: fileId.bytes.with(1, 0x70) as Bytes, notBefore: START, notAfter: START + HOUR }), first))
        },
        { reason: 'mode proof without a standing', code: 'invalid', ...presented, mode: MODES[Mode.PROOF], envelope: hex(await signTicket({ ...ticketInit, mode: Mode.PROOF }, first)) },
        { reason: 'a standing of 101', code: 'invalid', ...presented, mode: MODES[Mode.PROOF], envelope: hex(await signTicket({ ...ticketInit, ...proof, standing: 101 }, first)) },
        { reason: 'mode proof for an object of mode plain', code: 'wrong-mode', ...presented, envelope: hex(ofProof) },
        { reason: 'mode plain for an object of mode proof', code: 'wrong-mode', ...presented, mode: MODES[Mode.PROOF], envelope: hex(ticket) },
        { reason: 'mode purchase without a book', code: 'invalid', ...presented, mode: MODES[Mode.PURCHASE], envelope: hex(await signTicket({ ...ticketInit, mode: Mode.PURCHASE }, first)) },
        { reason: 'a book with mode plain', code: 'invalid', ...presented, envelope: hex(await signTicket({ ...ticketInit, book: purchase.book }, first)) },
        { reason: 'a fee of 10,001', code: 'invalid', ...presented, mode: MODES[Mode.PURCHASE], envelope: hex(await signTicket({ ...ticketInit, ...purchase, book: { ...purchase.book, fee: 10_001 } }, first)) },
        { reason: 'coins that are redeemed until before the ticket ends', code: 'invalid', ...presented, mode: MODES[Mode.PURCHASE], envelope: hex(await signTicket({ ...ticketInit, ...purchase, book: { ...purchase.book, redeemUntil: START + HOUR - 1 } }, first)) },
        { reason: 'mode purchase for an object of mode proof', code: 'wrong-mode', ...presented, mode: MODES[Mode.PROOF], envelope: hex(ofPurchase) },
        { reason: 'signed by another key', code: 'foreign', ...presented, envelope: hex(await signTicket(ticketInit, stranger)) },
        { reason: 'of another client', code: 'foreign', ...presented, client: `${strangerPeer}`, envelope: hex(ticket) },
        { reason: 'for another object', code: 'foreign', ...presented, object: `${folderId}`, envelope: hex(ticket) },
        { reason: 'not yet valid', code: 'not-yet-valid', ...presented, now: START - 120_001, envelope: hex(ticket) },
        { reason: 'expired', code: 'expired', ...presented, now: START + HOUR + 120_001, envelope: hex(ticket) }
      ],
      manifests: [
        { reason: 'another object\'s', issuer: 'issuer', object: `${folderId}`, envelope: hex(await signManifest(encodeManifest(file), first)) },
        { reason: 'signed by another key', issuer: 'issuer', object: `${fileId}`, envelope: hex(await signManifest(encodeManifest(file), stranger)) },
        await forgeManifest('mode purchase without a price', { price: undefined }),
        await forgeManifest('a price with mode proof', { mode: Mode.PROOF }),
        await forgeManifest('a price of nothing', { price: { amount: 0, per: 1, unit: 'cent' } }),
        await forgeManifest('a price that comes to nothing', { price: { amount: 1, per: 200_001, unit: 'cent' } }),
        await forgeManifest('a price that comes to more than 2^53 - 1', { price: { amount: Number.MAX_SAFE_INTEGER, per: 199_999, unit: 'cent' } }),
        await forgeManifest('a price in no unit', { price: { amount: 500, per: 200_000, unit: 'a b' } }),
        await forgeManifest('a price of an object without bytes', { size: 0, root: fromString('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex') as Bytes })
      ],
      revocations: [
        { reason: 'payload changed', issuer: 'issuer', envelope: hex(changed(revocations, 90)) },
        { reason: 'signed by another key', issuer: 'issuer', envelope: hex(await signRevocations({ epoch: 8, issued: START, entries }, stranger)) }
      ],
      prices: [
        { reason: 'nothing', amount: 0, per: 1, unit: 'cent', size: 100 },
        { reason: 'for no bytes', amount: 1, per: 0, unit: 'cent', size: 100 },
        { reason: 'comes to nothing', amount: 1, per: 101, unit: 'cent', size: 100 },
        { reason: 'comes to more than 2^53 - 1', amount: Number.MAX_SAFE_INTEGER, per: 99, unit: 'cent', size: 100 },
        { reason: 'for an object without bytes', amount: 1, per: 1, unit: 'cent', size: 0 },
        { reason: 'in no unit', amount: 1, per: 1, unit: '', size: 100 },
        { reason: 'in a unit with a space', amount: 1, per: 1, unit: 'a b', size: 100 },
        { reason: 'in a unit of 17 characters', amount: 1, per: 1, unit: 'abcdefghijklmnopq', size: 100 }
      ],
      requests: [
        { reason: 'a purchase of no object', encoded: hex(TicketRequest.encode({ ...REQUEST, purchase: { maxPrice: 1, first: 0, count: 0 } })) },
        { reason: 'no movements', encoded: hex(TicketRequest.encode({ ...REQUEST, statement: { before: 0, limit: 0 } })) },
        { reason: 'too many movements', encoded: hex(TicketRequest.encode({ ...REQUEST, statement: { before: 0, limit: MAX_STATEMENT_MOVEMENTS + 1 } })) },
        // purchase { max_price: 2^53 }
        { reason: 'a price of 2^53', encoded: `${hex(TicketRequest.encode({ ...REQUEST, ...wanted }))}3a09088080808080808010` }
      ],
      responses: [
        invalidResponse('no unit', { unit: '' }),
        invalidResponse('a unit of 17 characters', { unit: 'abcdefghijklmnopq' }),
        invalidResponse('a serial of 15 bytes', { books: [{ ...statement.books[0], serial: new Uint8Array(15) }] }),
        invalidResponse('an object id of 35 bytes', { books: [{ ...statement.books[0], object: new Uint8Array(35) }] }),
        invalidResponse('a kind of 33 bytes', { movements: [{ ...movement, kind: 'k'.repeat(33) }] }),
        invalidResponse('a counterpart of 129 bytes', { movements: [{ ...movement, counterpart: 'c'.repeat(129) }] }),
        invalidResponse('a memo of 802 bytes', { movements: [{ ...movement, memo: 'ü'.repeat(401) }] }),
        invalidResponse('257 movements', { movements: new Array(MAX_STATEMENT_MOVEMENTS + 1).fill({ id: 0, time: 0, kind: '', amount: 0, counterpart: '', memo: '' }) }),
        // quote { price: 2^53 }, statement { unit: "cent", movements: [{ amount: 2^53 }] }, and -2^53
        { reason: 'a price of 2^53', encoded: '5209088080808080808010' },
        { reason: 'an amount of 2^53', encoded: '5a110a0463656e743a09208080808080808020' },
        { reason: 'an amount of -2^53', encoded: '5a110a0463656e743a0920ffffffffffffff1f' }
      ],
      links: [
        { reason: 'a wrong character', link: text.replace('z', 'zz').replace(/(.{40})./, '$1') },
        { reason: 'a missing character', link: text.replace(/(.{60})./, '$1') },
        { reason: 'a wrong character in the name', link: text.replace('holiday', 'holidaY') },
        { reason: 'a name that was cut off', link: text.slice(0, text.indexOf('/')) },
        { reason: 'another scheme', link: text.replace('mssl:', 'ssl:') }
      ]
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(VECTORS, `${JSON.stringify(await createVectors(), null, 2)}\n`)
}
