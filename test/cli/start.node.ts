import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { BIN, cleanUp, folder, MODULES, run, start } from './run.ts'
import { scene, startServer } from './scene.ts'
import type { RunOptions } from './run.ts'

const SIZE = 64 * 1024

/** What is loaded only by who needs it: who talks to a node without TLS, a person at a terminal, a server of a certain kind. */
const NEVER_FOR_GET = new Set(['@chainsafe/libp2p-noise', 'cli-progress', 'jose', 'node:http', 'node:https'])

/** An optional dependency */
const NATIVE_BLAKE3 = await import('@napi-rs/blake-hash').then(() => true, () => false)

/** A node has 600 modules. */
const MOST_FILES = 100

describe('cli: start', function () {
  this.timeout(60_000)

  afterEach(cleanUp)

  describe('what is loaded', () => {
    async function urls (args: string[], { env, ...options }: RunOptions = {}): Promise<string[]> {
      const { stderr } = await run(args, { home: await folder(), env: { NODE_DEBUG: 'esm', ...env }, ...options })

      return [...stderr.matchAll(/Translating \w+ (\S+)|load "([^"]+)" for module/g)].map(([, imported, required]) => imported ?? required)
    }

    /** Packages and modules of Node, as the modules name them that the command is made of. */
    async function loaded (...args: string[]): Promise<string[]> {
      const names = (await urls(args, { bin: MODULES })).map(url => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url)

      return [...new Set(names)].filter(name => !name.startsWith('file:'))
    }

    for (const args of [['--help'], ['--version'], ['get', '--help'], ['get', 'mssl:z', '--ou', 'x'], ['gte']]) {
      it(`mssl ${args.join(' ')} loads nothing but what reads command lines`, async () => {
        const names = await loaded(...args)

        expect(names.filter(name => !name.startsWith('node:'))).to.have.members(['commander', 'pretty-bytes'])
        expect(names).to.not.include('node:sqlite')
      })
    }

    it('mssl id loads no node', async () => {
      expect(await loaded('id')).to.include('node:sqlite').and.to.not.include('libp2p')
    })

    it('mssl get loads nothing that only others need', async () => {
      const { source, listen, serverHome } = await scene(SIZE)
      const { link } = await startServer(serverHome, source, ...listen)

      const names = await loaded('get', link, '--out', join(await folder(), 'copy'))

      expect(names).to.include('libp2p')
      expect(names.filter(name => NEVER_FOR_GET.has(name))).to.be.empty()
    })

    const blake3: Array<[hash: string, bin: string, env: Record<string, string>, module?: string]> = [
      ['sha2-256', MODULES, {}],
      ['blake3', BIN, {}, NATIVE_BLAKE3 ? '@napi-rs/blake-hash/index.js' : '@noble/hashes/blake3.js'],
      ['blake3', BIN, { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere' }, '@noble/hashes/blake3.js']
    ]

    for (const [hash, bin, env, module] of blake3) {
      it(`mssl get uses ${module ?? 'no module for blake3'} for an object with ${hash}${env.NAPI_RS_NATIVE_LIBRARY_PATH == null ? '' : ', the native one being away'}`, async () => {
        const { source, listen, serverHome } = await scene(SIZE)
        const { link } = await startServer(serverHome, source, '--hash', hash, ...listen)

        const files = await urls(['get', link, '--out', join(await folder(), 'copy')], { bin, env: { NODE_DEBUG: 'esm,module', ...env } })

        expect(files.length).to.be.above(0)
        // one that does not load is followed by the one that does
        expect(files.flatMap(file => /@(?:napi-rs\/blake-hash\/index|noble\/hashes\/blake3)\.js$/.exec(file) ?? []).at(-1)).to.equal(module)
      })
    }

    it('a node is a few files', async () => {
      const { source, listen, serverHome } = await scene(SIZE)
      const { link } = await startServer(serverHome, source, ...listen)

      const files = (await urls(['get', link, '--out', join(await folder(), 'copy')])).filter(url => url.startsWith('file:'))

      expect(files).to.have.length.within(2, MOST_FILES)
    })
  })

  it('mssl get ends when it has the file', async () => {
    const { source, listen, serverHome, home } = await scene(SIZE)
    const { link } = await startServer(serverHome, source, ...listen)
    const started = performance.now()
    const client = start(['get', link, '--out', join(await folder(), 'copy')], { home })
    await client.output(/copy\n/, 'stdout')
    const got = performance.now()
    expect((await client.exit).code).to.equal(0)

    // what is left to do is a twentieth; a timer that nobody waits for was more than all
    expect(performance.now() - got).to.be.below((got - started) / 2)
  })

  describe('what was compiled', () => {
    let home: string

    beforeEach(async () => {
      home = await folder()
    })

    /** What a command writes that is not told another place for it, as those of other tests are. */
    async function id (home: string): Promise<string> {
      const { code, stdout, stderr } = await run(['id'], { home, env: { NODE_COMPILE_CACHE: '' } })
      expect(code, stderr).to.equal(0)

      return stdout
    }

    const compiled = async (): Promise<string[]> => readdir(join(home, 'cache'), { recursive: true }).catch(() => [])

    it('is kept in the home, for its owner alone, and found again', async () => {
      const first = await id(home)
      const kept = await compiled()

      expect(kept).to.have.length.above(5)
      expect((await stat(join(home, 'cache'))).mode & 0o777).to.equal(0o700)
      expect(await id(home)).to.equal(first)
      expect(await compiled()).to.have.members(kept)
    })

    it('is not kept in a home that is new', async () => {
      const fresh = join(home, 'fresh')
      await id(fresh)

      expect(await readdir(fresh)).to.not.include('cache')
    })

    it('is neither written nor read where others can write', async () => {
      await mkdir(join(home, 'cache'))
      await chmod(join(home, 'cache'), 0o777)
      await id(home)

      expect(await compiled()).to.deep.equal([])
    })

    it('is neither written nor read in a home that others can write to', async () => {
      await chmod(home, 0o770)
      await id(home)

      expect(await compiled()).to.deep.equal([])
    })

    it('is done without where there is no room for it', async () => {
      await writeFile(join(home, 'cache'), '')
      await id(home)
    })
  })
})
