import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { defaultCrypto } from '@chainsafe/libp2p-noise/crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import type { ICryptoInterface } from '@chainsafe/libp2p-noise'
import type { KeyObject } from 'node:crypto'

const CIPHER = 'chacha20-poly1305'
const TAG_LENGTH = 16

/** Below, the WebAssembly of Noise is faster than a call into OpenSSL. */
const SMALL = 1_200

/** Noise keeps one array per key for as long as a connection lives, and never changes what is in it. */
const keys = new WeakMap<Uint8Array, KeyObject>()

function keyObject (key: Uint8Array): KeyObject {
  let object = keys.get(key)

  if (object == null) {
    object = createSecretKey(key)
    keys.set(key, object)
  }

  return object
}

/** One array, or a list of them, of whatever version of the package. */
type Bytes = Parameters<ICryptoInterface['chaCha20Poly1305Encrypt']>[0]

/**
 * Noise's own cryptography, but each key is prepared once for its connection instead of once for each message, which costs
 * as much as enciphering 16 KiB. Nonces stay Noise's business.
 */
export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,

  chaCha20Poly1305Encrypt (plaintext, nonce, ad, key): Bytes {
    if (plaintext.byteLength < SMALL) {
      return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
    }

    const cipher = createCipheriv(CIPHER, keyObject(key), nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(ad, { plaintextLength: plaintext.byteLength })
    const ciphertext = pass(plaintext, cipher)
    cipher.final()
    ciphertext.append(cipher.getAuthTag())

    return ciphertext as unknown as Bytes
  },

  chaCha20Poly1305Decrypt (ciphertext, nonce, ad, key, into): Bytes {
    if (ciphertext.byteLength < SMALL) {
      return defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into)
    }

    const length = ciphertext.byteLength - TAG_LENGTH
    const decipher = createDecipheriv(CIPHER, keyObject(key), nonce, { authTagLength: TAG_LENGTH })
    decipher.setAAD(ad, { plaintextLength: length })
    decipher.setAuthTag(ciphertext.subarray(length))
    const plaintext = pass(ciphertext instanceof Uint8Array ? ciphertext.subarray(0, length) : ciphertext.sublist(0, length), decipher)
    // throws when the tag is false: until then nothing of the plaintext leaves this function
    decipher.final()

    return plaintext as unknown as Bytes
  }
}

/** A stream cipher gives as many bytes as it takes. */
function pass (bytes: Bytes, cipher: { update (bytes: Uint8Array): Uint8Array }): Uint8ArrayList {
  const output = new Uint8ArrayList()

  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    output.append(cipher.update(piece))
  }

  return output
}
