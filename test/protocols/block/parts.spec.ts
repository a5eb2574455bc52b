import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Announcements, Announcer } from '../../../protocols/block/announcer.ts'
import { acknowledgementWindow, requestWindow } from '../../../protocols/block/index.ts'
import { countBlocks, decodeRanges, encodeRanges, isBitmap, joinRanges } from '../../../protocols/block/ranges.ts'
import { eventually } from '../../eventually.ts'
import { shape } from './fixture.ts'

const range = fc.record({ first: fc.nat(200), count: fc.integer({ min: 1, max: 30 }) })

function blocksOf ({ first, count }: { first: number, count: number }): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

describe('block ranges', () => {
  it('joins and survives the wire', () => {
    fc.assert(fc.property(fc.array(range), (ranges) => {
      const blocks = new Set(ranges.flatMap(blocksOf))
      const joined = joinRanges(ranges)

      expect(countBlocks(joined)).to.equal(blocks.size)
      expect(decodeRanges(encodeRanges(joined), 230)).to.deep.equal(joined)
    }), { seed: 20261121 })
  })

  for (const numbers of [[1], [0, 0], [5, 1, 4, 1], [0, 2, 1, 1], [9, 2], [2 ** 32 - 1, 2 ** 32 - 1]]) {
    it(`refuses ${numbers.join(', ')} of 10 blocks`, () => {
      expect(() => decodeRanges(numbers, 10)).to.throw().with.property('name', 'InvalidMessageError')
    })
  }

  it('knows a bitmap', () => {
    expect(isBitmap(Uint8Array.of(0xff, 0x03), 10)).to.equal(true)
    expect(isBitmap(Uint8Array.of(0xff, 0x04), 10)).to.equal(false)
    expect(isBitmap(Uint8Array.of(0xff), 10)).to.equal(false)
    expect(isBitmap(Uint8Array.of(0xff, 3, 0), 10)).to.equal(false)
    expect(isBitmap(Uint8Array.of(0xff), 8)).to.equal(true)
    expect(isBitmap(new Uint8Array(0), 0)).to.equal(true)
  })
})

describe('block announcements', () => {
  it('tolerates each block twice', () => {
    const announcements = new Announcements(10)

    announcements.read([0, 10])
    announcements.read([0, 10])
    expect(() => announcements.read([3, 1])).to.throw().with.property('name', 'InvalidMessageError')
  })

  it('are collected, and held back while the stream is full', async () => {
    const sent: number[][] = []
    const outlet = { needsDrain: false, send: ({ have }: { have: { ranges: number[] } }) => { sent.push(have.ranges) } }
    const announcer = new Announcer(outlet)

    announcer.add([{ first: 5, count: 1 }])
    announcer.add([{ first: 4, count: 1 }])
    expect(sent).to.be.empty()
    await eventually(() => sent.length > 0)
    expect(sent).to.deep.equal([[4, 2]])

    outlet.needsDrain = true
    announcer.add([{ first: 10, count: 40 }])
    expect(sent).to.have.lengthOf(1)
    outlet.needsDrain = false
    announcer.add([{ first: 50, count: 1 }])
    expect(sent).to.deep.equal([[4, 2], [10, 41]])

    announcer.add([])
    expect(sent[2]).to.be.empty()

    announcer.add(Array.from({ length: 3000 }, (_, i) => ({ first: 100 + 2 * i, count: 1 })))
    expect(sent.slice(3).map(ranges => ranges.length)).to.deep.equal([2048, 2048, 1904])
    announcer.stop()
  })
})

describe('request window', () => {
  it('covers 16 MiB', () => {
    expect([65536, 262144, 4194304].map(size => requestWindow(shape(10, size)))).to.deep.equal([256, 64, 4])
    expect(requestWindow(shape(0, 65536))).to.equal(4)
  })

  it('is half the window of acknowledgements', () => {
    expect([16384, 65536, 262144, 4194304].map(size => acknowledgementWindow(shape(10, size)))).to.deep.equal([512, 512, 128, 8])
  })
})
