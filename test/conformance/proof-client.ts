/** A recipient in modes proof and purchase, written from protocols/block/README.md ("Mode proof") and protocols/ack/README.md. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import { decode } from 'multiformats/hashes/digest'
import { fetchLeaves, multihashOf, openSession, until, Wire } from './client.ts'
import { ACK_PROTOCOL, Chains, MAX_KEYS, sealBlock, sessionId, split } from './exchange.ts'
import { crypt, HASHES, Hashes, sha256 } from './object.ts'
import { encode, field, Fields } from './protobuf.ts'
import { must } from './records.ts'
import type { Grant, Session } from './client.ts'
import type { Terms } from './exchange.ts'
import type { Libp2p } from '@libp2p/interface'

/** Milliseconds for which a block waits for others that are acknowledged with it */
const PATIENCE = 20

interface Sealed {
  index: number
  bytes: Uint8Array
  /** Of the published form */
  siblings: Uint8Array
  levels: number
}

/** One session with one provider: blocks over one stream, acknowledgements over another. */
export class Exchange {
  readonly wire: Wire
  readonly terms: Terms
  readonly chains: Chains
  /** Plain, by index: what was opened and is true */
  readonly blocks: Uint8Array[] = []
  /** What the provider said of its window, the first one first */
  readonly windows: number[]
  /** How many blocks each acknowledgement added */
  readonly steps: number[] = []
  readonly #grant: Grant
  readonly #seed: Uint8Array
  readonly #openAcknowledgements: () => Promise<Wire>
  readonly #spend: (indices: number[]) => void
  #acknowledgements: Promise<Wire> | undefined
  readonly #hashes: Hashes
  readonly #requestWindow: number
  /** Levels that were asked for, by index */
  readonly #outstanding = new Map<number, number>()
  /** By position - 1 */
  readonly #sealed: Sealed[] = []
  #acknowledged = 0
  #coming: Promise<void> | undefined
  /** When the first block came that is not acknowledged */
  #arrival = 0

  /** `spend`: with mode purchase, notes that the coins of these blocks are about to be spent with the provider. */
  static async open (node: Libp2p, seed: Uint8Array, provider: Uint8Array, grant: Grant, spend: (indices: number[]) => void = () => {}): Promise<Exchange> {
    const nonce = randomBytes(32)
    const session = await openSession(node, provider, grant, { nonce })
    const peer = peerIdFromMultihash(decode(provider))

    return new Exchange(session, async () => new Wire(await node.dialProtocol(peer, ACK_PROTOCOL)), grant, seed, {
      ticket: grant.ticket,
      provider,
      recipient: multihashOf(node),
      recipientNonce: nonce,
      providerNonce: session.opened.bytes(10)
    }, spend)
  }

  private constructor ({ wire, opened }: Session, openAcknowledgements: () => Promise<Wire>, grant: Grant, seed: Uint8Array, terms: Terms, spend: (indices: number[]) => void) {
    must(opened.number(1) === 0, `status ${opened.number(1)}: ${opened.text(2)}`)
    must(terms.providerNonce.byteLength === 32, 'the nonce of the provider')
    must(opened.number(6) > 0 && opened.number(11) >= 1 && opened.number(11) <= MAX_KEYS, 'the windows')
    this.wire = wire
    this.terms = terms
    this.chains = new Chains(sessionId(terms))
    this.windows = [opened.number(11)]
    this.#requestWindow = Math.min(opened.number(6), 256)
    this.#grant = grant
    this.#seed = seed
    this.#openAcknowledgements = openAcknowledgements
    this.#spend = spend
    this.#hashes = new Hashes(grant.manifest.blockCount, grant.manifest.root, HASHES[grant.manifest.hash])
  }

