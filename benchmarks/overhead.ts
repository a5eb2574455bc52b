/* eslint-disable no-console */
/**
 * How many bytes do acknowledgements and keys add to what is transferred?
 *
 * Two nodes in one process over TCP on loopback; every acknowledgement that the provider takes is counted with its answer, as
 * both are encoded on the wire.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { encodingLength } from 'uint8-varint'
import { AckStatus, AckRequest, AckResponse } from '../protocols/ack/pb/ack.ts'
import { makeFile } from '../simulations/demo/source-file.ts'
import { parseSize } from '../src/cli/parse.ts'
import { SessionExchange } from '../src/exchange/index.ts'
import { createNode } from '../src/node/create-node.ts'
import { machine, MiB, table } from './report.ts'
import type { Acknowledgement, ReleasedKeys } from '../protocols/ack/index.ts'

const LISTEN = ['/ip4/127.0.0.1/tcp/0']

const options = new Command('npm run benchmark:overhead --')
  .option('--size <size>', 'size of the file', parseSize, 256 * MiB)
  .option('--json', 'JSON on stdout')
  .parse().opts<{ size: number, json?: boolean }>()

const contenders = {
  'with its window, 256 KiB': { blockSize: 256 * 1024 },
  'with its window, 64 KiB': { blockSize: 64 * 1024 },
  'block by block, 256 KiB': { blockSize: 256 * 1024, acknowledgementWindow: 1 }
}
const folder = await mkdtemp(join(tmpdir(), 'mssl-overhead-'))
const source = join(folder, 'source.bin')
const results: Array<{ name: string, acknowledgements: number, bytes: number }> = []
let counted = { acknowledgements: 0, bytes: 0 }

const acknowledge = SessionExchange.prototype.acknowledge
SessionExchange.prototype.acknowledge = function (acknowledgement: Acknowledgement): ReleasedKeys {
  const released = acknowledge.call(this, acknowledgement)
  const request = AckRequest.encode({ acknowledgement: acknowledgement as AckRequest['acknowledgement'] }).byteLength
  const response = AckResponse.encode({ keys: { status: AckStatus.ACK_OK, ...released } as AckResponse['keys'] }).byteLength
  counted.acknowledgements++
  counted.bytes += request + encodingLength(request) + response + encodingLength(response)

  return released
}

try {
  await makeFile(source, options.size)

  for (const [name, { blockSize, ...init }] of Object.entries(contenders)) {
    counted = { acknowledgements: 0, bytes: 0 }
    const home = join(folder, String(results.length))
    const server = await createNode({ home: join(home, 'server'), listen: LISTEN, ...init })
    const client = await createNode({ home: join(home, 'client'), listen: LISTEN })
    const { link } = await server.services.mssl.publish(source, { mode: 'proof', blockSize })
    await client.services.mssl.get(link, { to: join(home, 'copy') })
    await client.stop()
    await server.stop()
    results.push({ name, ...counted })
    process.stderr.write('.')
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stderr.write('\n')

if (options.json === true) {
  console.log(JSON.stringify({ machine: machine(), size: options.size, results }))
} else {
  console.log(`${options.size / MiB} MiB; ${machine()}\n`)
  console.log(table(
    ['', 'acknowledgements', 'bytes per MiB, keys included', '% of what is transferred'],
    results.map(({ name, acknowledgements, bytes }) => [
      name,
      String(acknowledgements),
      (bytes * MiB / options.size).toFixed(0),
      (100 * bytes / options.size).toFixed(3)
    ])
  ))
}
