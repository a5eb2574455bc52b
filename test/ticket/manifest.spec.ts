import { expect } from 'aegir/chai'
import { Encryption, encodeManifest, HashDelivery, Mode, objectId } from '../../src/object/manifest.ts'
import { fingerprint, openManifest, signManifest } from '../../src/ticket/index.ts'
import { key, object } from './fixtures.ts'

describe('signed manifest', () => {
  const payload = encodeManifest({
    size: 70_000,
    blockSize: 65_536,
    root: new Uint8Array(32).fill(7),
    hash: 0x12,
    encryption: Encryption.NONE,
    delivery: HashDelivery.PER_BLOCK,
    mode: Mode.PLAIN,
    name: 'a.bin',
    files: []
  })

  it('should be bound to its object and its server', async () => {
    const issuer = await key(1)
    const envelope = await signManifest(payload, issuer)
    const id = objectId(payload)
    const own = fingerprint(issuer.publicKey)
    const other = fingerprint((await key(2)).publicKey)

    const opened = await openManifest(envelope, { id, issuers: [other, own] })
    expect(opened.manifest).to.include({ size: 70_000, name: 'a.bin' })
    expect(opened.id.equals(id)).to.be.true()

    await expect(openManifest(envelope, { id: object(1), issuers: [own] })).to.eventually.be.rejectedWith('another object')
    await expect(openManifest(envelope, { id, issuers: [other] })).to.eventually.be.rejectedWith('another server')

    const tampered = envelope.slice()
    tampered[100] ^= 1
    await expect(openManifest(tampered)).to.eventually.be.rejected.with.property('name', 'InvalidRecordError')
  })

  it('should be refused when it breaks the rules although it is signed', async () => {
    await expect(openManifest(await signManifest(new Uint8Array([8, 1]), await key(1)))).to.eventually.be.rejected
      .with.property('name', 'InvalidManifestError')
  })
})
