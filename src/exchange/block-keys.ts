import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import { BLOCK_KEYS_INFO, ESCROW_DOMAIN } from './domains.ts'
import type { KeyObject } from 'node:crypto'

/** The keys of one session's blocks, for whoever has the provider's escrow secret: the provider and the server. */
export class BlockKeys {
  readonly #key: KeyObject

  /**
   * @param escrowSecret - the provider's, 32 bytes
   * @param session - 32 bytes
   */
  constructor (escrowSecret: Uint8Array, session: Uint8Array) {
    this.#key = createSecretKey(new Uint8Array(hkdfSync('sha256', escrowSecret, session, BLOCK_KEYS_INFO, 32)))
  }

  /**
   * HMAC-SHA256(HKDF-SHA256(escrow secret, salt session), u64be(position) | u64be(index)), 32 bytes.
   *
   * @param position - from 1
   * @param index - the block's index in the object
   */
  key (position: number, index: number): Uint8Array {
    const input = Buffer.alloc(16)
    input.writeUInt32BE(position, 4)
    input.writeUInt32BE(index, 12)

    return createHmac('sha256', this.#key).update(input).digest()
  }
}

/**
 * What a provider derives its block keys from: HMAC-SHA256(root, domain | PeerId multihash), 32 bytes.
 *
 * @param root - the server's one secret, 32 bytes
 * @param provider - PeerId multihash
 */
export function escrowSecret (root: Uint8Array, provider: Uint8Array): Uint8Array {
  return createHmac('sha256', root).update(ESCROW_DOMAIN).update(provider).digest()
}
