import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { homePath } from '../home/path.ts'

/**
 * Keeps in the home what V8 makes of modules that are imported from now on, for the next command to find it done: a node is
 * 2 MB of source. Nothing is lost where that cannot be.
 *
 * What is in there is run. So it is not the folder for temporary files, which is Node's default, and only one that nobody else
 * can write to.
 */
export function keepCompiled (dir?: string): void {
  const folder = join(homePath(dir), 'cache')

  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    // it is there, or the home is not: a home that is used once is not to pay for it
  }

  try {
    if (isOurs(dirname(folder)) && isOurs(folder)) {
      enableCompileCache(folder)
    }
  } catch {
    // who opens the home says what is wrong with it
  }
}

function isOurs (path: string): boolean {
  const { uid, mode } = statSync(path)

  // where users have no numbers, there are no such modes either
  return process.getuid == null || (uid === process.getuid() && (mode & 0o022) === 0)
}
