import { MAX_CLAIMS } from '../../protocols/ack/index.ts'
import { decodeBlocks, encodeBlocks, IndexChain, signer } from '../../src/exchange/index.ts'
import { acknowledge, claimOf, invented } from './forged-sessions.ts'
import { componentsOf } from './insides.ts'
import { perRun } from './per-run.ts'
import type { Claim, ClaimConversation, SessionEvidence } from '../../protocols/ack/index.ts'
import type { Signer } from '../../src/exchange/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'
import type { Libp2p } from '@libp2p/interface'

/** What became of the claims of all inflaters of a run that are not true. */
export interface Lies {
  /** In which way, and how often */
  told: Map<string, number>
  /** Those that the server believed: it should be none */
  believed: string[]
}

/** A provider that lies, and the object that it lies about. */
interface Liar {
  signer: Signer
  /** PeerId multihash */
  provider: Uint8Array
  blockCount: number
}

/** How what two have signed becomes more: which changes, and nobody but the liar signs. */
const WAYS: Record<string, (session: SessionEvidence, blocks: Uint32Array, liar: Liar) => SessionEvidence> = {
  'more blocks than were acknowledged': (session, blocks, { blockCount }) => counted(session, [...blocks, unlisted(blocks, blockCount)]),

  'each block twice': (session, blocks) => counted(session, [...blocks, ...blocks]),

  'other blocks than were acknowledged': (session, blocks, { blockCount }) => ({ ...session, blocks: encodeBlocks(shifted(blocks, blockCount)) }),

  'other blocks, and their chain': (session, blocks, { blockCount }) => {
    const others = shifted(blocks, blockCount)
    const chain = new IndexChain(session.acknowledgement.session)
    chain.extend(others)

    return { ...session, blocks: encodeBlocks(others), acknowledgement: { ...session.acknowledgement, indices: chain.value } }
  },

  'all blocks, signed in the recipient\'s name': ({ acknowledgement: { session: id }, ...session }, _, { blockCount, signer }) => {
    const all = Uint32Array.from({ length: blockCount }, (_, index) => index)
    const hashes = Uint8Array.from(Array.from(all, index => [...invented(index)]).flat())

    return { ...session, blocks: encodeBlocks(all), acknowledgement: acknowledge(signer, id, all, hashes) }
  }
}

const pool = perRun(() => ({ lies: { told: new Map<string, number>(), believed: [] as string[] }, claims: new Map<string, Claim[]>() }))

/** What inflaters have told so far. */
export function liesOf (swarm: RunningSwarm): Lies {
  return pool(swarm).lies
}

/**
 * Serves as it should, and claims more than it has served: before each true claim come false ones made of it, and claims of other inflaters, who lend them; after
 * the verdict it claims again.
 */
export const claimInflater: Behaviour = {
  name: 'claim-inflater',
  summary: 'serves honestly, and claims more than was acknowledged, claims of others, and everything twice',
  seams: ({ name, swarm }) => ({
    claims: honest => ({
      openClaims: async (server, options) => {
        const conversation = await honest.openClaims(server, options)
        const liar = swarm.clients.get(name)

        return liar == null ? conversation : inflating(conversation, liar, swarm)
      }
    })
  })
}

function inflating (conversation: ClaimConversation, { name, node }: SwarmNode, swarm: RunningSwarm): ClaimConversation {
  const { lies, claims: known } = pool(swarm)
  const liar = liarOf(node, swarm)

  return {
    claim: async (ticket, claims, options) => {
      const borrowed = [...known].filter(([owner]) => owner !== name).flatMap(([, claims]) => claims)
      known.set(name, claims)

      for (const [way, batch] of batches([...ofOwn(claims, liar), ...ofOthers(borrowed, liar)])) {
        const { verdicts } = await conversation.claim(ticket, batch, options)
        lies.told.set(way, (lies.told.get(way) ?? 0) + batch.length)
        lies.believed.push(...verdicts.filter(({ credited, amount }) => credited > 0 || amount > 0).map(({ outcome, reason }) => `${way}: ${outcome} ${reason}`))
      }

      // twice in one message where there is room, and once more when it was paid
      const answer = await conversation.claim(ticket, claims, options)
      await conversation.claim(ticket, [...claims, ...claims].slice(0, MAX_CLAIMS), options)

      return answer
    },
    audit: async (session, hashes, options) => conversation.audit(session, hashes, options),
    close: async () => conversation.close()
  }
}

function liarOf (node: Libp2p<any>, { object }: RunningSwarm): Liar {
  return { signer: signer(componentsOf(node).privateKey), provider: node.peerId.toMultihash().bytes, blockCount: object.blockCount }
}

function * ofOwn (claims: Claim[], liar: Liar): Generator<[way: string, lie: Claim]> {
  for (const { session } of claims) {
    const blocks = decodeBlocks(session.blocks, session.acknowledgement.count, liar.blockCount)

    for (const [way, change] of Object.entries(WAYS)) {
      yield [way, claimOf(liar, { session: change(session, blocks, liar) })]
    }
  }
}

function * ofOthers (claims: Claim[], liar: Liar): Generator<[way: string, lie: Claim]> {
  for (const claim of claims) {
    yield ['a session of somebody else', claim]
    yield ['a session of somebody else, with its own name in it', claimOf(liar, { session: { ...claim.session, provider: liar.provider } })]
  }
}

/** As many of one kind in a message as fit. */
function * batches (lies: Array<[way: string, lie: Claim]>): Generator<[way: string, batch: Claim[]]> {
  for (const [way, claims] of Object.entries(Object.groupBy(lies, ([way]) => way))) {
    for (let at = 0; at < (claims ?? []).length; at += MAX_CLAIMS) {
      yield [way, (claims ?? []).slice(at, at + MAX_CLAIMS).map(([, claim]) => claim)]
    }
  }
}

function counted (session: SessionEvidence, blocks: number[]): SessionEvidence {
  return { ...session, blocks: encodeBlocks(Uint32Array.from(blocks)), acknowledgement: { ...session.acknowledgement, count: blocks.length } }
}

/** Each block is another one, in another place than it was. */
function shifted (blocks: Uint32Array, blockCount: number): Uint32Array {
  return blocks.map(index => (index + 1) % blockCount)
}

function unlisted (blocks: Uint32Array, blockCount: number): number {
  const listed = new Set(blocks)

  for (let index = 0; index < blockCount; index++) {
    if (!listed.has(index)) {
      return index
    }
  }

  return blocks[0]
}
