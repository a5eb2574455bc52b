import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from '@libp2p/interface'

const FIELDS = ['type', 'reference', 'account', 'amount', 'unit', 'memo']

/** What a payment provider says has happened. */
export interface PaymentMessage {
  type: 'deposit' | 'withdrawal'
  reference: string
  account: PeerId
  /** Whole units, 1 to 2^53 - 1 */
  amount: number
  unit: string
  memo?: string
}

/** The message is not one that this version knows. */
export class MalformedMessageError extends Error {
  static name = 'MalformedMessageError'
  name = 'MalformedMessageError'
}

/**
 * @throws {MalformedMessageError} in one line, without what was in the message
 */
export function parseMessage (body: Uint8Array): PaymentMessage {
  const message = parseObject(body)
  const { type, reference, account, amount, unit, memo } = message
  const stray = Object.keys(message).some(name => !FIELDS.includes(name))

  if (stray) {
    throw new MalformedMessageError(`There is a field besides ${FIELDS.join(', ')}`)
  }

  if (type !== 'deposit' && type !== 'withdrawal') {
    throw new MalformedMessageError('"type" has to be "deposit" or "withdrawal"')
  }

  if (typeof reference !== 'string' || typeof unit !== 'string' || (memo !== undefined && typeof memo !== 'string')) {
    throw new MalformedMessageError('"reference", "unit" and "memo" have to be strings; only "memo" may be left out')
  }

  return { type, reference, account: parseAccount(account), amount: parseAmount(amount), unit, memo }
}

/** A number is kept as it was written: what 64-bit floats make of it may be another one. */
class NumberText {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

function parseObject (body: Uint8Array): Record<string, unknown> {
  let value: unknown

  try {
    // the third argument is newer than the types
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), (key: string, value: unknown, context?: { source?: string }) => {
      return typeof value === 'number' ? new NumberText(context?.source ?? '') : value
    })
  } catch {
    throw new MalformedMessageError('The message is not JSON')
  }

  if (value == null || typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText) {
    throw new MalformedMessageError('The message is not a JSON object')
  }

  return value as Record<string, unknown>
}

function parseAmount (value: unknown): number {
  const amount = value instanceof NumberText && /^[1-9][0-9]{0,15}$/.test(value.text) ? Number(value.text) : NaN

  if (!Number.isSafeInteger(amount)) {
    throw new MalformedMessageError(`"amount" has to be a whole number of units from 1 to ${Number.MAX_SAFE_INTEGER}, written with digits only`)
  }

  return amount
}

function parseAccount (value: unknown): PeerId {
  try {
    const account = peerIdFromString(String(value))

    // a PeerId has one text here, so that whoever looks for it in the books finds it
    if (account.type === 'Ed25519' && account.toString() === value) {
      return account
    }
  } catch {
    // the message below is for people
  }

  throw new MalformedMessageError('"account" has to be the PeerId of an Ed25519 key, as `mssl id` shows it')
}
