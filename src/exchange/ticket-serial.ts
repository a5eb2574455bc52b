import { createHmac } from 'node:crypto'
import { SERIAL_LENGTH } from '../../protocols/ticket/constants.ts'
import { SERIAL_DOMAIN } from './domains.ts'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/**
 * Milliseconds. A block is credited once for each serial, so a client that fetches an object a second time is served for
 * credit again only in the next period.
 */
const CREDIT_PERIOD = 30 * 24 * 3_600_000

/**
 * The serial of the tickets of mode proof that one client gets for one object in one period, 16 bytes: the first of
 * HMAC-SHA256(root, domain | client multihash | object id | u64be(floor(notBefore / CREDIT_PERIOD))). Renewing a ticket
 * changes nothing about it, and the server need not remember which serials it gave out.
 *
 * @param root - the server's one secret, 32 bytes
 * @param client - an Ed25519 PeerId
 * @param object - its id
 * @param notBefore - the ticket's begin, milliseconds since the epoch
 */
export function ticketSerial (root: Uint8Array, client: PeerId, object: CID, notBefore: number): Uint8Array {
  const period = Buffer.alloc(8)
  period.writeBigUInt64BE(BigInt(Math.floor(notBefore / CREDIT_PERIOD)))

  return createHmac('sha256', root)
    .update(SERIAL_DOMAIN)
    .update(client.toMultihash().bytes)
    .update(object.bytes)
    .update(period)
    .digest()
    .subarray(0, SERIAL_LENGTH)
}
