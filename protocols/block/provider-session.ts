import { InvalidMessageError, StreamResetError, TimeoutError } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { Announcements, Announcer } from './announcer.ts'
import { Channel } from './channel.ts'
import { ANNOUNCE_BLOCKS, CONTENDED_RATE, MAX_CID_LENGTH, MAX_ENVELOPE_LENGTH, MAX_LEVELS, MAX_REASON_LENGTH, MAX_REQUESTS_PER_MESSAGE, NONCE_LENGTH } from './constants.ts'
import { RefusedError } from './errors.ts'
import { Availability, BlockStatus, ProviderMessage, RecipientMessage } from './pb/block.ts'
import { requestWindow } from './request-window.ts'
import type { ChannelHandler } from './channel.ts'
import type { Admission, BlockRange, Open, Provision, ProviderSession } from './index.ts'
import type { Opened, Request } from './pb/block.ts'
import type { Turn, UploadFlow, UploadQueue } from './upload-queue.ts'
import type { CounterGroup, PeerId, Stream } from '@libp2p/interface'

/**
 * While a recipient waits for its turn, or for its ticket's rate, it gets a sign of life this often, ms: well below the
 * time after which it asks others for what it is owed here.
 */
const SIGN_OF_LIFE_INTERVAL = 1_000

/** Longest sleep until it is looked again, ms: timers take no more than 2^31, and a debt may last longer. */
const MAX_SLEEP = 60_000

export interface ProviderInit {
  provision?: Provision
  uploads: UploadQueue
  openTimeout: number
  stallTimeout: number
  contendedTimeout: number
  idleTimeout: number
  bytes?: CounterGroup
  /** The recipient is admitted: the moment to end an older session of its for the same object */
  admitted (session: BlockProvider, object: Uint8Array): void
  /** The session is over, its stream not necessarily yet */
  ended (session: BlockProvider): void
}

interface Asked {
  levels: number
  cancelled: boolean
}

/** A block or super-block that has its turn and is being read. */
interface Load {
  /** Nothing: the super-block */
  request?: { index: number, levels: number }
  length: number
  bytes: Promise<Uint8Array>
  turn: Turn
}

/**
 * The provider's end of a session.
 */
export class BlockProvider implements ProviderSession, ChannelHandler<RecipientMessage> {
  readonly recipient: PeerId

  readonly #init: ProviderInit
  readonly #channel: Channel<RecipientMessage, ProviderMessage>
  #announcer?: Announcer
  readonly #over = new AbortController()
  #timer: ReturnType<typeof setInterval> | ReturnType<typeof setTimeout>
  #state: 'opening' | 'admitting' | 'serving' | 'ended' = 'opening'
  #admission?: Admission
  #flow?: UploadFlow
  #announcements?: Announcements
  #window = 0
  /** Requests in the order of their arrival, those that are being read or sent not included */
  readonly #queue = new Map<number, Asked>()
  #superBlockAsked = false
  /** Requests taken from the queue whose answer is not sent */
  #loading = 0
  #arrival = Promise.withResolvers<void>()
  /** The next request waits for its turn */
  #queued = false
  /** Blocks that were sent, and that the recipient has not said it has, in the order of sending: the last two windows of them */
  readonly #unconfirmed = new Map<number, Turn>()
  /** The recipient tells what it gets */
  #confirms = false
  /** What the stream has not taken yet */
  #sending?: { since: number, length: number }
  /** When the next block may leave, ms since the epoch, with a ticket's rate */
  #due = Date.now()
  #renewing = false

