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
import { toString } from 'uint8arrays/to-string'
import { CERTIFICATE, MANIFEST, REVOCATIONS, TICKET } from '../../protocols/ticket/constants.ts'
import { Certificate, Ticket } from '../../protocols/ticket/pb/records.ts'
import { formatLink } from '../../src/link/link.ts'
import { formatWellKnown } from '../../src/link/well-known.ts'
import { Encryption, encodeManifest, HashDelivery, Mode, objectId } from '../../src/object/manifest.ts'
import { createCertificate, fingerprint, signRotation } from '../../src/ticket/certificate.ts'
import { seal, unseal } from '../../src/ticket/envelope.ts'
import { signManifest } from '../../src/ticket/manifest.ts'
import { signRevocations } from '../../src/ticket/revocation.ts'
import { signTicket } from '../../src/ticket/ticket.ts'
import { key } from '../ticket/fixtures.ts'
import type { RecordKind } from '../../protocols/ticket/constants.ts'
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
  tickets: Array<{ name: string, issuer: string, client: string, object: string, now: number, serial: string, notBefore: number, notAfter: number, mode: number, standing?: number, range?: { first: number, count: number }, rate?: number, payload: string, envelope: string }>
  revocations: Array<{ name: string, issuer: string, epoch: number, issued: number, entries: Array<{ client: string, object?: string, before: number }>, payload: string, envelope: string }>
  links: Array<{ link: string, server: string, fingerprint: string, object?: string, addresses: string[], name: string }>
  wellKnown: string
  invalid: {
    certificates: Array<{ reason: string, now: number, envelope: string }>
    tickets: Array<{ reason: string, code: string, issuer: string, client: string, object: string, now: number, mode: number, envelope: string }>
    manifests: Array<{ reason: string, object: string, issuer: string, envelope: string }>
    revocations: Array<{ reason: string, issuer: string, envelope: string }>
    links: Array<{ reason: string, link: string }>
  }
}

/** Numbers of the enumeration. */
const MODES = { [Mode.PLAIN]: 0, [Mode.PROOF]: 1 }

const hex = (bytes: Uint8Array): string => toString(bytes, 'hex')

async function sealed (kind: RecordKind, envelope: Uint8Array): Promise<{ payload: string, envelope: string }> {
  return { payload: hex((await unseal(kind, envelope)).payload), envelope: hex(envelope) }
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
  const ticketOf = async (name: string, envelope: Uint8Array, limits: Partial<typeof attenuation & typeof proof> = {}): Promise<TicketVectors['tickets'][number]> => ({
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
    manifests: [await manifestOf('single file', file), await manifestOf('folder', folder)],
    tickets: [await ticketOf('plain', ticket), await ticketOf('attenuated', attenuated, attenuation), await ticketOf('of mode proof', ofProof, proof)],
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
        { reason: 'signed by another key', code: 'foreign', ...presented, envelope: hex(await signTicket(ticketInit, stranger)) },
        { reason: 'of another client', code: 'foreign', ...presented, client: `${strangerPeer}`, envelope: hex(ticket) },
        { reason: 'for another object', code: 'foreign', ...presented, object: `${folderId}`, envelope: hex(ticket) },
        { reason: 'not yet valid', code: 'not-yet-valid', ...presented, now: START - 120_001, envelope: hex(ticket) },
        { reason: 'expired', code: 'expired', ...presented, now: START + HOUR + 120_001, envelope: hex(ticket) }
      ],
      manifests: [
        { reason: 'another object\'s', issuer: 'issuer', object: `${folderId}`, envelope: hex(await signManifest(encodeManifest(file), first)) },
        { reason: 'signed by another key', issuer: 'issuer', object: `${fileId}`, envelope: hex(await signManifest(encodeManifest(file), stranger)) }
      ],
      revocations: [
        { reason: 'payload changed', issuer: 'issuer', envelope: hex(changed(revocations, 90)) },
        { reason: 'signed by another key', issuer: 'issuer', envelope: hex(await signRevocations({ epoch: 8, issued: START, entries }, stranger)) }
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
