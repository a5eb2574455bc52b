import type { Acknowledgement, Arbiter, Claim, Complaint, KeyRelease, Recovery, SessionEvidence } from '../../../protocols/ack/index.ts'

export const bytes = (length: number, value = 7): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value)

export function acknowledgement (count: number, fields: Partial<Acknowledgement> = {}): Acknowledgement {
  return { session: bytes(32, 1), count, indices: bytes(32, 2), entries: bytes(32, 3), signature: bytes(64, 4), ...fields }
}

export function evidence (count: number, fields: Partial<SessionEvidence> = {}): SessionEvidence {
  return {
    ticket: bytes(300, 5), provider: bytes(38, 6), recipientNonce: bytes(32), providerNonce: bytes(32), blocks: bytes(count, 2), acknowledgement: acknowledgement(count), ...fields
  }
}

export function recovery (count: number, fields: Partial<Recovery> = {}): Recovery {
  return { session: evidence(count), first: 1, before: bytes(32), hashes: bytes(32 * count), ...fields }
}

export function complaint (count: number, fields: Partial<Complaint> = {}): Complaint {
  return { session: evidence(count), position: 1, before: bytes(32), hashes: bytes(32 * count), ...fields }
}

export function claim (count: number, fields: Partial<Claim> = {}): Claim {
  return { session: evidence(count), signature: bytes(64), ...fields }
}

/** Releases for each acknowledgement the key of its last block, whose bytes are the count. */
export const KEYS: KeyRelease = {
  acknowledge: async ({ count }) => ({ first: count, keys: bytes(32, count), window: 4 })
}

/** Says yes to everything, and asks for an audit of sessions with three blocks. */
export const ARBITER: Arbiter = {
  recover: async ({ first, session: { acknowledgement: { count } } }) => ({ first, keys: bytes(32 * Math.min(512, count - first + 1)), window: 0 }),
  complain: async ({ position }) => position === 1 ? { key: bytes(32), path: bytes(64) } : { block: bytes(4 * 1024 * 1024), path: bytes(640) },
  claim: async (ticket, claims) => ({
    verdicts: claims.map(({ session: { acknowledgement: { count } } }) => ({ outcome: count === 3 ? 'audit' : 'settled', reason: '', credited: count, amount: 10 * count })),
    balance: 100,
    standing: 5
  }),
  audit: async (session, hashes) => ({ verdicts: [{ outcome: 'settled', reason: 'audited', credited: hashes.byteLength / 32, amount: 1 }], balance: 101, standing: 6 })
}
