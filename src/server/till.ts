/**
 * Sells coin books to clients that are admitted, and tells them about their accounts.
 */
import { MAX_STATEMENT_BOOKS } from '../../protocols/ticket/constants.ts'
import { TicketStatus } from '../../protocols/ticket/index.ts'
import { MoneyShortError, PaymentNeededError } from '../bank/errors.ts'
import { covers, hull, intersection } from '../object/block-run.ts'
import { CoinValues } from '../object/price.ts'
import type { Purchase, Statement, StatementRequest, TicketResponse } from '../../protocols/ticket/index.ts'
import type { Bank, BookQuote, CoinBook } from '../bank/index.ts'
import type { BlockRun } from '../object/bitfield.ts'
import type { Geometry } from '../object/block-geometry.ts'
import type { Price } from '../object/price.ts'
import type { Bytes } from '../ticket/fields.ts'
import type { Ticket } from '../ticket/ticket.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** Characters of a memo; see MAX_MEMO_LENGTH */
const MEMO_LENGTH = 200

export interface SaleInit {
  client: PeerId
  object: CID
  geometry: Geometry
  price?: Price
  /** The ticket's end, milliseconds since the epoch */
  notAfter: number
  /** What the client agrees to; without it, it gets a ticket for the coins that it has */
  purchase?: Purchase
  /** The only blocks that the client may have, if not all */
  allowed?: BlockRun
}

/** What an answer says: with `ticket`, what the ticket is to say, or else why there is none. */
export interface Sale extends Partial<Pick<TicketResponse, 'status' | 'reason' | 'quote'>> {
  ticket?: Pick<Ticket, 'serial' | 'range' | 'book'>
}

/** What selling takes of a bank. */
export type SellingBank = Pick<Bank, 'policy' | 'order' | 'bookOf' | 'statement'>

export class Till {
  readonly #bank: SellingBank

  constructor (bank: SellingBank) {
    this.#bank = bank
  }

  /**
   * Buys what the client agrees to. When this returns a ticket's contents, the money has moved; asked again it is the same
   * book, and costs nothing.
   */
  async sell ({ client, object, geometry, price, notAfter, purchase, allowed }: SaleInit): Promise<Sale> {
    const { unit } = this.#bank.policy

    if (price?.unit !== unit) {
      return refused(`The object has a price in ${price?.unit}, but this server counts in ${unit}: its operator has to publish it again`)
    }

    const all = { first: 0, count: geometry.blockCount }

    if (purchase != null && !covers(all, purchase)) {
      return { status: TicketStatus.TICKET_MALFORMED, reason: `The object has ${all.count} blocks` }
    }

    const values = new CoinValues(price, geometry)
    const open = this.#bank.bookOf(client, object)
    const wanted = wantedRun(values, open, purchase, intersection(all, allowed))

    // what lies between old and new coins is bought as well, so it has to be of use too
    if (wanted == null || (purchase != null && !covers(allowed, open == null || covers(open, wanted) ? wanted : hull(open, wanted)))) {
      return notAllowed(allowed)
    }

    try {
      const { book, quote } = await this.#bank.order({
        client,
        object,
        values,
        first: wanted.first,
        count: wanted.count,
        maxPrice: purchase?.maxPrice ?? 0,
        notAfter
      })
      const run = intersection(book, allowed)

      return run == null ? notAllowed(allowed) : { ticket: terms(book, run.count === all.count ? undefined : run), quote }
    } catch (err) {
      if (err instanceof PaymentNeededError) {
        return { status: TicketStatus.TICKET_PAYMENT_NEEDED, reason: `The blocks cost ${describe(err.quote, unit)}`, quote: err.quote }
      }

      if (err instanceof MoneyShortError && err.quote != null) {
        return {
          status: TicketStatus.TICKET_MONEY_SHORT,
          reason: `${err.missing} ${unit} are missing: the blocks cost ${describe(err.quote, unit)}, and the account of this client holds ${err.quote.balance} ${unit}`,
          quote: err.quote
        }
      }

      throw err
    }
  }

  /** What a client's account looks like; all zero for one that has none. */
  statement (client: PeerId, { before, limit }: StatementRequest): Statement {
    const { books, movements, ...account } = this.#bank.statement(client, { before: before === 0 ? undefined : before, limit })
    const own = client.toString()

    return {
      ...account,
      books: books.slice(0, MAX_STATEMENT_BOOKS).map(({ serial, object, first, count, price, redeemed, bond, redeemUntil }) => ({
        serial: serial as Bytes,
        object: object.bytes as Bytes,
        first,
        count,
        price,
        redeemed,
        bond,
        redeemUntil
      })),
      movements: movements.map(({ id, time, kind, payer, payee, amount, memo = '' }) => ({
        id,
        time,
        kind,
        amount: payer === own ? -amount : amount,
        counterpart: payer === own ? payee : payer,
        memo: memo.slice(0, MEMO_LENGTH)
      }))
    }
  }
}

/** Without a purchase, what was bought already. */
function wantedRun (values: CoinValues, open: BlockRun | undefined, purchase: Purchase | undefined, possible?: BlockRun): BlockRun | undefined {
  const named = purchase ?? open
  const wanted = named == null || named.count === 0 ? possible : named

  return open == null && wanted != null ? worthSomething(wanted, values, possible) : wanted
}

/**
 * A book that cost nothing would be one that anybody can fill the server's books with: so its run goes on until its coins are worth
 * something, as far as there are possible ones, to the end first.
 */
function worthSomething (run: BlockRun, values: CoinValues, possible: BlockRun = run): BlockRun {
  const { first, count } = run
  const least = Math.min(first, possible.first)
  const end = Math.max(first + count, possible.first + possible.count)

  if (values.run(first, end - first) > 0) {
    const more = firstOf(end - first - count, more => values.run(first, count + more) > 0)

    return { first, count: count + more }
  }

  const before = firstOf(first - least, before => values.run(first - before, end - first + before) > 0)

  return { first: first - before, count: end - first + before }
}

/** The least number up to `most` of which this holds, as of all above it; `most` if of none. */
function firstOf (most: number, holds: (number: number) => boolean): number {
  let [low, high] = [0, most]

  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    holds(middle) ? high = middle : low = middle + 1
  }

  return low
}

function terms ({ serial, fee, bond, redeemUntil }: CoinBook, range?: BlockRun): Sale['ticket'] {
  return { serial, range, book: { fee, bond, redeemUntil } }
}

function describe ({ price, bond, lost }: BookQuote, unit: string): string {
  return `${price} ${unit}${lost == null ? '' : `, ${lost} ${unit} of which are missing in the book after void sessions`}${bond === 0 ? '' : `, and ${bond} ${unit} are set aside besides`}`
}

function refused (reason: string): Sale {
  return { status: TicketStatus.TICKET_REFUSED, reason }
}

function notAllowed (allowed?: BlockRun): Sale {
  return refused(`This client may have ${allowed == null ? 'no blocks' : `only the blocks ${allowed.first} to ${allowed.first + allowed.count - 1}`} of the object: nothing was bought`)
}
