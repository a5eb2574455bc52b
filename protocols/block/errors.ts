import { BlockStatus } from './pb/block.ts'

/**
 * The provider refused the session, or ended it, with a status and one line for a person. Thrown by `Provision.admit` to
 * refuse, by `openSession` when refused, and given to `SessionHandler.closed` after `Closing`.
 */
export class RefusedError extends Error {
  static name = 'RefusedError'
  name = 'RefusedError'

  /** Why. */
  readonly status: BlockStatus

  /** The provider's certificate of the object's server, a signed envelope, with SERVER_CONFLICT. */
  readonly certificate?: Uint8Array

  constructor (status: BlockStatus, reason: string = BlockStatus[status], certificate?: Uint8Array) {
    super(reason)
    this.status = status
    this.certificate = certificate
  }
}
