import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { InsufficientBalanceError, SqlLedger } from '../../src/ledger/index.ts'
import { client, DAY, hash, memory, settlement, units } from './fixtures.ts'
import type { Session } from './fixtures.ts'
import type { CreditPolicy } from '../../src/ledger/index.ts'
import type { DatabaseSync } from 'node:sqlite'

const CLIENTS = 4

interface ModelSession {
  provider: number
  recipient: number
  count: number
  credited: number
  amount: number
  discount: number
  void: boolean
}

/** The rules as one would tell them to somebody: a set of blocks, a map of balances. */
class Model {
  policy: CreditPolicy = { credit: 4, discount: 1, startingCredit: 1024, halfLife: 30 * DAY }
  now = Date.UTC(2026, 0, 1)
  blocks = new Set<string>()
  sessions = new Map<number, ModelSession>()
  accounts = new Map<number, { balance: number, aged: number, due: number }>()
  grant = 0

  open (account: number): void {
    if (!this.accounts.has(account)) {
      this.accounts.set(account, { balance: 0, aged: this.now, due: 0 })
      this.give(account, this.policy.startingCredit)
    }
  }

  give (account: number, amount: number): void {
    const known = this.accounts.get(account)

    if (known != null) {
      known.balance += amount
      this.grant -= amount
    }
  }

  balance (account: number): number {
    return this.accounts.get(account)?.balance ?? 0
  }

  settle (session: Required<Session>): { credited: number, amount: number, newly: number } {
    const { id, provider, recipient, object, indices, count, relieved } = session
    const known = this.sessions.get(id) ?? { provider, recipient, count: 0, credited: 0, amount: 0, discount: 0, void: false }

    if (known.void) {
      return { credited: 0, amount: 0, newly: 0 }
    }

    this.open(provider)
    this.open(recipient)
    let newly = 0

    for (const index of indices.slice(known.count, count)) {
      const block = `${recipient}/${object}/${index}`

      if (!this.blocks.has(block)) {
        this.blocks.add(block)
        newly++
        known.credited++
        known.amount += units(index) * this.policy.credit
        this.give(provider, units(index) * this.policy.credit)

        if (relieved) {
          known.discount += units(index) * this.policy.discount
          this.give(recipient, units(index) * this.policy.discount)
        }
      }
    }

    known.count = Math.max(known.count, count)

    if (newly > 0) {
      // one that has earned nothing is not kept
      this.sessions.set(id, known)
    }

    return { credited: known.credited, amount: known.amount, newly }
  }

  void (id: number, told: number): void {
    const known = this.sessions.get(id)

    if (known == null) {
      this.sessions.set(id, { provider: 0, recipient: 0, count: 0, credited: 0, amount: 0, discount: 0, void: true })
    } else if (!known.void) {
      known.void = true

      if (known.credited === known.count && told >= known.count && known.amount <= this.balance(known.provider) && known.discount <= this.balance(known.recipient)) {
        const { recipient, object, indices } = session(id, known.count)
        indices.slice(0, known.count).forEach(index => this.blocks.delete(`${recipient}/${object}/${index}`))
      }

      this.give(known.provider, -Math.min(known.amount, this.balance(known.provider)))
      this.give(known.recipient, -Math.min(known.discount, this.balance(known.recipient)))
    }
  }

  age (): void {
    for (const [account, state] of this.accounts) {
      if (this.now - state.aged >= DAY) {
        const due = state.due + state.balance * (1 - 2 ** ((state.aged - this.now) / this.policy.halfLife))
        state.aged = this.now
        state.due = due - Math.floor(due)
        this.give(account, -Math.min(state.balance, Math.floor(due)))
      }
    }
  }
}

class Real {
  readonly database: DatabaseSync = memory()
  ledger: SqlLedger

  constructor (readonly model: Model) {
    this.ledger = new SqlLedger(this.database, model.policy, () => model.now)
  }

  /** As a process does that starts again: what it does not keep in the database is gone. */
  reopen (): void {
    this.ledger = new SqlLedger(this.database, undefined, () => this.model.now)
  }
}

type Command = fc.Command<Model, Real>

/** What a session is follows from its number, so that it is the same whenever it comes. Several are of one ticket. */
function session (id: number, length: number): Required<Session> {
  const provider = id % CLIENTS
  const recipient = provider === 3 ? 2 : 3
  const order = Array.from({ length: 20 }, (_, i) => (i * 7 + id) % 20 + (id % 3 === 0 ? 4090 : 0))

  return { id, provider, recipient, object: id % 2, indices: order, count: length, relieved: provider !== 0 }
}

