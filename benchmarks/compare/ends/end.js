/**
 * What each end of a contender has in common: its options are JSON, its results are lines of JSON, SIGINT ends it.
 *
 * `<end>.js publish|seed|leech <options>`
 */
import { subscribe } from 'node:diagnostics_channel'
import { open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const RETRY = 20

/** @param {Record<string, (options: object) => Promise<void>>} roles */
export async function end (roles) {
  const [role, options] = process.argv.slice(2)
  await roles[role](JSON.parse(options))
}

/** @param {object} result */
export function tell (result) {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

export async function interrupted () {
  // a promise alone keeps no process alive
  const alive = setInterval(() => {}, 1_000_000)
  await new Promise(resolve => { process.once('SIGINT', resolve) })
  clearInterval(alive)
}

/** @param {string} path */
export async function sync (path) {
  const file = await open(path)
  await file.sync()
  await file.close()
}

/**
 * Writes what comes, to the disk itself. Says when the first of it came.
 *
 * @param {string} path
 * @param {AsyncIterable<Uint8Array>} bytes
 */
export async function write (path, bytes) {
  const file = await open(path, 'w')
  let firstAt

  for await (const chunk of bytes) {
    firstAt ??= Date.now()
    await file.write(chunk)
  }

  await file.sync()
  await file.close()

  return firstAt
}

/**
 * Counts what this process sends to those who connected to it and to those it connected to, in bytes on the wire. Call it before
 * anything listens.
 */
export function countSent () {
  const sockets = []
  const add = ({ socket }) => { sockets.push(socket) }
  subscribe('net.server.socket', add)
  subscribe('net.client.socket', add)

  return () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0)
}

/**
 * Tries until it works: others of a crowd start at the same time.
 *
 * @param attempt
 */
export async function retry (attempt) {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await setTimeout(RETRY)
    }
  }
}
