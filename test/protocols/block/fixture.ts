import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { Availability, block, BLOCK_PROTOCOL, BlockStatus } from '../../../protocols/block/index.ts'
import { ProviderMessage, RecipientMessage } from '../../../protocols/block/pb/block.ts'
import type { Admission, BlockInit, BlockRange, BlockService, BlockSink, Open, ProviderSession, Provision, RecipientSession, RecipientShape, SessionHandler } from '../../../protocols/block/index.ts'
import type { Libp2p, PeerId, Stream } from '@libp2p/interface'

export type BlockNode = Libp2p<{ block: BlockService }>

export const OPEN: Open = {
  object: Uint8Array.of(1, 2, 3),
  certificate: Uint8Array.of(4),
  ticket: Uint8Array.of(5),
  have: new Uint8Array(0)
}

export async function blockNode (init?: BlockInit): Promise<BlockNode> {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { block: block(init) }
  })
}

export function blockBytes (index: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(index * 31 + 7)
}

export function shape (blockCount: number, blockSize: number): RecipientShape {
  return { blockCount, hashLength: 32, blockLength: () => blockSize, siblingCount: (index, levels) => levels }
}

/** Provides one object from memory, and writes down what it is asked. */
export class TestProvision implements Provision {
  shape: RecipientShape
  opens: Open[] = []
  sessions: ProviderSession[] = []
  reads: number[] = []
  announcedRanges: BlockRange[] = []
  renewed: Uint8Array[] = []
  released = 0
  overrides: Partial<Admission>
  /** What is different for a recipient */
  terms?: (recipient: PeerId) => Partial<Admission>
  admitting?: () => Promise<void>

  constructor (blockCount: number, blockSize: number, overrides: Partial<Admission> = {}) {
    this.shape = shape(blockCount, blockSize)
    this.overrides = overrides
  }

  async admit (open: Open, recipient: PeerId): Promise<Admission> {
    this.opens.push(open)
    await this.admitting?.()

    return {
      shape: this.shape,
      availability: Availability.ALL,
      peers: [],
      permits: () => BlockStatus.BLOCK_OK,
      readBlock: async index => {
        this.reads.push(index)
        return blockBytes(index, this.shape.blockLength(index))
      },
      path: (index, levels) => new Uint8Array(levels * 32).fill(index),
      superBlock: () => new Uint8Array(this.shape.blockCount * 32).fill(9),
      renew: async ticket => { this.renewed.push(ticket) },
      announced: ranges => { this.announcedRanges.push(...ranges) },
      attach: session => { this.sessions.push(session) },
      released: () => { this.released++ },
      ...this.overrides,
      ...this.terms?.(recipient)
    }
  }
}

/** Takes everything and writes it down. */
export class TestHandler implements SessionHandler {
  shape: RecipientShape
  session?: RecipientSession
  blocks = new Map<number, { bytes: number, hashes: Uint8Array, good: boolean }>()
  refusals: Array<{ indices: number[], status: BlockStatus }> = []
  ranges: BlockRange[] = []
  haves = 0
  leaves: Array<Uint8Array | undefined> = []
  aborted = 0
  over = Promise.withResolvers<Error | undefined>()
  onBlock?: (index: number) => void

  constructor (shape: RecipientShape) {
    this.shape = shape
  }

  opened (session: RecipientSession): void {
    this.session = session
  }

  begin (index: number, length: number): BlockSink {
    let bytes = 0
    let good = true

    return {
      chunk: chunk => {
        bytes += chunk.byteLength
        good &&= chunk[0] === (index * 31 + 7) % 256
      },
      end: hashes => {
        this.blocks.set(index, { bytes, hashes, good: good && bytes === length })
        this.onBlock?.(index)
      },
      abort: () => { this.aborted++ }
    }
  }

  have (ranges: BlockRange[]): void {
    this.haves++
    this.ranges.push(...ranges)
  }

  refused (indices: number[], status: BlockStatus): void {
    this.refusals.push({ indices, status })
  }

  superBlock (leaves: Uint8Array | undefined): void {
    this.leaves.push(leaves)
  }

  closed (err?: Error): void {
    this.over.resolve(err)
  }
}

export function blockStreams (node: Libp2p): Stream[] {
  return node.getConnections().flatMap(({ streams }) => streams).filter(({ protocol }) => protocol === BLOCK_PROTOCOL)
}

/** A message with its length in front, and raw bytes behind. */
export function frame (message: Uint8Array, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const prefix: number[] = []

  for (let left = message.byteLength; ;) {
    prefix.push(left > 127 ? left % 128 + 128 : left)
    left = Math.floor(left / 128)

    if (left === 0) {
      break
    }
  }

  return Uint8Array.from([...prefix, ...message, ...body])
}

export function fromRecipient (message: Partial<RecipientMessage>): Uint8Array {
  return frame(RecipientMessage.encode(message))
}

export function fromProvider (message: Partial<ProviderMessage>, body?: Uint8Array): Uint8Array {
  return frame(ProviderMessage.encode(message), body)
}
