/* eslint-disable no-console */
/**
 * As much of a BitTorrent tracker (BEP 3, BEP 23) as the clients of one run need to find each other. Says when somebody new
 * has announced itself.
 *
 * tracker.js <host> <port>
 */
import { createServer } from 'node:http'
import { bencode } from './torrent.ts'

/** Seconds: who was early hears of who is late, while nobody's time goes into it */
const INTERVAL = 5
const [host, port] = process.argv.slice(2)
const peers = new Set<string>()

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://tracker')
  const address = Buffer.alloc(6)
  Buffer.from(request.socket.remoteAddress?.split('.').map(Number) ?? []).copy(address)
  address.writeUInt16BE(Number(searchParams.get('port')), 4)
  const peer = address.toString('hex')
  const others = Buffer.concat([...peers].filter(other => other !== peer).map(other => Buffer.from(other, 'hex')))

  if (searchParams.get('event') === 'stopped') {
    peers.delete(peer)
  } else if (!peers.has(peer)) {
    peers.add(peer)
    console.log(JSON.stringify({ peers: peers.size }))
  }

  response.end(bencode({ complete: 1, incomplete: peers.size, interval: INTERVAL, 'min interval': INTERVAL, peers: others }))
})

process.on('SIGINT', () => { server.close(); server.closeAllConnections() })
server.listen(Number(port), host, () => { console.log(JSON.stringify({ peers: 0 })) })
