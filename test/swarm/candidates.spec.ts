import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { Candidates } from '../../src/swarm/candidates.ts'
import { MAX_CANDIDATES } from '../../src/swarm/constants.ts'
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
