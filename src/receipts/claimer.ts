import { InvalidMessageError } from '@libp2p/interface'
import { CustomProgressEvent } from 'progress-events'
import { raceSignal } from 'race-signal'
import { MAX_CLAIMS, MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import type { FinalOutcome, PendingSession, Receipts } from './receipts.ts'
import type { Arbiter, Claim, ClaimConversation, ClaimOutcome, Verdict, Verdicts } from '../../protocols/ack/index.ts'
import type { Signer } from '../exchange/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, PeerStore } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { ProgressOptions } from 'progress-events'

/** Milliseconds between two rounds of claims: a session of minutes is one claim, and credit is there within one more. */
const INTERVAL = 60_000

/** Milliseconds that an open session is left alone after its first acknowledgement and after each claim: it grows anyhow. */
const OPEN_AGE = 60_000

/** Milliseconds that a server is left alone after it could not be reached or gave no proper answer; doubled each time. */
const FIRST_RETRY = 5_000
const LAST_RETRY = 3_600_000

/** Bytes of claims in one message, so that a server judges it within one request's time. */
const MAX_MESSAGE_LENGTH = 512 * 1024

/** Bytes of a claim beside ticket and block list: ids, nonces, chains, signatures, and what frames them. */
const CLAIM_OVERHEAD = 512

/** A claim that got no proper answer so often goes in a message of its own, after all others: it may be the reason. */
const ATTEMPTS_TOGETHER = 3

/** Milliseconds until a server has been dialled; what follows has the limits of the protocol. */
const OPEN_TIMEOUT = 15_000

/**
 * Milliseconds after the end of its ticket that a session is given up unheard: a server takes no claim that is 7 days late,
 * and its clock may be another one.
 */
const ABANDON_AFTER = 8 * 24 * 3_600_000

/** The same with mode purchase, after the time until which coins are redeemed, which the server has signed. */
const ABANDON_COINS_AFTER = 24 * 3_600_000

/** Characters of a reason that are kept. */
const MAX_REASON_LENGTH = 200

const OUTCOMES: ClaimOutcome[] = ['settled', 'audit', 'void', 'expired', 'invalid', 'busy']

/** Where sessions of an object are claimed, and by which right. */
export interface ClaimTarget {
  server: PeerId
  addresses: Multiaddr[]
  /** Signed envelope: a ticket of this node's own for the object */
  ticket: Uint8Array
}

export interface ClaimerComponents {
  receipts: Receipts
  signer: Signer
  openClaims (server: PeerId, options: AbortOptions): Promise<ClaimConversation>
  /** Nothing: this home has no ticket for the object */
  grantOf (object: CID): ClaimTarget | undefined
  /** This node's own, for the objects whose server it is */
  local (object: CID): Arbiter | undefined
  /** Gets the addresses of servers */
  peerStore: Pick<PeerStore, 'merge'>
  logger: ComponentLogger
}

export interface ClaimerInit {
  /**
   * Milliseconds between two rounds.
   *
   * @default 60_000
   */
  interval?: number

  /**
   * Milliseconds since the epoch, as this machine's clock says.
   *
   * @default Date.now
   */
  now?(): number

  /**
   * For the jitter of retries, 0 to 1.
   *
   * @default Math.random
   */
  random?(): number
}

/** A verdict came. */
export interface ClaimVerdict {
  server: PeerId
  object: CID
  /** Session id, 32 bytes */
  session: Uint8Array
  /** Blocks claimed */
  count: number
  outcome: FinalOutcome
  reason: string
  /** Blocks of the session credited, or paid, in all, and the credit, or the whole units less the server's fee, for those */
  credited: number
  amount: number
}

/** This node's accounts at a server, those that were claimed for. */
export interface ClaimStanding {
  server: PeerId
  /** Credit, with claims of mode proof */
  balance?: number
  /** Whole units, with claims of mode purchase */
  money?: number
  /** By the credit, whatever was claimed */
  standing: number
}

/** Claims stay for another time. */
export interface ClaimFailure {
  /** Absent: this home does not know whom to ask */
  server?: PeerId
  reason: string
  /** Sessions */
  sessions: number
}

export type ClaimProgressEvents =
  CustomProgressEvent<ClaimVerdict, 'mssl:claim:verdict'> |
  CustomProgressEvent<ClaimStanding, 'mssl:claim:standing'> |
  CustomProgressEvent<ClaimFailure, 'mssl:claim:failure'>

export interface ClaimOptions extends AbortOptions, ProgressOptions<ClaimProgressEvents> {}

/** What became of all that could be claimed. */
export interface ClaimSummary {
  verdicts: ClaimVerdict[]
  /** After these verdicts, of each server that answered */
  standings: ClaimStanding[]
  failures: ClaimFailure[]
  /** Sessions that are over and still without a final verdict */
  pending: number
}

interface Backoff {
  failures: number
  /** Milliseconds since the epoch */
  at: number
  delay: number
}

/** A server, and what is to be claimed there. */
interface Work {
  server: PeerId
  addresses: Multiaddr[]
  sessions: PendingSession[]
}

/** A claim, and the session in the store that it is about. */
interface Submission {
  id: number
  object: CID
  count: number
  claim: Claim
}

type Report = (event: ClaimProgressEvents) => void

/**
 * Claims what recipients acknowledged: sessions that are over, and from time to time those that go on. A claim can be
 * submitted any number of times: the server credits a block once, and answers with what it has credited. So a session is
 * claimed until its final verdict is stored, and a crash between any two steps costs one more submission.
 */
export class Claimer {
  readonly #components: ClaimerComponents
  readonly #interval: number
  readonly #now: () => number
  readonly #random: () => number
  readonly #log: Logger
  /** Servers that failed, by PeerId */
  readonly #backoffs = new Map<string, Backoff>()
  /** Submissions under way, one for each server at most */
  readonly #running = new Map<string, Promise<void>>()
  #stopping = new AbortController()
  #timer?: ReturnType<typeof setTimeout>

  constructor (components: ClaimerComponents, { interval = INTERVAL, now = Date.now, random = Math.random }: ClaimerInit = {}) {
    this.#components = components
    this.#interval = interval
    this.#now = now
    this.#random = random
    this.#log = components.logger.forComponent('mssl:claims')
  }

  start (): void {
    this.#stopping = new AbortController()
    // nodes that start together, after a power cut say, do not come together
    this.#schedule(this.#interval * this.#random())
  }

  /** Claims what there is for as long as the signal allows, and waits for what is under way. */
  async stop ({ signal }: Required<AbortOptions>): Promise<void> {
    const abort = (): void => { this.#stopping.abort() }
    signal.addEventListener('abort', abort)
    signal.aborted && abort()

    try {
      await Promise.allSettled(this.#running.values())
      await this.#submitAll(this.#claimable(), (server, sessions) => this.#isWelcome(server, sessions), () => {}, AbortSignal.any([this.#stopping.signal, signal]))
    } catch (err) {
      this.#log.error('the last claims failed - %e', err)
    } finally {
      signal.removeEventListener('abort', abort)
      abort()
      clearTimeout(this.#timer)
      await Promise.allSettled(this.#running.values())
    }
  }

  /** Claims what is due at servers that are not busy with a claim of this node or left alone after a failure. */
  async round (): Promise<void> {
    const now = this.#now()

    this.#components.receipts.prune()
    this.#abandon(now)

    const due = this.#claimable().filter(({ closed, since, redeemUntil = Infinity }) => closed || now >= Math.min(since, redeemUntil - 2 * OPEN_AGE) + OPEN_AGE)
    await this.#submitAll(due, (server, sessions) => this.#isWelcome(server, sessions), () => {}, this.#stopping.signal)
  }

  /**
   * Claims everything now, also at servers that failed a moment ago. What one cannot be reached for stays.
   *
   * @throws {AbortError} or whatever the signal's reason is; the verdicts that came are stored
   */
  async claimNow ({ signal, onProgress }: ClaimOptions = {}): Promise<ClaimSummary> {
    const { receipts } = this.#components
    const until = signal == null ? this.#stopping.signal : AbortSignal.any([this.#stopping.signal, signal])
    const summary: ClaimSummary = { verdicts: [], standings: [], failures: [], pending: 0 }

    while (this.#running.size > 0) {
      await raceSignal(Promise.all(this.#running.values()), until)
    }

    until.throwIfAborted()
    this.#abandon(this.#now())

    await this.#submitAll(this.#claimable(), () => true, event => {
      switch (event.type) {
        case 'mssl:claim:verdict':
          summary.verdicts.push(event.detail)
          break
        case 'mssl:claim:standing':
          summary.standings.push(event.detail)
          break
        default:
          summary.failures.push(event.detail)
      }

      onProgress?.(event)
    }, until)

    until.throwIfAborted()
    summary.pending = receipts.pending().filter(({ closed }) => closed).length

    return summary
  }

  #schedule (delay: number): void {
    this.#timer = setTimeout(() => {
      this.round()
        .catch(err => { this.#log.error('a round of claims failed - %e', err) })
        .finally(() => {
          if (!this.#stopping.signal.aborted) {
            // those in the past are of servers that nothing has to be claimed at any more
            const retries = [...this.#backoffs.values()].map(({ at, delay }) => at + delay - this.#now()).filter(delay => delay > 0)
            this.#schedule(Math.min(this.#interval, ...retries))
          }
        })
    }, delay)
    this.#timer.unref()
  }

  #claimable (): PendingSession[] {
    return this.#components.receipts.pending().filter(({ closed, count, settled }) => closed || count > settled)
  }

  #isWelcome (server: string, sessions: PendingSession[]): boolean {
    const now = this.#now()
    const { at, delay } = this.#backoffs.get(server) ?? { at: -Infinity, delay: 0 }

    return !this.#running.has(server) && now >= at + Math.min(delay, halfway(sessions, at, now))
  }

  /** What no server takes any more is shown as expired, whatever was credited of it before. */
  #abandon (now: number): void {
    for (const { id, count, closed, notAfter, redeemUntil, credited, amount } of this.#components.receipts.pending()) {
      if (closed && now >= (redeemUntil == null ? notAfter + ABANDON_AFTER : redeemUntil + ABANDON_COINS_AFTER)) {
        const reason = redeemUntil == null ? 'no verdict came within a week of the ticket\'s end' : 'no verdict came while the coins could be redeemed'
        this.#log.error('session %d of this home was given up, no verdict came in time', id)
        this.#components.receipts.judged(id, count, { outcome: 'expired', reason, credited, amount })
      }
    }
  }

  async #submitAll (sessions: PendingSession[], isWelcome: (server: string, sessions: PendingSession[]) => boolean, report: Report, signal: AbortSignal): Promise<void> {
    const { receipts, grantOf, local } = this.#components
    const servers = new Map<string, Work>()
    const homeless: PendingSession[] = []

    for (const session of sessions) {
      const target = local(session.object) == null ? grantOf(session.object) : { server: session.provider, addresses: [] }

      if (target == null) {
        homeless.push(session)
      } else {
        const key = target.server.toString()
        const work = servers.get(key) ?? { ...target, sessions: [] }
        work.sessions.push(session)
        servers.set(key, work)
      }
    }

    if (homeless.length > 0) {
      const reason = 'this home has no ticket for the object, and does not serve it at the moment'
      receipts.note(homeless.map(({ id }) => id), reason)
      report(new CustomProgressEvent('mssl:claim:failure', { reason, sessions: homeless.length }))
    }

    await Promise.all([...servers].filter(([server, { sessions }]) => isWelcome(server, sessions)).map(async ([server, work]) => {
      const running = this.#submit(work, report, signal).finally(() => { this.#running.delete(server) })
      this.#running.set(server, running)
      await running
    }))
  }

  /** A failure is noted, and the server left alone for a while. */
  async #submit (work: Work, report: Report, signal: AbortSignal): Promise<void> {
    const { server, sessions } = work
    const waiting = new Set(sessions.map(({ id }) => id))
    const coins = new Set(sessions.filter(({ redeemUntil }) => redeemUntil != null).map(({ id }) => id))
    let conversation: ClaimConversation | undefined

    try {
      signal.throwIfAborted()
      conversation = await this.#open(work, { signal: AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT)]) })
      let standing: ClaimStanding | undefined

      for (const batch of this.#batches(sessions)) {
        signal.throwIfAborted()
        const { balance, standing: weight } = await this.#claim(server, conversation, batch, waiting, report, signal)
        standing = { ...standing, server, [coins.has(batch[0].id) ? 'money' : 'balance']: balance, standing: weight }
      }

      this.#backoffs.delete(server.toString())

      if (standing != null) {
        report(new CustomProgressEvent('mssl:claim:standing', standing))
      }
    } catch (err: any) {
      // not the server's fault
      if (!signal.aborted) {
        this.#failed(server, err, sessions.filter(({ id }) => waiting.has(id)), report)
      }
    } finally {
      await conversation?.close().catch(err => { this.#log('could not close the conversation with %p - %e', server, err) })
    }
  }

  async #open ({ server, addresses, sessions }: Work, options: AbortOptions): Promise<ClaimConversation> {
    const { local, openClaims, peerStore } = this.#components
    const arbiter = local(sessions[0].object)

    if (arbiter != null) {
      return {
        claim: async (ticket, claims, options = {}) => arbiter.claim(ticket, claims, server, options),
        audit: async (session, hashes, options = {}) => arbiter.audit(session, hashes, server, options),
        close: async () => {}
      }
    }

    await peerStore.merge(server, { multiaddrs: addresses })

    return openClaims(server, options)
  }

  /** One message with claims of one object. Removes from `waiting` what has got its verdict. */
  async #claim (server: PeerId, conversation: ClaimConversation, batch: Submission[], waiting: Set<number>, report: Report, signal: AbortSignal): Promise<Verdicts> {
    const { receipts, grantOf } = this.#components
    // none at this node's own server
    const { ticket = new Uint8Array(0) } = grantOf(batch[0].object) ?? {}

    receipts.submitting(batch)
    // an audit has to find what was claimed, whatever happens to this machine
    await receipts.sync()

    let answer = await conversation.claim(ticket, batch.map(({ claim }) => claim), { signal })
    checkVerdicts(answer, batch.length)
    const audits: Submission[] = []
    let busy: Verdict | undefined

    const take = ({ id, object, count, claim }: Submission, verdict: Verdict): void => {
      const { outcome, credited, amount } = verdict
      const reason = verdict.reason.slice(0, MAX_REASON_LENGTH)
      receipts.judged(id, count, { outcome, reason, credited, amount })

      if (outcome === 'busy' || outcome === 'audit') {
        busy = verdict

        return
      }

      waiting.delete(id)

      if (outcome !== 'settled') {
        this.#log.error('%p refused a claim of %d blocks of %c as %s: %s', server, count, object, outcome, reason)
      }

      report(new CustomProgressEvent('mssl:claim:verdict', {
        server, object, session: claim.session.acknowledgement.session, count, outcome, reason, credited, amount
      }))
    }

    batch.forEach((submission, n) => {
      const verdict = answer.verdicts[n]
      verdict.outcome === 'audit' ? audits.push(submission) : take(submission, verdict)
    })

    for (const submission of audits) {
      const { id, count, claim } = submission
      answer = await conversation.audit(claim.session.acknowledgement.session, receipts.hashes(id, count), { signal })
      checkVerdicts(answer, 1)
      const [verdict] = answer.verdicts

      // the claim was in order and these are the hashes that the recipient signed: the server has lost its way, not this node
      if (verdict.outcome === 'audit' || verdict.outcome === 'invalid') {
        throw new InvalidMessageError(`The server did not take the hashes that it asked for: ${verdict.reason}`)
      }

      take(submission, verdict)
    }

    if (busy != null) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, busy.reason === '' ? 'the server is busy' : busy.reason)
    }

    return answer
  }

  /** As many claims of one object as fit one message. */
  * #batches (sessions: PendingSession[]): Generator<Submission[]> {
    const together = sessions.filter(({ attempts }) => attempts < ATTEMPTS_TOGETHER)
    const alone = sessions.filter(({ attempts }) => attempts >= ATTEMPTS_TOGETHER)

    for (const group of [...byObject(together), ...alone.map(session => [session])]) {
      let batch: Submission[] = []
      let length = 0

      for (const { id, object } of group) {
        const session = this.#components.receipts.evidence(id)

        if (session == null) {
          continue
        }

        const { acknowledgement: { signature, ...state }, ticket, blocks } = session
        const claim = { session, signature: this.#components.signer.claim(state) }
        const more = ticket.byteLength + blocks.byteLength + CLAIM_OVERHEAD

        if (batch.length === MAX_CLAIMS || (batch.length > 0 && length + more > MAX_MESSAGE_LENGTH)) {
          yield batch
          batch = []
          length = 0
        }

        batch.push({ id, object, count: state.count, claim })
        length += more
      }

      if (batch.length > 0) {
        yield batch
      }
    }
  }

  #failed (server: PeerId, err: any, sessions: PendingSession[], report: Report): void {
    const failures = (this.#backoffs.get(server.toString())?.failures ?? 0) + 1
    const at = this.#now()
    const backoff = Math.max(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1)) * (1 + this.#random()) / 2, Math.min(LAST_RETRY, err.retryAfter ?? 0))
    const delay = Math.min(backoff, halfway(sessions, at, at))
    const reason = String(err.message).slice(0, MAX_REASON_LENGTH)

    this.#backoffs.set(server.toString(), { failures, at, delay })
    this.#components.receipts.note(sessions.map(({ id }) => id), reason)
    this.#log('%d claims stay for %d ms, %p gave no verdict - %e', sessions.length, delay, server, err)
    report(new CustomProgressEvent('mssl:claim:failure', { server, reason, sessions: sessions.length }))
  }
}

