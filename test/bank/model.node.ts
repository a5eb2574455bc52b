import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { SqlBank } from '../../src/bank/index.ts'
import { memory } from '../ledger/fixtures.ts'
import { BLOCKS, client, DAY, hash, HOUR, NOW, object, order, redemption, SERVER, VALUES } from './fixtures.ts'
import type { BankPolicy, CoinBook, Redeemed, Redemption } from '../../src/bank/index.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync } from 'node:sqlite'

const CLIENTS = 4
const OBJECTS = 2

/** A provider; the last one is the server. */
const SERVER_NUMBER = CLIENTS

function party (number: number): PeerId {
  return number === SERVER_NUMBER ? SERVER : client(number)
}

interface ModelBook {
  client: number
  of: number
  /** What each coin cost, by its block */
  coins: Set<number>
  first: number
  count: number
  escrow: number
  bond: number
  bondPaid: number
  price: number
  shortfall: number
  lost: number
  fee: number
  share: number
  redeemUntil: number
  closed: boolean
  /** Who has each coin, by which session; those that redeemed it from the book are `first` */
  paid: Array<{ coin: number, provider: number, session: number, first: boolean }>
  twice: Map<number, [number, number]>
}

interface ModelSession {
  book: ModelBook
  provider: number
  count: number
  credited: number
  gross: number
  amount: number
  worth: number
  fromBond: number
  spentBefore: number
  unpaid: number
  void: boolean
}

const NOTHING: Redeemed = { credited: 0, amount: 0, newly: 0, spentBefore: 0, fromBond: 0, unpaid: 0 }

/** The rules as one would tell them to somebody: purses, books, and who was paid for which coin. */
class Model {
  policy: BankPolicy = { unit: 'coin', fee: 700, bond: 3_000, redemption: 7 * DAY }
  now = NOW
  purses = new Map<number, number>()
  books: ModelBook[] = []
  sessions = new Map<number, ModelSession | 'void'>()
  payments = new Map<string, string>()
  barred: number[] = []
  short: Array<[client: number, of: number]> = []

  balance (of: number): number {
    return this.purses.get(of) ?? 0
  }

  give (to: number, amount: number): void {
    this.purses.set(to, this.balance(to) + amount)
  }

  open (by: number, of: number): ModelBook | undefined {
    return this.books.find(book => book.client === by && book.of === of && !book.closed)
  }

  isShort ({ lost, shortfall, bond }: ModelBook): boolean {
    // twice what was lost, and the bond without what it gave for that
    return lost + shortfall > bond
  }

  /** Does something to a book, and notes when it becomes short by that. */
  change <T> (book: ModelBook, change: () => T): T {
    const before = this.isShort(book)
    const result = change()

    if (!before && !book.closed && this.isShort(book)) {
      this.short.push([book.client, book.of])
    }

    return result
  }

  /** undefined: too little money */
  order (by: number, of: number, first: number, count: number): { price: number, bond: number } | undefined {
    const known = this.open(by, of)
    const from = Math.min(first, known?.first ?? first)
    const to = Math.max(first + count, known == null ? 0 : known.first + known.count)
    let price = 0

    for (let coin = from; coin < to; coin++) {
      price += known?.coins.has(coin) === true ? 0 : VALUES.coin(coin)
    }

    const bond = Math.ceil(price * (known?.share ?? this.policy.bond) / 10_000)

    const lost = known != null && this.isShort(known) ? Math.max(known.lost, known.shortfall) : 0

    if (price + lost + bond > this.balance(by)) {
      return
    }

    const book = known ?? { client: by, of, coins: new Set(), first, count, escrow: 0, bond: 0, bondPaid: 0, price: 0, shortfall: 0, lost: 0, fee: this.policy.fee, share: this.policy.bond, redeemUntil: 0, closed: false, paid: [], twice: new Map() }

    for (let coin = from; coin < to; coin++) {
      book.coins.add(coin)
    }

    book.first = from
    book.count = to - from
    book.price += price
    book.escrow += price
    book.bond += bond
    book.bondPaid += bond
    book.redeemUntil = Math.max(book.redeemUntil, this.now + HOUR + this.policy.redemption)
    this.give(by, -price - lost - bond)

    if (lost > 0) {
      // escrow is whole again, and then the bond
      book.escrow += book.shortfall
      book.bond += lost - book.shortfall
      book.bondPaid += lost - book.shortfall
      book.shortfall = 0
      book.lost = 0
    }

    if (known == null) {
      this.books.push(book)
    }

    return { price: price + lost, bond }
  }

