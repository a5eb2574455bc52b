/** What a server does with the coins of a book: protocols/ack/README.md, "Coins". No more of it than its sums. */
import { bondOf, feeOf, worthOf } from './price.ts'
import type { Price } from './price.ts'

interface Session {
  provider: string
  /** How many blocks were settled */
  count: number
  /** Coins that it was paid for, and what for them, before the fee, from the book's price, bond and the server */
  paid: number[]
  price: number
  bond: number
  server: number
  amount: number
}

export interface BookInit {
  object: { size: number, blockSize: number, price: Price }
  fee: number
  bondRate: number
  first: number
  count: number
}

/** One book, and the accounts of those who are paid by it. */
export class Book {
  readonly price: number
  readonly bondPaid: number
  coins: number
  bond: number
  /** Second providers, with the sessions that prove it */
  #doubleSpending: Array<{ provider: string, sessions: string[] }> = []
  readonly #init: BookInit
  readonly #accounts = new Map<string, number>()
  readonly #sessions = new Map<string, Session>()

  constructor (init: BookInit) {
    this.#init = init
    this.price = worthOf(init.object.price, init.object, init.first, init.count)
    this.bondPaid = bondOf(this.price, init.bondRate)
    this.coins = this.price
    this.bond = this.bondPaid
  }

  balance (name: string): number {
    return this.#accounts.get(name) ?? 0
  }

  get doubleSpending (): string[] {
    return this.#doubleSpending.map(({ provider }) => provider)
  }

  /** Takes money out. */
  withdraw (name: string, amount: number): void {
    this.#add(name, -amount)
  }

  /** Redeems the coins of a session, of which these are all blocks. Returns what it was paid in all. */
  claim (id: string, provider: string, blocks: number[]): { credited: number, amount: number } {
    const session = this.#sessions.get(id) ?? { provider, count: 0, paid: [], price: 0, bond: 0, server: 0, amount: 0 }
    const fresh = new Set(blocks.slice(session.count).filter(index => !session.paid.includes(index)))
    const before = paidIn(session)
    this.#sessions.set(id, session)
    session.count = blocks.length

    // coins that nobody has come first; they decide about no other
    for (const taken of [false, true]) {
      for (const index of [...fresh].filter(index => (this.#holders(index).length > 0) === taken)) {
        this.#pay(id, session, index)
        fresh.delete(index)
      }
    }

    const fee = provider === 'server' ? 0 : feeOf(paidIn(session), this.#init.fee) - feeOf(before, this.#init.fee)
    const net = paidIn(session) - before - fee
    this.#add(provider, net)
    this.#add('server', fee)
    session.amount += net

    return { credited: session.paid.length, amount: session.amount }
  }

  /** A session holds a false entry. */
  void (id: string): void {
    const session = this.#sessions.get(id)

    if (session != null) {
      // in these scenarios its provider has all of it still
      this.#add(session.provider, -session.amount)
      this.#add('server', -(paidIn(session) - session.amount) + session.server)
      this.coins += session.price
      this.bond += session.bond
      this.#sessions.delete(id)
      // it proves nothing
      this.#doubleSpending = this.#doubleSpending.filter(({ sessions }) => !sessions.includes(id))
    }
  }

  /** What goes back to the client in the end. */
  close (): number {
    return this.coins + this.bond
  }

  #pay (id: string, session: Session, index: number): void {
    const holders = this.#holders(index)
    const worth = worthOf(this.#init.object.price, this.#init.object, index, 1)
    const { provider } = session

    if (holders.length === 0) {
      this.coins -= worth
      session.price += worth
      session.paid.push(index)

      return
    }

    // served again, and a replacement
    if (holders.some(([, holder]) => holder === provider) || provider === 'server') {
      return
    }

    const first = holders.find(([, holder]) => holder !== 'server')
    const server = first != null ? 0 : Math.min(worth, this.balance('server'))
    const bond = Math.min(worth - server, this.bond)
    this.#add('server', -server)
    this.bond -= bond
    session.server += server
    session.bond += bond

    if (first != null && !this.doubleSpending.includes(provider)) {
      this.#doubleSpending.push({ provider, sessions: [first[0], id] })
    }

    if (server + bond > 0) {
      session.paid.push(index)
    }
  }

  /** Sessions that were paid for a coin, and their providers. */
  #holders (index: number): Array<[session: string, provider: string]> {
    return [...this.#sessions].filter(([, { paid }]) => paid.includes(index)).map(([id, { provider }]) => [id, provider])
  }

  #add (name: string, amount: number): void {
    this.#accounts.set(name, this.balance(name) + amount)
  }
}

function paidIn ({ price, bond, server }: Session): number {
  return price + bond + server
}
