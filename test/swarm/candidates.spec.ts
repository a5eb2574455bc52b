import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { Candidates } from '../../src/swarm/candidates.ts'
import { MAX_CANDIDATES } from '../../src/swarm/constants.ts'
import { seeded } from './fixtures/random.ts'
import type { PeerId } from '@libp2p/interface'

async function peer (): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

describe('candidates', () => {
  it('tries the server first, and pauses twice as long after each failure', async () => {
    const candidates = new Candidates(() => 0.5)
    const [a, server] = [await peer(), await peer()]
    candidates.add(a, [], 'dht')
    candidates.add(server, [], 'server')
    const first = candidates.next(0)
    expect(first?.peer).to.equal(server)

    if (first == null) {
      return
    }

    candidates.failed(first, 0)
    expect(first.retryAt).to.equal(1_000)
    candidates.failed(first, 0)
    expect(first.retryAt).to.equal(2_000)
    expect(candidates.next(0)?.peer).to.equal(a)
    candidates.proved(first)
    candidates.failed(first, 0)
    expect(first.retryAt).to.equal(1_000)
  })

  it('takes any of those that failed as often, and not the one that it heard of first', async () => {
    const candidates = new Candidates(seeded(1))
    const ids = await Promise.all(Array.from({ length: 8 }, peer))
    ids.forEach(id => { candidates.add(id, [], 'exchange') })
    const times = ids.map(() => 0)

    for (let i = 0; i < 8_000; i++) {
      const next = candidates.next(0)
      times[ids.findIndex(id => next?.peer === id)]++
    }

    // 1000 each, give or take four times what chance makes of it
    expect(Math.min(...times)).to.be.above(880)
    expect(Math.max(...times)).to.be.below(1120)

    const [worse, ...others] = candidates
    candidates.failed(worse, 0)
    const taken = (): unknown[] => [...new Set(Array.from({ length: 500 }, () => candidates.next(1e6)))]
    expect(taken()).to.have.members(others)
    others.forEach(candidate => { candidates.failed(candidate, 0) })
    expect(taken()).to.have.members([...candidates])
  })

  it('takes the server first, then who failed least, and of those whoever fetches from us', async () => {
    const candidates = new Candidates(seeded(1))
    const [server, taker, failed, good] = await Promise.all(Array.from({ length: 4 }, peer))
    candidates.add(good, [], 'exchange')
    candidates.add(failed, [], 'inbound')
    candidates.add(taker, [], 'inbound')
    candidates.add(server, [], 'server')
    const order: PeerId[] = []
    const known = candidates.find(failed)

    if (known != null) {
      candidates.failed(known, 0)
    }

    for (let next = candidates.next(1e6); next != null; next = candidates.next(1e6)) {
      next.state = 'open'
      order.push(next.peer)
    }

    expect(order).to.deep.equal([server, taker, good, failed])
  })

  it('has for places beyond the chosen ones the server and those who fetch from us, no others', async () => {
    const candidates = new Candidates(seeded(1))
    const [server, taker, other] = await Promise.all(Array.from({ length: 3 }, peer))
    candidates.add(other, [], 'exchange')
    expect(candidates.next(0, true)).to.be.undefined()
    expect(candidates.next(0)?.peer).to.equal(other)

    candidates.add(taker, [], 'exchange')
    candidates.add(server, [], 'server')
    const first = candidates.next(0, true)
    expect(first?.peer).to.equal(server)

    if (first != null) {
      first.state = 'open'
    }

    expect(candidates.next(0, true)).to.be.undefined()
    // it was known before it came
    candidates.add(taker, [], 'inbound')
    const second = candidates.next(0, true)
    expect(second?.peer).to.equal(taker)

    if (second != null) {
      candidates.failed(second, 0)
    }

    expect(candidates.next(0, true)).to.be.undefined()
    expect(candidates.next(1e6, true)).to.equal(second)
  })

  it('does not try again at once whoever was turned away here: it might turn us away as well, and so on', async () => {
    const candidates = new Candidates(seeded(1))
    const [known, fresh] = [await peer(), await peer()]
    candidates.add(known, [], 'exchange')
    const [candidate] = candidates
    candidates.failed(candidate, 0)
    expect(candidates.add(known, [], 'turned-away')).to.be.false()
    expect(candidates.next(0)).to.be.undefined()
    // but it is asked before others, and has a place of its own
    expect(candidates.next(1e6, true)).to.equal(candidate)
    expect(candidates.add(known, [], 'inbound')).to.be.true()
    expect(candidates.next(0)).to.equal(candidate)
    expect(candidates.add(fresh, [], 'turned-away')).to.be.true()
    expect(candidates.next(0, true)?.peer).to.equal(fresh)
  })

  it('takes nobody\'s word on where the server is, nor on where a peer is that can be reached', async () => {
    const candidates = new Candidates()
    const [right, wrong] = [[multiaddr('/ip4/192.0.2.1/tcp/1')], [multiaddr('/ip4/127.0.0.1/tcp/9')]]
    const [a, server] = [await peer(), await peer()]
    candidates.add(server, right, 'server')
    candidates.add(a, right, 'hint')

    for (const id of [a, server]) {
      candidates.add(id, wrong, 'exchange')
    }

    expect([...candidates].map(({ addresses }) => addresses)).to.deep.equal([right, right])

    for (const candidate of candidates) {
      candidates.failed(candidate, 0)
      candidates.add(candidate.peer, wrong, 'exchange')
    }

    expect([...candidates].map(({ addresses }) => addresses)).to.deep.equal([right, wrong])
  })

  it('bans after repeated offences and never asks again', async () => {
    const candidates = new Candidates()
    candidates.add(await peer(), [], 'dht')
    const candidate = candidates.next(0)

    if (candidate == null) {
      throw new Error('no candidate')
    }

    expect([candidates.offended(candidate), candidates.offended(candidate), candidates.offended(candidate)]).to.deep.equal([false, false, true])
    candidates.failed(candidate, 0)
    expect(candidates.next(1e9)).to.be.undefined()
    expect(candidates.allBanned).to.be.true()
    expect(candidates.add(candidate.peer, [], 'inbound')).to.be.false()
  })

  it('knows whether there are others than the server', async () => {
    const candidates = new Candidates()
    candidates.add(await peer(), [], 'server')
    expect(candidates.others).to.be.false()
    candidates.add(await peer(), [], 'exchange')
    expect(candidates.others).to.be.true()
    const other = [...candidates].find(({ server }) => !server)

    if (other != null) {
      candidates.failed(other, 0)
    }

    expect(candidates.others).to.be.false()
  })

  it('is bounded, and tries again at once whoever calls', async () => {
    const candidates = new Candidates()
    const a = await peer()
    candidates.add(a, Array.from({ length: 50 }, (_, i) => multiaddr(`/ip4/10.0.0.1/tcp/${i + 1}`)), 'dht')
    const [candidate] = [...candidates]
    expect(candidate.addresses).to.have.lengthOf(8)
    candidates.failed(candidate, 0)
    expect(candidates.next(0)).to.be.undefined()
    expect(candidates.add(a, [], 'inbound')).to.be.true()
    expect(candidates.next(0)).to.equal(candidate)

    candidates.failed(candidate, 0)
    const ids = await Promise.all(Array.from({ length: MAX_CANDIDATES }, peer))
    ids.forEach(id => candidates.add(id, [], 'exchange'))
    // the one that failed made room
    expect([...candidates]).to.have.lengthOf(MAX_CANDIDATES)
    expect([...candidates]).to.not.include(candidate)
  })
})
