import { InvalidMessageError, InvalidParametersError } from '@libp2p/interface'
import { HASH_LENGTH, MAX_KEYS, MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { acknowledgeThreshold } from './acknowledgement-window.ts'
import { encodeBlocks } from './block-list.ts'
import { entryChain, extendEntries, IndexChain } from './chains.ts'
import { ACKNOWLEDGE_DELAY, FIRST_BLOCKS, RECOVERY_PATIENCE, RULING_ATTEMPTS, RULING_RETRY, UNLOCK_SLICE } from './constants.ts'
import { sessionId } from './session-id.ts'
import type { SessionTerms } from './session-id.ts'
import type { Signer } from './signature.ts'
import type { Acknowledgement, Complaint, ExchangeConversation, Recovery, ReleasedKeys, Ruling } from '../../protocols/ack/index.ts'

/** Takes the key of one block, 32 bytes, or learns that it is not to be had. */
export type Unlock = (key: Uint8Array | undefined) => void

export interface RecipientExchangeInit {
  terms: SessionTerms
  /** Blocks that the provider sends ahead of their acknowledgement, at first */
  window: number
  signer: Signer
  /** With the provider */
  conversation: Promise<ExchangeConversation>
  /** Asks the server for keys. */
  recover (recovery: Recovery): Promise<ReleasedKeys>
  /** Asks the server about a block that is not what was promised. */
  complain (complaint: Complaint): Promise<Ruling>
  /**
   * With mode purchase: these blocks are about to be acknowledged, which spends their coins with the provider. When it throws,
   * nothing is signed.
   *
   * @param indices - not used any more by the caller after it returns
   */
  spend? (indices: Uint32Array): void
  /** The server gives a block that was false as the provider sent it, or its key. */
  onRuling (index: number, ruling: Ruling): void
  /**
   * The session should end, and `end` be called: the provider does not answer as it has to, `spend` failed, or an `Unlock`
   * threw.
   */
  onFault (err: Error): void
}

/**
 * The recipient's half of the interlocked exchange in one session: acknowledges what arrived and passes the keys on. Holds
 * index and ciphertext hash of every block of the session, 36 bytes each, since a dispute may be about any of them.
 */
export class RecipientExchange {
  /** 32 bytes */
  readonly session: Uint8Array
  readonly #init: RecipientExchangeInit
  /** Of the acknowledged blocks */
  readonly #chain: IndexChain
  /** Entry chain of all blocks that arrived */
  #entry: Uint8Array
  #indices = new Uint32Array(FIRST_BLOCKS)
  #hashes = new Uint8Array(FIRST_BLOCKS * HASH_LENGTH)
  #arrived = 0
  /** The last one that was signed */
  #acknowledgement?: Acknowledgement
  /** Blocks whose keys came */
  #released = 0
  /** Of the blocks whose keys did not come yet, in order */
  readonly #waiting: Unlock[] = []
  /** With its key, or without, when that is settled */
  readonly #settled: Array<[Unlock, Uint8Array | undefined]> = []
  #window: number
  #timer?: ReturnType<typeof setTimeout>
  #answer: Promise<void> = Promise.resolve()
  #recovery?: Promise<void>
  #unlocking?: Promise<void>
  /** Under way */
  readonly #complaints = new Set<Promise<Ruling>>()
  #ending?: Promise<void>
  /** No more keys will come. */
  #over = false

  constructor (init: RecipientExchangeInit) {
    this.#init = init
    this.session = sessionId(init.terms)
    this.#chain = new IndexChain(this.session)
    this.#entry = this.session
    this.#window = Math.min(init.window, MAX_KEYS)
    init.conversation.catch(err => { this.#fail(err) })
  }

  /** Blocks that wait for their keys, or have them and are not unlocked yet */
  get locked (): number {
    return this.#waiting.length + this.#settled.length
  }

  /**
   * A block came in whole; the positions of a session are in the order of these calls.
   *
   * @param index - the block's index in the object
   * @param hash - SHA-256 of the ciphertext
   * @param unlock - called once, later, in the order of positions
   * @param last - nothing else is on its way from this provider: the acknowledgement does not wait for others
   * @throws {InvalidMessageError} when the session has more blocks than it may have
   */
  arrived (index: number, hash: Uint8Array, unlock: Unlock, last: boolean): void {
    if (this.#arrived === MAX_SESSION_BLOCKS) {
      throw new InvalidMessageError(`A session has no more than ${MAX_SESSION_BLOCKS} blocks`)
    }

    if (this.#arrived === this.#indices.length) {
      const indices = this.#indices
      const hashes = this.#hashes
      this.#indices = new Uint32Array(2 * indices.length)
      this.#hashes = new Uint8Array(2 * hashes.length)
      this.#indices.set(indices)
      this.#hashes.set(hashes)
    }

    this.#indices[this.#arrived] = index
    this.#hashes.set(hash, this.#arrived * HASH_LENGTH)
    this.#entry = extendEntries(this.#entry, index, hash)
    this.#arrived++
    this.#waiting.push(unlock)

    if (this.#over) {
      this.#settle(1)
    } else if (last || this.#arrived - this.#acknowledged >= acknowledgeThreshold(this.#window)) {
      this.#acknowledge()
    } else if (this.#timer == null) {
      this.#timer = setTimeout(() => { this.#acknowledge() }, ACKNOWLEDGE_DELAY)
      this.#timer.unref?.()
    }
  }

  /**
   * Tell the server that the block of this position, opened with its key, is not the one that was promised.
   *
   * @throws {InvalidParametersError} when the position is not acknowledged
   */
  async complain (position: number): Promise<Ruling> {
    if (this.#acknowledgement == null || !Number.isInteger(position) || position < 1 || position > this.#acknowledged) {
      throw new InvalidParametersError('Only a block that was acknowledged can be complained about')
    }

    const complaint = this.#askRuling({ position, ...this.#evidence(this.#acknowledgement, position) })
    this.#complaints.add(complaint)

    return complaint.finally(() => { this.#complaints.delete(complaint) })
  }

  /**
   * The session is over: acknowledge what is not acknowledged yet, get the keys that are missing, from the server if the
   * provider does not give them, and close the conversation. Every block was unlocked, or was told that it will not be, when
   * this resolves. Never rejects. Idempotent.
   *
   * @param acknowledges - false: nothing more is acknowledged, since the provider has sent what is false
   */
  async end (acknowledges = true): Promise<void> {
    this.#ending ??= this.#end(acknowledges)

    return this.#ending
  }

  get #acknowledged (): number {
    return this.#acknowledgement?.count ?? 0
  }

  async #end (acknowledges: boolean): Promise<void> {
    // what the server is asked for already is paid, and may still be used
    if (!acknowledges && this.#recovery == null) {
      this.#giveUp()
    }

    while (!this.#over && this.#recovery == null && this.#released < this.#arrived) {
      this.#acknowledge()
      await this.#answer
    }

    await this.#recovery
    this.#giveUp()
    await this.#unlocking

    // nothing waits for a provider that does not open or close its end: it is over in any case
    this.#init.conversation.then(async conversation => conversation.close()).catch(() => {})
  }

  #acknowledge (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined

    // after a fault the last acknowledgement stands: the server was shown it
    if (this.#recovery != null || this.#arrived === this.#acknowledged) {
      return
    }

    const before = this.#acknowledged
    const indices = this.#indices.subarray(before, this.#arrived)

    try {
      this.#init.spend?.(indices)
    } catch (err: any) {
      // what was acknowledged before is paid: its keys come from the server
      this.#fail(err)
      return
    }

    this.#chain.extend(indices)
    this.#acknowledgement = this.#init.signer.acknowledge({
      session: this.session,
      count: this.#arrived,
      indices: this.#chain.value,
      entries: this.#entry
    })
    this.#answer = this.#present(this.#acknowledgement, before)
  }

  async #present (acknowledgement: Acknowledgement, before: number): Promise<void> {
    try {
      const conversation = await this.#init.conversation
      const { first, keys, window } = await conversation.present(acknowledgement)

      if (this.#recovery != null) {
        return
      }

      if (first !== before + 1 || this.#released !== before || keys.byteLength !== (acknowledgement.count - before) * HASH_LENGTH) {
        throw new InvalidMessageError('The provider released other keys than those of what was acknowledged')
      }

      this.#window = Math.min(window, MAX_KEYS)
      this.#released = acknowledgement.count
      this.#settle(acknowledgement.count - before, keys)
    } catch (err: any) {
      this.#fail(err)
    }
  }

  #fail (err: Error): void {
    if (this.#recovery != null || this.#over) {
      return
    }

    clearTimeout(this.#timer)
    this.#recovery = this.#recover()
    this.#init.onFault(err)
  }

  async #recover (): Promise<void> {
    try {
      // to ask for later keys is to find the blocks before good: complaints about those come first
      await this.#unlocking
      await Promise.allSettled(this.#complaints)

      if (this.#acknowledgement != null) {
        await this.#askServer(this.#acknowledgement)
      }
    } catch {
      // without the server the blocks have to be fetched again elsewhere
    }

    this.#giveUp()
  }

  async #askServer (acknowledgement: Acknowledgement): Promise<void> {
    let patience = RECOVERY_PATIENCE

    while (this.#released < acknowledgement.count) {
      const first = this.#released + 1
      const asked = performance.now()

      try {
        const answer = await this.#init.recover({ first, ...this.#evidence(acknowledgement, first) })
        const count = answer.keys.byteLength / HASH_LENGTH

        if (answer.first !== first || !Number.isInteger(count) || count < 1 || first + count - 1 > acknowledgement.count) {
          throw new InvalidMessageError('The server gave other keys than those that it was asked for')
        }

        this.#released += count
        this.#settle(count, answer.keys)
      } catch (err) {
        if (!(err instanceof AckRefusedError)) {
          throw err
        }

        if (err.status === AckStatus.ACK_FALSE) {
          // the server has to know of it; the blocks after it come from elsewhere
          this.#init.onRuling(this.#indices[first - 1], await this.complain(first))
          return
        }

        const { retryAfter = Infinity } = err
        // also the time that it took to say so
        patience -= performance.now() - asked + retryAfter

        if (patience < 0) {
          throw err
        }

        await new Promise(resolve => { setTimeout(resolve, retryAfter) })
      }
    }
  }

  /** Asks again when the answer is lost: what the server was paid for it gives again. */
  async #askRuling (complaint: Complaint): Promise<Ruling> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#init.complain(complaint)
      } catch (err) {
        const retryAfter = err instanceof AckRefusedError ? err.retryAfter : RULING_RETRY

        if (retryAfter == null || attempt === RULING_ATTEMPTS) {
          throw err
        }

        await new Promise(resolve => { setTimeout(resolve, retryAfter) })
      }
    }
  }

  /** What the server has to see of the blocks from a position on. */
  #evidence (acknowledgement: Acknowledgement, from: number): Omit<Recovery, 'first'> {
    const { ticket, provider, recipientNonce, providerNonce } = this.#init.terms
    const { count } = acknowledgement
    return {
      session: { ticket, provider, recipientNonce, providerNonce, acknowledgement, blocks: encodeBlocks(this.#indices.subarray(0, count)) },
      before: entryChain(this.session, this.#indices.subarray(0, from - 1), this.#hashes),
      hashes: this.#hashes.slice((from - 1) * HASH_LENGTH, count * HASH_LENGTH)
    }
  }

  #giveUp (): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#settle(this.#waiting.length)
  }

  /** The next `count` blocks get these keys, or none. */
  #settle (count: number, keys?: Uint8Array): void {
    for (const [at, unlock] of this.#waiting.splice(0, count).entries()) {
      this.#settled.push([unlock, keys?.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH)])
    }

    if (this.#settled.length > 0) {
      this.#unlocking ??= this.#unlock()
    }
  }

  /** A few in each turn of the event loop, since a key means a block to decrypt. */
  async #unlock (): Promise<void> {
    while (this.#settled.length > 0) {
      await new Promise(resolve => { setImmediate(resolve) })

      for (const [unlock, key] of this.#settled.splice(0, UNLOCK_SLICE)) {
        try {
          unlock(key)
        } catch (err: any) {
          this.#init.onFault(err)
        }
      }
    }

    this.#unlocking = undefined
  }
}
