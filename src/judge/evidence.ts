/**
 * What a server can show of a peer that broke the rules: one JSON file, which anyone can check without the server.
 *
 * Three things can be proven. `false-entry`: a provider claimed, with its signature, that it sent a ciphertext with a certain
 * hash for a block, and that is not the hash of the block sealed under its key. `equivocation`: a recipient signed two
 * acknowledgements of the same blocks of one session that contradict each other. `double-spend`: a recipient signed for the
 * same coin to two providers.
 *
 * Binary fields are hex (hashes, keys, nonces, signatures) or base64 (all else). `verdict` is a signed envelope of the
 * server's issuer key whose payload is the SHA-256 of the file without it: parsed, and written again as JSON without
 * white space, fields in the order of the file. So one signature covers megabytes, and no field can be changed or added.
 *
 * Of all this, two things rest on the server's word: that `key` is the one that it derives for the provider, session,
 * position and block, and that neither session of a double spend was void. Who has the provider's escrow secret, the provider itself, can check that as well. Secrets that are
 * good for anything else are not in it.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { equals } from 'uint8arrays/equals'
import { HASH_LENGTH, MAX_SESSION_BLOCKS } from '../../protocols/ack/constants.ts'
import { VERDICT } from '../../protocols/ticket/constants.ts'
import { blockSeal, decodeBlocks, entryChain, IndexChain, sessionId, verifier } from '../exchange/index.ts'
import { Geometry, isExchange, MAX_BLOCKS, MerkleTree, Mode, sha256, treeHash } from '../object/index.ts'
import { fingerprint, openCertificate, openManifest, openTicket, seal, unseal } from '../ticket/index.ts'
import { FalseEvidenceError, NotEvidenceError } from './errors.ts'
import type { Acknowledgement } from '../../protocols/ack/index.ts'
import type { Ticket } from '../ticket/index.ts'
import type { AbortOptions, PeerId, PrivateKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

const FORMAT = 'mssl-evidence/1'

/** Bytes of a file: manifest and block of 4 MiB and hashes of 2 MiB, which base64 makes a third longer, and some fields */
export const MAX_EVIDENCE_LENGTH = 16 * 2 ** 20

/** Who dealt with whom, and what the recipient signed. */
interface Dealing {
  /** Signed envelope: the recipient's */
  ticket: Uint8Array
  provider: PeerId
  /** 32 bytes each */
  recipientNonce: Uint8Array
  providerNonce: Uint8Array
  acknowledgement: Acknowledgement
}

interface Proceedings extends Dealing {
  /** Signed envelope: the server's */
  certificate: Uint8Array
}

/** The provider claimed a ciphertext that is none of the block. */
export interface FalseEntry extends Proceedings {
  kind: 'false-entry'
  /** Signed envelope */
  manifest: Uint8Array
  /** The provider's signature, 64 bytes */
  claim: Uint8Array
  /** Indices of all blocks, as in the claim */
  blocks: Uint8Array
  /** Entry chain before `position`, 32 bytes, if the hashes begin there and not at 1 */
  before?: Uint8Array
  /** Hashes of the ciphertexts, 32 bytes each, that lead to the entry chain which the provider signed */
  hashes: Uint8Array
  /** Of the false entry, from 1 */
  position: number
  /** Of that block in that session, 32 bytes */
  key: Uint8Array
  /** Published form of the block that had to be sent */
  block: Uint8Array
  /** All siblings of its inclusion path, lowest first */
  path: Uint8Array
}

/** The recipient acknowledged the same number of blocks of a session twice, with other chains. */
export interface Equivocation extends Proceedings {
  kind: 'equivocation'
  contradiction: Acknowledgement
}

/** A session in which a coin was spent. */
export interface Spent extends Dealing {
  /** Indices of all blocks that were acknowledged */
  blocks: Uint8Array
}

/** The recipient spent the coin of a block with two providers. */
export interface DoubleSpending {
  kind: 'double-spend'
  /** Signed envelope: the server's */
  certificate: Uint8Array
  /** Index of the block */
  block: number
  sessions: [Spent, Spent]
}

export type Evidence = FalseEntry | Equivocation | DoubleSpending

/** What a file of evidence proves. */
export interface Finding {
  kind: Evidence['kind']
  /** When the server found it, milliseconds since the epoch */
  found: number
  /** Who broke the rules: the provider of a false entry, the recipient that contradicts itself or spends a coin twice */
  accused: PeerId
  server: {
    name: string
    /** Of the issuer key that signed, 32 bytes */
    fingerprint: Uint8Array
  }
  provider: PeerId
  recipient: PeerId
  object: CID
  /** 32 bytes */
  session: Uint8Array
  /** Blocks acknowledged */
  count: number
  /** With a coin that was spent twice: of which block it is, of which book, and the second session that it was spent in */
  coin?: { block: number, serial: Uint8Array, provider: PeerId, session: Uint8Array, count: number }
  /** With a false entry: where, and which block of the object that is; name of the object */
  entry?: { position: number, index: number, name: string }
  /** What was checked, one line each, for people */
  checks: string[]
}

