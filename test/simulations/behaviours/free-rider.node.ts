import { expect } from 'aegir/chai'
import { freeRider } from '../../../simulations/behaviours/free-rider.ts'
import { variantOf } from '../../../simulations/behaviours/variant.ts'
import { FewNodes } from './fixtures/few-nodes.ts'
import type { PeerPlan } from '../../../simulations/harness/scenario.ts'

describe('simulations behaviours: free-rider', () => {
  const started: FewNodes[] = []

  afterEach(async () => {
    await Promise.all(started.splice(0).map(async swarm => swarm.stop()))
  })

  for (const mode of ['plain', 'proof'] as const) {
    it(`has everything in the end, and has given nothing (${mode})`, async function () {
      this.timeout(60_000)
      const few = await FewNodes.start({ mode, clients: { telling: freeRider, quiet: freeRider, honest: undefined } })
      started.push(few)
      const names = ['telling', 'quiet', 'honest']
      const results = await Promise.all(names.map(async name => few.get(name)))

      for (const [at, name] of names.entries()) {
        expect(await few.hasTrueCopy(name)).to.equal(true, name)
        expect(few.from(results[at], 'telling')).to.equal(0)
        expect(few.from(results[at], 'quiet')).to.equal(0)
      }

      // it took from the honest one as anybody
      expect(few.from(results[0], 'honest') + few.from(results[1], 'honest')).to.be.above(0)
      expect(results[2].bad).to.equal(0)
    })
  }

  it('goes its two ways in turn', () => {
    const peers = [['a', 'free-rider'], ['b', undefined], ['c', 'key-withholder'], ['d', 'free-rider'], ['e', 'free-rider']]
      .map(([name, behaviour]) => ({ name, behaviour }) as PeerPlan)
    const ways = peers.map(({ name }) => variantOf(name, { plan: { size: 0, server: { link: { up: 0, down: 0, delay: 0 } }, peers, events: [], limit: 0 } }, 2))

    expect([ways[0], ways[2], ways[3], ways[4]]).to.deep.equal([0, 0, 1, 0])
  })
})
