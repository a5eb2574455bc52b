/**
 * Where what was judged good is paid: with mode proof in credit by the ledger, with mode purchase in money by the bank.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import type { Bank, Redeemed, Redemption } from '../bank/index.ts'
import type { Ledger, Settled, Settlement } from '../ledger/index.ts'
import type { Ticket } from '../ticket/index.ts'
import type { PeerId } from '@libp2p/interface'

/** A session that is to be paid. A sale has a price, and what proves it. */
export type Payable = Settlement | Redemption

/** The books that the sessions of one mode are kept in. */
export interface Cashier extends Pick<Ledger, 'settled' | 'balance'> {
  /**
   * The last millisecond since the epoch in which something about sessions of a ticket is accepted.
   *
   * @throws {AckRefusedError} when there is none
   */
  deadline (ticket: Ticket): number

  /** Whether it has or had a ticket of this mode: who has none has no key to withhold, and cannot be paid. */
  isClient (peer: PeerId): boolean

  /** A session earns nothing any more. `indices`: its blocks, if they are known. */
  void (session: Uint8Array, reason: string, indices?: Uint32Array): void

  /** Pays providers, all in one transaction. `reason`: one line for them, when there is something to say. */
  settle (sessions: Payable[]): Array<Settled & { reason: string }>
}

/**
 * @param ledger - that of this server
 * @param claimDeadline - milliseconds after the end of a ticket
 */
export function creditCashier (ledger: Ledger, claimDeadline: number): Cashier {
  return {
    deadline: ({ notAfter }) => notAfter + claimDeadline,
    isClient: peer => ledger.isOpen(peer),
    settle: sessions => ledger.settle(sessions).map(settled => ({ ...settled, reason: '' })),
    settled: session => ledger.settled(session),
    void: (session, reason, indices) => { ledger.void(session, reason, indices) },
    balance: peer => ledger.balance(peer)
  }
}

export function moneyCashier (bank: Bank): Cashier {
  return {
    deadline: ({ serial, client, object, book: terms }) => {
      const book = bank.book(serial)

      if (terms == null || book == null || !book.client.equals(client) || !book.object.equals(object)) {
        throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, 'The ticket is of no coin book of its client for this object')
      }

      // the clock alone might say otherwise, if it was set back
      if (book.closed) {
        throw new AckRefusedError(AckStatus.ACK_EXPIRED, `The coin book is closed: its coins could be redeemed until ${new Date(book.redeemUntil).toISOString()}`)
      }

      // not that of the book, which later tickets put off: what is remembered of a session until then must outlast its claims
      return terms.redeemUntil
    },
    isClient: peer => bank.isClient(peer),
    settle: sessions => bank.settle(sessions.map(toRedemption)).map(redeemed => ({ ...redeemed, reason: reasonOf(redeemed, bank.policy.unit) })),
    settled: session => bank.settled(session),
    // the bank knows which coins a session was paid for
    void: (session, reason) => { bank.void(session, reason) },
    balance: peer => bank.balance(peer)
  }
}

function toRedemption (session: Payable): Redemption {
  if (!('values' in session)) {
    throw new InvalidParametersError('The object of a session of mode purchase has no price')
  }

  return session
}

function reasonOf ({ spentBefore, fromBond, unpaid }: Redeemed, unit: string): string {
  return [
    ...(spentBefore > 0 ? [spentBefore === 1 ? '1 coin was spent before' : `${spentBefore} coins were spent before`] : []),
    ...(fromBond > 0 ? [`${fromBond} ${unit} came from the bond`] : []),
    ...(unpaid > 0 ? [`${unpaid} ${unit} could not be paid`] : [])
  ].join('; ')
}
