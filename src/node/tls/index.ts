/**
 * @packageDocumentation
 *
 * TLS 1.3 as in https://github.com/libp2p/specs/blob/master/tls/tls.md, for Node.js. On a TCP connection, OpenSSL gets the socket
 * itself: no byte goes through JavaScript before it is deciphered, which Noise cannot have.
 *
 * @example
 *
 * ```TypeScript
 * import { noise } from '@chainsafe/libp2p-noise'
 * import { createLibp2p } from 'libp2p'
 *
 * const node = await createLibp2p({
 *   // transports, streamMuxers …
 *   connectionEncrypters: [tls(), noise()]
 * })
 * ```
 */
import { NodeTls } from './tls.ts'
import type { TlsComponents } from './tls.ts'
import type { ConnectionEncrypter } from '@libp2p/interface'

export type { TlsComponents } from './tls.ts'

export function tls (): (components: TlsComponents) => ConnectionEncrypter {
  return components => new NodeTls(components)
}
