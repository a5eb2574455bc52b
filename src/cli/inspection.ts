/**
 * Links and signed records as a person reads them: what they say, what the signature says, which times hold now.
 */
import { readFile, stat } from 'node:fs/promises'
import { RecordEnvelope } from '@libp2p/peer-record'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { CERTIFICATE, MANIFEST, REVOCATIONS, TICKET } from '../../protocols/ticket/constants.ts'
import { GrantTable } from '../client/grants.ts'
import { Pins } from '../client/pins.ts'
import { parseLink, parseWellKnown } from '../link/index.ts'
import { treeHash } from '../object/index.ts'
import { fingerprint, openCertificate, openManifest, openRevocations, openTicket, unseal } from '../ticket/index.ts'
import { UsageError } from './exit-codes.ts'
import { fields } from './output.ts'
import { formatBytes, formatDuration, formatPercent, formatTime } from './parse.ts'
import { describePrice } from './price.ts'
import type { Home } from '../home/index.ts'

/** The same for programs and for people. */
export interface Finding {
  data: Record<string, unknown>
  text: string
  /** Why it is not to be trusted */
  broken?: string
}

/** Files of a folder, nodes and entries that are listed for a person; --json has all. */
const MAX_LISTED = 20

/**
 * Decodes what a person pasted, or the file that it names. With a link, also what this home has got for it.
 *
 * @throws {UsageError | InvalidLinkError | WellKnownError}
 */
export async function inspect (subject: string, home: Home): Promise<Finding> {
  if (subject.startsWith('mssl:')) {
    return inspectLink(subject, home)
  }

  const { size } = await stat(subject)

  if (size > MANIFEST.maxLength) {
    throw new UsageError(`${subject} has ${formatBytes(size)}: it is neither a link nor a signed record of mSSL`)
  }

  const bytes = await readFile(subject)
  const text = new TextDecoder().decode(bytes).trim()

  if (text.startsWith('mssl:')) {
    return inspectLink(text, home)
  }

  return text.startsWith('{') ? inspectJson(text) : inspectRecord(bytes)
}

async function inspectLink (text: string, home: Home): Promise<Finding> {
  const { name, object, server, fingerprint, addresses } = parseLink(text)
  const values = {
    name,
    object: object?.toString(),
    server: server.toString(),
    fingerprint: hex(fingerprint),
    addresses: addresses.map(String)
  }
  const grant = object == null ? undefined : new GrantTable(home.database()).get(object)
  const records = [(await Pins.open(home)).trusted(fingerprint)?.envelope, grant?.manifestEnvelope, grant?.ticket]
  const known = await Promise.all(records.filter(record => record != null).map(inspectRecord))

  return {
    data: { kind: 'link', ...values, known: known.map(({ data }) => data) },
    text: [
      fields({
        link: object == null ? 'to a server' : 'to an object; no character is missing or wrong',
        ...values,
        addresses: listed(values.addresses)
      }),
      known.length === 0 ? 'this home knows nothing about it yet' : 'this home has for it:',
      ...known.map(({ text }) => text)
    ].join('\n\n')
  }
}

async function inspectJson (text: string): Promise<Finding> {
  const { seen, server, expected, shown } = parseJson(text)

  return typeof expected?.certificate === 'string' && typeof shown?.certificate === 'string'
    ? inspectConflict(String(seen), String(server), expected.certificate, shown.certificate)
    : inspectWellKnown(text)
}

function parseJson (text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('this is neither a link nor a signed record of mSSL')
  }
}

/** The evidence that a node stores when a server shows another key than before. */
async function inspectConflict (seen: string, server: string, ...certificates: [expected: string, shown: string]): Promise<Finding> {
  const [expected, shown] = await Promise.all(certificates.map(async certificate => inspectRecord(fromString(certificate, 'base64'))))

  return {
    data: { kind: 'conflict', seen, server, expected: expected.data, shown: shown.data },
    text: `two certificates of ${server} that contradict each other, seen ${seen}\n\nknown before:\n${expected.text}\n\nshown then:\n${shown.text}`,
    broken: expected.broken ?? shown.broken
  }
}

function inspectWellKnown (text: string): Finding {
  const { fingerprint, objects } = parseWellKnown(text)
  const values = { fingerprint: hex(fingerprint), objects }

  return {
    data: { kind: 'well-known', ...values },
    text: [
      fields({ 'well-known': 'vouches for a server by its web domain', fingerprint: values.fingerprint }),
      ...objects.map(({ name, link }) => `  ${name}  ${link}`)
    ].join('\n')
  }
}

async function inspectRecord (bytes: Uint8Array): Promise<Finding> {
  let payloadType: Uint8Array

  try {
    ({ payloadType } = RecordEnvelope.createFromProtobuf(bytes))
  } catch {
    throw new UsageError('this is neither a link nor a signed record of mSSL')
  }

  const readers = [
    { ...CERTIFICATE, kind: 'certificate', read: inspectCertificate },
    { ...MANIFEST, kind: 'manifest', read: inspectManifest },
    { ...TICKET, kind: 'ticket', read: inspectTicket },
    { ...REVOCATIONS, kind: 'revocations', read: inspectRevocations }
  ]
  const reader = readers.find(reader => equals(reader.payloadType, payloadType))

  if (reader == null) {
    throw new UsageError('this is a signed record, but none of mSSL')
  }

  try {
    return await reader.read(bytes)
  } catch (err: any) {
    return {
      data: { kind: reader.kind, signature: 'invalid', reason: err.message },
      text: fields({ [reader.kind]: 'not to be trusted', signature: `INVALID: ${err.message}` }),
      broken: `the ${reader.kind} does not verify`
    }
  }
}

