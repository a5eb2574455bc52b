import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { Home, migrate, transaction } from '../../src/home/index.ts'

describe('home', () => {
  let dir: string

  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'mssl-home-')), 'home')
  })

  afterEach(async () => {
    await rm(join(dir, '..'), { recursive: true })
  })

  it('is readable for its owner alone', async () => {
    const home = await Home.open(dir)
    home.database().exec('CREATE TABLE t (x)')
    await home.privateKey('identity')
    home.lock().release()

    expect((await stat(dir)).mode & 0o777).to.equal(0o700)

    for (const name of (await readdir(dir)).filter(name => name !== 'node.pid')) {
      expect((await stat(join(dir, name))).mode & 0o777, name).to.equal(0o600)
    }

    home.close()
  })

  it('keeps its keys', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, async () => (await Home.open(dir)).privateKey('identity')))
    const home = await Home.open(dir)

    // made by eight at once, and still one
    for (const key of keys) {
      expect(key.equals(await home.privateKey('identity'))).to.be.true()
    }

    const issuer = await home.privateKey('issuer')
    expect(issuer.equals(keys[0])).to.be.false()
    expect(issuer.equals(await home.privateKey('issuer'))).to.be.true()
    expect(await readdir(dir)).to.have.members(['identity.key', 'issuer.key'])
  })

  it('does not replace a damaged key', async () => {
    const home = await Home.open(dir)
    await writeFile(home.join('identity.key'), 'garbage')

    await expect(home.privateKey('identity')).to.eventually.be.rejected.with.property('name', 'DamagedHomeError')
  })

  it('keeps its secret', async () => {
    const secrets = await Promise.all(Array.from({ length: 8 }, async () => (await Home.open(dir)).secret('escrow')))
    const home = await Home.open(dir)

    for (const secret of secrets) {
      expect(secret).to.have.lengthOf(32).and.to.equalBytes(await home.secret('escrow'))
    }

    expect((await stat(home.join('escrow.secret'))).mode & 0o777).to.equal(0o600)
    expect(await readdir(dir)).to.deep.equal(['escrow.secret'])
    await writeFile(home.join('escrow.secret'), secrets[0].subarray(1))
    await expect(home.secret('escrow')).to.eventually.be.rejectedWith('31 bytes').with.property('name', 'DamagedHomeError')
  })

  it('runs one node at a time', async () => {
    const home = await Home.open(dir)
    const lock = home.lock()

    expect(() => home.lock()).to.throw(`${process.pid}`).with.property('name', 'HomeInUseError')
    lock.release()
    lock.release()
    home.lock().release()
  })

  it('is free again after kill -9, and the database whole', async () => {
    const child = spawn(process.execPath, ['--experimental-strip-types', '--experimental-transform-types', '--no-warnings', '--input-type=module', '-e', `
      import { Home, transaction } from '${new URL('../../src/home/index.ts', import.meta.url)}'
      const home = await Home.open(${JSON.stringify(dir)})
      // kept: what nobody refers to may be collected, and its lock with it
      globalThis.lock = home.lock()
      const db = home.database()
      db.exec('CREATE TABLE t (x)')
      transaction(db, () => { db.exec('INSERT INTO t VALUES (1)') })
      db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)')
      console.log('locked')
      setInterval(() => {}, 1000)
    `], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')

    const home = await Home.open(dir)
    expect(() => home.lock()).to.throw(`${child.pid}`).with.property('name', 'HomeInUseError')

    child.kill('SIGKILL')
    await once(child, 'exit')

    home.lock().release()
    expect(home.database().prepare('SELECT x FROM t').all().map(row => row.x)).to.deep.equal([1])
    home.close()
  })

  it('brings tables up to date, each module by itself', async () => {
    const home = await Home.open(dir)
    const db = home.database()

    migrate(db, 'a', ['CREATE TABLE a (x)'])
    migrate(db, 'a', ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y'])
    migrate(db, 'b', ['CREATE TABLE b (x)'])
    db.exec('INSERT INTO a (x, y) VALUES (1, 2)')

    expect(() => { migrate(db, 'a', ['CREATE TABLE a (x)']) }).to.throw('newer version')
    // a step that fails leaves nothing behind
    expect(() => { migrate(db, 'b', ['', 'CREATE TABLE c (x); SYNTAX ERROR']) }).to.throw()
    migrate(db, 'b', ['', 'CREATE TABLE c (x)'])
    // all else waits for the disk: FULL
    expect(db.prepare('PRAGMA synchronous').get()).to.have.property('synchronous', 2)
    home.close()
  })

  it('undoes a transaction that throws', async () => {
    const home = await Home.open(dir)
    const db = home.database()
    db.exec('CREATE TABLE t (x)')

    expect(() => transaction(db, () => {
      db.exec('INSERT INTO t VALUES (1)')
      throw new Error('no')
    })).to.throw('no')
    expect(db.prepare('SELECT * FROM t').all()).to.be.empty()
    home.close()
  })

  it('says what ended a transaction that SQLite has undone itself', async () => {
    const home = await Home.open(dir)
    const db = home.database()
    db.exec('CREATE TABLE t (x)')
    db.exec('PRAGMA max_page_count = 8')

    expect(() => transaction(db, () => {
      for (let i = 0; i < 100; i++) {
        db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(1_000))
      }
    })).to.throw('full').with.property('errcode', 13)
    home.close()
  })
})
