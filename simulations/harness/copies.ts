import { open } from 'node:fs/promises'

const CHUNK = 1024 * 1024

/** Whether a file has the same bytes as another; false when there is none. Reads both piece by piece. */
export async function isCopy (copy: string, source: string): Promise<boolean> {
  const [one, other] = await Promise.all([copy, source].map(async path => open(path).catch(() => undefined)))

  try {
    if (one == null || other == null || (await one.stat()).size !== (await other.stat()).size) {
      return false
    }

    const [a, b] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)]

    for (let offset = 0; ; offset += CHUNK) {
      const [{ bytesRead }] = await Promise.all([one.read(a, 0, CHUNK, offset), other.read(b, 0, CHUNK, offset)])

      if (bytesRead === 0) {
        return true
      }

      if (!a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead))) {
        return false
      }
    }
  } finally {
    await one?.close()
    await other?.close()
  }
}