function agree (model: Model, { ledger, database }: Real): void {
  for (let i = 0; i < CLIENTS; i++) {
    expect(ledger.balance(client(i))).to.equal(model.balance(i))
    expect(model.balance(i)).to.be.at.least(0)
  }

  for (const [id, { credited, amount, count, void: isVoid }] of model.sessions) {
    expect(ledger.settled(hash('session', id))).to.deep.equal({ credited: isVoid ? 0 : credited, amount: isVoid ? 0 : amount, count, void: isVoid })
  }

  const { problems, issued, sum, blocks, sessions } = ledger.check()
  expect({ problems, issued, sum, blocks, sessions }).to.deep.equal({ problems: [], issued: 0 - model.grant, sum: 0, blocks: model.blocks.size, sessions: model.sessions.size })

  // a movement is two entries that sum to zero
  expect(database.prepare('SELECT movement FROM ledger_entries GROUP BY movement HAVING count(*) <> 2 OR sum(amount) <> 0').all()).to.be.empty()
}

class Settle implements Command {
  constructor (readonly batch: Array<[id: number, count: number]>) {}

  check (): boolean {
    return true
  }

  run (model: Model, real: Real): void {
    const sessions = this.batch.map(([id, count]) => session(id, count))

    expect(real.ledger.settle(sessions.map(settlement))).to.deep.equal(sessions.map(session => model.settle(session)))
    agree(model, real)
  }

  toString (): string {
    return `settle ${JSON.stringify(this.batch)}`
  }
}

/** Everything is done and then something fails: nothing is left of it. */
class FailToSettle extends Settle {
  override run (model: Model, real: Real): void {
    const broken = settlement({ id: 1_000_000, object: 9, indices: [0, 1] })
    broken.blockLength = () => { throw new Error('no such block') }

    expect(() => real.ledger.settle([...this.batch.map(([id, count]) => settlement(session(id, count))), broken])).to.throw('no such block')
    agree(model, real)
  }

  override toString (): string {
    return `fail to ${super.toString()}`
  }
}

class Void implements Command {
  /** So many blocks of the session are told */
  constructor (readonly id: number, readonly told: number) {}

  check (): boolean {
    return true
  }

  run (model: Model, real: Real): void {
    real.ledger.void(hash('session', this.id), 'false entries', this.told === 0 ? undefined : Uint32Array.from(session(this.id, 20).indices.slice(0, this.told)))
    model.void(this.id, this.told)
    agree(model, real)
  }

  toString (): string {
    return `void ${this.id} ${this.told}`
  }
}

class Adjust implements Command {
  constructor (readonly account: number, readonly amount: number) {}

  check (): boolean {
    return this.amount !== 0
  }

  run (model: Model, real: Real): void {
    const adjust = (): void => { real.ledger.adjust(client(this.account), this.amount, 'test') }
    const balance = model.accounts.has(this.account) ? model.balance(this.account) : model.policy.startingCredit

    if (balance + this.amount < 0) {
      expect(adjust).to.throw(InsufficientBalanceError)
    } else {
      adjust()
      model.open(this.account)
      model.give(this.account, this.amount)
    }

    agree(model, real)
  }

  toString (): string {
    return `adjust ${this.account} by ${this.amount}`
  }
}

class Age implements Command {
  constructor (readonly elapsed: number) {}

  check (): boolean {
    return true
  }

  run (model: Model, real: Real): void {
    const { grant } = model
    model.now += this.elapsed
    model.age()

    expect(real.ledger.age()).to.equal(model.grant - grant)
    agree(model, real)
  }

  toString (): string {
    return `age after ${this.elapsed}`
  }
}

class Open implements Command {
  constructor (readonly account: number) {}

  check (): boolean {
    return true
  }

  run (model: Model, real: Real): void {
    real.ledger.open(client(this.account))
    model.open(this.account)
    agree(model, real)
  }

  toString (): string {
    return `open ${this.account}`
  }
}

class Reopen implements Command {
  check (): boolean {
    return true
  }

  run (model: Model, real: Real): void {
    real.reopen()
    expect(real.ledger.policy).to.deep.equal(model.policy)
    agree(model, real)
  }

  toString (): string {
    return 'reopen'
  }
}

describe('ledger: against a naive model', function () {
  this.timeout(120_000)

  it('agrees whatever comes in whatever order', () => {
    const id = fc.integer({ min: 0, max: 15 })
    const account = fc.integer({ min: 0, max: CLIENTS - 1 })
    const batch = fc.array(fc.tuple(id, fc.integer({ min: 1, max: 20 })), { maxLength: 6 })
    const commands = fc.commands<Model, Real>([
      batch.map(batch => new Settle(batch)),
      batch.map(batch => new Settle(batch)),
      batch.map(batch => new FailToSettle(batch)),
      fc.tuple(id, fc.integer({ min: 0, max: 20 })).map(([id, told]) => new Void(id, told)),
      fc.tuple(account, fc.integer({ min: -3000, max: 3000 })).map(([account, amount]) => new Adjust(account, amount)),
      fc.integer({ min: 0, max: 40 * DAY }).map(elapsed => new Age(elapsed)),
      account.map(account => new Open(account)),
      fc.constant(new Reopen())
    ], { maxCommands: 60 })

    fc.assert(fc.property(commands, commands => {
      const model = new Model()
      const real = new Real(model)

      try {
        fc.modelRun(() => ({ model, real }), commands)
      } finally {
        real.database.close()
      }
    }), { numRuns: 200 })
  })
})
