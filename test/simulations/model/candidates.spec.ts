import { expect } from 'aegir/chai'
import { Random } from '../../../simulations/harness/random.ts'
import { Candidates } from '../../../simulations/model/candidates.ts'

const random = new Random(1)

describe('model candidates', () => {
  it('tries those that are new first, then those that failed least, when their pause is over', () => {
    const candidates = new Candidates()
    candidates.add(7)
    candidates.failed(candidates.next(0, false, random)?.node ?? -1, 2, 0, random)
    ;[7, 8].forEach(node => { candidates.add(node) })
    expect(candidates.hasFresh).to.equal(true)
    expect(candidates.next(0, false, random)).to.include({ node: 8, failures: 0 })
    candidates.failed(8, 0, 0, random)
    expect(candidates.next(100, false, random)).to.equal(undefined)
    expect(candidates.isWaiting(100)).to.equal(false)
    expect(candidates.next(60_000, false, random)).to.include({ node: 8, failures: 1 })
    expect(candidates.next(60_000, false, random)).to.include({ node: 7, failures: 3 })
  })

  it('prefers those who fetch from it, who have places when there are no others', () => {
    const candidates = new Candidates()
    ;[1, 2, 3, 4].forEach(node => { candidates.add(node) })
    candidates.calls(3)
    candidates.calls(9)
    expect([candidates.next(0, true, random), candidates.next(0, false, random)].map(candidate => candidate?.node)).to.have.members([3, 9])
    expect(candidates.next(0, true, random)).to.equal(undefined)
    candidates.failed(3, 0, 0, random)
    candidates.calls(3)
    expect(candidates.next(0, true, random)).to.include({ node: 3, failures: 1 })
  })

  it('takes any of those that are equal', () => {
    const first = Array.from({ length: 60 }, () => {
      const candidates = new Candidates()
      ;[1, 2, 3].forEach(node => { candidates.add(node) })

      return candidates.next(0, false, random)?.node
    })
    expect(new Set(first).size).to.equal(3)
  })

  it('forgets who failed most when there are too many', () => {
    const candidates = new Candidates()

    for (let node = 0; node < 64; node++) {
      candidates.add(node)
    }

    candidates.add(100)
    const lost = candidates.next(0, false, random)?.node ?? -1
    candidates.failed(lost, 3, 0, random)
    candidates.add(100)
    const nodes = Array.from({ length: 64 }, () => candidates.next(1e6, false, random)?.node)
    expect(nodes).to.include(100)
    expect(nodes).to.not.include(lost)
  })
})
