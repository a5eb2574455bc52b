import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../simulations/demo/free-port.ts'
import { folder, start } from './run.ts'
import type { Running } from './run.ts'

/** One that serves, two that get, and what there is to get. */
export interface Scene {
  serverHome: string
  home: string
  otherHome: string
  /** Path of a file, holiday.bin */
  source: string
  content: Buffer
  /** Arguments: a server that comes back is found where it was */
  listen: string[]
}

/** `cleanUp` removes it. */
export async function scene (size: number): Promise<Scene> {
  const [serverHome, home, otherHome, served] = await Promise.all([folder(), folder(), folder(), folder()])
  const source = join(served, 'holiday.bin')
  const content = randomBytes(size)
  await writeFile(source, content)

  return { serverHome, home, otherHome, source, content, listen: ['--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`] }
}

/** Starts `mssl serve`, and waits until it serves. */
export async function startServer (home: string, ...args: string[]): Promise<{ server: Running, link: string }> {
  const server = start(['serve', ...args], { home })
  const [link] = await server.output(/^mssl:\S+$/m, 'stdout')
  await server.output(/serving on/, 'stderr')

  return { server, link }
}
