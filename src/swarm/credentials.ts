import type { AbortOptions, PeerId } from '@libp2p/interface'

/** What opens a session, kept fresh by its owner. */
export interface DownloadCredentials {
  /** Signed envelopes, the newest there are */
  readonly certificate: Uint8Array
  readonly ticket: Uint8Array

  /** Does this peer act for the object's server? */
  isServer (peer: PeerId): boolean

  /**
   * Obtains a new ticket from the server.
   *
   * @throws {Error} the server's refusal
   */
  renew (options: AbortOptions): Promise<void>

  /**
   * A provider has another certificate of the server. Resolves when ours is now as new.
   *
   * @throws {ServerChangedError}
   */
  consider (certificate: Uint8Array, peer: PeerId, options: AbortOptions): Promise<void>
}
