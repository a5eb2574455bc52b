import { lstat, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FileExistsError, storageError } from './errors.ts'
import { FileSet } from './file-set.ts'
import { moveNew } from './move.ts'
import { checkSpace, filesAt, prepare } from './part.ts'
import type { Holding } from './holding.ts'
import type { AbortOptions } from '@libp2p/interface'

/**
 * Writes the files of a complete object in another place, too: to a part file, which gets its name when all of it is there
 * to stay. A copy that fails, or is stopped, leaves nothing.
 *
 * @throws {FileExistsError | NoSpaceError | StorageError | SourceChangedError}
 */
export async function copyTo (holding: Pick<Holding, 'manifest' | 'geometry' | 'readPlain'>, to: string, options: AbortOptions = {}): Promise<void> {
  const { manifest, geometry } = holding
  const path = resolve(to)
  const part = `${path}.part`

  for (const taken of [path, part]) {
    if (await lstat(taken).then(() => true, err => { if (err.code !== 'ENOENT') { throw storageError(err, taken) } })) {
      throw new FileExistsError(taken)
    }
  }

  await checkSpace({ path: part, manifest })
  const files = new FileSet(filesAt(part, manifest), { writable: true })

  try {
    await prepare({ path: part, manifest }, files)

    for (let index = 0; index < geometry.blockCount; index++) {
      await files.write(geometry.blockOffset(index), [await holding.readPlain(index, options)])
    }

    await files.sync()
    await moveNew(part, path)
  } finally {
    files.close()
    // its name is another one now, unless something failed
    await rm(part, { recursive: true, force: true })
  }
}
