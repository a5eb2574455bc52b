/**
 * What blocks are worth that were acknowledged, by the server's default policies.
 */
import { DEFAULT_BANK_POLICY } from '../../src/bank/index.ts'
import { DEFAULT_POLICY, UNIT_LENGTH } from '../../src/ledger/index.ts'
import { sides, total } from './mixed-crowd.ts'
import type { Outcome } from '../harness/outcome.ts'

const PARTS = 10_000

/** Of one block, as if it were a whole one: credit, or money before the fee. That of a coin is a whole number of units, one of the two next to this. */
function blockWorth ({ composition: { mode, blockSize, price }, size }: Outcome): number {
  return mode === 'purchase' ? price * Math.min(1, blockSize / size) : Math.ceil(blockSize / UNIT_LENGTH) * DEFAULT_POLICY.credit
}

/** So many blocks, at most: credit, or money. */
export function worthOf (blocks: number, outcome: Outcome): number {
  return blocks * Math.ceil(blockWorth(outcome))
}

/** All blocks of the object. */
export function objectWorth (outcome: Outcome): number {
  return worthOf(Math.ceil(outcome.size / outcome.composition.blockSize), outcome)
}

/** What a provider of so many blocks gets for them at least, when all is paid: money less the fee. */
export function dueFor (blocks: number, outcome: Outcome): number {
  const worth = blocks * Math.floor(blockWorth(outcome))

  return Math.floor(outcome.composition.mode === 'purchase' ? worth * (PARTS - DEFAULT_BANK_POLICY.fee) / PARTS : worth)
}

/** What those who misbehave got by serving, beyond what others have acknowledged to them. */
export function overpaid (outcome: Outcome): number {
  return total(sides(outcome).cheaters, ({ earned = 0, acknowledged = 0 }) => Math.max(0, earned - worthOf(acknowledged, outcome)))
}

/** What honest clients should have got for what others have acknowledged to them, and did not. */
export function underpaid (outcome: Outcome): number {
  return total(sides(outcome).honest, ({ earned = 0, acknowledged = 0 }) => Math.max(0, dueFor(acknowledged, outcome) - earned))
}

/**
 * Blocks that came more than once, or too late, are acknowledged like all others in mode proof, and credited once: what that takes from their providers, whoever
 * misbehaves.
 */
export function worthOfDuplicates (outcome: Outcome): number {
  return outcome.composition.mode === 'proof' ? worthOf(Math.ceil(total(outcome.peers, ({ wasted }) => wasted) / outcome.composition.blockSize), outcome) : 0
}

/** What clients, honest or not, sent to those who misbehave is worth at most: by the wire, since blocks whose download was ended are in no other count. */
export function worthFromPeers (outcome: Outcome): number {
  return worthOf(Math.ceil(total(sides(outcome).cheaters, ({ received, fromServer }) => received - fromServer) / outcome.composition.blockSize), outcome)
}

/**
 * With mode purchase: what those who misbehave got, and did not pay for, all of them together. What they paid each other for nothing is no payment, and what they were paid for blocks that moved no gain.
 */
export function unpaid (outcome: Outcome): number {
  const { cheaters } = sides(outcome)
  const got = total(cheaters, ({ fromServer, fromPeers }) => fromServer + fromPeers) / outcome.composition.blockSize
  const spent = total(cheaters, ({ paid = 0, earned = 0 }) => paid - earned)
  const served = total(cheaters, ({ acknowledged = 0 }) => dueFor(acknowledged, outcome))

  return Math.max(0, dueFor(got, outcome) - spent - served)
}
