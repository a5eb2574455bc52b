/* eslint-disable no-console */
/**
 * One file over one libp2p stream, hashed as a whole on arrival, with the heap set up as in mSSL.
 *
 * raw-stream.js send <file> [<host>] · raw-stream.js receive <multiaddr> <out>
 */
import { tuneHeap } from '../../src/cli/heap.ts'
import { rawNode, receiveRaw, sendRaw } from './raw-transfer.ts'

const [role, ...args] = process.argv.slice(2)
tuneHeap()
const node = await rawNode(role === 'send' ? [`/ip4/${args[1] ?? '127.0.0.1'}/tcp/0`] : [])
process.on('SIGINT', () => { void node.stop() })

if (role === 'send') {
  await sendRaw(node, args[0])
  console.log(JSON.stringify({ address: node.getMultiaddrs()[0] }))
} else {
  console.log(JSON.stringify(await receiveRaw(node, args[0], args[1], { isHashed: true })))
  await node.stop()
}