  constructor (stream: Stream, recipient: PeerId, init: ProviderInit) {
    this.recipient = recipient
    this.#init = init
    this.#channel = new Channel(stream, RecipientMessage, ProviderMessage, this)
    this.#timer = setTimeout(() => {
      this.#channel.abort(new TimeoutError('The recipient did not open the session in time'))
    }, init.openTimeout)
  }

  get ended (): Promise<void> {
    return this.#channel.ended
  }

  get outstanding (): number {
    return this.#queue.size + this.#loading
  }

  announce (ranges: BlockRange[]): void {
    if (this.#state === 'serving' && ranges.length > 0) {
      this.#announcer?.add(ranges)
    }
  }

  /** Before the session stands it is refused, with this end's certificate if there is one to show. */
  close (status: BlockStatus, reason: string = '', certificate?: Uint8Array): void {
    if (this.#state === 'ended') {
      return
    }

    const last = { status, reason: reason.slice(0, MAX_REASON_LENGTH) }

    if (this.#state === 'serving') {
      this.#send({ closing: last })
    } else {
      this.#send({ opened: refusal(last, certificate) })
    }

    this.#end()
    void this.#channel.close()
  }

  message (message: RecipientMessage): undefined {
    const { open, request, cancel, have, renew } = message

    if (this.#state === 'opening' && open != null) {
      void this.#open(open)
    } else if (this.#state !== 'serving' || this.#admission == null) {
      throw new InvalidMessageError('The message comes before the session is open')
    } else if (request != null) {
      this.#onRequest(request, this.#admission)
    } else if (cancel != null) {
      for (const index of cancel.blocks) {
        const asked = this.#queue.get(index)

        if (asked != null) {
          asked.cancelled = true
        }
      }
    } else if (have != null) {
      const ranges = this.#announcements?.read(have.ranges) ?? []

      if (ranges.length > 0) {
        this.#confirm(ranges)
        this.#admission.announced(ranges)
      }
    } else if (renew != null && !this.#renewing && this.#admission.exchange == null) {
      void this.#renew(renew.ticket, this.#admission)
    } else {
      throw new InvalidMessageError('The message is of no known kind, a second Open, or a Renew where there can be none')
    }
  }

  chunk (): void {}

  end (): void {}

  /** The recipient is done. Blocks that it does not wait for any more are not pressed on it. */
  remoteClosed (): void {
    this.#end()

    if (this.#channel.needsDrain) {
      this.#channel.abort(new StreamResetError('The recipient left'))
    } else {
      void this.#channel.close()
    }
  }

  closed (): void {
    this.#end()
  }

  async #open (open: Open): Promise<void> {
    this.#state = 'admitting'

    try {
      // one of another length is none, and matters in mode proof only
      const nonce = open.nonce?.byteLength === NONCE_LENGTH ? open.nonce : undefined
      const admission = await this.#admit({ ...open, nonce })

      if (this.#isOver) {
        admission.released()
        return
      }

      this.#admission = admission

      if (admission.exchange != null && nonce == null) {
        throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'mode proof takes a nonce of 32 bytes')
      }

      clearTimeout(this.#timer)
      this.#timer = setInterval(() => { this.#inspect() }, Math.min(SIGN_OF_LIFE_INTERVAL / 2, this.#init.contendedTimeout / 4, this.#init.stallTimeout / 4, this.#init.idleTimeout / 4))
      this.#flow = this.#init.uploads.join(this.recipient)
      this.#announcements = new Announcements(admission.shape.blockCount)
      this.#init.admitted(this, open.object)
      this.#window = requestWindow(admission.shape)
      // offers are asked for at once, and there are new ones for each request: one must not run out of them while they are collected
      this.#announcer = new Announcer(this.#channel, admission.availability === Availability.OFFERS ? 1 : ANNOUNCE_BLOCKS)
      this.#send({
        opened: {
          status: BlockStatus.BLOCK_OK,
          reason: '',
          availability: admission.availability,
          have: bytesOrNone(admission.have),
          certificate: bytesOrNone(admission.certificate),
          window: this.#window,
          superBlock: admission.superBlock != null,
          peers: admission.peers as Opened['peers'],
          nonce: admission.exchange?.nonce as Opened['nonce'],
          acknowledgementWindow: admission.exchange?.window
        }
      })
      this.#state = 'serving'
      admission.attach?.(this)
      await this.#serve(admission, this.#flow)
    } catch (err: any) {
      if (!this.#isOver) {
        this.#channel.stream.log.error('the session ended by an error - %e', err)
        this.#fail(err)
      }
    }
  }

  async #admit (open: Open): Promise<Admission> {
    const { object, certificate, ticket } = open

    if (object.byteLength > MAX_CID_LENGTH || certificate.byteLength > MAX_ENVELOPE_LENGTH || ticket.byteLength > MAX_ENVELOPE_LENGTH) {
      throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'a field of the opening is too long')
    }

    if (this.#init.provision == null) {
      throw new RefusedError(BlockStatus.BLOCK_NOT_FOUND, 'nothing is provided here')
    }

    return this.#init.provision.admit(open, this.recipient, { signal: this.#over.signal })
  }

  async #renew (ticket: Uint8Array, admission: Admission): Promise<void> {
    this.#renewing = true

    try {
      if (ticket.byteLength > MAX_ENVELOPE_LENGTH) {
        throw new RefusedError(BlockStatus.BLOCK_MALFORMED, 'the ticket is too long')
      }

      await admission.renew(ticket, { signal: this.#over.signal })
    } catch (err: any) {
      this.#fail(err)
    } finally {
      this.#renewing = false
    }
  }

  /** Say why, as far as it is the recipient's business. */
  #fail (err: Error): void {
    if (err instanceof RefusedError) {
      this.close(err.status, err.message, err.certificate)
    } else {
      this.close(BlockStatus.BLOCK_STOPPING, 'the provider cannot go on')
    }
  }

  #onRequest ({ blocks, superBlock }: Request, admission: Admission): void {
    for (const { index, levels } of blocks) {
      if (index >= admission.shape.blockCount || levels > MAX_LEVELS || this.#queue.has(index)) {
        throw new InvalidMessageError(`A request for block ${index}, ${levels} levels, that makes no sense`)
      }

      if (this.outstanding >= this.#window) {
        this.close(BlockStatus.BLOCK_LIMIT_EXCEEDED, `more than ${this.#window} requests outstanding`)
        return
      }

      this.#queue.set(index, { levels, cancelled: false })
    }

    if (superBlock) {
      if (this.#superBlockAsked) {
        this.close(BlockStatus.BLOCK_LIMIT_EXCEEDED, 'the super-block was asked for twice')
        return
      }

      this.#superBlockAsked = true
    }

    if (!this.#confirms) {
      // whoever keeps nothing announces nothing, but asks for as many again as it got
      let asked = blocks.length

      for (const [index, turn] of this.#unconfirmed) {
        if (asked-- === 0) {
          break
        }

        this.#unconfirmed.delete(index)
        turn.arrived()
      }
    }

    admission.requested?.(blocks.map(({ index }) => index))
    this.#arrival.resolve()
  }

  #confirm (ranges: BlockRange[]): void {
    for (const [index, turn] of this.#unconfirmed) {
      if (ranges.some(({ first, count }) => index >= first && index < first + count)) {
        this.#confirms = true
        this.#unconfirmed.delete(index)
        turn.arrived()
      }
    }
  }

  #lose (index: number): void {
    this.#unconfirmed.get(index)?.lost()
    this.#unconfirmed.delete(index)
  }

  /** One block after the other; the next one waits for its turn, and is read, while the stream takes this one. */
  async #serve (admission: Admission, flow: UploadFlow): Promise<void> {
    let next = this.#nextLoad(admission, flow)

    try {
      while (!this.#isOver) {
        const load = await next

        try {
          const bytes = await this.#read(load)

          if (this.#isOver) {
            load.turn.lost()
            return
          }

          this.#sending = { since: Date.now(), length: load.length }
          this.#sendLoad(load, bytes, admission)
          next = this.#nextLoad(admission, flow)
          // it may fail while nobody looks yet
          next.catch(() => {})
          await this.#channel.drained()
        } catch (err) {
          load.turn.lost()
          throw err
        } finally {
          this.#sending = undefined
          load.turn.release()
        }
      }
    } finally {
      this.#unconfirmed.forEach(turn => { turn.lost() })
      this.#unconfirmed.clear()
      // nobody waits for it any more, and its memory is held until the disk is done with it
      void next.then(async ({ bytes, turn }) => {
        turn.lost()
        await bytes.catch(() => {}).finally(turn.release)
      }, () => {})
    }
  }

  async #read ({ request, length, bytes }: Load): Promise<Uint8Array> {
    try {
      const read = await bytes

      if (read.byteLength !== length) {
        throw new Error(`${read.byteLength} bytes were read instead of ${length}`)
      }

      return read
    } catch (err) {
      this.#send({ refused: { blocks: request == null ? [] : [request.index], status: BlockStatus.BLOCK_NOT_FOUND } })
      throw err
    }
  }

  #sendLoad ({ request, length, turn }: Load, bytes: Uint8Array, admission: Admission): void {
    if (request == null) {
      this.#superBlockAsked = false
      turn.lost()
      this.#send({ superBlock: { length } }, bytes)
    } else {
      const hashes = admission.path(request.index, request.levels)
      const sealed = admission.exchange?.seal(request.index, bytes)
      this.#loading--
      // the same block once more: nobody will say which of the two has come
      this.#lose(request.index)
      this.#unconfirmed.set(request.index, turn)

      // what came from elsewhere as well is announced once
      if (this.#unconfirmed.size > 2 * this.#window) {
        const [oldest] = this.#unconfirmed.keys()
        this.#lose(oldest)
      }

      this.#send({ block: { index: request.index, hashes: hashes as Uint8Array<ArrayBuffer>, length, position: sealed?.position } }, sealed?.bytes ?? bytes)
    }

    this.#init.bytes?.increment({ sent: length })
  }

  /** Wait for a request that can be served and for its turn, and answer those that cannot be served on the way. */
  async #nextLoad (admission: Admission, flow: UploadFlow): Promise<Load> {
    while (true) {
      this.#over.signal.throwIfAborted()

      if (this.#superBlockAsked) {
        const load = await this.#loadSuperBlock(admission, flow)

        if (load != null) {
          return load
        }

        continue
      }

      const request = this.#peek()

      if (request == null) {
        this.#arrival = Promise.withResolvers()
        await raceSignal(this.#arrival.promise, this.#over.signal)
        continue
      }

      const status = this.#verdict(request, admission)

      if (status != null) {
        await this.#refuse(status, admission)
        continue
      }

      if (admission.exchange != null && admission.exchange.room <= 0) {
        // meanwhile the request may be cancelled
        await admission.exchange.waitForRoom({ signal: this.#over.signal })
        continue
      }

      const length = admission.shape.blockLength(request.index)
      const turn = await this.#turn(length, admission, flow, () => admission.yields?.(request.index) === true)
      const waited = this.#queue.get(request.index)

      // it may have been cancelled, or its ticket have ended, while it waited
      if (waited == null || this.#verdict({ ...request, ...waited }, admission) != null) {
        turn.refund()
        continue
      }

      this.#queue.delete(request.index)
      this.#loading++

      return this.#load(length, turn, async () => admission.readBlock(request.index, { signal: this.#over.signal }), request)
    }
  }

  #load (length: number, turn: Turn, read: () => Promise<Uint8Array>, request?: Load['request']): Load {
    const bytes = read()
    // it may fail while nobody looks yet
    bytes.catch(() => {})

    return { request, length, bytes, turn }
  }

  async #loadSuperBlock (admission: Admission, flow: UploadFlow): Promise<Load | undefined> {
    const { superBlock } = admission

    if (superBlock == null) {
      this.#superBlockAsked = false
      this.#send({ refused: { blocks: [], status: BlockStatus.BLOCK_NOT_FOUND } })
      await this.#channel.drained()

      return
    }

    const length = admission.shape.blockCount * admission.shape.hashLength

    return this.#load(length, await this.#turn(length, admission, flow), async () => superBlock.call(admission))
  }

  /** Wait for what the ticket's rate demands, and for this recipient's turn. */
  async #turn (length: number, admission: Admission, flow: UploadFlow, yields?: () => boolean): Promise<Turn> {
    this.#queued = true

    try {
      if (admission.rate != null) {
        await this.#pace(length, admission.rate)
      }

      return await this.#init.uploads.take(flow, { bytes: length, weight: admission.weight ?? 1, yields }, { signal: this.#over.signal })
    } finally {
      this.#queued = false
    }
  }

  #peek (): (Asked & { index: number }) | undefined {
    const [first] = this.#queue

    return first == null ? undefined : { index: first[0], ...first[1] }
  }

  /** Why a request is not served, if so; a cancelled one is answered OK. */
  #verdict ({ index, cancelled }: { index: number, cancelled: boolean }, admission: Admission): BlockStatus | undefined {
    if (cancelled) {
      return BlockStatus.BLOCK_OK
    }

    const status = admission.permits(index)

    return status === BlockStatus.BLOCK_OK ? undefined : status
  }

  /** Answer all requests at the front of the queue that have this verdict with one message. */
  async #refuse (status: BlockStatus, admission: Admission): Promise<void> {
    const blocks: number[] = []

    for (const [index, { cancelled }] of this.#queue) {
      if (blocks.length === MAX_REQUESTS_PER_MESSAGE || this.#verdict({ index, cancelled }, admission) !== status) {
        break
      }

      blocks.push(index)
      this.#queue.delete(index)
    }

    this.#send({ refused: { blocks, status } })
    await this.#channel.drained()
  }

  /** Wait as long as these bytes take at the ticket's rate: before they leave, so that a new session gains nothing. */
  async #pace (length: number, rate: number): Promise<void> {
    // what a late wake-up or a slow disk cost is made good, up to a second of it
    this.#due = Math.max(this.#due, Date.now() - 1000) + 1000 * length / rate

    for (let wait = this.#due - Date.now(); wait > 0; wait = this.#due - Date.now()) {
      const pause = Promise.withResolvers<void>()
      const timer = setTimeout(pause.resolve, Math.min(wait, MAX_SLEEP))
      await raceSignal(pause.promise, this.#over.signal).finally(() => { clearTimeout(timer) })
    }
  }

  #inspect (): void {
    const now = Date.now()

    if (this.#channel.needsDrain && now - this.#channel.progressed >= this.#init.stallTimeout) {
      this.#channel.abort(new TimeoutError('The recipient does not read'))
    } else if (this.#sending != null) {
      const allowed = this.#init.contendedTimeout + 1000 * this.#sending.length / CONTENDED_RATE

      if (now - this.#sending.since >= allowed && this.#flow != null && this.#init.uploads.contended(this.#flow)) {
        this.#channel.abort(new TimeoutError('The recipient reads too slowly while others wait'))
      }
    } else if (this.#queued) {
      if (now - this.#channel.progressed >= SIGN_OF_LIFE_INTERVAL) {
        this.#announcer?.add([])
      }
    } else if (this.outstanding === 0 && !this.#superBlockAsked && now - Math.max(this.#channel.received, this.#channel.progressed) >= this.#init.idleTimeout) {
      this.close(BlockStatus.BLOCK_OK, 'idle')
    }
  }

  get #isOver (): boolean {
    return this.#over.signal.aborted
  }

  #send (message: Partial<ProviderMessage>, body?: Uint8Array): void {
    if (!this.#isOver) {
      this.#channel.send(message, body)
    }
  }

  #end (): void {
    if (this.#state === 'ended') {
      return
    }

    this.#state = 'ended'
    clearTimeout(this.#timer)
    this.#announcer?.stop()
    this.#queue.clear()
    this.#over.abort()

    if (this.#flow != null) {
      this.#init.uploads.leave(this.#flow)
    }

    this.#init.ended(this)
    this.#admission?.released()
  }
}

function bytesOrNone (bytes: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}

function refusal (last: { status: BlockStatus, reason: string }, certificate?: Uint8Array): Opened {
  return { ...last, availability: Availability.SOME, have: bytesOrNone(), certificate: bytesOrNone(certificate), window: 0, superBlock: false, peers: [] }
}
