import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import { HASH_LENGTH, MAX_KEYS } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { Quota } from '../../protocols/ack/limits.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { RefusedError } from '../../protocols/block/errors.ts'
import { BlockStatus } from '../../protocols/block/pb/block.ts'
import { Allowances } from './allowances.ts'
import { BlockKeys } from './block-keys.ts'
import { ACKNOWLEDGE_TIMEOUT, MAX_CLOSING, MAX_LATE } from './constants.ts'
import { EarnedWindows } from './earned-windows.ts'
import { SessionExchange } from './provider-exchange.ts'
import { sessionId } from './session-id.ts'
import { verifier } from './signature.ts'
import type { ReceiptSession, ReceiptStore } from './receipt-store.ts'
import type { Acknowledgement, KeyRelease, ReleasedKeys } from '../../protocols/ack/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export interface ExchangesComponents {
  receipts: ReceiptStore
  logger: ComponentLogger
  /** This node's, as a provider of the object; 32 bytes */
  escrowSecret (object: CID): Uint8Array | undefined
}

export interface ExchangesInit {
  /**
   * A recipient whose window is full has so long to acknowledge, ms, beyond what a block takes at 64 KiB/s; so has one after
   * the end of a session.
   *
   * @default 30_000
   */
  acknowledgeTimeout?: number
}

/** What a session is opened with; the recipient's ticket has been verified. */
export interface ExchangeTerms extends Omit<ReceiptSession, 'session' | 'providerNonce'> {
  /** This node's for the object, 32 bytes */
  escrowSecret: Uint8Array
  /** The largest window: `acknowledgementWindow` of the object */
  cap: number
  /** Bytes */
  blockSize: number
  /**
   * With mode purchase: blocks that may be had for the ticket's serial, over all sessions. Who has paid for a block may ask for it
   * again, but not without end.
   */
  most?: number
  /** The session of blocks has to end: a RefusedError says why. */
  onFault (err: RefusedError): void
}

/**
 * All sessions in which this node is the provider. Acknowledgements come over a stream of their own, and find their session
 * here; those of sessions that are over find the receipt.
 */
export class Exchanges implements KeyRelease {
  readonly #components: ExchangesComponents
  readonly #acknowledgeTimeout: number
  readonly #log: Logger
  readonly #earned = new EarnedWindows()
  readonly #late = new Quota(MAX_LATE)
  /** By session id */
  readonly #sessions = new Map<string, SessionExchange>()
  readonly #allowances: Allowances
  /** Over, with blocks not acknowledged; oldest first */
  readonly #closing = new Set<SessionExchange>()

  constructor (components: ExchangesComponents, init: ExchangesInit = {}) {
    this.#components = components
    this.#acknowledgeTimeout = init.acknowledgeTimeout ?? ACKNOWLEDGE_TIMEOUT
    this.#log = components.logger.forComponent('mssl:exchange')
    this.#allowances = new Allowances(serial => components.receipts.acknowledged(serial))
  }

  /**
   * Begin a session. Draws this node's nonce.
   *
   * @throws {RefusedError} BLOCK_BUSY when the recipient left too many sessions unpaid, BLOCK_MODE_UNSUPPORTED when its
   * identity cannot sign acknowledgements, BLOCK_LIMIT_EXCEEDED when it had all that it may have for its ticket
   */
  open (terms: ExchangeTerms): SessionExchange {
    const { object, ticket, serial, notAfter, redeemUntil, provider, recipient, recipientNonce, blockSize } = terms

    if (recipient.type !== 'Ed25519') {
      throw new RefusedError(BlockStatus.BLOCK_MODE_UNSUPPORTED, 'this mode of service needs an Ed25519 identity')
    }

    const allowance = terms.most == null ? undefined : this.#allowances.open(serial, terms.most)

    if (terms.most != null && allowance == null) {
      throw new RefusedError(BlockStatus.BLOCK_LIMIT_EXCEEDED, 'what was paid for was given again often enough')
    }

    const cap = Math.min(terms.cap, MAX_KEYS)
    const window = this.#earned.borrow(recipient.toString(), blockSize, cap)
    const nonce = crypto.getRandomValues(new Uint8Array(HASH_LENGTH))
    const session = sessionId({
      ticket,
      provider: provider.toMultihash().bytes,
      recipient: recipient.toMultihash().bytes,
      recipientNonce,
      providerNonce: nonce
    })
    const id = toString(session, 'base16')

    const exchange = new SessionExchange({
      session,
      nonce,
      recipient,
      keys: new BlockKeys(terms.escrowSecret, session),
      verifier: verifier(recipient),
      receipts: this.#components.receipts.begin({
        session, object, ticket, serial, notAfter, redeemUntil, provider, recipient, recipientNonce, providerNonce: nonce
      }),
      earned: this.#earned,
      window,
      cap,
      allowance,
      blockSize,
      acknowledgeTimeout: this.#acknowledgeTimeout,
      onFault: err => { terms.onFault(err) },
      onClosing: () => { this.#wait(exchange) },
      onClosed: () => {
        this.#sessions.delete(id)
        this.#closing.delete(exchange)

        if (allowance != null) {
          this.#allowances.close(serial)
        }
      },
      log: this.#log
    })
    this.#sessions.set(id, exchange)

    return exchange
  }

  /**
   * @throws {AckRefusedError}
   */
  async acknowledge (acknowledgement: Acknowledgement, recipient: PeerId): Promise<ReleasedKeys> {
    const exchange = this.#sessions.get(toString(acknowledgement.session, 'base16'))

    if (exchange == null) {
      return this.#again(acknowledgement, recipient)
    }

    if (!exchange.recipient.equals(recipient)) {
      throw notFound()
    }

    return exchange.acknowledge(acknowledgement)
  }

  /**
   * Wait for the last acknowledgements of the sessions that are over.
   *
   * @throws {AbortError}
   */
  async settled (options: AbortOptions = {}): Promise<void> {
    await raceSignal(Promise.all([...this.#sessions.values()].map(async ({ closed }) => closed)), options.signal)
  }

  /** Close every session: acknowledgements that are not there yet are lost. */
  stop (): void {
    for (const exchange of this.#sessions.values()) {
      exchange.close()
    }
  }

  #wait (exchange: SessionExchange): void {
    this.#closing.add(exchange)

    if (this.#closing.size > MAX_CLOSING) {
      const [oldest] = this.#closing
      oldest.close()
    }
  }

  /** Keys of a session that is over. All that they need is the receipt, and it says that they are paid. */
  #again ({ session, count, signature }: Acknowledgement, recipient: PeerId): ReleasedKeys {
    const retryAfter = this.#late.count(recipient.toString())

    if (retryAfter > 0) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'too many acknowledgements of sessions that are over', retryAfter)
    }

    const receipt = this.#components.receipts.find(session)

    if (receipt?.recipient.equals(recipient) !== true || count < 1 || count > receipt.acknowledgement.count) {
      throw notFound()
    }

    const secret = this.#components.escrowSecret(receipt.object)

    if (secret == null || (count === receipt.acknowledgement.count && !equals(signature, receipt.acknowledgement.signature))) {
      throw notFound()
    }

    const blockKeys = new BlockKeys(secret, session)
    const before = Math.max(0, count - MAX_KEYS)
    const keys = new Uint8Array((count - before) * HASH_LENGTH)

    for (let position = before + 1; position <= count; position++) {
      keys.set(blockKeys.key(position, receipt.indices[position - 1]), (position - before - 1) * HASH_LENGTH)
    }

    return { first: before + 1, keys, window: 0 }
  }
}

function notFound (): AckRefusedError {
  return new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'no such session')
}
