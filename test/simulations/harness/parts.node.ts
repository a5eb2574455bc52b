import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { contentRoutingSymbol } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import { CustomProgressEvent } from 'progress-events'
import { Clock } from '../../../simulations/harness/clock.ts'
import { commandOf } from '../../../simulations/harness/command.ts'
import { isCopy } from '../../../simulations/harness/copies.ts'
import { Intake } from '../../../simulations/harness/intake.ts'
import { ProviderTable } from '../../../simulations/harness/provider-table.ts'
import { Random } from '../../../simulations/harness/random.ts'
import { LINKS } from '../../../simulations/network/index.ts'
import { flashCrowd } from '../../../simulations/scenarios/flash-crowd.ts'
import type { ContentRouting, PeerId } from '@libp2p/interface'

async function drawPeers (count: number): Promise<PeerId[]> {
  return Promise.all(Array.from({ length: count }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))))
}

describe('simulations: clock', () => {
  it('stands still until the begin, and waits for a time', async () => {
    const clock = new Clock()
    expect(clock.now).to.equal(0)
    clock.begin()
    await clock.at(50)
    expect(clock.now).to.be.at.least(50)
    await clock.at(10)
  })

  it('rejects with the reason when there is nothing to be waited for any more, and never fires for what never comes', async () => {
    const clock = new Clock()
    const reason = new Error('over')
    const stop = new AbortController()
    clock.begin()
    const waits = clock.at(Infinity, stop)
    setTimeout(() => { stop.abort(reason) }, 20)

    await expect(waits).to.eventually.be.rejected().that.equals(reason)
    await expect(clock.at(0, stop)).to.eventually.be.rejected().that.equals(reason)
  })
})

describe('simulations: intake', () => {
  it('counts what came over several downloads, cut off or not', async () => {
    const [a, b] = await drawPeers(2)
    const intake = new Intake()
    const progress = (bytes: Array<[PeerId, number]>): void => {
      intake.onProgress(new CustomProgressEvent('mssl:get:progress', { sources: bytes.map(([peer, bytes]) => ({ peer, bytes, server: false })) } as any) as any)
    }
    progress([[a, 5]])
    progress([[a, 7], [b, 1]])
    expect([...intake.sources.values()]).to.deep.equal([7, 1])
    intake.over()
    progress([[b, 2]])
    expect([...intake.sources.values()]).to.deep.equal([7, 3])
    intake.onProgress(new CustomProgressEvent('mssl:get:dropped', { peer: b, reason: 'lies' }) as any)
    intake.onProgress(new CustomProgressEvent('mssl:get:dropped', { peer: b, reason: 'again' }) as any)
    // the result is exact, the last progress may be older
    intake.over({ sources: [{ peer: b, server: false, bytes: 4 }], wasted: 9 })

    expect(Object.fromEntries(intake.sources)).to.deep.equal({ [a.toString()]: 7, [b.toString()]: 5 })
    expect(intake.wasted).to.equal(9)
    expect(intake.dropped.size).to.equal(1)
  })
})

describe('simulations: provider table', () => {
  const cid = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')

  function routingOf (table: ProviderTable, peerId: PeerId, delay = 0): ContentRouting {
    return (table.routing(delay)({ peerId, addressManager: { getAddresses: () => [multiaddr('/ip4/10.0.0.1/tcp/4001')] } as any }) as any)[contentRoutingSymbol]
  }

  async function find (routing: ContentRouting): Promise<string[]> {
    const found: string[] = []

    for await (const { id } of routing.findProviders(cid)) {
      found.push(id.toString())
    }

    return found
  }

  it('knows who has what, each once', async () => {
    const table = new ProviderTable(new Random(1))
    const [a, b, c] = await drawPeers(3)
    const routings = [a, b, c].map(peer => routingOf(table, peer))
    expect(await find(routings[2])).to.deep.equal([])
    await routings[0].provide(cid)
    await routings[1].provide(cid)
    await routings[0].provide(cid)

    expect((await find(routings[2])).sort()).to.deep.equal([a, b].map(String).sort())
  })

  it('answers with some of many, others each time, after the time that a look-up takes', async () => {
    const table = new ProviderTable(new Random(1))
    const peers = await drawPeers(50)
    await Promise.all(peers.map(async peer => routingOf(table, peer).provide(cid)))
    const routing = routingOf(table, peers[0], 20)
    const begin = performance.now()
    const [one, other] = [await find(routing), await find(routing)]

    expect(performance.now() - begin).to.be.above(2 * 170)
    expect(one).to.have.lengthOf(20)
    expect(one).to.not.deep.equal(other)
  })
})

describe('simulations: comparing copies', () => {
  it('tells a copy from what is not one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mssl-copies-'))
    const path = (name: string): string => join(folder, name)
    // more than one piece
    const bytes = Buffer.alloc(2_500_000, 7)
    await writeFile(path('source'), bytes)
    await writeFile(path('copy'), bytes)
    await writeFile(path('shorter'), bytes.subarray(1))
    bytes[2_400_000]++
    await writeFile(path('other'), bytes)

    try {
      expect(await isCopy(path('copy'), path('source'))).to.equal(true)
      expect(await isCopy(path('shorter'), path('source'))).to.equal(false)
      expect(await isCopy(path('other'), path('source'))).to.equal(false)
      expect(await isCopy(path('nothing'), path('source'))).to.equal(false)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('simulations: the command that does it again', () => {
  it('says what was said, without rounding, and nothing else', () => {
    expect(commandOf(flashCrowd, { seed: 5 })).to.equal('npm run simulate -- flash-crowd --seed 5')
    expect(commandOf(flashCrowd, { peers: 7, size: 3 * 2 ** 20, link: { ...LINKS.cable, delay: 12 }, part: 0.3, seed: 5, composition: { mode: 'proof', encryption: 'object-key', blockSize: 2 ** 18, acknowledgementWindow: 4 } }, { model: true }))
      .to.equal('npm run simulate -- flash-crowd --peers 7 --size 3MiB --mode proof --block-size 256KiB --window 4 --link "100/10 Mbit/s, 12 ms" --part 0.3 --seed 5 --model')
    expect(commandOf(flashCrowd, { size: 1_000_001, link: LINKS.unlimited })).to.equal('npm run simulate -- flash-crowd --size 1000001 --link "unlimited"')
  })
})
