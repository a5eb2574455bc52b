import { serviceCapabilities } from '@libp2p/interface'
import type { NoiseComponents } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'

/** Noise, loaded with the first node that has nothing else: most never need it, and it is fifty modules. */
export function noise (): (components: NoiseComponents) => ConnectionEncrypter {
  return components => {
    let loaded: Promise<ConnectionEncrypter> | undefined

    const load = async (): Promise<ConnectionEncrypter> => {
      loaded ??= Promise.all([import('@chainsafe/libp2p-noise'), import('./noise-crypto.ts')])
        .then(([module, { noiseCrypto }]) => module.noise({ crypto: noiseCrypto })(components))

      return loaded
    }

    return {
      protocol: '/noise',
      [serviceCapabilities]: ['@libp2p/connection-encryption', '@chainsafe/libp2p-noise'],
      secureInbound: async (connection, options) => (await load()).secureInbound(connection, options),
      secureOutbound: async (connection, options) => (await load()).secureOutbound(connection, options)
    } as ConnectionEncrypter
  }
}
