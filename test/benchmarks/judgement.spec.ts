import { expect } from 'aegir/chai'
import { regressed } from '../../benchmarks/judgement.ts'

describe('the judgement of a regression check', () => {
  const names = (...values: number[]): string[] => regressed(values.map((value, i) => ({ name: `figure ${i}`, value, bound: 2 }))).map(({ name }) => name)

  it('lets pass what is within its bound', () => {
    expect(names(0.5, 2)).to.be.empty()
  })

  it('names each figure beyond its bound', () => {
    expect(names(2.01, 1, 40)).to.deep.equal(['figure 0', 'figure 2'])
  })

  it('does not take a measurement that failed for a good one', () => {
    expect(names(NaN, Infinity)).to.deep.equal(['figure 0', 'figure 1'])
  })
})
