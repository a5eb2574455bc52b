import { expect } from 'aegir/chai'
import { classroom, runClassroom } from '../../simulations/example/own-scenario.ts'
import { expectFinding, unmet } from './scenarios/fixtures.ts'

describe('simulations: a scenario of one\'s own', function () {
  this.timeout(120_000)

  it('is a plan and a check, and runs as the others do', async () => {
    const outcome = await runClassroom({ peers: 6, size: 2 ** 20, seed: 1 })

    expect(unmet(outcome), outcome.command).to.deep.equal([])
    expect(outcome.peers).to.have.lengthOf(6)
    expectFinding(classroom, outcome, ({ server }) => { server.copies = 2.5 }, 'the line to the internet carries the lesson about once')
  })
})
