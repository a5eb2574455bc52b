import { PaymentNeededError } from '../../src/bank/errors.ts'
import { encodeBlocks } from '../../src/exchange/index.ts'
import { CoinValues, Geometry } from '../../src/object/index.ts'
import { client, DAY, hash } from '../ledger/fixtures.ts'
import { HOUR, NOW, object, peer } from '../ticket/fixtures.ts'
import type { SessionEvidence } from '../../protocols/ack/index.ts'
import type { Bank, BookOrder, BookQuote, CoinBook, Redemption } from '../../src/bank/index.ts'
import type { PeerId } from '@libp2p/interface'

export { client, DAY, hash, HOUR, NOW, object }

/** The server's node */
export const SERVER = await peer(30)

/** Blocks of each object; the last one is shorter */
export const BLOCKS = 20
export const GEOMETRY = new Geometry((BLOCKS - 1) * 65_536 + 1_000, 65_536)

/** A coin is worth 5, but for the last one: 0 */
export const VALUES = new CoinValues({ amount: 80, per: 2 ** 20, unit: 'coin' }, GEOMETRY)

export interface OrderInit extends Partial<BookOrder> {
  /** Number of the client, and of the object */
  by?: number
  of?: number
}

/** An order of all coins by the client 0, whatever they cost. */
export function order ({ by = 0, of = 1, ...init }: OrderInit = {}): BookOrder {
  return { client: client(by), object: object(of), values: VALUES, first: 0, count: BLOCKS, maxPrice: Number.MAX_SAFE_INTEGER, notAfter: NOW + HOUR, ...init }
}

/** What an order would take: nobody has agreed to anything, so it is refused. */
export async function quoteOf (bank: Bank, order: Omit<BookOrder, 'maxPrice'>): Promise<BookQuote> {
  try {
    await bank.order({ ...order, maxPrice: -1 })
  } catch (err) {
    if (err instanceof PaymentNeededError) {
      return err.quote
    }

    throw err
  }

  throw new Error('The bank has sold what nobody has agreed to')
}

export function evidence (session: Uint8Array, provider: PeerId, indices: number[]): SessionEvidence {
  const part = (name: string): Uint8Array => hash(name, Buffer.from(session).toString('hex'))

  return {
    ticket: part('ticket'),
    provider: provider.toMultihash().bytes,
    recipientNonce: part('recipient'),
    providerNonce: part('provider'),
    acknowledgement: { session, count: indices.length, indices: part('indices'), entries: part('entries'), signature: part('signature') },
    blocks: encodeBlocks(indices)
  }
}

export interface RedemptionInit extends Partial<Redemption> {
  id: number
  /** A client, or the server */
  to?: number | 'server'
  /** Blocks */
  blocks: number[]
}

/** A session by which coins of a book were spent. */
export function redemption ({ serial, client: recipient, object }: Pick<CoinBook, 'serial' | 'client' | 'object'>, { id, to = 1, blocks, ...init }: RedemptionInit): Redemption {
  const session = hash('session', id)
  const provider = to === 'server' ? SERVER : client(to)

  return {
    session,
    provider,
    recipient,
    object,
    serial,
    count: blocks.length,
    indices: Uint32Array.from(blocks),
    blockLength: index => GEOMETRY.blockLength(index),
    relieved: to !== 'server',
    values: VALUES,
    evidence: evidence(session, provider, blocks),
    ...init
  }
}
