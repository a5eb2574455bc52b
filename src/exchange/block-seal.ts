import { BlockCipher } from '../object/block-cipher.ts'

/**
 * AES-256-CTR from a counter of 0 under the key of one block in one session, piece by piece in order: seals the published
 * form, and opens it again. The key is used for nothing else.
 *
 * @param key - 32 bytes
 */
export function blockSeal (key: Uint8Array): { update (chunk: Uint8Array): Uint8Array } {
  return new BlockCipher(key).block(0)
}
