import { expect } from 'aegir/chai'
import { effect, geometricMean, matters, ratios, spreadOf } from '../../../simulations/evaluation/effects.ts'
import type { Cell, Change, Functions } from '../../../simulations/evaluation/effects.ts'

const ENCRYPTED: Change = { factor: 'encryption', from: 'none', to: 'object-key' }
const PER_BLOCK: Change = { factor: 'delivery', from: 'super-block', to: 'per-block' }
const PROOF: Change = { factor: 'mode', from: 'plain', to: 'proof' }
const PURCHASE: Change = { factor: 'mode', from: 'plain', to: 'purchase' }
const MONEY: Change = { factor: 'mode', from: 'proof', to: 'purchase' }

const MODES = { plain: 1, proof: 1.3, purchase: 1.56 }
/** How fast the machine is from one round to the next */
const ROUNDS = [1, 2, 0.5]
/** What encryption and proof cost together, beside what each of them costs */
const TOGETHER = 1.05

describe('simulations: evaluation: effects', () => {
  it('are found again in a table that was made of them, however fast the machine is in each round', () => {
    const cells = tableOf()

    expectEach(effect(cells, [PER_BLOCK]), 1.02)
    expectEach(effect(cells, [MONEY]), MODES.purchase / MODES.proof / Math.sqrt(TOGETHER))
    expectEach(effect(cells, [PURCHASE]), MODES.purchase)
    // the mean over what the others can be has a part in what they do together: one mode of three, one encryption of two
    expectEach(effect(cells, [ENCRYPTED]), 1.1 * TOGETHER ** (1 / 3))
    expectEach(effect(cells, [PROOF]), MODES.proof * Math.sqrt(TOGETHER))
  })

  it('of two are what they make together and neither alone', () => {
    const cells = tableOf()

    expectEach(effect(cells, [ENCRYPTED, PROOF]), TOGETHER)
    expectEach(effect(cells, [PROOF, ENCRYPTED]), TOGETHER)
    expectEach(effect(cells, [ENCRYPTED, PURCHASE]), 1)
    expectEach(effect(cells, [PER_BLOCK, PROOF]), 1)
    expectEach(effect(cells, [ENCRYPTED, PER_BLOCK, PROOF]), 1)
  })

  it('come from the pairs that were measured, and from no others', () => {
    const some = tableOf().filter(({ functions: { mode, delivery } }) => mode === 'proof' && delivery === 'per-block')

    expectEach(effect(some, [ENCRYPTED]), 1.1 * TOGETHER)
    expect(effect(some, [PROOF])).to.deep.equal([])
    expect(effect(some, [ENCRYPTED, PROOF])).to.deep.equal([])
    expect(effect([], [ENCRYPTED])).to.deep.equal([])
  })

  it('have as many rounds as all of them have', () => {
    const cells = tableOf()
    cells[0].values.pop()

    expect(effect(cells, [ENCRYPTED])).to.have.lengthOf(ROUNDS.length - 1)
  })

  it('are taken within a round', () => {
    expect(ratios([2, 8, 9], [1, 2])).to.deep.equal([2, 4])
    expect(spreadOf([3, 1, 2])).to.deep.equal({ median: 2, min: 1, max: 3 })
    expect(geometricMean([2, 8])).to.be.closeTo(4, 1e-9)
  })

  it('of two matter when they are on one side in every round, large enough, and seen often enough', () => {
    expect(matters([1.05, 1.06, 1.01])).to.equal(true)
    expect(matters([0.9, 0.95, 0.93])).to.equal(true)
    expect(matters([1.05, 1.06, 0.99])).to.equal(false)
    expect(matters([1.01, 1.02, 1.01])).to.equal(false)
    expect(matters([1.5, 1.5])).to.equal(false)
    expect(matters([])).to.equal(false)
  })
})

function tableOf (): Cell[] {
  return (['none', 'object-key'] as const).flatMap(encryption => (['super-block', 'per-block'] as const).flatMap(delivery => (['plain', 'proof', 'purchase'] as const).map(mode => {
    const functions: Functions = { encryption, delivery, mode }
    const value = 7 * (encryption === 'none' ? 1 : 1.1) * (delivery === 'super-block' ? 1 : 1.02) * MODES[mode] * (encryption !== 'none' && mode === 'proof' ? TOGETHER : 1)

    return { functions, values: ROUNDS.map(round => value * round) }
  })))
}

function expectEach (rounds: number[], value: number): void {
  expect(rounds).to.have.lengthOf(ROUNDS.length)
  rounds.forEach(round => { expect(round).to.be.closeTo(value, 1e-9) })
}
