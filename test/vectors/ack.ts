/**
 * Makes protocols/ack/vectors.json: what a second implementation of /mssl/ack/1.0.0 can be checked with. Keys and nonces are
 * fixed, Ed25519 signatures are deterministic: the file changes only when the format does.
 */
import { writeFile } from 'node:fs/promises'
import { encode as encodeVarint } from 'uint8-varint'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { AckRefusedError, AckStatus } from '../../protocols/ack/index.ts'
import { encodeKeys, encodeRefusal, encodeRequest, encodeRuling, encodeVerdicts } from '../../protocols/ack/messages.ts'
import { BlockKeys, blockSeal, encodeBlocks, escrowSecret, extendEntries, IndexChain, sessionId, signer } from '../../src/exchange/index.ts'
import { ticketSerial } from '../../src/exchange/ticket-serial.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { key, NOW, object, peer } from '../ticket/fixtures.ts'
import { doubleSpendingVectors } from './double-spending.ts'
import { redemptionVectors } from './redemption.ts'
import type { DoubleSpendingVectors } from './double-spending.ts'
import type { RedemptionVectors } from './redemption.ts'
import type { Request } from '../../protocols/ack/messages.ts'

/** All bytes are in hexadecimal. */
export interface AckVectors extends RedemptionVectors, DoubleSpendingVectors {
  escrow: { root: string, provider: string, secret: string }
  serials: Array<{ root: string, client: string, object: string, notBefore: number, serial: string }>
  session: { ticket: string, provider: string, recipient: string, recipientNonce: string, providerNonce: string, session: string }
  /** In the order of the session, with what the chains say after each */
  blocks: Array<{ position: number, index: number, key: string, published: string, sealed: string, hash: string, indices: string, entries: string }>
  lists: Array<{ indices: number[], blockCount: number, encoded: string }>
  invalidLists: Array<{ reason: string, count: number, blockCount: number, encoded: string }>
  /** Of the whole session above */
  signatures: { recipientSeed: string, providerSeed: string, acknowledgement: string, claim: string }
  wire: Array<{ name: string, message: unknown, encoded: string }>
}

/** Of a session: out of order, one index twice, the largest there can be */
const INDICES = [0, 1, 5, 2, 2, 2 ** 20 - 1, 3]
const RECIPIENT_SEED = 3
const PROVIDER_SEED = 4

const hex = (bytes: Uint8Array): string => toString(bytes, 'base16')
const counting = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (from + i) % 256)

