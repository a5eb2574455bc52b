import { expect } from 'aegir/chai'
import { Choice } from '../../../simulations/model/choice.ts'

const BLOCKS = 70
const ME = 1
const OTHER = 2

function choice (): Choice {
  return new Choice(3, BLOCKS, Int32Array.of(1, 0x9E3779B1 | 0, 3))
}

describe('model choice of blocks', () => {
  it('takes the rarest that the provider has and that nobody was asked for', () => {
    const blocks = choice()
    ;[3, 31, 32, 69].forEach(block => { blocks.announced.add(OTHER, block) })
    blocks.countAll(ME, OTHER, 1)
    ;[3, 31, 69].forEach(block => { blocks.count(ME, block) })
    expect(blocks.rarest(ME, OTHER, false, 10)).to.equal(32)
    blocks.claim(ME, 32, 0)
    blocks.have.add(ME, 69)
    blocks.count(ME, 31)
    expect(blocks.rarest(ME, OTHER, false, 10)).to.equal(3)
    blocks.claim(ME, 3, 0)
    blocks.claim(ME, 31, 0)
    expect(blocks.rarest(ME, OTHER, false, 10)).to.equal(-1)
    // in vain: it may be asked for again
    expect(blocks.release(ME, 31)).to.equal(true)
    expect(blocks.rarest(ME, OTHER, false, 10)).to.equal(31)
  })

  it('takes any at first, of those that there are', () => {
    const blocks = choice()
    const seen = new Set<number>()

    for (let i = 0; i < BLOCKS; i++) {
      const block = blocks.rarest(ME, OTHER, true, 0)
      expect(block).to.be.within(0, BLOCKS - 1)
      seen.add(block)
      blocks.claim(ME, block, 0)
    }

    expect(seen.size).to.equal(BLOCKS)
    expect(blocks.rarest(ME, OTHER, true, 0)).to.equal(-1)
    expect([...seen]).to.not.deep.equal([...seen].sort((a, b) => a - b))
  })

  it('asks another for what was waited for too long, the longest first, and not the same', () => {
    const blocks = choice()
    blocks.announced.add(OTHER, 5)
    blocks.announced.add(OTHER, 6)
    blocks.claim(ME, 5, 2000)
    blocks.claim(ME, 6, 1000)
    expect(blocks.duplicate(ME, OTHER, false, [], 500)).to.equal(-1)
    expect(blocks.duplicate(ME, OTHER, false, [], 1500)).to.equal(6)
    expect(blocks.duplicate(ME, OTHER, false, [], 2500)).to.equal(6)
    expect(blocks.duplicate(ME, OTHER, false, [6], 2500)).to.equal(5)
    expect(blocks.duplicate(ME, OTHER, false, [5, 6], 2500)).to.equal(-1)
  })

  it('asks another for what the origin alone was asked for, after a while', () => {
    const blocks = choice()
    blocks.announced.add(OTHER, 5)
    blocks.claim(ME, 4, 1000)
    blocks.claim(ME, 5, 1000)
    expect(blocks.waiting(ME, OTHER, false, [4, 5], 500)).to.equal(-1)
    expect(blocks.waiting(ME, OTHER, false, [4, 5], 1500)).to.equal(5)
    expect(blocks.waiting(ME, OTHER, true, [4, 5], 1500)).to.equal(4)
    blocks.claim(ME, 5, 1500)
    expect(blocks.waiting(ME, OTHER, false, [4, 5], 2500)).to.equal(-1)
  })

  it('knows what others have by what they said', () => {
    const blocks = choice()
    blocks.announced.add(OTHER, 40)
    expect(blocks.isElsewhere(ME, 40)).to.equal(false)
    blocks.countAll(ME, OTHER, 1)
    expect(blocks.isElsewhere(ME, 40)).to.equal(true)
    blocks.countAll(ME, OTHER, -1)
    expect(blocks.isElsewhere(ME, 40)).to.equal(false)
  })
})
