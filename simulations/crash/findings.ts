/**
 * What there is to be found out when the market is over, from everybody: what `audit.ts` compares.
 */
import { hashFile } from '../demo/source-file.ts'
import { receiptsOf, redeemedAt, spendsOf } from './homes.ts'
import { COINS, DEPOSIT } from './market.ts'
import type { Acknowledged, Coins, Receipt } from './homes.ts'
import type { Market } from './market.ts'
import type { Line } from '../demo/mssl-process.ts'

export interface Findings {
  /** PeerIds */
  server: string
  clients: Array<{ name: string, peer: string, deposited: number }>
  /** Worth of the coin of each block, in all objects */
  coins: number[]
  /** Objects that each client has bought */
  objects: number
  /** Copies that are not as the source, by SHA-256 */
  wrongCopies: string[]
  /** `mssl audit` and `mssl ledger check`, `movements` and `balances` */
  convicted: Line[]
  check: Line
  movements: Line[]
  accounts: Line[]
  /** Of all providers */
  receipts: Receipt[]
  /** What the server was shown, and what it has noted as redeemed */
  shown: Acknowledged[]
  redeemed: Coins[]
  /** Of all clients, as they have noted it */
  spends: Acknowledged[]
}

/**
 * @param market - in which nobody does anything any more
 * @param shown - to its server, before the books were closed
 */
export async function findings (market: Market, shown: Acknowledged[]): Promise<Findings> {
  const { clients, goods, serverHome } = market
  const all = String(Number.MAX_SAFE_INTEGER)

  const [{ peer: server }, convicted, check, movements, accounts] = await Promise.all([
    ['id'], ['audit'], ['ledger', 'check'], ['ledger', 'movements', '--money', '--limit', all], ['ledger', 'balances', '--money']
  ].map(async args => market.ask(args, serverHome)))
  const copies = await Promise.all(clients.flatMap(client => goods.map(async ({ hash }, number) => ({
    what: `object ${number} of ${client.name}`, isRight: await hashFile(market.copy(client, number)) === hash
  }))))

  return {
    server,
    clients: clients.map(({ name, peer, deposits }) => ({ name, peer, deposited: deposits * DEPOSIT })),
    coins: COINS,
    objects: goods.length,
    wrongCopies: copies.filter(({ isRight }) => !isRight).map(({ what }) => what),
    convicted,
    check,
    movements,
    accounts,
    receipts: [serverHome, ...clients.map(({ home }) => home)].flatMap(receiptsOf),
    shown,
    redeemed: redeemedAt(serverHome),
    spends: clients.flatMap(({ home }) => spendsOf(home))
  }
}
