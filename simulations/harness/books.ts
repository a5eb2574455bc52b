import { listReceipts } from '../../src/receipts/index.ts'
import { withHome } from '../behaviours/insides.ts'
import type { Member } from './member.ts'
import type { PeerOutcome } from './outcome.ts'
import type { Mssl, ServiceMode } from '../../src/index.ts'
import type { PeerId } from '@libp2p/interface'

export type Account = Pick<PeerOutcome, 'earned' | 'paid' | 'balance'>

/** What the server's books say of a client: credit with mode proof, money with mode purchase. */
export function account ({ ledger, bank }: Pick<Mssl, 'ledger' | 'bank'>, mode: ServiceMode, peer: PeerId): Account {
  if (mode === 'plain') {
    return {}
  }

  if (mode === 'proof') {
    return { earned: credited(ledger, peer), balance: ledger.balance(peer) }
  }

  const { earned, spent, balance } = bank.statement(peer, { limit: 1 })

  return { earned, paid: spent, balance }
}

/** For service, and not taken back. */
function credited (ledger: Mssl['ledger'], peer: PeerId): number {
  const self = peer.toString()
  let sum = 0

  for (const { kind, payer, payee, amount } of ledger.movements({ account: peer })) {
    if (kind === 'service' && payee === self) {
      sum += amount
    } else if (kind === 'reversal' && payer === self) {
      sum -= amount
    }
  }

  return sum
}

/** Blocks that others acknowledged to it, by its own notes, also when it is gone. */
export async function acknowledged (member: Member): Promise<number> {
  const receipts = member.isUp ? member.mssl.receipts() : await withHome(member, listReceipts)

  return receipts.reduce((sum, { blocks }) => sum + blocks, 0)
}