/**
 * Writes a file of evidence.
 *
 * @param evidence - what it proves
 * @param issuer - the key of the certificate in the evidence
 * @param found - milliseconds since the epoch
 * @returns the bytes of the file
 */
export async function sealEvidence (evidence: Evidence, issuer: PrivateKey, found: number): Promise<Uint8Array> {
  const body = {
    format: FORMAT,
    kind: evidence.kind,
    found: new Date(found).toISOString(),
    certificate: base64(evidence.certificate),
    ...fieldsOf(evidence)
  }
  const verdict = base64(await seal(VERDICT, digest(body), issuer))

  return Buffer.from(`${JSON.stringify({ ...body, verdict }, undefined, 2)}\n`)
}

/**
 * Checks everything that a file of evidence says, with nothing but the file.
 *
 * @param bytes - the whole file
 * @param options - `fingerprint`: of the server whose evidence it has to be, of any key that its certificate names
 * @throws {NotEvidenceError} when the file is something else
 * @throws {FalseEvidenceError} at the first thing that does not hold
 */
export async function verifyEvidence (bytes: Uint8Array, options: AbortOptions & { fingerprint?: Uint8Array } = {}): Promise<Finding> {
  const { verdict, ...body } = parse(bytes)
  const evidence = read(body)
  const checks: string[] = []

  const check = async <T> (what: string, work: () => T | Promise<T>): Promise<T> => {
    let result: T

    try {
      result = await work()
    } catch (err: any) {
      options.signal?.throwIfAborted()

      throw new FalseEvidenceError(`The evidence does not hold. Not true: ${what} (${err.message})`)
    }

    if (result === false) {
      throw new FalseEvidenceError(`The evidence does not hold. Not true: ${what}`)
    }

    checks.push(what)

    return result
  }

  const certificate = await check('the certificate is the server\'s own, and each of its keys vouches for the next',
    async () => openCertificate(evidence.certificate, { ignoreValidity: true, signal: options.signal }))

  const isIssuer = (signer: Uint8Array): boolean => certificate.fingerprints.some(known => equals(known, signer))

  if (options.fingerprint != null) {
    await check('it is the certificate of the server in question', () => isIssuer(options.fingerprint as Uint8Array))
  }

  await check('the server has signed this evidence as it is', async () => {
    const { payload, publicKey } = await unseal(VERDICT, binary(verdict, 'base64', 'verdict'), options)

    return publicKey.equals(certificate.publicKey) && equals(payload, digest(body))
  })

  const found = Date.parse(String(body.found))
  const server = { name: certificate.name, fingerprint: certificate.fingerprint }

  /** Checks what holds of every session. */
  const dealing = async ({ ticket: envelope, provider, recipientNonce, providerNonce, acknowledgement }: Dealing, isMode: (mode: Mode) => boolean, modes: string, which = ''): Promise<Ticket> => {
    const ticket = await check(`${which}the server gave the recipient a ticket`, async () => openTicket(envelope, options))
    await check(`${which}that ticket is of this server and of mode ${modes}`, () => isIssuer(fingerprint(ticket.issuer)) && isMode(ticket.mode))
    await check(`${which}the session is one of this recipient, by this ticket, with this provider`, () => equals(acknowledgement.session, sessionId({
      ticket: envelope,
      provider: provider.toMultihash().bytes,
      recipient: ticket.client.toMultihash().bytes,
      recipientNonce,
      providerNonce
    })))
    await check(`${which}the recipient has signed the acknowledgement`, () => verifier(ticket.client).acknowledgement(acknowledgement))

    return ticket
  }

  if (evidence.kind === 'double-spend') {
    const { block, sessions: [first, second] } = evidence
    const tickets: Ticket[] = []

    for (const [which, spent] of [['first session: ', first], ['second session: ', second]] as const) {
      tickets.push(await dealing(spent, mode => mode === Mode.PURCHASE, 'purchase', which))
      const indices = await check(`${which}the list of blocks is the one that the recipient has signed`, () => readList(spent.blocks, spent.acknowledgement, MAX_BLOCKS))
      await check(`${which}the block is one of these, so that its coin was spent`, () => indices.includes(block))
    }

    const [ticket, other] = tickets

    await check('both tickets are of one coin book: it is the same coin', () => {
      return equals(ticket.serial, other.serial) && ticket.client.equals(other.client) && ticket.object.equals(other.object)
    })
    await check('it was spent with two providers', () => !first.provider.equals(second.provider))
    await check('neither of them is a node of the server, which may be asked again', () => {
      return !certificate.nodes.some(node => node.equals(first.provider) || node.equals(second.provider))
    })

    return {
      kind: evidence.kind,
      found,
      accused: ticket.client,
      server,
      provider: first.provider,
      recipient: ticket.client,
      object: ticket.object,
      session: first.acknowledgement.session,
      count: first.acknowledgement.count,
      coin: { block, serial: ticket.serial, provider: second.provider, session: second.acknowledgement.session, count: second.acknowledgement.count },
      checks
    }
  }

  const { acknowledgement, provider } = evidence
  const { session, count } = acknowledgement
  const ticket = await dealing(evidence, isExchange, 'proof or purchase')
  const recipient = ticket.client
  const finding = { kind: evidence.kind, found, server, provider, recipient, object: ticket.object, session, count, checks }

  if (evidence.kind === 'equivocation') {
    const { contradiction } = evidence

    await check('the recipient has signed the other acknowledgement too', () => verifier(recipient).acknowledgement(contradiction))
    await check('both speak of the same blocks of the same session, and say something else of them', () => {
      return equals(contradiction.session, session) && contradiction.count === count &&
        !(equals(contradiction.indices, acknowledgement.indices) && equals(contradiction.entries, acknowledgement.entries))
    })

    return { ...finding, accused: recipient }
  }

  const { manifest } = await check('the object is one of this server', async () => openManifest(evidence.manifest, {
    id: ticket.object,
    issuers: certificate.fingerprints,
    signal: options.signal
  }))
  await check('the provider has claimed credit for what was acknowledged, and signed that', () => verifier(provider).claim(acknowledgement, evidence.claim))

  const { blockCount } = new Geometry(manifest.size, manifest.blockSize)
  const indices = await check('the list of blocks is the one that both have signed', () => readList(evidence.blocks, acknowledgement, blockCount))

  const { position, before = session, hashes } = evidence
  await check('the false entry is one of these blocks', () => Number.isInteger(position) && position >= 1 && position <= count)

  const first = evidence.before == null ? 1 : position
  await check('the hashes of the ciphertexts are those that both have signed', () => {
    return hashes.byteLength === HASH_LENGTH * (count - first + 1) && equals(entryChain(before, indices.subarray(first - 1), hashes), acknowledgement.entries)
  })

  const index = indices[position - 1]
  await check('the block beside it is that block of the object, by the signed root', () => {
    const tree = new MerkleTree(treeHash(manifest.hash), blockCount, manifest.root)

    return tree.verify(index, tree.hash.leaf(evidence.block), evidence.path, tree.depth) != null
  })
  await check('sealed under its key, that block has another hash than the provider claims', () => {
    return evidence.key.byteLength === HASH_LENGTH && !equals(sealedHash(evidence.key, evidence.block), entryAt(hashes, position - first + 1))
  })

  return { ...finding, accused: provider, entry: { position, index, name: manifest.name } }
}

