/**
 * What has to be true when the market is over, whoever died when.
 */
import { balanceSheet, checkSheet, sumBy } from '../demo/balance-sheet.ts'
import type { Findings } from './findings.ts'
import type { Coins } from './homes.ts'
import type { Entry } from '../demo/balance-sheet.ts'
import type { Line } from '../demo/mssl-process.ts'

/** Of all blocks: what is delivered a second time by somebody else, since who died has not stored its key. More, and recipients do not ask the payee first */
const MOST_REPLACED = 0.1

/** Problems that are shown */
const MOST_PROBLEMS = 20

/** Movements out of coin books that are spendings. */
const SPENDINGS = ['payment', 'forfeit', 'fee']

export interface Audit {
  entries: Entry[]
  /** By PeerId */
  names: Map<string, string>
  /** Objects that clients have bought, and blocks of those */
  bought: number
  blocks: number
  /** Blocks, each time that one was delivered and acknowledged */
  delivered: number
  sessions: number
  /** Sessions that were paid on the recipient's word, since their provider did not live to store the last acknowledgement */
  records: number
  /** Blocks that were delivered twice: by the same provider, which is paid once, and by a client and the server, of which one is paid from the bond */
  repeated: number
  replaced: number
}

/**
 * @throws {Error} with all that is not as it has to be
 */
export function audit (findings: Findings): Audit {
  const auditor = new Auditor(findings)
  auditor.checkEnd()
  const entries = auditor.checkMoney()
  auditor.checkReceipts()
  const replaced = auditor.checkBooks()
  auditor.conclude()

  const { server, clients, coins, objects, movements, receipts } = findings
  const bought = clients.length * objects
  const known = new Set(receipts.map(({ session }) => session))
  const blocks = bought * coins.length
  const acknowledged = receipts.flatMap(({ provider, serial, indices }) => indices.map(index => `${provider} ${serial} ${index}`))
  const repeated = acknowledged.length - new Set(acknowledged).size

  return {
    entries,
    names: new Map([[server, 'server'], ...clients.map(({ name, peer }) => [peer, name] as const)]),
    bought,
    blocks,
    delivered: blocks + repeated + replaced,
    sessions: receipts.length,
    records: new Set(movements.map(({ session }) => session).filter(session => session != null && !known.has(session))).size,
    repeated,
    replaced
  }
}

class Auditor {
  readonly #findings: Findings
  readonly #blocks: number
  readonly #problems: string[] = []

  constructor (findings: Findings) {
    this.#findings = findings
    this.#blocks = findings.clients.length * findings.objects * findings.coins.length
  }

