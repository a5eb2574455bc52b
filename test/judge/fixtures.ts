import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLogger } from '@libp2p/logger'
import { SqlBank } from '../../src/bank/index.ts'
import { blockSeal, BlockKeys, encodeBlocks, escrowSecret, extendEntries, IndexChain, sessionId, signer, ticketSerial } from '../../src/exchange/index.ts'
import { Home } from '../../src/home/index.ts'
import { Judge } from '../../src/judge/index.ts'
import { SqlLedger } from '../../src/ledger/index.ts'
import { CoinValues, Encryption, encodeManifest, Geometry, HashDelivery, MerkleTree, Mode, objectId, sha256, SHA2_256, treeHash } from '../../src/object/index.ts'
import { createCertificate, openCertificate, signManifest, signRotation, signTicket } from '../../src/ticket/index.ts'
import { HOUR, key, NOW, peer } from '../ticket/fixtures.ts'
import type { Acknowledgement, Claim, Complaint, Recovery, SessionEvidence } from '../../protocols/ack/index.ts'
import type { BankPolicy } from '../../src/bank/index.ts'
import type { JudgeComponents, JudgeInit, JudgedObject } from '../../src/judge/index.ts'
import type { Price } from '../../src/object/index.ts'
import type { OpenedCertificate } from '../../src/ticket/index.ts'
import type { signTicket as SignTicket } from '../../src/ticket/index.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export { HOUR, key, NOW, peer }

/** Seeds of the keys of whoever takes part. */
export const ISSUER = 1
export const SERVER = 2
export const RECIPIENT = 3
export const PROVIDER = 4
export const OTHER = 5
export const NEXT_ISSUER = 6

export const BLOCK_SIZE = 65_536
export const BLOCK_COUNT = 8

/** Of each block of an object that is sold, and of all: so that rounding is seen where there is any. */
export const COIN = 10
export const PRICE: Price = { amount: COIN * BLOCK_COUNT, per: BLOCK_COUNT * BLOCK_SIZE, unit: 'coin' }

/** What a client has before its first ticket of mode purchase. */
export const FUNDS = 1_000

/** The server's secret: always the same, so that the same is drawn. */
const ROOT = new Uint8Array(32).fill(42)

/** What a session was like, and what it shows. */
export interface Played {
  evidence: SessionEvidence
  claim: Claim
  /** All ciphertext hashes, joined */
  hashes: Uint8Array
  /** A complaint about one position */
  complaint (position: number): Complaint
  /** Asks for the keys from a position on */
  recovery (first?: number): Recovery
}

export interface PlayInit {
  recipient?: number
  provider?: number
  indices?: number[]
  /** Positions whose ciphertext is false */
  falseAt?: number[]
  /** Seed of both nonces */
  nonce?: number
  ticket?: Uint8Array
}

type TicketFields = Partial<Parameters<typeof SignTicket>[0]>

export interface CourtInit {
  folder?: string
  /** Of the object: it is sold */
  price?: Price
  policy?: Partial<BankPolicy>
  /** Multihash code */
  hash?: number
}

/** A server with one object of 8 blocks, its judge, its ledger and its bank. */
export class Court {
  readonly home: Home
  readonly root: Uint8Array
  readonly ledger: SqlLedger
  readonly bank: SqlBank
  /** Whoever the bank has found to be a double spender */
  readonly barred: PeerId[] = []
  /** Whose tickets for the object it has recalled */
  readonly recalled: PeerId[] = []
  readonly objects = new Map<string, JudgedObject>()
  readonly id: CID
  readonly object: JudgedObject
  readonly blocks: Uint8Array[]
  reads = 0
  now = NOW + HOUR / 2
  issuer: PrivateKey
  certificate: OpenedCertificate

