/**
 * Sessions of mode proof or purchase as two parties write them down by themselves, true or not, and what a server says of them.
 */
import { createHash } from 'node:crypto'
import { concat } from 'uint8arrays/concat'
import { AckService } from '../../protocols/ack/index.ts'
import { BlockKeys, encodeBlocks, entryChain, IndexChain, sessionId, signer } from '../../src/exchange/index.ts'
import { sealedHash } from '../../src/judge/index.ts'
import { componentsOf } from './insides.ts'
import type { Acknowledgement, Claim, SessionEvidence, Verdict } from '../../protocols/ack/index.ts'
import type { StoredGrant } from '../../src/client/grants.ts'
import type { Signer } from '../../src/exchange/index.ts'
import type { Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Who takes part in sessions of one object. */
export interface Party {
  peerId: PeerId
  signer: Signer
  /** Signed envelope */
  ticket: Uint8Array
  escrowSecret: Uint8Array
}

export interface Session {
  session: SessionEvidence
  indices: Uint32Array
  /** Of the ciphertexts, 32 bytes each */
  hashes: Uint8Array
}

export interface SessionInit {
  provider: Party
  recipient: Party
  indices: ArrayLike<number>
  /** Two sessions of the same parties differ by this. */
  name?: string | number
  /** SHA-256 of what was sent, or is said to have been sent, at a position */
  hash?(position: number, index: number, key: Uint8Array): Uint8Array
}

/** A node, with what its home has of an object of mode proof or purchase. */
export function partyOf (node: Libp2p<any>, { ticket, escrowSecret }: Pick<StoredGrant, 'ticket' | 'escrowSecret'>): Party {
  return { peerId: node.peerId, signer: signer(componentsOf(node).privateKey), ticket, escrowSecret: escrowSecret as Uint8Array }
}

/** Hashes of what was never sent. */
export function invented (position: number): Uint8Array {
  return createHash('sha256').update(`nothing ${position}`).digest()
}

/** Hashes of what has to be sent, for who has the object; its published form are the bytes as they are. */
export function honest (bytes: Uint8Array, blockSize: number): NonNullable<SessionInit['hash']> {
  return (_, index, key) => sealedHash(key, bytes.subarray(index * blockSize, (index + 1) * blockSize))
}

/** A session that both parties have signed. */
export function sessionOf ({ provider, recipient, indices, name = '', hash = invented }: SessionInit): Session {
  const terms = {
    ticket: recipient.ticket,
    provider: provider.peerId.toMultihash().bytes,
    recipientNonce: createHash('sha256').update(`recipient ${name}`).digest(),
    providerNonce: createHash('sha256').update(`provider ${name}`).digest()
  }
  const id = sessionId({ ...terms, recipient: recipient.peerId.toMultihash().bytes })
  const keys = new BlockKeys(provider.escrowSecret, id)
  const list = Uint32Array.from(indices)
  const hashes = concat(Array.from(list, (index, at) => hash(at + 1, index, keys.key(at + 1, index))))
  const acknowledgement = acknowledge(recipient.signer, id, list, hashes)
  const { recipientNonce, providerNonce, ticket, provider: who } = terms

  return { session: { ticket, provider: who, recipientNonce, providerNonce, acknowledgement, blocks: encodeBlocks(list) }, indices: list, hashes }
}

/** What a recipient signs of these blocks. */
export function acknowledge (signs: Signer, session: Uint8Array, indices: Uint32Array, hashes: Uint8Array): Acknowledgement {
  const chain = new IndexChain(session)
  chain.extend(indices)

  return signs.acknowledge({ session, count: indices.length, indices: chain.value, entries: entryChain(session, indices, hashes) })
}

/** What a provider says that it is to be credited for. */
export function claimOf ({ signer }: Pick<Party, 'signer'>, { session }: Pick<Session, 'session'>): Claim {
  const { signature, ...state } = session.acknowledgement

  return { session, signature: signer.claim(state) }
}

/** Presents claims as a node, and the entries that the server asks for. */
export async function submit (node: Libp2p<any>, server: { getMultiaddrs (): Multiaddr[] }, ticket: Uint8Array, claims: Claim[], hashes?: Uint8Array): Promise<Verdict[]> {
  const conversation = await acksOf(node).openClaims(server.getMultiaddrs())

  try {
    const { verdicts } = await conversation.claim(ticket, claims)

    for (const [at, { outcome }] of verdicts.entries()) {
      if (outcome === 'audit' && hashes != null) {
        [verdicts[at]] = (await conversation.audit(claims[at].session.acknowledgement.session, hashes)).verdicts
      }
    }

    return verdicts
  } finally {
    await conversation.close()
  }
}

/** Asks as a node does. */
export function acksOf (node: Libp2p<any>): AckService {
  return new AckService(componentsOf(node))
}