export async function ackVectors (): Promise<AckVectors> {
  const root = counting(32, 100)
  const provider = (await peer(PROVIDER_SEED)).toMultihash().bytes
  const recipient = (await peer(RECIPIENT_SEED)).toMultihash().bytes
  const secret = escrowSecret(root, provider)
  const terms = { ticket: counting(60, 7), provider, recipient, recipientNonce: counting(32, 1), providerNonce: counting(32, 50) }
  const session = sessionId(terms)
  const keys = new BlockKeys(secret, session)
  const chain = new IndexChain(session)
  let entries = session

  const blocks = INDICES.map((index, at) => {
    const position = at + 1
    const published = counting(position * 7, index)
    const blockKey = keys.key(position, index)
    const sealed = blockSeal(blockKey).update(published)
    const hash = sha256(sealed)
    chain.extend([index])
    entries = extendEntries(entries, index, hash)

    return { position, index, key: blockKey, published, sealed, hash, indices: chain.value, entries }
  })
  const state = { session, count: INDICES.length, indices: chain.value, entries }
  const acknowledgement = signer(await key(RECIPIENT_SEED)).acknowledge(state)
  const claim = signer(await key(PROVIDER_SEED)).claim(state)
  const { ticket, recipientNonce, providerNonce } = terms
  const evidence = { ticket, provider, recipientNonce, providerNonce, acknowledgement, blocks: encodeBlocks(INDICES) }
  const lists = [[0], [0, 1, 2, 3], [63, 0, 64, 0, 8_191, 0, 8_192], INDICES, [2 ** 20 - 1, 0, 2 ** 20 - 1]]

  const messages: Array<[string, unknown, Uint8Array]> = [
    ...requests([
      ['acknowledgement', { acknowledgement }],
      ['recovery of the keys from position 3 on', { recovery: { session: evidence, first: 3, before: blocks[1].entries, hashes: concat(blocks.slice(2).map(({ hash }) => hash)) } }],
      ['complaint about position 6', { complaint: { session: evidence, position: 6, before: blocks[4].entries, hashes: concat([blocks[5].hash, blocks[6].hash]) } }],
      ['claim of one session', { claims: { ticket: counting(60, 9), claims: [{ session: evidence, signature: claim }] } }],
      ['entries', { entries: { session, hashes: concat(blocks.map(({ hash }) => hash)) } }]
    ]),
    ...([
      ['keys of positions 6 and 7', 'keys', { first: 6, keys: concat([blocks[5].key, blocks[6].key]), window: 8 }, encodeKeys],
      ['ruling: the ciphertext was right', 'ruling', { key: blocks[5].key, path: counting(64) }, encodeRuling],
      ['ruling: the ciphertext was false', 'ruling', { block: blocks[5].published, path: counting(64) }, encodeRuling]
    ] as const).map(([name, kind, answer, encode]): [string, unknown, Uint8Array] => [name, { [kind]: answer }, (encode as (answer: unknown) => Uint8Array)(answer)]),
    ['keys: refused', { keys: { status: 'ACK_BUSY', reason: 'please wait', retryAfter: 1500 } }, encodeRefusal('recovery', new AckRefusedError(AckStatus.ACK_BUSY, 'please wait', 1500))],
    ['verdicts: settled, and one to be audited', {
      verdicts: { verdicts: [{ status: 'CLAIM_SETTLED', reason: '', credited: 7, amount: 700 }, { status: 'CLAIM_AUDIT', reason: 'marked', credited: 0, amount: 0 }], balance: 5_000_000_000, standing: 12 }
    }, encodeVerdicts({
      verdicts: [{ outcome: 'settled', reason: '', credited: 7, amount: 700 }, { outcome: 'audit', reason: 'marked', credited: 0, amount: 0 }], balance: 5_000_000_000, standing: 12
    })]
  ]

  return {
    escrow: { root: hex(root), provider: hex(provider), secret: hex(secret) },
    serials: await Promise.all([NOW, NOW + 30 * 24 * 3_600_000].map(async notBefore => ({
      root: hex(root), client: hex(recipient), object: hex(object(9).bytes), notBefore, serial: hex(ticketSerial(root, await peer(RECIPIENT_SEED), object(9), notBefore))
    }))),
    session: {
      ticket: hex(ticket), provider: hex(provider), recipient: hex(recipient), recipientNonce: hex(recipientNonce), providerNonce: hex(providerNonce), session: hex(session)
    },
    blocks: blocks.map(block => readable(block) as AckVectors['blocks'][number]),
    lists: lists.map(indices => ({ indices, blockCount: 2 ** 20, encoded: hex(encodeBlocks(indices)) })),
    invalidLists: [
      { reason: 'one index too few', count: 2, blockCount: 9, encoded: '00' },
      { reason: 'one index too many', count: 1, blockCount: 9, encoded: '0000' },
      { reason: 'not in its shortest form', count: 1, blockCount: 9, encoded: '8000' },
      { reason: 'below zero', count: 2, blockCount: 9, encoded: '0001' },
      { reason: 'a block that the object does not have', count: 1, blockCount: 9, encoded: '12' },
      { reason: 'it ends within a number', count: 1, blockCount: 9, encoded: '80' }
    ],
    signatures: {
      recipientSeed: hex(new Uint8Array(32).fill(RECIPIENT_SEED)),
      providerSeed: hex(new Uint8Array(32).fill(PROVIDER_SEED)),
      acknowledgement: hex(acknowledgement.signature),
      claim: hex(claim)
    },
    wire: messages.map(([name, message, encoded]) => ({ name, message: readable(message), encoded: hex(concat([encodeVarint(encoded.byteLength), encoded])) })),
    ...await redemptionVectors(),
    ...await doubleSpendingVectors()
  }
}

function requests (list: Array<[string, Request]>): Array<[string, unknown, Uint8Array]> {
  return list.map(([name, request]) => [name, request, encodeRequest(request)])
}

/** With bytes in hexadecimal. A Buffer is JSON of its own before the replacer sees it. */
export function readable (message: unknown): unknown {
  return JSON.parse(JSON.stringify(message, function (this: Record<string, unknown>, name, value) {
    const original = this[name]

    return original instanceof Uint8Array ? hex(original) : value
  }))
}

/** Bytes of the vectors. */
export function bytesOf (text: string): Uint8Array {
  return fromString(text, 'base16')
}

if (import.meta.main) {
  await writeFile(new URL('../../protocols/ack/vectors.json', import.meta.url), `${JSON.stringify(await ackVectors(), null, 2)}\n`)
}
