/**
 * `npm run crash`: does the market survive that everybody in it is killed again and again? Ends with code 0 when every client has
 * every object, every block is paid once, and the books are closed and hold.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { parseInteger } from '../../src/cli/parse.ts'
import { sheetTable } from '../demo/balance-sheet.ts'
import { Random } from '../harness/random.ts'
import { audit } from './audit.ts'
import { findings } from './findings.ts'
import { Market } from './market.ts'

const SHOW_INTERVAL = 5_000

const options = new Command('npm run crash --')
  .description('kills server, providers and recipients of a market at random moments, and checks what is left: all blocks, each paid once')
  .option('--kills <n>', 'processes that are killed at least', parseInteger(1), 500)
  .option('--clients <n>', 'clients', parseInteger(2, 16), 5)
  .option('--seed <n>', 'who dies when (default: drawn)', parseInteger(0, 2 ** 32 - 1), Math.floor(Math.random() * 2 ** 32))
  .option('--json', 'the result as JSON on stdout')
  .showHelpAfterError()
  .parse().opts<{ kills: number, clients: number, seed: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-crash-'))
// to start takes most of the time, and every process starts with the same code
process.env.NODE_COMPILE_CACHE ??= join(folder, 'code')
const random = new Random(options.seed)
const market = new Market({ ...options, folder, random: () => random.next() })
const begin = performance.now()
const timer = setInterval(show, SHOW_INTERVAL)
say(`seed ${options.seed}`)

try {
  const shown = await market.run()
  show()
  const { entries, names, ...figures } = audit(await findings(market, shown))
  const seconds = (performance.now() - begin) / 1_000
  const { killed, toll } = market.reaper

  say(`\n${sheetTable(entries, names)}

  ${killed} kills in ${seconds.toFixed(0)} s: ${Object.entries(toll).map(([deed, n]) => `${n} of ${deed}`).join(', ')}
  ${figures.bought} objects of ${figures.blocks} blocks bought by ${market.clients.length} clients, all copies right (SHA-256)
  ${figures.delivered} deliveries acknowledged in ${figures.sessions} sessions (${figures.records} paid on the recipient's word); ${figures.blocks} blocks paid from the price, each once
  ${figures.replaced + figures.repeated} delivered twice: ${figures.repeated} by the same provider, which was paid once; ${figures.replaced} by a client and the server, one of both paid from the bond
  nobody convicted, all books closed; the sum is 0 and the ledger holds`)

  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ seed: options.seed, killed, toll, seconds, ...figures, machine: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}` })}\n`)
  }

  await rm(folder, { recursive: true, force: true })
} catch (err: any) {
  // what is left is what there is to find the reason in
  say(`failed with seed ${options.seed}: ${err.message}\nall homes are in ${folder}`)
  process.exitCode = 1
} finally {
  clearInterval(timer)
  await market.clear()
}

// what failed may have left others waiting
process.exit()

function show (): void {
  const { clients, goods, reaper } = market
  const have = clients.map(({ have }) => have).join(', ')
  say(`${((performance.now() - begin) / 1_000).toFixed(0).padStart(4)} s: ${reaper.killed} of ${options.kills} kills; ${goods.length} objects for sale, clients have ${have}`)
}

function say (text: string): void {
  process.stderr.write(`${text}\n`)
}
