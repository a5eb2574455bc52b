/**
 * The ledger in the home's database. Works on the database alone: another process may look at it and adjust accounts
 * while the server runs.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { transaction } from '../home/migrate.ts'
import { Accounts, MAX_MEMO_LENGTH } from './accounts.ts'
import { checkLedger } from './check.ts'
import { InsufficientBalanceError } from './errors.ts'
import { keepPolicy } from './kept-policy.ts'
import { checkPolicy, DEFAULT_POLICY, standingOf, UNIT_LENGTH } from './policy.ts'
import { GRANT_ID, migrateLedger } from './schema.ts'
import { expectSame, NOTHING, Sessions } from './sessions.ts'
import type { CreditedBlocks } from './credited-blocks.ts'
import type { AccountInfo, Ledger, LedgerCheck, Movement, MovementFilter, SessionAccount, Settled, Settlement } from './index.ts'
import type { CreditPolicy } from './policy.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'

/** Milliseconds between two times that an account is aged */
const AGEING_INTERVAL = 86_400_000

/** Accounts that are aged at once, each by a movement: 20 ms or so, and millions a day if that is done each minute */
const MAX_AGED = 2048

const ACCOUNTS = `
  SELECT account, balance, opened, sessions, served, credited, voided
  FROM ledger_accounts AS accounts LEFT JOIN (
    SELECT
      provider,
      count(*) FILTER (WHERE void IS NULL) AS sessions,
      sum(count) FILTER (WHERE void IS NULL) AS served,
      sum(credited) FILTER (WHERE void IS NULL) AS credited,
      count(void) AS voided
    FROM ledger_sessions WHERE currency = 'credit' GROUP BY provider
  ) ON provider = accounts.id
  WHERE currency = 'credit'`

export class SqlLedger implements Ledger {
  readonly policy: CreditPolicy
  readonly #database: DatabaseSync
  readonly #now: () => number
  readonly #accounts: Accounts
  readonly #sessions: Sessions
  readonly #ageing: StatementSync
  readonly #aged: StatementSync

