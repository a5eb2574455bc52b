/**
 * The signed form of a manifest. The object id binds its content; the signature says which server stands behind it.
 */
import { equals } from 'uint8arrays/equals'
import { MANIFEST } from '../../protocols/ticket/constants.ts'
import { objectId, parseManifest } from '../object/manifest.ts'
import { fingerprint } from './certificate.ts'
import { InvalidRecordError, seal, unseal } from './envelope.ts'
import type { Manifest } from '../object/manifest.ts'
import type { AbortOptions, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export interface OpenManifestOptions extends AbortOptions {
  /**
   * The object's id.
   *
   * @default any
   */
  id?: CID

  /**
   * The fingerprints of the server's certificate: an earlier key of the lineage may have signed, since the id alone
   * binds every byte.
   *
   * @default any
   */
  issuers?: Uint8Array[]
}

/**
 * @param payload - the encoded manifest
 * @returns the envelope's bytes
 */
export async function signManifest (payload: Uint8Array, issuerKey: PrivateKey, options?: AbortOptions): Promise<Uint8Array> {
  return seal(MANIFEST, payload, issuerKey, options)
}

/**
 * @throws {InvalidRecordError}
 * @throws {InvalidManifestError}
 */
export async function openManifest (envelope: Uint8Array, options: OpenManifestOptions = {}): Promise<{ id: CID, manifest: Manifest }> {
  const { payload, publicKey } = await unseal(MANIFEST, envelope, options)
  const id = objectId(payload)

  if (options.id != null && !equals(id.bytes, options.id.bytes)) {
    throw new InvalidRecordError('The manifest is another object\'s')
  }

  const signer = fingerprint(publicKey)

  if (options.issuers?.some(issuer => equals(issuer, signer)) === false) {
    throw new InvalidRecordError('The manifest was signed by another server')
  }

  return { id, manifest: parseManifest(payload) }
}
