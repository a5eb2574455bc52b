/** What a server does with the coins of a book: protocols/ack/README.md, "Coins". No more of it than its sums. */
import { bondOf, feeOf, worthOf } from './price.ts'
import type { Price } from './price.ts'

interface Session {
  provider: string
  /** How many blocks were settled */
  count: number
  /** Coins that it has */
  coins: number[]
  /** What was paid for it, before the fee, from the book's price and bond */
  price: number
  bond: number
  /** What its coins are worth that it redeemed from the book */
  worth: number
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
    const session = this.#sessions.get(id) ?? { provider, count: 0, coins: [], price: 0, bond: 0, worth: 0, amount: 0 }
    const before = session.price + session.bond
    const fresh = new Set(blocks.slice(session.count))
    const redeemed = [...fresh].filter(index => this.#holders(index).length === 0)
    session.count = blocks.length
    this.#redeem(session, redeemed)

    for (const index of [...fresh].filter(index => !redeemed.includes(index))) {
      this.#payAgain(id, session, index)
    }

    // a session that has no coin is nothing
    if (session.coins.length > 0) {
      this.#sessions.set(id, session)
    }

    const paid = session.price + session.bond
    const fee = provider === 'server' ? 0 : feeOf(paid, this.#init.fee) - feeOf(before, this.#init.fee)
    this.#add(provider, paid - before - fee)
    this.#add('server', fee)
    session.amount += paid - before - fee

    return { credited: session.coins.length, amount: session.amount }
  }

  /** A session holds a false entry. */
  void (id: string): void {
    const session = this.#sessions.get(id)

    if (session == null) {
      return
    }

    let owed = session.worth

    for (const [name, most] of [[session.provider, session.amount], ['server', session.price + session.bond - session.amount]] as const) {
      const taken = Math.min(most, this.balance(name))
      const toPrice = Math.min(taken, owed)
      this.#add(name, -taken)
      owed -= toPrice
      this.coins += toPrice
      this.bond += taken - toPrice
    }

    this.#sessions.delete(id)
    // it proves nothing
    this.#doubleSpending = this.#doubleSpending.filter(({ sessions }) => !sessions.includes(id))
  }

  /** What goes back to the client in the end. */
  close (): number {
    return this.coins + this.bond
  }

  /** Coins that nobody has: from the price, and from the bond what void sessions have not given back. */
  #redeem (session: Session, indices: number[]): void {
    const worth = indices.reduce((sum, index) => sum + this.#worth(index), 0)
    const price = Math.min(worth, this.coins)
    const bond = Math.min(worth - price, this.bond)
    this.coins -= price
    this.bond -= bond
    session.price += price
    session.bond += bond
    session.worth += worth
    session.coins.push(...indices)
  }

  #payAgain (id: string, session: Session, index: number): void {
    const holders = this.#holders(index)
    const { provider } = session

    // served again
    if (holders.some(([, holder]) => holder === provider)) {
      return
    }

    const first = holders.find(([, holder]) => holder !== 'server')
    const bond = Math.min(this.#worth(index), this.bond)
    this.bond -= bond
    session.bond += bond

    if (provider !== 'server' && first != null && !this.doubleSpending.includes(provider)) {
      this.#doubleSpending.push({ provider, sessions: [first[0], id] })
    }

    if (bond > 0 || (provider !== 'server' && first == null)) {
      session.coins.push(index)
    }
  }

  #worth (index: number): number {
    return worthOf(this.#init.object.price, this.#init.object, index, 1)
  }

  /** Sessions that have a coin, and their providers. */
  #holders (index: number): Array<[session: string, provider: string]> {
    return [...this.#sessions].filter(([, { coins }]) => coins.includes(index)).map(([id, { provider }]) => [id, provider])
  }

  #add (name: string, amount: number): void {
    this.#accounts.set(name, this.balance(name) + amount)
  }
}
