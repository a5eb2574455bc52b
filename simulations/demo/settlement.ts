/**
 * What everybody served, in four accounts of it that know nothing of each other: the recipients', the providers' receipts,
 * the server's verdicts, the server's ledger.
 */
import { MsslProcess } from './mssl-process.ts'
import type { Line } from './mssl-process.ts'

/** Blocks of one provider. */
export interface Book {
  /** PeerId */
  peer: string
  /** Verified blocks that recipients had from it */
  served: number
  /** In its receipts */
  acknowledged: number
  /** Settled by verdicts on its claims */
  claimed: number
  /** In the server's ledger */
  credited: number
  /** Of its account there */
  balance: number
}

/** Blocks by provider, as the recipients counted. Only the last block of an object is shorter than the others. */
export function servedBlocks (results: Line[], blockSize: number): Map<string, number> {
  const served = new Map<string, number>()

  for (const { peer, bytes } of results.flatMap(({ sources }) => sources)) {
    served.set(peer, (served.get(peer) ?? 0) + Math.ceil(bytes / blockSize))
  }

  return served
}

/**
 * Claims what was acknowledged to each home, while the server runs.
 *
 * @param homes - of those who may have served something, by PeerId
 */
export async function settle (homes: Map<string, string>, served: Map<string, number>, serverHome: string): Promise<Book[]> {
  const books: Book[] = []

  for (const [peer, home] of homes) {
    if (home !== serverHome) {
      // the server, which runs, claims by itself
      const claims = new MsslProcess(['claim'], { home })
      await claims.result()
      await claims.done()
    }

    const { receipts } = await new MsslProcess(['receipts'], { home }).result()
    const { credited, balance } = await new MsslProcess(['account', 'show', peer], { home: serverHome }).result()

    books.push({
      peer,
      served: served.get(peer) ?? 0,
      acknowledged: total(receipts.map(({ blocks }: Line) => blocks)),
      claimed: total(receipts.map((receipt: Line) => receipt.credited)),
      credited,
      balance
    })
  }

  return books
}

export function booksTable (books: Book[], names: Map<string, string>): string {
  const rows = books.map(({ peer, served, acknowledged, claimed, credited, balance }) => [
    names.get(peer) ?? peer, served, acknowledged, claimed, credited, balance
  ].map(String))

  return [['', 'served', 'acknowledged', 'claimed', 'credited', 'balance'], ...rows]
    .map(cells => `  ${cells.map((cell, i) => i === 0 ? cell.padEnd(10) : cell.padStart(13)).join('')}`)
    .join('\n')
}

function total (numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
