import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { impostorsOf } from '../behaviours/impersonator.ts'
import { LINKS } from '../network/index.ts'
import { allHaveIt, isHonest, until } from './endings.ts'
import { mixedCrowd, sides } from './mixed-crowd.ts'
import { everybodyFinishes } from './plans.ts'
import type { Impostor } from '../behaviours/impersonator.ts'
import type { Finding } from '../harness/outcome.ts'
import type { RunningSwarm, SwarmNode } from '../harness/running-swarm.ts'
import type { Scenario } from '../harness/scenario.ts'

/** Clients that have heard of the server from an impostor only. */
const STRANGERS = 2

/**
 * Some pretend to be the server. Who knows the true one is not taken in, and has evidence; who knows none gets the object of whoever gave it the link, the same for all, and never that of one under the name of the other.
 */
export const impersonation: Scenario = {
  name: 'impersonation',
  title: 'An impersonated server',
  summary: 'Some pretend to be the server, in the swarm and with false links: same name, same file, a certificate that says the same, another key.',
  // who is at the other end is what this is about
  defaults: { peers: 16, size: 16 * 2 ** 20, part: 0.15, composition: { channel: 'noise' } },
  plan: init => mixedCrowd(init, 'impersonator'),
  act: async swarm => {
    const { peers } = swarm.plan
    const conflicts = new Map<string, string[]>()
    const count = peers.filter(peer => !isHonest(peer)).length

    for (const { name } of peers.filter(isHonest)) {
      void swarm.client(name).then(({ node }) => {
        node.services.mssl.addEventListener('server:conflict', ({ detail: { evidence } }) => {
          conflicts.set(name, [...conflicts.get(name) ?? [], evidence])
        })
      }, () => {})
    }

    const clients = await allHaveIt(peers.filter(isHonest), swarm)
    await until(() => impostorsOf(swarm).size === count, swarm)
    const impostors = [...impostorsOf(swarm).values()]

    return [
      await metInTheSwarm(conflicts),
      await refuseFalseLinks(clients, impostors),
      ...await areTheSameForStrangers(impostors, swarm)
    ]
  },
  cheaters: outcome => ({ count: sides(outcome).cheaters.length, gained: 0, allowed: 0, honestLost: 0, unit: 'bytes' }),
  check: outcome => everybodyFinishes(outcome)
}

/** Those who met an impostor among the providers have two certificates that contradict each other. */
async function metInTheSwarm (conflicts: Map<string, string[]>): Promise<Finding> {
  const files = [...new Set([...conflicts.values()].flat())]
  const proofs = await Promise.all(files.map(isProof))

  return {
    what: 'clients that meet an impostor in the swarm report it, with evidence',
    holds: files.length > 0 && proofs.every(Boolean),
    found: `${conflicts.size} clients, ${proofs.filter(Boolean).length} of ${files.length} files hold two certificates`,
    allowed: 'some, and all'
  }
}

/** A link that names the true server's key, and leads to an impostor. */
async function refuseFalseLinks (clients: SwarmNode[], impostors: Impostor[]): Promise<Finding> {
  const answers = await Promise.all(clients.flatMap(client => impostors.map(async ({ copiedLink }) => errorOf(client, copiedLink))))
  const refusals = await Promise.all(answers.map(async err => err?.name === 'ServerChangedError' && err.evidence != null && isProof(err.evidence)))

  return {
    what: 'clients that know the server refuse a false link, with evidence',
    holds: refusals.length > 0 && refusals.every(Boolean),
    found: [`${refusals.filter(Boolean).length} of ${refusals.length}`, ...answers.filter((_, at) => !refusals[at]).slice(0, 3).map(err => err?.message ?? 'got it')].join('; '),
    allowed: 'all'
  }
}

/** Who never heard of the true server gets, by an impostor's link, the impostor's object, and all of them the same one. */
async function areTheSameForStrangers (impostors: Impostor[], swarm: RunningSwarm): Promise<Finding[]> {
  const [{ link, copiedLink, path }] = impostors
  const own = await readFile(path)
  const source = await readFile(swarm.source)
  let same = 0
  let refused = 0
  let true_ = 0

  for (let n = 1; n <= STRANGERS; n++) {
    const stranger = await swarm.add(`stranger-${n}`, LINKS.fibre)
    const { mssl } = stranger.node.services
    refused += (await errorOf(stranger, copiedLink))?.name === 'ServerChangedError' ? 1 : 0
    const { path: false_ } = await mssl.get(link, { to: join(stranger.folder, 'false'), signal: swarm.signal })
    same += own.equals(await readFile(false_)) ? 1 : 0
    const { path: found } = await mssl.get(swarm.object.link, { to: join(stranger.folder, 'true'), signal: swarm.signal })
    true_ += source.equals(await readFile(found)) ? 1 : 0
  }

  return [
    { what: 'strangers by an impostor\'s link get the impostor\'s object, all the same', holds: same === STRANGERS, found: `${same}`, allowed: `${STRANGERS}` },
    { what: 'strangers by the true link that leads to an impostor get nothing', holds: refused === STRANGERS, found: `${refused}`, allowed: `${STRANGERS}` },
    { what: 'strangers by the true link get the true object, whomever they met before', holds: true_ === STRANGERS, found: `${true_}`, allowed: `${STRANGERS}` }
  ]
}

async function errorOf ({ node, folder }: SwarmNode, link: string): Promise<Error & { evidence?: string } | undefined> {
  return node.services.mssl.get(link, { to: join(folder, 'by-false-link') }).then(() => undefined, err => err)
}

/** Two certificates of one name, by different keys. */
async function isProof (file: string): Promise<boolean> {
  const { expected, shown } = JSON.parse(await readFile(file, 'utf8'))

  return expected.certificate !== shown.certificate && expected.fingerprint !== shown.fingerprint
}
