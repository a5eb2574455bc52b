/**
 * The process of the server. A node of its own for each group of measurements: it has no memory of earlier clients, and who opens an
 * object again serves it for the first time.
 *
 * serving <folder>
 */
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { rawNode, sendRaw } from '../../../benchmarks/ends/raw-transfer.ts'
import { tuneHeap } from '../../../src/cli/heap.ts'
import { createNode } from '../../../src/node/create-node.ts'
import { answer } from './answering.ts'
import { ProcessorTime } from './processor-time.ts'
import type { MsslNode } from '../../../src/node/create-node.ts'
import type { PublishOptions } from '../../../src/node/mssl.ts'
import type { Libp2p } from '@libp2p/interface'

const LISTEN = ['/ip4/127.0.0.1/tcp/0']

export interface PublishRequest extends Pick<PublishOptions, 'encryption' | 'delivery' | 'mode' | 'price'> {
  path: string
}

export interface Good {
  id: string
  blockSize: number
  blockCount: number
}

const [folder] = process.argv.slice(2)
let node: MsslNode | undefined
let raw: Libp2p | undefined
let time = new ProcessorTime()

const deeds = {
  /** Hashing is not part of a transfer: it is done once, before all of them. */
  async publish (requests: PublishRequest[]): Promise<Good[]> {
    const { services: { mssl } } = node = await open()
    const goods: Good[] = []

    for (const { path, ...options } of requests) {
      const { id, blockSize, blockCount } = await mssl.publish(path, options)
      goods.push({ id: id.toString(), blockSize, blockCount })
    }

    await deeds.close()

    return goods
  },

  /** Returns links. */
  async serve ({ ids }: { ids: string[] }): Promise<string[]> {
    const { services: { mssl } } = node = await open()
    const links: string[] = []

    for (const id of ids.map(text => CID.parse(text))) {
      await mssl.provide(id)
      links.push(await mssl.link(id))
    }

    return links
  },

  /** Returns an address. */
  async serveRaw ({ path }: { path: string }): Promise<string> {
    raw = await rawNode(LISTEN)
    await sendRaw(raw, path)

    return raw.getMultiaddrs()[0].toString()
  },

  async deposit ({ peer, amount }: { peer: string, amount: number }): Promise<void> {
    node?.services.mssl.bank.deposit(peerIdFromString(peer), amount)
  },

  async begin (): Promise<void> {
    time = new ProcessorTime()
  },

  /** Seconds of processor time since `begin`; what was acknowledged is settled in it. */
  async end (): Promise<number> {
    await node?.services.mssl.claim()

    return time.seconds
  },

  async close (): Promise<void> {
    await Promise.all([node?.stop(), raw?.stop()])
    node = raw = undefined
  }
}

export type ServingDeeds = typeof deeds

tuneHeap()
answer(deeds)

async function open (): Promise<MsslNode> {
  return createNode({ home: join(folder, 'server'), listen: LISTEN })
}
