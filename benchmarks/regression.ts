/* eslint-disable no-console */
/**
 * Has something become much slower? Ratios between two things that one machine does in turn, so that it matters little how
 * fast it is; processor time rather than time, so that it matters little what else it does. Exits with 1 and says what regressed.
 */
import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MSSL } from '../simulations/demo/mssl-process.ts'
import { hashFile, makeFile } from '../simulations/demo/source-file.ts'
import { regressed } from './judgement.ts'
import { MeasuredProcess } from './measured-process.ts'
import { machine, median, MiB, table } from './report.ts'
import { serveHashed } from './serving.ts'
import type { Figure } from './judgement.ts'

const SIZE = 64 * MiB
const CROWD = 4
const RUNS = 3
const SIGNATURES = 2_000

const folder = await mkdtemp(join(tmpdir(), 'mssl-regression-'))
const source = join(folder, 'source.bin')
const sha256 = await makeFile(source, SIZE).then(async () => hashFile(source))
let serial = 0

/** By name: a ratio, and what it may be */
const checks: Record<string, { bound: number, measure (): Promise<number> }> = {
  'processor time of a download, plain to raw libp2p stream': {
    bound: 4,
    measure: async () => ratio(async () => download('plain'), rawStream)
  },
  'processor time of a download, proof to plain': {
    bound: 2,
    measure: async () => ratio(async () => download('proof'), async () => download('plain'))
  },
  [`copies that a server uploads to ${CROWD} clients at once`]: {
    bound: 1.5,
    measure: crowd
  },
  'processor time of mssl --help to node -e 0': {
    bound: 6,
    measure: async () => ratio(async () => program(MSSL, '--help'), async () => program('-e', '0'))
  },
  'processor time of a ticket to an Ed25519 signature and its verification': {
    bound: 18,
    measure: async () => await ticket() / signature()
  }
}

try {
  const figures: Figure[] = []

  for (const [name, { bound, measure }] of Object.entries(checks)) {
    let figure = { name, bound, value: await measure() }

    if (regressed([figure]).length > 0) {
      // the machine may have had a bad moment
      figure = { ...figure, value: Math.min(figure.value, await measure()) }
    }

    figures.push(figure)
    process.stderr.write('.')
  }

  const failures = regressed(figures)
  process.stderr.write('\n')
  console.log(`${machine()}\n`)
  console.log(table(['ratio', 'measured', 'at most'], figures.map(({ name, value, bound }) => [name, value.toFixed(2), String(bound)])))

  for (const { name, value, bound } of failures) {
    console.error(`regressed: ${name} is ${value.toFixed(2)}, ${bound} is allowed`)
  }

  process.exitCode = failures.length > 0 ? 1 : 0
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** Of two measurements that take turns. */
async function ratio (one: () => Promise<number>, other: () => Promise<number>): Promise<number> {
  const ones: number[] = []
  const others: number[] = []

  for (let i = 0; i < RUNS; i++) {
    ones.push(await one())
    others.push(await other())
  }

  return median(ones) / median(others)
}

function home (name: string): string[] {
  return ['--json', '--home', join(folder, name), '--listen', '/ip4/127.0.0.1/tcp/0']
}

/** Seconds of processor time at both ends. */
async function download (mode: 'plain' | 'proof'): Promise<number> {
  const { provider, link } = await serveHashed([source, '--mode', mode, ...home(`server-${mode}`)])
  const out = join(folder, 'copy')
  const client = new MeasuredProcess(MSSL, ['get', link, '--out', out, ...home(`client-${serial++}`)])
  await client.result()

  return finish(out, client, provider)
}

async function rawStream (): Promise<number> {
  const sender = new MeasuredProcess('benchmarks/ends/raw-stream.js', ['send', source])
  const { address } = await sender.result()
  const out = join(folder, 'copy')
  const receiver = new MeasuredProcess('benchmarks/ends/raw-stream.js', ['receive', address, out])
  await receiver.result()

  return finish(out, receiver, sender)
}

async function finish (out: string, receiver: MeasuredProcess, sender: MeasuredProcess): Promise<number> {
  const cpu = (await receiver.usage()).cpu + (await sender.stop()).cpu

  if (await hashFile(out) !== sha256) {
    throw new Error('a copy differs from the source')
  }

  await rm(out)

  return cpu
}

async function crowd (): Promise<number> {
  const run = serial++
  const server = new MeasuredProcess(MSSL, ['serve', source, ...home(`crowd-${run}`)])
  const { link } = await server.result()
  const clients = Array.from({ length: CROWD }, (_, i) => new MeasuredProcess(
    MSSL,
    ['get', link, '--seed', '--out', join(folder, `copy-${run}-${i}`), ...home(`crowd-${run}-${i}`)]
  ))
  const results = await Promise.all(clients.map(async client => client.result()))
  await Promise.all([...clients, server].map(async each => each.stop()))

  return results
    .flatMap(({ sources }) => sources)
    .filter(({ server }) => server)
    .reduce((sum, { bytes }) => sum + bytes, 0) / SIZE
}

/** Seconds of processor time of a Node process. */
async function program (...args: string[]): Promise<number> {
  const hook = fileURLToPath(new URL('./usage-hook.js', import.meta.url))
  const child = spawn(process.execPath, ['--import', hook, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  let text = ''
  child.stdio[3]?.on('data', data => { text += String(data) })
  await once(child, 'close')

  return JSON.parse(text).cpu
}

/** Seconds of processor time that a server takes for a ticket. */
async function ticket (): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('./tickets.js', import.meta.url)), '--json', '--connections', '100', '--seconds', '3', '--policy', 'list', '--no-latency'
  ])
  const { loads: [{ serverCpu, answers }] } = JSON.parse(stdout)

  return serverCpu / answers.TICKET_OK
}

function signature (): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const message = Buffer.alloc(256)
  const before = process.cpuUsage()

  for (let i = 0; i < SIGNATURES; i++) {
    message.writeUInt32BE(i)

    if (!verify(undefined, message, publicKey, sign(undefined, message, privateKey))) {
      throw new Error('a signature is false')
    }
  }

  const { user, system } = process.cpuUsage(before)

  return (user + system) / 1e6 / SIGNATURES
}
