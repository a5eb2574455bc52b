/**
 * A server's books of credit and of money, which can be read and written while a node runs on the home.
 */
import type { Context } from './context.ts'
import type { Bank } from '../bank/index.ts'
import type { Home } from '../home/index.ts'
import type { Ledger } from '../ledger/index.ts'

export interface Books {
  ledger: Ledger
  bank: Bank
  home: Home
}

export async function withBooks (context: Context, use: (books: Books) => void | Promise<void>): Promise<void> {
  const { peerIdFromPrivateKey } = await import('@libp2p/peer-id')
  const { SqlBank } = await import('../bank/index.ts')
  const { SqlLedger } = await import('../ledger/index.ts')

  await context.withHome(async home => {
    const database = home.database()
    const self = peerIdFromPrivateKey(await home.privateKey('identity'))

    await use({ ledger: new SqlLedger(database), bank: new SqlBank(database, { self }), home })
  })
}
