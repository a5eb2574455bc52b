/**
 * What things cost, beyond the bytes of blocks on the links. Each figure says where it is from.
 */

const GIB = 2 ** 30

/** What one node's processor does, seconds of one core. */
export interface Costs {
  /** Of one byte of a block, at who sends and who receives it */
  sendByte: number
  receiveByte: number
  /** Of a ticket, at the server: connection, verification and signature included */
  ticket: number
  /** Of the opening of a session with a new connection, at either end */
  session: number
}

/**
 * `npm run benchmark:proof -- --runs 3`, benchmarks/README.md, "What does the interlocked exchange cost?": CPU s per GiB of sender and recipient. Start-up, about
 * 0.3 s of each ("Where the time goes"), is taken off.
 */
const STARTUP = 0.3
export const PLAIN_SENDER = (2.60 - STARTUP) / GIB
export const PLAIN_RECEIVER = (4.99 - STARTUP) / GIB
export const PROOF_SENDER = (3.73 - STARTUP) / GIB
export const PROOF_RECEIVER = (6.10 - STARTUP) / GIB

/** As benchmarks/README.md has it, "What does money add to it?": 0.2 % at the server, 1.1 % at the recipient */
const PURCHASE_SENDER = 1.002
const PURCHASE_RECEIVER = 1.011

/**
 * Seconds of the server's thread for a client that comes: connection, identify, DHT, ticket, session and one block, over TCP on loopback. `calibrate.ts` gave 22 ms and 35 ms for all
 * of it, 2 x AMD EPYC, Node 24.21.0, 2026-11-21, with less and with more other work on the machine: these two are the latter. How much of it is the session's is an estimate.
 */
export const TICKET = 0.025
export const SESSION = 0.010

export function costsOf (mode: 'plain' | 'proof' | 'purchase'): Costs {
  const besides = { ticket: TICKET, session: SESSION }

  switch (mode) {
    case 'plain':
      return { sendByte: PLAIN_SENDER, receiveByte: PLAIN_RECEIVER, ...besides }
    case 'proof':
      return { sendByte: PROOF_SENDER, receiveByte: PROOF_RECEIVER, ...besides }
    default:
      return { sendByte: PROOF_SENDER * PURCHASE_SENDER, receiveByte: PROOF_RECEIVER * PURCHASE_RECEIVER, ...besides }
  }
}

/**
 * Bytes on a link besides the blocks': frames of Yamux, hashes, announcements, requests; per byte and per block. Real nodes in a flash crowd of 24 with blocks of 64 KiB had 1.1 %
 * (`overhead` of the outcome, `flash-crowd --peers 24 --size 8MiB`, 1 MiB/s), when no block was sent in vain: those count there as well.
 */
export const OVERHEAD_PER_BYTE = 0.001
export const OVERHEAD_PER_BLOCK = 600

/** Round trips until a ticket is there: connection, negotiation of channel and muxer, identify beside it, request. */
export const TICKET_ROUND_TRIPS = 5

/** Until a session is open, with a new connection */
export const SESSION_ROUND_TRIPS = 5

/** Milliseconds from the arrival of a block's last byte to the moment that it is verified and written */
export const WRITE_TIME = 2
