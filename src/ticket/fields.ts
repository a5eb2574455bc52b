/**
 * Fields that records and messages share, parsed defensively: nothing here trusts a length.
 */
import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { InvalidCIDError, InvalidMultiaddrError, InvalidPeerIdError, InvalidPublicKeyError } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { MAX_ADDRESS_LENGTH, MAX_PEER_ID_LENGTH, PUBLIC_KEY_LENGTH } from '../../protocols/ticket/constants.ts'
import { SHA2_256 } from '../object/tree-hash.ts'
import type { Ed25519PublicKey, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What the generated encoders take. Their types exclude shared memory, which nothing here uses. */
export type Bytes = Uint8Array<ArrayBuffer>

const SHA2_256_LENGTH = 32

/**
 * @param bytes - a PeerId's multihash
 * @throws {InvalidPeerIdError}
 */
export function parsePeerId (bytes: Uint8Array): PeerId {
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_PEER_ID_LENGTH) {
    throw new InvalidPeerIdError(`A PeerId of ${bytes.byteLength} bytes is none`)
  }

  try {
    return peerIdFromMultihash(Digest.decode(bytes))
  } catch (err: any) {
    throw new InvalidPeerIdError(`Not a PeerId: ${err.message}`)
  }
}

/**
 * The one form that an object id has: CIDv1, raw, sha2-256.
 *
 * @throws {InvalidCIDError}
 */
export function parseObjectId (bytes: Uint8Array): CID {
  let cid: CID

  try {
    cid = CID.decode(bytes)
  } catch (err: any) {
    throw new InvalidCIDError(`Not an object id: ${err.message}`)
  }

  if (cid.version !== 1 || cid.code !== raw.code || cid.multihash.code !== SHA2_256 || cid.multihash.digest.byteLength !== SHA2_256_LENGTH) {
    throw new InvalidCIDError('An object id is a CIDv1 with codec raw and hash sha2-256')
  }

  return cid
}

/**
 * @throws {InvalidMultiaddrError}
 */
export function parseAddress (bytes: Uint8Array): Multiaddr {
  if (bytes.byteLength > MAX_ADDRESS_LENGTH) {
    throw new InvalidMultiaddrError(`A multiaddr of ${bytes.byteLength} bytes is too long`)
  }

  try {
    const address = multiaddr(bytes)
    // some values are only looked at when they are turned into text
    address.toString()

    return address
  } catch (err: any) {
    throw new InvalidMultiaddrError(`Not a multiaddr: ${err.message}`)
  }
}

/**
 * Issuer keys are Ed25519: their verification costs the same whatever a peer sends.
 *
 * @param bytes - a libp2p PublicKey protobuf
 * @throws {InvalidPublicKeyError}
 */
export function parseIssuerKey (bytes: Uint8Array): Ed25519PublicKey {
  if (bytes.byteLength !== PUBLIC_KEY_LENGTH) {
    throw new InvalidPublicKeyError(`An issuer key of ${bytes.byteLength} bytes is not an Ed25519 key`)
  }

  const key = publicKeyFromProtobuf(bytes)

  if (key.type !== 'Ed25519') {
    throw new InvalidPublicKeyError('An issuer key is an Ed25519 key')
  }

  return key
}
