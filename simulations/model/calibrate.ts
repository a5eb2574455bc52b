/**
 * What one client costs a server that comes, gets a ticket, opens a session and gets one block: seconds of the server's thread, over TCP on loopback. The clients are in another thread.
 *
 * `node --experimental-strip-types --experimental-transform-types --no-warnings simulations/model/calibrate.ts`
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createNode } from '../../src/index.ts'

/** Clients before it is measured, so that all code has been compiled, and while. */
const BEFORE = 10
const MEASURED = 50

async function serve (): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mssl-calibrate-'))
  const node = await createNode({ home: join(folder, 'server'), listen: ['/ip4/127.0.0.1/tcp/0'] })
  const source = join(folder, 'source')
  await writeFile(source, new Uint8Array(1000))
  const { link } = await node.services.mssl.publish(source, { mode: 'plain' })
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, link }, execArgv: process.execArgv })
  const times: number[] = []

  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', () => {
      const { user, system } = process.threadCpuUsage()
      times.push(user + system)
      times.length === 2 && resolve()
    })
  })
  await worker.terminate()
  await node.stop()
  await rm(folder, { recursive: true })
  process.stdout.write(`${((times[1] - times[0]) / MEASURED / 1000).toFixed(1)} ms of the server's thread per client\n`)
}

async function come ({ folder, link }: { folder: string, link: string }): Promise<void> {
  for (let i = 0; i < BEFORE + MEASURED; i++) {
    if (i === BEFORE) {
      parentPort?.postMessage('begun')
    }

    const node = await createNode({ home: join(folder, `client-${i}`), listen: [] })
    await node.services.mssl.get(link, { to: join(folder, `copy-${i}`) })
    await node.stop()
  }

  parentPort?.postMessage('done')
}

await (isMainThread ? serve() : come(workerData))