  private constructor (home: Home, root: Uint8Array, blocks: Uint8Array[], object: Omit<JudgedObject, 'readPublished'>, id: CID, issuer: PrivateKey, certificate: OpenedCertificate, policy?: Partial<BankPolicy>) {
    this.home = home
    this.root = root
    this.blocks = blocks
    this.id = id
    this.issuer = issuer
    this.certificate = certificate
    this.object = {
      ...object,
      readPublished: async index => {
        this.reads++

        return this.blocks[index]
      }
    }
    this.objects.set(id.toString(), this.object)
    this.ledger = new SqlLedger(home.database(), undefined, () => this.now)
    this.bank = this.openBank(policy)
  }

  /** As a server does that starts again. */
  openBank (policy?: Partial<BankPolicy>): SqlBank {
    return new SqlBank(this.home.database(), {
      self: this.certificate.nodes[0],
      policy,
      onDoubleSpend: client => { this.barred.push(client) },
      onShort: client => { this.recalled.push(client) },
      now: () => this.now
    })
  }

  static async open ({ folder, price, policy, hash: code = SHA2_256 }: CourtInit = {}): Promise<Court> {
    const home = await Home.open(folder ?? await mkdtemp(join(tmpdir(), 'mssl-judge-')))
    const blocks = Array.from({ length: BLOCK_COUNT }, (_, i) => new Uint8Array(BLOCK_SIZE).fill(i + 1))
    const hash = treeHash(code)
    const tree = MerkleTree.fromLeaves(hash, Buffer.concat(blocks.map(block => hash.leaf(block))))
    const manifest = {
      size: BLOCK_COUNT * BLOCK_SIZE,
      blockSize: BLOCK_SIZE,
      root: tree.root as Uint8Array<ArrayBuffer>,
      hash: code,
      encryption: Encryption.NONE,
      delivery: HashDelivery.PER_BLOCK,
      mode: price == null ? Mode.PROOF : Mode.PURCHASE,
      price,
      name: 'film.mp4',
      files: []
    }
    const payload = encodeManifest(manifest)
    const issuer = await key(ISSUER)
    const certificate = await openCertificate(await createCertificate({ name: 'cinema', nodes: [await peer(SERVER)], addresses: [], notBefore: NOW, notAfter: NOW + 24 * HOUR }, issuer), { now: NOW })
    const object = { manifest, manifestEnvelope: await signManifest(payload, issuer), geometry: new Geometry(manifest.size, BLOCK_SIZE), tree }

    return new Court(home, ROOT, blocks, object, objectId(payload), issuer, certificate, policy)
  }

  async close (): Promise<void> {
    this.home.close()
    await rm(this.home.path, { recursive: true, force: true })
  }

  async judge (init: JudgeInit = {}, components: Partial<JudgeComponents> = {}): Promise<Judge> {
    return new Judge({
      root: this.root,
      self: await peer(SERVER),
      database: this.home.database(),
      ledger: this.ledger,
      bank: this.isSold ? this.bank : undefined,
      identity: async () => ({ key: this.issuer, certificate: this.certificate }),
      object: id => this.objects.get(id.toString()),
      evidenceFolder: this.home.join('evidence'),
      logger: defaultLogger(),
      ...components
    }, { auditRate: 0, now: () => this.now, ...init })
  }

  get isSold (): boolean {
    return this.object.manifest.mode === Mode.PURCHASE
  }

  /** What the coins of the object are worth. */
  get values (): CoinValues {
    return new CoinValues(this.object.manifest.price ?? PRICE, this.object.geometry)
  }

  /** Another issuer key, which the one before vouches for. */
  async rotate (): Promise<void> {
    const next = await key(NEXT_ISSUER)
    const { name, nodes, addresses, notBefore, notAfter } = this.certificate
    const rotations = [await signRotation(this.issuer, next.publicKey, 1)]
    this.certificate = await openCertificate(await createCertificate({ name, nodes, addresses, notBefore, notAfter, rotations }, next), { now: NOW })
    this.issuer = next
  }