  /** Everybody has everything, nobody is said to have done wrong, and the server's own check finds nothing. */
  checkEnd (): void {
    const { clients, objects, wrongCopies, convicted, check } = this.#findings
    const { books, coins } = check.money
    wrongCopies.forEach(copy => { this.#expect(false, `${copy} is not as its source`) })
    this.#same(convicted.length, 0, 'convictions')
    this.#same(check.holds, true, 'the ledger holds')
    this.#same(books.open, 0, 'open books')
    this.#same(books.closed, clients.length * objects, 'closed books')
    this.#same(coins.sold, this.#blocks, 'coins sold')
    this.#same(coins.redeemed, this.#blocks, 'coins redeemed')
  }

  /** Each unit is where movements have brought it. */
  checkMoney (): Entry[] {
    const { server, clients, movements, accounts } = this.#findings
    const balances = balancesOf(movements)

    for (const account of new Set([...balances.keys(), ...accounts.map(({ account }) => account)])) {
      this.#same(accounts.find(row => row.account === account)?.balance ?? 0, balances.get(account) ?? 0, `balance of ${this.#name(account)}`)
    }

    const entries = balanceSheet({ movements, accounts }, [server, ...clients.map(({ peer }) => peer)])

    try {
      checkSheet(entries)
    } catch (err: any) {
      this.#expect(false, err.message)
    }

    for (const { account, coins, bond } of entries) {
      this.#same(coins + bond, 0, `in books of ${this.#name(account)} that are closed`)
    }

    for (const { name, peer, deposited } of clients) {
      this.#same(entries.find(({ account }) => account === peer)?.deposit, deposited, `deposits of ${name}`)
    }

    return entries
  }

  /** Providers were told what the ledger says. */
  checkReceipts (): void {
    const { movements, receipts } = this.#findings
    const paid = sumBy(movements.filter(({ session, kind }) => session != null && kind !== 'fee'), ({ session }) => session)

    for (const { session, verdict, amount, indices } of receipts) {
      this.#same(verdict, 'settled', `verdict on session ${session}`)
      this.#same(paid.get(session) ?? 0, amount, `what the ledger has paid for session ${session}, as its provider was told`)
      this.#same(new Set(indices).size, indices.length, `different blocks of session ${session}`)
    }
  }

  /** Each coin is paid once from the price, and from the bond if a client and the server have both delivered its block. */
  checkBooks (): number {
    const { clients, objects, receipts, shown, redeemed, spends } = this.#findings
    const serials = new Set([...receipts, ...shown, ...spends, ...redeemed].map(({ serial }) => serial))
    let replaced = 0
    this.#same(serials.size, clients.length * objects, 'books with coins that were spent')

    for (const serial of serials) {
      const holdings = this.#holdings(serial)
      const twice = this.#checkCoins(serial, holdings)
      this.#checkPayments(serial, holdings, twice)
      replaced += twice.size
    }

    this.#expect(replaced <= MOST_REPLACED * this.#blocks, `${replaced} of ${this.#blocks} blocks were delivered by a second one: payees are not asked first`)

    return replaced
  }

  /**
   * @throws {Error} if there was a problem
   */
  conclude (): void {
    const problems = this.#problems

    if (problems.length > 0) {
      throw new Error(`${problems.length} things are not as they have to be:\n${problems.slice(0, MOST_PROBLEMS).map(problem => `  ${problem}`).join('\n')}`)
    }
  }

  /** What each provider has acknowledgements of, by its receipts, or by what the recipient has shown to the server. */
  #holdings (serial: string): Map<string, Set<number>> {
    const holdings = new Map<string, Set<number>>()

    for (const { provider, indices } of ofBook([...this.#findings.receipts, ...this.#findings.shown], serial)) {
      holdings.set(provider, new Set([...holdings.get(provider) ?? [], ...indices]))
    }

    return holdings
  }

  /**
   * Whom each coin was spent with, by all that know of it.
   *
   * @returns coins that two have
   */
  #checkCoins (serial: string, holdings: Map<string, Set<number>>): Set<number> {
    const { server, coins, redeemed, spends } = this.#findings
    const isRedeemed = new Set(ofBook(redeemed, serial).flatMap(({ indices }) => indices))
    const twice = new Set<number>()

    for (const index of coins.keys()) {
      const coin = `the coin ${index} of book ${serial}`
      const payees = ofBook(spends, serial).flatMap(({ provider, indices }) => indices.filter(other => other === index).map(() => provider))
      const holders = [...holdings.keys()].filter(provider => holdings.get(provider)?.has(index))
      this.#expect(isRedeemed.has(index), `${coin} was never redeemed`)
      this.#expect(holders.length > 0, `${coin} was acknowledged to nobody`)
      this.#same(payees.length, 1, `times that ${coin} was noted as spent`)

      if (holders.length > 1) {
        twice.add(index)
        this.#expect(holders.length === 2 && holders.includes(server), `${coin} was acknowledged to ${holders.map(holder => this.#name(holder)).join(' and ')}`)
      }

      for (const holder of holders) {
        this.#expect(payees.includes(holder) || holder === server, `${coin} was acknowledged to ${this.#name(holder)}, and noted as spent with ${payees.map(payee => this.#name(payee)).join()}`)
      }
    }

    return twice
  }

  /** A provider has what its coins are worth, and from the bond no more than those of them that another one has too. */
  #checkPayments (serial: string, holdings: Map<string, Set<number>>, twice: Set<number>): void {
    const payments = this.#findings.movements.filter(({ kind, payer }) => SPENDINGS.includes(kind) && serialOf(payer) === serial)
    const providers = new Map(payments.filter(({ kind }) => kind !== 'fee').map(({ session, payee }) => [session, payee]))
    const providerOf = ({ session }: Line): string => providers.get(session) ?? 'nobody'
    const paid = sumBy(payments, providerOf)
    const fromBond = sumBy(payments.filter(({ payer }) => isBond(payer)), providerOf)

    for (const provider of new Set([...holdings.keys(), ...paid.keys()])) {
      const own = [...holdings.get(provider) ?? []]
      const shared = own.filter(index => twice.has(index))
      this.#same(paid.get(provider) ?? 0, this.#worth(own), `paid to ${this.#name(provider)} for ${own.length} coins of book ${serial}`)
      this.#expect((fromBond.get(provider) ?? 0) <= this.#worth(shared), `${this.#name(provider)} had ${fromBond.get(provider)} from the bond of book ${serial}, and ${shared.length} coins that another one has`)
    }

    this.#same(total(paid) - total(fromBond), this.#worth([...this.#findings.coins.keys()]), `paid from the price of book ${serial}`)
    this.#same(total(fromBond), this.#worth([...twice]), `paid from the bond of book ${serial}`)
  }

  #worth (indices: number[]): number {
    return indices.reduce((sum, index) => sum + this.#findings.coins[index], 0)
  }

  #name (peer: string): string {
    return peer === this.#findings.server ? 'server' : this.#findings.clients.find(client => client.peer === peer)?.name ?? peer
  }

  #expect (holds: boolean, problem: string): void {
    if (!holds) {
      this.#problems.push(problem)
    }
  }

  #same (is: unknown, should: unknown, what: string): void {
    this.#expect(is === should, `${what}: ${is} instead of ${should}`)
  }
}

function ofBook <T extends Coins> (rows: T[], serial: string): T[] {
  return rows.filter(row => row.serial === serial)
}

/** `coins:` or `bond:`, and a serial, is the account of a book. */
function serialOf (account: string): string {
  return account.slice(account.indexOf(':') + 1)
}

function isBond (account: string): boolean {
  return account.startsWith('bond:')
}

function balancesOf (movements: Line[]): Map<string, number> {
  return sumBy(movements.flatMap(({ payer, payee, amount }) => [{ account: payer, amount: -amount }, { account: payee, amount }]), ({ account }) => account)
}

function total (amounts: Map<string, number>): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0)
}