  /** The coins, as many as the book has. */
  settle (id: number, book: ModelBook, provider: number, blocks: number[]): Redeemed {
    return this.change(book, () => this.pay(id, book, provider, blocks))
  }

  pay (id: number, book: ModelBook, provider: number, blocks: number[]): Redeemed {
    const known = this.sessions.get(id)

    if (known === 'void' || known?.void === true) {
      return NOTHING
    }

    const session = known ?? { book, provider, count: 0, credited: 0, gross: 0, amount: 0, worth: 0, fromBond: 0, spentBefore: 0, unpaid: 0, void: false }
    const { spentBefore, fromBond, unpaid } = session

    if (book.closed || blocks.length <= session.count) {
      return { credited: session.credited, amount: session.amount, newly: 0, spentBefore, fromBond, unpaid }
    }

    const pay = (from: 'escrow' | 'bond', most: number): number => {
      const amount = Math.min(book[from], most)
      session.gross += amount
      book[from] -= amount

      if (from === 'bond') {
        session.fromBond += amount
      }

      return amount
    }

    const grossBefore = session.gross
    const fresh = new Set<number>()
    const again = new Set<number>()

    for (const coin of blocks.slice(session.count)) {
      if (fresh.has(coin) || book.paid.some(paid => paid.coin === coin && paid.provider === provider)) {
        continue
      }

      if (book.paid.some(paid => paid.coin === coin)) {
        again.add(coin)
      } else {
        fresh.add(coin)
      }
    }

    for (const coin of fresh) {
      const worth = VALUES.coin(coin)
      const short = worth - pay('escrow', worth)
      book.shortfall -= short
      session.worth += worth
      session.unpaid += short - pay('bond', short)
      book.paid.push({ coin, provider, session: id, first: true })
    }

    let newly = fresh.size

    for (const coin of again) {
      const holder = provider === SERVER_NUMBER ? undefined : this.holder(book, coin)
      const paid = pay('bond', VALUES.coin(coin))
      session.spentBefore++
      session.unpaid += VALUES.coin(coin) - paid
      this.blame(book, provider, holder, id)

      if (paid > 0 || (provider !== SERVER_NUMBER && holder == null)) {
        newly++
        book.paid.push({ coin, provider, session: id, first: false })
      }
    }

    const result = { newly, spentBefore: session.spentBefore, fromBond: session.fromBond, unpaid: session.unpaid }

    if (known == null && newly === 0) {
      return { ...result, credited: 0, amount: 0 }
    }

    const feeOf = (gross: number): number => provider === SERVER_NUMBER ? 0 : Math.floor(gross * book.fee / 10_000)
    const fee = feeOf(session.gross) - feeOf(grossBefore)
    const net = session.gross - grossBefore - fee
    this.give(SERVER_NUMBER, fee)
    this.give(provider, net)
    session.amount += net
    session.credited += newly
    session.count = blocks.length
    this.sessions.set(id, session)

    return { ...result, credited: session.credited, amount: session.amount }
  }

  /** Of the sessions that have a coin, those of the server aside, the one that was settled first, if for something else. */
  holder (book: ModelBook, coin: number): number | undefined {
    return [...this.sessions.keys()].find(id => book.paid.some(paid => paid.coin === coin && paid.session === id && paid.provider !== SERVER_NUMBER))
  }

  /** Two providers had a coin, neither of them the server. */
  blame (book: ModelBook, provider: number, first: number | undefined, second: number): void {
    if (first != null && !book.twice.has(provider)) {
      book.twice.set(provider, [first, second])
      this.barred.push(book.client)
    }
  }

