import { expect } from 'aegir/chai'
import { impersonator } from '../../../simulations/behaviours/impersonator.ts'
import { runScenario } from '../../../simulations/harness/run.ts'
import { impersonation } from '../../../simulations/scenarios/impersonation.ts'
import { expectFinding } from './fixtures.ts'
import { one, runSmall } from './small-run.ts'

describe('simulations: impersonation', function () {
  this.timeout(120_000)

  const { seams } = impersonator

  afterEach(() => {
    impersonator.seams = seams
  })

  it('takes in nobody who knows the server', async () => {
    const outcome = await runSmall(impersonation, { part: 0.25 })

    expect(outcome.findings).to.have.lengthOf(7)
    expect(outcome.findings.find(({ what }) => what === 'clients that know the server refuse a false link, with evidence')?.found).to.equal('12 of 12')
    expectFinding(impersonation, outcome, outcome => { one(outcome, false).finished = undefined }, 'every honest client finishes')
  })

  it('says so when impostors show the true certificate, so that nobody could see them', async () => {
    impersonator.seams = () => ({})
    const { findings } = await runScenario(impersonation, { peers: 6, size: 2 ** 20, seed: 5, link: { up: 4 * 2 ** 20, down: 16 * 2 ** 20, delay: 5 } })
    expect(findings.filter(({ holds }) => !holds).map(({ what }) => what)).to.deep.equal(['clients that meet an impostor in the swarm report it, with evidence'])
  })
})
