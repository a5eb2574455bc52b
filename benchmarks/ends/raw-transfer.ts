/**
 * The floor that mSSL stands on: one file over one libp2p stream, without tickets, blocks or tree. Transport, encryption and muxer
 * are set up exactly as in mSSL.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { MAX_STREAM_WINDOW, transport } from '../../src/node/transport.ts'
import type { Libp2p, Stream } from '@libp2p/interface'

const PROTOCOL = '/benchmark/raw/1.0.0'
const CHUNK = 256 * 1024

export interface RawCopy {
  /** Bytes */
  size: number
  /** Milliseconds, until it was synced */
  elapsed: number
  /** Milliseconds until the first bytes were there */
  firstByte: number
  /** When that was, milliseconds since the epoch */
  firstAt: number
  /** Of all bytes, as hex; absent: not hashed */
  sha256?: string
}

export async function rawNode (listen: string[]): Promise<Libp2p> {
  return createLibp2p({ addresses: { listen }, ...transport() })
}

/** From now on, whoever asks gets this file. */
export async function sendRaw (node: Libp2p, path: string): Promise<void> {
  await node.handle(PROTOCOL, async stream => {
    const file = await open(path)
    const { size } = await file.stat()

    for (let offset = 0; offset < size;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, offset)
      offset += bytesRead

      if (!stream.send(buffer.subarray(0, bytesRead)) || stream.writableNeedsDrain) {
        await drained(stream)
      }
    }

    await file.close()
    await stream.close()
  })
}

/** Gets the file into another one; `isHashed`: hashed as a whole on arrival. */
export async function receiveRaw (node: Libp2p, address: string, out: string, { isHashed }: { isHashed: boolean }): Promise<RawCopy> {
  const begin = performance.now()
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL)
  const file = await open(out, 'w')
  const hash = isHashed ? createHash('sha256') : undefined
  let size = 0
  let firstByte = 0
  let firstAt = 0
  let writing = Promise.resolve()
  let unwritten = 0
  let resuming = false
  // a paused stream may still get a whole window
  stream.maxReadBufferLength = 2 * MAX_STREAM_WINDOW

  stream.addEventListener('message', event => {
    const chunks = event.data instanceof Uint8Array ? [event.data] : [...event.data]
    const offset = size
    firstByte ||= performance.now() - begin
    firstAt ||= Date.now()

    for (const chunk of chunks) {
      hash?.update(chunk)
      size += chunk.byteLength
      unwritten += chunk.byteLength
    }

    // while `resume` delivers what was buffered, a pause would be forgotten
    if (unwritten > CHUNK * 16 && !resuming) {
      stream.pause()
    }

    const length = size - offset
    writing = writing.then(async () => {
      await file.writev(chunks, offset)
      unwritten -= length

      if (unwritten < CHUNK * 8 && stream.readStatus === 'paused') {
        resuming = true
        stream.resume()
        resuming = false
      }
    })
  })

  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('end', () => { stream.status === 'open' ? resolve() : reject(new Error(`the stream was ${stream.status}`)) }, { once: true })
    stream.addEventListener('close', event => { event.error == null ? resolve() : reject(event.error) }, { once: true })
  })
  await stream.close()
  await writing
  await file.sync()
  await file.close()

  return { size, elapsed: performance.now() - begin, firstByte, firstAt, sha256: hash?.digest('hex') }
}

async function drained (stream: Stream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('drain', () => { resolve() }, { once: true })
    stream.addEventListener('close', () => { reject(new Error('the stream closed')) }, { once: true })
  })
}
