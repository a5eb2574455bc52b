import { migrate } from '../home/migrate.ts'
import { migrateLedger } from '../ledger/schema.ts'
import type { DatabaseSync } from 'node:sqlite'

/** Makes the bank's tables, beside those of the ledger that it keeps its accounts in. Times are milliseconds since the epoch. */
export function migrateBank (database: DatabaseSync): void {
  migrateLedger(database)
  migrate(database, 'bank', [`
    CREATE TABLE bank_policy (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      policy TEXT NOT NULL
    ) STRICT;

    -- By coins of others, and by its own that were redeemed: to say so must not take longer with each payment.
    CREATE TABLE bank_purses (
      account INTEGER PRIMARY KEY REFERENCES ledger_accounts (id),
      earned INTEGER NOT NULL,
      spent INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE bank_payments (
      reference TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('deposit', 'withdrawal')),
      account INTEGER NOT NULL REFERENCES ledger_accounts (id),
      amount INTEGER NOT NULL,
      time INTEGER NOT NULL,
      movement INTEGER NOT NULL UNIQUE REFERENCES ledger_movements (id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bank_books (
      ticket INTEGER PRIMARY KEY REFERENCES ledger_tickets (id),
      client INTEGER NOT NULL REFERENCES ledger_accounts (id),
      object TEXT NOT NULL,
      -- accounts of this book
      coins INTEGER NOT NULL REFERENCES ledger_accounts (id),
      bond INTEGER NOT NULL REFERENCES ledger_accounts (id),
      first INTEGER NOT NULL,
      count INTEGER NOT NULL,
      price INTEGER NOT NULL,
      bond_paid INTEGER NOT NULL,
      -- 1/10,000: of what a coin is worth, and of the price that is paid for more coins
      fee INTEGER NOT NULL,
      share INTEGER NOT NULL,
      not_after INTEGER NOT NULL,
      redeem_until INTEGER NOT NULL,
      -- what the redeemed coins are worth, and what was taken from the bond
      redeemed INTEGER NOT NULL DEFAULT 0 CHECK (redeemed BETWEEN 0 AND price),
      forfeited INTEGER NOT NULL DEFAULT 0 CHECK (forfeited BETWEEN 0 AND bond_paid),
      -- of the price: what void sessions did not give back, and no coin has been redeemed for since then
      shortfall INTEGER NOT NULL DEFAULT 0 CHECK (shortfall >= 0),
      -- all that void sessions did not give back, from escrow or bond, and the client has not paid in again
      lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
      -- what the client paid in again beside the price
      repaid INTEGER NOT NULL DEFAULT 0 CHECK (repaid >= 0),
      -- what decides between redemption and refund
      closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
    ) STRICT;
    CREATE UNIQUE INDEX bank_books_open ON bank_books (client, object) WHERE closed = 0;
    CREATE INDEX bank_books_client ON bank_books (client);
    CREATE INDEX bank_books_due ON bank_books (redeem_until) WHERE closed = 0;

    CREATE TABLE bank_sessions (
      session INTEGER PRIMARY KEY REFERENCES ledger_sessions (id),
      -- of the coins that it redeemed from the book
      worth INTEGER NOT NULL,
      -- what was paid, before the fee
      gross INTEGER NOT NULL,
      -- coins that others had before; what the bond gave, and what nobody gave
      spent_before INTEGER NOT NULL,
      from_bond INTEGER NOT NULL,
      unpaid INTEGER NOT NULL
    ) STRICT;

    -- Which coins a session was paid for, and by what. More than one row of a session: its recipient has signed two lists of
    -- blocks that contradict each other. Without a session: evidence of a coin that was spent twice, as it was then.
    CREATE TABLE bank_evidence (
      id INTEGER PRIMARY KEY,
      book INTEGER NOT NULL REFERENCES bank_books (ticket),
      session INTEGER REFERENCES ledger_sessions (id),
      -- positions that were settled
      settled INTEGER NOT NULL,
      -- encoded block lists: coins that it redeemed first (absent: all of its blocks), and those that others have too
      coin_count INTEGER NOT NULL,
      coins BLOB,
      again_count INTEGER NOT NULL,
      again BLOB,
      ticket BLOB NOT NULL,
      provider BLOB NOT NULL,
      recipient_nonce BLOB NOT NULL,
      provider_nonce BLOB NOT NULL,
      acknowledged BLOB NOT NULL,
      count INTEGER NOT NULL,
      indices BLOB NOT NULL,
      entries BLOB NOT NULL,
      signature BLOB NOT NULL,
      blocks BLOB NOT NULL
    ) STRICT;
    CREATE INDEX bank_evidence_book ON bank_evidence (book);
    CREATE INDEX bank_evidence_session ON bank_evidence (session) WHERE session IS NOT NULL;

    CREATE TABLE bank_double_spends (
      id INTEGER PRIMARY KEY,
      book INTEGER NOT NULL REFERENCES bank_books (ticket),
      -- the second one
      provider INTEGER NOT NULL REFERENCES ledger_accounts (id),
      coin INTEGER NOT NULL,
      at INTEGER NOT NULL,
      -- absent once they were reported
      first INTEGER REFERENCES bank_evidence (id),
      second INTEGER REFERENCES bank_evidence (id),
      UNIQUE (book, provider)
    ) STRICT;
    CREATE INDEX bank_double_spends_due ON bank_double_spends (id) WHERE first IS NOT NULL;
    CREATE INDEX bank_double_spends_first ON bank_double_spends (first);
    CREATE INDEX bank_double_spends_second ON bank_double_spends (second);
  `])
}
