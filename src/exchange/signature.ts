import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { InvalidParametersError } from '@libp2p/interface'
import { ACKNOWLEDGEMENT_DOMAIN, CLAIM_DOMAIN, SIGNATURE_LENGTH } from '../../protocols/ack/constants.ts'
import type { Acknowledgement } from '../../protocols/ack/index.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** What both an acknowledgement and a claim speak of. */
export type ChainState = Omit<Acknowledgement, 'signature'>

type Purpose = typeof ACKNOWLEDGEMENT_DOMAIN | typeof CLAIM_DOMAIN

/** domain | session | u64be(count) | indices | entries: every part has a fixed length, so that there is one reading. */
function signedBytes (purpose: Purpose, { session, count, indices, entries }: ChainState): Uint8Array {
  const number = Buffer.alloc(8)
  number.writeUInt32BE(count, 4)

  return Buffer.concat([Buffer.from(purpose), session, number, indices, entries])
}

/** Signs acknowledgements and claims with a node's identity, whose key is prepared once. */
export interface Signer {
  acknowledge (state: ChainState): Acknowledgement
  /** The provider's signature, 64 bytes */
  claim (state: ChainState): Uint8Array
}

/**
 * @throws {InvalidParametersError} when the key is not Ed25519
 */
export function signer (identity: PrivateKey): Signer {
  if (identity.type !== 'Ed25519') {
    throw new InvalidParametersError('Mode proof needs a node with an Ed25519 identity')
  }

  // the raw form is seed and public key
  const key = createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: base64url(identity.raw.subarray(0, 32)), x: base64url(identity.publicKey.raw) }
  })

  return {
    acknowledge: state => ({ ...state, signature: sign(undefined, signedBytes(ACKNOWLEDGEMENT_DOMAIN, state), key) }),
    claim: state => sign(undefined, signedBytes(CLAIM_DOMAIN, state), key)
  }
}

/** Verifies the signatures of one peer, whose key is prepared once. */
export interface Verifier {
  acknowledgement (acknowledgement: Acknowledgement): boolean
  claim (state: ChainState, signature: Uint8Array): boolean
}

/**
 * @throws {InvalidParametersError} when the peer's key is not Ed25519
 */
export function verifier (peer: PeerId): Verifier {
  if (peer.type !== 'Ed25519') {
    throw new InvalidParametersError('Mode proof needs peers with an Ed25519 identity')
  }

  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64url(peer.publicKey.raw) } })
  const isValid = (purpose: Purpose, state: ChainState, signature: Uint8Array): boolean => {
    return signature.byteLength === SIGNATURE_LENGTH && verify(undefined, signedBytes(purpose, state), key, signature)
  }

  return {
    acknowledgement: acknowledgement => isValid(ACKNOWLEDGEMENT_DOMAIN, acknowledgement, acknowledgement.signature),
    claim: (state, signature) => isValid(CLAIM_DOMAIN, state, signature)
  }
}

function base64url (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
