/**
 * The self-signed certificate by which a node proves in TLS that it has its libp2p key.
 *
 * Source: https://github.com/libp2p/specs/blob/master/tls/tls.md; the form is that of RFC 5280.
 */
import { X509Certificate, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { InvalidCryptoExchangeError, UnexpectedPeerError } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { CERTIFICATE_BACKDATED, CERTIFICATE_LIFETIME, MAX_CERTIFICATE_LENGTH } from './constants.ts'
import { DerReader, Tag, contextTag, encodeDer, readAll } from './der.ts'
import type { AbortOptions, PeerId, PrivateKey } from '@libp2p/interface'

const SIGNATURE_PREFIX = fromString('libp2p-tls-handshake:')

/** Contents of object identifiers, as hex */
const LIBP2P_EXTENSION = '2b0601040183a25a0101' // 1.3.6.1.4.1.53594.1.1
const COMMON_NAME = '550403'
const ECDSA_SHA256 = '2a8648ce3d040302'

/** Signatures whose hash has at least 256 bits, as the specification asks for */
const SIGNATURE_ALGORITHMS = new Set([
  ECDSA_SHA256,
  '2a8648ce3d040303', // ECDSA with SHA-384
  '2a8648ce3d040304', // ECDSA with SHA-512
  '2b6570', // Ed25519
  '2a864886f70d01010b', // RSA with SHA-256
  '2a864886f70d01010c', // RSA with SHA-384
  '2a864886f70d01010d' // RSA with SHA-512
])

const VERSION_3 = Uint8Array.of(2)
const TRUE = Uint8Array.of(0xff)

export interface HostCertificate {
  /** PEM */
  cert: string
  /** PEM, PKCS #8 */
  key: string
}

/** A certificate of a new P-256 key, signed by the node's own key: every implementation takes it, and OpenSSL is fastest with it. */
export async function createCertificate (hostKey: PrivateKey, options?: AbortOptions): Promise<HostCertificate> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const signature = await hostKey.sign(signed(publicKeyInfo), options)
  const algorithm = encodeDer(Tag.SEQUENCE, identifier(ECDSA_SHA256))
  // RFC 5280 wants a name; this one says nothing about the node
  const name = encodeDer(Tag.SEQUENCE, encodeDer(Tag.SET, encodeDer(Tag.SEQUENCE,
    identifier(COMMON_NAME), encodeDer(Tag.UTF8_STRING, fromString('libp2p')))))
  const signedKey = encodeDer(Tag.SEQUENCE,
    encodeDer(Tag.OCTET_STRING, publicKeyToProtobuf(hostKey.publicKey)), encodeDer(Tag.OCTET_STRING, signature))
  const extension = encodeDer(Tag.SEQUENCE,
    identifier(LIBP2P_EXTENSION), encodeDer(Tag.BOOLEAN, TRUE), encodeDer(Tag.OCTET_STRING, signedKey))

  const toBeSigned = encodeDer(Tag.SEQUENCE,
    encodeDer(contextTag(0), encodeDer(Tag.INTEGER, VERSION_3)),
    encodeDer(Tag.INTEGER, serialNumber()),
    algorithm,
    name,
    encodeDer(Tag.SEQUENCE, time(Date.now() - CERTIFICATE_BACKDATED), time(Date.now() + CERTIFICATE_LIFETIME)),
    name,
    publicKeyInfo,
    encodeDer(contextTag(3), encodeDer(Tag.SEQUENCE, extension)))
  const certificate = encodeDer(Tag.SEQUENCE, toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, privateKey)))

  return {
    cert: `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

/**
 * Who has shown this certificate; that it has the certificate's key, TLS has proven.
 *
 * @throws {InvalidCryptoExchangeError} when the certificate is not one of libp2p that is valid now
 * @throws {UnexpectedPeerError} when it is of somebody else than `expected`
 */
export async function verifyCertificate (certificate: X509Certificate, expected?: PeerId, options?: AbortOptions): Promise<PeerId> {
  const peer = await readPeer(certificate, options).catch(err => {
    options?.signal?.throwIfAborted()

    throw new InvalidCryptoExchangeError(`Bad certificate: ${err.message}`)
  })

  if (expected?.equals(peer) === false) {
    throw new UnexpectedPeerError(`Expected ${expected}, found ${peer}`)
  }

  return peer
}

async function readPeer (certificate: X509Certificate, options?: AbortOptions): Promise<PeerId> {
  const now = Date.now()

  if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime()) {
    throw new InvalidCryptoExchangeError('it is not valid yet, or no more')
  }

  const { publicKeyInfo, hostKey, signature } = parse(certificate.raw)

  // throws when the key is of a kind that OpenSSL cannot verify with
  if (!certificate.verify(certificate.publicKey)) {
    throw new InvalidCryptoExchangeError('it did not sign itself')
  }

  const publicKey = publicKeyFromProtobuf(hostKey)

  if (!await publicKey.verify(signed(publicKeyInfo), signature, options)) {
    throw new InvalidCryptoExchangeError('the host key did not sign it')
  }

  return peerIdFromPublicKey(publicKey)
}

interface Parsed {
  /** As it came, with tag and length */
  publicKeyInfo: Uint8Array
  /** Protobuf */
  hostKey: Uint8Array
  signature: Uint8Array
}

/** RFC 5280, section 4.1 */
function parse (bytes: Uint8Array): Parsed {
  if (bytes.byteLength > MAX_CERTIFICATE_LENGTH) {
    throw new InvalidCryptoExchangeError('it is too long')
  }

  const outer = new DerReader(bytes)
  const certificate = new DerReader(outer.read(Tag.SEQUENCE))
  outer.finish()
  const toBeSigned = new DerReader(certificate.read(Tag.SEQUENCE))
  const algorithm = new DerReader(certificate.read(Tag.SEQUENCE))
  certificate.read(Tag.BIT_STRING)
  certificate.finish()

  // OpenSSL compares it with the one that is signed
  if (!SIGNATURE_ALGORITHMS.has(hex(algorithm.read(Tag.OBJECT_IDENTIFIER)))) {
    throw new InvalidCryptoExchangeError('it is signed by another algorithm than ECDSA, Ed25519 or RSA with SHA-2')
  }

  // only the third version has extensions
  const version = new DerReader(toBeSigned.read(contextTag(0)))

  if (!equals(version.read(Tag.INTEGER), VERSION_3)) {
    throw new InvalidCryptoExchangeError('it is not of version 3')
  }

  version.finish()
  toBeSigned.read(Tag.INTEGER) // serial number
  toBeSigned.read(Tag.SEQUENCE) // signature algorithm
  toBeSigned.read(Tag.SEQUENCE) // issuer
  toBeSigned.read(Tag.SEQUENCE) // validity
  toBeSigned.read(Tag.SEQUENCE) // subject
  const publicKeyInfo = toBeSigned.readWhole(Tag.SEQUENCE)
  const extensions = new DerReader(toBeSigned.read(contextTag(3)))
  const signedKey = findSignedKey(extensions.read(Tag.SEQUENCE))
  extensions.finish()
  toBeSigned.finish()

  return { publicKeyInfo, ...signedKey }
}

function findSignedKey (extensions: Uint8Array): Pick<Parsed, 'hostKey' | 'signature'> {
  const seen = new Set<string>()
  let value: Uint8Array | undefined

  for (const extension of readAll(extensions, Tag.SEQUENCE)) {
    const id = hex(extension.read(Tag.OBJECT_IDENTIFIER))
    const isCritical = extension.has(Tag.BOOLEAN) && equals(extension.read(Tag.BOOLEAN), TRUE)
    const content = extension.read(Tag.OCTET_STRING)
    extension.finish()

    if (seen.has(id)) {
      throw new InvalidCryptoExchangeError('it has an extension twice')
    }

    if (id === LIBP2P_EXTENSION) {
      value = content
    } else if (isCritical) {
      throw new InvalidCryptoExchangeError('it has a critical extension that is not known here')
    }

    seen.add(id)
  }

  if (value == null) {
    throw new InvalidCryptoExchangeError('it does not have the extension of libp2p')
  }

  const outer = new DerReader(value)
  const signedKey = new DerReader(outer.read(Tag.SEQUENCE))
  outer.finish()
  const hostKey = signedKey.read(Tag.OCTET_STRING)
  const signature = signedKey.read(Tag.OCTET_STRING)
  signedKey.finish()

  return { hostKey, signature }
}

/** What the host key signs */
function signed (publicKeyInfo: Uint8Array): Uint8Array {
  return concat([SIGNATURE_PREFIX, publicKeyInfo])
}

function identifier (content: string): Uint8Array {
  return encodeDer(Tag.OBJECT_IDENTIFIER, fromString(content, 'base16'))
}

function hex (bytes: Uint8Array): string {
  return toString(bytes, 'base16')
}

/** All bits of whole bytes */
function bitString (bytes: Uint8Array): Uint8Array {
  return encodeDer(Tag.BIT_STRING, Uint8Array.of(0), bytes)
}

/** Positive, and in its shortest form */
function serialNumber (): Uint8Array {
  const bytes = randomBytes(16)
  bytes[0] = bytes[0] & 0x7f | 0x40

  return bytes
}

/** Of two forms, RFC 5280 prescribes which, by the year. */
function time (milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+|[-:T]/g, '')

  return digits < '2050'
    ? encodeDer(Tag.UTC_TIME, fromString(digits.slice(2)))
    : encodeDer(Tag.GENERALIZED_TIME, fromString(digits))
}
