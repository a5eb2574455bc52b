/* eslint-disable no-console */
/**
 * What does each hash delivery cost a recipient, in bytes and time, for different ways of reading an object?
 *
 * Runs the recipient's tree against the provider's, block by block; the hashing of the blocks themselves, which is the
 * same for both, is left out.
 */
import { createCipheriv } from 'node:crypto'
import { Command } from 'commander'
import { MerkleTree, treeHash } from '../src/object/index.ts'
import { hashBytes } from '../src/swarm/path-planner.ts'
import { machine, median, table } from './report.ts'

const HASH_LENGTH = 32
const options = new Command('npm run benchmark:hashes --')
  .option('--blocks <n>', 'blocks of the object', Number, 4_096)
  .option('--runs <n>', 'runs of each case', Number, 5)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ blocks: number, runs: number, json?: boolean }>()

const hash = treeHash(0x12)
const random = seeded(42)
const leaves = createCipheriv('aes-256-ctr', Buffer.alloc(32, 1), Buffer.alloc(16)).update(Buffer.alloc(options.blocks * HASH_LENGTH))
const provider = MerkleTree.fromLeaves(hash, leaves)
const inOrder = Array.from({ length: options.blocks }, (_, i) => i)
const shuffled = shuffle(inOrder)
const patterns = {
  'in order': inOrder,
  random: shuffled,
  'sparse, 10 % at random': shuffled.slice(0, Math.ceil(options.blocks / 10))
}
const results = Object.entries(patterns).flatMap(([pattern, order]) => (['per-block', 'super-block'] as const).map(delivery => {
  const times = Array.from({ length: options.runs }, () => read(delivery, order))
  const bytes = hashBytes(delivery, options.blocks, order, HASH_LENGTH)

  return { pattern, delivery, blocks: order.length, bytes, hashesPerBlock: bytes / HASH_LENGTH / order.length, microsecondsPerBlock: 1_000 * median(times) / order.length }
}))

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), results }))
} else {
  console.log(`${options.blocks} blocks; ${machine()}\n`)
  console.log(table(
    ['reading', 'delivery', 'hash bytes', 'hashes per block read', 'µs per block read'],
    results.map(({ pattern, delivery, bytes, hashesPerBlock, microsecondsPerBlock }) => [pattern, delivery, bytes.toLocaleString('en'), hashesPerBlock.toFixed(2), microsecondsPerBlock.toFixed(1)])
  ))
}

/** Milliseconds that the recipient spends on hashes. */
function read (delivery: 'per-block' | 'super-block', order: number[]): number {
  const recipient = new MerkleTree(hash, options.blocks, provider.root)
  let elapsed = 0

  if (delivery === 'super-block') {
    elapsed += timed(() => recipient.adoptLeaves(leaves))
  }

  for (const index of order) {
    const leaf = leaves.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH)
    const levels = recipient.levelsNeeded(index)
    const siblings = provider.path(index, levels)
    elapsed += timed(() => recipient.verify(index, leaf, siblings, levels) != null)
  }

  return elapsed
}

function timed (work: () => boolean): number {
  const begin = performance.now()

  if (!work()) {
    throw new Error('a hash did not verify')
  }

  return performance.now() - begin
}

function shuffle (values: number[]): number[] {
  const shuffled = [...values]

  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]]
  }

  return shuffled
}

/** mulberry32 */
function seeded (state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
