#!/usr/bin/env node
/**
 * Entry of the `mssl` command. Everything else is imported after the version check, so that an older Node gets to say
 * what is missing instead of failing on syntax or on a built-in module that it does not have.
 */

/** The first Node with `node:sqlite` without a flag. */
const OLDEST_NODE = [22, 13]

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(`mssl: needs Node.js ${OLDEST_NODE.join('.')} or newer, this is ${process.versions.node} (${process.execPath})\n`)
  process.exitCode = 1
} else {
  silenceSqliteWarning()
  const { tuneHeap } = await import('./heap.ts')
  tuneHeap()
  const { run } = await import('./program.ts')
  const code = await run(process.argv)
  await Promise.all([process.stdout, process.stderr].map(written))
  // everything has been stopped by now, and yet libp2p's address manager would keep the process for another second
  process.exit(code)
}

/** Pipes to other programs take their time on some systems. */
async function written (stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>(resolve => { stream.write('', () => { resolve() }) })
}

/** node:sqlite says on every start that it is experimental, which a person who fetches a file cannot act upon. */
function silenceSqliteWarning (): void {
  const emitWarning = process.emitWarning.bind(process) as (warning: string | Error, ...rest: any[]) => void

  process.emitWarning = (warning: string | Error, ...rest: any[]): void => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) {
      emitWarning(warning, ...rest)
    }
  }
}
