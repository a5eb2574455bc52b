/** Code that a reader copies has to run: every example of the README, as it stands there. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'

const README = readFileSync('README.md', 'utf8')

describe('documentation: examples', function () {
  this.timeout(60_000)

  const dataset = randomBytes(1_000_000)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-examples-'))
    await symlink(resolve('node_modules'), join(folder, 'node_modules'))
    await Promise.all(['dataset.tar', 'holiday.mp4', 'film.mkv'].map(async name => writeFile(join(folder, name), dataset)))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  /** Runs a program in a folder of its own, with the sources in place of the package. Returns what it prints. */
  async function run (code: string): Promise<string> {
    const sources = pathToFileURL(resolve('src/index.ts')).href
    await writeFile(join(folder, 'example.ts'), code.replace("from 'mssl'", `from '${sources}'`).replace('/tcp/4455', '/tcp/0'))
    const { stdout } = await promisify(execFile)(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings', 'example.ts'], {
      cwd: folder,
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, MSSL_HOME: join(folder, 'home') },
      timeout: 30_000
    })

    return stdout
  }

  const [node, shop, service, ...more] = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)

  it('a node of its own', async () => {
    const [result, ...lengths] = (await run(node)).trim().split('\n')

    expect(result).to.equal(`${join(folder, 'copy.tar')}: 1000000 bytes from 1 provider(s)`)
    expect(lengths.reduce((sum, length) => sum + Number(length), 0)).to.equal(100_000)
    expect(Buffer.compare(await readFile(join(folder, 'copy.tar')), dataset)).to.equal(0)
    expect(more).to.be.empty()
  })

  it('a shop and a buyer', async () => {
    // 10 for each MiB, rounded down: 1,000,000 bytes cost 9
    const [offer, paid, seller] = (await run(shop)).trim().split('\n')

    expect(offer).to.equal('film.mkv costs 9 cent')
    expect(paid).to.include("unit: 'cent', price: 9, bond: 9")
    expect(seller).to.match(/12D3Koo\w+: 9/)
    expect(Buffer.compare(await readFile(join(folder, 'copy.mkv')), dataset)).to.equal(0)
  })

  it('a service among others', async () => {
    expect(await run(service)).to.match(/^mssl:z\w+\/dataset\.tar$/m)
  })

  it('of createNode', async () => {
    expect(await run(`${docstring('src/node/create-node.ts')}\nconsole.log(link)\nawait node.stop()`)).to.match(/^mssl:z\w+\/holiday\.mp4$/m)
  })

  it('of administration', async () => {
    const peer = "import { peerIdFromString } from '@libp2p/peer-id'\nconst peerId = peerIdFromString('12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5')\n"

    expect(await run(`${peer}${docstring('src/index.ts')}\nconsole.log(token)`)).to.match(/^mssl_[\w-]+$/m)
  })

  /** The example in a docstring. */
  function docstring (path: string): string {
    const [, code] = /@example\n.*?```\w+\n(.*?)\* ```\n/s.exec(readFileSync(path, 'utf8')) ?? []

    return code.replace(/^ \* ?/gm, '')
  }
})

describe('documentation: exit codes', () => {
  it('are those of the command', () => {
    const rows = [...README.matchAll(/^\| (\d+) \| (.*?) \|$/gm)].map(([, code, meaning]) => [Number(code), meaning])

    expect(rows).to.deep.equal(EXIT_CODES)
  })
})
