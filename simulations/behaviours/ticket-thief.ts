import { setTimeout as sleep } from 'node:timers/promises'
import { Pins } from '../../src/client/index.ts'
import { Geometry, siblingCount } from '../../src/object/index.ts'
import { withHome } from './insides.ts'
import { perRun } from './per-run.ts'
import { grantOnceThere } from './unserved.ts'
import type { Blocks, BlockSink, Open, RecipientShape, SessionHandler } from '../../protocols/block/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'

/** Milliseconds for which it takes what comes, where it was let in. */
const PATIENCE = 3_000

/** Milliseconds between two looks whether a client has begun. */
const LOOK = 100

const HASH_LENGTH = 32
const NONCE_LENGTH = 32

/** What all thieves of a run have got with tickets of others. */
export interface Loot {
  /** Openings with a ticket of somebody else, at the server and at clients */
  tried: number
  /** Those that were let in */
  admitted: number
  /** Of blocks, sealed or not */
  bytes: number
  /** How those that were not let in were answered, and how often */
  answers: Map<string, number>
}

/** How each thief's node asks for blocks. */
const asksOf = perRun(() => new Map<string, Pick<Blocks, 'openSession'>>())

/** What thieves have got so far. */
export const lootOf = perRun((): Loot => ({ tried: 0, admitted: 0, bytes: 0, answers: new Map() }))

/**
 * May not have the object, and has a copy of everything that an honest client was given for it: ticket, object key, swarm secret, manifest, certificate; all but its identity. It
 * shows the ticket to the server and to every client that serves.
 */
export const ticketThief: Behaviour = {
  name: 'ticket-thief',
  summary: 'shows a copy of another client\'s ticket to the server and to every client',
  seams: ({ name, swarm }) => ({
    blocks: honest => {
      asksOf(swarm).set(name, honest)

      return honest
    }
  }),
  act: async (thief, swarm) => {
    const { peers } = swarm.plan
    const honest = peers.filter(({ behaviour }) => behaviour == null).map(({ name }) => name)
    const thieves = peers.filter(({ behaviour }) => behaviour === 'ticket-thief').map(({ name }) => name)
    const victim = await swarm.client(honest[thieves.indexOf(thief.name) % honest.length])
    const stolen = await steal(victim, swarm)

    await breakIn(thief, swarm.server, stolen, swarm)

    for (const name of honest.filter(name => name !== victim.name)) {
      const client = await swarm.client(name)
      await untilItServes(client, swarm)
      await breakIn(thief, client, stolen, swarm)
    }
  }
}

/** What the victim opens its sessions with. */
async function steal (victim: SwarmNode, swarm: RunningSwarm): Promise<Open> {
  const { id, ticket, issuer } = await grantOnceThere(victim, swarm)
  const certificate = await withHome(victim, async home => (await Pins.open(home)).trusted(issuer))

  if (certificate == null) {
    throw new Error(`${victim.name} knows no certificate of its server`)
  }

  return {
    object: id.bytes,
    certificate: certificate.envelope,
    ticket,
    have: new Uint8Array(0),
    nonce: swarm.composition.mode === 'plain' ? undefined : crypto.getRandomValues(new Uint8Array(NONCE_LENGTH))
  }
}

/** Before, it does not know the object, whoever asks. */
async function untilItServes ({ node }: SwarmNode, { object, signal }: RunningSwarm): Promise<void> {
  while (!node.services.mssl.list().some(({ id, provided }) => provided && id.equals(object.id))) {
    await sleep(LOOK, undefined, { signal })
  }
}

/** Asks a node for all blocks, and takes what comes. */
async function breakIn ({ name }: SwarmNode, { node }: SwarmNode, open: Open, swarm: RunningSwarm): Promise<void> {
  const loot = lootOf(swarm)
  const bag = new Bag(swarm)

  try {
    const session = await asksOf(swarm).get(name)?.openSession(node.getMultiaddrs(), open, bag, { signal: swarm.signal })
    loot.admitted++
    session?.request(Array.from({ length: bag.shape.blockCount }, (_, index) => ({ index, levels: 0 })))
    await Promise.race([bag.over.promise, sleep(PATIENCE, undefined, { signal: swarm.signal })])
    await session?.close()
  } catch (err: any) {
    const answer = err.status ?? err.name
    loot.answers.set(answer, (loot.answers.get(answer) ?? 0) + 1)
  } finally {
    loot.bytes += bag.bytes
    loot.tried++
  }
}

/** Takes every byte of a block, whatever it is. */
class Bag implements SessionHandler {
  readonly shape: RecipientShape
  readonly exchange: boolean
  readonly over = Promise.withResolvers<void>()
  bytes = 0

  constructor ({ object: { size, blockSize }, composition: { mode } }: RunningSwarm) {
    const geometry = new Geometry(size, blockSize)
    const { blockCount } = geometry
    this.exchange = mode !== 'plain'
    this.shape = {
      blockCount,
      hashLength: HASH_LENGTH,
      blockLength: index => geometry.blockLength(index),
      siblingCount: (index, levels) => siblingCount(blockCount, index, levels)
    }
  }

  begin (): BlockSink {
    return {
      chunk: ({ byteLength }) => { this.bytes += byteLength },
      end: () => {},
      abort: () => {}
    }
  }

  have (): void {}

  refused (): void {}

  superBlock (): void {}

  closed (): void {
    this.over.resolve()
  }
}
