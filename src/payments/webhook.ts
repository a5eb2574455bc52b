import { MAX_BODY_LENGTH, PAYMENTS_PATH } from './constants.ts'
import { MalformedMessageError, parseMessage } from './message.ts'
import { checkSignature, parseSecret } from './signature.ts'
import type { Bank } from '../bank/index.ts'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** What payments need of a bank. */
export type PaymentBank = Pick<Bank, 'policy' | 'deposit' | 'withdraw' | 'balance'>

export interface PaymentHandlerInit {
  logger?: ComponentLogger

  /**
   * Milliseconds since the epoch.
   *
   * @default Date.now
   */
  now?(): number
}

interface Answer {
  status: number
  body: object
  headers?: Record<string, string>
}

/** The message is longer than any that is meant. */
class BodyTooLargeError extends Error {
  static name = 'BodyTooLargeError'
  name = 'BodyTooLargeError'
}

/** Statuses of what is wrong with a message, by the error's name or code. */
const STATUSES: Record<string, number> = {
  MalformedMessageError: 400,
  // the sender went away, and hears nothing of this
  ECONNRESET: 400,
  // what only the bank knows of a reference, a memo, or an amount that its books cannot hold
  InvalidParametersError: 400,
  InvalidAmountError: 400,
  SignatureError: 401,
  PaymentConflictError: 409,
  BodyTooLargeError: 413,
  MoneyShortError: 422
}

/**
 * Answers the requests of an HTTP server. How long a request may take and how many connections there may be is up to that
 * server; `PaymentServer` has limits. The secret is `whsec_` and base64.
 *
 * @throws {InvalidParametersError} when the secret is none
 */
export function paymentHandler (bank: PaymentBank, secret: string, { logger, now = Date.now }: PaymentHandlerInit = {}): RequestListener {
  const key = parseSecret(secret)
  const log = logger?.forComponent('mssl:payments')

  return (request, response) => {
    answer(bank, key, request, now).catch(err => failure(err, log)).then(answer => {
      // who sent it and what it said is not for a log
      log?.('%d', answer.status)
      send(response, answer)
    }, err => { log?.error('could not answer - %e', err) })
  }
}

async function answer (bank: PaymentBank, key: Uint8Array, request: IncomingMessage, now: () => number): Promise<Answer> {
  if (request.url !== PAYMENTS_PATH) {
    return { status: 404, body: { error: `Payments are taken at ${PAYMENTS_PATH}` } }
  }

  if (request.method !== 'POST') {
    return { status: 405, body: { error: 'Payments are taken by POST' }, headers: { Allow: 'POST' } }
  }

  const body = await read(request)
  // nothing of it is looked at before
  checkSignature(request.headers, body, key, now())

  const { type, reference, account, amount, unit, memo } = parseMessage(body)

  if (unit !== bank.policy.unit) {
    throw new MalformedMessageError(`This server counts in another unit: ${bank.policy.unit}`)
  }

  const { repeated } = type === 'deposit'
    ? bank.deposit(account, amount, { reference, memo })
    : bank.withdraw(account, amount, { reference, memo })

  return { status: 200, body: { reference, repeated, balance: bank.balance(account) } }
}

async function read (request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0

  checkLength(Number(request.headers['content-length'] ?? 0))

  for await (const chunk of request) {
    length += chunk.byteLength
    checkLength(length)
    chunks.push(chunk)
  }

  return Buffer.concat(chunks)
}

function checkLength (length: number): void {
  if (length > MAX_BODY_LENGTH) {
    throw new BodyTooLargeError(`A message has ${MAX_BODY_LENGTH} bytes at most`)
  }
}

function failure (err: Error & { code?: string, missing?: number }, log?: Logger): Answer {
  const status = STATUSES[err.name] ?? STATUSES[err.code ?? '']

  if (status == null) {
    log?.error('a payment could not be made - %e', err)

    return { status: 500, body: { error: 'The payment could not be made now: send it again later' } }
  }

  return { status, body: { error: err.message, missing: err.missing } }
}

function send (response: ServerResponse, { status, body, headers }: Answer): void {
  // what is left of a body that nobody reads is the end of its connection
  const close = response.req.complete ? {} : { Connection: 'close' }

  response.writeHead(status, { 'Content-Type': 'application/json', ...close, ...headers })
  response.end(`${JSON.stringify(body)}\n`)
}
