import { randomBytes } from 'node:crypto'
import { access, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { generate } from 'selfsigned'
import { cleanUp, events, folder, json, run, start } from './run.ts'
import { Throttle } from './throttle.ts'
import type { Running } from './run.ts'
import type { Server } from 'node:https'

const LOCAL = ['--listen', '/ip4/127.0.0.1/tcp/0']
const MiB = 2 ** 20
const SMALL_SIZES = [0, 1]
const STOP_SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

interface Serving {
  node: Running
  link: string
}

describe('cli: end to end', function () {
  this.timeout(120_000)

  let serverHome: string
  let home: string
  let files: string
  let source: string
  let content: Buffer

  beforeEach(async () => {
    [serverHome, home, files] = await Promise.all([folder(), folder(), folder()])
    source = join(files, 'holiday.bin')
    content = randomBytes(3 * MiB + 12_345)
    await writeFile(source, content)
  })

  afterEach(cleanUp)

  async function serve (args: string[], options = { home: serverHome }): Promise<Serving> {
    const node = start(['serve', ...args, ...(args.includes('--listen') ? [] : LOCAL)], options)
    const [link] = await node.output(/^mssl:\S+$/m, 'stdout')
    await node.output(/serving on/, 'stderr')

    return { node, link }
  }

  async function get (link: string, args: string[] = [], env?: Record<string, string>, at = home): ReturnType<typeof run> {
    return run(['get', link, '--out', join(at, 'out.bin'), ...LOCAL, ...args], { home: at, env })
  }

  it('serves a file and gets it', async () => {
    const { node, link } = await serve([source, '--name', 'Example'])
    const exit = await get(link)

    expect(exit.stderr).to.match(/fetched 3\.01 MiB .* from the server, 0 B from other clients/)
    expect(exit.stdout).to.equal(`${join(home, 'out.bin')}\n`)
    expect(exit.code).to.equal(0)
    expect(content.equals(await readFile(join(home, 'out.bin')))).to.equal(true)

    const again = await get(link, ['--json'])
    expect(again.code).to.equal(0)
    expect(json(again)).to.include({ fetched: 0, size: content.byteLength, name: 'holiday.bin' })

    const stopped = await node.end('SIGINT')
    expect(stopped.code).to.equal(130)
    expect(stopped.stderr).to.match(/fetches holiday\.bin/).and.to.match(/stopped serving; `mssl serve` goes on/)
    expect(stopped.stdout).to.equal(`${link}\n`)
  })

  it('speaks JSON', async () => {
    const server = start(['serve', source, '--json', ...LOCAL], { home: serverHome })
    const [line] = await server.output(/^\{.*\}$/m, 'stdout')
    const published = JSON.parse(line)

    expect(published).to.include({ name: 'holiday.bin', size: content.byteLength, path: source, reused: false })

    const exit = await get(published.link, ['--json'])
    expect(json(exit)).to.include({ id: published.id, fetched: content.byteLength })
    expect(json(exit).sources).to.have.lengthOf(1)
    expect(json(exit).sources[0]).to.include({ server: true, bytes: content.byteLength })
    expect(events(exit).map(({ event }) => event)).to.include.members(['listening', 'authorized', 'done'])

    const stopped = await server.end('SIGTERM')
    expect(stopped.code).to.equal(130)
    expect(events(stopped).map(({ event }) => event)).to.include.members(['listening', 'published', 'recipient:join', 'stopping', 'error'])
  })

  it('is quiet when asked', async () => {
    const server = start(['serve', source, '--quiet', ...LOCAL], { home: serverHome })
    const [link] = await server.output(/^mssl:\S+$/m, 'stdout')
    const exit = await get(link, ['--quiet'])

    expect(exit).to.deep.equal({ code: 0, stdout: `${join(home, 'out.bin')}\n`, stderr: '' })
  })

  SMALL_SIZES.forEach(size => {
    it(`gets a file of ${size} bytes`, async () => {
      await writeFile(source, content.subarray(0, size))
      const { link } = await serve([source])
      const exit = await get(link)

      expect(exit.stderr).to.not.include('mssl:')
      expect(exit.code).to.equal(0)
      expect(await readFile(join(home, 'out.bin'))).to.have.lengthOf(size)
    })
  })

  it('gets a folder', async () => {
    const tree = join(files, 'tree')
    await mkdir(join(tree, 'a'), { recursive: true })
    await writeFile(join(tree, 'a/one.txt'), 'one')
    await writeFile(join(tree, 'two.bin'), content)
    const { link } = await serve([tree, '--hashes', 'super-block', '--encryption', 'none', '--block-size', '64KiB'])
    const exit = await run(['get', link, ...LOCAL], { home, cwd: home })

    expect(exit.stderr).to.not.include('mssl:')
    expect(exit.stdout).to.equal(`${join(home, 'tree')}\n`)
    expect(await readFile(join(home, 'tree/a/one.txt'), 'utf8')).to.equal('one')
    expect(content.equals(await readFile(join(home, 'tree/two.bin')))).to.equal(true)
    expect((await run(['verify', join(home, 'tree'), link], { home })).code).to.equal(0)
  })

  it('serves by blake3, to who has its native module and who has not', async () => {
    const { link } = await serve([source, '--hash', 'blake3', '--mode', 'proof'])

    for (const [at, env] of [[home, {}], [await folder(), { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere' }]] as const) {
      const exit = await get(link, [], env, at)

      expect(exit.stderr).to.not.include('mssl:')
      expect(exit.code).to.equal(0)
      expect(content.equals(await readFile(join(at, 'out.bin')))).to.equal(true)
      expect((await run(['verify', join(at, 'out.bin'), link], { home: at, env })).code).to.equal(0)
    }
  })

  it('serves what was published earlier, with the same links', async () => {
    const first = await serve([source, '--listen', '/ip4/127.0.0.1/tcp/0', '--announce', '/ip4/127.0.0.1/tcp/4455'])
    await first.node.end('SIGINT')
    const second = await serve(['--listen', '/ip4/127.0.0.1/tcp/0', '--announce', '/ip4/127.0.0.1/tcp/4455'])

    expect(second.link).to.equal(first.link)
  })

  it('says what it has nothing of', async () => {
    const served = await run(['serve', ...LOCAL], { home })
    expect(served.code).to.equal(2)
    expect(served.stderr).to.match(/^mssl: nothing that was published from this home can be served/)

    const shared = await run(['share', ...LOCAL], { home })
    expect(shared.code).to.equal(2)
    expect(shared.stderr).to.match(/^mssl: this home holds nothing to share yet/)

    const missing = await run(['serve', join(files, 'nowhere'), ...LOCAL], { home })
    expect(missing.code).to.equal(2)
    expect(missing.stderr).to.match(/^mssl: .*nowhere: no such file or folder\n$/)

    const listed = await run(['ls'], { home })
    expect(listed).to.include({ code: 0, stdout: '' })
    expect(listed.stderr).to.include('mssl get').and.to.include('mssl serve')
  })

  it('says that a port is taken', async () => {
    const other = createTcpServer()
    await new Promise<void>(resolve => other.listen(0, '0.0.0.0', resolve))
    const { port } = other.address() as { port: number }
    const exit = await run(['serve', source, '--port', String(port)], { home })
    other.close()

    expect(exit.code).to.equal(7)
    expect(exit.stdout).to.equal('')
    expect(exit.stderr).to.match(/^mssl: cannot listen on \/ip4\/0\.0\.0\.0\/tcp\/\d+: address already in use \(.*--port/)
    expect(exit.stderr.trim().split('\n')).to.have.lengthOf(1)
  })

  it('does not overwrite a file', async () => {
    const { link } = await serve([source])
    await writeFile(join(home, 'out.bin'), 'mine')
    const exit = await get(link)

    expect(exit.code).to.equal(7)
    expect(exit.stderr).to.include('out.bin').and.to.include('--out')
    expect(await readFile(join(home, 'out.bin'), 'utf8')).to.equal('mine')
  })

  it('keeps homes apart while a node runs', async () => {
    const { link } = await serve([source])
    const second = await run(['share', ...LOCAL], { home: serverHome })

    expect(second.code).to.equal(7)
    expect(second.stderr).to.match(/process \d+/)

    const listed = await run(['ls', '--json'], { home: serverHome })
    expect(listed.code).to.equal(0)
    expect(JSON.parse(listed.stdout)).to.have.lengthOf(1)
    expect(JSON.parse(listed.stdout)[0]).to.include({ name: 'holiday.bin', role: 'origin', complete: true, size: content.byteLength })
    expect((await run(['ls'], { home: serverHome })).stdout).to.match(/holiday\.bin +3\.01 MiB/)
    expect((await run(['id'], { home: serverHome })).code).to.equal(0)
    expect((await run(['inspect', link], { home: serverHome })).code).to.equal(0)
    expect((await run(['token', 'list'], { home: serverHome })).code).to.equal(0)
  })

  describe('interruption', () => {
    const size = 24 * MiB
    let throttle: Throttle
    let serving: Serving

    beforeEach(async () => {
      content = randomBytes(size)
      await writeFile(source, content)
      throttle = new Throttle()
      await throttle.listen()
      const target = await freePort()
      throttle.target = target
      serving = await serve([source, '--block-size', '64KiB', '--listen', `/ip4/127.0.0.1/tcp/${target}`, '--announce', `/ip4/127.0.0.1/tcp/${throttle.port}`])
    })

    afterEach(async () => throttle.close())

    async function part (): Promise<Running> {
      throttle.allow(8 * MiB)
      const getting = start(['get', serving.link, '--out', join(home, 'out.bin'), '--json', ...LOCAL], { home })
      await getting.output(/"event":"progress".*"have":[1-9]/, 'stderr')

      return getting
    }

    async function finish (): Promise<any> {
      throttle.allow(Infinity)
      const exit = await get(serving.link, ['--json'])

      expect(exit.code, exit.stderr).to.equal(0)
      expect(content.equals(await readFile(join(home, 'out.bin')))).to.equal(true)

      const resumed = events(exit).find(({ event }) => event === 'resumed')
      expect(resumed.have).to.be.greaterThan(0)
      expect(json(exit).fetched).to.equal(size - resumed.have)
    }

    it('goes on after kill -9', async () => {
      const getting = await part()
      expect((await getting.end('SIGKILL')).code).to.equal(undefined)
      await finish()
    })

    STOP_SIGNALS.forEach(signal => {
      it(`stops cleanly on ${signal}`, async () => {
        const getting = await part()
        const exit = await getting.end(signal)

        expect(exit.code, exit.stderr).to.equal(130)
        expect(exit.stdout).to.equal('')
        expect(events(exit).at(-1)).to.include({ event: 'error', name: 'InterruptedError', exitCode: 130 })
        expect(events(exit).at(-1).message).to.match(/stopped; .* of 24 MiB are kept: the same command goes on from there/)
        await expectMissing(join(home, 'out.bin'))
        await finish()
      })
    })

    it('shares what is there of it', async () => {
      const getting = await part()
      await getting.end('SIGINT')
      const listed = JSON.parse((await run(['ls', '--json'], { home })).stdout)

      expect(listed[0]).to.include({ role: 'client', complete: false, size })
      expect(listed[0].have).to.be.greaterThan(0).and.to.be.lessThan(size)

      const share = start(['share', ...LOCAL], { home })
      expect((await share.output(/^holiday\.bin \(.* of 24 MiB\)$/m, 'stdout'))[0]).to.not.equal('')
      expect((await share.end('SIGINT')).code).to.equal(130)
    })

    it('stops at once on a second signal', async () => {
      const getting = await part()
      getting.child.kill('SIGINT')
      await getting.output(/"event":"stopping"/, 'stderr')
      getting.child.kill('SIGINT')

      expect((await getting.exit).code).to.equal(130)
      await finish()
    })
  })

  it('finishes from another client when the server is gone', async () => {
    const { node, link } = await serve([source])
    const [seedHome, laterHome] = await Promise.all([folder(), folder()])
    const seed = start(['get', link, '--out', seedHome, '--seed', '--json', ...LOCAL], { home: seedHome })
    await seed.output(/"event":"seeding"/, 'stderr')

    const ticket = await run(['get', link, '--ticket-only', '--json', ...LOCAL], { home: laterHome })
    expect(ticket.code, ticket.stderr).to.equal(0)
    expect(json(ticket)).to.include({ name: 'holiday.bin', size: content.byteLength })
    await expectMissing(join(laterHome, 'holiday.bin'))

    await node.end('SIGKILL')
    const exit = await get(link, ['--json'], {}, laterHome)
    expect(exit.code, exit.stderr).to.equal(0)
    expect(json(exit).sources).to.have.lengthOf(1)
    expect(json(exit).sources[0].server).to.equal(false)
    expect(content.equals(await readFile(join(laterHome, 'out.bin')))).to.equal(true)

    const stopped = await seed.end('SIGINT')
    expect(stopped.code).to.equal(130)
    expect(events(stopped).at(-1).message).to.include('`mssl share` goes on')

    // what was fetched is shared again, and verified again
    const share = start(['share', '--json', ...LOCAL], { home: laterHome })
    const [shared] = await share.output(/^\{.*\}$/m, 'stdout')
    expect(JSON.parse(shared)).to.include({ name: 'holiday.bin', size: content.byteLength })
    await share.end('SIGINT')
  })

  it('says that nobody can be reached', async () => {
    const { node, link } = await serve([source])
    await node.end('SIGINT')
    const exit = await get(link)

    expect(exit.code, exit.stderr).to.equal(6)
    expect(exit.stderr.trim().split('\n')).to.have.lengthOf(1)
  })

  describe('who may fetch', () => {
    it('admits whom the operator granted access', async () => {
      const { link } = await serve([source, '--auth', 'list'])
      const refused = await get(link)
      expect(refused.code, refused.stderr).to.equal(3)
      expect(refused.stderr.trim().split('\n')).to.have.lengthOf(1)

      const peer = (await run(['id'], { home })).stdout.trim()
      expect((await run(['access', 'grant', peer, link], { home: serverHome })).code).to.equal(0)
      expect((await run(['access', 'list'], { home: serverHome })).stdout).to.include(peer).and.to.include('granted')
      expect((await get(link)).code).to.equal(0)

      expect((await run(['access', 'revoke', peer], { home: serverHome })).code).to.equal(0)
      expect((await run(['access', 'list', '--json'], { home: serverHome })).stdout).to.include('"granted":false')
      await rm(join(home, 'out.bin'))
      const revoked = await get(link)
      expect(revoked.code, revoked.stderr).to.equal(3)
    })

    it('keeps the policy of what was published before', async () => {
      const first = await serve([source, '--auth', 'list'])
      await first.node.end('SIGINT')
      const second = await serve([source])
      const exit = await get(second.link)

      expect(exit.code, exit.stderr).to.equal(3)
    })

    it('admits whoever has a token', async () => {
      const { link } = await serve([source, '--auth', 'token'])
      const without = await get(link)
      expect(without.code, without.stderr).to.equal(3)
      expect(without.stderr).to.include('--token')

      const created = await run(['token', 'create', '--name', 'alice', '--uses', '1', '--expires', '1h'], { home: serverHome })
      expect(created.code).to.equal(0)
      expect(created.stdout).to.match(/^mssl_\S+\n$/)
      const token = created.stdout.trim()

      const wrong = await get(link, ['--token', 'mssl_wrong'])
      expect(wrong.code, wrong.stderr).to.equal(3)
      expect(wrong.stderr).to.not.include('mssl_wrong')

      const file = join(files, 'token.txt')
      await writeFile(file, `${token}\n`)
      const exit = await get(link, ['--token', `@${file}`, '--verbose'])
      expect(exit.code, exit.stderr).to.equal(0)
      expect(exit.stderr).to.not.include(token)

      const list = await run(['token', 'list'], { home: serverHome })
      expect(list.stdout).to.match(/1 +alice +used up +1 of 1/)
      expect(list.stdout).to.not.include(token)

      const otherHome = await folder()
      const other = await get(link, [], { MSSL_TOKEN: token }, otherHome)
      expect(other.code, other.stderr).to.equal(3)

      expect((await run(['token', 'revoke', 'alice'], { home: serverHome })).code).to.equal(0)
      expect(JSON.parse((await run(['token', 'list', '--json'], { home: serverHome })).stdout)[0]).to.include({ name: 'alice', state: 'revoked' })
      expect((await run(['token', 'revoke', 'alice'], { home: serverHome })).code).to.equal(2)
    })

    it('takes a token from the environment', async () => {
      const { link } = await serve([source, '--auth', 'token'])
      const { stdout } = await run(['token', 'create', '--object', link], { home: serverHome })
      const exit = await get(link, [], { MSSL_TOKEN: stdout.trim() })

      expect(exit.code, exit.stderr).to.equal(0)
    })

    it('admits whoever has a JSON Web Token', async () => {
      const { publicKey, privateKey } = await generateKeyPair('EdDSA')
      const keys = join(files, 'keys.json')
      await writeFile(keys, JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: 'one', alg: 'EdDSA' }] }))
      const { link } = await serve([source, '--auth', 'jwt', '--jwks', keys, '--jwt-audience', 'films', '--jwt-issuer', 'https://id.example.org'])
      const sign = async (audience: string): Promise<string> => new SignJWT({ mssl: ['holiday.bin'] })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
        .setIssuer('https://id.example.org')
        .setAudience(audience)
        .setExpirationTime('1h')
        .sign(privateKey)

      const without = await get(link)
      expect(without.code, without.stderr).to.equal(3)
      expect(without.stderr).to.include('--jwt')

      const foreign = await get(link, ['--jwt', await sign('books')])
      expect(foreign.code, foreign.stderr).to.equal(3)

      const exit = await get(link, [], { MSSL_JWT: await sign('films') })
      expect(exit.code, exit.stderr).to.equal(0)
    })
  })

  describe('which server it is', () => {
    it('refuses a server whose key changed, and says how to go on', async () => {
      const first = await serve([source])
      expect((await get(first.link)).code).to.equal(0)
      await first.node.end('SIGINT')

      // the same node with a key that nothing vouches for
      for (const name of ['issuer.key', 'mssl.db', 'mssl.db-wal', 'mssl.db-shm']) {
        await rm(join(serverHome, name), { force: true })
      }

      await appendByte(source)
      const second = await serve([source])
      const exit = await get(second.link, ['--out', join(home, 'second.bin')])
      expect(exit.code, exit.stderr).to.equal(5)
      expect(exit.stderr.trim().split('\n')).to.have.lengthOf(1)
    })

    it('follows a rotation', async () => {
      const { link } = await serve([source])
      const before = await run(['inspect', link, '--json'], { home })
      const rotated = await run(['rotate'], { home: serverHome })

      expect(rotated.code, rotated.stderr).to.equal(0)
      expect(rotated.stdout).to.match(/^[0-9a-f]{64}\n$/)
      expect(rotated.stdout.trim()).to.not.equal(json(before).fingerprint)

      const exit = await get(link)
      expect(exit.code, exit.stderr).to.equal(0)
    })

    it('says that there is nothing to rotate', async () => {
      const { code, stderr } = await run(['rotate'], { home })

      expect(code).to.equal(2)
      expect(stderr).to.include('never served')
    })
  })

  describe('by web domain', () => {
    let web: Server
    let answer: string

    beforeEach(async () => {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
        keySize: 2048,
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
      })
      await writeFile(join(files, 'ca.pem'), cert)
      web = createServer({ key, cert }, (request, response) => {
        response.writeHead(request.url === '/.well-known/mssl' ? 200 : 404).end(answer)
      })
      await new Promise<void>(resolve => web.listen(0, resolve))
    })

    afterEach(() => { web.close() })

    it('gets what the domain vouches for', async () => {
      const file = join(files, 'well-known.json')
      await serve([source, '--well-known', file])
      answer = await readFile(file, 'utf8')
      const { port } = web.address() as { port: number }
      const trusted = { NODE_EXTRA_CA_CERTS: join(files, 'ca.pem') }

      for (const path of ['', '/holiday.bin']) {
        const exit = await get(`https://localhost:${port}${path}`, [], trusted)
        expect(exit.code, exit.stderr).to.equal(0)
      }

      const unknown = await get(`https://localhost:${port}/other.bin`, [], trusted)
      expect(unknown.code).to.equal(6)
      expect(unknown.stderr).to.include('holiday.bin')

      const untrusted = await get(`https://localhost:${port}/holiday.bin`)
      expect(untrusted.code).to.equal(6)

      expect((await run(['inspect', file], { home })).stdout).to.include('holiday.bin')
    })

    it('refuses a domain that shows another server\'s key, until it is forgotten', async () => {
      const file = join(files, 'well-known.json')
      const address = `https://localhost:${(web.address() as { port: number }).port}`
      const trusted = { NODE_EXTRA_CA_CERTS: join(files, 'ca.pem') }
      const serveOnDomain = async (home: string): Promise<void> => {
        await serve([source, '--well-known', file], { home })
        answer = await readFile(file, 'utf8')
      }

      await serveOnDomain(serverHome)
      expect((await get(address, [], trusted)).code).to.equal(0)

      await serveOnDomain(await folder())
      const args = ['get', address, '--out', join(home, 'second.bin'), ...LOCAL]
      const refused = await run(args, { home, env: trusted })
      expect(refused.code, refused.stderr).to.equal(5)
      expect(refused.stderr.trim().split('\n')).to.have.lengthOf(1)
      await expectMissing(join(home, 'second.bin'))

      expect((await run(['id', '--forget', address], { home })).code).to.equal(0)
      const taken = await run(args, { home, env: trusted })
      expect(taken.code, taken.stderr).to.equal(0)
    })
  })

  describe('verify', () => {
    it('names the blocks that are wrong', async () => {
      const { node, link } = await serve([source, '--block-size', '64KiB'])
      expect((await get(link)).code).to.equal(0)
      await node.end('SIGINT')

      const copy = join(files, 'copy.bin')
      const wrong = Buffer.from(content)
      wrong[5 * 65_536 + 7] ^= 1
      wrong[6 * 65_536] ^= 1
      wrong[20 * 65_536] ^= 1
      await writeFile(copy, wrong)

      const good = await run(['verify', source, link], { home })
      expect(good.code, good.stderr).to.equal(0)
      expect(good.stdout).to.include('holiday.bin')

      const bad = await run(['verify', copy, link], { home })
      expect(bad.code).to.equal(4)
      expect(bad.stderr).to.match(/3 blocks differ: 5-6, 20$/m)

      const data = await run(['verify', copy, link, '--json'], { home })
      expect(data.code).to.equal(4)
      expect(json(data)).to.include({ valid: false })
      expect(json(data).wrong).to.deep.equal([{ first: 5, count: 2 }, { first: 20, count: 1 }])

      await writeFile(copy, content.subarray(0, 100))
      const short = await run(['verify', copy, link], { home })
      expect(short.code).to.equal(4)
      expect(short.stderr).to.include(`has 100 bytes instead of ${content.byteLength}`)

      expect((await run(['verify', join(files, 'nowhere'), link], { home })).code).to.equal(7)
    })

    it('asks the server about an object that this home does not hold', async () => {
      const { link } = await serve([source])

      const good = await run(['verify', source, link], { home })
      expect(good.code, good.stderr).to.equal(0)

      const copy = join(files, 'copy.bin')
      content[0] ^= 1
      await writeFile(copy, content)
      const bad = await run(['verify', copy, link], { home })
      expect(bad.code).to.equal(4)
    })
  })

  it('stops publishing', async () => {
    const { node, link } = await serve([source])
    expect((await run(['unpublish', link], { home: serverHome })).code).to.equal(7)
    await node.end('SIGINT')

    const { stdout } = await run(['ls'], { home: serverHome })
    const exit = await run(['unpublish', stdout.match(/bafk\S+/)?.[0] ?? ''], { home: serverHome })
    expect(exit.code, exit.stderr).to.equal(0)
    expect((await run(['serve', ...LOCAL], { home: serverHome })).code).to.equal(2)
    expect(content.equals(await readFile(source))).to.equal(true)
  })

  it('serves a file no more once it has changed', async () => {
    const { node, link } = await serve([source])
    await appendByte(source)
    const getting = start(['get', link, '--out', join(home, 'out.bin'), ...LOCAL], { home })

    expect((await node.output(/^mssl: warning: (.*)$/m, 'stderr'))[1]).to.include(source)
    const exit = await getting.exit
    expect(exit.code, exit.stderr).to.equal(6)
    expect(exit.stderr).to.match(/^mssl: The server does not have the object any more, and nobody else who has it can be found/m)
    await expectMissing(join(home, 'out.bin'))
  })

  it('serves the rest when one file has changed meanwhile', async () => {
    const other = join(files, 'other.bin')
    await writeFile(other, content)
    const first = await serve([source, other])
    await first.node.end('SIGINT')
    await appendByte(source)
    const second = await serve([])
    const { stdout, stderr } = await second.node.end('SIGINT')

    expect(stdout).to.match(/^mssl:\S+\/other\.bin\n$/)
    expect(stderr.match(/^mssl: warning: .*$/gm)).to.have.lengthOf(1)
    expect(stderr).to.include(`${source} was changed`)
  })

  it('copies what is here to another place', async () => {
    const { node, link } = await serve([source])
    expect((await get(link)).code).to.equal(0)
    const exit = await run(['get', link, '--out', join(home, 'copy.bin'), ...LOCAL], { home })
    expect(exit).to.include({ code: 0, stdout: `${join(home, 'copy.bin')}\n` })
    expect(exit.stderr).to.include(`copied from ${join(home, 'out.bin')}`)
    expect(content.equals(await readFile(join(home, 'copy.bin')))).to.equal(true)
    await node.end('SIGINT')

    // the server's own, which nobody has to be asked for
    const own = await run(['get', link, '--out', join(home, 'own.bin'), ...LOCAL], { home: serverHome })
    expect(own.code, own.stderr).to.equal(0)
    expect(content.equals(await readFile(join(home, 'own.bin')))).to.equal(true)
  })

  it('keeps the policy of a file that was edited and published again', async () => {
    const first = await serve([source, '--auth', 'token'])
    await first.node.end('SIGINT')
    await appendByte(source)
    const second = await serve([source])
    const exit = await get(second.link)

    expect(exit.code, exit.stderr).to.equal(3)
  })
})

async function expectMissing (path: string): Promise<void> {
  await expect(access(path)).to.eventually.be.rejected.with.property('code', 'ENOENT')
}

async function appendByte (path: string): Promise<void> {
  const handle = await open(path, 'a')
  await handle.write('x')
  await handle.close()
}

async function freePort (): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))

  return port
}