  void (id: number): void {
    const session = this.sessions.get(id)

    if (session == null) {
      this.sessions.set(id, 'void')
    } else if (session !== 'void' && !session.void) {
      this.change(session.book, () => { this.takeBack(id, session) })
    }
  }

  takeBack (id: number, session: ModelSession): void {
    const { book, provider, worth, gross, amount } = session
    let owed = worth
    let missing = gross
    session.void = true

    // what the provider has of it, then what the server has of its fee
    for (const [payer, most] of [[provider, amount], [SERVER_NUMBER, gross - amount]]) {
      for (let left = Math.min(most, this.balance(payer)); left > 0; left--) {
        const to = owed > 0 ? 'escrow' : 'bond'
        owed -= to === 'escrow' ? 1 : 0
        this.give(payer, -1)
        missing--

        if (book.closed) {
          this.give(book.client, 1)
        } else {
          book[to]++
        }
      }
    }

    if (!book.closed) {
      book.shortfall += owed
      book.lost += missing
      book.paid = book.paid.filter(paid => paid.session !== id)
      // whoever has it as well has it as the first
      book.paid.forEach(paid => { paid.first ||= !book.paid.some(({ coin, first }) => first && coin === paid.coin) })
      book.twice.forEach((sessions, provider) => {
        if (sessions.includes(id)) {
          book.twice.delete(provider)
        }
      })
    }
  }

  close (): number {
    const due = this.books.filter(book => !book.closed && book.redeemUntil < this.now)

    for (const book of due) {
      this.give(book.client, book.escrow + book.bond)
      book.escrow = 0
      book.bond = 0
      book.closed = true
    }

    return due.length
  }
}

class Real {
  readonly database: DatabaseSync = memory()
  readonly serials = new Map<ModelBook, CoinBook>()
  barred: string[] = []
  short: string[] = []
  steps = 0
  bank!: SqlBank

  constructor (readonly model: Model) {
    this.open(model.policy)
  }

  open (policy?: BankPolicy): void {
    this.bank = new SqlBank(this.database, { self: SERVER, policy, now: () => this.model.now, onDoubleSpend: peer => { this.barred.push(peer.toString()) }, onShort: (peer, object) => { this.short.push(`${peer} ${object}`) } })
  }
}

type Command = fc.AsyncCommand<Model, Real>

/** `thorough`: the bank compares all that it has as well, which takes most of the time. */
function agree (model: Model, { bank, serials, barred, short, database }: Real, thorough: boolean): void {
  let held = 0

  for (let i = 0; i <= SERVER_NUMBER; i++) {
    expect(bank.balance(party(i)), `account ${i}`).to.equal(model.balance(i))
    expect(model.balance(i)).to.be.at.least(0)
    held += model.balance(i)
  }

  for (const book of model.books) {
    const { price, bond, bondPaid, first, count, closed } = bank.book((serials.get(book) as CoinBook).serial) as CoinBook
    expect({ price, bond, bondPaid, first, count, closed }).to.deep.equal({ price: book.price, bond: book.bond, bondPaid: book.bondPaid, first: book.first, count: book.count, closed: book.closed })
    held += book.escrow + book.bond

    // from the book no coin is paid twice
    const firsts = book.paid.filter(paid => paid.first).map(({ coin }) => coin)
    expect(new Set(firsts).size).to.equal(firsts.length)
  }

  for (const [id, session] of model.sessions) {
    expect(bank.settled(hash('session', id))).to.deep.equal(session === 'void' || session.void
      ? { credited: 0, amount: 0, count: session === 'void' ? 0 : session.count, void: true }
      : { credited: session.credited, amount: session.amount, count: session.count, void: false })
  }

  if (thorough) {
    expect(bank.check()).to.deep.include({ problems: [], sum: 0, held })
    // nothing leaves the server's purse but by its operator, and what a void session had given it
    expect(database.prepare('SELECT kind FROM ledger_movements WHERE payer = (SELECT id FROM ledger_accounts WHERE account = ?) AND kind NOT IN (\'withdrawal\', \'reversal\')').all(SERVER.toString())).to.be.empty()
    expect(database.prepare('SELECT movement FROM ledger_entries GROUP BY movement HAVING count(*) <> 2 OR sum(amount) <> 0').all()).to.be.empty()
  }

  expect(bank.doubleSpends(1_000)).to.have.lengthOf(model.books.reduce((sum, { twice }) => sum + twice.size, 0))
  expect(barred).to.deep.equal(model.barred.map(client => party(client).toString()))
  expect(short).to.deep.equal(model.short.map(([client, of]) => `${party(client)} ${object(of)}`))
}

