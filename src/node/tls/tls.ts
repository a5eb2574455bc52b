import { constants } from 'node:crypto'
import { TLSSocket, connect, createSecureContext } from 'node:tls'
import { InvalidCryptoExchangeError, serviceCapabilities } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { createCertificate, verifyCertificate } from './certificate.ts'
import { TlsConnection } from './connection.ts'
import { ALPN_LIBP2P, HANDSHAKE_TIMEOUT, TLS_PROTOCOL } from './constants.ts'
import { takeSocket } from './socket.ts'
import type { ConnectionEncrypter, MessageStream, PrivateKey, SecureConnectionOptions, SecuredConnection, StreamMuxerFactory, Upgrader } from '@libp2p/interface'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'

export interface TlsComponents {
  privateKey: PrivateKey
  upgrader: Pick<Upgrader, 'getStreamMuxers'>
}

type Muxers = ReadonlyMap<string, StreamMuxerFactory>

export class NodeTls implements ConnectionEncrypter {
  readonly protocol = TLS_PROTOCOL
  readonly #components: TlsComponents
  #context?: Promise<SecureContext>

  constructor (components: TlsComponents) {
    this.#components = components
  }

  readonly [Symbol.toStringTag] = '@mssl/tls'

  readonly [serviceCapabilities]: string[] = ['@libp2p/connection-encryption']

  async secureInbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, accept, options)
  }

  async secureOutbound (connection: MessageStream, options?: SecureConnectionOptions): Promise<SecuredConnection> {
    return this.#secure(connection, offer, options)
  }

  async #secure (connection: MessageStream, begin: typeof accept, { remotePeer: expected, skipStreamMuxerNegotiation, signal = AbortSignal.timeout(HANDSHAKE_TIMEOUT) }: SecureConnectionOptions = {}): Promise<SecuredConnection> {
    const muxers: Muxers = skipStreamMuxerNegotiation === true ? new Map() : this.#components.upgrader.getStreamMuxers()

    try {
      const secureContext = await raceSignal(this.#secureContext(), signal)
      const socket = begin(await takeSocket(connection), secureContext, muxers)
      breakOffAfter(connection, socket)
      await raceSignal(handshake(socket), signal)
      const remotePeer = await verify(socket, { remotePeer: expected, signal })

      return {
        remotePeer,
        connection: new TlsConnection(connection, socket),
        streamMuxer: muxers.get(String(socket.alpnProtocol))
      }
    } catch (err: any) {
      connection.abort(err)

      throw err
    }
  }

  /** With one certificate for as long as the node runs, made when it is needed first. */
  async #secureContext (): Promise<SecureContext> {
    this.#context ??= createCertificate(this.#components.privateKey).then(certificate => createSecureContext({
      ...certificate,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      // every connection proves anew who is there
      secureOptions: constants.SSL_OP_NO_TICKET
    }))

    return this.#context
  }
}

function accept (socket: Duplex, secureContext: SecureContext, muxers: Muxers): TLSSocket {
  return new TLSSocket(socket, {
    secureContext,
    isServer: true,
    requestCert: true,
    // by an authority; `verifyCertificate` does it
    rejectUnauthorized: false,
    // undefined ends the handshake
    ALPNCallback: ({ protocols }) => protocols.find(protocol => muxers.has(protocol) || protocol === ALPN_LIBP2P)
  })
}

function offer (socket: Duplex, secureContext: SecureContext, muxers: Muxers): TLSSocket {
  return connect({
    socket,
    secureContext,
    rejectUnauthorized: false,
    ALPNProtocols: [...muxers.keys(), ALPN_LIBP2P]
  })
}

/** A TCP connection resets its socket when it is broken off. Under TLS that ends the process, so TLS goes first, and takes the socket with it. */
function breakOffAfter (connection: MessageStream, socket: TLSSocket): void {
  const abort = connection.abort.bind(connection)

  connection.abort = err => {
    // the muxer's last word
    socket.uncork()
    socket.destroy()
    abort(err)
  }
}

/** Reads nothing that comes after the handshake: the other end is not known yet. */
async function handshake (socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secure', resolve)
    // it stays: an error that nobody listens to would end the process
    socket.on('error', reject)
    socket.once('close', () => { reject(new InvalidCryptoExchangeError('The connection was closed during the handshake')) })
  })
}

async function verify (socket: TLSSocket, { remotePeer, signal }: Pick<SecureConnectionOptions, 'remotePeer' | 'signal'>): Promise<SecuredConnection['remotePeer']> {
  const certificate = socket.getPeerX509Certificate()

  if (certificate == null || certificate.issuerCertificate != null || socket.isSessionReused()) {
    throw new InvalidCryptoExchangeError('There has to be one certificate')
  }

  const peer = await raceSignal(verifyCertificate(certificate, remotePeer, { signal }), signal)

  if (socket.destroyed) {
    throw new InvalidCryptoExchangeError('The connection was closed during the handshake')
  }

  return peer
}
