import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { CLOSE_TIMEOUT } from '../../protocols/ack/constants.ts'
import { BLOCK, Stage } from './fixtures/stage.ts'

describe('node: stopping', function () {
  this.timeout(30_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  it('ends a download, which another run finishes', async () => {
    const [server, client] = await stage.nodes(2)
    const { link, bytes } = await stage.publish(server, 400 * BLOCK)
    let stopped: Promise<void> | undefined
    const getting = client.services.mssl.get(link, {
      to: client.folder,
      onProgress: event => {
        if (event.type === 'mssl:get:progress') {
          stopped ??= Promise.resolve(client.stop())
        }
      }
    })

    await expect(getting).to.eventually.be.rejected.with.property('name', 'AbortError')
    await stopped
    const again = await stage.node({ home: client.home })
    expect((await again.services.mssl.get(link, { to: client.folder })).size).to.equal(bytes.byteLength)
  })

  it('ends a download that waits for providers', async () => {
    const [server, client] = await stage.nodes(2)
    const { link } = await stage.publish(server, BLOCK)
    await client.services.mssl.authorize(link)
    await server.stop()
    const waits = Promise.withResolvers<void>()
    const getting = client.services.mssl.get(link, { to: client.folder, onProgress: ({ type }) => { type === 'mssl:get:progress' && waits.resolve() } })
    getting.catch(() => {})
    await waits.promise
    const started = Date.now()
    await client.stop()
    await expect(getting).to.eventually.be.rejected.with.property('name', 'AbortError')
    // by itself it would wait for 20 s
    expect(Date.now() - started).to.be.below(10_000)
  })

  it('ends a publication', async () => {
    const server = await stage.node()
    const { path } = await stage.file(800 * BLOCK)
    let stopped: Promise<void> | undefined
    const publishing = server.services.mssl.publish(path, { blockSize: BLOCK, onProgress: () => { stopped ??= Promise.resolve(server.stop()) } })

    await expect(publishing).to.eventually.be.rejected.with.property('name', 'AbortError')
    await stopped
    const again = await stage.node({ home: server.home })
    expect(again.services.mssl.list()).to.be.empty()
  })

  it('can be done twice, at once and one after the other', async () => {
    const server = await stage.node()
    await stage.publish(server, BLOCK)
    const { mssl } = server.services as unknown as { mssl: { stop (): Promise<void> } }
    await Promise.all([mssl.stop(), mssl.stop(), server.stop()])
    await server.stop()
    await mssl.stop()
  })

  it('leaves nothing that keeps a process alive, nor does a start that fails', async () => {
    const child = spawn(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings',
      fileURLToPath(new URL('./fixtures/short-life.ts', import.meta.url)), await stage.folder()
    ], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    let stopped = Infinity
    child.stdout.setEncoding('utf8').on('data', chunk => {
      output += chunk
      stopped = output.includes('stopped') ? Math.min(stopped, Date.now()) : stopped
    })
    const [code] = await once(child, 'close')

    expect(code).to.equal(0)
    expect(output).to.equal('HomeInUseError UnsupportedListenAddressesError\nstopped\n')
    // libp2p's address manager takes a second after its listeners are closed; no timeout of a stream is as short as this
    expect(Date.now() - stopped).to.be.below(CLOSE_TIMEOUT)
  })
})
