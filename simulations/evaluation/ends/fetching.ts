/**
 * The process of the client: a stranger to the server with each `open`, so that dialling, ticket and session are part of what is measured.
 *
 * fetching <folder>
 */
import { open as openFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { rawNode, receiveRaw } from '../../../benchmarks/ends/raw-transfer.ts'
import { tuneHeap } from '../../../src/cli/heap.ts'
import { createNode } from '../../../src/node/create-node.ts'
import { answer } from './answering.ts'
import { ProcessorTime } from './processor-time.ts'
import { resetTraffic, traffic } from './traffic.ts'
import { VerifiedBlocks } from './verified-blocks.ts'
import type { MsslNode } from '../../../src/node/create-node.ts'
import type { Libp2p } from '@libp2p/interface'

const LISTEN = ['/ip4/127.0.0.1/tcp/0']

export interface Transfer {
  /** Milliseconds */
  elapsed: number
  /** Milliseconds until the first block was verified; of a raw stream, until the first bytes were there */
  firstByte: number
  /** Seconds of processor time */
  cpu: number
  /** Bytes that this process has sent and received, from the first connection on */
  wire: number
  /** Bytes of hashes */
  hashBytes: number
  /** Bytes that an earlier run had left */
  had: number
}

export interface Range { offset: number, length: number }

const [folder] = process.argv.slice(2)
let serial = 0
let node: MsslNode | undefined
let raw: Libp2p | undefined

const deeds = {
  /** Returns the PeerId. `again`: that of last time, with what it had. */
  async open ({ again = false }: { again?: boolean } = {}): Promise<string> {
    serial += again ? 0 : 1
    resetTraffic()
    node = await createNode({ home: home(), listen: LISTEN })

    return node.peerId.toString()
  },

  async openRaw (): Promise<void> {
    resetTraffic()
    raw = await rawNode([])
  },

  async get ({ link, to, maxPrice }: { link: string, to: string, maxPrice: number }): Promise<Transfer> {
    let had = 0

    return measured(async () => {
      await opened().get(link, {
        to,
        maxPrice,
        onProgress: event => { had = event.type === 'mssl:get:resumed' ? event.detail.have : had }
      })
    }, () => had)
  },

  /** Gets so many blocks, or a few more that were on their way. */
  async begin ({ link, to, blocks }: { link: string, to: string, blocks: number }): Promise<void> {
    const enough = new AbortController()
    // it is what counts for this process from now on
    const verified = new VerifiedBlocks(count => { count >= blocks && enough.abort() })

    await opened().get(link, { to, signal: enough.signal }).catch(err => {
      if (!enough.signal.aborted || verified.first == null) {
        throw err
      }
    })
  },

  /** Reads each of these ranges, one after the other, and compares what comes with the source, or the first piece of it. */
  async read ({ link, ranges, source }: { link: string, ranges: Range[], source: string }): Promise<Transfer> {
    const first: Uint8Array[] = []
    const transfer = await measured(async () => {
      for (const range of ranges) {
        let length = 0

        for await (const chunk of opened().read(link, range)) {
          first.push(...length === 0 ? [chunk] : [])
          length += chunk.byteLength
        }

        if (length !== range.length) {
          throw new Error(`${length} bytes were read, not ${range.length}`)
        }
      }
    })

    await compare(source, ranges.map(({ offset }, i) => ({ offset, bytes: first[i] })))

    return transfer
  },

  async getRaw ({ address, to, isHashed }: { address: string, to: string, isHashed: boolean }): Promise<Transfer> {
    if (raw == null) {
      throw new Error('there is no node')
    }

    const node = raw
    const time = new ProcessorTime()
    const { elapsed, firstByte } = await receiveRaw(node, address, to, { isHashed })

    return { elapsed, firstByte, cpu: time.seconds, wire: traffic(), hashBytes: 0, had: 0 }
  },

  /** `keep`: it is opened again. */
  async close ({ keep = false }: { keep?: boolean } = {}): Promise<void> {
    await Promise.all([node?.stop(), raw?.stop()])
    node = raw = undefined

    if (!keep) {
      await rm(home(), { recursive: true, force: true })
    }
  }
}

export type FetchingDeeds = typeof deeds

tuneHeap()
answer(deeds)

function home (): string {
  return join(folder, `client-${serial}`)
}

function opened (): MsslNode['services']['mssl'] {
  if (node == null) {
    throw new Error('there is no node')
  }

  return node.services.mssl
}

async function measured (transfer: () => Promise<void>, had = () => 0): Promise<Transfer> {
  const time = new ProcessorTime()
  const verified = new VerifiedBlocks()
  const begin = performance.now()
  await transfer()

  return { elapsed: performance.now() - begin, firstByte: verified.first ?? 0, cpu: time.seconds, wire: traffic(), hashBytes: verified.hashBytes, had: had() }
}

async function compare (source: string, pieces: Array<{ offset: number, bytes: Uint8Array }>): Promise<void> {
  const file = await openFile(source)

  try {
    for (const { offset, bytes } of pieces) {
      const { buffer } = await file.read(Buffer.alloc(bytes.byteLength), 0, bytes.byteLength, offset)

      if (!buffer.equals(bytes)) {
        throw new Error('what was read differs from the source')
      }
    }
  } finally {
    await file.close()
  }
}
