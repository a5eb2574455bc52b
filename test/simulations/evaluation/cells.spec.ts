import { expect } from 'aegir/chai'
import { deliveryCells, functionsCells, pick } from '../../../simulations/evaluation/cells.ts'

const MiB = 1024 * 1024

describe('simulations: evaluation: what is measured', () => {
  const cells = [...functionsCells(), ...deliveryCells([MiB, 16 * MiB])]
  const names = (...words: string[]): string[] => pick(cells, words).map(({ name }) => name)

  it('has every composition once, and the bare stream', () => {
    expect(functionsCells()).to.have.lengthOf(2 * 2 * 3 + 2)
    expect(new Set(cells.map(({ name }) => name)).size).to.equal(cells.length)
  })

  it('is picked by parts of names', () => {
    expect(names('none/proof')).to.deep.equal(['functions/none/super-block/proof', 'functions/none/per-block/proof'])
    expect(names('bare', '16MiB/resume')).to.deep.equal(['functions/bare', 'functions/bare/hashed', 'delivery/16MiB/super-block/resume', 'delivery/16MiB/per-block/resume'])
    expect(names('delivery')).to.have.lengthOf(16)
  })

  it('is named in full when a word names nothing', () => {
    expect(() => names('plain', 'poof')).to.throw(/called poof; parts of names are functions, bare, .*resume/)
    expect(() => names('none/random')).to.throw(/called none\/random/)
  })
})
