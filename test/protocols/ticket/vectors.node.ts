import { readFile } from 'node:fs/promises'
import { generateKeyPairFromSeed, publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { TicketRequest, TicketResponse } from '../../../protocols/ticket/index.ts'
import { checkRequest, checkResponse } from '../../../protocols/ticket/messages.ts'
import { Mode } from '../../../protocols/ticket/pb/records.ts'
import { parseLink } from '../../../src/link/link.ts'
import { parseWellKnown } from '../../../src/link/well-known.ts'
import { CoinValues, Geometry } from '../../../src/object/index.ts'
import { fingerprint, openCertificate, openManifest, openRevocations, verifyTicket } from '../../../src/ticket/index.ts'
import { readable } from '../../vectors/ack.ts'
import { createVectors, VECTORS } from '../../vectors/ticket.ts'
import type { TicketVectors } from '../../vectors/ticket.ts'
import type { PublicKey } from '@libp2p/interface'

const MODES = [Mode.PLAIN, Mode.PROOF, Mode.PURCHASE]

describe('ticket test vectors', () => {
  const bytes = (hex: string): Uint8Array => fromString(hex, 'hex')
  const hex = (array: Uint8Array): string => toString(array, 'hex')
  let vectors: TicketVectors

  before(async () => {
    vectors = JSON.parse(await readFile(VECTORS, 'utf8'))
  })

  const issuerKey = (name: string): PublicKey => publicKeyFromProtobuf(bytes(vectors.keys[name].publicKey))

  it('should be what this implementation writes', async () => {
    expect(vectors).to.deep.equal(JSON.parse(JSON.stringify(await createVectors())))
  })

  it('should give the keys from their seeds', async () => {
    for (const { seed, publicKey, fingerprint: expected, peerId } of Object.values(vectors.keys)) {
      const key = await generateKeyPairFromSeed('Ed25519', bytes(seed))

      expect(`${peerIdFromPrivateKey(key)}`).to.equal(peerId)
      expect(key.publicKey.equals(publicKeyFromProtobuf(bytes(publicKey)))).to.be.true()
      expect(hex(fingerprint(key.publicKey))).to.equal(expected)
    }
  })

  it('should be read: certificates', async () => {
    for (const { envelope, issuer, now, epoch, notBefore, notAfter, addresses, fingerprints } of vectors.certificates) {
      const opened = await openCertificate(bytes(envelope), { now })

      expect(opened).to.include({ epoch, notBefore, notAfter })
      expect(opened.addresses.map(String)).to.deep.equal(addresses)
      expect(opened.fingerprints.map(hex)).to.deep.equal(fingerprints)
      expect(opened.publicKey.equals(issuerKey(issuer))).to.be.true()
    }
  })

  it('should be read: manifests', async () => {
    for (const { envelope, issuer, object, fields } of vectors.manifests) {
      const { manifest } = await openManifest(bytes(envelope), { id: CID.parse(object), issuers: [bytes(vectors.keys[issuer].fingerprint)] })

      expect({ ...manifest, root: hex(manifest.root) }).to.deep.equal(fields)
    }
  })

  it('should be read: tickets', async () => {
    for (const { envelope, issuer, client, object, now, serial, mode, standing, notBefore, notAfter, range, rate, book } of vectors.tickets) {
      const ticket = await verifyTicket(bytes(envelope), { issuer: issuerKey(issuer), client: peerIdFromString(client), object: CID.parse(object), mode: MODES[mode], now })

      expect(hex(ticket.serial)).to.equal(serial)
      expect(ticket).to.deep.include({ standing, notBefore, notAfter, range, rate, book })
    }
  })

  it('should be what coins are worth', () => {
    for (const { amount, per, size, blockSize, total, runs } of vectors.prices) {
      const values = new CoinValues({ amount, per, unit: 'cent' }, new Geometry(size, blockSize))

      expect(values.total).to.equal(total)
      runs.forEach(({ first, count, worth }) => { expect(values.run(first, count), `${amount} for ${per}, ${count} coins from ${first} on`).to.equal(worth) })
    }
  })

  it('should be messages', () => {
    for (const { name, message, encoded } of vectors.requests) {
      const request = TicketRequest.decode(bytes(encoded))
      expect(() => { checkRequest(request) }, name).to.not.throw()
      expect(readable(request), name).to.deep.equal(message)
    }

    for (const { name, message, encoded } of vectors.responses) {
      const response = TicketResponse.decode(bytes(encoded))
      expect(() => { checkResponse(response) }, name).to.not.throw()
      expect(readable(response), name).to.deep.equal(message)
    }
  })

  it('should be read: revocation lists', async () => {
    for (const { envelope, issuer, epoch, issued, entries } of vectors.revocations) {
      const list = await openRevocations(bytes(envelope), { issuer: issuerKey(issuer) })

      expect(list).to.include({ epoch, issued })
      expect(JSON.parse(JSON.stringify(list.entries.map(({ client, object, before }) => ({ client: `${client}`, object: object?.toString(), before }))))).to.deep.equal(entries)
    }
  })

  it('should be read: links', () => {
    for (const { link, server, fingerprint, object, addresses, name } of vectors.links) {
      const parsed = parseLink(link)

      expect({ server: `${parsed.server}`, fingerprint: hex(parsed.fingerprint), object: parsed.object?.toString(), addresses: parsed.addresses.map(String), name: parsed.name })
        .to.deep.equal({ server, fingerprint, object, addresses, name })
    }

    expect(parseWellKnown(vectors.wellKnown).objects[0].link).to.equal(vectors.links[0].link)
  })

  it('should be refused where they are invalid', async () => {
    const { certificates, tickets, manifests, revocations, prices, requests, responses, links } = vectors.invalid

    for (const { reason, now, envelope } of certificates) {
      await expect(openCertificate(bytes(envelope), { now }), reason).to.eventually.be.rejected
        .with.property('name').that.is.oneOf(['InvalidRecordError', 'CertificateValidityError'])
    }

    for (const { reason, code, issuer, client, object, now, mode, envelope } of tickets) {
      await expect(verifyTicket(bytes(envelope), { issuer: issuerKey(issuer), client: peerIdFromString(client), object: CID.parse(object), mode: MODES[mode], now }), reason)
        .to.eventually.be.rejected.with.include({ name: 'TicketError', code })
    }

    for (const { reason, issuer, object, envelope } of manifests) {
      await expect(openManifest(bytes(envelope), { id: CID.parse(object), issuers: [bytes(vectors.keys[issuer].fingerprint)] }), reason)
        .to.eventually.be.rejected.with.property('name').that.is.oneOf(['InvalidRecordError', 'InvalidManifestError'])
    }

    for (const { reason, encoded } of requests) {
      expect(() => { checkRequest(TicketRequest.decode(bytes(encoded))) }, reason).to.throw()
    }

    for (const { reason, encoded } of responses) {
      expect(() => { checkResponse(TicketResponse.decode(bytes(encoded))) }, reason).to.throw()
    }

    for (const { reason, issuer, envelope } of revocations) {
      await expect(openRevocations(bytes(envelope), { issuer: issuerKey(issuer) }), reason).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    }

    for (const { reason, size, ...price } of prices) {
      expect(() => new CoinValues(price, new Geometry(size, 65_536)), reason).to.throw().with.property('name', 'InvalidParametersError')
    }

    for (const { reason, link } of links) {
      expect(() => parseLink(link), reason).to.throw().with.property('name', 'InvalidLinkError')
    }
  })
})
