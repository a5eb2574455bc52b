import { link, lstat, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../home/index.ts'
import { FileExistsError, storageError } from './errors.ts'

/**
 * Gives a file or folder its name, in place of nothing.
 *
 * @throws {FileExistsError | StorageError}
 */
export async function moveNew (from: string, to: string): Promise<void> {
  try {
    const source = await lstat(from)
    const target = await lstat(to).catch(err => { if (err.code !== 'ENOENT') { throw err } })

    if (target != null && (target.ino !== source.ino || target.dev !== source.dev)) {
      throw new FileExistsError(to)
    }

    if (source.isDirectory()) {
      await rename(from, to)
    } else {
      if (target == null) {
        await linkOrRename(from, to)
      }

      // else an earlier run ended right here
      await rm(from, { force: true })
    }

    await syncFolder(dirname(to))
  } catch (err) {
    throw storageError(err, to)
  }
}

/** A link never takes the place of a file that came up in this moment. Some file systems have none. */
async function linkOrRename (from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (err: any) {
    if (err.code === 'EEXIST') {
      throw err
    }

    await rename(from, to)
  }
}
