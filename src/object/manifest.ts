import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { create as createDigest } from 'multiformats/hashes/digest'
import { Encryption, HashDelivery, Manifest as ManifestMessage, Mode } from '../../protocols/ticket/pb/records.ts'
import { Geometry } from './block-geometry.ts'
import { sha256, treeHash } from './hashes.ts'
import { MerkleTree } from './merkle.ts'
import { CoinValues } from './price.ts'
import { safeName, safePaths } from './safe-path.ts'
import { SHA2_256 } from './tree-hash.ts'
import type { Manifest } from '../../protocols/ticket/pb/records.ts'

export type { Manifest, File as ManifestFile } from '../../protocols/ticket/pb/records.ts'
export { Encryption, HashDelivery, Mode }

/**
 * Bytes of an encoded manifest. It must fit into one message of the ticket protocol, whose reader holds 4 MiB at most:
 * a folder of 65,536 files with paths of 40 bytes does.
 */
export const MAX_MANIFEST_LENGTH = 3.5 * 1024 * 1024

/** Files of a folder; the limit in records.proto */
export const MAX_FILES = 65536

/** How blocks change hands, as people write it. */
export type ServiceMode = 'plain' | 'proof' | 'purchase'

export function serviceMode (mode: Mode): ServiceMode {
  return mode.toLowerCase() as ServiceMode
}

export function parseServiceMode (mode: ServiceMode): Mode {
  return Mode[mode.toUpperCase() as Uppercase<ServiceMode>]
}

/** Blocks change hands by the interlocked exchange. */
export function isExchange (mode: Mode): boolean {
  return mode !== Mode.PLAIN
}

/** The manifest is not one that this version can read, or breaks a rule. */
export class InvalidManifestError extends Error {
  static name = 'InvalidManifestError'
  name = 'InvalidManifestError'
}

/**
 * Decodes a manifest and checks every rule of it.
 *
 * @throws {InvalidManifestError}
 */
export function parseManifest (payload: Uint8Array): Manifest {
  if (payload.byteLength > MAX_MANIFEST_LENGTH) {
    throw new InvalidManifestError(`Manifest of ${payload.byteLength} bytes; at most ${MAX_MANIFEST_LENGTH} are allowed`)
  }

  let manifest: Manifest

  try {
    manifest = ManifestMessage.decode(payload)
  } catch (err) {
    throw new InvalidManifestError('Manifest cannot be decoded', { cause: err })
  }

  check(manifest)

  return manifest
}

/**
 * Canonical bytes of a manifest: what is signed, and what the object id is made of.
 *
 * @throws {InvalidManifestError}
 */
export function encodeManifest (manifest: Manifest): Uint8Array {
  check(manifest)

  const payload = ManifestMessage.encode(manifest)

  if (payload.byteLength > MAX_MANIFEST_LENGTH) {
    throw new InvalidManifestError(`Too many files, or too long names: the manifest would have ${payload.byteLength} bytes, at most ${MAX_MANIFEST_LENGTH} are allowed`)
  }

  return payload
}

/** The object id: CIDv1, raw, sha2-256 of the manifest's bytes as they were signed. */
export function objectId (payload: Uint8Array): CID {
  return CID.createV1(raw.code, createDigest(SHA2_256, sha256(payload)))
}

function check (manifest: Manifest): void {
  const { size, blockSize, root, hash, encryption, delivery, mode, price, name, files } = manifest

  if (Encryption[encryption] == null || HashDelivery[delivery] == null || Mode[mode] == null) {
    throw new InvalidManifestError('Encryption, delivery or mode is not known to this version')
  }

  if (files.length > MAX_FILES) {
    throw new InvalidManifestError(`${files.length} files; at most ${MAX_FILES} are allowed`)
  }

  if ((price != null) !== (mode === Mode.PURCHASE)) {
    throw new InvalidManifestError(`An object of mode ${serviceMode(mode)} has ${price == null ? 'to have a' : 'no'} price`)
  }

  try {
    const geometry = new Geometry(size, blockSize)
    const { blockCount } = geometry
    const algorithm = treeHash(hash)

    if (blockCount === 0 || root.byteLength !== algorithm.size) {
      // checks the root of an object without blocks
      new MerkleTree(algorithm, 0, root) // eslint-disable-line no-new
    }

    if (price != null) {
      // checks the price, and that its coins can be counted
      new CoinValues(price, geometry) // eslint-disable-line no-new
    }

    safeName(name)
    safePaths(files.map(file => file.path))
  } catch (err: any) {
    throw new InvalidManifestError(`Manifest breaks a rule: ${err.message}`, { cause: err })
  }

  if (files.some(file => !Number.isSafeInteger(file.size) || file.size < 0)) {
    throw new InvalidManifestError('A file has an impossible size')
  }

  if (files.length > 0 && files.reduce((sum, file) => sum + file.size, 0) !== size) {
    throw new InvalidManifestError('The sizes of the files do not add up to the size of the object')
  }
}
