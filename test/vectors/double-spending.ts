/** What proves that a coin was spent twice, and what does not: part of protocols/ack/vectors.json. */
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { toString } from 'uint8arrays/to-string'
import { encodeEvidence } from '../../protocols/ack/messages.ts'
import { encodeBlocks, extendEntries, IndexChain, sessionId, signer } from '../../src/exchange/index.ts'
import { Mode, sha256 } from '../../src/object/index.ts'
import { signTicket } from '../../src/ticket/index.ts'
import { HOUR, key, NOW, object, peer } from '../ticket/fixtures.ts'
import type { SessionEvidence } from '../../protocols/ack/index.ts'
import type { Ticket } from '../../src/ticket/index.ts'

export interface DoubleSpendingVectors {
  /** Whether `block` was spent in both sessions, each an encoded `Session` */
  doubleSpending: {
    /** PublicKey of the server's issuer, PeerId of its node */
    issuer: string
    server: string
    cases: Array<{ name: string, proven: boolean, block: number, first: string, second: string }>
  }
}

/** Seeds of keys; that of the issuer is 1. */
const SERVER = 2
const CLIENT = 3
const ALICE = 4
const BOB = 5
const STRANGER = 6

const hex = (bytes: Uint8Array): string => toString(bytes, 'base16')

interface Spending {
  provider?: number
  blocks?: number[]
  ticket?: Partial<Ticket>
  signedBy?: number
  change?(evidence: SessionEvidence): void
}

async function session ({ provider = ALICE, blocks = [5, 3, 8], ticket: fields = {}, signedBy = CLIENT, change = () => {} }: Spending): Promise<string> {
  const ticket = await signTicket({
    serial: new Uint8Array(16).fill(7),
    client: await peer(CLIENT),
    object: object(9),
    mode: Mode.PURCHASE,
    notBefore: NOW,
    notAfter: NOW + HOUR,
    book: { fee: 500, bond: 1_000, redeemUntil: NOW + 169 * HOUR },
    ...fields
  }, await key(1))
  const terms = {
    ticket,
    provider: (await peer(provider)).toMultihash().bytes,
    recipientNonce: new Uint8Array(32).fill(10 + provider),
    providerNonce: new Uint8Array(32).fill(20 + provider)
  }
  const id = sessionId({ ...terms, recipient: (await peer(CLIENT)).toMultihash().bytes })
  const chain = new IndexChain(id)
  chain.extend(blocks)
  const entries = blocks.reduce((entries, index) => extendEntries(entries, index, sha256(Uint8Array.of(provider, index))), id)
  const evidence = {
    ...terms,
    acknowledgement: signer(await key(signedBy)).acknowledge({ session: id, count: blocks.length, indices: chain.value, entries }),
    blocks: encodeBlocks(blocks)
  }
  change(evidence)

  return hex(encodeEvidence(evidence))
}

export async function doubleSpendingVectors (): Promise<DoubleSpendingVectors> {
  const second: Spending = { provider: BOB, blocks: [8] }
  const cases: Array<[name: string, proven: boolean, first: Spending, second: Spending]> = [
    ['one coin with two providers', true, {}, second],
    ['by two tickets of one book', true, {}, { ...second, ticket: { notBefore: NOW + 1, notAfter: NOW + 2 * HOUR, range: { first: 0, count: 9 } } }],
    ['with the same provider', false, {}, { blocks: [8] }],
    ['with the server', false, {}, { provider: SERVER, blocks: [8] }],
    ['with the server first', false, { provider: SERVER }, second],
    ['another coin', false, {}, { provider: BOB, blocks: [7, 9] }],
    ['a coin of another book', false, {}, { ...second, ticket: { serial: new Uint8Array(16).fill(8) } }],
    ['a coin for another object', false, {}, { ...second, ticket: { object: object(8) } }],
    ['tickets of mode proof', false, { ticket: { mode: Mode.PROOF, standing: 1, book: undefined } }, { ...second, ticket: { mode: Mode.PROOF, standing: 1, book: undefined } }],
    ['signed by somebody else', false, {}, { ...second, signedBy: STRANGER }],
    ['a list that was not acknowledged', false, {}, { provider: BOB, blocks: [7], change: evidence => { evidence.blocks = encodeBlocks([8]) } }],
    ['a session of somebody else', false, {}, { ...second, change: evidence => { evidence.providerNonce = new Uint8Array(32) } }]
  ]

  return {
    doubleSpending: {
      issuer: hex(publicKeyToProtobuf((await key(1)).publicKey)),
      server: hex((await peer(SERVER)).toMultihash().bytes),
      cases: await Promise.all(cases.map(async ([name, proven, first, second]) => ({ name, proven, block: 8, first: await session(first), second: await session(second) })))
    }
  }
}
