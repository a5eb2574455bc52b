/**
 * Server certificates: which key signs for a server, which nodes act for it, and how the key came about.
 */
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P } from '@multiformats/multiaddr'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { CERTIFICATE, CLOCK_TOLERANCE, MAX_NAME_LENGTH, ROTATION_DOMAIN } from '../../protocols/ticket/constants.ts'
import { Certificate as CertificateRecord } from '../../protocols/ticket/pb/records.ts'
import { decodeRecord, InvalidRecordError, seal, unseal } from './envelope.ts'
import { parseAddress, parseIssuerKey, parsePeerId } from './fields.ts'
import type { Bytes } from './fields.ts'
import type { Rotation } from '../../protocols/ticket/pb/records.ts'
import type { AbortOptions, Ed25519PublicKey, PeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The certificate is genuine but not valid now: it has ended, has not begun, or a clock is wrong. */
export class CertificateValidityError extends Error {
  static name = 'CertificateValidityError'
  name = 'CertificateValidityError'
  code: 'expired' | 'not-yet-valid'

  constructor (message: string, code: 'expired' | 'not-yet-valid') {
    super(message)
    this.code = code
  }
}

export interface CertificateInit {
  /** For people; at most 255 bytes of UTF-8 */
  name: string
  /** Nodes that act for the issuer */
  nodes: PeerId[]
  /** Each ends in /p2p/ and one of the nodes */
  addresses: Multiaddr[]
  /** Milliseconds since the epoch */
  notBefore: number
  notAfter: number
  /** How the issuer key came about; empty for the first */
  rotations?: Rotation[]
}

/** A certificate whose signature and lineage are verified. */
export interface OpenedCertificate {
  name: string
  /** The issuer key */
  publicKey: Ed25519PublicKey
  nodes: PeerId[]
  addresses: Multiaddr[]
  /** Milliseconds since the epoch */
  notBefore: number
  notAfter: number
  /** How often the key was rotated */
  epoch: number
  rotations: Rotation[]
  /** SHA-256 of the issuer key, 32 bytes */
  fingerprint: Uint8Array
  /** Of every issuer key there was, oldest first, the present one last */
  fingerprints: Uint8Array[]
  /** As received */
  envelope: Uint8Array
}

export interface OpenCertificateOptions extends AbortOptions {
  /**
   * Milliseconds since the epoch.
   *
   * @default Date.now()
   */
  now?: number

  /** Accept one that has ended or not begun: to compare lineages or to show it */
  ignoreValidity?: boolean
}

/** SHA-256 of a key's libp2p PublicKey protobuf. */
export function fingerprint (publicKey: PublicKey): Uint8Array {
  return sha256(publicKeyToProtobuf(publicKey))
}

/**
 * Self-signs a certificate with an Ed25519 key.
 *
 * @returns the envelope's bytes
 */
export async function createCertificate (init: CertificateInit, issuerKey: PrivateKey, options?: AbortOptions): Promise<Uint8Array> {
  const envelope = await seal(CERTIFICATE, CertificateRecord.encode({
    name: init.name,
    issuer: publicKeyToProtobuf(issuerKey.publicKey) as Bytes,
    nodes: init.nodes.map(node => node.toMultihash().bytes as Bytes),
    addresses: init.addresses.map(address => address.bytes as Bytes),
    notBefore: init.notBefore,
    notAfter: init.notAfter,
    epoch: init.rotations?.length ?? 0,
    rotations: init.rotations
  }), issuerKey, options)

  // what others would refuse is not handed out
  await openCertificate(envelope, { ...options, ignoreValidity: true })

  return envelope
}

/**
 * Verifies a certificate: its own signature, every rotation that led to its key, each field, and the time.
 *
 * @throws {InvalidRecordError}
 * @throws {CertificateValidityError}
 */
export async function openCertificate (envelope: Uint8Array, options: OpenCertificateOptions = {}): Promise<OpenedCertificate> {
  const { payload, publicKey } = await unseal(CERTIFICATE, envelope, options)

  const certificate = decodeRecord(CERTIFICATE, () => {
    const record = CertificateRecord.decode(payload)
    const issuer = parseIssuerKey(record.issuer)
    const nodes = record.nodes.map(parsePeerId)
    const addresses = record.addresses.map(parseAddress)

    check(issuer.equals(publicKey), 'is not self-signed')
    check(nodes.length > 0, 'names no node')
    check(fromString(record.name).byteLength <= MAX_NAME_LENGTH, 'has too long a name')
    check(record.notAfter > record.notBefore, 'ends before it begins')
    check(record.epoch === record.rotations.length, 'has another epoch than it has rotations')
    check(addresses.every(address => nodes.some(node => node.equals(addressPeer(address)))), 'has an address of no node of its own')

    return { record, issuer, nodes, addresses }
  })

  const { record, issuer, nodes, addresses } = certificate
  const fingerprints = await openLineage(record.rotations, record.issuer)

  if (options.ignoreValidity !== true) {
    checkValidity(record, options.now)
  }

  return {
    name: record.name,
    publicKey: issuer,
    nodes,
    addresses,
    notBefore: record.notBefore,
    notAfter: record.notAfter,
    epoch: record.epoch,
    rotations: record.rotations,
    fingerprint: fingerprints[record.epoch],
    fingerprints,
    envelope
  }
}

/**
 * Signs the hand-over from one issuer key to the next, whose epoch is given; append it to the certificate's rotations.
 */
export async function signRotation (previous: PrivateKey, next: PublicKey, epoch: number, options?: AbortOptions): Promise<Rotation> {
  return {
    previous: publicKeyToProtobuf(previous.publicKey) as Bytes,
    signature: await previous.sign(rotationBytes(epoch, publicKeyToProtobuf(next)), options) as Bytes
  }
}

/**
 * Whether two certificates can be of one server: the one's lineage continues the other's. If not, somebody has forged a
 * history, or they are two servers.
 */
export function sameServer (a: OpenedCertificate, b: OpenedCertificate): boolean {
  const shared = Math.min(a.fingerprints.length, b.fingerprints.length)

  return a.fingerprints.slice(0, shared).every((fingerprint, i) => equals(fingerprint, b.fingerprints[i]))
}

/** Whether `newer` replaces `older`: the same lineage, and a later key, or the same key and signed later. */
export function supersedes (newer: OpenedCertificate, older: OpenedCertificate): boolean {
  return sameServer(newer, older) &&
    (newer.epoch > older.epoch || (newer.epoch === older.epoch && newer.notBefore > older.notBefore))
}

/**
 * Checks the time, in milliseconds since the epoch, against a certificate's.
 *
 * @throws {CertificateValidityError}
 */
function checkValidity ({ notBefore, notAfter }: { notBefore: number, notAfter: number }, now = Date.now()): void {
  if (now < notBefore - CLOCK_TOLERANCE) {
    throw new CertificateValidityError(`The server's certificate is valid from ${new Date(notBefore).toISOString()} only, this clock says ${new Date(now).toISOString()}`, 'not-yet-valid')
  }

  if (now > notAfter + CLOCK_TOLERANCE) {
    throw new CertificateValidityError(`The server's certificate was valid until ${new Date(notAfter).toISOString()}, this clock says ${new Date(now).toISOString()}`, 'expired')
  }
}

/** The fingerprints of all keys, after every hand-over was verified. */
async function openLineage (rotations: Rotation[], issuer: Uint8Array): Promise<Uint8Array[]> {
  const keys = [...rotations.map(rotation => rotation.previous), issuer]

  for (let i = 0; i < rotations.length; i++) {
    const previous = decodeRecord(CERTIFICATE, () => parseIssuerKey(keys[i]))
    const valid = rotations[i].signature.byteLength === 64 && await previous.verify(rotationBytes(i + 1, keys[i + 1]), rotations[i].signature)

    check(valid, `has a false rotation to epoch ${i + 1}`)
  }

  const fingerprints = keys.map(key => sha256(key))
  check(new Set(fingerprints.map(String)).size === keys.length, 'returns to an earlier key')

  return fingerprints
}

function rotationBytes (epoch: number, next: Uint8Array): Uint8Array {
  const number = new Uint8Array(8)
  new DataView(number.buffer).setBigUint64(0, BigInt(epoch))

  return concat([fromString(ROTATION_DOMAIN), number, next])
}

/** The peer that an address ends in. */
function addressPeer (address: Multiaddr): PeerId {
  const last = address.getComponents().at(-1)
  check(last?.code === CODE_P2P && last.value != null, 'has an address that does not end in /p2p/')

  return peerIdFromString(last?.value ?? '')
}

function check (condition: boolean, what: string): void {
  if (!condition) {
    throw new InvalidRecordError(`The certificate ${what}`)
  }
}
