import { expect } from 'aegir/chai'
import { compareOutcomes } from '../../../simulations/model/validate.ts'
import type { Outcome } from '../../../simulations/harness/outcome.ts'

function outcome (last: number, copies: number, fromPeers: number): Outcome {
  return { completion: { median: last / 2, p95: last, last }, server: { copies }, fromPeers } as any
}

describe('model beside real nodes', () => {
  it('says how far the model is off, and what is too far', () => {
    const figures = compareOutcomes(outcome(100, 1.1, 0.9), outcome(90, 1.4, 0.92))
    const [median, , last, copies, fromPeers] = figures
    expect(median.error).to.be.closeTo(-0.1, 1e-9)
    expect(last).to.include({ nodes: 100, model: 90, isAbsolute: false, holds: true })
    expect(copies.error).to.be.closeTo(0.3, 1e-9)
    expect(copies).to.include({ isAbsolute: true, holds: false })
    expect(fromPeers.holds).to.equal(true)
    expect(compareOutcomes(outcome(100, 1, 0.9), outcome(84, 1, 0.9))[2].holds).to.equal(false)
  })
})
