import type { AckStatus } from './pb/ack.ts'

/** The other end refuses, or this end has to. */
export class AckRefusedError extends Error {
  static name = 'AckRefusedError'
  name = 'AckRefusedError'
  readonly status: AckStatus
  /** Milliseconds after which it makes sense to try again */
  readonly retryAfter?: number

  constructor (status: AckStatus, reason: string, retryAfter?: number) {
    super(reason)
    this.status = status
    this.retryAfter = retryAfter
  }
}
