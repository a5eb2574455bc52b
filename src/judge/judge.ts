import { createHmac } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { InvalidParametersError } from '@libp2p/interface'
import { LRUCache } from 'lru-cache'
import { equals } from 'uint8arrays/equals'
import { HASH_LENGTH, MAX_KEYS, SIGNATURE_LENGTH } from '../../protocols/ack/constants.ts'
import { AckRefusedError } from '../../protocols/ack/errors.ts'
import { AckStatus } from '../../protocols/ack/pb/ack.ts'
import { BlockKeys, entryChain, decodeBlocks, encodeBlocks, escrowSecret, IndexChain, sessionId, ticketSerial, verifier } from '../exchange/index.ts'
import { writeFileAtomic } from '../home/files.ts'
import { CoinValues, Mode, sha256 } from '../object/index.ts'
import { fingerprint, openTicket, parsePeerId } from '../ticket/index.ts'
import { creditCashier, moneyCashier } from './cashier.ts'
import { Docket } from './docket.ts'
import { entryAt, sealedHash, sealEvidence } from './evidence.ts'
import type { Cashier, Payable } from './cashier.ts'
import type { Claimed, Offence, Paid, Recorded } from './docket.ts'
import type { Equivocation, Evidence, Spent } from './evidence.ts'
import type { Arbiter, Claim, ClaimOutcome, Complaint, Recovery, ReleasedKeys, Ruling, SessionEvidence, Verdict, Verdicts } from '../../protocols/ack/index.ts'
import type { Bank } from '../bank/index.ts'
import type { Verifier } from '../exchange/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Geometry, Manifest, MerkleTree } from '../object/index.ts'
import type { OpenedCertificate, Ticket } from '../ticket/index.ts'
import type { AbortOptions, ComponentLogger, Logger, PeerId, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import type { DatabaseSync } from 'node:sqlite'

/** What is drawn for audits is derived with this. */
const AUDIT_DOMAIN = 'mssl/audit/1'

/** In the ledger, what a recipient's word alone pays for is a session of its own, whose id is derived with this. */
const RECORD_DOMAIN = 'mssl/record/1'

/** In the bank, so is each block that the server gives in the place of a false one. */
const REPLACEMENT_DOMAIN = 'mssl/replacement/1'

/** Positions that an audit draws: two bytes of one hash for each, since a session has 2^16 at most. */
export const AUDIT_DRAWS = 16

/** Milliseconds after a ticket's end in which its sessions can be claimed: a provider may be away for a week */
export const CLAIM_DEADLINE = 7 * 24 * 3_600_000

/** One claim in so many is audited without a reason: who lies in every claim is found within a day of them. */
export const AUDIT_RATE = 1 / 64

/** Milliseconds that a provider has to claim what its recipient has shown here, before it is paid by that alone */
const RECORD_HOLD = 600_000

/** Audits and disputes at once: each may hold a block of 4 MiB several times, and reads the disk. */
const MAX_RECOMPUTATIONS = 2

/** Bytes of blocks that are read and encrypted for one recovery, or one block: some 100 ms; the recipient asks again. */
const MAX_RECOVERED_BYTES = 16 * 2 ** 20

/** Claims that are waited for the entries of: 32 MiB of them, block lists for the most part. */
const MAX_AWAITED_BYTES = 32 * 2 ** 20
const MAX_AWAITED = 4_096

/** Peers whose prepared key is kept; 1 KiB each */
const MAX_VERIFIERS = 4_096

/** Claims that are judged before others get a turn: about 2 ms when they are of 1 GiB each */
const CLAIMS_PER_TURN = 4

/** Links of an entry chain that are computed before others get a turn: about 4 ms */
const LINKS_PER_TURN = 4_096

/** Records that are paid in one transaction: some 10 ms, then others get a turn */
const RECORDS_PER_TRANSACTION = 64

/** Double spends that are read at once, 400 KiB each */
const REPORTS_AT_ONCE = 16

/**
 * Files of evidence of each kind, up to 14 MiB each, and against one peer. Further offences are counted without one. Each kind has
 * places of its own: whoever contradicts itself with free identities takes none from evidence of money that was stolen.
 */
const MAX_FILES = 256
const MAX_FILES_PER_PEER = 4

/** Milliseconds after which it makes sense to try again: when too much is going on, and when something is not here now */
const BUSY_RETRY_AFTER = 1_000
const ABSENT_RETRY_AFTER = 60_000

/** An object of this server, as it takes to judge about it. A holding is one. */
export interface JudgedObject {
  manifest: Pick<Manifest, 'mode' | 'price'>
  manifestEnvelope: Uint8Array
  geometry: Geometry
  /** All of its leaves are known */
  tree: MerkleTree
  /** A block's published form */
  readPublished (index: number, options?: AbortOptions): Promise<Uint8Array>
}

export interface JudgeComponents {
  /** The server's one secret, 32 bytes */
  root: Uint8Array
  /** The server's own node, which provides without a ticket */
  self: PeerId
  database: DatabaseSync
  ledger: Ledger
  /** Without one, nothing of mode purchase is judged. */
  bank?: Bank
  /** The key that signs for the server and its certificate, as of now */
  identity (): Promise<{ key: PrivateKey, certificate: OpenedCertificate }>
  /** What the server has published, and can read */
  object (id: CID): JudgedObject | undefined
  /** Made when the first evidence is stored */
  evidenceFolder: string
  /** Somebody was convicted; a crash in between may make it be told twice, or not at all */
  onConviction? (offence: Offence): void
  logger: ComponentLogger
}

export interface JudgeInit {
  /**
   * Part of the claims that are audited without a reason, 0 to 1.
   *
   * @default 1 / 64
   */
  auditRate?: number

  /**
   * Milliseconds after the end of a ticket of mode proof in which its sessions can be claimed and complained about. With mode
   * purchase the coin book says until when.
   *
   * @default 604_800_000 (7 days)
   */
  claimDeadline?: number

  /**
   * Milliseconds that a provider has to claim what its recipient has shown here.
   *
   * @default 600_000
   */
  recordHold?: number

  /**
   * Milliseconds since the epoch.
   *
   * @default Date.now
   */
  now? (): number
}

/** A session whose evidence is true: who, what, and that the recipient has signed it. */
interface Case {
  evidence: SessionEvidence
  session: Uint8Array
  count: number
  ticket: Ticket
  object: JudgedObject
  provider: PeerId
  recipient: PeerId
  indices: Uint32Array
  cashier: Cashier
  /** Nothing about it is accepted after this time */
  expires: number
}

/** A session that its provider claims. */
interface ClaimedCase extends Case {
  /** The provider's signature */
  claim: Uint8Array
}

/** What a claim is waited for the entries of. */
interface Awaited {
  /** The provider's own */
  ticket: Uint8Array
  claim: Claim
}

/**
 * Judges what recipients and providers of this server's objects present. All that it has to remember is in the database
 * before an answer depends on it, and each step can be done again after a crash.
 */
export class Judge implements Arbiter {
  readonly #components: JudgeComponents
  readonly #auditRate: number
  readonly #recordHold: number
  readonly #now: () => number
  readonly #log: Logger
  readonly #docket: Docket
  readonly #credit: Cashier
  /** Of the modes that are judged here */
  readonly #cashiers: ReadonlyMap<Mode, Cashier>
  readonly #values = new WeakMap<JudgedObject, CoinValues>()
  readonly #verifiers = new LRUCache<string, Verifier>({ max: MAX_VERIFIERS })
  readonly #awaited = new LRUCache<string, Awaited>({
    max: MAX_AWAITED,
    maxSize: MAX_AWAITED_BYTES,
    sizeCalculation: ({ ticket, claim: { session } }) => ticket.byteLength + session.ticket.byteLength + session.blocks.byteLength + 1_024
  })

  #recomputations = 0
  #reporting?: Promise<void>

  constructor (components: JudgeComponents, init: JudgeInit = {}) {
    this.#components = components
    this.#auditRate = init.auditRate ?? AUDIT_RATE
    this.#recordHold = init.recordHold ?? RECORD_HOLD
    this.#now = init.now ?? Date.now
    this.#log = components.logger.forComponent('mssl:judge')
    this.#docket = new Docket(components.database)
    this.#credit = creditCashier(components.ledger, init.claimDeadline ?? CLAIM_DEADLINE)
    this.#cashiers = new Map([
      [Mode.PROOF, this.#credit],
      ...(components.bank == null ? [] : [[Mode.PURCHASE, moneyCashier(components.bank)] as const])
    ])
  }

  /** How often a peer was convicted. */
  offences (peer: PeerId): number {
    return this.#docket.count(peer)
  }

  /** Who was convicted of what, oldest first. */
  list (): Offence[] {
    return this.#docket.offences()
  }

  async claim (ticket: Uint8Array, claims: Claim[], provider: PeerId, options: AbortOptions = {}): Promise<Verdicts> {
    const { certificate } = await this.#components.identity()
    const right = await this.#right(ticket, provider, certificate, options)
    const verdicts: Verdict[] = []
    const accepted: Array<{ at: number, judged: ClaimedCase }> = []

    for (const [at, claim] of claims.entries()) {
      if (at % CLAIMS_PER_TURN === CLAIMS_PER_TURN - 1) {
        await setImmediate()
        options.signal?.throwIfAborted()
      }

      try {
        const judged = await this.#judge(claim, provider, right, certificate, options)

        if (this.#needsAudit(judged)) {
          this.#awaited.set(awaitedKey(provider, judged.session, judged.count), keep(ticket, claim))
          verdicts[at] = verdict('audit', 'The hashes of the ciphertexts are asked for')
        } else {
          accepted.push({ at, judged })
        }
      } catch (err: any) {
        verdicts[at] = this.#dismissal(err, options)
      }
    }

    for (const [n, settled] of (await this.#settle(accepted.map(({ judged }) => judged))).entries()) {
      verdicts[accepted[n].at] = settled
    }

    return this.#verdicts(provider, verdicts, await this.#cashierOf(claims[0]?.session.ticket, options))
  }

  async audit (session: Uint8Array, hashes: Uint8Array, provider: PeerId, options: AbortOptions = {}): Promise<Verdicts> {
    const key = awaitedKey(provider, session, hashes.byteLength / HASH_LENGTH)
    const awaited = this.#awaited.get(key)

    if (awaited == null) {
      // forgotten, for all that is known: then the claim asks again
      return this.#verdicts(provider, [verdict('busy', 'These hashes are not waited for: claim the session first')], this.#credit)
    }

    const cashier = await this.#cashierOf(awaited.claim.session.ticket, options)

    // who answers falsely has to claim again
    this.#awaited.delete(key)

    try {
      const { key: issuer, certificate } = await this.#components.identity()
      const right = await this.#right(awaited.ticket, provider, certificate, options)
      const judged = await this.#judge(awaited.claim, provider, right, certificate, options)
      const { evidence: { acknowledgement }, count } = judged

      if (!equals(await this.#chain(session, judged.indices, hashes, options), acknowledgement.entries)) {
        throw new AckRefusedError(AckStatus.ACK_FALSE, 'These are not the hashes that were acknowledged')
      }

      return await this.#recompute(async () => {
        for (const position of this.#positions(judged)) {
          const own = await this.#entry(judged, position, options)

          if (!equals(own.hash, entryAt(hashes, position))) {
            await this.#convict({
              kind: 'false-entry',
              ...this.#proceedings(judged, certificate),
              manifest: judged.object.manifestEnvelope,
              claim: awaited.claim.signature,
              blocks: judged.evidence.blocks,
              hashes,
              position,
              key: own.key,
              block: own.block,
              path: own.path
            }, provider, issuer)
            this.#void(judged, position, judged.indices)

            return this.#verdicts(provider, [voidVerdict()], cashier)
          }
        }

        this.#docket.resolve(session, count)

        return this.#verdicts(provider, await this.#settle([judged]), cashier)
      })
    } catch (err: any) {
      const outcome = this.#dismissal(err, options)

      if (outcome.outcome === 'busy') {
        this.#awaited.set(key, awaited)
      }

      return this.#verdicts(provider, [outcome], cashier)
    }
  }

  async recover ({ session: evidence, first, before, hashes }: Recovery, recipient: PeerId, options: AbortOptions = {}): Promise<ReleasedKeys> {
    const judged = await this.#dispute(evidence, recipient, options)
    await this.#rebuild(judged, first, before, hashes, options)

    return this.#recompute(async () => {
      const { count, object: { geometry } } = judged
      const most = Math.min(MAX_KEYS, Math.max(1, Math.floor(MAX_RECOVERED_BYTES / geometry.blockSize)))
      const keys: Uint8Array[] = []

      for (let position = first; position <= Math.min(count, first + most - 1); position++) {
        options.signal?.throwIfAborted()
        const own = await this.#entry(judged, position, options)

        if (!equals(own.hash, entryAt(hashes, position - first + 1))) {
          break
        }

        keys.push(own.key)
      }

      if (keys.length === 0) {
        throw new AckRefusedError(AckStatus.ACK_FALSE, `The ciphertext at position ${first} is false: complain about it`)
      }

      this.#record(judged, first, first + keys.length - 1)

      return { first, keys: Buffer.concat(keys), window: 0 }
    })
  }

  async complain ({ session: evidence, position, before, hashes }: Complaint, recipient: PeerId, options: AbortOptions = {}): Promise<Ruling> {
    const judged = await this.#dispute(evidence, recipient, options, position)
    await this.#rebuild(judged, position, before, hashes, options)

    return this.#recompute(async () => {
      const { session } = judged
      const own = await this.#entry(judged, position, options)
      const { key, block, path } = own

      if (equals(own.hash, entryAt(hashes, 1))) {
        // a recovery of this key
        this.#record(judged, position, position)

        return { key, path }
      }

      if (this.#isReplaced(judged, position)) {
        this.#expectTime(judged.ticket, judged.cashier)

        return { block, path }
      }

      this.#expectStanding(judged)

      if (position <= this.#recorded(judged)) {
        throw new AckRefusedError(AckStatus.ACK_FALSE, 'Whoever asks for later keys has found this block good')
      }

      const dispute = { recipient, now: this.#now(), expires: judged.expires }
      this.#docket.remember(evidence.acknowledgement, dispute)
      this.#docket.mark(session, position, dispute)
      this.#log('%p complains about %p, position %d', recipient, judged.provider, position)

      const claimed = await this.#claimed(judged, position, before, hashes, options)

      if (claimed != null) {
        const { key: issuer, certificate } = await this.#components.identity()
        const { claim, count, ...chains } = claimed
        const blocks = judged.indices.subarray(0, count)
        await this.#convict({
          kind: 'false-entry',
          ...this.#proceedings(judged, certificate),
          acknowledgement: { count, ...chains },
          manifest: judged.object.manifestEnvelope,
          claim,
          blocks: encodeBlocks(blocks),
          before,
          hashes: hashes.subarray(0, HASH_LENGTH * (count - position + 1)),
          position,
          key,
          block,
          path
        }, judged.provider, issuer)
        this.#void(judged, position, blocks)
      }

      this.#replace(judged, position)

      return { block, path }
    })
  }

  /**
   * Pays what recipients have shown and providers have not claimed in time, closes coin books that are over, forgets what is, and
   * reports coins that were spent twice. To be called now and then.
   */
  async sweep (now = this.#now()): Promise<void> {
    for (let kept = 0; ;) {
      const due = this.#docket.due(now - this.#recordHold, now, RECORDS_PER_TRANSACTION, kept)

      if (due.length === 0) {
        break
      }

      kept += this.#payWhatCan(due)
      await setImmediate()
    }

    // what came meanwhile keeps its book open: it is paid before the rest goes back
    while ((this.#components.bank?.close(now, serial => this.#docket.isWaiting(serial)) ?? 0) > 0) {
      await setImmediate()
    }

    this.#docket.forget(now)
    // last: where no file can be written, nobody's money stays in a book for that
    await this.#report()
  }

  /**
   * Pays records; where that fails, one by one, so that one that cannot be paid is in nobody else's way. It is kept, and its book open.
   *
   * @returns how many were kept
   */
  #payWhatCan (records: Recorded[]): number {
    try {
      this.#payRecords(records)

      return 0
    } catch (err) {
      this.#log.error('%d records could not be paid together - %e', records.length, err)
    }

    return records.filter(record => {
      try {
        this.#payRecords([record])

        return false
      } catch (err) {
        this.#log.error('what the recipient of a session of %p has shown could not be paid - %e', record.provider, err)

        return true
      }
    }).length
  }

  #payRecords (records: Recorded[]): void {
    for (const [mode, of] of Map.groupBy(records, ({ sale }) => sale == null ? Mode.PROOF : Mode.PURCHASE)) {
      const cashier = this.#cashiers.get(mode)

      if (cashier == null) {
        throw new InvalidParametersError('There is no bank that pays what recipients have shown')
      }

      cashier.settle(of.filter(({ session, count }) => (cashier.settled(session)?.count ?? 0) < count).map(record => this.#recordedPayable(record)))
      this.#docket.clear(of)
    }
  }

  /** A record, as a session of its own: what the provider has claimed of it besides is not paid again. */
  #recordedPayable ({ session, serial, object, geometry, provider, recipient, count, blocks, sale }: Recorded): Payable {
    return {
      session: recordId(session),
      serial,
      object,
      provider,
      recipient,
      count,
      indices: decodeBlocks(blocks, count, geometry.blockCount),
      blockLength: index => geometry.blockLength(index),
      relieved: !provider.equals(this.#components.self),
      ...(sale == null ? {} : { values: new CoinValues(sale.price, geometry), evidence: sale.evidence })
    }
  }

  /** Keeps evidence of coins that were spent twice. The bank has a row of each until there is. */
  async #report (): Promise<void> {
    // of two at once each would write every file
    this.#reporting ??= this.#reportAll().finally(() => { this.#reporting = undefined })

    await this.#reporting
  }

  async #reportAll (): Promise<void> {
    const { bank, identity } = this.#components

    if (bank == null) {
      return
    }

    for (;;) {
      const found = bank.doubleSpends(REPORTS_AT_ONCE)

      if (found.length === 0) {
        return
      }

      const { key, certificate } = await identity()

      for (const { id, client, index, sessions: [first, second], at } of found) {
        await this.#convict({
          kind: 'double-spend',
          certificate: certificate.envelope,
          block: index,
          sessions: [toSpent(first), toSpent(second)]
        }, client, key, at)
        bank.reported(id)
      }
    }
  }

  /**
   * A ticket of this server, of a mode that is judged here, whenever it is valid.
   *
   * @throws {AckRefusedError}
   */
  async #ticket (envelope: Uint8Array, certificate: OpenedCertificate, options: AbortOptions): Promise<{ ticket: Ticket, cashier: Cashier }> {
    const ticket = await openTicket(envelope, options).catch(err => {
      options.signal?.throwIfAborted()

      throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, err.message)
    })
    const signer = fingerprint(ticket.issuer)

    if (!certificate.fingerprints.some(known => equals(known, signer))) {
      throw new AckRefusedError(AckStatus.ACK_WRONG_SERVER, 'The ticket was signed by another server')
    }

    const { client, object, notBefore, mode, serial } = ticket
    const cashier = this.#cashiers.get(mode)

    if (cashier == null || (mode === Mode.PROOF && !equals(serial, ticketSerial(this.#components.root, client, object, notBefore)))) {
      throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, 'The ticket is not one of mode proof or purchase, or from before this server\'s secret was replaced')
    }

    return { ticket, cashier }
  }

  /** The books that a claim is of by its recipient's ticket, whoever signed that: to tell the provider what it has in them. */
  async #cashierOf (ticket: Uint8Array, options: AbortOptions): Promise<Cashier> {
    const mode = await openTicket(ticket, options).then(({ mode }) => mode, () => Mode.PROOF)

    return this.#cashiers.get(mode) ?? this.#credit
  }

  /**
   * Until when sessions of a ticket are accepted.
   *
   * @throws {AckRefusedError} when they are not any more
   */
  #expectTime (ticket: Ticket, cashier: Cashier): number {
    const expires = cashier.deadline(ticket)

    if (this.#now() > expires) {
      throw new AckRefusedError(AckStatus.ACK_EXPIRED, `The session could be claimed until ${new Date(expires).toISOString()}`)
    }

    return expires
  }

  /**
   * Whether a provider may claim: a function that throws an AckRefusedError for an object that it may not claim for. A ticket
   * whose coin book was closed is as good as any: what it bought is still there to be sold.
   */
  async #right (envelope: Uint8Array, provider: PeerId, certificate: OpenedCertificate, options: AbortOptions): Promise<(object: CID) => void> {
    if (provider.equals(this.#components.self)) {
      return () => {}
    }

    try {
      const { ticket: { client, object: granted } } = await this.#ticket(envelope, certificate, options)

      if (!client.equals(provider)) {
        throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, 'The provider\'s ticket is another client\'s')
      }

      return object => {
        if (!object.equals(granted)) {
          throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, 'The provider\'s ticket is for another object')
        }
      }
    } catch (err) {
      options.signal?.throwIfAborted()

      return () => { throw err }
    }
  }

  /**
   * Checks all that both sides of a dispute depend on.
   *
   * @throws {AckRefusedError}
   */
  async #examine (evidence: SessionEvidence, certificate: OpenedCertificate, options: AbortOptions): Promise<Case> {
    const { acknowledgement: { session, count, indices: chainValue } } = evidence
    const { ticket, cashier } = await this.#ticket(evidence.ticket, certificate, options)
    const { client: recipient, mode, range } = ticket
    const expires = this.#expectTime(ticket, cashier)
    const object = this.#components.object(ticket.object)

    if (object?.manifest.mode !== mode) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'The object is not published at the moment', ABSENT_RETRY_AFTER)
    }

    const provider = readProvider(evidence.provider)

    if (provider.equals(recipient)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'Nobody provides to itself')
    }

    if (!equals(session, sessionId({ ...evidence, recipient: recipient.toMultihash().bytes }))) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'The acknowledgement is of another session')
    }

    const indices = readBlocks(evidence.blocks, count, object.geometry.blockCount)

    if (range != null && !indices.every(index => index >= range.first && index < range.first + range.count)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'The ticket does not give all of these blocks')
    }

    const chain = new IndexChain(session)
    chain.extend(indices)

    if (!equals(chain.value, chainValue)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'These are not the blocks that were acknowledged')
    }

    if (!this.#verifier(recipient).acknowledgement(evidence.acknowledgement)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'The recipient has not signed this')
    }

    return { evidence, session, count, ticket, object, provider, recipient, indices, cashier, expires }
  }

  /**
   * What a provider presents.
   *
   * @throws {AckRefusedError}
   */
  async #judge ({ session, signature }: Claim, provider: PeerId, right: (object: CID) => void, certificate: OpenedCertificate, options: AbortOptions): Promise<ClaimedCase> {
    const judged = await this.#examine(session, certificate, options)

    if (!judged.provider.equals(provider)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'The session is another provider\'s')
    }

    right(judged.ticket.object)

    if (signature.byteLength !== SIGNATURE_LENGTH || !this.#verifier(provider).claim(session.acknowledgement, signature)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'The provider has not signed this')
    }

    this.#expectStanding(judged)
    await this.#compare(judged)

    return { ...judged, claim: signature }
  }

  /**
   * What a recipient presents.
   *
   * @throws {AckRefusedError}
   */
  async #dispute (evidence: SessionEvidence, recipient: PeerId, options: AbortOptions, position?: number): Promise<Case> {
    const { self, identity } = this.#components
    const { certificate } = await identity()
    const judged = await this.#examine(evidence, certificate, options)

    if (!judged.recipient.equals(recipient)) {
      throw new AckRefusedError(AckStatus.ACK_TICKET_INVALID, 'The ticket is another client\'s')
    }

    if (!judged.provider.equals(self) && !judged.cashier.isClient(judged.provider)) {
      throw new AckRefusedError(AckStatus.ACK_NOT_FOUND, 'The provider is no client of this server')
    }

    // the answer may have been lost: a block that was paid for is given again
    if (position == null || !this.#isReplaced(judged, position)) {
      this.#expectStanding(judged)
    }

    if (!await this.#compare(judged)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'Another acknowledgement of these blocks was signed before')
    }

    return judged
  }

  /** With mode purchase: whether the server was paid for the block that it gives in the place of a false one. */
  #isReplaced ({ session, cashier }: Case, position: number): boolean {
    return cashier.settled(replacementId(session, position)) != null
  }

  /** Whether the recipient has signed nothing else of the same blocks. If it has, there is proof of that. */
  async #compare (judged: Case): Promise<boolean> {
    const { session, count, evidence: { acknowledgement } } = judged
    const known = this.#docket.remembered(session, count)

    if (known == null || (equals(known.entries, acknowledgement.entries) && equals(known.indices, acknowledgement.indices))) {
      return true
    }

    const { key, certificate } = await this.#components.identity()
    await this.#convict({ kind: 'equivocation', ...this.#proceedings(judged, certificate), contradiction: known }, judged.recipient, key)

    return false
  }

  /**
   * @throws {AckRefusedError} when the session is void
   */
  #expectStanding ({ session, cashier }: Case): void {
    if (cashier.settled(session)?.void === true) {
      throw isVoid()
    }
  }

  /**
   * Whether the hashes that a recipient shows, from a position on, are those that it acknowledged.
   *
   * @throws {AckRefusedError} when they are not
   */
  async #rebuild ({ count, indices, evidence }: Case, first: number, before: Uint8Array, hashes: Uint8Array, options: AbortOptions): Promise<void> {
    if (first < 1 || first > count || before.byteLength !== HASH_LENGTH || hashes.byteLength !== HASH_LENGTH * (count - first + 1) ||
        !equals(await this.#chain(before, indices.subarray(first - 1), hashes, options), evidence.acknowledgement.entries)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'These are not the hashes that were acknowledged')
    }
  }

  /**
   * What the provider was paid by and claims this entry with, if it is the entry that the recipient shows: both have signed it.
   */
  async #claimed ({ session, count, indices }: Case, position: number, before: Uint8Array, hashes: Uint8Array, options: AbortOptions): Promise<Claimed | undefined> {
    const claimed = this.#docket.claimed(session, position, count)

    if (claimed != null && isListOf(claimed, indices) &&
        equals(await this.#chain(before, indices.subarray(position - 1, claimed.count), hashes, options), claimed.entries)) {
      return claimed
    }
  }

  #needsAudit ({ session, count, cashier }: Case): boolean {
    const marks = this.#docket.marks(session)

    if (marks.some(position => position <= count)) {
      return true
    }

    // what was settled once has been audited, if it was its turn
    return (cashier.settled(session)?.count ?? 0) < count && (marks.length > 0 || this.#isDrawn(session))
  }

  /** Derived from the session, so that to ask again is no help. */
  #isDrawn (session: Uint8Array): boolean {
    const drawn = createHmac('sha256', this.#components.root).update(AUDIT_DOMAIN).update(session).digest()

    // 53 bits are what a number holds
    return Number(drawn.readBigUInt64BE() >> 11n) / 2 ** 53 < this.#auditRate
  }

  /** Those marked, and some that were not known before the entries were signed. */
  #positions ({ session, count, evidence }: Case): Set<number> {
    const drawn = createHmac('sha256', this.#components.root)
      .update(AUDIT_DOMAIN)
      .update(session)
      .update(evidence.acknowledgement.entries)
      .digest()
    const positions = new Set(this.#docket.marks(session).filter(position => position <= count))

    for (let draw = 0; draw < AUDIT_DRAWS; draw++) {
      positions.add(1 + Math.floor(drawn.readUInt16BE(2 * draw) / 2 ** 16 * count))
    }

    return positions
  }

  /**
   * What has to be sent at a position, from the server's own copy.
   *
   * @throws {AckRefusedError} when that cannot be read
   */
  async #entry ({ object, provider, session, indices }: Case, position: number, options: AbortOptions): Promise<{ hash: Uint8Array, key: Uint8Array, block: Uint8Array, path: Uint8Array }> {
    const index = indices[position - 1]
    const block = await object.readPublished(index, options)

    // a copy that was damaged here convicts nobody
    if (!equals(object.tree.hash.leaf(block), object.tree.leaf(index) ?? new Uint8Array(0))) {
      this.#log.error('block %d of an object of this server is not what was published', index)

      throw new AckRefusedError(AckStatus.ACK_BUSY, 'The block cannot be read at the moment', ABSENT_RETRY_AFTER)
    }

    const key = this.#blockKeys(provider, session).key(position, index)

    return { hash: sealedHash(key, block), key, block, path: object.tree.path(index) }
  }

  async #recompute <T> (work: () => Promise<T>): Promise<T> {
    if (this.#recomputations >= MAX_RECOMPUTATIONS) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'Too many disputes at the moment', BUSY_RETRY_AFTER)
    }

    this.#recomputations++

    try {
      return await work()
    } finally {
      this.#recomputations--
    }
  }

  /**
   * The entry chain after some more entries, with turns for others in between.
   *
   * @throws {AckRefusedError} when the hashes are not as many as the blocks
   */
  async #chain (before: Uint8Array, indices: Uint32Array, hashes: Uint8Array, options: AbortOptions): Promise<Uint8Array> {
    let chain = before

    for (let at = 0; at < indices.length; at += LINKS_PER_TURN) {
      if (at > 0) {
        await setImmediate()
        options.signal?.throwIfAborted()
      }

      chain = entryChain(chain, indices.subarray(at, at + LINKS_PER_TURN), hashes.subarray(HASH_LENGTH * at))
    }

    return chain
  }

  /** Pays providers, all of one mode in one transaction. */
  async #settle (cases: ClaimedCase[]): Promise<Verdict[]> {
    const verdicts = new Map<ClaimedCase, Verdict>()
    const open = cases.filter(judged => {
      try {
        // while the others were judged the time may have come
        this.#expectTime(judged.ticket, judged.cashier)

        return true
      } catch (err: any) {
        verdicts.set(judged, this.#dismissal(err, {}))

        return false
      }
    })

    for (const cashier of this.#cashiers.values()) {
      const sessions = open.filter(judged => judged.cashier === cashier)

      for (const [n, verdict] of this.#pay(sessions, cashier).entries()) {
        verdicts.set(sessions[n], verdict)
      }
    }

    // they are paid, and told so, whatever becomes of this: the sweep does it again
    await this.#report().catch(err => { this.#log.error('evidence could not be kept - %e', err) })

    return cases.map(judged => verdicts.get(judged) ?? verdict('busy', 'The claim could not be judged'))
  }

  #pay (cases: ClaimedCase[], cashier: Cashier): Verdict[] {
    if (cases.length === 0) {
      return []
    }

    const settled = cashier.settle(cases.map(judged => this.#payable(judged)))

    // one that was credited nothing is not worth a row: whoever invents sessions could have made any number of them. Noted again
    // when it comes again, since a crash may have come between the two transactions
    const paid = cases.filter((_, n) => settled[n].credited > 0)
    this.#docket.paid(paid.map(({ evidence: { acknowledgement }, claim, recipient, expires }): Paid => ({ ...acknowledgement, claim, recipient, expires })), this.#now())

    return settled.map(({ credited, amount, reason }, n) => {
      // what its recipient's word has paid for already
      const recorded = cashier.settled(recordId(cases[n].session))

      return {
        outcome: 'settled',
        reason,
        credited: credited + (recorded?.credited ?? 0),
        amount: amount + (recorded?.amount ?? 0)
      }
    })
  }

  #payable ({ session, provider, recipient, ticket: { object: id, serial }, count, indices, object, evidence }: Case): Payable {
    const values = this.#valuesOf(object)

    return {
      session,
      provider,
      recipient,
      object: id,
      serial,
      count,
      indices,
      blockLength: index => object.geometry.blockLength(index),
      relieved: !provider.equals(this.#components.self),
      ...(values == null ? {} : { values, evidence })
    }
  }

  /** What the coins of an object are worth, if it is sold. */
  #valuesOf (object: JudgedObject): CoinValues | undefined {
    const { manifest: { price }, geometry } = object
    let values = this.#values.get(object)

    if (values == null && price != null) {
      values = new CoinValues(price, geometry)
      this.#values.set(object, values)
    }

    return values
  }

  /** Blocks of a session that its recipient's word pays for: it has keys of the last one, and finds the earlier ones good. */
  #recorded ({ session, cashier }: Case): number {
    return Math.max(this.#docket.recorded(session)?.count ?? 0, cashier.settled(recordId(session))?.count ?? 0)
  }

  /**
   * Notes for the provider that the entries from `first` to `count` are true, and that its recipient finds those before
   * good: from then on it may have the keys.
   *
   * @throws {AckRefusedError} when the recipient contradicts what it showed before, or shows too much
   */
  #record (judged: Case, first: number, count: number): void {
    const { session, ticket: { serial, object: id }, object: { geometry, manifest: { price } }, provider, recipient, evidence, indices, expires } = judged
    this.#expectStanding(judged)
    // while the blocks were read the time may have come: whoever gets keys now is not paid for
    this.#expectTime(judged.ticket, judged.cashier)

    if (this.#docket.marks(session).some(position => position < first)) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'An earlier block of this session was complained about')
    }

    const blocks = encodeBlocks(indices.subarray(0, count))
    const earlier = this.#docket.recorded(session)
    const shared = Math.min(earlier?.blocks.byteLength ?? 0, blocks.byteLength)

    // a list that is longer begins with the shorter one, or else a second list could take the place of what is owed
    if (earlier != null && (Math.sign(earlier.count - count) !== Math.sign(earlier.blocks.byteLength - blocks.byteLength) || !equals(earlier.blocks.subarray(0, shared), blocks.subarray(0, shared)))) {
      throw new AckRefusedError(AckStatus.ACK_FALSE, 'Other blocks of this session were acknowledged before')
    }

    const now = this.#now()
    this.#docket.remember(evidence.acknowledgement, { recipient, now, expires })

    if (!this.#docket.record({ session, serial, object: id, geometry, provider, recipient, count, blocks, expires, sale: price == null ? undefined : { price, evidence } }, now)) {
      throw new AckRefusedError(AckStatus.ACK_BUSY, 'Too many acknowledgements of this client wait for their providers', this.#recordHold)
    }
  }

  /**
   * The server gives a block in the place of a false one, and is paid for it as for any other: or else whoever invents sessions,
   * or has an accomplice redeem all coins first, could have everything for nothing.
   *
   * @throws {AckRefusedError} when the coin is not good any more
   */
  #replace (judged: Case, position: number): void {
    const { session, ticket, cashier, indices, object: { manifest: { price } } } = judged

    if (price != null) {
      this.#expectTime(ticket, cashier)
      cashier.settle([{
        ...this.#payable(judged),
        session: replacementId(session, position),
        provider: this.#components.self,
        count: 1,
        indices: indices.subarray(position - 1, position),
        relieved: false
      }])
    }
  }

  #proceedings ({ evidence, provider }: Case, { envelope }: OpenedCertificate): Pick<Equivocation, 'certificate' | 'ticket' | 'provider' | 'recipientNonce' | 'providerNonce' | 'acknowledgement'> {
    const { ticket, recipientNonce, providerNonce, acknowledgement } = evidence

    return { certificate: envelope, ticket, provider, recipientNonce, providerNonce, acknowledgement }
  }

  /** Keeps the evidence, then counts the offence: no conviction is without the file that it rests on. */
  async #convict (evidence: Evidence, peer: PeerId, issuer: PrivateKey, at = this.#now()): Promise<void> {
    const { evidenceFolder } = this.#components
    const { kind } = evidence
    // of two sessions the one that found the coin spent
    const { acknowledgement: { session } } = kind === 'double-spend' ? evidence.sessions[1] : evidence

    // the same may be shown again and again
    if (this.#docket.isConvicted(peer, session, kind)) {
      return
    }

    const { all, against } = this.#docket.files(kind, peer)
    const file = all < MAX_FILES && against < MAX_FILES_PER_PEER
      ? `${kind}-${Buffer.from(session).toString('hex', 0, 16)}.json`
      : undefined

    if (file != null) {
      await mkdir(evidenceFolder, { recursive: true, mode: 0o700 })
      await writeFileAtomic(join(evidenceFolder, file), await sealEvidence(evidence, issuer, at))
    }

    this.#docket.convict({ peer, kind, session, at, file })
    this.#log.error('%p is convicted of %s', peer, kind)
    this.#components.onConviction?.({ peer, kind, session, at, file })
  }

  /**
   * The session last: as long as it is not void, all of this is done again with the next claim. `indices` are of its blocks,
   * as far as both have signed them.
   */
  #void ({ session, cashier }: Case, position: number, indices: Uint32Array): void {
    const count = cashier.settled(session)?.count ?? 0
    const claimed = this.#docket.claimed(session, count, count)
    const reason = `entry ${position} is false`
    this.#docket.dismiss(session)

    if (cashier.settled(recordId(session)) != null) {
      cashier.void(recordId(session), reason)
    }

    // others may earn by these blocks, if they are those that were paid: two lists of a session may contradict each other
    cashier.void(session, reason, claimed != null && isListOf(claimed, indices) ? indices : undefined)
  }

  #verdicts (provider: PeerId, verdicts: Verdict[], cashier: Cashier): Verdicts {
    return { verdicts, balance: cashier.balance(provider), standing: this.#components.ledger.standing(provider) }
  }

  /** The verdict on a claim that was not accepted. */
  #dismissal (err: Error, { signal }: AbortOptions): Verdict {
    signal?.throwIfAborted()

    if (!(err instanceof AckRefusedError)) {
      this.#log.error('a claim could not be judged - %e', err)

      return verdict('busy', 'The claim could not be judged')
    }

    return verdict(OUTCOMES[err.status] ?? 'invalid', err.message)
  }

  #blockKeys (provider: PeerId, session: Uint8Array): BlockKeys {
    return new BlockKeys(escrowSecret(this.#components.root, provider.toMultihash().bytes), session)
  }

  #verifier (peer: PeerId): Verifier {
    const key = peer.toString()
    let known = this.#verifiers.get(key)

    if (known == null) {
      known = verifier(peer)
      this.#verifiers.set(key, known)
    }

    return known
  }
}

