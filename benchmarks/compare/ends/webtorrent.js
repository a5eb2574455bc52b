import { registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { end, interrupted, sync, tell } from './end.js'

// for peers in browsers, of which there are none; what it needs is built or fetched when it is installed
const NO_WEBRTC = 'data:text/javascript,export const [RTCPeerConnection, RTCSessionDescription, RTCIceCandidate] = []'

registerHooks({
  resolve: (specifier, context, next) => specifier === 'webrtc-polyfill' ? { url: NO_WEBRTC, shortCircuit: true } : next(specifier, context)
})

const { default: WebTorrent } = await import('webtorrent')

await end({ seed, leech })

async function seed (options) {
  const client = start(options)
  const torrent = await added(client, options.torrent, { path: dirname(options.source), skipVerify: true })
  tell({ address: '' })
  await interrupted()
  tell({ uploaded: torrent.uploaded })
  process.exit()
}

async function leech (options) {
  const begin = performance.now()
  const client = start(options)
  let firstAt
  const torrent = await added(client, options.torrent, { path: dirname(options.out) })
  torrent.once('verified', () => { firstAt = Date.now() })
  await new Promise(resolve => { torrent.done ? resolve() : torrent.once('done', resolve) })
  await sync(options.out)
  tell({ elapsed: performance.now() - begin, firstAt })

  if (options.stay) {
    await interrupted()
  }

  // what it has open would keep the process
  process.exit()
}

function start ({ hidden, port }) {
  const client = new WebTorrent({
    torrentPort: port,
    dht: false,
    lsd: false,
    natUpnp: false,
    natPmp: false,
    webSeeds: false,
    // its default hides the handshake
    ...hidden ? {} : { secure: 0 },
    // as with the other BitTorrent clients
    utp: false
  })
  client.on('error', err => { throw err })

  return client
}

async function added (client, torrent, options) {
  return new Promise(resolve => { client.add(torrent, options, resolve) })
}
