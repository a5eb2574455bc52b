import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { BLOCK_KEYS_INFO, ESCROW_DOMAIN } from './domains.ts'

/** The keys of one session's blocks, for whoever has the provider's escrow secret: the provider and the server. */
export class BlockKeys {
  readonly #key: Uint8Array

  constructor (escrowSecret: Uint8Array, session: Uint8Array) {
    this.#key = hkdf(sha256, escrowSecret, session, fromString(BLOCK_KEYS_INFO), 32)
  }

  key (position: number, index: number): Uint8Array {
    const input = new DataView(new ArrayBuffer(16))
    input.setUint32(4, position)
    input.setUint32(12, index)

    return hmac(sha256, this.#key, new Uint8Array(input.buffer))
  }
}

export function escrowSecret (root: Uint8Array, provider: Uint8Array): Uint8Array {
  return hmac(sha256, root, concat([fromString(ESCROW_DOMAIN), provider]))
}
