import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { CERTIFICATE, TICKET } from '../../protocols/ticket/constants.ts'
import { Certificate } from '../../protocols/ticket/pb/records.ts'
import { fingerprint, openCertificate, sameServer, signRotation, supersedes } from '../../src/ticket/certificate.ts'
import { seal } from '../../src/ticket/envelope.ts'
import { certificate, HOUR, key, NOW, peer } from './fixtures.ts'
import type { Bytes } from '../../src/ticket/fields.ts'

describe('certificate', () => {
  const now = { now: NOW + HOUR }

  /** What an issuer signs that does not keep to the rules. */
  async function forged (fields: Partial<Certificate>, issuer = 1): Promise<Uint8Array> {
    const issuerKey = await key(issuer)

    return seal(CERTIFICATE, Certificate.encode({
      name: 'server',
      issuer: publicKeyToProtobuf(issuerKey.publicKey) as Bytes,
      nodes: [(await peer(2)).toMultihash().bytes as Bytes],
      notBefore: NOW,
      notAfter: NOW + HOUR,
      ...fields
    }), issuerKey)
  }

  async function rotated (...issuers: number[]): Promise<Uint8Array> {
    const rotations = []

    for (let i = 1; i < issuers.length; i++) {
      rotations.push(await signRotation(await key(issuers[i - 1]), (await key(issuers[i])).publicKey, i))
    }

    return certificate({ rotations }, issuers.at(-1))
  }

  it('should say who signs, who acts and where', async () => {
    const opened = await openCertificate(await certificate(), now)

    expect(opened).to.include({ name: 'server', epoch: 0, notBefore: NOW, notAfter: NOW + 24 * HOUR })
    expect(opened.nodes.map(String)).to.deep.equal([(await peer(2)).toString()])
    expect(opened.addresses.map(String)).to.deep.equal([`/ip4/127.0.0.1/tcp/4455/p2p/${await peer(2)}`])
    expect(opened.fingerprint).to.equalBytes(fingerprint((await key(1)).publicKey))
    expect(opened.fingerprints).to.have.lengthOf(1)
  })

  it('should tolerate clocks that differ by two minutes, not more', async () => {
    const envelope = await certificate()
    const end = NOW + 24 * HOUR

    await openCertificate(envelope, { now: NOW - 120_000 })
    await openCertificate(envelope, { now: end + 120_000 })
    await expect(openCertificate(envelope, { now: NOW - 120_001 })).to.eventually.be.rejected
      .with.include({ name: 'CertificateValidityError', code: 'not-yet-valid' })
    await expect(openCertificate(envelope, { now: end + 120_001 })).to.eventually.be.rejected
      .with.include({ name: 'CertificateValidityError', code: 'expired' })
    await openCertificate(envelope, { now: end + HOUR, ignoreValidity: true })
  })

  it('should follow a key through its rotations', async () => {
    const first = await openCertificate(await rotated(1), now)
    const third = await openCertificate(await rotated(1, 3, 4), now)

    expect(third.epoch).to.equal(2)
    expect(third.fingerprints[0]).to.equalBytes(first.fingerprint)
    expect(sameServer(first, third)).to.be.true()
    expect(supersedes(third, first)).to.be.true()
    expect(supersedes(first, third)).to.be.false()
  })

  it('should let a later certificate of the same key replace an earlier one', async () => {
    const earlier = await openCertificate(await certificate(), now)
    const later = await openCertificate(await certificate({ notBefore: NOW + 1 }), now)

    expect(supersedes(later, earlier)).to.be.true()
    expect(supersedes(earlier, later)).to.be.false()
    expect(supersedes(earlier, earlier)).to.be.false()
  })

  it('should see two histories that contradict each other', async () => {
    const one = await openCertificate(await rotated(1, 3), now)
    const other = await openCertificate(await rotated(1, 4), now)
    const longer = await openCertificate(await rotated(1, 4, 5), now)
    const stranger = await openCertificate(await rotated(6), now)

    for (const [a, b] of [[one, other], [one, longer], [one, stranger]]) {
      expect(sameServer(a, b)).to.be.false()
      expect(supersedes(a, b) || supersedes(b, a)).to.be.false()
    }
  })

  it('should refuse rotations that the earlier key did not sign', async () => {
    const [first, next, other] = [await key(1), await key(3), await key(4)]
    const good = await signRotation(first, next.publicKey, 1)
    const signature = good.signature.slice()
    signature[5] ^= 1

    for (const rotations of [
      [{ ...good, signature }],
      [{ ...good, signature: new Uint8Array(0) }],
      [await signRotation(first, other.publicKey, 1)],
      [await signRotation(first, next.publicKey, 2)],
      [{ ...await signRotation(other, next.publicKey, 1), previous: good.previous }],
      [{ ...good, previous: new Uint8Array(36) }],
      [{ ...good, previous: new Uint8Array(0) }]
    ]) {
      await expect(forged({ epoch: 1, rotations }, 3).then(async envelope => openCertificate(envelope, now)))
        .to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    }
  })

  it('should refuse a lineage that returns to an earlier key', async () => {
    await expect(rotated(1, 3, 1)).to.eventually.be.rejectedWith('returns to an earlier key')
  })

  it('should refuse what is signed but breaks the rules', async () => {
    const node = (await peer(2)).toMultihash().bytes as Bytes
    const foreign = multiaddr(`/ip4/127.0.0.1/tcp/1/p2p/${await peer(9)}`).bytes as Bytes
    const cases: Record<string, Partial<Certificate>> = {
      'another issuer': { issuer: publicKeyToProtobuf((await key(9)).publicKey) as Bytes },
      'no issuer': { issuer: new Uint8Array(0) },
      'long issuer': { issuer: new Uint8Array(300) },
      'no node': { nodes: [] },
      'false node': { nodes: [new Uint8Array([1, 2, 3])] },
      'long node': { nodes: [new Uint8Array(65)] },
      'address of another node': { addresses: [foreign] },
      'address of no node': { addresses: [multiaddr('/ip4/127.0.0.1/tcp/1').bytes as Bytes] },
      'false address': { addresses: [new Uint8Array([4, 1])] },
      'long name': { name: 'ä'.repeat(128) },
      'no time': { notAfter: NOW },
      'epoch without rotation': { epoch: 1 },
      'too many nodes': { nodes: new Array(65).fill(node) }
    }

    for (const [name, fields] of Object.entries(cases)) {
      await expect(forged(fields).then(async envelope => openCertificate(envelope, now)), name)
        .to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    }
  })

  it('should not take another record for a certificate', async () => {
    const envelope = await seal({ ...CERTIFICATE, payloadType: TICKET.payloadType }, Certificate.encode({}), await key(1))
    await expect(openCertificate(envelope)).to.eventually.be.rejectedWith('payload type')

    const other = await seal({ ...CERTIFICATE, domain: TICKET.domain }, Certificate.encode({}), await key(1))
    await expect(openCertificate(other)).to.eventually.be.rejectedWith('signed')
  })

  it('should refuse too large envelopes unread', async () => {
    await expect(openCertificate(new Uint8Array(16 * 1024 + 1))).to.eventually.be.rejectedWith('bytes')
    await expect(forged({ name: 'x'.repeat(17_000) })).to.eventually.be.rejectedWith('bytes')
  })

  it('should refuse any envelope with a changed byte or a missing end', async () => {
    const envelope = await certificate()

    await fc.assert(fc.asyncProperty(fc.nat(envelope.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const tampered = envelope.slice()
      tampered[at] ^= change
      await expect(openCertificate(tampered, now)).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
      await expect(openCertificate(envelope.subarray(0, at), now)).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
    }), { seed: 1, numRuns: 300 })
  })
})
