import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { SESSION_DOMAIN } from '../../protocols/ack/constants.ts'
import { sha256 } from '../object/hashes.ts'

/** What makes a session the one it is. */
export interface SessionTerms {
  /** The recipient's ticket, the signed envelope as it was presented */
  ticket: Uint8Array
  /** PeerId multihashes, of Ed25519 keys: 38 bytes each */
  provider: Uint8Array
  recipient: Uint8Array
  /** 32 bytes each */
  recipientNonce: Uint8Array
  providerNonce: Uint8Array
}

const DOMAIN = fromString(SESSION_DOMAIN)

/** SHA-256(domain | SHA-256(ticket) | provider | recipient | recipient's nonce | provider's nonce), 32 bytes. */
export function sessionId ({ ticket, provider, recipient, recipientNonce, providerNonce }: SessionTerms): Uint8Array {
  return sha256(concat([DOMAIN, sha256(ticket), provider, recipient, recipientNonce, providerNonce]))
}
