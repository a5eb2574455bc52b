import { InvalidMessageError, InvalidParametersError } from '@libp2p/interface'
import { HASH_LENGTH, MAX_KEYS, MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { acknowledgeThreshold } from './acknowledgement-window.ts'
import { encodeBlocks } from './block-list.ts'
import { extendEntries, IndexChain } from './chains.ts'
import { ACKNOWLEDGE_DELAY, FIRST_BLOCKS, UNLOCK_SLICE } from './constants.ts'
import { sessionId } from './session-id.ts'
import type { SessionTerms } from './session-id.ts'
import type { Signer } from './signature.ts'
import type { Acknowledgement, Complaint, ExchangeConversation, Recovery, ReleasedKeys, Ruling, SessionEvidence } from '../../protocols/ack/index.ts'

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
  /** The session should end, and `end` be called: the provider does not answer as it has to, or an `Unlock` threw. */
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

    let before = this.session

    for (let at = 0; at < position - 1; at++) {
      before = extendEntries(before, this.#indices[at], this.#hashes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH))
    }

    return this.#init.complain({
      session: this.#evidence(this.#acknowledgement),
      position,
      before,
      hashes: this.#hashes.slice((position - 1) * HASH_LENGTH, this.#acknowledged * HASH_LENGTH)
    })
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
    if (!acknowledges) {
      this.#giveUp()
    }

    while (!this.#over && this.#recovery == null && this.#released < this.#arrived) {
      this.#acknowledge()
      await this.#answer
    }

    await this.#recovery
    this.#giveUp()
    await this.#unlocking

    try {
      const conversation = await this.#init.conversation
      await conversation.close()
    } catch {
      // it is over in any case
    }
  }

  #acknowledge (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined

    // after a fault the last acknowledgement stands: the server was shown it
    if (this.#recovery != null || this.#arrived === this.#acknowledged) {
      return
    }

    const before = this.#acknowledged
    this.#chain.extend(this.#indices.subarray(before, this.#arrived))
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
      if (this.#acknowledgement != null && this.#released < this.#acknowledged) {
        await this.#askServer(this.#evidence(this.#acknowledgement))
      }
    } catch {
      // without the server the blocks have to be fetched again elsewhere
    }

    this.#giveUp()
  }

  async #askServer (session: SessionEvidence): Promise<void> {
    while (this.#released < this.#acknowledged) {
      const first = this.#released + 1
      const answer = await this.#init.recover({ session, first })
      const count = answer.keys.byteLength / HASH_LENGTH

      if (answer.first !== first || !Number.isInteger(count) || count < 1 || first + count - 1 > this.#acknowledged) {
        throw new InvalidMessageError('The server gave other keys than those that it was asked for')
      }

      this.#released += count
      this.#settle(count, answer.keys)
    }
  }

  #evidence (acknowledgement: Acknowledgement): SessionEvidence {
    const { ticket, provider, recipientNonce, providerNonce } = this.#init.terms

    return {
      ticket,
      provider,
      recipientNonce,
      providerNonce,
      acknowledgement,
      blocks: encodeBlocks(this.#indices.subarray(0, acknowledgement.count))
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
