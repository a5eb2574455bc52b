import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { acknowledgementWindow } from '../../protocols/block/request-window.ts'
import { acknowledgeThreshold, grownWindow } from '../../src/exchange/acknowledgement-window.ts'
import { EarnedWindows } from '../../src/exchange/earned-windows.ts'

const KIB = 1024

function cap (blockSize: number, blockCount = 1000): number {
  return acknowledgementWindow({ blockCount, blockLength: () => blockSize })
}

describe('exchange: acknowledgement window', () => {
  it('has a cap of twice the requests, and of the keys of one answer', () => {
    expect(cap(64 * KIB)).to.equal(512)
    expect(cap(256 * KIB)).to.equal(128)
    expect(cap(4096 * KIB)).to.equal(8)
    expect(cap(KIB)).to.equal(512)
    expect(cap(KIB, 0)).to.equal(8)
  })

  it('doubles with each full window, up to the cap', () => {
    const windows = [1]

    while (windows.length < 10) {
      const window = windows[windows.length - 1]
      windows.push(grownWindow(window, window, 100))
    }

    expect(windows).to.deep.equal([1, 2, 4, 8, 16, 32, 64, 100, 100, 100])
  })

  it('is acknowledged in quarters, and block by block while it is small', () => {
    expect([1, 2, 4, 7, 8, 16, 512].map(acknowledgeThreshold)).to.deep.equal([1, 1, 1, 1, 2, 4, 128])
  })
})

describe('exchange: earned windows', () => {
  const SIZE = 256 * KIB
  let now = 0
  let earned: EarnedWindows

  const refused = (peer: string): boolean => {
    try {
      earned.borrow(peer, SIZE, 128)
      return false
    } catch (err: any) {
      expect(err).to.have.property('name', 'RefusedError')
      expect(err).to.have.property('status', 'BLOCK_BUSY')
      return true
    }
  }

  beforeEach(() => {
    now = 1000
    earned = new EarnedWindows(() => now)
  })

  it('begins with one block, and goes on where the last session ended', () => {
    expect(earned.borrow('a', SIZE, 128)).to.equal(1)
    earned.giveBack('a', 40, SIZE)
    expect(earned.borrow('b', SIZE, 128)).to.equal(1)
    expect(earned.borrow('a', SIZE, 128)).to.equal(40)
  })

  it('counts bytes where blocks differ in size, and stays within the cap', () => {
    earned.giveBack('a', 40, SIZE)
    expect(earned.borrow('a', 4 * SIZE, 8)).to.equal(8)
    // the rest of it is still there
    expect(earned.borrow('a', 4 * SIZE, 32)).to.equal(2)
    expect(earned.borrow('a', 4 * SIZE, 32)).to.equal(1)
  })

  it('does not give the same trust to two sessions at a time', () => {
    earned.giveBack('a', 40, SIZE)
    expect(earned.borrow('a', SIZE, 128)).to.equal(40)
    expect(earned.borrow('a', SIZE, 128)).to.equal(1)
    earned.giveBack('a', 2, SIZE)
    earned.giveBack('a', 50, SIZE)
    expect(earned.borrow('a', SIZE, 128)).to.equal(50)
  })

  it('is back at one after abuse', () => {
    earned.giveBack('a', 40, SIZE)
    earned.abused('a', false)
    expect(earned.borrow('a', SIZE, 128)).to.equal(1)
  })

  it('refuses who pays nothing three times in a row, for longer and longer, up to five minutes', () => {
    earned.abused('a', true)
    earned.abused('a', true)
    expect(refused('a')).to.be.false()
    const waits: number[] = []

    for (let round = 0; round < 12; round++) {
      earned.abused('a', true)
      const from = now

      while (refused('a')) {
        now += 1000
      }

      waits.push((now - from) / 1000)
    }

    expect(waits).to.deep.equal([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300])
    expect(refused('b')).to.be.false()
  })

  it('forgets all of that with one acknowledgement', () => {
    for (let session = 0; session < 5; session++) {
      earned.abused('a', true)
    }

    expect(refused('a')).to.be.true()
    earned.paid('a')
    expect(refused('a')).to.be.false()
    earned.abused('a', true)
    earned.abused('a', true)
    expect(refused('a')).to.be.false()
  })

  it('never lends more than was earned, and one block for each session', () => {
    const steps = fc.array(fc.record({ paid: fc.nat(30), abused: fc.boolean(), open: fc.boolean() }), { maxLength: 50 })

    fc.assert(fc.property(steps, steps => {
      earned = new EarnedWindows(() => now)
      const sessions: number[] = []
      let paid = 0
      let count = 0

      for (const step of steps) {
        if (step.open || sessions.length === 0) {
          sessions.push(earned.borrow('a', SIZE, 512))
          count++
        } else {
          const window = grownWindow(sessions[0], step.paid, 512)
          paid += step.paid
          sessions.shift()

          if (step.abused) {
            earned.abused('a', false)
          } else {
            earned.giveBack('a', window, SIZE)
          }
        }

        expect(sessions.reduce((sum, window) => sum + window, 0)).to.be.at.most(paid + count)
      }
    }))
  })
})
