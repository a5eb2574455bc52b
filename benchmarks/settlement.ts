/* eslint-disable no-console */
/**
 * How fast does a server settle claims on one core, and how large do its books get? How fast does it sell books of coins, and
 * redeem them?
 *
 * Claims of whole sessions, each of another recipient, blocks in random order, in batches as providers send them; orders of
 * so many clients, each of which waits for its book before it orders the next; a database on disk that syncs every transaction.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { Command } from 'commander'
import { MAX_CLAIMS } from '../protocols/ack/index.ts'
import { SqlBank } from '../src/bank/index.ts'
import { parseSize } from '../src/cli/parse.ts'
import { BlockKeys, blockSeal, encodeBlocks, escrowSecret, extendEntries, IndexChain, sessionId, signer, ticketSerial } from '../src/exchange/index.ts'
import { Home } from '../src/home/index.ts'
import { Judge } from '../src/judge/index.ts'
import { SqlLedger } from '../src/ledger/index.ts'
import { CoinValues, Encryption, encodeManifest, Geometry, HashDelivery, MerkleTree, Mode, objectId, sha256, SHA2_256, treeHash } from '../src/object/index.ts'
import { createCertificate, openCertificate, signManifest, signTicket } from '../src/ticket/index.ts'
import { GiB, machine, MiB, table } from './report.ts'
import type { Claim } from '../protocols/ack/index.ts'
import type { CoinBook, Redemption } from '../src/bank/index.ts'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

const AUDITED = 16
const HOUR = 3_600_000

const options = new Command('npm run benchmark:settlement --')
  .option('--size <size>', 'bytes of each session', parseSize, GiB)
  .option('--block-size <size>', 'bytes of a block', parseSize, 256 * 1024)
  .option('--sessions <n>', 'sessions', Number, 512)
  .option('--clients <n>', 'clients that order books of coins at a time', Number, 64)
  .option('--books <n>', 'books of each client', Number, 64)
  .option('--money-only', 'coins only, no claims of mode proof')
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, blockSize: number, sessions: number, clients: number, books: number, moneyOnly?: boolean, json?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'mssl-settlement-'))

try {
  const credit = options.moneyOnly === true ? undefined : await settleClaims()
  const money = await sellAndRedeem()

  if (options.json === true) {
    console.log(JSON.stringify({ machine: machine(), ...credit, ...money }))
  } else {
    if (credit != null) {
      console.log(`${options.sessions} sessions of ${credit.sessionMiB} MiB in blocks of ${options.blockSize / 1024} KiB; ${machine()}\n`)
      console.log(table(
        ['claims per s', 'blocks per s', 'an audited claim, ms', 'books, KiB per million blocks', 'a claim, KiB'],
        [[whole(credit.claimsPerSecond), whole(credit.blocksPerSecond), credit.auditMs.toFixed(1), (credit.ledgerBytesPerMillionBlocks / 1024).toFixed(0), (credit.claimBytes / 1024).toFixed(1)]]
      ))
      console.log()
    }

    console.log(`${options.clients} clients at a time, ${options.books} books each, of ${money.coinsPerBook} coins; ${machine()}\n`)
    console.log(table(
      ['books per s', 'coins redeemed per s', 'of the size on disk, KiB per book', 'per million coins'],
      [[whole(money.booksPerSecond), whole(money.coinsPerSecond), (money.bytesPerBook / 1024).toFixed(1), (money.bytesPerMillionCoins / 1024).toFixed(0)]]
    ))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

function whole (value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 })
}

async function settleClaims (): Promise<{ sessionMiB: number, blocksPerSession: number, claimsPerSecond: number, blocksPerSecond: number, auditMs: number, ledgerBytesPerMillionBlocks: number, claimBytes: number }> {
  const home = await Home.open(folder)
  const root = await home.secret('escrow')
  const issuer = await home.privateKey('issuer')
  const self = peerIdFromPrivateKey(await home.privateKey('identity'))
  const now = Date.now()
  const certificate = await openCertificate(await createCertificate({ name: 'settlement', nodes: [self], addresses: [], notBefore: now, notAfter: now + HOUR }, issuer))

  // every block of the object is the same: an audit reads none from disk, which is not what is measured
  const geometry = new Geometry(options.size, options.blockSize)
  const block = new Uint8Array(options.blockSize).fill(7)
  const hash = treeHash(SHA2_256)
  const leaf = hash.leaf(block)
  const leaves = new Uint8Array(geometry.blockCount * hash.size).map((_, at) => leaf[at % hash.size])
  const tree = MerkleTree.fromLeaves(hash, leaves)
  const manifest = {
    size: options.size,
    blockSize: options.blockSize,
    root: tree.root as Uint8Array<ArrayBuffer>,
    hash: SHA2_256,
    encryption: Encryption.NONE,
    delivery: HashDelivery.PER_BLOCK,
    mode: Mode.PROOF,
    name: 'settlement.bin',
    files: []
  }
  const payload = encodeManifest(manifest)
  const object = objectId(payload)
  const manifestEnvelope = await signManifest(payload, issuer)
  const ledger = new SqlLedger(home.database())
  const judge = (auditRate: number): Judge => new Judge({
    root,
    self,
    database: home.database(),
    ledger,
    identity: async () => ({ key: issuer, certificate }),
    object: () => ({ manifest, manifestEnvelope, geometry, tree, readPublished: async () => block }),
    evidenceFolder: join(folder, 'evidence'),
    logger: defaultLogger()
  }, { auditRate })

  const providerKey = await generateKeyPair('Ed25519')
  const provider = peerIdFromPrivateKey(providerKey)
  const ticketOf = async (client: PeerId): Promise<{ envelope: Uint8Array, serial: Uint8Array }> => {
    const serial = ticketSerial(root, client, object, now)

    return { serial, envelope: await signTicket({ client, object, mode: Mode.PROOF, serial, standing: 1, notBefore: now, notAfter: now + HOUR }, issuer) }
  }
  const own = (await ticketOf(provider)).envelope
  const signs = signer(providerKey)

  /** Only an audit looks at the hashes. */
  const session = async (hashes: 'true' | 'any'): Promise<{ claim: Claim, hashes: Uint8Array }> => {
    const key = await generateKeyPair('Ed25519') as Ed25519PrivateKey
    const ticket = (await ticketOf(peerIdFromPrivateKey(key))).envelope
    const [recipientNonce, providerNonce] = [0, 0].map(() => crypto.getRandomValues(new Uint8Array(32)))
    const terms = {
      ticket,
      provider: provider.toMultihash().bytes,
      recipient: peerIdFromPrivateKey(key).toMultihash().bytes,
      recipientNonce,
      providerNonce
    }
    const id = sessionId(terms)
    const keys = new BlockKeys(escrowSecret(root, terms.provider), id)
    const indices = shuffled(geometry.blockCount)
    const entries = new Uint8Array(32 * indices.length)
    const chain = new IndexChain(id)
    let entry = id
    chain.extend(indices)

    for (const [at, index] of indices.entries()) {
      const hash = hashes === 'true' ? sha256(blockSeal(keys.key(at + 1, index)).update(block)) : entries.subarray(0, 32)
      entries.set(hash, 32 * at)
      entry = extendEntries(entry, index, hash)
    }

    const state = { session: id, count: indices.length, indices: chain.value, entries: entry }

    return {
      claim: { session: { ...terms, acknowledgement: signer(key).acknowledge(state), blocks: encodeBlocks(indices) }, signature: signs.claim(state) },
      hashes: entries
    }
  }

  const sessions = await Promise.all(Array.from({ length: options.sessions }, async () => session('any')))
  const before = await booksSize(home)
  const unaudited = judge(0)
  const begin = performance.now()

  for (let at = 0; at < sessions.length; at += MAX_CLAIMS) {
    const { verdicts } = await unaudited.claim(own, sessions.slice(at, at + MAX_CLAIMS).map(({ claim }) => claim), provider, {})

    if (verdicts.some(({ outcome, credited }) => outcome !== 'settled' || credited !== geometry.blockCount)) {
      throw new Error('a claim was not settled')
    }
  }

  const seconds = (performance.now() - begin) / 1_000
  const blocks = sessions.length * geometry.blockCount
  const grown = await booksSize(home) - before

  const toAudit = await Promise.all(Array.from({ length: AUDITED }, async () => session('true')))
  const auditing = judge(1)
  const beginAudits = performance.now()

  for (const { claim, hashes } of toAudit) {
    await auditing.claim(own, [claim], provider, {})
    const { verdicts: [verdict] } = await auditing.audit(claim.session.acknowledgement.session, hashes, provider, {})

    if (verdict.outcome !== 'settled') {
      throw new Error('an audit failed')
    }
  }

  home.close()

  return {
    sessionMiB: options.size / MiB,
    blocksPerSession: geometry.blockCount,
    claimsPerSecond: sessions.length / seconds,
    blocksPerSecond: blocks / seconds,
    auditMs: (performance.now() - beginAudits) / AUDITED,
    ledgerBytesPerMillionBlocks: grown / blocks * 1e6,
    claimBytes: sessions[0].claim.session.blocks.byteLength + sessions[0].claim.session.ticket.byteLength + 400
  }
}

