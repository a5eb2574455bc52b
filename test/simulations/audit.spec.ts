import { expect } from 'aegir/chai'
import { audit } from '../../simulations/crash/audit.ts'
import type { Findings } from '../../simulations/crash/findings.ts'

/** Worth of the ten coins of a book. Of Alice's, Bob and the server have these: the last two blocks came from both, since she died over their keys. */
const COINS = Array<number>(10).fill(10)
const BOB = [5, 6, 7, 8, 9]
const SERVER = [0, 1, 2, 3, 4, 8, 9]

const sale = { session: 's', verdict: 'settled' }
const check = { holds: true, money: { books: { open: 0, closed: 2 }, coins: { sold: 20, redeemed: 20 } } }

/** Alice has bought an object from the server and Bob, and Bob one from the server: as it has to be. */
function market (): Findings {
  const whole = [...COINS.keys()]

  return {
    server: 'S',
    clients: [{ name: 'alice', peer: 'A', deposited: 300 }, { name: 'bob', peer: 'B', deposited: 200 }],
    coins: COINS,
    objects: 1,
    wrongCopies: [],
    convicted: [],
    check,
    movements: [
      { kind: 'deposit', payer: 'world', payee: 'A', amount: 300 },
      { kind: 'deposit', payer: 'world', payee: 'B', amount: 200 },
      { kind: 'purchase', payer: 'A', payee: 'coins:a', amount: 100 },
      { kind: 'bond', payer: 'A', payee: 'bond:a', amount: 100 },
      { kind: 'purchase', payer: 'B', payee: 'coins:b', amount: 100 },
      { kind: 'bond', payer: 'B', payee: 'bond:b', amount: 100 },
      { kind: 'payment', payer: 'coins:b', payee: 'S', amount: 100, session: 'b1' },
      { kind: 'payment', payer: 'coins:a', payee: 'B', amount: 48, session: 'a1' },
      { kind: 'fee', payer: 'coins:a', payee: 'S', amount: 2, session: 'a1' },
      { kind: 'payment', payer: 'coins:a', payee: 'S', amount: 50, session: 'a2' },
      { kind: 'forfeit', payer: 'bond:a', payee: 'S', amount: 20, session: 'a2' },
      { kind: 'refund', payer: 'bond:a', payee: 'A', amount: 80 },
      { kind: 'refund', payer: 'bond:b', payee: 'B', amount: 100 }
    ],
    accounts: [
      { kind: 'world', account: 'world', balance: -500 },
      { kind: 'purse', account: 'A', balance: 180 },
      { kind: 'purse', account: 'B', balance: 148 },
      { kind: 'purse', account: 'S', balance: 172 }
    ],
    receipts: [
      { ...sale, session: 'b1', serial: 'b', provider: 'S', amount: 100, indices: whole },
      { ...sale, session: 'a1', serial: 'a', provider: 'B', amount: 48, indices: BOB.slice(0, 3) },
      { ...sale, session: 'a2', serial: 'a', provider: 'S', amount: 70, indices: SERVER }
    ],
    // Bob died over the last acknowledgement
    shown: [{ serial: 'a', provider: 'B', indices: BOB }],
    redeemed: [{ serial: 'a', indices: whole }, { serial: 'b', indices: whole }],
    spends: [
      { serial: 'b', provider: 'S', indices: whole },
      { serial: 'a', provider: 'B', indices: BOB },
      { serial: 'a', provider: 'S', indices: SERVER.slice(0, 5) }
    ]
  }
}

