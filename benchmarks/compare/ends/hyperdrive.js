/** A Hyperdrive, replicated over TCP by Corestore's own encrypted stream, without a DHT. */
import { createReadStream } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import { countSent, end, interrupted, tell, write } from './end.js'

const NAME = '/file'
const RETRY = 20
const sent = countSent()
await end({ publish, seed, leech })

async function publish ({ source, store }) {
  const drive = new Hyperdrive(new Corestore(store))
  await drive.ready()
  await pipeline(createReadStream(source), drive.createWriteStream(NAME))
  tell({ id: drive.key.toString('hex') })
  await drive.close()
}

async function seed ({ store, host, port }) {
  const corestore = new Corestore(store)
  const drive = new Hyperdrive(corestore)
  await drive.ready()
  await drive.getBlobs()
  await listen(corestore, host, port)
  tell({ address: port })
  await interrupted()
  tell({ uploaded: sent() })
  process.exit()
}

async function leech ({ id, out, folder, host, port, seeder, seederHost, others, stay }) {
  const begin = performance.now()
  const corestore = new Corestore(join(folder, 'store'))
  const drive = new Hyperdrive(corestore, Buffer.from(id, 'hex'))
  await drive.ready()
  await listen(corestore, host, port)
  replicate(corestore, seeder, seederHost)
  others.forEach(port => { replicate(corestore, port, host) })

  // otherwise it looks for the drive before it knows anybody
  await drive.core.update({ wait: true })
  // all of it, in any order, while it is read from the beginning
  drive.download(NAME)
  const firstAt = await write(out, drive.createReadStream(NAME, { wait: true }))
  tell({ elapsed: performance.now() - begin, firstAt })

  if (stay) {
    await interrupted()
  }

  process.exit()
}

async function listen (corestore, host, port) {
  const server = createServer({ noDelay: true }, socket => { attach(corestore, socket, false) })
  await new Promise(resolve => { server.listen(port, host, resolve) })
}

/**
 * Again and again until it works: others of a crowd start at the same time.
 *
 * @param corestore
 * @param port
 * @param host
 */
function replicate (corestore, port, host) {
  const socket = connect({ port, host, noDelay: true })
  socket.once('connect', () => { attach(corestore, socket, true) })
  socket.once('error', () => { setTimeout(replicate, RETRY, corestore, port, host) })
}

function attach (corestore, socket, isInitiator) {
  const stream = corestore.replicate(isInitiator)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => {})
  stream.on('error', () => {})
}