abstract class Step implements Command {
  check (): boolean {
    return true
  }

  async run (model: Model, real: Real): Promise<void> {
    await this.step(model, real)
    agree(model, real, ++real.steps % 8 === 0)
  }

  abstract step (model: Model, real: Real): Promise<void> | void
  abstract toString (): string
}

class Pay extends Step {
  constructor (readonly to: number, readonly amount: number, readonly reference: string) {
    super()
  }

  step (model: Model, { bank }: Real): void {
    const kind = this.amount > 0 ? 'deposit' : 'withdraw'
    const pay = (): unknown => bank[kind](party(this.to), Math.abs(this.amount), { reference: this.reference })
    const known = model.payments.get(this.reference)
    const what = `${this.to} ${this.amount}`

    if (known != null) {
      if (known === what) {
        expect(pay()).to.include({ repeated: true })
      } else {
        expect(pay).to.throw().with.property('name', 'PaymentConflictError')
      }
    } else if (model.balance(this.to) + this.amount < 0) {
      expect(pay).to.throw().with.property('name', 'MoneyShortError')
    } else {
      expect(pay()).to.include({ repeated: false })
      model.payments.set(this.reference, what)
      model.give(this.to, this.amount)
    }
  }

  toString (): string {
    return `pay ${this.amount} to ${this.to} (${this.reference})`
  }
}

/** All that an account has goes out. */
class Empty extends Step {
  constructor (readonly of: number, readonly reference: string) {
    super()
  }

  step (model: Model, real: Real): void {
    if (model.balance(this.of) > 0) {
      new Pay(this.of, -model.balance(this.of), this.reference).step(model, real)
    }
  }

  toString (): string {
    return `empty ${this.of} (${this.reference})`
  }
}

class Order extends Step {
  constructor (readonly orders: Array<[by: number, of: number, first: number, count: number]>) {
    super()
  }

  async step (model: Model, { bank, serials }: Real): Promise<void> {
    const results = await Promise.allSettled(this.orders.map(async ([by, of, first, count]) => bank.order(order({ by, of, first, count: Math.min(count, BLOCKS - first), notAfter: model.now + HOUR }))))

    this.orders.forEach(([by, of, first, count], i) => {
      const result = results[i]
      const bought = model.order(by, of, first, Math.min(count, BLOCKS - first))
      expect(result.status).to.equal(bought == null ? 'rejected' : 'fulfilled')

      if (result.status === 'fulfilled') {
        expect(result.value.quote).to.include(bought)
        serials.set(model.open(by, of) as ModelBook, result.value.book)
      }
    })
  }

  toString (): string {
    return `order ${JSON.stringify(this.orders)}`
  }
}

/** Of sessions that follow from their numbers, so many blocks; all of a book that may be closed already. */
class Settle extends Step {
  constructor (readonly batch: Array<[id: number, count: number]>, readonly fails = false) {
    super()
  }

