import { readdir, rename, writeFile } from 'node:fs/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { Access } from '../../src/server/access.ts'
import { Issuer } from '../../src/server/issuer.ts'
import { openCertificate, supersedes } from '../../src/ticket/certificate.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { Homes } from './fixtures.ts'
import type { Home } from '../../src/home/home.ts'
import type { Subject } from '../../src/server/issuer.ts'

describe('issuer', () => {
  const homes = new Homes()
  let home: Home
  let subject: Subject

  before(async () => {
    const node = await peer(2)
    subject = { name: 'server', nodes: [node], addresses: [multiaddr(`/ip4/127.0.0.1/tcp/4455/p2p/${node}`)] }
  })

  beforeEach(async () => {
    home = await homes.open()
  })

  afterEach(async () => {
    await homes.clean()
  })

  /** As after a new start. */
  async function restarted (): Promise<Issuer> {
    return new Issuer(home, (await homes.open(home.path)).database())
  }

  it('should keep its certificate', async () => {
    const { certificate } = await (await restarted()).identity(subject)
    const { key, certificate: again } = await (await restarted()).identity(subject)

    expect(again.envelope).to.equalBytes(certificate.envelope)
    expect(key.publicKey.equals(again.publicKey)).to.be.true()
    expect(again.epoch).to.equal(0)
    await openCertificate(again.envelope)
  })

  it('should sign it anew when what it says has changed', async () => {
    const issuer = await restarted()
    let last = (await issuer.identity(subject)).certificate

    for (const change of [{ name: 'other' }, { addresses: [] }, { nodes: [...subject.nodes, await peer(5)] }]) {
      const { certificate } = await issuer.identity({ ...subject, ...change })
      expect(supersedes(certificate, last)).to.be.true()
      expect(certificate.fingerprint).to.equalBytes(last.fingerprint)
      last = certificate
    }
  })

  it('should not mind the order of addresses, and take 16 of them', async () => {
    const issuer = await restarted()
    const addresses = Array.from({ length: 20 }, (_, i) => multiaddr(`/ip4/127.0.0.1/tcp/${i + 1}/p2p/${subject.nodes[0]}`))
    const { certificate } = await issuer.identity({ ...subject, addresses })
    const again = await issuer.identity({ ...subject, addresses: [...addresses.slice(0, 16).reverse(), ...addresses.slice(16)] })

    expect(certificate.addresses).to.have.lengthOf(16)
    expect(again.certificate.envelope).to.equalBytes(certificate.envelope)
  })

  it('should sign it anew before it ends, and after a clock that was ahead', async () => {
    const issuer = await restarted()
    const { now } = Date

    try {
      Date.now = () => now() + 100 * 24 * 3_600_000
      const ahead = (await issuer.identity(subject)).certificate
      Date.now = now
      const right = (await issuer.identity(subject)).certificate
      expect(right.notBefore).to.be.lessThan(ahead.notBefore)
      await openCertificate(right.envelope)

      Date.now = () => right.notAfter - 24 * 3_600_000
      const next = (await issuer.identity(subject)).certificate
      expect(supersedes(next, right)).to.be.true()
    } finally {
      Date.now = now
    }
  })

  it('should rotate its key, keep the old one nowhere, and void its tickets', async () => {
    const issuer = await restarted()
    const access = new Access(home.database())
    const first = (await issuer.identity(subject)).certificate
    access.revoke(await peer(3), object(1))
    const epoch = access.epoch()

    const second = (await issuer.rotate()).certificate
    const third = (await issuer.rotate()).certificate
    const { key, certificate } = await (await restarted()).identity(subject)

    expect(certificate.envelope).to.equalBytes(third.envelope)
    expect(key.publicKey.equals(third.publicKey)).to.be.true()
    expect(supersedes(second, first)).to.be.true()
    expect(supersedes(third, first)).to.be.true()
    expect((await readdir(home.path)).filter(name => name.endsWith('.key'))).to.deep.equal(['issuer.key'])
    expect(access.revocations().entries).to.be.empty()
    expect(access.epoch()).to.be.greaterThan(epoch)
  })

  it('should use a key that another process has rotated to', async () => {
    const [running, admin] = [await restarted(), await restarted()]
    await running.identity(subject)
    const { certificate } = await admin.rotate()

    expect((await running.identity(subject)).certificate.envelope).to.equalBytes(certificate.envelope)
  })

  it('should have nothing to rotate before it has served', async () => {
    await expect((await restarted()).rotate()).to.eventually.be.rejected.with.property('name', 'NotFoundError')
  })

  describe('when a rotation is interrupted', () => {
    it('should keep the old key if the database has not taken the new one', async () => {
      const { certificate } = await (await restarted()).identity(subject)
      await writeFile(home.join('issuer.0123456789abcdef.key'), privateKeyToProtobuf(await generateKeyPair('Ed25519')))

      expect((await (await restarted()).identity(subject)).certificate.envelope).to.equalBytes(certificate.envelope)
    })

    it('should take up the new key if the database has', async () => {
      const issuer = await restarted()
      const old = (await issuer.identity(subject)).key
      const { key, certificate } = await issuer.rotate()
      const name = Buffer.from(certificate.fingerprint.subarray(0, 8)).toString('hex')
      await rename(home.join('issuer.key'), home.join(`issuer.${name}.key`))
      await writeFile(home.join('issuer.key'), privateKeyToProtobuf(old as any))

      const resumed = await (await restarted()).identity(subject)
      expect(resumed.key.publicKey.equals(key.publicKey)).to.be.true()
      expect((await home.privateKey('issuer')).equals(key)).to.be.true()
    })

    it('should leave the old key when the certificate cannot be stored', async () => {
      const issuer = await restarted()
      const { certificate } = await issuer.identity(subject)
      home.database().exec('CREATE TRIGGER broken BEFORE INSERT ON server_certificate BEGIN SELECT RAISE(ABORT, \'disk full\'); END')

      await expect(issuer.rotate()).to.eventually.be.rejectedWith('disk full')
      expect((await issuer.identity(subject)).certificate.envelope).to.equalBytes(certificate.envelope)
      expect((await readdir(home.path)).filter(name => name.endsWith('.key'))).to.deep.equal(['issuer.key'])
    })
  })

  it('should not go on with a key that is not its own', async () => {
    await (await restarted()).identity(subject)
    await writeFile(home.join('issuer.key'), privateKeyToProtobuf(await generateKeyPair('Ed25519')))

    await expect((await restarted()).identity(subject)).to.eventually.be.rejected.with.property('name', 'DamagedHomeError')
  })
})
