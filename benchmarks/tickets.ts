/* eslint-disable no-console */
/**
 * How many tickets does a server issue on one core, how long does a client wait for one, and how much memory do many clients take?
 *
 * The server is `mssl serve` on one core, its clients are in a process on another one, over TCP on loopback.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerIdFromString } from '@libp2p/peer-id'
import { Command, Option } from 'commander'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { makeFile } from '../simulations/demo/source-file.ts'
import { Home } from '../src/home/index.ts'
import { createNode } from '../src/node/create-node.ts'
import { Access, Tokens } from '../src/server/index.ts'
import { MeasuredProcess } from './measured-process.ts'
import { processorTime, residentMemory } from './process-status.ts'
import { machine, MiB, table } from './report.ts'
import type { Commands, Outcome } from './ends/ticket-clients.ts'

const [SERVER_CORE, CLIENT_CORE] = [0, 1]
const POLICIES = ['open', 'token', 'list'] as const

/** Requests under way at once when the server is to have all that it can do; it answers 64 at once. */
const CONCURRENCY = 32

/** Of what the server can do */
const LOADS = [0.25, 0.5, 0.9]

/** Milliseconds after which what is not used any more has been collected */
const SETTLED = 5_000

type Policy = typeof POLICIES[number]
/** Whom the clients ask: for an object of this policy, or a server that is libp2p alone */
type Target = Policy | 'bare'
interface Load extends Outcome { name: string, serverCpu: number }

const options = new Command('npm run benchmark:tickets --')
  .option('--seconds <n>', 'length of each load', Number, 5)
  .option('--connections <n>', 'connected clients that ask, below the 1,024 connections of a server', Number, 800)
  .addOption(new Option('--policy <policy...>', 'who may have a ticket').choices(POLICIES).default(POLICIES))
  .option('--no-latency', 'only what the server can do, not how long clients wait below that')
  .option('--bare', 'instead: a server that is libp2p alone and answers with always the same bytes')
  .option('--clients <n>', 'instead: so many clients come one after the other and get a ticket each', Number)
  .option('--stay <n>', 'with --clients: how many of them stay connected', Number, 0)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ seconds: number, connections: number, policy: Policy[], latency: boolean, bare?: boolean, clients?: number, stay: number, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-tickets-'))
const home = join(folder, 'server')
const generator = await startClients()
const targets: Target[] = options.bare === true ? ['bare'] : options.policy

try {
  const peers = await generator.ask('identities', options.clients ?? options.connections)
  const token = await prepare(peers)
  const server = options.bare === true
    ? new MeasuredProcess('benchmarks/ends/bare-answers.js', [])
    : new MeasuredProcess(MSSL, ['serve', '--json', '--home', home, '--listen', '/ip4/127.0.0.1/tcp/0'])
  const links: Record<string, string> = {}

  for (let i = 0; i < (options.bare === true ? 1 : POLICIES.length); i++) {
    const { name, link } = await server.result()
    links[name] = link
  }

  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(SERVER_CORE), String(server.pid)], { stdio: 'ignore' })
  const aim = async (target: Target): Promise<void> => generator.ask('target', {
    link: links[target],
    token: target === 'token' ? token : undefined,
    isBare: target === 'bare'
  })

  try {
    await aim(options.bare === true ? 'bare' : 'list')
    options.clients == null ? await rates(server, aim) : await crowd(server)
  } finally {
    await server.stop()
  }
} finally {
  generator.stop()
  await rm(folder, { recursive: true, force: true })
}

/** One object per policy; all clients are on the access list. Returns the token that admits them. */
async function prepare (peers: string[]): Promise<string> {
  const node = await createNode({ home, listen: [] })

  for (const policy of POLICIES) {
    const path = join(folder, policy)
    await makeFile(path, MiB)
    await node.services.mssl.publish(path, { policy: { kind: policy } })
  }

  await node.stop()
  const state = await Home.open(home)
  const database = state.database()
  // nothing is lost when this machine fails now
  database.exec('PRAGMA synchronous = OFF')
  const access = new Access(database)
  peers.forEach(peer => { access.grant(peerIdFromString(peer)) })
  const { token } = new Tokens(database).create({ name: 'everybody' })
  state.close()

  return token
}