async function sellAndRedeem (): Promise<{ coinsPerBook: number, booksPerSecond: number, coinsPerSecond: number, bytesPerBook: number, bytesPerMillionCoins: number }> {
  const home = await Home.open(join(folder, 'bank'))
  const self = peerIdFromPrivateKey(await home.privateKey('identity'))
  const bank = new SqlBank(home.database(), { self, policy: { unit: 'cent' } })
  const geometry = new Geometry(options.size, options.blockSize)
  const values = new CoinValues({ amount: 100, per: MiB, unit: 'cent' }, geometry)
  const count = geometry.blockCount
  const peers = await Promise.all(Array.from({ length: options.clients + 1 }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))))
  const [provider, ...clients] = peers
  const objects = Array.from({ length: options.books }, (_, i): CID => objectId(Buffer.from(`object ${i}`)))
  const notAfter = Date.now() + HOUR

  for (const client of clients) {
    bank.deposit(client, 2 * values.total * options.books)
  }

  const before = await booksSize(home)
  const begin = performance.now()
  const books = (await Promise.all(clients.map(async client => {
    const books: CoinBook[] = []

    for (const object of objects) {
      books.push((await bank.order({ client, object, values, first: 0, count, maxPrice: values.total, notAfter })).book)
    }

    return books
  }))).flat()
  const sold = (performance.now() - begin) / 1_000
  const afterSale = await booksSize(home)

  const redemptions = books.slice(0, options.sessions).map(({ serial, client: recipient, object }): Redemption => {
    const indices = shuffled(count)
    const bytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
    const session = bytes(32)

    return {
      session,
      provider,
      recipient,
      object,
      serial,
      count,
      indices,
      values,
      blockLength: index => geometry.blockLength(index),
      relieved: true,
      evidence: {
        ticket: bytes(400),
        provider: provider.toMultihash().bytes,
        recipientNonce: bytes(32),
        providerNonce: bytes(32),
        acknowledgement: { session, count, indices: bytes(32), entries: bytes(32), signature: bytes(64) },
        blocks: encodeBlocks(indices)
      }
    }
  })
  const beginRedemption = performance.now()

  for (let at = 0; at < redemptions.length; at += MAX_CLAIMS) {
    if (bank.settle(redemptions.slice(at, at + MAX_CLAIMS)).some(({ credited }) => credited !== count)) {
      throw new Error('a coin was not redeemed')
    }
  }

  const redeemed = (performance.now() - beginRedemption) / 1_000
  const coins = redemptions.length * count
  const grown = await booksSize(home) - afterSale

  if (!bank.check().holds) {
    throw new Error('the books do not hold')
  }

  home.close()

  return {
    coinsPerBook: count,
    booksPerSecond: books.length / sold,
    coinsPerSecond: coins / redeemed,
    bytesPerBook: (afterSale - before) / books.length,
    bytesPerMillionCoins: grown / coins * 1e6
  }
}

/** All that is in the database, checkpointed. */
async function booksSize (home: Home): Promise<number> {
  home.database().exec('PRAGMA wal_checkpoint(TRUNCATE)')

  return (await stat(home.join('mssl.db'))).size
}

function shuffled (count: number): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, i) => i)

  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [indices[at], indices[other]] = [indices[other], indices[at]]
  }

  return indices
}
