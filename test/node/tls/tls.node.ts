import { once } from 'node:events'
import { TLSSocket, connect } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { byteStream, multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { tls } from '../../../src/node/tls/index.ts'
import { eventually } from '../../eventually.ts'
import { BAD_CERTIFICATES } from './fixtures/bad-certificates.ts'
import { craft } from './fixtures/craft.ts'
import { TcpStage } from './fixtures/tcp-stage.ts'
import type { Crafted } from './fixtures/craft.ts'
import type { ConnectionEncrypter, MessageStream, PeerId, SecuredConnection, StreamMuxerFactory } from '@libp2p/interface'
import type { TLSSocketOptions } from 'node:tls'

const MIB = 1024 * 1024
const MUXER = { protocol: '/muxer/1.0.0' } as unknown as StreamMuxerFactory

interface End {
  encrypter: ConnectionEncrypter
  peerId: PeerId
}

async function end (muxers: StreamMuxerFactory[] = [MUXER]): Promise<End> {
  const privateKey = await generateKeyPair('Ed25519')
  const upgrader = { getStreamMuxers: () => new Map(muxers.map(muxer => [muxer.protocol, muxer])) }

  return { encrypter: tls()({ privateKey, upgrader }), peerId: peerIdFromPrivateKey(privateKey) }
}

describe('tls: an encrypter', function () {
  this.timeout(20_000)

  const stage = new TcpStage()
  const ends = {} as { alice: End, bob: End }

  beforeEach(async () => {
    ends.alice = await end()
    ends.bob = await end()
  })

  afterEach(() => { stage.clear() })

  const secure = async (inbound: MessageStream, outbound: MessageStream): Promise<{ server: SecuredConnection, client: SecuredConnection }> => {
    const [server, client] = await Promise.all([ends.alice.encrypter.secureInbound(inbound), ends.bob.encrypter.secureOutbound(outbound, { remotePeer: ends.alice.peerId })])

    return { server, client }
  }

  for (const [what, open] of Object.entries({
    'the socket of a TCP connection': async () => stage.pair(),
    'a connection that has none': async () => {
      const [outbound, inbound] = multiaddrConnectionPair()

      return { inbound, outbound }
    }
  })) {
    describe(`on ${what}`, () => {
      it('tells both ends who is there, and the muxer', async () => {
        const { inbound, outbound } = await open()
        const { server, client } = await secure(inbound, outbound)

        expect(server.remotePeer.equals(ends.bob.peerId)).to.be.true()
        expect(client.remotePeer.equals(ends.alice.peerId)).to.be.true()
        expect(server.streamMuxer).to.equal(MUXER)
        expect(client.streamMuxer).to.equal(MUXER)
      })

      it('carries bytes both ways, and what was sent before the end', async () => {
        const { inbound, outbound } = await open()
        const { server, client } = await secure(inbound, outbound)
        const received = { server: collect(server.connection), client: collect(client.connection) }
        const pieces = [1, 12, 100_000, 3 * MIB].map((length, index) => Buffer.alloc(length, index + 1))

        for (const piece of pieces) {
          client.connection.send(piece)
          server.connection.send(piece)
        }

        await eventually(() => received.client.length === Buffer.concat(pieces).byteLength)
        // as libp2p closes it
        await outbound.close({ signal: AbortSignal.timeout(5_000) })
        await eventually(() => server.connection.status === 'closed')
        expect(received.server.bytes().equals(Buffer.concat(pieces))).to.be.true()
        expect(received.client.bytes().equals(Buffer.concat(pieces))).to.be.true()
        expect(client.connection.status).to.equal('closed')
        await eventually(() => inbound.status === 'closed')
      })

      it('loses nothing that came with what was before', async () => {
        const { inbound, outbound } = await open()
        outbound.send(Uint8Array.of(1, 2, 3))
        const client = ends.bob.encrypter.secureOutbound(outbound)
        // the beginning of the handshake is here, and not wanted yet
        await new Promise(resolve => setTimeout(resolve, 100))
        const before = byteStream(inbound)
        expect((await before.read({ bytes: 3 })).subarray()).to.deep.equal(Uint8Array.of(1, 2, 3))
        const server = await ends.alice.encrypter.secureInbound(before.unwrap())

        expect(server.remotePeer.equals(ends.bob.peerId)).to.be.true()
        await client
      })

      it('ends at one end when the other breaks it off', async () => {
        const { inbound, outbound } = await open()
        const { server, client } = await secure(inbound, outbound)

        client.connection.abort(new Error('enough'))
        await eventually(() => server.connection.status !== 'open')
        expect(client.connection.status).to.equal('aborted')
        expect(outbound.status).to.equal('aborted')
        await eventually(() => inbound.status !== 'open')
      })
    })
  }

  it('sends together what is small and of one moment, in its order', async () => {
    const { inbound, outbound } = await stage.pair()
    const { server, client } = await secure(inbound, outbound)
    const received = collect(server.connection)
    let messages = 0
    server.connection.addEventListener('message', () => { messages++ })

    client.connection.send(Buffer.alloc(12, 1))
    client.connection.send(Buffer.alloc(1_000, 2))
    // an answer that took a few promises
    await Promise.resolve().then(async () => Promise.resolve())
    client.connection.send(Buffer.alloc(12, 3))
    await eventually(() => received.length === 1_024)
    expect(messages).to.equal(1)

    const pieces = [12, 100_000, 12, 4 * 1024, 4 * 1024 + 1, 12].map((length, index) => Buffer.alloc(length, index + 1))
    pieces.forEach(piece => { client.connection.send(piece) })
    await eventually(() => received.length === 1_024 + Buffer.concat(pieces).byteLength)
    expect(received.bytes().subarray(1_024).equals(Buffer.concat(pieces))).to.be.true()
  })

  it('sends the last word of who breaks off', async () => {
    const { inbound, outbound } = await stage.pair()
    const { server, client } = await secure(inbound, outbound)
    const received = collect(server.connection)

    client.connection.send(Buffer.from('go away'))
    outbound.abort(new Error('enough'))
    await eventually(() => server.connection.status !== 'open')
    expect(received.bytes().toString()).to.equal('go away')
  })

  it('sends the pieces of a frame as one record', async () => {
    const { inbound, outbound } = await stage.pair()
    const { server, client } = await secure(inbound, outbound)
    const lengths: number[] = []
    server.connection.addEventListener('message', ({ data }) => { lengths.push(data.byteLength) })

    for (let frame = 1; frame <= 3; frame++) {
      client.connection.send(new Uint8ArrayList(Buffer.alloc(12), Buffer.alloc(60), Buffer.alloc(10_000)))
      await eventually(() => lengths.length === frame)
    }

    expect(lengths).to.deep.equal([10_072, 10_072, 10_072])
  })

  it('makes who sends wait for who does not read', async () => {
    const { inbound, outbound } = await stage.pair()
    const { server, client } = await secure(inbound, outbound)
    const received = collect(server.connection)
    server.connection.pause()
    let sent = 0

    while (sent < 64 * MIB) {
      sent += MIB

      if (!client.connection.send(Buffer.alloc(MIB))) {
        const isDrained = await Promise.race([once(client.connection, 'drain').then(() => true), new Promise(resolve => setTimeout(resolve, 200, false))])

        if (isDrained === false) {
          break
        }
      }
    }

    // what the kernel holds, and a little
    expect(sent).to.be.below(16 * MIB)
    expect(received.length).to.equal(0)
    server.connection.resume()
    await eventually(() => received.length === sent)
  })

  it('goes on for as long as something comes, and no longer', async () => {
    const { inbound, outbound } = await stage.pair({ inboundSocketInactivityTimeout: 400 })
    const { server, client } = await secure(inbound, outbound)

    for (let i = 0; i < 8; i++) {
      client.connection.send(Buffer.alloc(10))
      await new Promise(resolve => setTimeout(resolve, 100))
    }

    expect(server.connection.status).to.equal('open')
    await eventually(() => server.connection.status === 'aborted')
  })

  it('agrees on the muxer later with who has none in common', async () => {
    ends.bob = await end([{ protocol: '/other/1.0.0' } as unknown as StreamMuxerFactory])
    const { inbound, outbound } = await stage.pair()
    const { server, client } = await secure(inbound, outbound)

    expect(server.streamMuxer).to.equal(undefined)
    expect(client.streamMuxer).to.equal(undefined)
  })

  it('refuses another peer than the one that was dialled', async () => {
    const { inbound, outbound } = await stage.pair()
    const [server, client] = await Promise.allSettled([
      ends.alice.encrypter.secureInbound(inbound),
      ends.bob.encrypter.secureOutbound(outbound, { remotePeer: ends.bob.peerId })
    ])

    expect(client).to.have.nested.property('reason.name', 'UnexpectedPeerError')
    expect(outbound.status).to.equal('aborted')
    // TLS 1.3: the server may have seen a good end of the handshake before
    await eventually(() => server.status === 'rejected' || server.value.connection.status !== 'open')
  })

  describe('against who dials', () => {
    const attack = async (options: (crafted: Crafted) => TLSSocketOptions & { minVersion?: any, maxVersion?: any }, crafted?: Crafted): Promise<Error> => {
      const { connection, socket } = await stage.inbound()
      const result = ends.alice.encrypter.secureInbound(connection, { signal: AbortSignal.timeout(3_000) }).catch(err => err)
      const attacker = connect({ socket, rejectUnauthorized: false, ALPNProtocols: ['libp2p'], ...options(crafted ?? await craft()) })
      attacker.on('error', () => {})
      attacker.write('nobody may read this')
      const err = await result
      await eventually(() => socket.destroyed)
      expect(connection.status).to.equal('aborted')

      return err
    }

    for (const [what, init] of Object.entries(BAD_CERTIFICATES)) {
      it(`refuses a certificate ${what}`, async () => {
        expect(await attack(({ cert, key }) => ({ cert, key }), await craft(init()))).to.be.an('error')
      })
    }

    it('refuses two certificates, although the first is good', async () => {
      const second = await craft()

      expect(await attack(({ cert, key }) => ({ cert: cert + second.cert, key }))).to.have.property('name', 'InvalidCryptoExchangeError')
    })

    it('refuses none', async () => {
      expect(await attack(() => ({}))).to.have.property('name', 'InvalidCryptoExchangeError')
    })

    it('refuses TLS 1.2', async () => {
      expect(await attack(({ cert, key }) => ({ cert, key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }))).to.be.an('error')
    })

    it('refuses another protocol', async () => {
      expect(await attack(({ cert, key }) => ({ cert, key, ALPNProtocols: ['h2'] }))).to.be.an('error')
    })

    it('resumes no session', async () => {
      const { cert, key } = await craft()
      const sessions: Buffer[] = []

      for (let i = 0; i < 2; i++) {
        const { connection, socket } = await stage.inbound()
        const result = ends.alice.encrypter.secureInbound(connection)
        const client = connect({ socket, cert, key, session: sessions[0], rejectUnauthorized: false, ALPNProtocols: ['libp2p'] })
        client.on('session', bytes => { sessions.unshift(bytes) })
        const { connection: secured } = await result
        secured.send(Uint8Array.of(1))
        await once(client, 'data')
        expect(client.isSessionReused()).to.be.false()
      }
    })

    for (const [what, bytes] of Object.entries({
      nothing: '',
      'half a record': Uint8Array.of(0x16, 0x03, 0x01, 0x20, 0x00, 0x01),
      HTTP: 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'a record that is too long': Uint8Array.of(0x16, 0x03, 0x01, 0xff, 0xff, ...new Uint8Array(100))
    })) {
      it(`is done in time with who sends ${what}`, async () => {
        const { connection, socket } = await stage.inbound()
        socket.resume()
        socket.write(bytes)

        await expect(ends.alice.encrypter.secureInbound(connection, { signal: AbortSignal.timeout(300) })).to.eventually.be.rejected()
        await eventually(() => socket.destroyed)
        expect(connection.status).to.equal('aborted')
      })
    }

    it('is done at once with who leaves', async () => {
      const { connection, socket } = await stage.inbound()
      const result = ends.alice.encrypter.secureInbound(connection)
      socket.end()

      await expect(result).to.eventually.be.rejected()
    })
  })

  describe('against who is dialled', () => {
    for (const [what, init] of Object.entries(BAD_CERTIFICATES)) {
      it(`refuses a certificate ${what}`, async () => {
        const crafted = await craft(init())
        const { connection, socket } = await stage.outbound()
        const result = ends.alice.encrypter.secureOutbound(connection, { signal: AbortSignal.timeout(3_000) })
        const attacker = new TLSSocket(socket, { isServer: true, cert: crafted.cert, key: crafted.key, ALPNProtocols: ['libp2p'] })
        attacker.on('error', () => {})

        await expect(result).to.eventually.be.rejected().with.property('name', 'InvalidCryptoExchangeError')
        expect(connection.status).to.equal('aborted')
        await eventually(() => socket.destroyed)
      })
    }

    it('refuses two certificates, although the first is good', async () => {
      const [{ cert, key }, second] = await Promise.all([craft(), craft()])
      const { connection, socket } = await stage.outbound()
      const result = ends.alice.encrypter.secureOutbound(connection, { signal: AbortSignal.timeout(3_000) })
      new TLSSocket(socket, { isServer: true, cert: cert + second.cert, key, ALPNProtocols: ['libp2p'] }).on('error', () => {})

      await expect(result).to.eventually.be.rejected().with.property('name', 'InvalidCryptoExchangeError')
    })
  })
})

function collect (connection: MessageStream): { length: number, bytes (): Buffer } {
  const pieces: Uint8Array[] = []
  const collected = { length: 0, bytes: () => Buffer.concat(pieces) }

  connection.addEventListener('message', ({ data }) => {
    pieces.push(data.subarray())
    collected.length += data.byteLength
  })

  return collected
}
