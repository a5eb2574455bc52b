import { expect } from 'aegir/chai'
import { EXIT_CODES, explain, UsageError } from '../../src/cli/exit-codes.ts'
import { fields, oneLine, printable, table } from '../../src/cli/output.ts'

describe('cli: output', () => {
  it('shows no control characters', () => {
    expect(printable('a\u001b[31mb\u202ec\u0007\u009b\r')).to.equal('a\ufffd[31mb\ufffdc\ufffd\ufffd\ufffd')
    expect(printable('two\nlines, ü, 日本, 🎬')).to.equal('two\nlines, ü, 日本, 🎬')
  })

  it('aligns tables and fields', () => {
    expect(table([['A', 'B', 'C'], ['long', '1', '']])).to.equal('A     B  C\nlong  1')
    expect(table([['A', 'B'], ['a\nz  1', 'b']])).to.equal('A       B\na z  1  b')
    expect(oneLine('x\nbalance  5\n')).to.equal('x balance  5 ')
    expect(fields({ name: 'x', 'a longer name': 1, left: undefined })).to.equal('name           x\na longer name  1')
  })
})

describe('cli: exit codes', () => {
  it('explains each code once', () => {
    expect(EXIT_CODES.map(([code]) => code)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130])
  })

  it('finds the code by the name of an error', () => {
    expect(explain(new UsageError('wrong'))).to.deep.equal({ code: 2, message: 'wrong' })
    expect(explain(Object.assign(new Error(''), { name: 'ServerChangedError' }))).to.deep.equal({ code: 5, message: 'ServerChangedError' })
    expect(explain(Object.assign(new Error('x'), { name: 'NotPaidError' }))).to.include({ code: 8 }).and.to.have.property('hint').that.includes('--yes').and.includes('--max-price')
    expect(explain(Object.assign(new Error('x'), { name: 'BalanceTooLowError' }))).to.include({ code: 9 })
    expect(explain(Object.assign(new Error('x'), { name: 'MoneyShortError' }))).to.include({ code: 9 })
    expect(explain(new Error('odd'))).to.include({ code: 1, message: 'odd' })
  })

  it('calls trouble with the database of the home local, and names the next step', () => {
    for (const errcode of [5, 8, 10, 11, 13, 14, 26, 5 | 1 << 8]) {
      const err = Object.assign(new Error('disk'), { code: 'ERR_SQLITE_ERROR', errcode })

      expect(explain(err), String(errcode)).to.include({ code: 7, message: 'the home\'s database: disk' })
      expect(explain(err).hint).to.be.a('string')
    }

    expect(explain(Object.assign(new Error('syntax'), { code: 'ERR_SQLITE_ERROR', errcode: 1 })).code).to.equal(1)
  })

  it('finds the code by that of the operating system, and names the file', () => {
    const err = Object.assign(new Error('EACCES: permission denied, open \'/a, b\''), { code: 'EACCES', path: '/a, b', syscall: 'open' })

    expect(explain(err)).to.deep.equal({ code: 7, message: '/a, b: permission denied' })
  })
})
