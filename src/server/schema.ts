import { migrate } from '../home/migrate.ts'
import type { DatabaseSync } from 'node:sqlite'

/** Makes a server's tables. An empty `object` stands for all objects. Times are milliseconds since the epoch. */
export function migrateServer (database: DatabaseSync): void {
  migrate(database, 'server', [`
    CREATE TABLE server_certificate (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      envelope BLOB NOT NULL
    ) STRICT;

    CREATE TABLE server_policies (
      object TEXT PRIMARY KEY,
      policy TEXT NOT NULL
    ) STRICT;

    CREATE TABLE server_access (
      client TEXT NOT NULL,
      object TEXT NOT NULL,
      granted INTEGER NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (client, object)
    ) STRICT;

    CREATE TABLE server_revocations (
      client TEXT NOT NULL,
      object TEXT NOT NULL,
      before INTEGER NOT NULL,
      PRIMARY KEY (client, object)
    ) STRICT;

    CREATE TABLE server_revocation_epoch (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      epoch INTEGER NOT NULL,
      issued INTEGER NOT NULL
    ) STRICT;
    INSERT INTO server_revocation_epoch VALUES (1, 1, 0);

    CREATE TABLE server_tokens (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash BLOB NOT NULL UNIQUE,
      name TEXT NOT NULL,
      object TEXT NOT NULL,
      uses INTEGER,
      expires INTEGER,
      created INTEGER NOT NULL,
      revoked INTEGER
    ) STRICT;

    CREATE TABLE server_token_clients (
      token INTEGER NOT NULL REFERENCES server_tokens (id),
      client TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (token, client)
    ) STRICT, WITHOUT ROWID;
  `, `
    CREATE TABLE server_clock (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      -- no ticket begins later than this
      latest INTEGER NOT NULL
    ) STRICT;
    INSERT INTO server_clock VALUES (1, 0);
  `, `
    -- 'double-spend': it was no decision of the operator
    ALTER TABLE server_access ADD COLUMN reason TEXT;
  `])
}
