/** The least that a provider has to do, written from protocols/block/README.md. */
import { BLOCK_PROTOCOL, Wire } from './client.ts'
import { crypt, HASHES, leafHash, pathOf, treeLevels } from './object.ts'
import { encode, field, Fields } from './protobuf.ts'
import { must, openTicket, same } from './records.ts'
import type { Grant } from './client.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

const NOT_FOUND = 2
const TICKET_INVALID = 3
const SERVER_CONFLICT = 6
const MODE_UNSUPPORTED = 7

/** What a provider counts. */
export interface Served {
  sessions: number
  blocks: number
  superBlocks: number
  refused: number
}

/** Checks an opening in the order of the specification. Returns the status. */
export function admit ({ object, certificate, manifest: { mode } }: Grant, open: Fields, client: Uint8Array): number {
  if (!same(open.bytes(1), object)) {
    return NOT_FOUND
  }

  // this provider knows one certificate and learns of no other
  if (!same(open.bytes(2), certificate.envelope)) {
    return SERVER_CONFLICT
  }

  try {
    openTicket(open.bytes(3), { issuer: certificate.issuer, client, object, mode })

    return 0
  } catch (err: any) {
    return err.message === 'wrong-mode' ? MODE_UNSUPPORTED : TICKET_INVALID
  }
}

export async function refuse ({ certificate }: Grant, wire: Wire, status: number): Promise<void> {
  await wire.send(field(1, encode([1, status], [2, 'no'], [5, status === SERVER_CONFLICT ? certificate.envelope : undefined])))
  await wire.stream.close()
}

/** The blocks of an object in their published form. */
export function publish ({ manifest: { blockCount, blockSize }, objectKey }: Grant, plain: Uint8Array): Uint8Array[] {
  return Array.from({ length: blockCount }, (_, i) => crypt(plain.subarray(i * blockSize, (i + 1) * blockSize), i, objectKey))
}

/** Serves a whole object to whoever has a ticket for it. */
export async function provide (node: Libp2p, grant: Grant, plain: Uint8Array): Promise<Served> {
  const { object, certificate, manifest: { blockCount, hash } } = grant
  const blocks = publish(grant, plain)
  const levels = treeLevels(blocks.map(block => leafHash(block, HASHES[hash])), HASHES[hash])
  const served: Served = { sessions: 0, blocks: 0, superBlocks: 0, refused: 0 }

  async function serve (stream: Stream, { remotePeer }: Connection): Promise<void> {
    const wire = new Wire(stream)
    const first = await wire.message()
    must(first.has(1), 'the first message is Open')
    const open = new Fields(first.bytes(1))
    const client = remotePeer.toMultihash().bytes
    const status = admit(grant, open, client)

    if (status !== 0) {
      served.refused++
      await refuse(grant, wire, status)

      return
    }

    served.sessions++
    await wire.send(field(1, encode([3, 1], [6, 16], [7, true])))

    while (true) {
      const message = await wire.message()

      if (message.has(2)) {
        await answer(wire, new Fields(message.bytes(2)))
      } else if (message.has(5)) {
        openTicket(new Fields(message.bytes(5)).bytes(1), { issuer: certificate.issuer, client, object })
      }

      // what it has is of no interest here, and what it cancels is on its way already
    }
  }

  async function answer (wire: Wire, request: Fields): Promise<void> {
    if (request.number(2) === 1) {
      served.superBlocks++
      await wire.send(field(4, encode([1, blockCount * 32])), Buffer.concat(levels[0]))
    }

    for (const block of request.all(1).map(bytes => new Fields(bytes))) {
      const index = block.number(1)
      must(index < blockCount && block.number(2) <= 20, 'the request makes sense')
      served.blocks++
      await wire.send(field(3, encode([1, index], [2, pathOf(levels, index, block.number(2))], [3, blocks[index].byteLength])), blocks[index])
    }
  }

  await node.handle(BLOCK_PROTOCOL, async (stream, connection) => {
    await serve(stream, connection).catch(async err => {
      // the recipient closed its side, or broke a rule
      err.name === 'UnexpectedEOFError' ? await stream.close() : stream.abort(err)
    })
  })

  return served
}