  /** Fetches blocks, all unless it is said which, and acknowledges as the specification says. Returns their plain bytes. */
  async fetch (wanted?: number[]): Promise<Uint8Array> {
    const { manifest } = this.#grant
    const all = wanted ?? Array.from({ length: manifest.blockCount }, (_, index) => index)
    let next = 0

    if (manifest.superBlock) {
      must(this.#hashes.adopt(await fetchLeaves(this.wire, manifest)), 'the super-block is true')
    }

    while (next < all.length || this.#outstanding.size > 0 || this.#pending > 0) {
      const indices: number[] = []

      for (; next < all.length && this.#outstanding.size + indices.length < this.#requestWindow; next++) {
        indices.push(all[next])
      }

      await this.request(indices)

      if (this.#outstanding.size > 0 && this.#pending < Math.max(1, Math.floor(this.#window / 4))) {
        this.#coming ??= this.receive().finally(() => { this.#coming = undefined })
        const patience = this.#pending === 0 ? [] : [delay(Math.max(0, this.#arrival + PATIENCE - Date.now()), 'over')]

        if (await Promise.race([this.#coming, ...patience]) !== 'over') {
          continue
        }
      }

      await this.acknowledge()
    }

    return Buffer.concat(all.map(index => this.blocks[index]))
  }

  async request (indices: number[]): Promise<void> {
    if (indices.length === 0) {
      return
    }

    indices.forEach(index => { this.#outstanding.set(index, this.#hashes.levels(index)) })
    await this.wire.send(field(2, Buffer.concat(indices.map(index => field(1, encode([1, index], [2, this.#outstanding.get(index)]))))))
  }

  /** Takes the next block, whose key it has not. */
  async receive (): Promise<void> {
    const { size, blockSize } = this.#grant.manifest
    const block = await until(this.wire, 3)
    const index = block.number(1)
    const levels = this.#outstanding.get(index)
    must(levels != null && this.#outstanding.delete(index), 'the block was asked for')
    must(block.number(3) === Math.min(blockSize, size - index * blockSize), 'length of the block')
    must(block.number(10) === this.chains.length + 1, 'the next position')

    const bytes = await this.wire.raw(block.number(3))
    this.#arrival = this.#pending === 0 ? Date.now() : this.#arrival
    this.chains.add(index, sha256(bytes))
    this.#sealed.push({ index, bytes, siblings: block.bytes(2), levels })
  }

  /** Acknowledges all that has come, and opens it with the keys that come for it. Returns what was signed. */
  async acknowledge (): Promise<Uint8Array> {
    const [first, count] = [this.#acknowledged + 1, this.chains.length]
    const acknowledgement = this.sign()
    const [keys] = await this.present(acknowledgement)
    must(keys.number(1) === 0, `status ${keys.number(1)}: ${keys.text(2)}`)
    must(keys.number(4) === first && keys.bytes(5).byteLength === (count - first + 1) * 32, 'keys of what was acknowledged')
    must(keys.number(6) <= MAX_KEYS, 'the window')
    this.steps.push(count - first + 1)
    this.windows.push(keys.number(6))
    this.#acknowledged = count
    split(keys.bytes(5)).forEach((key, i) => { this.unlock(first + i, key) })

    return acknowledgement
  }

  /** An acknowledgement of all that has come. */
  sign (): Uint8Array {
    this.#spend(this.chains.indices.slice(this.#acknowledged))

    return this.chains.acknowledge(this.#seed, this.chains.length)
  }

  /** What the provider says of acknowledgements: `Keys` of each. None waits for the answer to the one before. */
  async present (...acknowledgements: Uint8Array[]): Promise<Fields[]> {
    this.#acknowledgements ??= this.#openAcknowledgements()
    const wire = await this.#acknowledgements
    const answers: Fields[] = []

    for (const acknowledgement of acknowledgements) {
      await wire.send(field(1, acknowledgement))
    }

    while (answers.length < acknowledgements.length) {
      answers.push(new Fields((await wire.message()).bytes(1)))
    }

    return answers
  }

  /** Opens a block and verifies it with the hashes that came with it, or with the whole path. */
  unlock (position: number, key: Uint8Array, path?: Uint8Array): void {
    const { index, bytes, siblings, levels } = this.#sealed[position - 1]
    const published = sealBlock(bytes, key)

    if (path != null) {
      this.replace(position, published, path)
    } else {
      must(this.#hashes.verify(index, published, siblings, levels), `block ${index} is true`)
      this.blocks[index] = crypt(published, index, this.#grant.objectKey)
    }
  }

  /** Takes the published form of a block from a server, if it is true. */
  replace (position: number, published: Uint8Array, path: Uint8Array): void {
    const { index } = this.#sealed[position - 1]
    const { blockCount, root, hash } = this.#grant.manifest
    must(new Hashes(blockCount, root, HASHES[hash]).verify(index, published, path, Math.ceil(Math.log2(blockCount))), `block ${index} is true`)
    this.blocks[index] = crypt(published, index, this.#grant.objectKey)
  }

  /** Asks a server for the keys from a position on. */
  recovery (first: number, acknowledgement: Uint8Array): Uint8Array {
    return field(2, this.#dispute(first, acknowledgement))
  }

  /** Tells a server of a block that is not the object's. */
  complaint (position: number, acknowledgement: Uint8Array): Uint8Array {
    return field(3, this.#dispute(position, acknowledgement))
  }

  #dispute (position: number, acknowledgement: Uint8Array): Uint8Array {
    const hashes = this.chains.hashes.slice(position - 1)

    return encode([1, this.chains.evidence(this.terms, acknowledgement)], [2, position], [3, this.chains.entryChain(position - 1)], [4, Buffer.concat(hashes)])
  }

  /** Ends the session. Acknowledgements are still taken. */
  async end (): Promise<void> {
    await this.wire.stream.close()
  }

  /** Closes the stream of acknowledgements. The next one goes over another. */
  async close (): Promise<void> {
    const wire = await this.#acknowledgements
    this.#acknowledgements = undefined
    await wire?.stream.close()
  }

  get #pending (): number {
    return this.chains.length - this.#acknowledged
  }

  get #window (): number {
    return this.windows.at(-1) ?? 1
  }
}

/** Asks a server once. Returns what is in the field of the answer. */
export async function ask (node: Libp2p, server: Uint8Array, request: Uint8Array, answer: number): Promise<Fields> {
  const wire = new Wire(await node.dialProtocol(peerIdFromMultihash(decode(server)), ACK_PROTOCOL))
  await wire.send(request)
  const response = await wire.message()
  must(response.has(answer), 'the answer is one to the question')
  await wire.stream.close()

  return new Fields(response.bytes(answer))
}