/** SHA-256 of what has to be sent for a block. */
export function sealedHash (key: Uint8Array, block: Uint8Array): Uint8Array {
  return sha256(blockSeal(key).update(block))
}

/** The hash at a position, from 1: a view. */
export function entryAt (hashes: Uint8Array, position: number): Uint8Array {
  return hashes.subarray(HASH_LENGTH * (position - 1), HASH_LENGTH * position)
}

/**
 * @throws {Error} when it is not the list that was acknowledged
 */
function readList (blocks: Uint8Array, { session, count, indices: chainValue }: Acknowledgement, blockCount: number): Uint32Array {
  const indices = decodeBlocks(blocks, count, blockCount)
  const chain = new IndexChain(session)
  chain.extend(indices)

  if (!equals(chain.value, chainValue)) {
    throw new Error('the index chain is another')
  }

  return indices
}

/** What the server signs of a file. */
function digest (body: object): Uint8Array {
  return sha256(Buffer.from(JSON.stringify(body)))
}

function parse (bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_EVIDENCE_LENGTH) {
    throw new NotEvidenceError('The file is too large to be evidence of mSSL')
  }

  let file: any

  try {
    file = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new NotEvidenceError('The file is no evidence of mSSL')
  }

  if (file?.format !== FORMAT) {
    throw new NotEvidenceError('The file is no evidence of mSSL, or of a version that this one does not know')
  }

  return file
}

