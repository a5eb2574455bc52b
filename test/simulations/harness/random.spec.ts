import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Random } from '../../../simulations/harness/random.ts'

function draw (random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next())
}

describe('simulations: random numbers', () => {
  it('are the same for the same seed, and others for another', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 2 }), seed => {
      const numbers = draw(new Random(seed), 20)

      expect(numbers).to.deep.equal(draw(new Random(seed), 20))
      expect(numbers).to.not.deep.equal(draw(new Random(seed + 1), 20))
      expect(numbers.every(number => number >= 0 && number < 1)).to.equal(true)
    }))
  })

  it('are spread evenly', () => {
    const random = new Random(1)
    const counts = Array.from({ length: 10 }, () => 0)

    for (let n = 0; n < 10_000; n++) {
      counts[random.integer(10)]++
    }

    expect(Math.min(...counts)).to.be.above(900)
    expect(Math.max(...counts)).to.be.below(1_100)
  })

  it('have the mean that was asked for, when exponential', () => {
    const random = new Random(2)
    const sum = Array.from({ length: 20_000 }, () => random.exponential(3)).reduce((sum, value) => sum + value, 0)

    expect(sum / 20_000).to.be.closeTo(3, 0.1)
  })

  it('shuffle without losing anything, in every order', () => {
    const random = new Random(3)
    const orders = new Set(Array.from({ length: 200 }, () => random.shuffled([1, 2, 3]).join('')))

    expect([...orders].sort()).to.deep.equal(['123', '132', '213', '231', '312', '321'])
  })

  it('of a fork do not depend on how many are drawn from where it came from', () => {
    const [one, other] = [new Random(4), new Random(4)]
    const [fork, same] = [one.fork(), other.fork()]
    draw(one, 5)

    expect(draw(fork, 5)).to.deep.equal(draw(same, 5))
  })
})
