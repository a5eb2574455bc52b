import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { decodeBlocks, encodeBlocks } from '../../src/exchange/block-list.ts'

const MAX_BLOCKS = 2 ** 20

/** As one reads the specification, with numbers of any size. */
function naive (indices: number[]): number[] {
  return indices.flatMap((index, at) => {
    const difference = index - (indices[at - 1] ?? 0)
    const bytes = []
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference

    for (; rest > 127; rest = Math.floor(rest / 128)) {
      bytes.push(rest % 128 + 128)
    }

    return [...bytes, rest]
  })
}

const lists = fc.array(fc.oneof(fc.nat(300), fc.nat(MAX_BLOCKS - 1), fc.constantFrom(0, MAX_BLOCKS - 1)), { maxLength: 200 })

describe('exchange: list of blocks', () => {
  it('encodes known lists', () => {
    expect([...encodeBlocks([0, 1, 2, 1])]).to.deep.equal([0, 2, 2, 1])
    expect([...encodeBlocks([63, 127, 0])]).to.deep.equal([0x7e, 0x80, 0x01, 0xfd, 0x01])
    expect([...encodeBlocks([MAX_BLOCKS - 1, 0])]).to.deep.equal([0xfe, 0xff, 0x7f, 0xfd, 0xff, 0x7f])
    expect(encodeBlocks([])).to.have.lengthOf(0)
  })

  it('comes back as it was', () => {
    fc.assert(fc.property(lists, indices => {
      const bytes = encodeBlocks(indices)
      expect([...bytes]).to.deep.equal(naive(indices))
      expect([...decodeBlocks(bytes, indices.length, MAX_BLOCKS)]).to.deep.equal(indices)
    }))
  })

  it('has one encoding: whatever is accepted is what would be written', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.array(fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff), { maxLength: 12 }).map(values => Uint8Array.from(values))
    )
    let accepted = 0

    fc.assert(fc.property(bytes, fc.nat(12), fc.constantFrom(1, 5, 1000, MAX_BLOCKS), (bytes, count, blockCount) => {
      let indices: Uint32Array

      try {
        indices = decodeBlocks(bytes, count, blockCount)
      } catch (err: any) {
        expect(err.name).to.equal('InvalidMessageError')
        return
      }

      accepted++
      expect(indices).to.have.lengthOf(count)
      expect([...indices].every(index => index < blockCount)).to.be.true()
      expect([...encodeBlocks(indices)]).to.deep.equal([...bytes])
    }), { numRuns: 5000 })
    expect(accepted).to.be.greaterThan(50)
  })

  it('rejects every cut, every addition, every other count and every index too large', () => {
    fc.assert(fc.property(lists, indices => {
      const bytes = encodeBlocks(indices)
      const rejects = (bytes: Uint8Array, count: number, blockCount = MAX_BLOCKS): void => {
        expect(() => decodeBlocks(bytes, count, blockCount)).to.throw().with.property('name', 'InvalidMessageError')
      }

      for (let length = 0; length < bytes.byteLength; length++) {
        rejects(bytes.subarray(0, length), indices.length)
      }

      rejects(Uint8Array.from([...bytes, 0]), indices.length)
      rejects(bytes, indices.length + 1)

      if (indices.length > 0) {
        rejects(bytes, indices.length - 1)
        rejects(bytes, indices.length, Math.max(...indices))
      }
    }), { numRuns: 50 })
  })

  it('rejects numbers that could be shorter, that go on for ever, or lead below zero', () => {
    for (const bytes of [[0x80, 0x00], [0x82, 0x80, 0x00], [0x82, 0x00], [0x80, 0x80, 0x80, 0x00], [0xff, 0xff, 0xff], [0x80], [0x80, 0x80], [0x01], [0xfd, 0x01]]) {
      expect(() => decodeBlocks(Uint8Array.from(bytes), 1, MAX_BLOCKS), bytes.join()).to.throw().with.property('name', 'InvalidMessageError')
    }
  })
})
