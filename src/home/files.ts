import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface WriteFileOptions {
  /**
   * Throw EEXIST rather than replace a file.
   *
   * @default false
   */
  exclusive?: boolean
}

/**
 * Writes a whole file so that a crash at any moment leaves the old one or the new one, and the new one lasts.
 */
export async function writeFileAtomic (path: string, bytes: Uint8Array, options: WriteFileOptions = {}): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`

  try {
    const file = await open(temporary, 'wx', 0o600)

    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }

    await (options.exclusive === true ? link(temporary, path) : rename(temporary, path))
    await syncFolder(dirname(path))
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Makes the names in a folder last. */
export async function syncFolder (path: string): Promise<void> {
  if (process.platform === 'win32') {
    // folders cannot be opened there; NTFS keeps a journal of names
    return
  }

  const folder = await open(path, 'r')

  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
