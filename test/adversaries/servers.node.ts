/* eslint-disable no-loop-func -- the variables are set anew before each test */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { PROTOCOL, REQUEST_TIMEOUT } from '../../protocols/ticket/constants.ts'
import { objectId } from '../../src/object/index.ts'
import { createCertificate, signManifest, signTicket } from '../../src/ticket/index.ts'
import { BLOCK, Stage } from '../node/fixtures/stage.ts'
import { answerRaw, corruptServer, grantOf, withHome } from './fixtures/hostile.ts'
import type { TicketResponse } from '../../protocols/ticket/index.ts'
import type { Published } from '../../src/node/mssl.ts'
import type { StagedNode } from '../node/fixtures/stage.ts'
import type { PeerId, PrivateKey, Stream } from '@libp2p/interface'

type Answer = Partial<TicketResponse>
type Bytes = Uint8Array<ArrayBuffer>

const MINUTE = 60_000

describe('adversaries: servers', function () {
  this.timeout(30_000)

  const stage = new Stage()
  let server: StagedNode
  let other: StagedNode
  let object: Published
  let issuer: PrivateKey

  beforeEach(async () => {
    [server, other] = await stage.nodes(2)
    object = await stage.publish(server, 3 * BLOCK)
    issuer = await withHome(server, async home => home.privateKey('issuer'))
  })

  afterEach(async () => {
    await stage.clear()
  })

  function flipped (bytes: Bytes = new Uint8Array(8)): Bytes {
    const copy = Uint8Array.from(bytes)
    copy[copy.byteLength - 5] ^= 1

    return copy
  }

  async function ticket (client: PeerId, changes: Partial<Parameters<typeof signTicket>[0]> = {}, key = issuer): Promise<Bytes> {
    return await signTicket({ client, object: object.id, notBefore: Date.now() - 1000, notAfter: Date.now() + MINUTE, ...changes }, key) as Bytes
  }

  const answers: Record<string, { change (answer: Answer, client: PeerId): void | Promise<void>, error: string | string[] }> = {
    'a tampered manifest': { change: answer => { answer.manifest = flipped(answer.manifest) }, error: 'InvalidRecordError' },
    'a manifest that another key signed': {
      change: async answer => { answer.manifest = await signManifest(new Uint8Array(100), await generateKeyPair('Ed25519')) as Bytes },
      error: 'InvalidRecordError'
    },
    'the manifest of another object': {
      change: async answer => { answer.manifest = await signManifest(Uint8Array.of(8, 1), issuer) as Bytes },
      error: 'InvalidRecordError'
    },
    'no manifest': { change: answer => { answer.manifest = undefined }, error: 'InvalidRecordError' },
    'a tampered certificate': { change: answer => { answer.certificate = flipped(answer.certificate) }, error: 'InvalidRecordError' },
    'no certificate': { change: answer => { answer.certificate = undefined }, error: 'InvalidRecordError' },
    'another server\'s certificate': {
      change: async answer => { answer.certificate = await certificate(server.peerId, await generateKeyPair('Ed25519')) },
      error: 'ServerChangedError'
    },
    'a certificate that does not name it': {
      change: async answer => { answer.certificate = await certificate(other.peerId, issuer) },
      error: 'InvalidRecordError'
    },
    'a certificate that has ended': {
      change: async answer => { answer.certificate = await certificate(server.peerId, issuer, -60 * MINUTE) },
      error: 'ClockSkewError'
    },
    'a tampered ticket': { change: answer => { answer.ticket = flipped(answer.ticket) }, error: 'TicketError' },
    'no ticket': { change: answer => { answer.ticket = undefined }, error: 'TicketError' },
    'another client\'s ticket': { change: async answer => { answer.ticket = await ticket(other.peerId) }, error: 'TicketError' },
    'a ticket for another object': { change: async (answer, client) => { answer.ticket = await ticket(client, { object: objectId(Uint8Array.of(1)) }) }, error: 'TicketError' },
    'a ticket of another key': { change: async (answer, client) => { answer.ticket = await ticket(client, {}, await generateKeyPair('Ed25519')) }, error: 'TicketError' },
    'a ticket by a clock that is ten minutes ahead': {
      change: async (answer, client) => { answer.ticket = await ticket(client, { notBefore: Date.now() + 10 * MINUTE, notAfter: Date.now() + 20 * MINUTE }) },
      error: 'ClockSkewError'
    },
    'a ticket by a clock that is an hour behind': {
      change: async (answer, client) => { answer.ticket = await ticket(client, { notBefore: Date.now() - 60 * MINUTE, notAfter: Date.now() - 59 * MINUTE }) },
      error: 'ClockSkewError'
    },
    'no key for an encrypted object': { change: answer => { if (answer.secrets != null) { answer.secrets.objectKey = new Uint8Array(0) } }, error: 'InvalidRecordError' },
    'half a key': { change: answer => { if (answer.secrets != null) { answer.secrets.objectKey = new Uint8Array(16) } }, error: 'TicketProtocolError' },
    'no secrets': { change: answer => { answer.secrets = undefined }, error: 'InvalidRecordError' },
    'a revocation list that is none': { change: answer => { answer.revocations = new Uint8Array(50) }, error: 'InvalidRecordError' }
  }

  async function certificate (node: PeerId, key: PrivateKey, from = -MINUTE): Promise<Bytes> {
    const now = Date.now()

    return await createCertificate({ name: 'test', nodes: [node], addresses: [], notBefore: now + from, notAfter: now + from + 30 * MINUTE }, key) as Bytes
  }

  it('are refused, and nothing of theirs is kept, when they answer with', async () => {
    let current: (typeof answers)[string]['change'] = () => {}
    await corruptServer(server, async (answer, _, client) => current(answer, client))

    for (const [what, { change, error }] of Object.entries(answers)) {
      const client = await stage.node()
      current = change
      const outcome = await client.services.mssl.get(object.link, { to: client.folder }).then(() => undefined, err => err)
      expect(outcome, what).to.have.property('name', error)
      expect(outcome.message, what).to.match(/^[^\n]+$/)
      expect(client.services.mssl.list(), what).to.be.empty()
      expect(await grantOf(client, object.link), what).to.equal(undefined)

      // it was the answer that was bad, not the client's memory of it
      if (what !== 'a certificate that does not name it') {
        current = () => {}
        await client.services.mssl.authorize(object.link)
      }

      await client.stop()
    }
  })

  it('do not get a client into trouble with hints that lead nowhere', async () => {
    await corruptServer(server, answer => {
      answer.hints = Array.from({ length: 16 }, (_, i) => ({ id: new Uint8Array(38).fill(i), addresses: [new Uint8Array(500).fill(i), new Uint8Array(0)] }))
    })
    const client = await stage.node()
    await client.services.mssl.get(object.link, { to: client.folder })
  })

  const wire: Record<string, (stream: Stream) => void> = {
    garbage: stream => { stream.send(new Uint8Array(100).fill(0xfe)) },
    'a length beyond all limits': stream => { stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07)) },
    'half an answer': stream => {
      stream.send(Uint8Array.of(100, 8, 0))
      void stream.close()
    },
    nothing: stream => { void stream.close() },
    'a reset': stream => { stream.abort(new Error('no')) }
  }

  for (const [what, handler] of Object.entries(wire)) {
    it(`are given up in time when they send ${what}`, async () => {
      await answerRaw(server, PROTOCOL, stream => { stream.addEventListener('message', () => { stream.status === 'open' && handler(stream) }, { once: true }) })
      const client = await stage.node()
      const began = Date.now()
      const err = await client.services.mssl.get(object.link, { to: client.folder }).then(() => undefined, err => err)
      expect(err.name).to.be.oneOf(['TicketProtocolError', 'UnreachableError'])
      // before a timeout would have ended it
      expect(Date.now() - began).to.be.below(REQUEST_TIMEOUT)
    })
  }

  it('are not even asked when the link has a wrong character', async () => {
    const client = await stage.node()

    for (const at of [7, 40, object.link.length - 2]) {
      const wrong = `${object.link.slice(0, at)}${object.link[at] === 'x' ? 'y' : 'x'}${object.link.slice(at + 1)}`
      await expect(client.services.mssl.get(wrong, { to: client.folder })).to.eventually.be.rejected.with.property('name', 'InvalidLinkError')
    }

    expect(client.getConnections()).to.be.empty()
  })
})
