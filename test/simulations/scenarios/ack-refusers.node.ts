import { expect } from 'aegir/chai'
import { ackRefusers, unpaidSessions } from '../../../simulations/scenarios/ack-refusers.ts'
import { EarnedWindows } from '../../../src/exchange/earned-windows.ts'
import { BLOCK, broken, doctored, isHonest, small } from './fixtures/small.ts'

describe('simulations scenarios: ack-refusers', function () {
  this.timeout(120_000)

  it('gives them nothing, and costs a few blocks', async () => {
    const outcome = await small(ackRefusers)
    const refusers = outcome.peers.filter(peer => !isHonest(peer))

    expect(broken(outcome)).to.deep.equal([])
    expect(refusers).to.have.lengthOf(2)
    expect(refusers.every(({ finished, received }) => finished == null && received > BLOCK)).to.equal(true)
    expect(outcome.cheaters).to.include({ count: 2, gained: 0 })
    expect(outcome.cheaters?.honestLost).to.be.above(2 * BLOCK)

    expect(doctored(ackRefusers, outcome, peer => isHonest(peer) ? { finished: undefined } : {})).to.deep.equal(['every honest client finishes'])
    expect(doctored(ackRefusers, outcome, peer => isHonest(peer) ? {} : { fromPeers: BLOCK })).to.deep.equal(['who acknowledges nothing has nothing'])
    expect(doctored(ackRefusers, outcome, peer => isHonest(peer) ? {} : { received: 2 ** 10 * BLOCK })).to.deep.equal(['it costs each provider a block for each of a few sessions'])
  })

  it('counts sessions as a provider does', () => {
    for (const seconds of [0, 1, 2, 5, 6, 60, 600, 3600]) {
      let now = 0
      const earned = new EarnedWindows(() => now)
      let sessions = 0

      for (; now <= 1000 * seconds; now += 250) {
        try {
          for (;;) {
            earned.borrow('refuser', BLOCK, 512)
            earned.abused('refuser', true)
            sessions++
          }
        } catch {
          // it has to wait
        }
      }

      expect(unpaidSessions(seconds)).to.equal(sessions, `${seconds} s`)
    }
  })
})
