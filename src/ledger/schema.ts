import { migrate } from '../home/migrate.ts'
import type { DatabaseSync } from 'node:sqlite'

/** The account that credit comes from and goes back to. */
export const GRANT = 'grant'

/** Its row */
export const GRANT_ID = 1

/** The account that money comes from and goes to: whatever is outside of these books. */
export const WORLD = 'world'

/** Its row */
export const WORLD_ID = 0

/** What an account holds. Credit and money never meet. */
export type Currency = 'credit' | 'money'

/**
 * Makes the ledger's tables. Times are milliseconds since the epoch.
 *
 * A movement is one row that names both accounts, so that no entry can be without its counterpart; `ledger_entries` shows
 * the two. The database itself keeps balances in step with them, keeps the two currencies apart, and refuses to change a
 * movement that was posted.
 */
export function migrateLedger (database: DatabaseSync): void {
  migrate(database, 'ledger', [`
    CREATE TABLE ledger_policy (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      policy TEXT NOT NULL
    ) STRICT;

    CREATE TABLE ledger_accounts (
      id INTEGER PRIMARY KEY,
      account TEXT NOT NULL UNIQUE,
      balance INTEGER NOT NULL DEFAULT 0,
      opened INTEGER NOT NULL,
      -- when it was last aged, and what was due then and less than one
      aged INTEGER NOT NULL,
      due REAL NOT NULL DEFAULT 0,
      CONSTRAINT balance CHECK (balance BETWEEN iif(id = ${GRANT_ID}, -9007199254740991, 0) AND 9007199254740991)
    ) STRICT;
    INSERT INTO ledger_accounts (id, account, opened, aged) VALUES (${GRANT_ID}, '${GRANT}', unixepoch() * 1000, 0);

    CREATE TABLE ledger_tickets (
      id INTEGER PRIMARY KEY,
      serial BLOB NOT NULL UNIQUE,
      recipient INTEGER NOT NULL REFERENCES ledger_accounts (id),
      object TEXT NOT NULL
    ) STRICT;

    CREATE TABLE ledger_sessions (
      id INTEGER PRIMARY KEY,
      session BLOB NOT NULL UNIQUE,
      -- absent where it was void before anything was settled
      ticket INTEGER REFERENCES ledger_tickets (id),
      provider INTEGER REFERENCES ledger_accounts (id),
      count INTEGER NOT NULL DEFAULT 0,
      credited INTEGER NOT NULL DEFAULT 0,
      -- what provider and recipient were given
      amount INTEGER NOT NULL DEFAULT 0,
      discount INTEGER NOT NULL DEFAULT 0,
      -- the reason, if it is void
      void TEXT,
      CHECK (void IS NOT NULL OR ticket IS NOT NULL AND provider IS NOT NULL)
    ) STRICT;

    -- Blocks of a ticket that have been credited: bit i of byte i / 8, lowest bit first. So many bytes of ones come before
    -- those in bits, and only zeros after them: the blocks of an object that was fetched in whole take next to nothing.
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
  `, `
    -- Money beside credit. A check cannot be changed, so the tables are made anew: those that refer to others go first.
    DROP VIEW ledger_entries;
    DROP TRIGGER ledger_movements_post;
    DROP TRIGGER ledger_movements_keep;
    DROP TRIGGER ledger_movements_keep_all;
    ALTER TABLE ledger_movements RENAME TO ledger_movements_1;
    ALTER TABLE ledger_blocks RENAME TO ledger_blocks_1;
    ALTER TABLE ledger_sessions RENAME TO ledger_sessions_1;
    ALTER TABLE ledger_tickets RENAME TO ledger_tickets_1;
    ALTER TABLE ledger_accounts RENAME TO ledger_accounts_1;

    CREATE TABLE ledger_accounts (
      id INTEGER PRIMARY KEY,
      account TEXT NOT NULL,
      currency TEXT NOT NULL DEFAULT 'credit' CHECK (currency IN ('credit', 'money')),
      balance INTEGER NOT NULL DEFAULT 0,
      opened INTEGER NOT NULL,
      -- credit: when it was last aged, and what was due then and less than one
      aged INTEGER NOT NULL DEFAULT 0,
      due REAL NOT NULL DEFAULT 0,
      UNIQUE (currency, account),
      CONSTRAINT balance CHECK (balance BETWEEN iif(id IN (${GRANT_ID}, ${WORLD_ID}), -9007199254740991, 0) AND 9007199254740991)
    ) STRICT;
    CREATE INDEX ledger_accounts_aged ON ledger_accounts (aged) WHERE currency = 'credit';
    INSERT INTO ledger_accounts (id, account, balance, opened, aged, due)
      SELECT id, account, balance, opened, aged, due FROM ledger_accounts_1;
    INSERT INTO ledger_accounts (id, account, currency, opened) VALUES (${WORLD_ID}, '${WORLD}', 'money', unixepoch() * 1000);

    CREATE TABLE ledger_tickets (
      id INTEGER PRIMARY KEY,
      serial BLOB NOT NULL UNIQUE,
      -- an account of the currency that it is settled in
      recipient INTEGER NOT NULL REFERENCES ledger_accounts (id),
      object TEXT NOT NULL
    ) STRICT;
    INSERT INTO ledger_tickets SELECT id, serial, recipient, object FROM ledger_tickets_1;

    CREATE TABLE ledger_sessions (
      id INTEGER PRIMARY KEY,
      session BLOB NOT NULL,
      currency TEXT NOT NULL DEFAULT 'credit' CHECK (currency IN ('credit', 'money')),
      -- absent where it was void before anything was settled
      ticket INTEGER REFERENCES ledger_tickets (id),
      provider INTEGER REFERENCES ledger_accounts (id),
      count INTEGER NOT NULL DEFAULT 0,
      credited INTEGER NOT NULL DEFAULT 0,
      -- what provider and recipient were given
      amount INTEGER NOT NULL DEFAULT 0,
      discount INTEGER NOT NULL DEFAULT 0,
      -- money: how many of the credited blocks are noted as another session's
      again INTEGER NOT NULL DEFAULT 0,
      -- the reason, if it is void
      void TEXT,
      UNIQUE (session, currency),
      CHECK (void IS NOT NULL OR ticket IS NOT NULL AND provider IS NOT NULL)
    ) STRICT;
    INSERT INTO ledger_sessions (id, session, ticket, provider, count, credited, amount, discount, void)
      SELECT id, session, ticket, provider, count, credited, amount, discount, void FROM ledger_sessions_1;

    CREATE TABLE ledger_blocks (
      ticket INTEGER NOT NULL REFERENCES ledger_tickets (id),
      chunk INTEGER NOT NULL,
      ones INTEGER NOT NULL,
      bits BLOB NOT NULL,
      PRIMARY KEY (ticket, chunk)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO ledger_blocks SELECT ticket, chunk, ones, bits FROM ledger_blocks_1;

    CREATE TABLE ledger_movements (
      id INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN (
        'starting', 'service', 'discount', 'ageing', 'reversal', 'adjustment',
        'deposit', 'withdrawal', 'purchase', 'bond', 'payment', 'fee', 'forfeit', 'refund'
      )),
      payer INTEGER NOT NULL REFERENCES ledger_accounts (id),
      payee INTEGER NOT NULL REFERENCES ledger_accounts (id),
      amount INTEGER NOT NULL CHECK (amount > 0),
      session INTEGER REFERENCES ledger_sessions (id),
      memo TEXT,
      CHECK (payer <> payee)
    ) STRICT;
    INSERT INTO ledger_movements SELECT id, time, kind, payer, payee, amount, session, memo FROM ledger_movements_1;
    CREATE INDEX ledger_movements_payer ON ledger_movements (payer);
    CREATE INDEX ledger_movements_payee ON ledger_movements (payee);

    DROP TABLE ledger_movements_1;
    DROP TABLE ledger_blocks_1;
    DROP TABLE ledger_sessions_1;
    DROP TABLE ledger_tickets_1;
    DROP TABLE ledger_accounts_1;

    CREATE VIEW ledger_entries AS
      SELECT id AS movement, payer AS account, -amount AS amount FROM ledger_movements
      UNION ALL
      SELECT id AS movement, payee AS account, amount FROM ledger_movements;

    CREATE TRIGGER ledger_movements_currency BEFORE INSERT ON ledger_movements
    WHEN (SELECT currency FROM ledger_accounts WHERE id = NEW.payer) <> (SELECT currency FROM ledger_accounts WHERE id = NEW.payee) BEGIN
      SELECT RAISE(ABORT, 'a movement is of one currency');
    END;

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
  `])
}
