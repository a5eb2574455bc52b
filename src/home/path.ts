import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where a home is: in `dir`, else `$MSSL_HOME`, else `~/.mssl`. */
export function homePath (dir: string = process.env.MSSL_HOME ?? join(homedir(), '.mssl')): string {
  return resolve(dir)
}
