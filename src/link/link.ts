/**
 * Links: one line that a person can paste. `mssl:<base58btc of Link | checksum>/<name>`
 */
import { InvalidParametersError } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { sha256 } from '@noble/hashes/sha2.js'
import { base58btc } from 'multiformats/bases/base58'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { FINGERPRINT_LENGTH, MAX_LINK_ADDRESSES, MAX_LINK_LENGTH, MAX_NAME_LENGTH } from '../../protocols/ticket/constants.ts'
import { Link as LinkRecord } from '../../protocols/ticket/pb/link.ts'
import { parseAddress, parseObjectId, parsePeerId } from '../ticket/fields.ts'
import type { Bytes } from '../ticket/fields.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'

const SCHEME = 'mssl:'
const CHECKSUM_LENGTH = 4

/** The text is no link, or not as it was written. */
export class InvalidLinkError extends Error {
  static name = 'InvalidLinkError'
  name = 'InvalidLinkError'
}

export interface Link {
  server: PeerId
  /** SHA-256 of the server's issuer key, 32 bytes */
  fingerprint: Uint8Array
  /** Absent: the server as a whole */
  object?: CID
  /** Of the server; each ends in /p2p/ and its PeerId */
  addresses: Multiaddr[]
  /** Of the object, or the server; may be empty */
  name: string
  /** The web domain that vouches for the server, with its port if that is another than usual; not part of the text */
  domain?: string
}

/**
 * @throws {InvalidParametersError}
 */
export function formatLink (link: Link): string {
  if (link.fingerprint.byteLength !== FINGERPRINT_LENGTH) {
    throw new InvalidParametersError(`A fingerprint has ${FINGERPRINT_LENGTH} bytes, not ${link.fingerprint.byteLength}`)
  }

  const record = LinkRecord.encode({
    server: link.server.toMultihash().bytes as Bytes,
    fingerprint: link.fingerprint as Bytes,
    object: link.object?.bytes as Bytes | undefined,
    // the PeerId is there already, and links should be short
    addresses: link.addresses.slice(0, MAX_LINK_ADDRESSES).map(address => withoutPeer(address, link.server).bytes as Bytes)
  })

  const text = SCHEME + base58btc.encode(concat([record, checksum(record, link.name)]))

  return link.name === '' ? text : `${text}/${encodeURIComponent(link.name)}`
}

/**
 * @throws {InvalidLinkError} with a message for the person who pasted it
 */
export function parseLink (text: string): Link {
  text = text.trim()

  if (!text.startsWith(SCHEME)) {
    throw new InvalidLinkError(`A link begins with "${SCHEME}"`)
  }

  if (text.length > MAX_LINK_LENGTH) {
    throw new InvalidLinkError(`A link has at most ${MAX_LINK_LENGTH} characters`)
  }

  const slash = text.indexOf('/')
  const encoded = text.slice(SCHEME.length, slash === -1 ? undefined : slash)

  try {
    const name = slash === -1 ? '' : decodeURIComponent(text.slice(slash + 1))
    const bytes = base58btc.decode(encoded)
    const record = bytes.subarray(0, -CHECKSUM_LENGTH)

    if (!equals(bytes.subarray(-CHECKSUM_LENGTH), checksum(record, name))) {
      throw new InvalidLinkError('The checksum does not fit')
    }

    return readLink(record, name)
  } catch (err: any) {
    throw new InvalidLinkError(`The link has a wrong or missing character somewhere: please copy it again, its name at the end included (${err.message})`)
  }
}

function readLink (bytes: Uint8Array, name: string): Link {
  const record = LinkRecord.decode(bytes)
  const server = parsePeerId(record.server)

  if (record.fingerprint.byteLength !== FINGERPRINT_LENGTH) {
    throw new InvalidLinkError(`Fingerprint of ${record.fingerprint.byteLength} bytes`)
  }

  if (fromString(name).byteLength > MAX_NAME_LENGTH) {
    throw new InvalidLinkError('Name too long')
  }

  return {
    server,
    fingerprint: record.fingerprint,
    object: record.object == null ? undefined : parseObjectId(record.object),
    addresses: record.addresses.map(address => parseAddress(address).encapsulate(`/p2p/${server}`)),
    name
  }
}

function withoutPeer (address: Multiaddr, server: PeerId): Multiaddr {
  const text = address.toString()
  const peer = `/p2p/${server}`

  return text.endsWith(peer) ? multiaddr(text.slice(0, -peer.length)) : address
}

function checksum (record: Uint8Array, name: string): Uint8Array {
  return sha256(concat([record, fromString(name)])).subarray(0, CHECKSUM_LENGTH)
}