  /** As the server gives it, account and all: with the coins of all blocks, or of those in the range. */
  async ticket (client: number, fields: TicketFields = {}, issuer = this.issuer): Promise<Uint8Array> {
    const who = await peer(client)
    const notBefore = fields.notBefore ?? NOW
    const notAfter = fields.notAfter ?? notBefore + HOUR

    return signTicket({
      client: who,
      object: this.id,
      notBefore,
      notAfter,
      ...(this.isSold ? await this.#sell(who, notAfter, fields.range) : this.#give(who, notBefore, fields.object)),
      ...fields
    }, issuer)
  }

  #give (client: PeerId, notBefore: number, object = this.id): TicketFields {
    this.ledger.open(client)

    return { mode: Mode.PROOF, serial: ticketSerial(this.root, client, object, notBefore), standing: 1 }
  }

  async #sell (client: PeerId, notAfter: number, range = { first: 0, count: BLOCK_COUNT }): Promise<TicketFields> {
    this.bank.deposit(client, FUNDS, { reference: `funds-${client}` })
    const { book: { serial, fee, bond, redeemUntil } } = await this.bank.order({
      client, object: this.id, values: this.values, ...range, maxPrice: Number.MAX_SAFE_INTEGER, notAfter
    })

    return { mode: Mode.PURCHASE, serial, book: { fee, bond, redeemUntil } }
  }

  /** A whole session as both ends see it. */
  async play ({ recipient = RECIPIENT, provider = PROVIDER, indices = [0, 1, 2, 3], falseAt = [], nonce = 1, ticket }: PlayInit = {}): Promise<Played> {
    const terms = {
      ticket: ticket ?? await this.ticket(recipient),
      provider: (await peer(provider)).toMultihash().bytes,
      recipient: (await peer(recipient)).toMultihash().bytes,
      recipientNonce: new Uint8Array(32).fill(nonce),
      providerNonce: new Uint8Array(32).fill(nonce + 1)
    }
    const session = sessionId(terms)
    const keys = new BlockKeys(escrowSecret(this.root, terms.provider), session)
    const chain = new IndexChain(session)
    chain.extend(indices)

    const hashes = new Uint8Array(32 * indices.length)
    const before: Uint8Array[] = [session]

    for (const [at, index] of indices.entries()) {
      const position = at + 1
      const hash = falseAt.includes(position)
        ? sha256(Buffer.from(`garbage ${position}`))
        : sha256(blockSeal(keys.key(position, index)).update(this.blocks[index]))
      hashes.set(hash, 32 * at)
      before.push(extendEntries(before[at], index, hash))
    }

    const state = { session, count: indices.length, indices: chain.value, entries: before[indices.length] }
    const evidence = {
      ticket: terms.ticket,
      provider: terms.provider,
      recipientNonce: terms.recipientNonce,
      providerNonce: terms.providerNonce,
      acknowledgement: signer(await key(recipient)).acknowledge(state),
      blocks: encodeBlocks(indices)
    }

    const from = (position: number): Omit<Recovery, 'first'> => ({ session: evidence, before: before[position - 1], hashes: hashes.slice(32 * (position - 1)) })

    return {
      evidence,
      claim: { session: evidence, signature: signer(await key(provider)).claim(state) },
      hashes,
      complaint: position => ({ position, ...from(position) }),
      recovery: (first = 1) => ({ first, ...from(first) })
    }
  }

  /** Something else in an acknowledgement, signed again by both. */
  async signed (claim: Claim, changes: Partial<Acknowledgement>, { recipient = RECIPIENT, provider = PROVIDER } = {}): Promise<Claim> {
    const state = { ...claim.session.acknowledgement, ...changes }

    return {
      session: { ...claim.session, acknowledgement: signer(await key(recipient)).acknowledge(state) },
      signature: signer(await key(provider)).claim(state)
    }
  }
}
