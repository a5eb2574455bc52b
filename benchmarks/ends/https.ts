/* eslint-disable no-console */
/**
 * What a user has without mSSL: Node's own HTTPS, hashed on arrival.
 *
 * https.js send <file> [<host>] · https.js receive <url> <out>
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, get } from 'node:https'
import { generate } from 'selfsigned'
import type { AddressInfo } from 'node:net'

const CHUNK = 256 * 1024
const [role, ...args] = process.argv.slice(2)
role === 'send' ? await send(args[0], args[1]) : await receive(args[0], args[1])

async function send (path: string, host = '127.0.0.1'): Promise<void> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], { keySize: 2048 })
  const server = createServer({ key, cert }, (request, response) => {
    createReadStream(path, { highWaterMark: CHUNK }).pipe(response)
  })

  process.on('SIGINT', () => { server.close(); server.closeAllConnections() })
  server.listen(0, host, () => {
    console.log(JSON.stringify({ address: `https://${host}:${(server.address() as AddressInfo).port}/` }))
  })
}

async function receive (url: string, out: string): Promise<void> {
  const begin = performance.now()
  const file = await open(out, 'w')
  const hash = createHash('sha256')
  let size = 0
  let firstAt: number | undefined

  // a throwaway certificate of this run
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, resolve).on('error', reject)
  })

  for await (const chunk of response) {
    firstAt ??= Date.now()
    hash.update(chunk)
    await file.write(chunk, 0, chunk.byteLength, size)
    size += chunk.byteLength
  }

  await file.sync()
  await file.close()
  const elapsed = performance.now() - begin
  console.log(JSON.stringify({ size, elapsed, firstAt, sha256: hash.digest('hex') }))
}
