/**
 * @packageDocumentation
 *
 * What a client that buys blocks must not forget: which coins it has spent with whom. A coin that is spent with two
 * providers is double spending, whoever's fault it is; so it is written down before the acknowledgement that spends it leaves.
 */
import type { PeerId } from '@libp2p/interface'

export * from './wallet.ts'

/** The coins of one book, as a download spends them. */
export interface Spending {
  /**
   * Notes that coins are about to be spent, durably enough to survive the process. A coin that was spent before stays with
   * its first payee.
   *
   * @param provider - whom they are spent with
   * @param indices - blocks
   * @throws {Error} when it could not be written: then they must not be spent
   */
  spend (provider: PeerId, indices: Uint32Array): void

  /**
   * With whom the coin of a block was spent, as far as is known. Only that provider, and the server, may be asked for the
   * block again: the server as often as it takes. `unknown`: this machine went down while coins were being spent, so nobody but
   * the server may.
   */
  payee (index: number): PeerId | 'unknown' | undefined
}
