import { expect } from 'aegir/chai'
import { hasToFinish } from '../../../simulations/harness/bounds.ts'
import { schedule } from '../../../simulations/harness/schedule.ts'
import { scenarioNamed, scenarios } from '../../../simulations/scenarios/index.ts'

const PEERS = 12
const SIZE = 4 * 2 ** 20

function expectOrder (times: number[]): void {
  expect(times).to.deep.equal([...times].sort((a, b) => a - b))
}

describe('simulations: schedules', () => {
  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).to.equal(scenarios.length)
    scenarios.forEach(scenario => { expect(scenarioNamed(scenario.name)).to.equal(scenario) })
    expect(scenarioNamed('nothing')).to.equal(undefined)
  })

  for (const scenario of scenarios) {
    describe(scenario.name, () => {
      it('is the same for the same seed', () => {
        const options = { peers: PEERS, size: SIZE, seed: 7 }

        expect(schedule(scenario, options).plan).to.deep.equal(schedule(scenario, options).plan)
      })

      it('makes sense, with whatever seed, with few and with many', () => {
        for (const seed of [1, 2, 3, 4, 5]) {
          for (const peers of [6, PEERS, scenario.defaults.peers]) {
            const { plan: { peers: planned, size, limit, events } } = schedule(scenario, { peers, size: SIZE, seed })

            expect(size).to.equal(SIZE)
            expect(planned).to.have.lengthOf(peers)
            expect(new Set(planned.map(({ name }) => name)).size).to.equal(peers)
            expect(planned.some(hasToFinish)).to.equal(true)
            expect(limit).to.be.within(1, 24 * 3_600_000)

            for (const { arrives, stays, outages = [] } of planned) {
              expect([arrives, stays].every(time => time >= 0)).to.equal(true)
              expectOrder([arrives, ...outages.flatMap(({ from, to }) => [from, to])])
            }

            expectOrder([0, ...events.map(({ at }) => at), limit])
          }
        }
      })

      it('has a mode that it is about, and refuses others', () => {
        const { composition: { mode } } = schedule(scenario, { seed: 1 })
        const { modes = ['plain', 'proof', 'purchase'] } = scenario

        expect(modes).to.include(mode)

        for (const other of ['plain', 'proof', 'purchase'] as const) {
          const draw = (): unknown => schedule(scenario, { seed: 1, composition: { mode: other } })
          modes.includes(other) ? expect(draw).to.not.throw() : expect(draw).to.throw(`is about mode ${modes.join(' and ')}`)
        }
      })
    })
  }
})
