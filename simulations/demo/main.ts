/**
 * `npm run demo`: one server, several clients, each a process of its own over TCP on this machine. The clients get a
 * file from the server and from each other, block for signed acknowledgement; then the server is stopped, and one more
 * client, whose ticket was issued before, gets the file from its peers alone. When the server is back, everybody claims what
 * was acknowledged, and the books have to be right.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import prettyBytes from 'pretty-bytes'
import { parseSize } from '../../src/cli/parse.ts'
import { freePort } from './free-port.ts'
import { MsslProcess } from './mssl-process.ts'
import { booksTable, servedBlocks, settle } from './settlement.ts'
import { hashFile, makeFile } from './source-file.ts'
import { Table } from './table.ts'
import type { Line } from './mssl-process.ts'
import type { Row } from './table.ts'

interface Options {
  peers: number
  size: number
  mode: 'plain' | 'proof'
  json?: boolean
}

const program = new Command('npm run demo --')
  .description('shows mSSL at work: a server, its clients, and one client more when the server is gone')
  .argument('[path]', 'a file of your own (default: one is made)')
  .option('--peers <n>', 'clients', count, 6)
  .option('--size <size>', 'size of the file that is made', parseSize, 256 * 1024 * 1024)
  .addOption(new Option('--mode <mode>', 'how blocks change hands').choices(['plain', 'proof']).default('proof'))
  .option('--json', 'the summary as JSON on stdout')
  .showHelpAfterError()
  .parse()

const options: Options = program.opts()
const folder = await mkdtemp(join(tmpdir(), 'mssl-demo-'))
const processes: MsslProcess[] = []
let interrupted = false

process.on('SIGINT', () => {
  if (interrupted) {
    process.exit(130)
  }

  interrupted = true
  say('stopping …')
  cleanUp().finally(() => process.exit(130))
})

try {
  const summary = await run(program.args[0])

  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(summary)}\n`)
  }
} catch (err: any) {
  if (!interrupted) {
    say(`the demo failed: ${err.message}`)
    process.exitCode = 1
  }
} finally {
  await cleanUp()
}

async function run (path?: string): Promise<unknown> {
  if (path == null) {
    path = join(folder, 'demo.bin')
    say(`making a file of ${human(options.size)} …`)
    await makeFile(path, options.size)
  }

  const { size } = await stat(path)
  const expected = await hashFile(path)
  say(`${basename(path)}: ${human(size)}, SHA-256 ${expected.slice(0, 16)}…`)

  const serve = ['serve', path, '--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`, '--name', 'demo', '--mode', options.mode]
  const names = new Map<string, string>()
  const server = start(serve, 'server', line => { nameOf(line, 'server') })
  const { link, blockSize } = await server.result()
  say(`the server's link: ${link}\n`)

  const rows: Row[] = Array.from({ length: options.peers }, (_, i) => ({ name: `client ${i + 1}`, have: 0, rate: 0, from: new Map() }))
  const table = new Table(process.stderr, size)
  const begin = performance.now()
  const clients = rows.map((row, i) => start(
    ['get', link, '--seed', '--out', join(folder, `copy-${i + 1}`), '--listen', '/ip4/127.0.0.1/tcp/0'],
    `client-${i + 1}`,
    line => {
      nameOf(line, row.name)

      if (line.event === 'progress') {
        update(row, line)
        table.show(rows)
      }
    }
  ))
  const results = await Promise.all(clients.map(async client => client.result()))
  const elapsed = (performance.now() - begin) / 1_000

  results.forEach((result, i) => { update(rows[i], { ...result, have: size }) })
  table.end(rows)

  // one more client asks for its ticket now and fetches when the server is gone
  await start(['get', link, '--ticket-only', '--listen', '/ip4/127.0.0.1/tcp/0'], 'late').done()
  await server.stop()
  say('\nthe server is stopped; one more client, whose ticket was issued before, fetches from its peers')

  const lateRow: Row = { name: 'late', have: 0, rate: 0, from: new Map() }
  const lateTable = new Table(process.stderr, size)
  const lateBegin = performance.now()
  const late = start(['get', link, '--out', join(folder, 'copy-late'), '--listen', '/ip4/127.0.0.1/tcp/0'], 'late', line => {
    if (line.event === 'progress') {
      update(lateRow, line)
      lateTable.show([lateRow])
    }
  })
  const lateResult = await late.result()
  await late.done()
  const lateElapsed = (performance.now() - lateBegin) / 1_000
  update(lateRow, { ...lateResult, have: size })
  lateTable.end([lateRow])

  const hashes = await Promise.all([...rows.map((_, i) => `copy-${i + 1}`), 'copy-late'].map(async name => hashFile(join(folder, name))))
  const fromServer = bytesFrom(results, true)
  const fromPeers = bytesFrom(results, false)
  const summary = {
    size,
    peers: options.peers,
    seconds: elapsed,
    bytesPerSecond: size * options.peers / elapsed,
    serverCopies: size === 0 ? 0 : fromServer / size,
    shareFromPeers: fromPeers / Math.max(1, fromServer + fromPeers),
    withoutServer: { seconds: lateElapsed, fromServer: bytesFrom([lateResult], true) },
    sha256: expected,
    identicalCopies: hashes.filter(hash => hash === expected).length,
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
  }

  say(`
  ${options.peers} clients had the file after   ${elapsed.toFixed(1)} s, ${human(summary.bytesPerSecond)}/s in all
  the server uploaded          ${summary.serverCopies.toFixed(2)} copies
  bytes that came from peers   ${(100 * summary.shareFromPeers).toFixed(1)} %
  without the server           ${lateElapsed.toFixed(1)} s for one more client
  copies equal to the source   ${summary.identicalCopies} of ${hashes.length} (SHA-256)`)

  if (summary.identicalCopies !== hashes.length) {
    throw new Error('a copy differs from the source')
  }

  if (summary.withoutServer.fromServer > 0) {
    throw new Error('the late client got bytes from a server that should have been gone')
  }

  for (const client of clients) {
    await client.stop()
  }

  if (options.mode === 'plain') {
    return summary
  }

  say('\nthe server is back; everybody claims what was acknowledged')
  const back = start(serve, 'server')
  await back.result()
  const homes = new Map([...names].map(([peer, name]) => [peer, join(folder, name.replace(' ', '-'))]))
  const books = await settle(homes, servedBlocks([...results, lateResult], blockSize), join(folder, 'server'))
  await back.stop()
  say(`\n${booksTable(books, names)}`)

  if (!books.every(({ served, acknowledged, claimed, credited }) => served === acknowledged && served === claimed && served === credited)) {
    throw new Error('the books do not say what was served')
  }

  return { ...summary, books: books.map(({ peer, ...rest }) => ({ name: names.get(peer), peer, ...rest })) }

  function nameOf (line: Line, name: string): void {
    if (line.event === 'listening') {
      names.set(line.peer, name)
    }
  }

  function update (row: Row, line: Line): void {
    row.have = line.have
    row.rate = line.rate ?? 0
    row.from = new Map(line.sources.map((source: Line) => [source.server === true ? 'server' : names.get(source.peer) ?? 'other', source.bytes]))
  }
}

function start (args: string[], home: string, onEvent?: (line: Line) => void): MsslProcess {
  const child = new MsslProcess(args, { home: join(folder, home), onEvent })
  processes.push(child)
  return child
}

async function cleanUp (): Promise<void> {
  await Promise.all(processes.map(async child => child.stop()))
  await rm(folder, { recursive: true, force: true })
}

function bytesFrom (results: Line[], server: boolean): number {
  return results.flatMap(result => result.sources as Line[]).filter(source => source.server === server).reduce((sum, source) => sum + source.bytes, 0)
}

function human (bytes: number): string {
  return prettyBytes(bytes, { binary: true })
}

function say (text: string): void {
  process.stderr.write(`${text}\n`)
}

function count (text: string): number {
  const n = Number(text)

  if (!Number.isInteger(n) || n < 1 || n > 64) {
    throw new InvalidArgumentError('a whole number from 1 to 64 is needed')
  }

  return n
}
