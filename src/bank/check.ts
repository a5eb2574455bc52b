import { inspect } from '../ledger/check.ts'
import { WORLD_ID } from '../ledger/schema.ts'
import type { BankCheck } from './index.ts'
import type { DatabaseSync } from 'node:sqlite'

const BOOKS = `
  (
    SELECT hex(serial) AS name, books.*, recipient, tickets.object AS sold, escrows.balance AS escrow, bonds.balance AS bond_left
    FROM bank_books AS books
      JOIN ledger_tickets AS tickets ON tickets.id = ticket
      JOIN accounts AS escrows ON escrows.id = coins
      JOIN accounts AS bonds ON bonds.id = bond
  ) AS books`

/** What movements of one kind gave to each account. */
function given (kind: string): string {
  return `(SELECT payee, sum(amount) AS total FROM movements WHERE kind = '${kind}' GROUP BY payee)`
}

/** What sessions that hold redeemed of each book. */
const REDEEMED = `
  (
    SELECT ticket, sum(worth) AS worth, sum(from_bond) AS from_bond
    FROM bank_sessions JOIN sessions ON sessions.id = bank_sessions.session WHERE void IS NULL GROUP BY ticket
  ) AS sums`

/** What money has to keep besides what every currency has to. `problem` says to a person what must not be. */
const RULES = [
  `SELECT format('the book %s has %d and is short of %d, and its coins that were not redeemed are worth %d', name, escrow, shortfall, price - redeemed) AS problem
   FROM ${BOOKS} WHERE closed = 0 AND escrow + shortfall <> price - redeemed`,
  `SELECT format('the bond of the book %s is %d, of %d less %d', name, bond_left, bond_paid, forfeited) AS problem
   FROM ${BOOKS} WHERE closed = 0 AND bond_left <> bond_paid - forfeited`,
  `SELECT format('the book %s is closed, and still has %d and %d', name, escrow, bond_left) AS problem
   FROM ${BOOKS} WHERE closed = 1 AND (escrow <> 0 OR bond_left <> 0)`,
  `SELECT format('the book %s was sold for %d and a bond of %d, and has movements of %d and %d', name, price + repaid, bond_paid, purchased, secured) AS problem
   FROM (
     SELECT name, price, repaid, bond_paid, coalesce(purchases.total, 0) AS purchased, coalesce(secured.total, 0) AS secured
     FROM ${BOOKS} LEFT JOIN ${given('purchase')} AS purchases ON purchases.payee = coins LEFT JOIN ${given('bond')} AS secured ON secured.payee = bond
   ) WHERE price + repaid <> purchased OR bond_paid <> secured`,
  `SELECT format('the book %s is another client''s or object''s than its ticket', name) AS problem
   FROM ${BOOKS} WHERE client <> recipient OR object <> sold`,
  `SELECT format('there is no book for the ticket %s', hex(serial)) AS problem
   FROM ledger_tickets AS tickets JOIN accounts ON accounts.id = recipient WHERE tickets.id NOT IN (SELECT ticket FROM bank_books)`,
  `SELECT format('the coins of the book %s that were redeemed are worth %d, and those of its sessions %d', name, redeemed, coalesce(worth, 0)) AS problem
   FROM ${BOOKS} LEFT JOIN ${REDEEMED} ON sums.ticket = books.ticket WHERE redeemed <> coalesce(worth, 0)`,
  `SELECT format('the bond of the book %s gave %d, and its sessions had %d of that', name, forfeited, from_bond) AS problem
   FROM ${BOOKS} JOIN ${REDEEMED} ON sums.ticket = books.ticket WHERE forfeited < from_bond`,
  `SELECT format('the payment %s of %d has no movement of that', reference, payments.amount) AS problem
   FROM bank_payments AS payments LEFT JOIN movements ON movements.id = movement
   WHERE movements.id IS NULL OR movements.kind <> payments.kind OR movements.amount <> payments.amount
     OR account <> iif(payments.kind = 'deposit', payee, payer) OR ${WORLD_ID} <> iif(payments.kind = 'deposit', payer, payee)`,
  `SELECT format('movement %d is a %s without a payment', id, kind) AS problem
   FROM movements WHERE (kind IN ('deposit', 'withdrawal') OR ${WORLD_ID} IN (payer, payee)) AND id NOT IN (SELECT movement FROM bank_payments)`,
  `SELECT format('the session %s earned %d of %d, and has movements of %d and a fee of %d', hex(session), amount, gross, paid, fee) AS problem
   FROM (
     SELECT sessions.session, amount, coalesce(gross, 0) AS gross, coalesce(flows.paid, 0) AS paid, coalesce(flows.fee, 0) AS fee
     FROM sessions LEFT JOIN bank_sessions ON bank_sessions.session = sessions.id LEFT JOIN flows ON flows.session = sessions.id
   ) WHERE amount <> paid OR amount + fee <> gross`,
  `SELECT format('the session %s earned %d, and %d of that was taken back', hex(sessions.session), amount, taken) AS problem
   FROM sessions JOIN flows ON flows.session = sessions.id WHERE taken > iif(void IS NULL, 0, amount)`,
  `SELECT format('%d of the fee of the session %s were taken back, which was %d', reversal - taken, hex(sessions.session), fee) AS problem
   FROM sessions JOIN flows ON flows.session = sessions.id WHERE reversal - taken > iif(void IS NULL, 0, fee)`,
  `SELECT format('movement %d is a %s, and not from a book', id, kind) AS problem
   FROM movements
   WHERE kind IN ('payment', 'fee') AND payer NOT IN (SELECT coins FROM bank_books) AND (kind = 'payment' OR payer NOT IN (SELECT bond FROM bank_books))
     OR kind = 'forfeit' AND payer NOT IN (SELECT bond FROM bank_books)`,
  `SELECT format('%d coins of the session %s were paid twice, of %d', again, hex(session), credited) AS problem
   FROM sessions WHERE again > credited`,
  `SELECT format('the account %s has earned %d and spent %d, and has movements of %d and books of %d', account, earned, spent, gained, used) AS problem
   FROM (
     SELECT
       accounts.account, coalesce(earned, 0) AS earned, coalesce(spent, 0) AS spent, coalesce(gained, 0) AS gained, coalesce(used, 0) AS used
     FROM accounts
       LEFT JOIN bank_purses ON bank_purses.account = accounts.id
       LEFT JOIN (SELECT provider, sum(paid - taken) AS gained FROM sessions JOIN flows ON flows.session = sessions.id GROUP BY provider) ON provider = accounts.id
       LEFT JOIN (SELECT client, sum(redeemed + forfeited) AS used FROM bank_books GROUP BY client) ON client = accounts.id
   ) WHERE earned <> gained OR spent <> used`
]

export function checkBank (database: DatabaseSync): BankCheck {
  return inspect(database, 'money', RULES, ({ count, sum, problems }) => ({
    holds: problems.length === 0,
    problems,
    accounts: count('SELECT count(*) AS value FROM accounts'),
    movements: count('SELECT count(*) AS value FROM movements'),
    books: {
      open: count('SELECT count(*) AS value FROM bank_books WHERE closed = 0'),
      closed: count('SELECT count(*) AS value FROM bank_books WHERE closed = 1')
    },
    coins: {
      sold: count('SELECT coalesce(sum(count), 0) AS value FROM bank_books'),
      redeemed: count('SELECT coalesce(sum(credited - again), 0) AS value FROM sessions')
    },
    held: count(`SELECT -balance AS value FROM accounts WHERE id = ${WORLD_ID}`),
    reserved: count('SELECT coalesce(sum(balance), 0) AS value FROM accounts WHERE id IN (SELECT coins FROM bank_books UNION ALL SELECT bond FROM bank_books)'),
    sum
  }))
}
