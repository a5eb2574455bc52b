import { MAX_BOND_SHARE } from '../../protocols/ticket/constants.ts'
import { CoinValues, covers, Geometry, Mode } from '../object/index.ts'
import { InvalidRecordError } from '../ticket/index.ts'
import type { Purchase, TicketResponse } from '../../protocols/ticket/index.ts'
import type { BlockRun, Manifest } from '../object/index.ts'
import type { Ticket } from '../ticket/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** What has to be paid to a server, or was paid to it, for blocks of an object. Amounts are whole units. */
export interface PurchaseInfo {
  id: CID
  name: string
  /** Bytes of the whole object */
  size: number
  server: PeerId
  /** What is counted */
  unit: string
  /** Of the coins that are bought */
  price: number
  /** Set aside besides; what nobody has a claim to comes back */
  bond: number
  /** Of the account with the server: before, or, when it was bought, after */
  balance: number
  /** Of all coins of the object */
  total: number
}

/** Under which terms coins may be bought. */
export interface PaymentTerms {
  /**
   * Without being asked, at most so much, bond not counted.
   *
   * @default 0
   */
  maxPrice?: number

  /**
   * Asked for what costs more than that.
   *
   * @default it is not bought
   */
  confirm? (purchase: PurchaseInfo): boolean | Promise<boolean>

  /**
   * The run of blocks that are needed; undefined: none.
   *
   * @default all
   */
  range? (manifest: Manifest): BlockRun | undefined
}

/** Of an object of mode purchase. */
export function coinValues ({ price, size, blockSize }: Manifest): CoinValues {
  if (price == null) {
    throw new InvalidRecordError('The server asks for money for an object that has no price')
  }

  return new CoinValues(price, new Geometry(size, blockSize))
}

/** The run of blocks whose coins are needed; undefined: none, or nothing may be bought. */
export function wantedBlocks (manifest: Manifest, payment?: PaymentTerms): BlockRun | undefined {
  if (manifest.mode === Mode.PURCHASE && payment != null) {
    return payment.range == null ? allBlocks(manifest) : payment.range(manifest)
  }
}

/**
 * Holds what a server takes, or asks for, against the price in the manifest, which the link fixes, and against what was
 * agreed to.
 *
 * @param response - with what the server takes, and the unit that it counts in
 * @param manifest - of the link's object, verified
 * @param purchase - what was asked for; without it, nothing was to be bought
 * @param ticket - what the server gave; without it, nothing was bought
 * @throws {InvalidRecordError}
 */
export function checkSale (response: Pick<TicketResponse, 'quote' | 'statement'>, manifest: Manifest, purchase?: Purchase, ticket?: Pick<Ticket, 'range'>): void {
  const { quote, statement } = response
  const values = coinValues(manifest)
  const unit = manifest.price?.unit
  const all = allBlocks(manifest)
  // what is asked for may be more than the blocks that are wanted, up to those that were bought before; it has to be seen in the ticket
  const run = ticket?.range ?? all

  if (statement != null && statement.unit !== unit) {
    throw new InvalidRecordError(`The server keeps accounts in ${statement.unit}, but the object's price is in ${unit}`)
  }

  if (run.count === 0 || !covers(all, run)) {
    throw new InvalidRecordError(`The ticket is for blocks that the object does not have: ${run.count} from ${run.first} on`)
  }

  if (ticket != null && purchase != null && !covers(run, purchase)) {
    throw new InvalidRecordError('The ticket is not for the blocks that were to be bought')
  }

  if (quote == null) {
    throw new InvalidRecordError('The server does not say what it takes for the coins')
  }

  const worth = values.run(run.first, run.count)

  if (quote.price > worth) {
    throw new InvalidRecordError(`The server takes ${quote.price} ${unit} for coins that are worth ${worth} ${unit} by the manifest`)
  }

  if (ticket != null && (purchase == null ? quote.price + quote.bond > 0 : quote.price > purchase.maxPrice)) {
    throw new InvalidRecordError(`The server took ${quote.price} ${unit}, though ${purchase?.maxPrice ?? 'nothing'} was agreed to`)
  }

  if (quote.bond > MAX_BOND_SHARE * quote.price) {
    throw new InvalidRecordError(`The server sets ${quote.bond} ${unit} aside for coins of ${quote.price} ${unit}, which is more than ${MAX_BOND_SHARE} times as much`)
  }
}

/** All blocks of an object. */
export function allBlocks ({ size, blockSize }: Manifest): BlockRun {
  return { first: 0, count: new Geometry(size, blockSize).blockCount }
}
