import { defaultLogger } from '@libp2p/logger'
import { concat } from 'uint8arrays/concat'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import { BlockKeys, escrowSecret } from '../../src/exchange/block-keys.ts'
import { blockSeal } from '../../src/exchange/block-seal.ts'
import { extendEntries, IndexChain } from '../../src/exchange/chains.ts'
import { Exchanges } from '../../src/exchange/exchanges.ts'
import { sessionId } from '../../src/exchange/session-id.ts'
import { signer } from '../../src/exchange/signature.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { key, object, peer } from '../ticket/fixtures.ts'
import type { Acknowledgement, Recovery, ReleasedKeys } from '../../protocols/ack/index.ts'
import type { RefusedError } from '../../protocols/block/index.ts'
import type { SessionExchange } from '../../src/exchange/provider-exchange.ts'
import type { ReceiptLog, ReceiptSession, ReceiptStore, StoredReceipt } from '../../src/exchange/receipt-store.ts'
import type { SessionTerms } from '../../src/exchange/session-id.ts'
import type { ChainState, Signer } from '../../src/exchange/signature.ts'
import type { PeerId } from '@libp2p/interface'

export const ROOT = new Uint8Array(32).fill(77)
export const OBJECT = object(9)
export const BLOCK_SIZE = 64

/** Receipts as a disk would keep them: copies, which outlive whoever wrote them. */
export class MemoryReceipts implements ReceiptStore {
  readonly stored = new Map<string, StoredReceipt>()
  readonly closed: string[] = []
  broken = false

  begin (session: ReceiptSession): ReceiptLog {
    const id = toString(session.session, 'base16')

    return {
      store: (acknowledgement, indices, hashes) => {
        if (this.broken) {
          throw new Error('The disk is full')
        }

        const before = this.stored.get(id)
        this.stored.set(id, {
          ...session,
          acknowledgement,
          indices: Uint32Array.from([...before?.indices ?? [], ...Array.from(indices)]),
          hashes: concat([before?.hashes ?? new Uint8Array(), hashes]),
          state: 'open'
        })
      },
      close: () => { this.closed.push(id) }
    }
  }

  find (session: Uint8Array): StoredReceipt | undefined {
    return this.stored.get(toString(session, 'base16'))
  }

  acknowledged (serial: Uint8Array): number {
    return [...this.stored.values()].reduce((sum, stored) => sum + (equals(stored.serial, serial) ? stored.acknowledgement.count : 0), 0)
  }
}

export interface Session {
  exchange: SessionExchange
  terms: SessionTerms
  faults: RefusedError[]
}

/** A provider, by the seed of its key. */
export class Provider {
  readonly peerId: PeerId
  readonly receipts: MemoryReceipts
  readonly exchanges: Exchanges

  constructor (peerId: PeerId, acknowledgeTimeout?: number, receipts = new MemoryReceipts()) {
    this.peerId = peerId
    this.receipts = receipts
    this.exchanges = new Exchanges({
      receipts,
      logger: defaultLogger(),
      escrowSecret: id => id.equals(OBJECT) ? this.#secret : undefined
    }, { acknowledgeTimeout })
  }

  static async create (seed: number, acknowledgeTimeout?: number): Promise<Provider> {
    return new Provider(await peer(seed), acknowledgeTimeout)
  }

  /** The same one after kill -9: it knows what it stored. */
  restarted (): Provider {
    return new Provider(this.peerId, undefined, this.receipts)
  }

  open (recipient: PeerId, cap = 512, most?: number): Session {
    const faults: RefusedError[] = []
    const recipientNonce = crypto.getRandomValues(new Uint8Array(32))
    const ticket = new Uint8Array(200).fill(5)
    const exchange = this.exchanges.open({
      object: OBJECT,
      ticket,
      serial: new Uint8Array(16),
      notAfter: 0,
      provider: this.peerId,
      recipient,
      recipientNonce,
      escrowSecret: this.#secret,
      cap,
      most,
      blockSize: BLOCK_SIZE,
      onFault: err => { faults.push(err) }
    })

    return {
      exchange,
      faults,
      terms: {
        ticket,
        provider: this.peerId.toMultihash().bytes,
        recipient: recipient.toMultihash().bytes,
        recipientNonce,
        providerNonce: exchange.nonce
      }
    }
  }

  get #secret (): Uint8Array {
    return escrowSecret(ROOT, this.peerId.toMultihash().bytes)
  }
}

/** One who acknowledges by hand, right or wrong. */
export class Recipient {
  readonly peerId: PeerId
  readonly signer: Signer

  constructor (peerId: PeerId, signs: Signer) {
    this.peerId = peerId
    this.signer = signs
  }

  static async create (seed: number): Promise<Recipient> {
    return new Recipient(await peer(seed), signer(await key(seed)))
  }
}

/** Blocks are told apart by their first bytes. */
export function plainBlock (index: number): Uint8Array {
  const block = new Uint8Array(BLOCK_SIZE).fill(index)
  new DataView(block.buffer).setUint32(0, index)

  return block
}

export function opened (bytes: Uint8Array, blockKey: Uint8Array): Uint8Array {
  return blockSeal(blockKey).update(bytes)
}

export interface Sent {
  index: number
  bytes: Uint8Array
}

export function send (exchange: SessionExchange, indices: number[]): Sent[] {
  return indices.map(index => ({ index, bytes: exchange.seal(index, plainBlock(index)).bytes }))
}

/** Both chains over all of it, from scratch. */
export function state (session: Uint8Array, sent: Sent[]): ChainState {
  const chain = new IndexChain(session)
  chain.extend(sent.map(({ index }) => index))

  return {
    session,
    count: sent.length,
    indices: chain.value,
    entries: sent.reduce((before, { index, bytes }) => extendEntries(before, index, sha256(bytes)), session)
  }
}

/** What the server does when it is asked for keys. */
export function recoverKeys ({ session: { acknowledgement, provider, ...terms }, first }: Recovery, recipient: PeerId, indices: ArrayLike<number>, most: number): ReleasedKeys {
  const session = sessionId({ ...terms, provider, recipient: recipient.toMultihash().bytes })
  const blockKeys = new BlockKeys(escrowSecret(ROOT, provider), session)
  const positions = Array.from({ length: Math.min(most, acknowledgement.count - first + 1) }, (_, at) => first + at)

  return {
    first,
    keys: Uint8Array.from(positions.flatMap(position => [...blockKeys.key(position, indices[position - 1])])),
    window: 0
  }
}

export function rejection (act: () => Acknowledgement | ReleasedKeys): any {
  try {
    act()
  } catch (err) {
    return err
  }
}
