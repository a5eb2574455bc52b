/**
 * A provider in modes proof and purchase, written from protocols/block/README.md ("Mode proof") and protocols/ack/README.md. It has no
 * deadlines, and keeps in memory what a provider has to keep on its disk.
 */
import { randomBytes } from 'node:crypto'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { decode } from 'multiformats/hashes/digest'
import { BLOCK_PROTOCOL, multihashOf, Wire } from './client.ts'
import { ACK_PROTOCOL, blockKey, Chains, MAX_KEYS, MAX_SESSION_BLOCKS, sealBlock, sessionId } from './exchange.ts'
import { HASHES, leafHash, pathOf, sha256, treeLevels } from './object.ts'
import { encode, field, Fields } from './protobuf.ts'
import { admit, publish, refuse } from './provider.ts'
import { must, same, signEd25519 } from './records.ts'
import type { Grant } from './client.ts'
import type { Terms } from './exchange.ts'
import type { Libp2p, Stream } from '@libp2p/interface'

const BLOCK_MALFORMED = 1
const BLOCK_TICKET_INVALID = 3
const BLOCK_UNACKNOWLEDGED = 11
const ACK_MALFORMED = 1
const ACK_NOT_FOUND = 2
const ACK_FALSE = 3
const CLAIM_AUDIT = 1
const REQUEST_WINDOW = 16

/** A session, and what its recipient acknowledged. */
export class Receipt {
  readonly terms: Terms
  readonly chains: Chains
  readonly wire: Wire
  /** Index and levels of what was asked for and not sent */
  readonly requests: Array<[index: number, levels: number]> = []
  /** The only blocks that the ticket gives */
  readonly range: { first: number, count: number }
  acknowledgement: Uint8Array = new Uint8Array(0)
  /** How many blocks the last two acknowledgements are about */
  acknowledged = 0
  before = 0
  /** Of a stranger. 0: the session is over */
  window = 1

  constructor (wire: Wire, terms: Terms, range: Receipt['range']) {
    this.wire = wire
    this.range = range
    this.terms = terms
    this.chains = new Chains(sessionId(terms))
  }
}

/** Changes the published form of a block, which a provider MUST NOT do. */
export type Falsify = (block: Uint8Array, index: number) => Uint8Array

export class ProofProvider {
  readonly receipts: Receipt[] = []
  superBlocks = 0
  readonly #node: Libp2p
  readonly #seed: Uint8Array
  readonly #grant: Grant
  readonly #blocks: Uint8Array[]
  readonly #levels: Uint8Array[][]
  readonly #falsify: Falsify

  constructor (node: Libp2p, seed: Uint8Array, grant: Grant, plain: Uint8Array, falsify: Falsify = block => block) {
    this.#node = node
    this.#seed = seed
    this.#grant = grant
    this.#blocks = publish(grant, plain)
    const hash = HASHES[grant.manifest.hash]
    this.#levels = treeLevels(this.#blocks.map(block => leafHash(block, hash)), hash)
    this.#falsify = falsify
  }

