import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { CoinValues, checkUnit, Geometry } from '../../src/object/index.ts'
import type { Price } from '../../src/object/index.ts'

const MiB = 2 ** 20
const LARGEST = Number.MAX_SAFE_INTEGER

describe('object/price', () => {
  const price = (amount: number, per: number): Price => ({ amount, per, unit: 'cent' })

  /** What the definition says, in numbers without a limit. */
  function exact ({ amount, per }: Price, { size, blockSize }: Geometry, first: number, count: number): bigint {
    const upTo = (index: number): bigint => {
      const bytes = BigInt(index) * BigInt(blockSize)

      return BigInt(amount) * (bytes < BigInt(size) ? bytes : BigInt(size)) / BigInt(per)
    }

    return upTo(first + count) - upTo(first)
  }

  const geometries = fc.tuple(fc.integer({ min: 16, max: 22 }), fc.integer({ min: 1, max: 2 ** 42 }))
    .map(([power, size]) => new Geometry(Math.min(size, 2 ** power * 2 ** 20), 2 ** power))
  // small and large ones, and those near the limits of what a double holds exactly
  const amounts = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.maxSafeNat().map(n => Math.max(1, n)), fc.integer({ min: LARGEST - 1_000, max: LARGEST }))
  const priced = fc.tuple(amounts, amounts, geometries)
    .filter(([amount, per, geometry]) => {
      const total = exact(price(amount, per), geometry, 0, geometry.blockCount)

      return total >= 1n && total <= BigInt(LARGEST)
    })
    .map(([amount, per, geometry]) => ({ price: price(amount, per), geometry, values: new CoinValues(price(amount, per), geometry) }))

  it('should be exact, whatever the numbers', () => {
    fc.assert(fc.property(priced, fc.nat(), fc.nat(), ({ price, geometry, values }, a, b) => {
      const first = a % geometry.blockCount
      const count = b % (geometry.blockCount - first + 1)

      expect(BigInt(values.run(first, count))).to.equal(exact(price, geometry, first, count))
      expect(BigInt(values.coin(first))).to.equal(exact(price, geometry, first, 1))
      expect(BigInt(values.total)).to.equal(exact(price, geometry, 0, geometry.blockCount))
    }), { seed: 4, numRuns: 2_000 })
  })

  it('should be the same however a run is cut', () => {
    fc.assert(fc.property(priced, fc.array(fc.nat(), { maxLength: 20 }), ({ geometry: { blockCount }, values }, cuts) => {
      const ends = [0, ...cuts.map(cut => cut % (blockCount + 1)).sort((a, b) => a - b), blockCount]
      const parts = ends.slice(1).map((end, i) => values.run(ends[i], end - ends[i]))

      expect(parts.every(part => Number.isSafeInteger(part) && part >= 0)).to.be.true()
      expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).to.equal(BigInt(values.total))
    }), { seed: 5, numRuns: 1_000 })
  })

  it('should add up coin by coin', () => {
    for (const [amount, per, size] of [[1, 10 * MiB, 10 * MiB], [7, 3, 700_001], [500, 10 * MiB, 10 * MiB], [LARGEST, 10 * MiB, 10 * MiB], [3, MiB, 10 * MiB - 1]]) {
      const geometry = new Geometry(size, 65_536)
      const values = new CoinValues(price(amount, per), geometry)
      const coins = Array.from({ length: geometry.blockCount }, (_, i) => values.coin(i))

      expect(coins.reduce((sum, coin) => sum + coin, 0)).to.equal(values.total)
      expect(values.total).to.equal(Number(BigInt(amount) * BigInt(size) / BigInt(per)))
      // no two whole blocks differ by more than what rounding takes
      expect(Math.max(...coins.slice(0, -1)) - Math.min(...coins.slice(0, -1))).to.be.at.most(1)
    }
  })

  it('should be for the whole object, or for each MiB', () => {
    expect(new CoinValues(price(500, 3_000_000), new Geometry(3_000_000, 65_536)).total).to.equal(500)
    expect(new CoinValues(price(10, MiB), new Geometry(3_000_000, 65_536)).total).to.equal(28)
    expect(new CoinValues(price(10, MiB), new Geometry(3_000_000, 65_536)).coin(1)).to.equal(1)
    expect(new CoinValues(price(10, MiB), new Geometry(3_000_000, 65_536)).run(5, 0)).to.equal(0)
  })

  it('should take prices at the edges, and none beyond', () => {
    const small = new Geometry(100, 65_536)

    expect(new CoinValues(price(1, 1), new Geometry(1, 65_536)).total).to.equal(1)
    expect(new CoinValues(price(LARGEST, 100), small).total).to.equal(LARGEST)
    expect(new CoinValues(price(1, 100), small).total).to.equal(1)
    expect(new CoinValues(price(LARGEST, LARGEST), small).total).to.equal(100)

    for (const [amount, per] of [[0, 1], [1, 0], [-1, 1], [1, -1], [0.5, 1], [1, 1.5], [NaN, 1], [1, NaN], [Infinity, 1], [LARGEST + 1, 1], [1, LARGEST + 1]]) {
      expect(() => new CoinValues(price(amount, per), small), `${amount} for ${per}`).to.throw('A price is a whole number').with.property('name', 'InvalidParametersError')
    }

    expect(() => new CoinValues(price(1, 101), small)).to.throw('would cost 0 cent')
    expect(() => new CoinValues(price(LARGEST, 99), small)).to.throw('would cost 9098181065394940 cent')
    expect(() => new CoinValues(price(1, 1), new Geometry(0, 65_536))).to.throw('without bytes')
  })

  it('should be in a unit with a name', () => {
    for (const unit of ['', 'a b', 'x'.repeat(17), '€', 'a\n', 'a/b']) {
      expect(() => { checkUnit(unit) }, unit).to.throw('A unit has').with.property('name', 'InvalidParametersError')
      expect(() => new CoinValues({ amount: 1, per: 1, unit }, new Geometry(1, 65_536))).to.throw('A unit has')
    }

    for (const unit of ['c', 'EUR-ct.2_0', 'x'.repeat(16)]) {
      checkUnit(unit)
    }
  })
})