  /**
   * @param database - of the home
   * @param policy - what is given is kept in the database, and holds from now on wherever nothing else is given
   * @param now - milliseconds since the epoch
   * @throws {InvalidParametersError}
   */
  constructor (database: DatabaseSync, policy?: Partial<CreditPolicy>, now: () => number = Date.now) {
    migrateLedger(database)

    this.policy = keepPolicy(database, 'ledger_policy', DEFAULT_POLICY, policy, checkPolicy)
    this.#database = database
    this.#now = now
    this.#accounts = new Accounts(database, 'credit', now)
    this.#sessions = new Sessions(database, 'credit')
    this.#ageing = database.prepare(`
      SELECT id, balance, aged, due FROM ledger_accounts WHERE currency = 'credit' AND id <> ${GRANT_ID} AND aged <= ? ORDER BY aged LIMIT ?`)
    this.#aged = database.prepare('UPDATE ledger_accounts SET aged = ?, due = ? WHERE id = ?')
  }

  open (account: PeerId): void {
    // most often it is open: then nothing is written
    if (!this.isOpen(account)) {
      transaction(this.#database, () => { this.#account(account) })
    }
  }

  settle (settlements: Settlement[]): Settled[] {
    return transaction(this.#database, () => {
      const blocks = this.#sessions.blocks()
      const settled = settlements.map(settlement => this.#settle(settlement, blocks))
      blocks.store()

      return settled
    })
  }

  settled (session: Uint8Array): SessionAccount | undefined {
    return this.#sessions.settled(session)
  }

  void (session: Uint8Array, reason: string, indices?: Uint32Array): void {
    transaction(this.#database, () => {
      const known = this.#sessions.find(session)

      if (known == null) {
        this.#sessions.void(session, reason)
      } else if (!known.void) {
        const { id, ticket, provider, recipient, count, credited } = known
        let isWhole = true

        for (const [account, earned] of [[provider, known.amount], [recipient, known.discount]]) {
          const payer = Number(account)
          const amount = Math.min(Number(earned), this.#accounts.balance(payer))
          isWhole &&= amount === earned

          this.#accounts.post({ kind: 'reversal', payer, payee: GRANT_ID, amount, session: id, memo: reason })
        }

        if (isWhole && credited === count && indices != null && indices.length >= count) {
          this.#sessions.void(session, reason, known)
          this.#sessions.free(Number(ticket), indices.subarray(0, count))
        } else {
          this.#sessions.void(session, reason, known, known)
        }
      }
    })
  }

  isOpen (account: PeerId): boolean {
    return this.#accounts.find(account.toString()) != null
  }

  balance (account: PeerId): number {
    return this.#accounts.find(account.toString())?.balance ?? 0
  }

  standing (account: PeerId): number {
    return standingOf(this.balance(account), this.policy)
  }

  adjust (account: PeerId, amount: number, memo: string): void {
    if (!Number.isSafeInteger(amount) || amount === 0) {
      throw new InvalidParametersError('An adjustment has to be a whole number, above or below zero')
    }

    if (memo.trim() === '' || memo.length > MAX_MEMO_LENGTH) {
      throw new InvalidParametersError(`An adjustment needs a memo that says why, of ${MAX_MEMO_LENGTH} characters at most`)
    }

    transaction(this.#database, () => {
      const id = this.#account(account)
      const balance = this.#accounts.balance(id)

      if (balance + amount < 0) {
        throw new InsufficientBalanceError(`The account has ${balance}: no more can be taken from it`)
      }

      if (balance + amount > Number.MAX_SAFE_INTEGER || this.#accounts.balance(GRANT_ID) - amount < Number.MIN_SAFE_INTEGER) {
        throw new InvalidParametersError('An adjustment has to leave balances below 2^53')
      }

      this.#accounts.post(amount > 0
        ? { kind: 'adjustment', payer: GRANT_ID, payee: id, amount, memo }
        : { kind: 'adjustment', payer: id, payee: GRANT_ID, amount: -amount, memo })
    })
  }

  age (now: number = this.#now()): number {
    const { halfLife } = this.policy

    if (halfLife === 0) {
      return 0
    }

    return transaction(this.#database, () => {
      let total = 0

      for (const row of this.#ageing.all(now - AGEING_INTERVAL, MAX_AGED)) {
        const [id, balance, aged] = [row.id, row.balance, row.aged].map(Number)
        // what is less than one is due the next time: small balances age as fast as large ones
        const due = Number(row.due) + balance * (1 - 2 ** ((aged - now) / halfLife))
        const amount = Math.min(balance, Math.floor(due))

        this.#accounts.post({ kind: 'ageing', payer: id, payee: GRANT_ID, amount }, now)
        this.#aged.run(now, due - Math.floor(due), id)
        total += amount
      }

      return total
    })
  }

  accounts (): AccountInfo[] {
    return this.#database.prepare(`${ACCOUNTS} ORDER BY balance DESC, account`).all().map(row => this.#accountInfo(row))
  }

  account (account: PeerId): AccountInfo | undefined {
    const row = this.#database.prepare(`${ACCOUNTS} AND account = ?`).get(account.toString())

    return row == null ? undefined : this.#accountInfo(row)
  }

  movements (filter?: MovementFilter): Iterable<Movement> {
    return this.#accounts.movements(filter)
  }

  check (): LedgerCheck {
    return checkLedger(this.#database)
  }

  #settle (settlement: Settlement, blocks: CreditedBlocks): Settled {
    const { session, provider, recipient, object, serial, count, indices, relieved } = settlement
    const known = this.#sessions.open(settlement)

    if (known?.void === true) {
      return { credited: 0, amount: 0, newly: 0 }
    }

    const providerId = this.#account(provider)
    const recipientId = this.#account(recipient)
    const ticket = this.#sessions.ticket(serial, recipientId, object.toString())
    expectSame(known, ticket, providerId)

    const before = known ?? NOTHING
    let newly = 0
    let units = 0

    for (let position = before.count; position < count; position++) {
      if (blocks.add(ticket, indices[position])) {
        newly++
        units += Math.ceil(settlement.blockLength(indices[position]) / UNIT_LENGTH)
      }
    }

    if (known == null && newly === 0) {
      // else colluders could fill the books with sessions that never were
      return { credited: 0, amount: 0, newly }
    }

    const service = units * this.policy.credit
    const relief = relieved ? units * this.policy.discount : 0
    const credited = before.credited + newly
    const amount = before.amount + service
    const id = this.#sessions.settle(session, known, ticket, providerId, { ...before, count, credited, amount, discount: before.discount + relief })

    this.#accounts.post({ kind: 'service', payer: GRANT_ID, payee: providerId, amount: service, session: id })
    this.#accounts.post({ kind: 'discount', payer: GRANT_ID, payee: recipientId, amount: relief, session: id })

    return { credited, amount, newly }
  }

  /** The row of an account, which is opened if need be. */
  #account (account: PeerId): number {
    const known = this.#accounts.find(account.toString())

    if (known != null) {
      return known.id
    }

    const id = this.#accounts.open(account.toString())
    this.#accounts.post({ kind: 'starting', payer: GRANT_ID, payee: id, amount: this.policy.startingCredit })

    return id
  }

  #accountInfo (row: Record<string, SQLOutputValue>): AccountInfo {
    const balance = Number(row.balance)

    return {
      account: String(row.account),
      balance,
      standing: standingOf(balance, this.policy),
      opened: Number(row.opened),
      sessions: Number(row.sessions),
      served: Number(row.served),
      credited: Number(row.credited),
      voided: Number(row.voided)
    }
  }
}