  async start (): Promise<void> {
    const handlers = { [BLOCK_PROTOCOL]: this.#serve.bind(this), [ACK_PROTOCOL]: this.#release.bind(this) }

    for (const [protocol, handler] of Object.entries(handlers)) {
      await this.#node.handle(protocol, async (stream, { remotePeer }) => {
        await handler(stream, remotePeer.toMultihash().bytes).catch(async err => {
          // the recipient closed its side, or broke a rule
          err.name === 'UnexpectedEOFError' ? await stream.close() : stream.abort(err)
        })
      })
    }
  }

  // -------------------------------------------------------------- blocks

  async #serve (stream: Stream, recipient: Uint8Array): Promise<void> {
    const wire = new Wire(stream)
    const first = await wire.message()
    must(first.has(1), 'the first message is Open')
    const open = new Fields(first.bytes(1))
    const status = open.bytes(10).byteLength === 32 ? admit(this.#grant, open, recipient) : BLOCK_MALFORMED

    if (status !== 0) {
      await refuse(this.#grant, wire, status)

      return
    }

    const receipt = new Receipt(wire, {
      ticket: open.bytes(3),
      provider: multihashOf(this.#node),
      recipient,
      recipientNonce: open.bytes(10),
      providerNonce: randomBytes(32)
    }, this.#rangeOf(open.bytes(3)))
    this.receipts.push(receipt)
    await wire.send(field(1, encode([3, 1], [6, REQUEST_WINDOW], [7, true], [10, receipt.terms.providerNonce], [11, receipt.window])))

    try {
      while (true) {
        const message = await wire.message()
        must(!message.has(5), 'a ticket is not renewed')

        if (message.has(2)) {
          await this.#answer(receipt, new Fields(message.bytes(2)))
        }
      }
    } finally {
      receipt.window = 0
    }
  }

  async #answer (receipt: Receipt, request: Fields): Promise<void> {
    if (request.number(2) === 1) {
      this.superBlocks++
      await receipt.wire.send(field(4, encode([1, this.#blocks.length * 32])), Buffer.concat(this.#levels[0]))
    }

    const { first, count } = receipt.range
    const blocks = request.all(1).map(bytes => new Fields(bytes)).map((block): [number, number] => [block.number(1), block.number(2)])
    must(blocks.every(([index, levels]) => index < this.#blocks.length && levels <= 20), 'the request makes sense')

    const given = blocks.filter(([index]) => index >= first && index < first + count)
    receipt.requests.push(...given)

    if (given.length < blocks.length) {
      const refused = blocks.filter(block => !given.includes(block)).map(([index]) => field(1, index))
      await receipt.wire.send(field(5, Buffer.concat([...refused, encode([2, BLOCK_TICKET_INVALID])])))
    }

    await this.#send(receipt)
  }

  #rangeOf (ticket: Uint8Array): Receipt['range'] {
    const range = new Fields(new Fields(new Fields(ticket).bytes(3)).bytes(8))

    return range.has(2) ? { first: range.number(1), count: range.number(2) } : { first: 0, count: this.#blocks.length }
  }

  /** Sends what was asked for, as far as the window reaches. */
  async #send (receipt: Receipt): Promise<void> {
    const { terms, chains, wire, requests } = receipt

    while (requests.length > 0 && chains.length < receipt.acknowledged + receipt.window) {
      const [[index, levels]] = requests.splice(0, 1)
      const key = blockKey(this.#grant.escrowSecret, chains.session, chains.length + 1, index)
      const sealed = sealBlock(this.#falsify(this.#blocks[index], index), key)
      chains.add(index, sha256(sealed))
      must(chains.length <= MAX_SESSION_BLOCKS, `no more positions for ${terms.recipient}`)
      await wire.send(field(3, encode([1, index], [2, pathOf(this.#levels, index, levels)], [3, sealed.byteLength], [10, chains.length])), sealed)
    }
  }

  // -------------------------------------------------------------- keys

  async #release (stream: Stream, recipient: Uint8Array): Promise<void> {
    const wire = new Wire(stream)

    while (true) {
      const request = await wire.message()
      must(request.has(1), 'an acknowledgement')

      const bytes = request.bytes(1)
      const acknowledgement = new Fields(bytes)
      const receipt = this.receipts.find(({ terms, chains }) => same(terms.recipient, recipient) && same(chains.session, acknowledgement.bytes(1)))
      const status = this.#check(receipt, acknowledgement)

      if (receipt == null || status !== 0) {
        await wire.send(field(1, encode([1, status], [2, 'no'])))
        await stream.close()

        if (receipt != null && status === ACK_FALSE && receipt.window > 0) {
          await receipt.wire.send(field(6, encode([1, BLOCK_UNACKNOWLEDGED])))
          await receipt.wire.stream.close()
        }

        return
      }

      const count = acknowledgement.number(2)

      if (count > receipt.acknowledged) {
        receipt.acknowledgement = bytes
        receipt.before = receipt.acknowledged
        receipt.acknowledged = count
        receipt.window = receipt.window === 0 ? 0 : Math.min(receipt.window + count - receipt.before, 2 * REQUEST_WINDOW, MAX_KEYS)
      }

      const { chains, before, window } = receipt
      const keys = chains.indices.slice(before, count).map((index, i) => blockKey(this.#grant.escrowSecret, chains.session, before + i + 1, index))
      await wire.send(field(1, encode([4, before + 1], [5, Buffer.concat(keys)], [6, window])))
      await this.#send(receipt)
    }
  }

  #check (receipt: Receipt | undefined, acknowledgement: Fields): number {
    const count = acknowledgement.number(2)

    if ([1, 3, 4].some(number => acknowledgement.bytes(number).byteLength !== 32) || acknowledgement.bytes(5).byteLength !== 64 || count < 1 || count > MAX_SESSION_BLOCKS) {
      return ACK_MALFORMED
    }

    if (receipt == null) {
      return ACK_NOT_FOUND
    }

    // one of fewer blocks is false; the last one again is not
    return count >= receipt.acknowledged && receipt.chains.accepts(acknowledgement, receipt.terms.recipient) ? 0 : ACK_FALSE
  }

  // -------------------------------------------------------------- credit

  /** Claims all that was acknowledged, over one stream. Returns the answers, the ones about entries as well. */
  async claim (server: Uint8Array, ticket: Uint8Array = this.#grant.ticket): Promise<Fields[]> {
    const receipts = this.receipts.filter(({ acknowledged }) => acknowledged > 0)
    const wire = new Wire(await this.#node.dialProtocol(peerIdFromMultihash(decode(server)), ACK_PROTOCOL))
    const claims = receipts.map(({ terms, chains, acknowledgement, acknowledged }) => field(2, encode(
      [1, chains.evidence(terms, acknowledgement)],
      [2, signEd25519(this.#seed, chains.statement('claim', acknowledged))]
    )))
    await wire.send(field(4, Buffer.concat([encode([1, ticket]), ...claims])))
    const answers = [await verdicts(wire)]

    for (const [i, verdict] of answers[0].all(4).map(bytes => new Fields(bytes)).entries()) {
      if (verdict.number(1) === CLAIM_AUDIT) {
        const { chains, acknowledged } = receipts[i]
        await wire.send(field(5, encode([1, chains.session], [2, Buffer.concat(chains.hashes.slice(0, acknowledged))])))
        answers.push(await verdicts(wire))
      }
    }

    await wire.stream.close()

    return answers
  }
}

async function verdicts (wire: Wire): Promise<Fields> {
  const response = await wire.message()
  must(response.has(3), 'verdicts')

  const answer = new Fields(response.bytes(3))
  must(answer.number(1) === 0, `status ${answer.number(1)}: ${answer.text(2)}`)

  return answer
}
