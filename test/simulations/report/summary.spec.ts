import { expect } from 'aegir/chai'
import { ABSENT, formatBandwidth, formatBytes, formatPercent, formatRate, formatSeconds, formatUnits } from '../../../simulations/report/format.ts'
import { differences } from '../../../simulations/report/labels.ts'
import { quantile, resampled, thinned, timeUnit, valueAt } from '../../../simulations/report/plots/axes.ts'
import { columnOf, figure, figuresOf, parametersOf, warningsOf } from '../../../simulations/report/summary.ts'
import { bareOutcome, outcomeOf } from './fixture.ts'

describe('report: numbers for a person', () => {
  it('have at most four digits and a unit', () => {
    expect([0.4234, 12.345, 119.6, 245, 7_384].map(formatSeconds)).to.deep.equal(['0.42 s', '12.3 s', '2 min 00 s', '4 min 05 s', '2 h 03 min'])
    expect([0, 1023, 1536, 1024 ** 3].map(formatBytes)).to.deep.equal(['0 B', '1023 B', '1.5 KiB', '1 GiB'])
    expect(formatRate(2 ** 20)).to.equal('1 MiB/s')
    expect([125_000, 12_500_000, Infinity].map(formatBandwidth)).to.deep.equal(['1 Mbit/s', '100 Mbit/s', 'unlimited'])
    expect([0.0123, 0.975, 0.9996, 0.99999, 1].map(formatPercent)).to.deep.equal(['1.23 %', '97.5 %', '99.96 %', '> 99.99 %', '100.0 %'])
    expect([-1_200, 14].map(formatUnits)).to.deep.equal(['−1,200 units', '14 units'])
  })

  it('are a dash when there is none', () => {
    for (const format of [formatBytes, formatRate, formatSeconds, formatPercent, formatUnits, formatBandwidth]) {
      expect(format(NaN)).to.equal(ABSENT)
      expect(format(undefined)).to.equal(ABSENT)
      expect(format(-Infinity)).to.equal(ABSENT)
    }
  })
})

describe('report: figures', () => {
  it('are those of the outcome, beside what they are compared with', () => {
    const outcome = outcomeOf({ completion: { median: 24, p95: 28, last: 30 }, bound: 20 })

    expect(figure(outcome, 'done')).to.include({ text: '40 of 40', value: 40 })
    expect(figure(outcome, 'median')).to.include({ text: '24.0 s', value: 24, note: '1.20 × the lower bound' })
    expect(figure(outcome, 'last')).to.include({ text: '30.0 s', note: '1.50 × the lower bound' })
    expect(figure(outcome, 'copies')).to.include({ text: '1.13', note: '72.3 MiB of blocks' })
    expect(figure(outcome, 'overhead')).to.include({ text: '1.23 %' })
  })

  it('leave out what makes no sense for a run', () => {
    const plain = figuresOf(outcomeOf()).map(({ id }) => id)
    const cheated = figuresOf(outcomeOf({ cheats: 4, composition: { mode: 'proof' } })).map(({ id }) => id)

    expect(plain).to.not.include.members(['fairness', 'gained', 'honestLost'])
    expect(cheated).to.include.members([...plain, 'fairness', 'gained', 'honestLost'])
    expect(figure(outcomeOf({ cheats: 4, composition: { mode: 'proof' } }), 'gained')).to.include({ text: '−1,200 units', note: 'at most 0 units by the design; 4 of 40 clients' })
    expect(figure(outcomeOf({ cheats: 4 }), 'gained')).to.include({ text: '3 MiB', note: '4 of 40 clients' })
    expect(figure(bareOutcome(), 'memory')).to.equal(undefined)
  })

  it('do not count who the plan took away', () => {
    const outcome = outcomeOf({ clients: 3 })
    outcome.peers[0] = { ...outcome.peers[0], finished: undefined, left: true }

    expect(figure(outcome, 'done')?.text).to.equal('2 of 2')
  })

  it('say nothing but a dash where there is no number', () => {
    for (const { id, text, note = '' } of figuresOf(bareOutcome())) {
      expect(`${text} ${note}`, id).to.not.match(/NaN|Infinity|undefined|null/)
    }

    expect(figure(bareOutcome(), 'last')).to.include({ text: ABSENT, note: undefined })
  })

  it('have a head for their column', () => {
    expect(columnOf('fromPeers')).to.equal('From clients')
  })
})

describe('report: what a run was made of', () => {
  it('is every parameter', () => {
    const { machine, date } = outcomeOf()
    const parameters = Object.fromEntries(parametersOf(outcomeOf({ composition: { mode: 'purchase', acknowledgementWindow: 16 }, cheats: 4 })))

    expect(parameters).to.include({ mode: 'purchase', clients: '40', 'of them misbehaving': '4', object: '64 MiB', 'acknowledgement window': '16 blocks', price: '1,000,000 units', seed: '7', machine, date })
    expect(Object.keys(Object.fromEntries(parametersOf(outcomeOf())))).to.not.include('price')
  })

  it('comes with a warning when the machine was too slow', () => {
    expect(warningsOf(outcomeOf())).to.deep.equal([])
    expect(warningsOf(bareOutcome())).to.deep.equal([])
    expect(warningsOf(outcomeOf({ load: { cpu: 9, lag: 2_400, lateness: 0.21 } })).join()).to.match(/too slow.*2\.40 s.*21\.0 %/)
  })

  it('is told by what is different from other runs', () => {
    const one = outcomeOf({ clients: 2 })

    expect(differences([one, outcomeOf({ clients: 2, by: 'model' })])).to.deep.equal(['real nodes', 'model'])
    expect(differences([one, outcomeOf({ clients: 2, composition: { mode: 'proof' } })])).to.deep.equal(['mode plain', 'mode proof'])
    expect(differences([one, one])).to.deep.equal(['run 1', 'run 2'])
    expect(differences([one, one, outcomeOf({ clients: 3 })])).to.deep.equal(['2 clients', '2 clients, run 2', '3 clients'])
  })
})

describe('report: what is drawn', () => {
  it('is in units that a person likes', () => {
    expect([100, 600, 20_000].map(timeUnit).map(({ name }) => name)).to.deep.equal(['seconds', 'minutes', 'hours'])
  })

  it('has few points whatever there is, and the same mean', () => {
    const series = Array.from({ length: 10_000 }, (_, i): [number, number] => [i, i % 2])
    const points = resampled(series, 100)

    expect(points).to.have.lengthOf(100)
    expect(points.every(([, value]) => value === 0.5)).to.equal(true)
    expect(resampled([[0, 1], [NaN, 2], [1, NaN]], 100)).to.deep.equal([[0, 1]])
  })

  it('keeps every place where there is something', () => {
    const crowd = Array.from({ length: 50_000 }, (_, i): [number, number] => [i % 10, i % 7])
    const alone: [number, number] = [100, 100]
    const kept = thinned([...crowd, alone], point => point, 1_000)

    expect(kept).to.have.lengthOf(71)
    expect(kept).to.include(alone)
    expect(thinned([[NaN, 1]], ([x, y]) => [x, y], 10)).to.deep.equal([])
  })

  it('is interpolated between what is known', () => {
    expect([-1, 0, 1, 3, 9].map(time => valueAt([[0, 0], [2, 4], [4, 4]], time))).to.deep.equal([0, 0, 2, 4, 4])
    expect(valueAt([], 1)).to.equal(0)
    expect([0, 0.5, 1].map(part => quantile([1, 2, 4], part))).to.deep.equal([1, 2, 4])
    expect(quantile([], 0.5)).to.be.NaN()
  })
})
