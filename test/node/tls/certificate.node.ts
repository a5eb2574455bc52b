import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { createCertificate, verifyCertificate } from '../../../src/node/tls/certificate.ts'
import { CERTIFICATE_BACKDATED, CERTIFICATE_LIFETIME } from '../../../src/node/tls/constants.ts'
import { BAD_CERTIFICATES } from './fixtures/bad-certificates.ts'
import { ED25519, OTHER_EXTENSION, craft, extension } from './fixtures/craft.ts'

describe('tls: certificates', () => {
  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`name the peer whose key is ${type}`, async () => {
      const hostKey = await generateKeyPair(type as 'Ed25519')
      const { cert, key } = await createCertificate(hostKey)
      const certificate = new X509Certificate(cert)
      const peer = peerIdFromPrivateKey(hostKey)

      expect((await verifyCertificate(certificate, peer)).equals(peer)).to.be.true()
      expect(key).to.include('PRIVATE KEY')
      expect(certificate.subject).to.equal('CN=libp2p')
      // written in the form for years from 2050 on
      expect(certificate.validToDate.getTime() - Date.now()).to.be.closeTo(CERTIFICATE_LIFETIME, 60_000)
      expect(Date.now() - certificate.validFromDate.getTime()).to.be.closeTo(CERTIFICATE_BACKDATED, 60_000)
    })
  }

  it('are another one every time', async () => {
    const hostKey = await generateKeyPair('Ed25519')
    const [a, b] = await Promise.all([createCertificate(hostKey), createCertificate(hostKey)])

    expect(new X509Certificate(a.cert).serialNumber).to.not.equal(new X509Certificate(b.cert).serialNumber)
    expect(a.key).to.not.equal(b.key)
  })

  it('may have other extensions, and keys of Ed25519 and RSA', async () => {
    for (const init of [
      { extensions: (libp2p: Uint8Array) => [extension(OTHER_EXTENSION, Uint8Array.of(0x30, 0)), libp2p, extension('2a0304', new Uint8Array(9), false)] },
      { keys: generateKeyPairSync('ed25519'), algorithm: ED25519, hash: null },
      { keys: generateKeyPairSync('rsa', { modulusLength: 2_048 }), algorithm: '2a864886f70d01010b' }
    ]) {
      const { der, hostKey } = await craft(init)

      expect((await verifyCertificate(new X509Certificate(der))).equals(peerIdFromPrivateKey(hostKey))).to.be.true()
    }
  })

  it('are refused when they are of another peer', async () => {
    const { der } = await craft()
    const expected = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

    await expect(verifyCertificate(new X509Certificate(der), expected)).to.eventually.be.rejected().with.property('name', 'UnexpectedPeerError')
  })

  for (const [what, init] of Object.entries(BAD_CERTIFICATES)) {
    it(`are refused: one ${what}`, async () => {
      const { der } = await craft(init())

      await expect(verifyCertificate(new X509Certificate(der))).to.eventually.be.rejected().with.property('name', 'InvalidCryptoExchangeError')
    })
  }

  it('are refused with any bit changed', async () => {
    const { der } = await craft()

    await fc.assert(fc.asyncProperty(fc.nat(der.byteLength * 8 - 1), async bit => {
      const changed = Uint8Array.from(der)
      changed[bit >> 3] ^= 1 << (bit & 7)
      let certificate: X509Certificate

      try {
        certificate = new X509Certificate(changed)
      } catch {
        return
      }

      await expect(verifyCertificate(certificate)).to.eventually.be.rejected().with.property('name', 'InvalidCryptoExchangeError')
    }), { numRuns: 500 })
  })

  it('are refused whatever they are, also by a parser that OpenSSL has not been in front of', async () => {
    const { der } = await craft()
    const fake = (raw: Uint8Array): X509Certificate => ({ raw, validFromDate: new Date(0), validToDate: new Date(1e14), verify: () => true }) as unknown as X509Certificate
    const cutOrPatched = fc.tuple(fc.nat(der.byteLength - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, patch]) => {
      const changed = Uint8Array.from(der)
      changed.set(patch.subarray(0, changed.byteLength - at), at)

      return changed.subarray(0, Math.max(at, der.byteLength - patch[0]))
    })

    await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), cutOrPatched), async raw => {
      await verifyCertificate(fake(raw)).then(peer => {
        // what is changed is not read here: numbers, names, the signature
        expect(peer.type).to.equal('Ed25519')
      }, err => {
        expect(err.name).to.equal('InvalidCryptoExchangeError')
      })
    }), { numRuns: 1_000 })
  })
})