async function rates (server: MeasuredProcess, aim: (target: Target) => Promise<void>): Promise<void> {
  await generator.ask('connect', options.connections)
  const loads: Load[] = []
  const run = async (name: string, load: () => Promise<Outcome>): Promise<Load> => {
    const before = processorTime(server.pid)
    const outcome = await load()
    const result = { name, ...outcome, serverCpu: processorTime(server.pid) - before }
    loads.push(result)
    process.stderr.write('.')

    return result
  }

  for (const target of targets) {
    await aim(target)
    await run(`all it can, ${target === 'bare' ? 'libp2p alone' : `policy ${target}`}`, async () => generator.ask('saturate', { seconds: options.seconds, concurrency: CONCURRENCY }))
  }

  const capacity = perSecond(loads[loads.length - 1])

  for (const share of options.latency ? LOADS : []) {
    const rate = share * capacity
    await run(`${100 * share} % of that`, async () => generator.ask('offer', { seconds: options.seconds, rate }))
  }

  process.stderr.write('\n')

  if (options.json === true) {
    console.log(JSON.stringify({ machine: machine(), loads: loads.map(({ latencies, ...load }) => ({ ...load, latencies: percentiles(latencies) })) }))

    return
  }

  console.log(`${options.connections} connected clients, ${options.seconds} s each; ${machine()}\n`)
  console.log(table(
    ['load', 'tickets per s', 'ms: p50', 'p95', 'p99', 'most', 'server, % of a core', 'tickets per s of that', 'clients, % of a core', 'other answers'],
    loads.map(load => [
      load.name,
      perSecond(load).toFixed(0),
      ...percentiles(load.latencies).map(latency => latency.toFixed(1)),
      (100_000 * load.serverCpu / load.elapsed).toFixed(0),
      ((load.answers.TICKET_OK ?? 0) / load.serverCpu).toFixed(0),
      (100_000 * load.cpu / load.elapsed).toFixed(0),
      Object.entries(load.answers).filter(([status]) => status !== 'TICKET_OK').map(([status, count]) => `${count} ${status}`).join(', ')
    ])
  ))
}

async function crowd (server: MeasuredProcess): Promise<void> {
  const idle = residentMemory(server.pid)
  const before = processorTime(server.pid)
  const outcome = await generator.ask('arrive', { concurrency: 8, stay: options.stay })
  const cpu = processorTime(server.pid) - before
  const arrived = residentMemory(server.pid)
  await new Promise(resolve => setTimeout(resolve, SETTLED))
  const result = {
    tickets: outcome.answers.TICKET_OK ?? 0,
    perSecond: perSecond(outcome),
    msOfServer: 1_000 * cpu / (outcome.answers.TICKET_OK ?? 1),
    idle: idle.now / MiB,
    peak: arrived.peak / MiB,
    settled: residentMemory(server.pid).now / MiB,
    database: (await stat(join(home, 'mssl.db'))).size / MiB
  }

  if (options.json === true) {
    console.log(JSON.stringify({ machine: machine(), clients: options.clients, stay: options.stay, ...result }))
  } else {
    console.log(`${options.clients} clients, ${options.stay} of them connected at a time; ${machine()}\n`)
    console.log(table(
      ['tickets issued', 'per s', 'processor time of the server, ms each', 'server before, MiB', 'at its peak', 'afterwards', 'database'],
      [[String(result.tickets), ...[result.perSecond, result.msOfServer].map(value => value.toFixed(1)), ...[result.idle, result.peak, result.settled].map(value => value.toFixed(0)), result.database.toFixed(1)]]
    ))
  }
}

function perSecond ({ answers, elapsed }: Outcome): number {
  return 1_000 * (answers.TICKET_OK ?? 0) / elapsed
}

function percentiles (sorted: number[]): number[] {
  return [0.5, 0.95, 0.99, 1].map(share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))])
}

async function startClients (): Promise<{ ask<Name extends keyof Commands> (name: Name, arg: Parameters<Commands[Name]>[0]): Promise<ReturnType<Commands[Name]>>, stop (): void }> {
  const child = fork(fileURLToPath(new URL('./ends/ticket-clients.js', import.meta.url)), [], {
    execPath: 'taskset',
    execArgv: ['--cpu-list', String(CLIENT_CORE), process.execPath]
  })
  let serial = 0

  return {
    async ask (name, arg) {
      const id = serial++
      child.send({ id, name, arg })

      for (;;) {
        const [{ id: answered, result, error }] = await once(child, 'message')

        if (answered === id) {
          if (error != null) {
            throw new Error(error)
          }

          return result
        }
      }
    },
    stop: () => { child.kill() }
  }
}