const OUTCOMES: Partial<Record<AckStatus, ClaimOutcome>> = {
  [AckStatus.ACK_EXPIRED]: 'expired',
  [AckStatus.ACK_BUSY]: 'busy',
  [AckStatus.ACK_VOID]: 'void'
}

function verdict (outcome: ClaimOutcome, reason: string): Verdict {
  return { outcome, reason, credited: 0, amount: 0 }
}

function isVoid (): AckRefusedError {
  return new AckRefusedError(AckStatus.ACK_VOID, 'The session holds a false entry: nothing of it counts')
}

function voidVerdict (): Verdict {
  return verdict('void', isVoid().message)
}

/** Whether the indices begin with the list that was acknowledged. */
function isListOf ({ session, count, indices: chainValue }: Claimed, indices: Uint32Array): boolean {
  const chain = new IndexChain(session)
  chain.extend(indices.subarray(0, count))

  return equals(chain.value, chainValue)
}

/** As it is in evidence. */
function toSpent ({ provider, ...session }: SessionEvidence): Spent {
  return { ...session, provider: parsePeerId(provider) }
}

function recordId (session: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(RECORD_DOMAIN), session]))
}

function replacementId (session: Uint8Array, position: number): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(`${REPLACEMENT_DOMAIN}/${position}/`), session]))
}

