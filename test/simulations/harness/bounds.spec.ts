import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { lowerBound } from '../../../simulations/harness/bounds.ts'
import type { PeerPlan, Plan } from '../../../simulations/harness/scenario.ts'

const SIZE = 1_000_000
const link = { up: 100_000, down: 100_000, delay: 0 }

function plan (peers: Array<Partial<PeerPlan>>, { events = [], server = link }: { events?: Plan['events'], server?: Plan['server']['link'] } = {}): Omit<Plan, 'limit'> {
  return {
    size: SIZE,
    server: { link: server },
    peers: peers.map((peer, n) => ({ name: `client-${n + 1}`, link, arrives: 0, stays: Infinity, ...peer })),
    events
  }
}

describe('simulations: lower bound', () => {
  it('of one client is what the narrower of two links takes', () => {
    expect(lowerBound(plan([{}]))).to.be.closeTo(10, 1e-6)
    expect(lowerBound(plan([{ link: { ...link, down: 50_000 } }]))).to.be.closeTo(20, 1e-6)
    expect(lowerBound(plan([{}], { server: { ...link, up: 25_000 } }))).to.be.closeTo(40, 1e-6)
  })

  it('of a crowd with equal links is one copy, however many they are', () => {
    expect(lowerBound(plan(Array.from({ length: 100 }, () => ({}))))).to.be.closeTo(10, 1e-6)
  })

  it('of a crowd with slow uplinks is what all uplinks together take for all copies', () => {
    const slow = { ...link, up: 10_000 }

    // 10 copies through 100,000 + 10 × 10,000 bytes per second
    expect(lowerBound(plan(Array.from({ length: 10 }, () => ({ link: slow }))))).to.be.closeTo(50, 1e-6)
  })

  it('does not count on the uplinks of those who misbehave, nor waits for them', () => {
    const slow = { ...link, up: 10_000 }
    const peers = [...Array.from({ length: 10 }, () => ({ link: slow })), { link: { ...link, up: 1e9 }, behaviour: 'free-rider' as const, arrives: 1e6 }]

    expect(lowerBound(plan(peers))).to.be.closeTo(50, 1e-6)
  })

  it('is from arrival to completion', () => {
    expect(lowerBound(plan([{}, { arrives: 60_000 }]))).to.be.closeTo(10, 1e-6)
  })

  it('knows when somebody is away', () => {
    expect(lowerBound(plan([{ outages: [{ from: 4_000, to: 9_000 }] }]))).to.be.closeTo(15, 1e-6)
    expect(lowerBound(plan([{}], { events: [{ at: 2_000, kind: 'outage', until: 5_000 }] }))).to.be.closeTo(13, 1e-6)
    // an outage of the server after it has sent all of it
    expect(lowerBound(plan([{}, {}], { events: [{ at: 10_000, kind: 'outage', until: 60_000 }] }))).to.be.closeTo(10, 1e-6)
  })

  it('does not wait for who never comes back, and has what it gave before', () => {
    expect(lowerBound(plan([{}, { outages: [{ from: 1_000, to: Infinity }] }]))).to.be.closeTo(10, 1e-6)
  })

  it('is nothing where nothing is shaped, and for nobody', () => {
    const unlimited = { up: Infinity, down: Infinity, delay: 0 }

    expect(lowerBound(plan([{ link: unlimited }, { link: unlimited }], { server: unlimited }))).to.be.below(1e-3)
    expect(lowerBound(plan([]))).to.equal(0)
  })

  it('is infinite for what never ends', () => {
    expect(lowerBound(plan([{}], { events: [{ at: 2_000, kind: 'outage', until: Infinity }] }))).to.equal(Infinity)
  })

  it('is never lower with less', () => {
    const peer = fc.record({
      arrives: fc.integer({ min: 0, max: 20_000 }),
      link: fc.record({ up: fc.integer({ min: 1_000, max: 1_000_000 }), down: fc.integer({ min: 1_000, max: 1_000_000 }), delay: fc.constant(0) })
    })

    fc.assert(fc.property(fc.array(peer, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1_000, max: 1_000_000 }), fc.nat(), (peers, up, n) => {
      const bound = lowerBound(plan(peers, { server: { ...link, up } }))
      const slower = peers.map((peer, at) => at === n % peers.length ? { ...peer, link: { ...peer.link, up: peer.link.up / 2, down: peer.link.down / 2 } } : peer)

      expect(bound).to.be.at.least(Math.max(...peers.map(({ link: { down } }) => SIZE / down)) - 1e-6)
      expect(lowerBound(plan(slower, { server: { ...link, up } }))).to.be.at.least(bound - 1e-6)
      expect(lowerBound(plan(peers, { server: { ...link, up: up / 2 } }))).to.be.at.least(bound - 1e-6)
    }))
  })

  it('takes no time for as many as the model has', () => {
    const begin = performance.now()
    lowerBound(plan(Array.from({ length: 100_000 }, (_, n) => ({ arrives: n, outages: [{ from: n + 1_000, to: n + 2_000 }] }))))

    expect(performance.now() - begin).to.be.below(10_000)
  })
})
