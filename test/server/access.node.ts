import { expect } from 'aegir/chai'
import { transaction } from '../../src/home/migrate.ts'
import { Access } from '../../src/server/access.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { Homes } from './fixtures.ts'
import type { PeerId } from '@libp2p/interface'
import type { DatabaseSync } from 'node:sqlite'

describe('access', () => {
  const homes = new Homes()
  let database: DatabaseSync
  let access: Access
  /** Another process's */
  let others: Access
  let client: PeerId

  beforeEach(async () => {
    const home = await homes.open()
    database = home.database()
    access = new Access(database)
    others = new Access((await homes.open(home.path)).database())
    client = await peer(3)
  })

  afterEach(async () => {
    await homes.clean()
  })

  it('should be granted and revoked for one object', () => {
    expect(access.decision(client, object(1))).to.be.undefined()
    others.grant(client, object(1))
    expect(access.decision(client, object(1))).to.equal('granted')
    expect(access.decision(client, object(2))).to.be.undefined()
    others.revoke(client, object(1))
    expect(access.decision(client, object(1))).to.equal('revoked')
    others.grant(client, object(1))
    expect(access.decision(client, object(1))).to.equal('granted')
  })

  it('should let the word on one object count more than that on all, and a later word on all more than both', () => {
    access.grant(client)
    access.revoke(client, object(1))
    expect([1, 2].map(seed => access.decision(client, object(seed)))).to.deep.equal(['revoked', 'granted'])
    access.grant(client)
    expect(access.decision(client, object(1))).to.equal('granted')
    access.revoke(client)
    access.grant(client, object(1))
    expect([1, 2].map(seed => access.decision(client, object(seed)))).to.deep.equal(['granted', 'revoked'])
  })

  it('should void tickets by an entry of a list whose epoch grows', () => {
    const epoch = access.epoch()
    others.revoke(client, object(1))
    others.revoke(client)

    const list = access.revocations()
    expect(list.epoch).to.equal(epoch + 2)
    expect(list.issued).to.be.closeTo(Date.now(), 5_000)
    expect(list.entries.map(entry => [`${entry.client}`, entry.object?.toString()])).to.deep.equal([[`${client}`, undefined], [`${client}`, `${object(1)}`]])

    // a grant admits again, but brings no old ticket back
    others.grant(client)
    expect(access.revocations().entries).to.have.lengthOf(2)
    expect(access.voidUntil(client, object(2))).to.equal(list.entries[0].before)
  })

  it('should forget entries that no ticket outlives', async () => {
    access.revoke(client)
    database.exec(`UPDATE server_revocations SET before = ${Date.now() - 31 * 24 * 3_600_000}`)
    access.revoke(await peer(4))

    expect(access.revocations().entries.map(entry => `${entry.client}`)).to.deep.equal([`${await peer(4)}`])
    expect(access.decision(client, object(1))).to.equal('revoked')
  })

  it('should say when the list is full, and change nothing', () => {
    const insert = database.prepare('INSERT INTO server_revocations VALUES (?, ?, ?)')
    transaction(database, () => {
      for (let i = 0; i < 10_000; i++) {
        insert.run(`client ${i}`, '', Date.now())
      }
    })
    const epoch = access.epoch()

    expect(() => { access.revoke(client) }).to.throw('rotate').with.property('name', 'TooManyRevocationsError')
    expect(access.epoch()).to.equal(epoch)
    expect(access.decision(client, object(1))).to.be.undefined()
  })

  it('should be listed', () => {
    access.grant(client)
    access.revoke(client, object(1))

    expect(others.list().map(entry => [`${entry.client}`, entry.object?.toString(), entry.granted])).to.deep.equal([
      [`${client}`, undefined, true], [`${client}`, `${object(1)}`, false]
    ])
  })
})
