import { expect } from 'aegir/chai'
import { SqlBank } from '../../src/bank/index.ts'
import { migrate } from '../../src/home/migrate.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { client, hash, memory, settlement } from './fixtures.ts'
import type { DatabaseSync } from 'node:sqlite'

/** The tables as they were made before there was money. */
const FORMER = `
  CREATE TABLE ledger_policy (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    policy TEXT NOT NULL
  ) STRICT;

  CREATE TABLE ledger_accounts (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    balance INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL,
    aged INTEGER NOT NULL,
    due REAL NOT NULL DEFAULT 0,
    CONSTRAINT balance CHECK (balance BETWEEN iif(id = 1, -9007199254740991, 0) AND 9007199254740991)
  ) STRICT;
  INSERT INTO ledger_accounts (id, account, opened, aged) VALUES (1, 'grant', 5, 0);

  CREATE TABLE ledger_tickets (
    id INTEGER PRIMARY KEY,
    serial BLOB NOT NULL UNIQUE,
    recipient INTEGER NOT NULL REFERENCES ledger_accounts (id),
    object TEXT NOT NULL
  ) STRICT;

  CREATE TABLE ledger_sessions (
    id INTEGER PRIMARY KEY,
    session BLOB NOT NULL UNIQUE,
    ticket INTEGER REFERENCES ledger_tickets (id),
    provider INTEGER REFERENCES ledger_accounts (id),
    count INTEGER NOT NULL DEFAULT 0,
    credited INTEGER NOT NULL DEFAULT 0,
    amount INTEGER NOT NULL DEFAULT 0,
    discount INTEGER NOT NULL DEFAULT 0,
    void TEXT,
    CHECK (void IS NOT NULL OR ticket IS NOT NULL AND provider IS NOT NULL)
  ) STRICT;

  CREATE TABLE ledger_blocks (
    ticket INTEGER NOT NULL REFERENCES ledger_tickets (id),
    chunk INTEGER NOT NULL,
    ones INTEGER NOT NULL,
    bits BLOB NOT NULL,
    PRIMARY KEY (ticket, chunk)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE ledger_movements (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('starting', 'service', 'discount', 'ageing', 'reversal', 'adjustment')),
    payer INTEGER NOT NULL REFERENCES ledger_accounts (id),
    payee INTEGER NOT NULL REFERENCES ledger_accounts (id),
    amount INTEGER NOT NULL CHECK (amount > 0),
    session INTEGER REFERENCES ledger_sessions (id),
    memo TEXT,
    CHECK (payer <> payee)
  ) STRICT;

  CREATE VIEW ledger_entries AS
    SELECT id AS movement, payer AS account, -amount AS amount FROM ledger_movements
    UNION ALL
    SELECT id AS movement, payee AS account, amount FROM ledger_movements;

  CREATE TRIGGER ledger_movements_post AFTER INSERT ON ledger_movements BEGIN
    UPDATE ledger_accounts SET balance = balance - NEW.amount WHERE id = NEW.payer;
    UPDATE ledger_accounts SET balance = balance + NEW.amount WHERE id = NEW.payee;
  END;

  CREATE TRIGGER ledger_movements_keep BEFORE UPDATE ON ledger_movements BEGIN
    SELECT RAISE(ABORT, 'a movement that was posted stays as it is');
  END;

  CREATE TRIGGER ledger_movements_keep_all BEFORE DELETE ON ledger_movements BEGIN
    SELECT RAISE(ABORT, 'a movement that was posted stays as it is');
  END;
`

describe('ledger: a home from before there was money', () => {
  let database: DatabaseSync

  beforeEach(() => {
    database = memory()
    migrate(database, 'ledger', [FORMER])
    const { serial, object } = settlement({ id: 1, indices: [0] })
    const account = database.prepare('INSERT INTO ledger_accounts (account, opened, aged, due) VALUES (?, 7, 8, 0.25)')
    const move = database.prepare('INSERT INTO ledger_movements (time, kind, payer, payee, amount, session, memo) VALUES (?, ?, ?, ?, ?, ?, ?)')
    database.exec('INSERT INTO ledger_policy VALUES (1, \'{"credit":9}\')')
    account.run(client(0).toString())
    account.run(client(1).toString())
    move.run(1, 'starting', 1, 2, 1024, null, null)
    move.run(2, 'starting', 1, 3, 1024, null, null)
    database.prepare('INSERT INTO ledger_tickets VALUES (5, ?, 3, ?)').run(serial, object.toString())
    database.prepare('INSERT INTO ledger_sessions VALUES (6, ?, 5, 2, 10, 10, 160, 40, NULL)').run(hash('session', 1))
    database.prepare('INSERT INTO ledger_sessions (id, session, void) VALUES (7, ?, \'false\')').run(hash('session', 2))
    database.exec('INSERT INTO ledger_blocks VALUES (5, 0, 1, x\'03\')')
    move.run(3, 'service', 1, 2, 160, 6, null)
    move.run(4, 'discount', 1, 3, 40, 6, 'a memo')
  })

  afterEach(() => {
    database.close()
  })

  it('keeps all that it had', () => {
    const ledger = new SqlLedger(database, undefined, () => 9)

    expect(ledger.policy).to.include({ credit: 9 })
    expect(ledger.check()).to.deep.equal({ holds: true, problems: [], accounts: 3, movements: 4, sessions: 2, blocks: 10, issued: 2_248, sum: 0 })
    expect(ledger.account(client(0))).to.deep.include({ balance: 1_184, opened: 7, credited: 10 })
    expect(ledger.settled(hash('session', 1))).to.deep.equal({ credited: 10, amount: 160, count: 10, void: false })
    expect(ledger.settled(hash('session', 2))).to.include({ void: true })
    expect([...ledger.movements()].map(({ id, time, kind, amount, memo }) => [id, time, kind, amount, memo])).to.deep.equal([
      [1, 1, 'starting', 1024, undefined], [2, 2, 'starting', 1024, undefined], [3, 3, 'service', 160, undefined], [4, 4, 'discount', 40, 'a memo']
    ])
    expect(database.prepare('SELECT aged, due FROM ledger_accounts WHERE id = 2').get()).to.include({ aged: 8, due: 0.25 })
    expect(database.prepare('PRAGMA foreign_key_check').all()).to.be.empty()
    expect(database.prepare('SELECT name FROM sqlite_schema WHERE name LIKE \'%\\_1\' ESCAPE \'\\\' AND name NOT LIKE \'sqlite%\'').all()).to.be.empty()
  })

  it('goes on as before', () => {
    const ledger = new SqlLedger(database)

    // ten blocks were credited: nine are not any more
    expect(ledger.settle([settlement({ id: 3, provider: 2, indices: Array.from({ length: 11 }, (_, i) => i) })])[0].credited).to.equal(1)
    ledger.adjust(client(0), -1_184, 'spent')
    expect(() => { ledger.adjust(client(0), -1, 'too much') }).to.throw().with.property('name', 'InsufficientBalanceError')
    expect(() => { database.exec('DELETE FROM ledger_movements') }).to.throw('stays as it is')
    expect(() => { database.exec('UPDATE ledger_accounts SET balance = -1 WHERE id = 3') }).to.throw('CHECK')
    expect(ledger.check().problems).to.be.empty()
  })

  it('has an empty bank', async () => {
    const bank = new SqlBank(database, { self: client(7) })
    bank.deposit(client(0), 5)

    expect(bank.check()).to.deep.include({ holds: true, held: 5 })
    expect(new SqlLedger(database).balance(client(0))).to.equal(1_184)
  })
})
