import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { transport } from '../../src/node/transport.ts'
import type { Libp2p } from '@libp2p/interface'

const noiseOnly = { transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] }

describe('node: the transport', () => {
  const nodes: Libp2p[] = []

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))
  })

  for (const [what, listening, dialling, encryption] of [
    ['TLS with each other', transport(), transport(), '/tls/1.0.0'],
    ['Noise with who dials and has nothing else', transport(), noiseOnly, '/noise'],
    ['Noise with who is dialled and has nothing else', noiseOnly, transport(), '/noise']
  ] as const) {
    it(`speaks ${what}`, async () => {
      const listener = await createLibp2p({ addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] }, ...listening })
      const dialler = await createLibp2p({ ...dialling })
      nodes.push(listener, dialler)
      await listener.handle('/echo/1.0.0', stream => {
        stream.addEventListener('message', ({ data }) => { stream.send(data) })
      })

      const connection = await dialler.dial(listener.getMultiaddrs()[0])
      expect(connection.encryption).to.equal(encryption)
      expect(connection.remotePeer.equals(listener.peerId)).to.be.true()
      const stream = await connection.newStream('/echo/1.0.0')
      let received = 0
      const all = new Promise<void>(resolve => {
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength
          received === 100_000 && resolve()
        })
      })
      stream.send(new Uint8Array(100_000))
      await all
    })
  }
})