function read (body: Record<string, any>): Evidence {
  const certificate = binary(body.certificate, 'base64', 'certificate')

  switch (body.kind) {
    case 'double-spend':
      if (!Array.isArray(body.sessions) || body.sessions.length !== 2) {
        throw new FalseEvidenceError('The evidence does not hold. A coin that was spent twice was spent in two sessions')
      }

      return {
        kind: body.kind,
        certificate,
        block: body.block,
        sessions: [readSpent(body.sessions[0], 'sessions.0.'), readSpent(body.sessions[1], 'sessions.1.')]
      }

    case 'equivocation':
      return { kind: body.kind, certificate, ...readDealing(body), contradiction: readAcknowledgement(body.contradiction, 'contradiction') }

    case 'false-entry':
      return {
        kind: body.kind,
        certificate,
        ...readDealing(body),
        manifest: binary(body.manifest, 'base64', 'manifest'),
        claim: binary(body.claim, 'hex', 'claim'),
        blocks: binary(body.blocks, 'base64', 'blocks'),
        before: body.before === undefined ? undefined : binary(body.before, 'hex', 'before', HASH_LENGTH),
        hashes: binary(body.hashes, 'base64', 'hashes'),
        position: body.position,
        key: binary(body.key, 'hex', 'key', HASH_LENGTH),
        block: binary(body.block, 'base64', 'block'),
        path: binary(body.path, 'base64', 'path')
      }

    default:
      throw new FalseEvidenceError('The evidence does not hold. It is of no kind that this version knows')
  }
}

function readSpent (value: any, name: string): Spent {
  return { ...readDealing(value ?? {}, name), blocks: binary(value.blocks, 'base64', `${name}blocks`) }
}

function readDealing (value: Record<string, any>, name = ''): Dealing {
  return {
    ticket: binary(value.ticket, 'base64', `${name}ticket`),
    provider: readPeer(value.provider),
    recipientNonce: binary(value.recipientNonce, 'hex', `${name}recipientNonce`, HASH_LENGTH),
    providerNonce: binary(value.providerNonce, 'hex', `${name}providerNonce`, HASH_LENGTH),
    acknowledgement: readAcknowledgement(value.acknowledgement, `${name}acknowledgement`)
  }
}

function readAcknowledgement (value: any, name: string): Acknowledgement {
  const count = value?.count

  if (!Number.isInteger(count) || count < 1 || count > MAX_SESSION_BLOCKS) {
    throw new FalseEvidenceError(`The evidence does not hold. ${name} has an impossible number of blocks`)
  }

  return {
    session: binary(value.session, 'hex', `${name}.session`, HASH_LENGTH),
    count,
    indices: binary(value.indices, 'hex', `${name}.indices`, HASH_LENGTH),
    entries: binary(value.entries, 'hex', `${name}.entries`, HASH_LENGTH),
    signature: binary(value.signature, 'hex', `${name}.signature`)
  }
}

function readPeer (value: unknown): PeerId {
  try {
    return peerIdFromString(String(value))
  } catch {
    throw new FalseEvidenceError('The evidence does not hold. The provider is no PeerId')
  }
}

/** Bytes have one text: what Buffer overlooks is not taken. */
function binary (value: unknown, encoding: 'hex' | 'base64', name: string, length?: number): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, encoding) : undefined

  if (bytes == null || bytes.toString(encoding) !== value || (length != null && bytes.byteLength !== length)) {
    throw new FalseEvidenceError(`The evidence does not hold. ${name} is missing or damaged`)
  }

  return bytes
}

/** What is particular to a kind, as it is written. */
function fieldsOf (evidence: Evidence): object {
  if (evidence.kind === 'double-spend') {
    return { block: evidence.block, sessions: evidence.sessions.map(spent => ({ ...dealingFields(spent), blocks: base64(spent.blocks) })) }
  }

  if (evidence.kind === 'equivocation') {
    return { ...dealingFields(evidence), contradiction: acknowledgementFields(evidence.contradiction) }
  }

  return {
    ...dealingFields(evidence),
    manifest: base64(evidence.manifest),
    claim: hex(evidence.claim),
    blocks: base64(evidence.blocks),
    ...(evidence.before == null ? {} : { before: hex(evidence.before) }),
    hashes: base64(evidence.hashes),
    position: evidence.position,
    key: hex(evidence.key),
    block: base64(evidence.block),
    path: base64(evidence.path)
  }
}

function dealingFields ({ ticket, provider, recipientNonce, providerNonce, acknowledgement }: Dealing): object {
  return {
    ticket: base64(ticket),
    provider: provider.toString(),
    recipientNonce: hex(recipientNonce),
    providerNonce: hex(providerNonce),
    acknowledgement: acknowledgementFields(acknowledgement)
  }
}

function acknowledgementFields ({ session, count, indices, entries, signature }: Acknowledgement): object {
  return { session: hex(session), count, indices: hex(indices), entries: hex(entries), signature: hex(signature) }
}

function hex (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function base64 (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
