/** What a host is attached to the network by. */
export interface Link {
  /** Bytes per second that it sends at most */
  up: number
  /** Bytes per second that it receives at most */
  down: number
  /** Milliseconds from this host to the core of the network. From host to host it takes the sum of both. */
  delay: number
}

const MBIT = 125_000

/** Links by name, for scenarios and for the command line. */
export const LINKS = {
  /** As fast as this machine: nothing is shaped */
  unlimited: { up: Infinity, down: Infinity, delay: 0 },
  /** Both ways 1 Gbit/s, as a host in a data centre */
  gigabit: { up: 1000 * MBIT, down: 1000 * MBIT, delay: 2 },
  /** Fibre to the home: both ways 100 Mbit/s */
  fibre: { up: 100 * MBIT, down: 100 * MBIT, delay: 5 },
  /** Cable: 100 Mbit/s down, 10 up */
  cable: { up: 10 * MBIT, down: 100 * MBIT, delay: 10 },
  /** A telephone line: 16 Mbit/s down, 1 up */
  dsl: { up: MBIT, down: 16 * MBIT, delay: 20 }
} as const satisfies Record<string, Link>
