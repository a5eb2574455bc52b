import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { generateKeyPair as generateIdentity } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { TicketRequest, TicketStatus } from '../../protocols/ticket/index.ts'
import { escrowSecret, ticketSerial } from '../../src/exchange/index.ts'
import { parseLink } from '../../src/link/link.ts'
import { Mode } from '../../src/object/manifest.ts'
import { Access } from '../../src/server/access.ts'
import { Tokens } from '../../src/server/tokens.ts'
import { openCertificate } from '../../src/ticket/certificate.ts'
import { openManifest } from '../../src/ticket/manifest.ts'
import { openRevocations } from '../../src/ticket/revocation.ts'
import { openTicket, verifyTicket } from '../../src/ticket/ticket.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { createOrigin, Homes, published } from './fixtures.ts'
import type { TicketResponse } from '../../protocols/ticket/index.ts'
import type { Home } from '../../src/home/home.ts'
import type { Origin, PublishedObject } from '../../src/server/origin.ts'
import type { Authorize, Policy } from '../../src/server/policy.ts'
import type { PeerId } from '@libp2p/interface'
import type { CryptoKey } from 'jose'
import type { AddressInfo } from 'node:net'

describe('origin', () => {
  const homes = new Homes()
  let home: Home
  let film: PublishedObject
  let client: PeerId

  beforeEach(async () => {
    home = await homes.open()
    film = await published('film')
    client = await peer(3)
  })

  afterEach(async () => {
    await homes.clean()
  })

  async function ask (origin: Origin, request: Partial<TicketRequest> = {}, who = client): Promise<Partial<TicketResponse>> {
    return origin.answer(TicketRequest.decode(TicketRequest.encode({ object: film.id.bytes as Uint8Array<ArrayBuffer>, ...request })), who)
  }

  async function withPolicy (policy: Policy, authorize?: Authorize): Promise<Origin> {
    const origin = await createOrigin(home, [film], { authorize })
    origin.setPolicy(film.id, policy)

    return origin
  }

  const statusOf = async (response: Promise<Partial<TicketResponse>>): Promise<string | undefined> => (await response).status

  it('should give all that a client needs in one answer', async () => {
    const origin = await createOrigin(home, [film])
    const response = await ask(origin)
    const certificate = await openCertificate(response.certificate as Uint8Array)

    expect(response.status).to.equal(TicketStatus.TICKET_OK)
    const ticket = await verifyTicket(response.ticket as Uint8Array, { issuer: certificate.publicKey, client, object: film.id })
    expect(ticket.notAfter - ticket.notBefore).to.equal(3_600_000)
    expect((await openManifest(response.manifest as Uint8Array, { id: film.id })).manifest.name).to.equal('film')
    expect(response.secrets).to.deep.equal({ objectKey: film.objectKey, swarmSecret: film.swarmSecret })
    expect((await openRevocations(response.revocations as Uint8Array, { issuer: certificate.publicKey })).epoch).to.equal(1)
  })

  describe('mode proof', () => {
    const root = new Uint8Array(32).fill(9)

    beforeEach(async () => {
      film = await published('film', Mode.PROOF)
    })

    it('should give standing, escrow secret and a serial that renewing does not change', async () => {
      const origin = await createOrigin(home, [film], {}, { escrowRoot: async () => root, standing: who => who.equals(client) ? 7 : 1 })
      const [first, second, other] = [await ask(origin), await ask(origin), await ask(origin, {}, await peer(4))]
      const tickets = await Promise.all([first, second, other].map(async ({ ticket }) => openTicket(ticket as Uint8Array)))

      expect(tickets.map(({ mode, standing }) => ({ mode, standing }))).to.deep.equal([7, 7, 1].map(standing => ({ mode: Mode.PROOF, standing })))
      expect(tickets[0].serial).to.equalBytes(tickets[1].serial)
      expect(tickets[0].serial).to.equalBytes(ticketSerial(root, client, film.id, tickets[0].notBefore))
      expect(tickets[0].serial).to.not.equalBytes(tickets[2].serial)
      expect(first.secrets?.escrowSecret).to.equalBytes(escrowSecret(root, client.toMultihash().bytes))
      expect(other.secrets?.escrowSecret).to.not.equalBytes(first.secrets?.escrowSecret as Uint8Array)
    })

    it('should begin at a standing of 1', async () => {
      const { ticket } = await ask(await createOrigin(home, [film], {}, { escrowRoot: async () => root }))

      expect((await openTicket(ticket as Uint8Array)).standing).to.equal(1)
    })

    it('should refuse identities of another kind, for that object alone', async () => {
      const plain = await published('plain')
      const origin = await createOrigin(home, [film, plain], {}, { escrowRoot: async () => root })
      const other = peerIdFromPrivateKey(await generateIdentity('secp256k1'))

      expect(await ask(origin, {}, other)).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'The object is served in mode proof, which takes a client with an Ed25519 identity' })
      expect(await statusOf(ask(origin, { object: plain.id.bytes as Uint8Array<ArrayBuffer> }, other))).to.equal(TicketStatus.TICKET_OK)
    })
  })

  it('should leave out what the client has', async () => {
    const response = await ask(await createOrigin(home, [film]), { haveManifest: true, revocationEpoch: 1 })

    expect(response.ticket).to.be.ok()
    expect(response.manifest).to.be.undefined()
    expect(response.revocations).to.be.undefined()
  })

  it('should give certificate and revocations without an object', async () => {
    const response = await ask(await createOrigin(home, [film]), { object: undefined })

    expect(response.certificate).to.be.ok()
    expect(response.revocations).to.be.ok()
    expect(response.ticket).to.be.undefined()
    expect(response.secrets).to.be.undefined()
  })

  it('should say so when it is not the server, does not have the object, or there is no such id', async () => {
    const origin = await createOrigin(home, [film])

    expect(await statusOf(ask(origin, { fingerprint: new Uint8Array(32) }))).to.equal(TicketStatus.TICKET_WRONG_SERVER)
    expect(await statusOf(ask(origin, { object: object(1).bytes as Uint8Array<ArrayBuffer> }))).to.equal(TicketStatus.TICKET_NOT_FOUND)
    expect(await statusOf(ask(origin, { object: new Uint8Array(36) }))).to.equal(TicketStatus.TICKET_MALFORMED)
  })

  it('should answer for the keys that it had before', async () => {
    const origin = await createOrigin(home, [film])
    const first = await origin.certificate()
    const before = await ask(origin)
    const second = await origin.rotate()
    const response = await ask(origin, { fingerprint: first.fingerprint as Uint8Array<ArrayBuffer>, revocationEpoch: 1 })

    expect(response.status).to.equal(TicketStatus.TICKET_OK)
    await verifyTicket(response.ticket as Uint8Array, { issuer: second.publicKey, client, object: film.id })
    await expect(verifyTicket(before.ticket as Uint8Array, { issuer: second.publicKey, client, object: film.id })).to.eventually.be.rejected
      .with.property('code', 'foreign')
    await openRevocations(response.revocations as Uint8Array, { issuer: second.publicKey })
  })

  it('should send 16 hints with 8 addresses each at most', async () => {
    const hint = { id: client.toMultihash().bytes as Uint8Array<ArrayBuffer>, addresses: new Array(9).fill(new Uint8Array(0)) }
    const origin = await createOrigin(home, [film], {}, { hints: () => new Array(17).fill(hint) })
    const { hints } = await ask(origin)

    expect(hints).to.have.lengthOf(16)
    expect(hints?.every(({ addresses }) => addresses.length === 8)).to.be.true()
  })

  it('should give links that a person can paste', async () => {
    const origin = await createOrigin(home, [film])
    const link = parseLink(await origin.link(film.id))
    const { fingerprint } = await origin.certificate()

    expect(link).to.include({ name: 'film' })
    expect(link.fingerprint).to.equalBytes(fingerprint)
    expect(link.addresses).to.have.lengthOf(1)
    await expect(origin.link(object(1))).to.eventually.be.rejected.with.property('name', 'NotFoundError')
  })

  it('should keep policies, and use the default for objects without one', async () => {
    const origin = await withPolicy({ kind: 'list' })
    const again = await createOrigin(home, [film], { policy: { kind: 'token' } })

    expect(again.policy(film.id)).to.deep.equal({ kind: 'list' })
    origin.setPolicy(film.id)
    expect(again.policy(film.id)).to.deep.equal({ kind: 'token' })
    expect(origin.policy(film.id)).to.deep.equal({ kind: 'open' })
    expect(() => { origin.setPolicy(film.id, { kind: 'closed' as 'open' }) }).to.throw('no policy')
    expect(() => { origin.setPolicy(film.id, { kind: 'jwt', jwks: 'http://example.org/jwks' }) }).to.throw('https')
  })

  it('should not take a lifetime that no ticket can have', async () => {
    await expect(createOrigin(home, [], { ticketLifetime: 10 })).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    await expect(createOrigin(home, [], { ticketLifetime: 31 * 86_400_000 })).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
  })

  describe('policy list', () => {
    it('should admit who was granted access', async () => {
      const origin = await withPolicy({ kind: 'list' })
      const access = new Access(home.database())

      expect(await statusOf(ask(origin))).to.equal(TicketStatus.TICKET_REFUSED)
      access.grant(client)
      expect(await statusOf(ask(origin))).to.equal(TicketStatus.TICKET_OK)
      expect(await statusOf(ask(origin, {}, await peer(4)))).to.equal(TicketStatus.TICKET_REFUSED)
    })
  })

  describe('revocation', () => {
    it('should hold under every policy until access is granted again', async () => {
      const origin = await withPolicy({ kind: 'open' })
      const access = new Access((await homes.open(home.path)).database())
      const { ticket } = await ask(origin)
      const { publicKey: issuer } = await origin.certificate()
      const verify = async (envelope?: Uint8Array): Promise<unknown> => verifyTicket(envelope as Uint8Array, { issuer, client, object: film.id, revocations: await origin.revocations() })

      await verify(ticket)
      access.revoke(client)
      expect(await ask(origin)).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'The operator has revoked the access of this client' })
      expect(await statusOf(ask(origin, {}, await peer(4)))).to.equal(TicketStatus.TICKET_OK)
      await expect(verify(ticket)).to.eventually.be.rejected.with.property('code', 'revoked')

      access.grant(client)
      await verify((await ask(origin)).ticket)
      await expect(verify(ticket)).to.eventually.be.rejected.with.property('code', 'revoked')
    })

    it('should void the ticket of a client that is revoked while it is being decided', async () => {
      const access = new Access(home.database())
      const origin = await withPolicy({ kind: 'callback' }, () => {
        access.revoke(client)
        return true
      })
      const { ticket } = await ask(origin)

      await expect(verifyTicket(ticket as Uint8Array, { issuer: (await origin.certificate()).publicKey, client, object: film.id, revocations: await origin.revocations() }))
        .to.eventually.be.rejected.with.property('code', 'revoked')
    })
  })

  it('should void a ticket that was made before the clock went back', async () => {
    const origin = await createOrigin(home, [film])
    const now = Date.now()
    const clock = Date.now

    try {
      Date.now = () => now + 60_000
      const { ticket } = await ask(origin)
      Date.now = () => now
      new Access(home.database()).revoke(client)

      await expect(verifyTicket(ticket as Uint8Array, { issuer: (await origin.certificate()).publicKey, client, object: film.id, revocations: await origin.revocations() }))
        .to.eventually.be.rejected.with.property('code', 'revoked')
    } finally {
      Date.now = clock
    }
  })

  it('should sign no ticket of a client revoked meanwhile with the key of a rotation that cleared the revocations', async () => {
    const origin = await withPolicy({ kind: 'callback' }, async () => {
      new Access(home.database()).revoke(client)
      await origin.rotate()
      return true
    })
    const { ticket } = await ask(origin)

    await expect(verifyTicket(ticket as Uint8Array, { issuer: (await origin.certificate()).publicKey, client, object: film.id, revocations: await origin.revocations() }))
      .to.eventually.be.rejected.with.property('code', 'foreign')
  })

  describe('policy token', () => {
    it('should admit who shows a good token', async () => {
      const origin = await withPolicy({ kind: 'token' })
      const tokens = new Tokens((await homes.open(home.path)).database())
      const expires = Date.now() + 60_000
      const { id, token } = tokens.create({ name: 'friend', uses: 1, expires })

      expect(await statusOf(ask(origin))).to.equal(TicketStatus.TICKET_CREDENTIAL_NEEDED)
      expect(await statusOf(ask(origin, { token: 'mssl_x' }))).to.equal(TicketStatus.TICKET_REFUSED)
      const { ticket } = await ask(origin, { token })
      expect((await openTicket(ticket as Uint8Array)).notAfter).to.equal(expires)
      expect(await ask(origin, { token }, await peer(4))).to.include({ status: TicketStatus.TICKET_REFUSED, reason: 'The access token has been used up' })
      expect(await statusOf(ask(origin, { token }))).to.equal(TicketStatus.TICKET_OK)
      tokens.revoke(id)
      expect((await ask(origin, { token })).reason).to.equal('The access token was revoked')
    })
  })

  describe('policy jwt', () => {
    let privateKey: CryptoKey
    let keySet: string

    before(async () => {
      [privateKey, keySet] = await createKeys('a')
    })

    async function createKeys (kid: string): Promise<[CryptoKey, string]> {
      const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' })

      return [pair.privateKey, JSON.stringify({ keys: [{ ...await exportJWK(pair.publicKey), kid, alg: 'EdDSA' }] })]
    }

    async function jwt (claims: Record<string, unknown> = {}, { key = privateKey, kid = 'a' } = {}): Promise<string> {
      return new SignJWT({ iss: 'idp', aud: 'films', mssl: '*', exp: Date.now() / 1_000 + 600, ...claims }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(key)
    }

    async function withFile (policy: Partial<Policy> = {}): Promise<Origin> {
      await writeFile(home.join('jwks.json'), keySet)

      return withPolicy({ kind: 'jwt', jwks: home.join('jwks.json'), issuer: 'idp', audience: 'films', ...policy } as Policy)
    }

    it('should admit who shows one of the trusted issuer that lists the object', async () => {
      const origin = await withFile()

      for (const mssl of ['*', 'film', `other ${film.id}`, ['other', 'film'], [film.id.toString()]]) {
        expect(await statusOf(ask(origin, { jwt: await jwt({ mssl }) }))).to.equal(TicketStatus.TICKET_OK)
      }

      for (const mssl of ['', 'films', ['*'], [], {}, 7, null, undefined]) {
        expect((await ask(origin, { jwt: await jwt({ mssl }) })).reason).to.equal('The JWT\'s claim "mssl" does not list this object')
      }
    })

    it('should make a ticket that ends with it', async () => {
      const exp = Math.floor(Date.now() / 1_000) + 300
      const { ticket } = await ask(await withFile(), { jwt: await jwt({ exp }) })

      expect((await openTicket(ticket as Uint8Array)).notAfter).to.equal(exp * 1_000)
    })

    it('should take a time with a fraction, as RFC 7519 allows', async () => {
      const exp = Math.floor(Date.now() / 1_000) + 300.1234567
      const { ticket } = await ask(await withFile(), { jwt: await jwt({ exp }) })

      expect((await openTicket(ticket as Uint8Array)).notAfter).to.equal(Math.floor(exp * 1_000))
    })

    it('should look at the claim that the policy names', async () => {
      const origin = await withFile({ claim: 'scope' } as Partial<Policy>)

      expect(await statusOf(ask(origin, { jwt: await jwt() }))).to.equal(TicketStatus.TICKET_REFUSED)
      expect(await statusOf(ask(origin, { jwt: await jwt({ scope: 'openid film' }) }))).to.equal(TicketStatus.TICKET_OK)
    })

    it('should say what is wrong, and quote nothing', async () => {
      const origin = await withFile()
      const [otherKey] = await createKeys('b')
      const good = await jwt()
      const cases: Array<[string, string]> = [
        [await jwt({ exp: Date.now() / 1_000 - 300 }), 'it has expired'],
        [await jwt({ iss: 'other' }), 'its claim "iss" is missing or not what it has to be'],
        [await jwt({ aud: 'other' }), 'its claim "aud" is missing or not what it has to be'],
        [await jwt({ exp: undefined }), 'its claim "exp" is missing or not what it has to be'],
        [await jwt({ nbf: Date.now() / 1_000 + 300 }), 'its claim "nbf" is missing or not what it has to be'],
        [await jwt({}, { key: otherKey }), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
        [await jwt({}, { key: otherKey, kid: 'b' }), 'ERR_JWKS_NO_MATCHING_KEY'],
        [good.slice(0, -4), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
        ['garbage', 'ERR_JWS_INVALID'],
        [`${btoa('{"alg":"none"}')}.${good.split('.')[1]}.`, 'ERR_JOSE_ALG_NOT_ALLOWED'],
        [await new SignJWT({ mssl: '*' }).setProtectedHeader({ alg: 'HS256', kid: 'a' }).sign(new Uint8Array(32)), 'ERR_JOSE_ALG_NOT_ALLOWED']
      ]

      for (const [text, reason] of cases) {
        expect(await ask(origin, { jwt: text }), text).to.include({ status: TicketStatus.TICKET_REFUSED, reason: `The JWT is not accepted: ${reason}` })
      }

      expect(await statusOf(ask(origin))).to.equal(TicketStatus.TICKET_CREDENTIAL_NEEDED)
      expect(await statusOf(ask(origin, { token: 'x' }))).to.equal(TicketStatus.TICKET_CREDENTIAL_NEEDED)
    })

    it('should read a key set again when it has changed, and fail while there is none', async () => {
      const origin = await withFile()
      const [nextKey, nextSet] = await createKeys('b')
      const next = await jwt({}, { key: nextKey, kid: 'b' })

      expect(await statusOf(ask(origin, { jwt: next }))).to.equal(TicketStatus.TICKET_REFUSED)
      await writeFile(home.join('jwks.json'), `${nextSet}\n`)
      expect(await statusOf(ask(origin, { jwt: next }))).to.equal(TicketStatus.TICKET_OK)
      expect(await statusOf(ask(origin, { jwt: await jwt() }))).to.equal(TicketStatus.TICKET_REFUSED)

      origin.setPolicy(film.id, { kind: 'jwt', jwks: home.join('missing.json') })
      await expect(ask(origin, { jwt: next })).to.eventually.be.rejectedWith('ENOENT')
    })

    it('should take a key set from a URL, and fail while it cannot', async () => {
      const server = createServer((request, response) => { response.writeHead(request.url === '/jwks' ? 200 : 500, { 'content-type': 'application/json' }).end(keySet) })
      await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })

      try {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        const origin = await withPolicy({ kind: 'jwt', jwks: `${url}/jwks` })
        expect(await statusOf(ask(origin, { jwt: await jwt() }))).to.equal(TicketStatus.TICKET_OK)

        origin.setPolicy(film.id, { kind: 'jwt', jwks: `${url}/broken` })
        await expect(ask(origin, { jwt: await jwt() })).to.eventually.be.rejected()
      } finally {
        server.close()
        server.closeAllConnections()
      }
    })
  })

  describe('policy callback', () => {
    it('should ask the embedding program', async () => {
      const asked: unknown[] = []
      const origin = await withPolicy({ kind: 'callback' }, request => {
        asked.push(request)

        return request.token === 'sesame' ? { range: { first: 1, count: 1 }, rate: 1_000, lifetime: 5_000 } : request.jwt === 'x'
      })

      expect(await statusOf(ask(origin))).to.equal(TicketStatus.TICKET_REFUSED)
      expect(await statusOf(ask(origin, { jwt: 'x' }))).to.equal(TicketStatus.TICKET_OK)
      const ticket = await openTicket((await ask(origin, { token: 'sesame' })).ticket as Uint8Array)
      expect(ticket).to.deep.include({ range: { first: 1, count: 1 }, rate: 1_000 })
      expect(ticket.notAfter - ticket.notBefore).to.equal(5_000)
      expect(asked[2]).to.deep.include({ name: 'film', token: 'sesame', client })
    })

    it('should fail when there is none, or it returns nonsense', async () => {
      await expect(ask(await withPolicy({ kind: 'callback' }))).to.eventually.be.rejectedWith('no authorize')

      for (const limits of [{ rate: 0 }, { rate: 1.5 }, { lifetime: -1 }, { range: { first: -1, count: 1 } }, { range: { first: 0, count: 0 } }, { range: { first: 0, count: 2 ** 32 } }]) {
        await expect(ask(await withPolicy({ kind: 'callback' }, () => limits))).to.eventually.be.rejectedWith('authorize returned')
      }
    })
  })
})