describe('simulations: audit of the crash harness', () => {
  it('finds nothing where all is as it has to be, and counts what was delivered twice', () => {
    const { entries, names, ...figures } = audit(market())

    expect(figures).to.deep.equal({ bought: 2, blocks: 20, delivered: 22, sessions: 3, records: 0, repeated: 0, replaced: 2 })
    expect(entries.reduce((sum, { balance }) => sum + balance, 0)).to.equal(0)
    expect(names.get('S')).to.equal('server')
  })

  it('finds nothing wrong with a provider that has delivered a block twice, and was paid once', () => {
    const found = market()
    found.receipts.push({ ...sale, session: 'a3', serial: 'a', provider: 'B', amount: 0, indices: [5] })

    expect(audit(found)).to.include({ delivered: 23, repeated: 1, replaced: 2 })
  })

  const book = (found: Findings, account: string, change: number): void => {
    const row = found.accounts.find(row => row.account === account)
    row == null ? found.accounts.push({ kind: 'purse', account, balance: change }) : row.balance += change
  }
  /** Moves money besides, and balances with it, as a ledger that holds would. */
  const move = (found: Findings, kind: string, payer: string, payee: string, amount: number, session?: string): void => {
    found.movements.push({ kind, payer, payee, amount, session })
    book(found, payer, -amount)
    book(found, payee, amount)
  }
  /** Makes a movement of a session larger. */
  const amend = (found: Findings, session: string, kind: string, change: number): void => {
    for (const movement of found.movements.filter(row => row.session === session && row.kind === kind)) {
      movement.amount += change
      book(found, movement.payer, -change)
      book(found, movement.payee, change)
    }
  }
  const without = <T extends { serial: string, indices: number[] }> (rows: T[], serial: string, index: number): T[] => {
    return rows.map(row => row.serial === serial ? { ...row, indices: row.indices.filter(other => other !== index) } : row)
  }

  const wrong: Array<[what: string, spoil: (found: Findings) => void, says: RegExp]> = [
    ['a coin that was paid twice to the same provider', found => {
      move(found, 'payment', 'coins:a', 'B', 10, 'a4')
      move(found, 'purchase', 'A', 'coins:a', 10)
    }, /paid to bob for 5 coins of book a: 60 instead of 50/],
    ['a coin that was paid twice from the price', found => {
      // the server had 70 as before, but more of it from the price
      amend(found, 'a2', 'payment', 10)
      amend(found, 'a2', 'forfeit', -10)
      move(found, 'purchase', 'A', 'coins:a', 10)
      move(found, 'refund', 'bond:a', 'A', 10)
    }, /paid from the price of book a: 110 instead of 100/],
    ['a coin that was never paid', found => {
      amend(found, 'a2', 'payment', -10)
      move(found, 'refund', 'coins:a', 'A', 10)
      found.receipts[2].amount = 60
    }, /paid to server for 7 coins of book a: 60 instead of 70/],
    ['a coin that was never acknowledged', found => { found.receipts = without(found.receipts, 'a', 0) }, /the coin 0 of book a was acknowledged to nobody/],
    ['a coin that was never redeemed', found => { found.redeemed = without(found.redeemed, 'a', 3) }, /the coin 3 of book a was never redeemed/],
    ['a provider that was paid and never acknowledged', found => {
      found.receipts = found.receipts.filter(({ session }) => session !== 'b1')
      found.shown.push({ serial: 'b', provider: 'A', indices: [...COINS.keys()] })
    }, /paid to server for 0 coins of book b: 100 instead of 0/],
    ['a provider that was acknowledged and never paid', found => { found.shown.push({ serial: 'b', provider: 'A', indices: [1] }) }, /paid to alice for 1 coins of book b: 0 instead of 10/],
    ['two providers of a coin of whom none is the server', found => { found.shown.push({ serial: 'a', provider: 'A', indices: [6] }) }, /the coin 6 of book a was acknowledged to bob and alice/],
    ['three providers of a coin', found => { found.shown.push({ serial: 'a', provider: 'A', indices: [8] }) }, /the coin 8 of book a was acknowledged to bob and server and alice/],
    ['a second delivery that the price was to pay', found => {
      amend(found, 'a2', 'forfeit', -20)
      amend(found, 'a2', 'payment', 20)
      move(found, 'purchase', 'A', 'coins:a', 20)
      move(found, 'refund', 'bond:a', 'A', 20)
    }, /paid from the bond of book a: 0 instead of 20/],
    ['a bond that paid what nobody else has', found => {
      move(found, 'forfeit', 'bond:b', 'S', 10, 'b1')
      amend(found, 'b1', 'payment', -10)
      move(found, 'refund', 'coins:b', 'B', 10)
      move(found, 'bond', 'B', 'bond:b', 10)
    }, /server had 10 from the bond of book b, and 0 coins that another one has/],
    ['a unit that vanished', found => { found.accounts[1].balance-- }, /balance of alice: 179 instead of 180/],
    ['a unit from nowhere', found => { found.accounts.push({ kind: 'purse', account: 'M', balance: 1 }) }, /balance of M: 1 instead of 0/],
    ['money that is left in a closed book', found => {
      found.movements.pop()
      found.accounts[2].balance -= 100
      found.accounts.push({ kind: 'bond', account: 'bond:b', balance: 100 })
    }, /in books of bob that are closed: 100 instead of 0/],
    ['a deposit that was not made', found => { found.clients[0].deposited = 600 }, /deposits of alice: 300 instead of 600/],
    ['a coin that its client has noted twice', found => { found.spends.push({ serial: 'a', provider: 'S', indices: [9] }) }, /times that the coin 9 of book a was noted as spent: 2 instead of 1/],
    ['a coin that its client has not noted', found => { found.spends = without(found.spends, 'a', 2) }, /times that the coin 2 of book a was noted as spent: 0 instead of 1/],
    ['an acknowledgement to another one than was noted', found => { found.spends[1].provider = 'A' }, /the coin 5 of book a was acknowledged to bob, and noted as spent with alice/],
    ['a book without a trace', found => { found.objects = 2 }, /books with coins that were spent: 2 instead of 4/],
    ['a provider that was told something else', found => { found.receipts[1].amount = 47 }, /for session a1, as its provider was told: 48 instead of 47/],
    ['a claim that was refused', found => { found.receipts[1].verdict = 'expired' }, /verdict on session a1: expired instead of settled/],
    ['a block that is in a session twice', found => { found.receipts[0].indices.push(0) }, /different blocks of session b1: 10 instead of 11/],
    ['clients that ask others before the payee', found => {
      found.shown.push({ serial: 'a', provider: 'B', indices: [0] })
      found.spends = [...without(found.spends, 'a', 0), { serial: 'a', provider: 'B', indices: [0] }]
      move(found, 'forfeit', 'bond:a', 'B', 10, 'a5')
      move(found, 'bond', 'A', 'bond:a', 10)
    }, /3 of 20 blocks were delivered by a second one/],
    ['a wrong copy', found => { found.wrongCopies.push('object 0 of alice') }, /object 0 of alice is not as its source/],
    ['a conviction', found => { found.convicted.push({ kind: 'double-spend' }) }, /convictions: 1 instead of 0/],
    ['a ledger that does not hold', found => { found.check = { ...check, holds: false } }, /the ledger holds: false instead of true/],
    ['an open book', found => { found.check = { ...check, money: { ...check.money, books: { open: 1, closed: 1 } } } }, /open books: 1 instead of 0/],
    ['coins that were redeemed and not sold', found => { found.check = { ...check, money: { ...check.money, coins: { sold: 20, redeemed: 21 } } } }, /coins redeemed: 21 instead of 20/]
  ]

  wrong.forEach(([what, spoil, says]) => {
    it(`finds ${what}`, () => {
      const found = market()
      spoil(found)

      expect(() => { audit(found) }).to.throw(says)
    })
  })
})
