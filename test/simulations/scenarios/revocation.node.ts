import { expect } from 'aegir/chai'
import { runScenario } from '../../../simulations/harness/run.ts'
import { revocation } from '../../../simulations/scenarios/revocation.ts'
import { expectFinding } from './fixtures.ts'
import { runSmall } from './small-run.ts'

const SMALL = { peers: 6, size: 8 * 2 ** 20, link: undefined, seed: 3 }

describe('simulations: revocation', function () {
  this.timeout(120_000)

  it('ends what is under way, and nothing else', async () => {
    const outcome = await runSmall(revocation, SMALL)
    const revoked = outcome.peers.filter(({ name }) => name.startsWith('revoked-'))

    expect(revoked).to.have.lengthOf(2)
    revoked.forEach(({ finished, error, fromServer, fromPeers }) => {
      expect(finished).to.equal(undefined)
      expect(error).to.match(/^RefusedError: The operator has revoked the access/)
      expect(fromServer + fromPeers).to.be.below(outcome.size)
    })
    expect(outcome.cheaters).to.deep.equal({ count: 2, gained: 0, allowed: 0, honestLost: 0, unit: 'bytes' })
    expectFinding(revocation, outcome, ({ peers }) => { Object.assign(peers.find(({ name }) => name.startsWith('revoked-')) ?? {}, { finished: 9 }) }, 'nobody finishes whose access was taken back')
  })

  it('says so when nothing is taken back', async () => {
    const { findings } = await runScenario({ ...revocation, plan: init => ({ ...revocation.plan(init), events: [] }) }, SMALL)

    expect(findings.filter(({ holds }) => !holds).map(({ what }) => what)).to.deep.equal([
      'nobody finishes whose access was taken back', 'who was revoked gets nothing more when all providers know'
    ])
  })
})
