import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { Pins } from '../../src/client/index.ts'
import { Home } from '../../src/home/index.ts'
import { createCertificate, fingerprint, signRotation } from '../../src/ticket/index.ts'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'

describe('pins', () => {
  let folder: string
  let home: Home
  let pins: Pins
  let server: PeerId
  let key: Ed25519PrivateKey
  let other: Ed25519PrivateKey

  async function certificate (issuer: Ed25519PrivateKey, rotatedFrom: Ed25519PrivateKey[] = [], age = 1_000, nodes = [server]): Promise<Uint8Array> {
    const keys = [...rotatedFrom, issuer]
    const rotations = await Promise.all(rotatedFrom.map(async (previous, i) => signRotation(previous, keys[i + 1].publicKey, i + 1)))

    return createCertificate({ name: 'test', nodes, addresses: [], notBefore: Date.now() - age, notAfter: Date.now() + 3_600_000, rotations }, issuer)
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-pins-'))
    home = await Home.open(folder)
    pins = await Pins.open(home)
    key = await generateKeyPair('Ed25519')
    other = await generateKeyPair('Ed25519')
    server = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  })

  afterEach(async () => {
    home.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('pins what it sees first, and remembers it', async () => {
    const envelope = await certificate(key)
    await pins.consider(envelope, { server, fingerprint: fingerprint(key.publicKey) })
    const again = await Pins.open(home)
    expect(again.trusted(fingerprint(key.publicKey))?.envelope).to.equalBytes(envelope)
    expect(again.trusted(fingerprint(other.publicKey))).to.be.undefined()
    await expect(again.consider(await certificate(other), { server })).to.eventually.be.rejected.with.property('name', 'ServerChangedError')
  })

  it('takes nothing that nobody vouches for', async () => {
    await expect(pins.consider(await certificate(key))).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    expect(pins.trusted(fingerprint(key.publicKey))).to.be.undefined()
  })

  it('keeps the newer of two certificates of one key', async () => {
    const [older, newer] = [await certificate(key, [], 2_000), await certificate(key, [], 1_000)]
    await pins.consider(newer, { server })
    expect((await pins.consider(older)).envelope).to.equalBytes(newer)
    expect(pins.trusted(fingerprint(key.publicKey))?.envelope).to.equalBytes(newer)
  })

  it('follows a rotation that the old key signed, and never goes back', async () => {
    const [before, after] = [await certificate(key), await certificate(other, [key])]
    await pins.consider(before, { server })
    expect((await pins.consider(after)).epoch).to.equal(1)
    expect((await pins.consider(before, { server, fingerprint: fingerprint(key.publicKey) })).epoch).to.equal(1)
    expect(pins.trusted(fingerprint(key.publicKey))?.epoch).to.equal(1)
    expect(pins.trusted(fingerprint(other.publicKey))?.epoch).to.equal(1)
    expect((await Pins.open(home)).trusted(fingerprint(other.publicKey))?.epoch).to.equal(1)
  })

  it('refuses two rotations of one key, and writes both down once', async () => {
    const third = await generateKeyPair('Ed25519')
    await pins.consider(await certificate(other, [key]), { server })
    const fork = await certificate(third, [key])

    for (let i = 0; i < 2; i++) {
      const err = await pins.consider(fork).then(() => undefined, err => err)
      expect(err).to.have.property('name', 'ServerChangedError')
      expect(err.evidence).to.include(home.path)
    }

    expect(await readdir(home.join('conflicts'))).to.have.lengthOf(1)
    expect(pins.trusted(fingerprint(third.publicKey))).to.be.undefined()
  })

  it('names no evidence that a flood of forged certificates kept from being written', async () => {
    await pins.consider(await certificate(key), { server })

    for (let i = 0; i < 65; i++) {
      const forged = await certificate(await generateKeyPair('Ed25519'))
      const err = await pins.consider(forged, { fingerprint: fingerprint(key.publicKey) }).then(() => undefined, err => err)
      expect(err).to.have.property('name', 'ServerChangedError')
      expect(err.evidence != null, `conflict ${i}`).to.equal(i < 64)
    }

    expect(await readdir(home.join('conflicts'))).to.have.lengthOf(64)
  })

  it('refuses a server or domain that is another one than before, until it is told to forget', async () => {
    await pins.consider(await certificate(key), { server, domain: 'example.org' })
    const changed = await certificate(other)

    for (const subject of [{ server }, { domain: 'example.org' }]) {
      await expect(pins.consider(changed, subject)).to.eventually.be.rejected.with.property('name', 'ServerChangedError')
      expect(pins.forget(subject)).to.be.true()
      expect(pins.forget(subject)).to.be.false()
      await pins.consider(changed, subject)
    }
  })

  it('refuses a certificate that is not of the link\'s key', async () => {
    const err = await pins.consider(await certificate(other), { server, fingerprint: fingerprint(key.publicKey) }).then(() => undefined, err => err)
    expect(err).to.have.property('name', 'ServerChangedError')
    expect(err.shown).to.equalBytes(fingerprint(other.publicKey))
    expect(err.expected).to.equalBytes(fingerprint(key.publicKey))
    expect(pins.trusted(fingerprint(other.publicKey))).to.be.undefined()
  })
})
