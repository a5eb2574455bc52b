import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { formatLink } from '../../src/link/index.ts'
import { fingerprint } from '../../src/ticket/index.ts'
import { Court, key, OTHER, peer, PRICE, PROVIDER, RECIPIENT, SERVER } from '../judge/fixtures.ts'
import { cleanUp, events, folder, json, run } from './run.ts'

describe('cli: audit', function () {
  this.timeout(30_000)

  let home: string
  let path: string
  let accused: string
  let server: Uint8Array

  beforeEach(async () => {
    home = await folder()
    const court = await Court.open({ folder: home })
    const judge = await court.judge({ auditRate: 1 })
    const provider = await peer(PROVIDER)
    const ticket = await court.ticket(PROVIDER)
    const { claim, evidence, hashes, complaint } = await court.play({ indices: [4, 2, 7], falseAt: [2] })
    await judge.complain(complaint(2), await peer(RECIPIENT))
    await judge.claim(ticket, [claim], provider)
    await judge.audit(evidence.acknowledgement.session, hashes, provider)
    accused = provider.toString()
    server = fingerprint(court.issuer.publicKey)
    path = join(court.home.join('evidence'), String(judge.list()[0].file))
    court.home.close()
  })

  afterEach(cleanUp)

  it('says what is proven against whom, without the home of the server', async () => {
    const { code, stdout, stderr } = await run(['audit', path], { home: await folder() })

    expect(stderr).to.equal('')
    expect(code).to.equal(0)
    expect(stdout).to.include(`proven: the provider ${accused} claimed credit for a block that it did not send`)
      .and.to.include('number 2 of the object, at position 2 of the session')
      .and.to.include('film.mp4')
      .and.to.match(/checked:\n( {2}.+\n){13}/)
  })

  it('says which coin was spent with whom', async () => {
    const court = await Court.open({ folder: await folder(), price: PRICE })
    const judge = await court.judge()

    for (const [nonce, who] of [[1, PROVIDER], [3, OTHER]]) {
      const { claim } = await court.play({ nonce, provider: who, indices: [5, 2] })
      await judge.claim(await court.ticket(who), [claim], await peer(who))
    }

    const [{ peer: spender, file }] = judge.list()
    const evidence = join(court.home.join('evidence'), String(file))
    court.home.close()
    const { code, stdout, stderr } = await run(['audit', evidence], { home })

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
    expect(stdout).to.include(`proven: the recipient ${spender} spent the same coin with two providers`)
      .and.to.match(/of block [25] of the object, book [0-9a-f]{32}\n/)
      .and.to.include(`${await peer(OTHER)}, session `)
      .and.to.match(/checked:\n( {2}.+\n){17}/)

    const result = json(await run(['audit', evidence, '--json'], { home }))
    expect(result).to.include({ proven: true, kind: 'double-spend', accused: spender.toString(), provider: (await peer(PROVIDER)).toString(), count: 2 })
    expect(result.second).to.include({ provider: (await peer(OTHER)).toString(), count: 2 })
    expect(result.serial).to.match(/^[0-9a-f]{32}$/)
    expect(result.block).to.be.oneOf([2, 5])
  })

  it('says the same to programs', async () => {
    const exit = await run(['audit', path, '--json'], { home })
    const result = json(exit)

    expect(exit.code).to.equal(0)
    expect(result).to.include({ proven: true, kind: 'false-entry', accused, provider: accused, recipient: (await peer(RECIPIENT)).toString(), name: 'film.mp4', count: 3, position: 2, block: 2 })
    expect(result.server.fingerprint).to.equal(Buffer.from(server).toString('hex'))
    expect(result.checks).to.have.lengthOf(13)
  })

  it('takes the server from a link or a fingerprint', async () => {
    const link = (of: Uint8Array): string => formatLink({ server: self, fingerprint: of, addresses: [], name: '' })
    const self = await peer(SERVER)
    const other = fingerprint((await key(OTHER)).publicKey)

    for (const [who, code] of [[link(server), 0], [Buffer.from(server).toString('hex'), 0], [link(other), 4], [Buffer.from(other).toString('hex'), 4], ['cinema', 2], ['mssl:abc', 2]] as const) {
      const exit = await run(['audit', path, '--server', who, '--json'], { home })

      expect(exit.code, who).to.equal(code)
      expect(code === 0 || exit.stdout === '').to.be.true()
    }

    expect((await run(['audit', path, '--server', link(other)], { home })).stderr).to.match(/^mssl: .*Not true: it is the certificate of the server in question\n$/)
  })

  it('says in one line what does not hold, or is no evidence', async () => {
    const damaged = join(home, 'damaged.json')
    await writeFile(damaged, (await readFile(path, 'utf8')).replace('"position": 2', '"position": 1'))
    const changed = await run(['audit', damaged], { home })

    expect(changed).to.deep.include({ code: 4, stdout: '' })
    expect(changed.stderr).to.match(/^mssl: The evidence does not hold\. .+\n$/)

    await truncate(damaged, 1_000)
    for (const file of [damaged, join(home, 'mssl.db')]) {
      expect(await run(['audit', file], { home })).to.deep.equal({ code: 2, stdout: '', stderr: 'mssl: The file is no evidence of mSSL\n' })
    }

    expect((await run(['audit', join(home, 'nothing')], { home })).code).to.equal(7)
  })

  it('lists what the server of a home has found', async () => {
    const { code, stdout } = await run(['audit'], { home })

    expect(code).to.equal(0)
    expect(stdout).to.include(accused).and.to.include('false-entry').and.to.include(path)
    expect(json(await run(['audit', '--json'], { home }))[0]).to.include({ accused, kind: 'false-entry', file: path })

    const nobody = await run(['audit', '--json'], { home: await folder() })
    expect(json(nobody)).to.deep.equal([])
    expect(events(nobody)[0]).to.include({ event: 'empty' })
    expect((await run(['audit', '--server', 'x'], { home })).code).to.equal(2)
  })
})
