import { expect } from 'aegir/chai'
import { balanceSheet, checkSheet, ledgerPayments, recipientPayments } from '../../simulations/demo/balance-sheet.ts'
import type { Books, Entry } from '../../simulations/demo/balance-sheet.ts'

/** Alice has bought an object for 10, 6 of it from the server and 3 from Bob, who had 1 less as a fee. */
const BOOKS: Books = {
  movements: [
    { kind: 'deposit', payer: 'world', payee: 'alice', amount: 30 },
    { kind: 'purchase', payer: 'alice', payee: 'coins 1', amount: 10 },
    { kind: 'bond', payer: 'alice', payee: 'bond 1', amount: 10 },
    { kind: 'payment', payer: 'coins 1', payee: 'server', amount: 6, session: 's1' },
    { kind: 'payment', payer: 'coins 1', payee: 'bob', amount: 2, session: 's2' },
    { kind: 'fee', payer: 'coins 1', payee: 'server', amount: 1, session: 's2' }
  ],
  accounts: [
    { kind: 'world', account: 'world', balance: -30 },
    { kind: 'purse', account: 'alice', balance: 10 },
    { kind: 'purse', account: 'bob', balance: 2 },
    { kind: 'purse', account: 'server', balance: 7 },
    { kind: 'coins', account: 'coins 1', balance: 1 },
    { kind: 'bond', account: 'bond 1', balance: 10 }
  ]
}

describe('simulations: balance sheet', () => {
  it('says what everybody paid in, bought, earned, and has', () => {
    const entries = balanceSheet(BOOKS, ['server', 'alice', 'bob'])
    const nothing = { deposit: 0, bought: 0, fromServer: 0, fromPeers: 0, earned: 0, fee: 0, balance: 0, coins: 0, bond: 0 }

    expect(entries).to.deep.equal([
      { ...nothing, account: 'server', earned: 6, fee: 1, balance: 7 },
      { ...nothing, account: 'alice', deposit: 30, bought: 9, fromServer: 6, fromPeers: 3, balance: 10, coins: 1, bond: 10 },
      { ...nothing, account: 'bob', earned: 3, fee: -1, balance: 2 },
      { ...nothing, account: 'world', deposit: -30, balance: -30 }
    ])
    expect(() => { checkSheet(entries) }).to.not.throw()
  })

  it('compares what recipients paid with what the ledger says', () => {
    const said = recipientPayments(new Map([['alice', { sources: [{ peer: 'server', coins: 6 }, { peer: 'bob', coins: 3 }, { peer: 'carol', bytes: 0 }] }]]))

    expect(said).to.deep.equal(ledgerPayments(BOOKS))
  })

  const wrong: Array<[what: string, change: Partial<Entry>, says: RegExp]> = [
    ['money that came from nowhere', { balance: 11 }, /alice has 11/],
    ['a deposit that nobody made', { deposit: 31, balance: 11 }, /deposits together are 1/],
    ['a fee that nobody got', { fee: -1, balance: 9 }, /fees together are -1/],
    ['a purchase that nobody earned by', { bought: 10, balance: 9 }, /purchases less earnings together are 1/],
    ['debts', { balance: -1, coins: 12 }, /alice has less than nothing/]
  ]

  wrong.forEach(([what, change, says]) => {
    it(`finds ${what}`, () => {
      const entries = balanceSheet(BOOKS, ['server', 'alice', 'bob']).map(entry => entry.account === 'alice' ? { ...entry, ...change } : entry)

      expect(() => { checkSheet(entries) }).to.throw(says)
    })
  })
})