  step (model: Model, { bank, serials, barred, short }: Real): void {
    const sessions: Array<{ id: number, book: ModelBook, provider: number, blocks: number[], redemption: Redemption }> = []

    for (const [id, count] of this.batch) {
      const known = model.sessions.get(id)
      const book = known != null && known !== 'void' ? known.book : model.books[id % Math.max(1, model.books.length)]

      if (book != null) {
        // what a session is stays the same, as long as its book has the coins
        const provider = book.client === id % (CLIENTS + 1) ? (id + 1) % (CLIENTS + 1) : id % (CLIENTS + 1)
        const all = Array.from({ length: BLOCKS }, (_, i) => (i * 7 + id) % BLOCKS).concat(id % BLOCKS)
        const blocks = all.slice(0, count)

        if (blocks.every(coin => book.coins.has(coin))) {
          sessions.push({ id, book, provider, blocks, redemption: redemption(serials.get(book) as CoinBook, { id, to: provider === SERVER_NUMBER ? 'server' : provider, blocks }) })
        }
      }
    }

    const redemptions = sessions.map(({ redemption }) => redemption)

    if (this.fails) {
      const last = { ...redemptions[0], count: 0 }
      const known = [barred.length, short.length]
      expect(() => bank.settle([...redemptions, ...redemptions.length === 0 ? [] : [last]])).to[redemptions.length === 0 ? 'not' : 'to'].throw()
      // who bars does so in the transaction, which was rolled back
      barred.length = known[0]
      short.length = known[1]
    } else {
      expect(bank.settle(redemptions)).to.deep.equal(sessions.map(({ id, book, provider, blocks }) => model.settle(id, book, provider, blocks)))
    }
  }

  toString (): string {
    return `${this.fails ? 'fail to ' : ''}settle ${JSON.stringify(this.batch)}`
  }
}

class Void extends Step {
  constructor (readonly id: number) {
    super()
  }

  step (model: Model, { bank }: Real): void {
    bank.void(hash('session', this.id), 'false entries')
    model.void(this.id)
  }

  toString (): string {
    return `void ${this.id}`
  }
}

class Close extends Step {
  constructor (readonly elapsed: number) {
    super()
  }

  step (model: Model, { bank }: Real): void {
    model.now += this.elapsed
    expect(bank.close()).to.equal(model.close())
  }

  toString (): string {
    return `close after ${this.elapsed}`
  }
}

class Reopen extends Step {
  constructor (readonly fee: number, readonly bond: number) {
    super()
  }

  step (model: Model, real: Real): void {
    model.policy = { ...model.policy, fee: this.fee, bond: this.bond }
    real.open(model.policy)
    real.open()
    expect(real.bank.policy).to.deep.equal(model.policy)
  }

  toString (): string {
    return `reopen with ${this.fee} and ${this.bond}`
  }
}

