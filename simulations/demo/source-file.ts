import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

const CHUNK = 1024 * 1024

/**
 * Writes `size` bytes that do not compress, the same ones each time: the key stream of AES under a fixed key. Other
 * bytes for each `variant`.
 */
export async function makeFile (path: string, size: number, variant = 0): Promise<void> {
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(variant)
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 'mssl demo'), iv)
  const zeros = Buffer.alloc(CHUNK)

  await pipeline(
    function * () {
      for (let left = size; left > 0; left -= CHUNK) {
        yield cipher.update(zeros.subarray(0, Math.min(CHUNK, left)))
      }
    },
    createWriteStream(path)
  )
}

/** SHA-256 of a file, as hex. */
export async function hashFile (path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: CHUNK }), hash)
  return hash.digest('hex')
}