/**
 * The longest pause after a failure `at` some time: coins that are redeemed no more are lost, so each pause is at most half of the time
 * that is left for those that still are.
 */
function halfway (sessions: PendingSession[], at: number, now: number): number {
  const end = sessions.reduce((end, { redeemUntil = Infinity }) => redeemUntil > now ? Math.min(end, redeemUntil) : end, Infinity)

  return Math.max(FIRST_RETRY, (end - at) / 2)
}

/** @throws {InvalidMessageError} when these are no verdicts on so many claims: nothing of them counts */
function checkVerdicts ({ verdicts, balance, standing }: Verdicts, count: number): void {
  if (verdicts.length !== count) {
    throw new InvalidMessageError(`The server gave ${verdicts.length} verdicts on ${count} claims`)
  }

  // the server may know of more blocks than were claimed, from the recipient
  const isSound = verdicts.every(({ outcome, credited, amount }) => {
    return OUTCOMES.includes(outcome) && Number.isSafeInteger(credited) && credited >= 0 && credited <= MAX_SESSION_BLOCKS && Number.isSafeInteger(amount) && amount >= 0
  })

  if (!isSound || !Number.isSafeInteger(balance) || !Number.isSafeInteger(standing)) {
    throw new InvalidMessageError('The server\'s verdicts make no sense')
  }
}

function byObject (sessions: PendingSession[]): PendingSession[][] {
  const groups = new Map<string, PendingSession[]>()

  for (const session of sessions) {
    const key = session.object.toString()
    groups.set(key, [...groups.get(key) ?? [], session])
  }

  return [...groups.values()]
}
