import { expect } from 'aegir/chai'
import { GRANT, movementsCsv, movementsJson, SqlLedger } from '../../src/ledger/index.ts'
import { client, DAY, hash, memory, settlement } from './fixtures.ts'
import type { CreditPolicy, Movement } from '../../src/ledger/index.ts'
import type { DatabaseSync } from 'node:sqlite'

describe('ledger', () => {
  let database: DatabaseSync
  let now: number

  beforeEach(() => {
    database = memory()
    now = Date.UTC(2026, 0, 1)
  })

  afterEach(() => {
    database.close()
  })

  function open (policy?: Partial<CreditPolicy>): SqlLedger {
    return new SqlLedger(database, policy, () => now)
  }

  it('credits the provider, and the recipient for relieving the server', () => {
    const ledger = open()

    // three blocks of 256 KiB, one of 70,000 bytes
    expect(ledger.settle([settlement({ id: 1, indices: [0, 1, 2, 19] })])).to.deep.equal([{ credited: 4, amount: 14 * 4, newly: 4 }])
    expect(ledger.balance(client(0))).to.equal(1024 + 56)
    expect(ledger.balance(client(1))).to.equal(1024 + 14)
    expect(ledger.account(client(0))).to.deep.include({ account: client(0).toString(), balance: 1080, standing: 1, sessions: 1, served: 4, credited: 4, voided: 0 })
    expect(ledger.accounts().map(({ account }) => account)).to.deep.equal([client(0).toString(), client(1).toString(), GRANT])
    expect([...ledger.movements()].map(({ kind, payer, payee, amount }) => [kind, payer, payee, amount])).to.deep.equal([
      ['starting', GRANT, client(0).toString(), 1024],
      ['starting', GRANT, client(1).toString(), 1024],
      ['service', GRANT, client(0).toString(), 56],
      ['discount', GRANT, client(1).toString(), 14]
    ])
  })

  it('gives no discount for what the server served', () => {
    const ledger = open()
    ledger.settle([settlement({ id: 1, indices: [0], relieved: false })])

    expect(ledger.balance(client(0))).to.equal(1024 + 16)
    expect(ledger.balance(client(1))).to.equal(1024)
  })

  it('credits a block of a ticket once, whoever claims it', () => {
    const ledger = open()
    const first = settlement({ id: 1, provider: 0, indices: [5, 6, 6, 7] })
    const second = settlement({ id: 2, provider: 2, indices: [7, 8] })

    expect(ledger.settle([first, first, second]).map(({ newly }) => newly)).to.deep.equal([3, 0, 1])
    expect(ledger.settle([second, first]).map(({ newly, credited }) => [newly, credited])).to.deep.equal([[0, 1], [0, 3]])

    // another ticket is another matter
    expect(ledger.settle([settlement({ id: 3, recipient: 3, indices: [5, 6, 7, 8] })])[0].newly).to.equal(4)
  })

  it('settles what is new of a session that went on', () => {
    const ledger = open()
    const indices = [9, 3, 4, 1]

    expect(ledger.settle([settlement({ id: 1, indices, count: 2 })])).to.deep.equal([{ credited: 2, amount: 32, newly: 2 }])
    expect(ledger.settle([settlement({ id: 1, indices, count: 4 })])).to.deep.equal([{ credited: 4, amount: 64, newly: 2 }])
    expect(ledger.settle([settlement({ id: 1, indices, count: 3 })])).to.deep.equal([{ credited: 4, amount: 64, newly: 0 }])
    expect(ledger.settled(hash('session', 1))).to.deep.equal({ credited: 4, amount: 64, count: 4, void: false })
    expect(ledger.settled(hash('session', 2))).to.equal(undefined)
  })

  it('takes the last index that there can be', () => {
    const ledger = open()
    const indices = [2 ** 32 - 1, 0, 4095, 4096, 2 ** 31]

    expect(ledger.settle([settlement({ id: 1, indices })])[0].newly).to.equal(5)
    expect(open().settle([settlement({ id: 2, indices })])[0].newly).to.equal(0)
    expect(ledger.check().problems).to.be.empty()
  })

  it('keeps nothing for blocks once all up to them were credited', () => {
    const ledger = open()
    const indices = Array.from({ length: 10_000 }, (_, i) => i)

    ledger.settle([settlement({ id: 1, indices: indices.filter(i => i % 2 === 0) })])
    ledger.settle([settlement({ id: 2, provider: 2, indices: indices.filter(i => i % 2 === 1) })])

    expect(database.prepare('SELECT chunk, ones, length(bits) AS length FROM ledger_blocks').all().map(row => ({ ...row }))).to.deep.equal([
      { chunk: 0, ones: 512, length: 0 },
      { chunk: 1, ones: 512, length: 0 },
      { chunk: 2, ones: 226, length: 0 }
    ])
  })

  it('refuses what cannot be', () => {
    const ledger = open()
    ledger.settle([settlement({ id: 1, indices: [1, 2] })])

    for (const wrong of [
      settlement({ id: 1, provider: 2, indices: [1, 2, 3] }),
      settlement({ id: 1, recipient: 3, indices: [1, 2, 3] }),
      { ...settlement({ id: 2, indices: [3] }), recipient: client(3) },
      { ...settlement({ id: 2, indices: [3] }), object: settlement({ id: 2, object: 2, indices: [3] }).object },
      settlement({ id: 2, indices: [3], count: 2 }),
      settlement({ id: 2, indices: [3], count: 0 })
    ]) {
      expect(() => ledger.settle([settlement({ id: 9, indices: [9] }), wrong])).to.throw().with.property('name', 'InvalidParametersError')
    }

    // not the good one beside it either
    expect(ledger.settled(hash('session', 9))).to.equal(undefined)
    expect(ledger.check()).to.include({ holds: true, sessions: 1, blocks: 2 })
  })

  describe('void sessions', () => {
    it('give back what they earned', () => {
      const ledger = open()
      ledger.settle([settlement({ id: 1, indices: [0, 1] })])
      ledger.void(hash('session', 1), 'entry 2 is false')
      ledger.void(hash('session', 1), 'again')

      expect([ledger.balance(client(0)), ledger.balance(client(1))]).to.deep.equal([1024, 1024])
      expect(ledger.settled(hash('session', 1))).to.deep.equal({ credited: 0, amount: 0, count: 2, void: true })
      expect(ledger.account(client(0))).to.include({ sessions: 0, served: 0, credited: 0, voided: 1 })
      expect([...ledger.movements()].filter(({ kind }) => kind === 'reversal').map(({ payee, amount, memo }) => [payee, amount, memo])).to.deep.equal([
        [GRANT, 32, 'entry 2 is false'],
        [GRANT, 8, 'entry 2 is false']
      ])
    })

    it('earn nothing any more', () => {
      const ledger = open()
      ledger.settle([settlement({ id: 1, indices: [0, 1] })])
      ledger.void(hash('session', 1), 'false')
      ledger.void(hash('session', 2), 'false before it was settled')

      expect(ledger.settle([settlement({ id: 1, indices: [0, 1, 2] }), settlement({ id: 2, indices: [7] })])).to.deep.equal([
        { credited: 0, amount: 0, newly: 0 },
        { credited: 0, amount: 0, newly: 0 }
      ])
      expect(ledger.check().problems).to.be.empty()
    })

    const twoOf = (indices: number[], second = false): ReturnType<typeof settlement> => settlement({ id: second ? 2 : 1, provider: second ? 2 : 0, indices })

    it('free their blocks when all of it is taken back', () => {
      const ledger = open()
      ledger.settle([twoOf([0, 1, 5000])])
      ledger.void(hash('session', 1), 'false', Uint32Array.from([0, 1, 5000, 7]))
      expect(ledger.check()).to.include({ holds: true, blocks: 0 })

      expect(ledger.settle([twoOf([1, 5000, 7], true)])[0]).to.include({ credited: 3 })
      expect(ledger.check()).to.include({ holds: true, blocks: 3 })
    })

    it('free nothing else', () => {
      const cases: Record<string, (ledger: SqlLedger) => Uint32Array | undefined> = {
        'the blocks are not told': () => undefined,
        'not all of them are told': () => Uint32Array.from([0]),
        'the provider has spent some': ledger => {
          ledger.adjust(client(0), -1050, 'spent')
          return Uint32Array.from([0, 1])
        },
        'the recipient has spent some': ledger => {
          ledger.adjust(client(1), -1030, 'spent')
          return Uint32Array.from([0, 1])
        },
        'some were credited before': ledger => {
          ledger.settle([settlement({ id: 1, indices: [0, 1, 0] })])
          return Uint32Array.from([0, 1, 0])
        }
      }

      for (const [what, prepare] of Object.entries(cases)) {
        database = memory()
        const ledger = open()
        ledger.settle([twoOf([0, 1])])
        ledger.void(hash('session', 1), 'false', prepare(ledger))
        expect(ledger.settle([twoOf([0, 1], true)])[0].credited, what).to.equal(0)
        expect(ledger.check(), what).to.include({ holds: true, blocks: 2 })
      }
    })

    it('change nothing when other blocks are told', () => {
      const ledger = open()
      ledger.settle([twoOf([0, 1])])
      expect(() => { ledger.void(hash('session', 1), 'false', Uint32Array.from([0, 2])) }).to.throw().with.property('name', 'InvalidParametersError')
      expect(ledger.settled(hash('session', 1))).to.include({ void: false, credited: 2 })
      expect(ledger.check()).to.include({ holds: true, blocks: 2 })
    })

    it('take no account below zero', () => {
      const ledger = open()
      ledger.settle([settlement({ id: 1, indices: [0, 1] })])
      ledger.adjust(client(0), -1050, 'spent')
      ledger.void(hash('session', 1), 'false')

      expect(ledger.balance(client(0))).to.equal(0)
      expect(ledger.check().problems).to.be.empty()
    })
  })

  describe('adjustments', () => {
    it('give and take', () => {
      const ledger = open()
      ledger.adjust(client(0), 5000, 'mirror')
      ledger.adjust(client(0), -24, 'fee')

      expect(ledger.balance(client(0))).to.equal(6000)
      expect([...ledger.movements()].map(({ kind, memo }) => [kind, memo])).to.deep.equal([['starting', undefined], ['adjustment', 'mirror'], ['adjustment', 'fee']])
    })

    it('take no more than there is', () => {
      const ledger = open()

      expect(() => { ledger.adjust(client(0), -1025, 'too much') }).to.throw().with.property('name', 'InsufficientBalanceError')
      // nor was the account opened
      expect(ledger.account(client(0))).to.equal(undefined)
    })

    it('need a whole number and a memo', () => {
      const ledger = open()

      for (const [amount, memo] of [[0, 'a'], [1.5, 'a'], [NaN, 'a'], [2 ** 53, 'a'], [2 ** 53 - 1, 'a'], [1, ''], [1, ' '], [1, 'a'.repeat(201)]] as const) {
        expect(() => { ledger.adjust(client(0), amount, memo) }).to.throw().with.property('name', 'InvalidParametersError')
      }
    })
  })

  describe('ageing', () => {
    it('halves a balance in the half-life, once a day', () => {
      const ledger = open({ startingCredit: 1_000_000 })
      ledger.open(client(0))

      for (let hour = 0; hour < 30 * 24; hour++) {
        now += DAY / 24
        ledger.age()
      }

      expect(ledger.balance(client(0))).to.be.closeTo(500_000, 1)
      expect([...ledger.movements()].filter(({ kind }) => kind === 'ageing')).to.have.lengthOf(30)
    })

    it('ages small balances as fast as large ones', () => {
      const ledger = open({ startingCredit: 100 })
      ledger.open(client(0))

      for (let day = 0; day < 30; day++) {
        now += DAY
        ledger.age()
      }

      expect(ledger.balance(client(0))).to.be.within(50, 51)
    })

    it('goes on with the next ones where there are many accounts', () => {
      const ledger = open()
      const add = database.prepare('INSERT INTO ledger_accounts (account, opened, aged) VALUES (?, ?, ?)')
      ledger.open(client(0))

      for (let n = 0; n < 2048; n++) {
        add.run(`older ${n}`, now, now - 1)
      }

      now += DAY
      expect(ledger.age()).to.equal(0)
      expect(ledger.age()).to.be.above(0)
      expect(ledger.age()).to.equal(0)
    })

    it('takes nothing where there is no half-life, or when the clock goes back', () => {
      const ledger = open({ halfLife: 0 })
      ledger.open(client(0))

      expect(ledger.age(now + 1000 * DAY)).to.equal(0)
      expect(open({ halfLife: DAY }).age(now - DAY)).to.equal(0)
      expect(ledger.balance(client(0))).to.equal(1024)
    })
  })

  describe('standing', () => {
    for (const [balance, standing] of [[0, 1], [1024, 1], [2047, 1], [2048, 2], [100 * 1024, 100], [1024 ** 3, 100]]) {
      it(`is ${standing} for ${balance}`, () => {
        const ledger = open()
        ledger.open(client(0))

        if (balance !== 1024) {
          ledger.adjust(client(0), balance - 1024, 'test')
        }

        expect(ledger.standing(client(0))).to.equal(standing)
      })
    }

    it('is 1 for who is not known', () => {
      expect(open().standing(client(0))).to.equal(1)
      expect(open({ startingCredit: 0 }).standing(client(0))).to.equal(1)
    })
  })

  describe('policy', () => {
    it('is kept for whoever opens the ledger next', () => {
      open({ credit: 7 })

      expect(open().policy).to.deep.equal({ credit: 7, discount: 1, startingCredit: 1024, halfLife: 30 * DAY })
      expect(open({ discount: 0 }).policy).to.include({ credit: 7, discount: 0 })
    })

    it('is checked', () => {
      for (const policy of [{ credit: -1 }, { credit: 1.5 }, { discount: 10_001 }, { startingCredit: NaN }, { halfLife: -1 }]) {
        expect(() => open(policy)).to.throw().with.property('name', 'InvalidParametersError')
      }

      expect(open().policy.credit).to.equal(4)
    })

    it('may give nothing', () => {
      const ledger = open({ credit: 0, discount: 0, startingCredit: 0 })

      expect(ledger.settle([settlement({ id: 1, indices: [1] })])).to.deep.equal([{ credited: 1, amount: 0, newly: 1 }])
      expect([...ledger.movements()]).to.be.empty()
      expect(ledger.check().problems).to.be.empty()
    })
  })

  describe('movements', () => {
    beforeEach(() => {
      const ledger = open()

      for (let i = 1; i < 2000; i++) {
        now++
        ledger.adjust(client(i % 2), 1, `number ${i}`)
      }
    })

    const memos = (movements: Iterable<Movement>): Array<string | undefined> => [...movements].map(({ memo }) => memo)

    it('come in the order of time, in any number', () => {
      const all = [...open().movements()]

      expect(all).to.have.lengthOf(2001)
      expect(all.map(({ id }) => id)).to.deep.equal(all.map((_, i) => i + 1))
    })

    it('are chosen by account, time and number', () => {
      expect(memos(open().movements({ limit: 2 }))).to.deep.equal(['number 1998', 'number 1999'])
      expect(memos(open().movements({ limit: 2, account: client(0) }))).to.deep.equal(['number 1996', 'number 1998'])
      expect(memos(open().movements({ since: now - 1 }))).to.deep.equal(['number 1998', 'number 1999'])
      expect(memos(open().movements({ since: now - 1, account: client(0) }))).to.deep.equal(['number 1998'])
      expect(memos(open().movements({ account: client(5) }))).to.be.empty()
      expect(memos(open().movements({ account: client(5), limit: 1 }))).to.be.empty()
      expect(memos(open().movements({ account: GRANT, limit: 1 }))).to.deep.equal(['number 1999'])
    })

    it('may go on meanwhile', () => {
      const ledger = open()
      let count = 0

      for (const { id } of ledger.movements()) {
        count++

        if (id === 1) {
          ledger.adjust(client(0), 1, 'meanwhile')
        }
      }

      expect(count).to.equal(2002)
    })

    it('stay as they were posted', () => {
      expect(() => { database.exec('UPDATE ledger_movements SET amount = 2') }).to.throw('stays as it is')
      expect(() => { database.exec('DELETE FROM ledger_movements') }).to.throw('stays as it is')
    })
  })

  describe('export', () => {
    const movements: Movement[] = [
      { id: 1, time: Date.UTC(2026, 0, 1), kind: 'service', payer: 'grant', payee: 'alice', amount: 5, session: Uint8Array.of(1, 255) },
      { id: 2, time: Date.UTC(2026, 0, 2), kind: 'adjustment', payer: 'grant', payee: 'alice', amount: 6, memo: 'said "yes",\r\nthen no' }
    ]

    it('writes CSV', () => {
      expect([...movementsCsv(movements)].join('')).to.equal('id,time,kind,payer,payee,amount,session,memo\r\n' +
        '1,2026-01-01T00:00:00.000Z,service,grant,alice,5,01ff,\r\n' +
        '2,2026-01-02T00:00:00.000Z,adjustment,grant,alice,6,,"said ""yes"",\r\nthen no"\r\n')
    })

    it('writes JSON', () => {
      expect(JSON.parse([...movementsJson(movements)].join(''))).to.deep.equal([
        { id: 1, time: '2026-01-01T00:00:00.000Z', kind: 'service', payer: 'grant', payee: 'alice', amount: 5, session: '01ff' },
        { id: 2, time: '2026-01-02T00:00:00.000Z', kind: 'adjustment', payer: 'grant', payee: 'alice', amount: 6, memo: 'said "yes",\r\nthen no' }
      ])
      expect(JSON.parse([...movementsJson([])].join(''))).to.deep.equal([])
    })
  })

  describe('check', () => {
    const faults: Array<[what: string, sql: string, problem: RegExp]> = [
      ['a balance that was changed', 'UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 2', /all accounts together have 1[^]*has a balance of 1057, and movements that come to 1056/],
      ['a movement that was removed', 'DROP TRIGGER ledger_movements_keep_all; DELETE FROM ledger_movements WHERE kind = \'service\'', /has a balance of 1056, and movements that come to 1024[^]*has movements of 0 and 8/],
      ['a movement that was changed', 'DROP TRIGGER ledger_movements_keep; UPDATE ledger_movements SET amount = 2000 WHERE id = 1', /movements that come to/],
      ['a session that was changed', 'UPDATE ledger_sessions SET amount = 33', /gave 33 and 8, and has movements of 32 and 8/],
      ['a session that was removed', 'PRAGMA foreign_keys = OFF; DELETE FROM ledger_sessions', /session that is not there[^]*its sessions were credited/],
      ['more blocks than there are', 'UPDATE ledger_sessions SET credited = 3', /has 2 blocks, and 3 of them were credited[^]*2 blocks of the ticket/],
      ['blocks that were forgotten', 'UPDATE ledger_blocks SET bits = x\'\'', /0 blocks of the ticket [0-9A-F]{32} are noted as credited, and its sessions were credited 2/],
      ['blocks of no ticket', 'PRAGMA foreign_keys = OFF; INSERT INTO ledger_blocks VALUES (99, 0, 1, x\'\')', /ticket that is not there, 99/],
      ['a second starting credit', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount) VALUES (0, \'starting\', 1, 2, 5)', /starting credit 2 times/],
      ['a reversal of what holds', 'INSERT INTO ledger_movements (time, kind, payer, payee, amount, session) VALUES (0, \'reversal\', 2, 1, 5, 1)', /gave 40, and 5 of that was taken back/],
      ['an account that was removed', 'PRAGMA foreign_keys = OFF; DELETE FROM ledger_accounts WHERE id = 2', /account that is not there/]
    ]

    faults.forEach(([what, sql, problem]) => {
      it(`finds ${what}`, () => {
        const ledger = open()
        ledger.settle([settlement({ id: 1, indices: [1, 2] })])
        expect(ledger.check().holds).to.be.true()

        database.exec(sql)

        const { holds, problems } = ledger.check()
        expect(holds).to.be.false()
        expect(problems.join('\n')).to.match(problem)
      })
    })

    it('has nothing to find in a ledger without sessions', () => {
      open().open(client(0))

      expect(open().check()).to.deep.equal({ holds: true, problems: [], accounts: 2, movements: 1, sessions: 0, blocks: 0, issued: 1024, sum: 0 })
    })
  })

  it('lets no account go below zero, whatever writes', () => {
    open().open(client(0))

    expect(() => { database.exec('UPDATE ledger_accounts SET balance = -1 WHERE id = 2') }).to.throw('CHECK')
    expect(() => { database.exec('INSERT INTO ledger_movements (time, kind, payer, payee, amount) VALUES (0, \'adjustment\', 2, 1, 1025)') }).to.throw('CHECK')
  })
})
