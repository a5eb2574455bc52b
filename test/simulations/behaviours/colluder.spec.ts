import { expect } from 'aegir/chai'
import { ringOf } from '../../../simulations/behaviours/colluder.ts'
import type { PeerPlan, Plan } from '../../../simulations/harness/scenario.ts'

describe('simulations behaviours: colluder', () => {
  function plan (colluders: number): Plan {
    const link = { up: 1, down: 1, delay: 0 }
    const peers = Array.from({ length: 2 * colluders }, (_, at): PeerPlan => ({
      name: `client-${at}`, link, arrives: 0, stays: Infinity, behaviour: at % 2 === 0 ? 'colluder' : undefined
    }))

    return { size: 1, server: { link }, peers, events: [], limit: 0 }
  }

  it('is in one ring of three to five, with the same others as they are', () => {
    for (let colluders = 3; colluders <= 40; colluders++) {
      const swarm = { plan: plan(colluders) }
      const names = swarm.plan.peers.filter(({ behaviour }) => behaviour != null).map(({ name }) => name)

      for (const name of names) {
        const ring = ringOf(name, swarm)
        expect(ring, `${colluders}`).to.include(name)
        expect(ring.length, `${colluders}`).to.be.within(3, 5)
        ring.forEach(other => { expect(ringOf(other, swarm)).to.deep.equal(ring) })
      }
    }
  })
})