async function inspectCertificate (bytes: Uint8Array): Promise<Finding> {
  const { name, nodes, addresses, notBefore, notAfter, epoch, fingerprint, fingerprints } = await openCertificate(bytes, { ignoreValidity: true })
  const own = hex(fingerprint)
  const earlier = fingerprints.slice(0, -1).map(hex)

  return {
    data: { kind: 'certificate', signature: 'valid', name, fingerprint: own, earlier, nodes: nodes.map(String), addresses: addresses.map(String), notBefore, notAfter, epoch, validNow: holdsNow(notBefore, notAfter) },
    text: fields({
      certificate: `of the server "${name}"`,
      signature: 'valid: signed by the key itself, so compare the fingerprint with the link\'s',
      fingerprint: own,
      'earlier keys': epoch === 0 ? undefined : `${earlier.join(', ')}; each handed over to the next`,
      ...validity(notBefore, notAfter),
      nodes: listed(nodes.map(String)),
      addresses: listed(addresses.map(String))
    })
  }
}

async function inspectManifest (bytes: Uint8Array): Promise<Finding> {
  const { id, manifest } = await openManifest(bytes)
  const { publicKey } = await unseal(MANIFEST, bytes)
  const signer = hex(fingerprint(publicKey))
  const root = hex(manifest.root)
  const { name, size, blockSize, files } = manifest
  const [encryption, delivery, mode] = [manifest.encryption, manifest.delivery, manifest.mode].map(optionName)
  const blocks = Math.ceil(size / blockSize)
  const price = manifest.price == null ? undefined : describePrice(manifest.price, size)

  return {
    data: { kind: 'manifest', signature: 'valid', signer, id: id.toString(), name, size, blockSize, blocks, root, hash: Number(manifest.hash), encryption, delivery, mode, price: price?.data, files },
    text: fields({
      manifest: `of "${name}"`,
      signature: 'valid',
      'signed by': signer,
      object: id.toString(),
      size: `${formatBytes(size)} (${size} bytes), ${blocks} blocks of ${formatBytes(blockSize)}`,
      'Merkle root': root,
      'hash function': treeHash(manifest.hash).name,
      encryption,
      hashes: delivery,
      mode,
      price: price?.text,
      files: files.length === 0 ? undefined : listed(files.map(({ path, size }) => `${path} (${formatBytes(size)})`))
    })
  }
}

async function inspectTicket (bytes: Uint8Array): Promise<Finding> {
  const { serial, client, object, notBefore, notAfter, standing, range, rate, book, issuer, ...ticket } = await openTicket(bytes)
  const mode = optionName(ticket.mode)
  const signer = hex(fingerprint(issuer))
  const number = hex(serial)

  return {
    data: { kind: 'ticket', signature: 'valid', signer, serial: number, client: client.toString(), object: object.toString(), mode, notBefore, notAfter, standing, range, rate, book, validNow: holdsNow(notBefore, notAfter) },
    text: fields({
      ticket: `lasts ${formatDuration(notAfter - notBefore)}`,
      signature: 'valid',
      'signed by': signer,
      client: client.toString(),
      object: object.toString(),
      ...validity(notBefore, notAfter),
      mode,
      standing: standing?.toString(),
      blocks: range == null ? undefined : `only ${range.count} from ${range.first}`,
      rate: rate == null ? undefined : `at most ${formatBytes(rate)}/s from one provider`,
      fee: book == null ? undefined : `${formatPercent(book.fee)} of a coin that a client is given`,
      bond: book == null ? undefined : `${book.bond}, for whoever is given a coin that was spent before`,
      'coins until': book == null ? undefined : formatTime(book.redeemUntil),
      serial: number
    })
  }
}

async function inspectRevocations (bytes: Uint8Array): Promise<Finding> {
  const { publicKey } = await unseal(REVOCATIONS, bytes)
  const { epoch, issued, entries } = await openRevocations(bytes, { issuer: publicKey })
  const signer = hex(fingerprint(publicKey))

  return {
    data: { kind: 'revocations', signature: 'valid', signer, epoch, issued, entries: entries.map(({ client, object, before }) => ({ client: client.toString(), object: object?.toString(), before })) },
    text: fields({
      revocations: `list ${epoch}`,
      signature: 'valid',
      'signed by': signer,
      issued: formatTime(issued),
      entries: entries.length === 0
        ? 'none'
        : listed(entries.map(({ client, object, before }) => `${client}: tickets from ${formatTime(before)} and earlier, ${object == null ? 'for every object' : `for ${object}`}`))
    })
  }
}

/** The wire's OBJECT_KEY is written object-key on the command line. */
function optionName (value: string): string {
  return value.toLowerCase().replaceAll('_', '-')
}

function validity (notBefore: number, notAfter: number): Record<string, string> {
  const now = Date.now()

  return {
    'valid from': formatTime(notBefore, now),
    'valid until': formatTime(notAfter, now),
    now: stateAt(now, notBefore, notAfter)
  }
}

function stateAt (now: number, notBefore: number, notAfter: number): string {
  if (now < notBefore) {
    return 'NOT YET VALID'
  }

  return now > notAfter ? 'EXPIRED' : 'valid'
}

function holdsNow (notBefore: number, notAfter: number): boolean {
  return notBefore <= Date.now() && Date.now() <= notAfter
}

function listed (lines: string[]): string {
  const rest = lines.length - MAX_LISTED

  return lines.slice(0, MAX_LISTED).concat(rest > 0 ? [`… and ${rest} more`] : []).map(line => `\n  ${line}`).join('')
}

function hex (bytes: Uint8Array): string {
  return toString(bytes, 'hex')
}
