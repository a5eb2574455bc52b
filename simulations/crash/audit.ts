/**
 * What has to be true when the market is over, whoever died when.
 */
import { balanceSheet, checkSheet } from '../demo/balance-sheet.ts'
import { hashFile } from '../demo/source-file.ts'
import { receiptsOf, spendsOf } from './homes.ts'
import { BLOCKS, DEPOSIT, PRICE } from './market.ts'
import type { Market } from './market.ts'
import type { Entry } from '../demo/balance-sheet.ts'
import type { Line } from '../demo/mssl-process.ts'

export interface Audit {
  entries: Entry[]
  /** By PeerId */
  names: Map<string, string>
  /** Objects that clients have bought, and blocks of those */
  bought: number
  blocks: number
  /** Blocks that were acknowledged, each time that they were */
  acknowledged: number
  sessions: number
  /** Sessions that were paid on the recipient's word, since their provider did not live to store the last acknowledgement */
  records: number
  /** Sessions that were paid from a bond: coins for which the server was asked again, or had been before */
  again: number
}

/**
 * @throws {Error} with all that is not as it has to be
 */
export async function audit (market: Market): Promise<Audit> {
  const { clients, goods, serverHome } = market
  const problems: string[] = []
  const expect = (holds: boolean, problem: string): void => { holds || problems.push(problem) }
  const same = (is: unknown, should: unknown, what: string): void => { expect(is === should, `${what}: ${is} instead of ${should}`) }

  for (const client of clients) {
    for (const [number, { hash }] of goods.entries()) {
      same(await hashFile(market.copy(client, number)), hash, `SHA-256 of object ${number} of ${client.name}`)
    }
  }

  const { peer: server } = await market.ask(['id'], serverHome)
  const convicted = await market.ask(['audit'], serverHome)
  same(convicted.length, 0, 'convictions')
  const ledger = await market.ask(['ledger', 'check'], serverHome)
  same(ledger.holds, true, 'the ledger holds')
  const bought = clients.length * goods.length
  const { books, coins } = ledger.money
  same(books.open, 0, 'open books')
  same(books.closed, bought, 'closed books')
  same(coins.sold, bought * BLOCKS, 'coins sold')
  same(coins.redeemed, bought * BLOCKS, 'coins redeemed')

  const movements: Line[] = await market.ask(['ledger', 'movements', '--money', '--limit', String(Number.MAX_SAFE_INTEGER)], serverHome)
  const accounts: Line[] = await market.ask(['ledger', 'balances', '--money'], serverHome)
  const parties = [{ name: 'server', peer: server, home: serverHome }, ...clients]
  const entries = balanceSheet({ movements, accounts }, parties.map(({ peer }) => peer))

  try {
    checkSheet(entries)
  } catch (err: any) {
    problems.push(err.message)
  }

  // a client that has lost its machine's last writes asks the server: that is paid again, and no offence
  const bonds = new Map(movements.filter(({ kind }) => kind === 'bond').map(({ payer, payee }) => [payee, payer]))
  const again = movements.filter(({ kind, payer }) => kind !== 'refund' && bonds.has(payer))

  for (const { name, peer, deposits } of clients) {
    const entry = entries.find(({ account }) => account === peer)
    same(entry?.deposit, deposits * DEPOSIT, `deposits of ${name}`)
    const twice = again.filter(({ payer }) => bonds.get(payer) === peer).reduce((sum, { amount }) => sum + amount, 0)
    same(entry?.bought, goods.length * PRICE + twice, `paid by ${name} for its blocks`)
  }

  for (const { account, coins, bond } of entries) {
    same(coins + bond, 0, `in books of ${account} that are closed`)
  }

  const receipts = parties.flatMap(({ peer, home }) => receiptsOf(home).map(receipt => ({ provider: peer, ...receipt })))
  const paid = new Map<string, number>()

  for (const { session, kind, amount } of movements) {
    if (session != null && kind !== 'fee') {
      paid.set(session, (paid.get(session) ?? 0) + amount)
    }
  }

  for (const { session, verdict, amount } of receipts) {
    same(verdict, 'settled', `verdict on session ${session}`)
    same(paid.get(session) ?? 0, amount, `what the ledger has paid for session ${session}, as its provider was told`)
  }

  // with whom each coin was spent: by the wallet of its client, and by what providers have acknowledgements of
  const spent = new Map(clients.flatMap(({ home }) => spendsOf(home)).map(({ serial, index, provider }) => [`${serial} ${index}`, provider]))
  same(spent.size, bought * BLOCKS, 'coins noted as spent')
  let acknowledged = 0

  for (const { provider, session, serial, indices } of receipts) {
    acknowledged += indices.length
    same(new Set(indices).size, indices.length, `different blocks of session ${session}`)

    for (const index of indices) {
      const payee = spent.get(`${serial} ${index}`)
      expect(payee === provider || (payee != null && provider === server), `the coin ${index} of book ${serial} was acknowledged to ${provider}, and noted as spent with ${payee}`)
    }
  }

  if (problems.length > 0) {
    throw new Error(`${problems.length} things are not as they have to be:\n${problems.slice(0, 20).map(problem => `  ${problem}`).join('\n')}`)
  }

  const known = new Set(receipts.map(({ session }) => session))

  return {
    entries,
    names: new Map(parties.map(({ name, peer }) => [peer, name])),
    bought,
    blocks: bought * BLOCKS,
    acknowledged,
    sessions: receipts.length,
    records: [...paid.keys()].filter(session => !known.has(session)).length,
    again: new Set(again.map(({ session }) => session)).size
  }
}
