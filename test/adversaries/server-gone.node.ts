import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { swarmKey } from '../../src/discovery/index.ts'
import { sha256 } from '../../src/object/hashes.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { corrupt, forgetProviders, grantOf, introduce } from './fixtures/hostile.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'

const RAW = 0x55
const SHA2_256 = 0x12

describe('adversaries: the server is gone', function () {
  this.timeout(40_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  async function found (node: StagedNode, key: CID): Promise<string[]> {
    const peers: string[] = []

    for await (const { id } of node.contentRouting.findProviders(key, { signal: AbortSignal.timeout(20_000) })) {
      peers.push(id.toString())
    }

    return peers
  }

  /** Until somebody finds the holder in the DHT: announcements take their time. */
  async function untilFound (node: StagedNode, key: CID, holder: StagedNode): Promise<void> {
    while (!(await found(node, key)).includes(holder.peerId.toString())) {
      await delay(100)
    }
  }

  it('and those who hold tickets finish among themselves, found through the DHT alone', async () => {
    const server = await stage.node()
    const { link, bytes } = await stage.publish(server, 60 * BLOCK)
    const [holder, late, ...others] = await stage.nodes(5)

    const before = await late.services.mssl.authorize(link)
    await Promise.all(others.map(async node => node.dial(server.getMultiaddrs())))
    await holder.services.mssl.get(link, { to: holder.folder })
    const key = swarmKey(await grantOf(late, link))
    await untilFound(others[0], key, holder)
    await late.stop()
    await server.stop()

    // what it knows now is its ticket, and the address of somebody who has nothing to do with the object
    const again = await stage.node({ home: late.home })
    await forgetProviders(again)
    await again.dial(others[0].getMultiaddrs())
    await untilFound(again, key, holder)
    expect(others[0].services.mssl.list()).to.be.empty()

    const { path, sources } = await again.services.mssl.get(link, { to: again.folder })
    expect(await readFile(path)).to.equalBytes(bytes)
    expect(sources.map(({ peer }) => peer.toString())).to.deep.equal([holder.peerId.toString()])
    expect(before.notAfter).to.be.above(Date.now())

    // who has no ticket is not helped by anybody
    const stranger = await stage.node()
    await stranger.dial(others[0].getMultiaddrs())
    await expect(stranger.services.mssl.get(link, { to: stranger.folder })).to.eventually.be.rejected.with.property('name', 'UnreachableError')
  })

  it('and what it gave to different clients makes a whole', async () => {
    const server = await stage.node({ policy: { kind: 'callback' }, authorize: () => ({ rate: 60 * BLOCK }) })
    const { link, bytes } = await stage.publish(server, 100 * BLOCK)
    const nodes = await stage.nodes(3)
    const among = new Set<number>()
    const everywhere = Promise.withResolvers<void>()
    await corrupt(server, link, {
      admission: admission => {
        const announced = admission.announced.bind(admission)
        admission.announced = ranges => {
          announced(ranges)
          ranges.forEach(({ first, count }) => { Array.from({ length: count }, (_, i) => among.add(first + i)) })

          if (among.size === 100) {
            everywhere.resolve()
          }
        }
      }
    })
    await Promise.all(nodes.map(async node => introduce(node, link, ...nodes.filter(other => other !== node))))
    const results = nodes.map(async node => node.services.mssl.get(link, { to: node.folder }))
    await Promise.race([everywhere.promise, Promise.all(results)])
    await server.stop()

    for (const { path } of await Promise.all(results)) {
      expect(await readFile(path)).to.equalBytes(bytes)
    }
  })

  it('or not: nobody without the swarm\'s secret finds who has what', async () => {
    const server = await stage.node()
    const { link, id } = await stage.publish(server, 10 * BLOCK)
    const [holder, outsider] = await stage.nodes(2)
    await holder.services.mssl.get(link, { to: holder.folder })
    await outsider.dial(server.getMultiaddrs())
    const grant = await grantOf(holder, link)
    await untilFound(holder, swarmKey(grant), server)

    // it is there for whoever knows the key, and nobody else can know it
    expect(await found(outsider, swarmKey(grant))).to.include(server.peerId.toString())
    const guesses = [
      id,
      CID.createV1(RAW, Digest.create(SHA2_256, sha256(id.bytes))),
      swarmKey({ id, swarmSecret: new Uint8Array(32) }),
      swarmKey({ id, swarmSecret: grant.issuer }),
      swarmKey({ id, swarmSecret: id.multihash.digest })
    ]

    for (const guess of guesses) {
      expect(await found(outsider, guess)).to.be.empty()
    }
  })
})