describe('bank: against a naive model', function () {
  this.timeout(120_000)

  it('agrees whatever comes in whatever order', async () => {
    const id = fc.integer({ min: 0, max: 19 })
    const by = fc.integer({ min: 0, max: CLIENTS - 1 })
    const order = fc.tuple(by, fc.integer({ min: 1, max: OBJECTS }), fc.integer({ min: 0, max: BLOCKS - 1 }), fc.integer({ min: 1, max: BLOCKS }))
    const whole = fc.tuple(by, fc.integer({ min: 1, max: OBJECTS })).map(([by, of]): [number, number, number, number] => [by, of, 0, BLOCKS])
    const batch = fc.array(fc.tuple(id, fc.integer({ min: 1, max: BLOCKS + 1 })), { minLength: 1, maxLength: 6 })
    const commands = fc.commands<Model, Real, false>([
      fc.tuple(fc.integer({ min: 0, max: SERVER_NUMBER }), fc.integer({ min: -300, max: 300 }).filter(amount => amount !== 0), fc.integer({ min: 0, max: 60 })).map(([to, amount, reference]) => new Pay(to, amount, String(reference))),
      fc.tuple(fc.integer({ min: 0, max: SERVER_NUMBER }), fc.integer({ min: 100, max: 999 })).map(([of, reference]) => new Empty(of, String(reference))),
      fc.array(whole, { minLength: 1, maxLength: 3 }).map(orders => new Order(orders)),
      fc.array(order, { minLength: 1, maxLength: 4 }).map(orders => new Order(orders)),
      batch.map(batch => new Settle(batch)),
      batch.map(batch => new Settle(batch)),
      batch.map(batch => new Settle(batch)),
      batch.map(batch => new Settle(batch, true)),
      id.map(id => new Void(id)),
      id.map(id => new Void(id)),
      fc.integer({ min: 0, max: 6 * DAY }).map(elapsed => new Close(elapsed)),
      fc.tuple(fc.constantFrom(0, 1, 700, 9_999, 10_000), fc.constantFrom(0, 1, 3_000, 10_000, 100_000)).map(([fee, bond]) => new Reopen(fee, bond))
    ], { maxCommands: 60, size: 'max' })

    await fc.assert(fc.asyncProperty(commands, async commands => {
      const model = new Model()
      const real = new Real(model)

      try {
        // a market that is under way: else most of what comes would find nothing
        for (let i = 0; i < CLIENTS; i++) {
          await new Pay(i, 400, `rich ${i}`).run(model, real)
          await new Order([[i, 1, 0, BLOCKS]]).run(model, real)
        }

        await fc.asyncModelRun(() => ({ model, real }), commands)
        agree(model, real, true)
      } finally {
        real.database.close()
      }
    }), { numRuns: 60 })
  })

  it('colluders have no more in the end than they had, and whoever gave them blocks was paid as long as there was a bond', async () => {
    const [recipient, accomplices, honest] = [0, [1, 2], [3, SERVER_NUMBER]]
    const coins = fc.uniqueArray(fc.integer({ min: 0, max: BLOCKS - 1 }), { minLength: 1, maxLength: BLOCKS })
    const all = [...Array(BLOCKS).keys()]
    const step = fc.oneof(
      fc.record({ to: fc.constantFrom(...accomplices, ...honest), coins: fc.oneof(coins, fc.constant(all)) }),
      fc.record({ void: fc.nat() }),
      fc.record({ withdraw: fc.constantFrom(recipient, ...accomplices) })
    )

    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.constantFrom(0, 700), fc.constantFrom(0, 5_000, 10_000), async (steps, fee, bond) => {
      const database = memory()
      const bank = new SqlBank(database, { self: SERVER, policy: { fee, bond }, now: () => NOW })
      const theirs = [recipient, ...accomplices]
      const had = 300
      let out = 0
      // of what the honest ones gave, by their coins
      const given = new Map<number, Set<number>>(honest.map(each => [each, new Set()]))
      const paid = new Map<number, number>(honest.map(each => [each, 0]))
      const lies: number[] = []
      let lasts = true
      bank.deposit(party(recipient), had)
      const { book } = await bank.order(order({ by: recipient, notAfter: NOW + HOUR }))

      try {
        for (const [id, step] of steps.entries()) {
          if ('withdraw' in step) {
            const amount = bank.balance(party(step.withdraw))
            out += amount

            if (amount > 0) {
              bank.withdraw(party(step.withdraw), amount)
            }
          } else if ('void' in step) {
            if (lies.length > 0) {
              bank.void(hash('session', lies[step.void % lies.length]), 'false entries')
            }
          } else {
            const { to, coins } = step
            const [{ amount, unpaid, newly }] = bank.settle([redemption(book, { id, to: to === SERVER_NUMBER ? 'server' : to, blocks: coins })])

            if (given.has(to)) {
              coins.forEach(coin => given.get(to)?.add(coin))
              paid.set(to, Number(paid.get(to)) + amount)
              expect(unpaid === 0 || bank.book(book.serial)?.bond === 0, 'unpaid although there is a bond').to.be.true()
              lasts &&= unpaid === 0
            } else if (newly > 0) {
              lies.push(id)
            }
          }

          expect(theirs.reduce((sum, each) => sum + bank.balance(party(each)), out)).to.be.at.most(had)

          if (lasts) {
            expect(paid.get(SERVER_NUMBER)).to.equal([...given.get(SERVER_NUMBER) ?? []].reduce((sum, coin) => sum + VALUES.coin(coin), 0))
          }
        }

        bank.close(book.redeemUntil + 1)
        const end = theirs.reduce((sum, each) => sum + bank.balance(party(each)), out)
        expect(end).to.equal(had - honest.reduce((sum, each) => sum + bank.balance(party(each)), 0))
        expect(bank.check().problems).to.be.empty()
      } finally {
        database.close()
      }
    }), { numRuns: 150 })
  })

  it('colluders whose tickets are recalled have nothing from an honest server that they do not pay for', async () => {
    const [recipient, accomplices] = [0, [1, 2]]
    const all = [...Array(BLOCKS).keys()]
    const coins = fc.oneof(fc.uniqueArray(fc.integer({ min: 0, max: BLOCKS - 1 }), { minLength: 1, maxLength: BLOCKS }), fc.constant(all))
    const step = fc.oneof(
      fc.record({ to: fc.constantFrom(...accomplices, SERVER_NUMBER), coins }),
      fc.record({ to: fc.constant(accomplices[0]), coins: fc.constant(all) }),
      fc.record({ robbed: fc.nat() }),
      fc.record({ renew: fc.constant(true) })
    )
    let recalls = 0
    let repayments = 0

    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 16 }), fc.constantFrom(0, 700), async (steps, fee) => {
      const database = memory()
      let served = true
      let barred = false
      const bank = new SqlBank(database, {
        self: SERVER,
        policy: { fee, bond: 10_000 },
        now: () => NOW,
        onShort: () => {
          served = false
          recalls++
        },
        onDoubleSpend: () => { barred = true }
      })
      const theirs = [recipient, ...accomplices]
      const had = 1_000
      let out = 0
      let repaid = 0
      let fees = 0
      const lies: number[] = []
      const given = new Set<number>()
      bank.deposit(party(recipient), had)
      const { book } = await bank.order(order({ by: recipient, notAfter: NOW + HOUR }))
      const worth = (coins: Iterable<number>): number => [...coins].reduce((sum, coin) => sum + VALUES.coin(coin), 0)

      try {
        for (const [id, step] of steps.entries()) {
          if ('renew' in step) {
            // without consent there is a ticket for a book that is not short, and only for that
            expect((await Promise.allSettled([bank.order(order({ by: recipient, maxPrice: 0 }))]))[0].status).to.equal(served ? 'fulfilled' : 'rejected')
            const [{ status }] = await Promise.allSettled([bank.order(order({ by: recipient }))])
            repaid += !served && status === 'fulfilled' ? 1 : 0
            served ||= status === 'fulfilled'
          } else if ('robbed' in step) {
            for (const accomplice of accomplices.filter(each => bank.balance(party(each)) > 0)) {
              out += bank.withdraw(party(accomplice), bank.balance(party(accomplice))).amount
            }

            if (lies.length > 0) {
              const before = bank.balance(SERVER)
              bank.void(hash('session', lies[step.robbed % lies.length]), 'false entries')
              fees -= before - bank.balance(SERVER)
            }
          } else if (step.to !== SERVER_NUMBER) {
            const before = bank.balance(SERVER)
            bank.settle([redemption(book, { id, to: step.to, blocks: step.coins })])
            fees += bank.balance(SERVER) - before
            lies.push(id)
          } else if (served && !barred) {
            bank.settle([redemption(book, { id, to: 'server', blocks: step.coins })])
            step.coins.forEach(coin => given.add(coin))
          }

          const paid = bank.balance(SERVER) - fees
          // what an honest recipient may lose undisturbed, and no more: once, and once more each time that it made that good
          expect(worth(given) - paid, 'unpaid').to.be.at.most((1 + repaid) * book.price / 2)
          expect(theirs.reduce((sum, each) => sum + bank.balance(party(each)), out)).to.be.at.most(had - bank.balance(SERVER))
          expect(bank.check().problems).to.be.empty()
        }

        bank.close(book.redeemUntil + 1)
        expect(theirs.reduce((sum, each) => sum + bank.balance(party(each)), out)).to.equal(had - bank.balance(SERVER))
        repayments += repaid
      } finally {
        database.close()
      }
    }), { numRuns: 150, seed: 7 })

    expect(recalls).to.be.above(0)
    expect(repayments).to.be.above(0)
  })
})
