import { readFile } from 'node:fs/promises'
import { expect } from 'aegir/chai'
import { Access } from '../../src/server/access.ts'
import { Tokens } from '../../src/server/tokens.ts'
import { eventually } from '../eventually.ts'
import { object, peer } from '../ticket/fixtures.ts'
import { Homes } from './fixtures.ts'
import type { Home } from '../../src/home/home.ts'

describe('access tokens', () => {
  const homes = new Homes()
  let home: Home
  let tokens: Tokens
  /** Another process's */
  let others: Tokens

  beforeEach(async () => {
    home = await homes.open()
    tokens = new Tokens(home.database())
    others = new Tokens((await homes.open(home.path)).database())
  })

  afterEach(async () => {
    await homes.clean()
  })

  it('should admit who shows one', async () => {
    const { token } = others.create({ name: 'friends' })

    expect(token).to.match(/^mssl_[\w-]{43}$/)
    expect(tokens.redeem(token, await peer(3), object(1))).to.deep.equal({ admitted: true, expires: undefined })
    expect(tokens.redeem(`${token}x`, await peer(3), object(1))).to.deep.include({ admitted: false, reason: 'The access token is not known here' })
  })

  it('should not be on the disk', async () => {
    const { token } = tokens.create({ name: 'secret' })
    home.close()

    expect((await readFile(home.join('mssl.db'))).includes(token.slice(5, 25))).to.be.false()
  })

  it('should be for the object that it was made for', async () => {
    const { token } = tokens.create({ name: 'one', object: object(1) })

    expect(tokens.redeem(token, await peer(3), object(2))).to.deep.include({ reason: 'The access token is for another object' })
    expect(tokens.redeem(token, await peer(3), object(1)).admitted).to.be.true()
  })

  it('should count clients, not requests', async () => {
    const { token } = tokens.create({ name: 'two', uses: 2 })

    for (const seed of [3, 3, 4, 3, 4]) {
      expect(tokens.redeem(token, await peer(seed), object(1)).admitted).to.be.true()
    }

    expect(others.redeem(token, await peer(5), object(1))).to.deep.equal({ admitted: false, reason: 'The access token has been used up' })
    expect(others.redeem(token, await peer(4), object(2)).admitted).to.be.true()
    expect(tokens.list()).to.have.nested.property('[0].used', 2)
  })

  it('should not be redeemed too often by two connections in turn', async () => {
    const { token } = tokens.create({ name: 'ten', uses: 10 })
    let admitted = 0

    for (let seed = 1; seed <= 20; seed++) {
      admitted += (seed % 2 === 0 ? tokens : others).redeem(token, await peer(seed), object(1)).admitted ? 1 : 0
    }

    expect(admitted).to.equal(10)
  })

  it('should expire', async () => {
    const expires = Date.now() + 500
    const { token } = tokens.create({ name: 'short', expires })

    expect(others.redeem(token, await peer(3), object(1))).to.deep.equal({ admitted: true, expires })
    await eventually(() => Date.now() > expires)
    expect(others.redeem(token, await peer(3), object(1))).to.deep.equal({ admitted: false, reason: 'The access token has expired' })
  })

  it('should be taken back, and the tickets that came of it', async () => {
    const access = new Access(home.database())
    const { id, token } = tokens.create({ name: 'leaked', object: object(1) })
    tokens.redeem(token, await peer(3), object(1))
    others.revoke(id)

    expect(tokens.redeem(token, await peer(3), object(1))).to.deep.equal({ admitted: false, reason: 'The access token was revoked' })
    expect(access.voidUntil(await peer(3), object(1))).to.be.closeTo(Date.now(), 5_000)
    expect(access.voidUntil(await peer(3), object(2))).to.equal(0)
    expect(access.decision(await peer(3), object(1))).to.be.undefined()
    expect(() => { tokens.revoke(id) }).to.throw().with.property('name', 'NotFoundError')
    expect(tokens.list()[0].revoked).to.be.a('number')
  })

  it('should be listed without its secret', () => {
    const { id, token } = tokens.create({ name: 'friends', object: object(1), uses: 3, expires: 2 ** 45 })
    const [info] = others.list()

    expect({ ...info, object: `${info.object}` }).to.deep.include({ id, name: 'friends', object: `${object(1)}`, uses: 3, expires: 2 ** 45, used: 0, revoked: undefined })
    expect(JSON.stringify(info)).to.not.include(token)
  })

  it('should not be made useless', () => {
    const create = (init: { uses?: number, expires?: number }) => () => tokens.create({ name: 'useless', ...init })

    for (const init of [{ uses: 0 }, { uses: -1 }, { uses: 1.5 }, { expires: Date.now() - 1 }, { expires: NaN }, { expires: 8.64e15 + 1 }]) {
      expect(create(init)).to.throw().with.property('name', 'InvalidParametersError')
    }
  })
})
