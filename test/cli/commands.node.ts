import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { CID } from 'multiformats/cid'
import { toString } from 'uint8arrays/to-string'
import { Pins } from '../../src/client/pins.ts'
import { Home } from '../../src/home/index.ts'
import { formatLink, formatWellKnown } from '../../src/link/index.ts'
import { Encryption, encodeManifest, HashDelivery, Mode } from '../../src/object/index.ts'
import { createCertificate, fingerprint, signManifest, signRevocations, signTicket } from '../../src/ticket/index.ts'
import { cleanUp, events, folder, json, refuses, run } from './run.ts'
import type { WrongUsage } from './run.ts'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'

const COMMANDS = ['serve', 'get', 'share', 'ls', 'inspect', 'verify', 'token', 'access', 'id', 'receipts', 'claim', 'wallet', 'ledger', 'account', 'audit', 'unpublish', 'rotate']
const SUBCOMMANDS = ['token create', 'token list', 'token revoke', 'access grant', 'access revoke', 'access list']
const OBJECT = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')

describe('cli: commands', function () {
  this.timeout(30_000)

  let home: string

  beforeEach(async () => {
    home = await folder()
  })

  afterEach(cleanUp)

  describe('help', () => {
    it('lists the commands, the exit codes and examples', async () => {
      const { code, stdout, stderr } = await run(['--help'])

      expect(code).to.equal(0)
      expect(stderr).to.equal('')
      expect(stdout).to.include('Exit codes:').and.to.include('Examples:').and.to.include('130  interrupted')

      for (const command of COMMANDS) {
        expect(stdout).to.match(new RegExp(`^  ${command} `, 'm'))
      }
    })

    for (const command of [...COMMANDS, ...SUBCOMMANDS]) {
      it(`gives examples for ${command}`, async () => {
        const { code, stdout, stderr } = await run([...command.split(' '), '--help'])

        expect(code).to.equal(0)
        expect(stderr).to.equal('')
        expect(stdout).to.include(`Usage: mssl ${command}`)
        expect(stdout).to.match(/Examples:\n {2}# .+\n {2}\$ .*mssl /)
        expect(stdout).to.include('--home <folder>')
      })
    }

    it('tells the version', async () => {
      expect((await run(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
    })
  })

  describe('usage', () => {
    const wrong: WrongUsage[] = [
      [['gte'], /unknown command 'gte' \(Did you mean get\?\)/],
      [['get'], /missing required argument 'link'/],
      [['get', 'mssl:z', '--ou', 'x'], /unknown option '--ou' \(Did you mean --out\?\)/],
      [['get', 'mssl:z', '--token', 'a', '--jwt', 'b'], /--token or --jwt, not both/],
      [['get', 'mssl:z', '--ticket-only', '--seed'], /--ticket-only fetches nothing/],
      [['serve', 'x', '--auth', 'nobody'], /Allowed choices are open, list, token, jwt/],
      [['serve', 'x', '--auth', 'jwt'], /needs --jwks/],
      [['serve', 'x', '--jwks', 'keys.json'], /need --auth jwt/],
      [['serve', '--auth', 'token'], /--auth says how to publish/],
      [['serve', 'x', '--hash', 'sha1'], /Allowed choices are sha2-256, blake3/],
      [['serve', '--hash', 'blake3'], /--hash says how to publish/],
      [['serve', '--block-size', '64KiB'], /--block-size says how to publish/],
      [['serve', 'x', '--block-size', 'big'], /Give a size such as/],
      [['serve', 'x', '--port', '65536'], /Give a number from 0 to 65535/],
      [['serve', 'x', '--listen', 'localhost'], /Addresses look like/],
      [['serve', 'x', '--ticket-lifetime', '1y'], /Give a time such as/],
      [['unpublish', 'holiday.mp4'], /neither an object id nor a link/],
      [['access', 'grant', 'bob'], /no PeerId/],
      [['token', 'create', '--uses', '0'], /at least 1/]
    ]

    refuses(wrong, () => home)

    it('shows help when the command is missing', async () => {
      const { code, stdout, stderr } = await run([])

      expect(code).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.include('Usage: mssl').and.to.include('which command?')
    })

    it('tells errors as JSON', async () => {
      const exit = await run(['--json', 'gte'])

      expect(exit.code).to.equal(2)
      expect(exit.stdout).to.equal('')
      expect(events(exit)).to.have.lengthOf(1)
      expect(events(exit)[0]).to.include({ event: 'error', name: 'UsageError', exitCode: 2 })

      const verbose = events(await run(['inspect', 'nowhere', '--json', '--verbose'], { home }))
      expect(verbose).to.have.lengthOf(1)
      expect(verbose[0].stack).to.match(/\n +at /)
    })

    it('shows where an error comes from only when asked', async () => {
      expect((await run(['inspect', 'nowhere'], { home })).stderr).to.equal('mssl: nowhere: no such file or directory\n')
      expect((await run(['inspect', 'nowhere', '--verbose'], { home })).stderr).to.match(/\n +at /)
    })

    it('keeps a secret out of its messages', async () => {
      const { code, stderr } = await run(['get', 'mssl:z', '--token', 'mssl_verysecret', '--verbose'], { home })

      expect(code).to.equal(2)
      expect(stderr).to.not.include('verysecret')
    })

    it('says which file with a secret is not there', async () => {
      const { code, stderr } = await run(['get', 'mssl:z', '--token', '@nowhere.txt'], { home })

      expect(code).to.equal(7)
      expect(stderr).to.equal('mssl: nowhere.txt: no such file or directory\n')
    })

    it('says which Node it needs', async function () {
      try {
        await access('/usr/bin/node')
      } catch {
        return this.skip()
      }

      const version = await run(['--version'], { execPath: '/usr/bin/node' })

      if (version.code === 0) {
        return this.skip()
      }

      expect(version.stderr).to.match(/^mssl: needs Node\.js 22\.13 or newer, this is /)
      expect(version.code).to.equal(1)
    })
  })

  describe('id', () => {
    it('prints the PeerId, the same each time', async () => {
      const first = await run(['id'], { home })

      expect(first.code).to.equal(0)
      expect(first.stdout).to.match(/^12D3KooW\w+\n$/)
      expect(first.stderr).to.include(home)
      expect((await run(['id', '--quiet', '--home', home])).stdout).to.equal(first.stdout)
      expect((await run(['id', '--quiet'], { home })).stderr).to.equal('')
    })

    it('prints JSON', async () => {
      const exit = await run(['id', '--json'], { home })

      expect(json(exit)).to.have.keys(['peer', 'fingerprint', 'home'])
      expect(exit.stderr).to.equal('')
    })

    it('forgets a server', async () => {
      const key = await generateKeyPair('Ed25519')
      const server = peerIdFromPrivateKey(key)
      const client = await Home.open(home)
      const pins = await Pins.open(client)
      const now = Date.now()
      await pins.consider(await createCertificate({ name: 'Example', nodes: [server], addresses: [], notBefore: now, notAfter: now + 3_600_000 }, key), { server })
      client.close()

      const exit = await run(['id', '--forget', server.toString()], { home })
      expect(exit.code, exit.stderr).to.equal(0)
      expect(exit.stdout).to.equal('')

      const again = await run(['id', '--forget', server.toString()], { home })
      expect(again.code).to.equal(2)
      expect(again.stderr).to.match(/^mssl: this home knows no server/)
    })

    it('says that a home is unusable', async () => {
      const file = join(home, 'file')
      await writeFile(file, '')
      const { code, stderr } = await run(['id', '--home', join(file, 'home')])

      expect(code).to.equal(7)
      expect(stderr).to.match(/^mssl: .*not a directory\n$/)
    })
  })

  describe('inspect', () => {
    let issuer: Ed25519PrivateKey
    let server: PeerId
    let client: PeerId
    let link: string

    beforeEach(async () => {
      issuer = await generateKeyPair('Ed25519')
      server = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
      client = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
      link = formatLink({
        server,
        fingerprint: fingerprint(issuer.publicKey),
        object: OBJECT,
        addresses: [multiaddr(`/ip4/127.0.0.1/tcp/4455/p2p/${server}`)],
        name: 'holiday ü.mp4'
      })
    })

    async function inspect (bytes: Uint8Array | string): Promise<{ text: string, data: any }> {
      const file = join(home, 'subject')
      await writeFile(file, bytes)
      const text = await run(['inspect', file], { home })
      const data = await run(['inspect', file, '--json'], { home })

      expect(text.stderr).to.equal('')
      expect(text.code).to.equal(0)

      return { text: text.stdout, data: json(data) }
    }

    it('reads a link', async () => {
      const { code, stdout } = await run(['inspect', link], { home })

      expect(code).to.equal(0)
      expect(stdout).to.include(server.toString())
        .and.to.include(OBJECT.toString())
        .and.to.include('holiday ü.mp4')
        .and.to.include('/ip4/127.0.0.1/tcp/4455')
        .and.to.include(toString(fingerprint(issuer.publicKey), 'hex'))

      const { data } = await inspect(`${link}\n`)
      expect(data).to.include({ kind: 'link', name: 'holiday ü.mp4', server: server.toString(), object: OBJECT.toString() })
    })

    it('names a mistyped link', async () => {
      const mistyped = link.slice(0, 40) + (link[40] === 'a' ? 'b' : 'a') + link.slice(41)
      const { code, stderr, stdout } = await run(['inspect', mistyped], { home })

      expect(code).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.match(/^mssl: .*wrong.*character/)
    })

    it('reads the JSON of a web domain', async () => {
      const { text, data } = await inspect(formatWellKnown({ fingerprint: fingerprint(issuer.publicKey), objects: [{ name: 'holiday', link }] }))

      expect(text).to.include(link)
      expect(data.objects).to.deep.equal([{ name: 'holiday', link }])
    })

    it('reads a certificate', async () => {
      const { text, data } = await inspect(await createCertificate({
        name: 'Example',
        nodes: [server],
        addresses: [],
        notBefore: Date.now() - 7_200_000,
        notAfter: Date.now() - 3_600_000
      }, issuer))

      expect(text).to.include('Example').and.to.include('EXPIRED').and.to.include(server.toString())
      expect(data).to.include({ kind: 'certificate', signature: 'valid', validNow: false, epoch: 0 })
    })

    it('reads a ticket', async () => {
      const { text, data } = await inspect(await signTicket({
        client,
        object: OBJECT,
        notBefore: Date.now() - 1_000,
        notAfter: Date.now() + 3_600_000
      }, issuer))

      expect(text).to.include(client.toString()).and.to.match(/now +valid/)
      expect(data).to.include({ kind: 'ticket', validNow: true, client: client.toString(), object: OBJECT.toString() })
    })

    it('reads a revocation list', async () => {
      const { text, data } = await inspect(await signRevocations({
        epoch: 7,
        issued: Date.now(),
        entries: [{ client, before: Date.now() }, { client, object: OBJECT, before: Date.now() }]
      }, issuer))

      expect(text).to.include('list 7').and.to.include('every object').and.to.include(OBJECT.toString())
      expect(data).to.include({ kind: 'revocations', epoch: 7 })
      expect(data.entries).to.have.lengthOf(2)
    })

    it('reads a manifest', async () => {
      const { text, data } = await inspect(await signManifest(encodeManifest({
        size: 100_000,
        blockSize: 65_536,
        root: new Uint8Array(32).fill(1),
        hash: 0x12,
        encryption: Encryption.OBJECT_KEY,
        delivery: HashDelivery.PER_BLOCK,
        mode: Mode.PLAIN,
        name: 'folder',
        files: [{ path: 'a/b.txt', size: 100_000, executable: false }]
      }), issuer))

      expect(text).to.include('a/b.txt').and.to.include('2 blocks of 64 KiB').and.to.match(/hash function\s+sha2-256/)
      expect(data).to.include({ kind: 'manifest', size: 100_000, blocks: 2, encryption: 'object-key', delivery: 'per-block', mode: 'plain' })
    })

    it('reads the evidence of a conflict', async () => {
      const impostor = await generateKeyPair('Ed25519')
      const now = Date.now()
      const certificate = async (key: Ed25519PrivateKey): Promise<string> => toString(await createCertificate({ name: 'Example', nodes: [server], addresses: [], notBefore: now, notAfter: now + 3_600_000 }, key), 'base64')
      const { text, data } = await inspect(JSON.stringify({
        seen: '2026-11-21T07:00:00.000Z',
        server: 'Example',
        expected: { certificate: await certificate(issuer) },
        shown: { certificate: await certificate(impostor) }
      }))

      expect(text).to.include(toString(fingerprint(issuer.publicKey), 'hex')).and.to.include(toString(fingerprint(impostor.publicKey), 'hex'))
      expect(data).to.include({ kind: 'conflict', server: 'Example' })
      expect(data.expected).to.include({ kind: 'certificate', signature: 'valid' })
    })

    it('says that a record was tampered with', async () => {
      const bytes = await signTicket({ client, object: OBJECT, notBefore: 1, notAfter: 2 }, issuer)
      bytes[bytes.length - 1] ^= 1
      const file = join(home, 'ticket')
      await writeFile(file, bytes)
      const { code, stdout, stderr } = await run(['inspect', file], { home })

      expect(code).to.equal(4)
      expect(stdout).to.include('INVALID')
      expect(stderr).to.equal('mssl: the ticket does not verify\n')
    })

    it('says that it is something else', async () => {
      const file = join(home, 'other')
      await writeFile(file, 'no record at all')
      const { code, stderr } = await run(['inspect', file], { home })

      expect(code).to.equal(2)
      expect(stderr).to.include('neither a link nor a signed record')
    })
  })

  describe('one home, two processes', () => {
    it('does not start a second node', async () => {
      const other = await Home.open(home)
      const lock = other.lock()
      const file = join(home, 'file')
      await writeFile(file, 'hello')

      try {
        const { code, stdout, stderr } = await run(['serve', file, '--port', '0'], { home })

        expect(code).to.equal(7)
        expect(stdout).to.equal('')
        expect(stderr).to.include(`process ${process.pid}`).and.to.include('--home')
        expect((await run(['id'], { home })).code).to.equal(0)
        expect((await run(['ls'], { home })).code).to.equal(0)
      } finally {
        lock.release()
        other.close()
      }
    })
  })
})
