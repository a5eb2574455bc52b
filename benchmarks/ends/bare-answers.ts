/* eslint-disable no-console */
/**
 * Answers every request for a ticket with the same bytes, over libp2p as mSSL has it and with the heap of `mssl serve`: what is left
 * of a request without mSSL. Prints a link.
 */
import { randomBytes } from 'node:crypto'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { encode } from 'uint8-varint'
import { concat } from 'uint8arrays/concat'
import { TICKET_PROTOCOL, TicketResponse, TicketStatus } from '../../protocols/ticket/index.ts'
import { growNurseryUnderLoad, tuneHeap } from '../../src/cli/heap.ts'
import { formatLink } from '../../src/link/index.ts'
import { quietLogger } from '../../src/node/quiet-logger.ts'
import { transport } from '../../src/node/transport.ts'

/** Bytes: as many as certificate, manifest, ticket, revocation list and secrets of a small server */
const ANSWER_LENGTH = 1_200

tuneHeap()
const message = TicketResponse.encode({
  status: TicketStatus.TICKET_OK,
  reason: '',
  retryAfter: 0,
  certificate: new Uint8Array(0),
  manifest: randomBytes(ANSWER_LENGTH),
  ticket: new Uint8Array(0),
  revocations: new Uint8Array(0),
  hints: []
})
const answer = concat([encode(message.byteLength), message])
const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  logger: quietLogger(),
  ...transport(),
  connectionManager: { maxConnections: 1_024, inboundConnectionThreshold: 1_024, maxIncomingPendingConnections: 1_024 }
})
await node.handle(TICKET_PROTOCOL, stream => {
  // requests of this benchmark come in one piece
  stream.addEventListener('message', () => {
    stream.send(answer)
    void stream.close()
  }, { once: true })
})
process.on('SIGINT', () => { void node.stop() })
console.log(JSON.stringify({
  name: 'bare',
  link: formatLink({
    server: node.peerId,
    fingerprint: randomBytes(32),
    object: CID.createV1(raw.code, await sha256.digest(answer)),
    addresses: node.getMultiaddrs(),
    name: 'bare'
  })
}))
growNurseryUnderLoad()