function awaitedKey (provider: PeerId, session: Uint8Array, count: number): string {
  return `${provider}/${Buffer.from(session).toString('hex')}/${count}`
}

/** A copy: what was received is part of a message of megabytes. */
function keep (ticket: Uint8Array, { session, signature }: Claim): Awaited {
  const { acknowledgement } = session

  return {
    ticket: ticket.slice(),
    claim: {
      session: {
        ticket: session.ticket.slice(),
        provider: session.provider.slice(),
        recipientNonce: session.recipientNonce.slice(),
        providerNonce: session.providerNonce.slice(),
        acknowledgement: {
          session: acknowledgement.session.slice(),
          count: acknowledgement.count,
          indices: acknowledgement.indices.slice(),
          entries: acknowledgement.entries.slice(),
          signature: acknowledgement.signature.slice()
        },
        blocks: session.blocks.slice()
      },
      signature: signature.slice()
    }
  }
}

function readProvider (bytes: Uint8Array): PeerId {
  try {
    const provider = parsePeerId(bytes)

    if (provider.type === 'Ed25519') {
      return provider
    }
  } catch {
    // the refusal below tells
  }

  throw new AckRefusedError(AckStatus.ACK_FALSE, 'The provider is no peer with an Ed25519 identity')
}

function readBlocks (bytes: Uint8Array, count: number, blockCount: number): Uint32Array {
  try {
    return decodeBlocks(bytes, count, blockCount)
  } catch (err: any) {
    throw new AckRefusedError(AckStatus.ACK_FALSE, err.message)
  }
}
