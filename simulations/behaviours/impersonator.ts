import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RefusedError, BlockStatus } from '../../protocols/block/index.ts'
import { formatLink, parseLink } from '../../src/link/index.ts'
import { createCertificate } from '../../src/ticket/index.ts'
import { withHome } from './insides.ts'
import { perRun } from './per-run.ts'
import { variantOf } from './variant.ts'
import type { Provision } from '../../protocols/block/index.ts'
import type { Behaviour } from '../harness/behaviour.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'

const HOUR = 3_600_000

/** Bytes of its own file, as a part of the true one: it is another one in any case. */
const SIZE = 0.25

/** One that pretends to be the server. */
export interface Impostor {
  name: string
  /** Of its own object, which it has given the name of the true one */
  link: string
  /** The true link, with its own identity and address */
  copiedLink: string
  /** Its own object, on disk */
  path: string
}

const known = perRun(() => new Map<string, Impostor & { certificate: Uint8Array }>())

/** Those that have set themselves up so far. */
export function impostorsOf (swarm: RunningSwarm): ReadonlyMap<string, Impostor> {
  return known(swarm)
}

/**
 * A client that pretends to be the server as well: it has a key of its own, a certificate by that key with everything that the true one says, an object of the same name, and links to it. Whoever
 * asks it for blocks of the true object is shown its certificate: half of them as the newer one, half of them as the reason to refuse.
 */
export const impersonator: Behaviour = {
  name: 'impersonator',
  summary: 'pretends to be the server: same name, same file, a certificate that says the same, by another key',
  seams: ({ name, swarm }) => ({
    provision: honest => posing(honest, name, swarm)
  }),
  act: async (node, swarm) => {
    known(swarm).set(node.name, await setUp(node, swarm))
  }
}

async function setUp (impostor: SwarmNode, { server, object, random }: RunningSwarm): Promise<Impostor & { certificate: Uint8Array }> {
  const { node, folder, name } = impostor
  const path = join(folder, basename(object.path))
  await writeFile(path, Uint8Array.from({ length: Math.ceil(SIZE * object.size) }, () => random.integer(256)))
  const { link } = await node.services.mssl.publish(path, { name: object.name, blockSize: object.blockSize })
  const key = await withHome(impostor, async home => home.privateKey('issuer'))
  const now = Date.now()
  const certificate = await createCertificate({
    name: server.name,
    nodes: [server.node.peerId, node.peerId],
    addresses: server.node.getMultiaddrs(),
    // what is newer is believed, as long as the same key, or one that it handed over to, says it
    notBefore: now,
    notAfter: now + HOUR
  }, key)

  return { name, link, copiedLink: formatLink({ ...parseLink(object.link), server: node.peerId, addresses: node.getMultiaddrs() }), path, certificate }
}

function posing (honest: Provision, name: string, swarm: RunningSwarm): Provision {
  const refuses = variantOf(name, swarm, 2) === 1

  return {
    admit: async (open, recipient, options) => {
      const certificate = known(swarm).get(name)?.certificate

      if (certificate == null) {
        return honest.admit(open, recipient, options)
      }

      if (refuses) {
        throw new RefusedError(BlockStatus.BLOCK_SERVER_CONFLICT, 'the certificates of the server differ', certificate)
      }

      return Object.assign(await honest.admit(open, recipient, options), { certificate })
    }
  }
}
