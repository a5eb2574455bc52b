import { randomBytes } from 'node:crypto'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'
import { expect } from 'aegir/chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { noiseCrypto } from '../../src/node/noise-crypto.ts'

// on both sides of the size at which the implementation changes, and the largest message that Noise has
const LENGTHS = [0, 1, 1_199, 1_200, 1_201, 65_519]

describe('noise crypto', () => {
  const key = randomBytes(32)
  const nonce = randomBytes(12)
  const ad = randomBytes(32)

  for (const length of LENGTHS) {
    const plaintext = randomBytes(length)

    it(`seals and opens ${length} bytes like Noise's own`, () => {
      const pieces = new Uint8ArrayList(plaintext.subarray(0, length >> 1), plaintext.subarray(length >> 1))
      const expected = defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key).subarray()

      for (const form of [plaintext, pieces]) {
        const sealed = noiseCrypto.chaCha20Poly1305Encrypt(form as Uint8Array, nonce, ad, key)
        expect([...sealed.subarray()]).to.deep.equal([...expected])
      }

      for (const form of [expected, new Uint8ArrayList(expected.subarray(0, 7), expected.subarray(7))]) {
        const opened = noiseCrypto.chaCha20Poly1305Decrypt(form as Uint8Array, nonce, ad, key)
        expect([...opened.subarray()]).to.deep.equal([...plaintext])
      }
    })

    it(`refuses ${length} bytes with a changed bit, nonce, key or associated data`, () => {
      const sealed = noiseCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key).subarray()
      const open = (bytes: Uint8Array, n = nonce, a = ad, k = key): unknown => noiseCrypto.chaCha20Poly1305Decrypt(bytes, n, a, k)

      for (const at of [0, sealed.byteLength - 1]) {
        const changed = Uint8Array.from(sealed)
        changed[at] ^= 1
        expect(() => open(changed)).to.throw()
      }

      expect(() => open(sealed, randomBytes(12))).to.throw()
      expect(() => open(sealed, nonce, randomBytes(32))).to.throw()
      expect(() => open(sealed, nonce, ad, randomBytes(32))).to.throw()
    })
  }
})
