/* eslint-disable no-console */
/**
 * What does a block cost on its way, step by step? One client gets a file from one provider while both are profiled; the time
 * from the first block to the last is divided by the bytes.
 */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { MeasuredProcess } from './measured-process.ts'
import { GiB, machine, median, MiB, table } from './report.ts'
import { serveHashed } from './serving.ts'
import type { Usage } from './measured-process.ts'

/** As V8 writes it; times are microseconds. */
interface Profile {
  nodes: ProfileNode[]
  samples: number[]
  timeDeltas: number[]
}

interface ProfileNode {
  id: number
  callFrame: { functionName: string, url: string }
  children?: number[]
}

/** Nanoseconds per byte, by step */
type Account = Record<string, number>

/** The command with a file for each module: what a function belongs to is seen by its file */
const MODULES = 'src/cli/main.js'

const IDLE = 'idle'
const MSSL = 'mSSL, besides'
const OTHER = 'libp2p besides, Node besides'
const ENDS = 'before the first block and after the last'
const THREADS = 'other threads: disk, collector, compiler'

/**
 * Whose time is it? A function belongs to the first rule that fits it, else to whoever called it: what Node does for a cipher
 * belongs to whoever enciphers.
 */
const STEPS: Array<{ step: string, name?: RegExp, url?: RegExp }> = [
  { step: IDLE, name: /^\(idle\)$/ },
  { step: 'garbage collector', name: /^\(garbage collector\)$/ },
  { step: 'outside of JavaScript: TCP in, events', name: /^\(program\)$/ },
  { step: 'memory given back', name: /^giveBack$/ },
  { step: 'copies', name: /^(set|copy|concat|copyWithin)$/, url: /^$|^node:buffer$|uint8arrays/ },
  { step: 'Noise or TLS', url: /libp2p-noise|noise-crypto|as-chacha20poly1305|as-sha256|[:/_]tls/ },
  { step: 'Yamux and streams', url: /libp2p-yamux|@libp2p\/utils|libp2p-v2|uint8arraylist/ },
  { step: 'TCP out', url: /@libp2p\/tcp|^node:net$|stream_base_commons|^node:internal\/streams/ },
  { step: 'disk', url: /^node:internal\/fs|^node:fs|holding\/file-set|holding\/journal/ },
  { step: OTHER, url: /node_modules/ },
  { step: MSSL, url: /dist\/(src|protocols)\// },
  { step: OTHER, name: /^\(root\)$/ }
]

/** In what belongs to mSSL: what Node's cryptography does, by the function that calls it. */
const CRYPTOGRAPHY: Array<{ step: string, url: RegExp, by?: RegExp }> = [
  { step: 'block cipher', url: /^node:internal\/crypto\/cipher/, by: /^(seal|unseal)$/ },
  { step: 'object cipher', url: /^node:internal\/crypto\/cipher/ },
  { step: 'block keys', url: /^node:internal\/crypto\/hash/, by: /^key$/ },
  { step: 'hash of the ciphertext, chains, tree', url: /^node:internal\/crypto\/hash/, by: /^sha256$/ },
  { step: 'hash of the block', url: /^node:internal\/crypto\/hash/ }
]

/** What is in the stack while blocks move, and at no other time */
const MOVING = /^(#sendLoad|readPublished|#onBlock|chunk)$/

const options = new Command('npm run benchmark:account --')
  .option('--size <size>', 'size of the file', parseSize, GiB)
  .option('--runs <n>', 'runs of each mode', Number, 3)
  .option('--modes <modes...>', 'modes of service', ['plain', 'proof'])
  .option('--keep <folder>', 'leave the profiles there')
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, runs: number, modes: string[], keep?: string, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-account-'))
const source = join(folder, 'source.bin')
const accounts: Record<string, { sender: Account[], receiver: Account[] }> = {}

try {
  await makeFile(source, options.size)

  for (let i = 0; i < options.runs; i++) {
    for (const mode of options.modes) {
      const { sender, receiver } = await run(mode, `${mode}-${i}`)
      accounts[mode] ??= { sender: [], receiver: [] }
      accounts[mode].sender.push(sender)
      accounts[mode].receiver.push(receiver)
      process.stderr.write('.')
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, accounts }))
} else {
  const columns = Object.values(accounts).flatMap(({ sender, receiver }) => [sender, receiver])
  const steps = [...new Set([...CRYPTOGRAPHY, ...STEPS].map(({ step }) => step).concat(ENDS, THREADS))].filter(step => step !== IDLE)
  console.log(`ns per byte, ${options.size / MiB} MiB, medians of ${options.runs} runs; ${machine()}\n`)
  console.log(table(
    ['step', ...options.modes.flatMap(mode => [`${mode}, sender`, `${mode}, receiver`])],
    [
      ...steps.map(step => [step, ...columns.map(runs => typical(runs, account => account[step] ?? 0))]),
      ['processor time', ...columns.map(runs => typical(runs, account => steps.reduce((sum, step) => sum + (account[step] ?? 0), 0)))],
      ['idle while blocks move', ...columns.map(runs => typical(runs, account => account[IDLE] ?? 0))]
    ]
  ))
}

function typical (runs: Account[], value: (account: Account) => number): string {
  return median(runs.map(value)).toFixed(2)
}

async function run (mode: string, name: string): Promise<{ sender: Account, receiver: Account }> {
  const profiled = (end: string): string[] => ['--cpu-prof', '--cpu-prof-dir', profiles(end)]
  const profiles = (end: string): string => join(options.keep ?? folder, `${name}-${end}`)
  const args = (end: string): string[] => ['--json', '--home', join(folder, `home-${name}-${end}`), '--listen', '/ip4/127.0.0.1/tcp/0']
  const out = join(folder, 'copy')
  await mkdir(profiles('sender'), { recursive: true })

  const { provider, link } = await serveHashed([source, '--mode', mode, ...args('sender')], { command: MODULES, nodeArgs: profiled('sender') })
  const client = new MeasuredProcess(MODULES, ['get', link, '--out', out, ...args('receiver')], { nodeArgs: profiled('receiver') })
  await client.result()
  // of Node, both of them
  const used = { receiver: await client.usage() as Required<Usage>, sender: await provider.stop() as Required<Usage> }
  await rm(out)

  return {
    sender: await accountOf(profiles('sender'), used.sender),
    receiver: await accountOf(profiles('receiver'), used.receiver)
  }
}

/** Reads the one profile of a folder. */
async function accountOf (folder: string, { cpu, mainThread }: Required<Usage>): Promise<Account> {
  const [file] = (await readdir(folder)).filter(name => name.endsWith('.cpuprofile'))
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(await readFile(join(folder, file), 'utf8'))
  const parents = new Map<number, ProfileNode>(nodes.flatMap(node => (node.children ?? []).map(child => [child, node])))
  const stacks = new Map(nodes.map(node => [node.id, stackOf(node, parents)]))
  const moving = new Set(nodes.filter(({ id }) => stacks.get(id)?.some(({ functionName }) => MOVING.test(functionName))).map(({ id }) => id))
  const steps = new Map(nodes.map(({ id }) => [id, stepOf(stacks.get(id) ?? [])]))
  const first = samples.findIndex(id => moving.has(id))
  const last = samples.findLastIndex(id => moving.has(id))
  const times = samples.map((_, at) => timeDeltas[at + 1] ?? 0)
  const busy = samples.reduce((sum, id, at) => sum + (steps.get(id) === IDLE ? 0 : times[at]), 0)
  // what the clock says is more than what the processor did, when there are more threads than cores
  const scale = mainThread * 1e6 / busy
  const account: Account = { [THREADS]: (cpu - mainThread) * 1e9 / options.size }

  for (const [at, id] of samples.entries()) {
    const step = steps.get(id) ?? OTHER
    const time = times[at] * 1e3 / options.size

    if (step === IDLE) {
      account[IDLE] = (account[IDLE] ?? 0) + (at >= first && at <= last ? time : 0)
    } else {
      const row = at >= first && at <= last ? step : ENDS
      account[row] = (account[row] ?? 0) + scale * time
    }
  }

  return account
}

/** A function and its callers, the nearest first. */
function stackOf (node: ProfileNode, parents: Map<number, ProfileNode>): Array<ProfileNode['callFrame']> {
  const stack: Array<ProfileNode['callFrame']> = []

  for (let at: ProfileNode | undefined = node; at != null; at = parents.get(at.id)) {
    stack.push(at.callFrame)
  }

  return stack
}

function stepOf (stack: Array<ProfileNode['callFrame']>): string {
  for (const [at, { functionName, url }] of stack.entries()) {
    const step = STEPS.find(rule => (rule.name?.test(functionName) ?? true) && (rule.url?.test(url) ?? true))?.step

    if (step === MSSL) {
      const callees = stack.slice(0, at)

      return CRYPTOGRAPHY.find(rule => callees.some(({ url }) => rule.url.test(url)) && (rule.by?.test(functionName) ?? true))?.step ?? step
    }

    if (step != null) {
      return step
    }
  }

  return OTHER
}
