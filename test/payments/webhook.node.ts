import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { prefixLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { SqlBank } from '../../src/bank/index.ts'
import { Home } from '../../src/home/index.ts'
import { MAX_HEADER_LENGTH } from '../../src/payments/constants.ts'
import { MAX_BODY_LENGTH, MAX_CONNECTIONS, REQUEST_TIMEOUT, TIMESTAMP_TOLERANCE } from '../../src/payments/constants.ts'
import { PaymentServer, paymentHandler } from '../../src/payments/index.ts'
import { parseSecret, checkSignature } from '../../src/payments/signature.ts'
import { SECRET, signed as sign } from './fixtures.ts'
import type { Signing } from './fixtures.ts'
import type { PaymentBank, PaymentsInit } from '../../src/payments/index.ts'
import type { IncomingHttpHeaders } from 'node:http'

const SPECIFICATION = readFileSync('src/payments/README.md', 'utf8')
/** Of the specification's example, seconds */
const NOW = 1_735_689_600
const ALICE = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const PAYMENT = { type: 'deposit', reference: 'invoice-17', account: ALICE, amount: 500, unit: 'cent' }

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: any
}

describe('payments: webhook', () => {
  let folder: string
  let home: Home
  let bank: SqlBank
  let server: PaymentServer

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mssl-payments-'))
    home = await Home.open(folder)
    bank = new SqlBank(home.database(), { self: peerIdFromPrivateKey(await generateKeyPair('Ed25519')), policy: { unit: 'cent' } })
    server = await listen()
  })

  afterEach(async () => {
    await server.stop()
    const { holds, sum } = bank.check()
    home.close()
    await rm(folder, { recursive: true })
    expect({ holds, sum }).to.deep.equal({ holds: true, sum: 0 })
  })

  async function listen (init: Partial<PaymentsInit> & { timeout?: number } = {}, of: PaymentBank = bank): Promise<PaymentServer> {
    const { timeout, ...rest } = init

    return PaymentServer.listen(of, { port: 0, secret: SECRET, ...rest }, { timeout, now: () => NOW * 1_000 })
  }

  /** Sends a message, signed unless headers say otherwise. */
  async function post (message: unknown, { headers = {}, path = '/payments', method = 'POST', to = server }: { headers?: Record<string, string | undefined>, path?: string, method?: string, to?: PaymentServer } = {}): Promise<Reply> {
    const body = Buffer.from(message instanceof Uint8Array || typeof message === 'string' ? message : JSON.stringify(message))
    const request = httpRequest({ host: '127.0.0.1', port: to.port, path, method, agent: false })
    const all = { ...signed(body), 'content-length': `${body.byteLength}`, ...headers }
    Object.entries(all).forEach(([name, value]) => { value != null && request.setHeader(name, value) })
    request.end(body)
    const [response] = await once(request, 'response')

    return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) }
  }

  const balance = (): number => bank.balance(peerIdFromString(ALICE))

  it('does what its specification shows', async () => {
    const [request, response] = [...SPECIFICATION.matchAll(/```http\n(.*?)\n\n(.*?)\n```/gs)].map(([, head, body]) => ({
      headers: Object.fromEntries(head.split('\n').slice(1).map(line => line.split(': '))),
      body
    }))

    expect(SPECIFICATION).to.include(`With the secret \`${SECRET}\``)
    // as another implementation computes it
    expect(signed(Buffer.from(request.body), { id: request.headers['webhook-id'] })).to.deep.include({ 'webhook-signature': request.headers['webhook-signature'] })

    const answer = await post(request.body, { headers: request.headers })

    expect(answer).to.deep.include({ status: 200, body: JSON.parse(response.body) })
    expect(answer.headers['content-type']).to.equal(response.headers['Content-Type'])
  })

  it('has the limits that its specification names', () => {
    expect(SPECIFICATION).to.include(`| message | ${MAX_BODY_LENGTH / 1024} KiB |`)
    expect(SPECIFICATION).to.include(`| headers | ${MAX_HEADER_LENGTH / 1024} KiB |`)
    expect(SPECIFICATION).to.include(`| request, from its first byte to its last | ${REQUEST_TIMEOUT / 1_000} s |`)
    expect(SPECIFICATION).to.include(`| connections | ${MAX_CONNECTIONS} |`)
    expect(SPECIFICATION).to.include(`at most ${TIMESTAMP_TOLERANCE} off`)
  })

  it('takes the signature of the example of Standard Webhooks', () => {
    const headers = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }

    checkSignature(headers, Buffer.from('{"test": 2432232314}'), parseSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), 1_614_265_330_000)
  })

  it('takes withdrawals, and refuses one that is beyond the balance with the amount that is missing', async () => {
    await post(PAYMENT)
    const withdrawal = { ...PAYMENT, type: 'withdrawal', reference: 'payout-1', amount: 200 }

    expect(await post(withdrawal)).to.deep.include({ status: 200, body: { reference: 'payout-1', repeated: false, balance: 300 } })

    const { status, body } = await post({ ...withdrawal, reference: 'payout-2', amount: 301 })

    expect(status).to.equal(422)
    expect(body.missing).to.equal(1)
    expect(balance()).to.equal(300)

    // the refused one did not use up its reference
    expect(await post({ ...withdrawal, reference: 'payout-2', amount: 300 })).to.deep.include({ status: 200, body: { reference: 'payout-2', repeated: false, balance: 0 } })
  })

  describe('repetition', () => {
    it('of a message, byte for byte, pays once', async () => {
      expect((await post(PAYMENT)).body.repeated).to.be.false()
      expect(await post(PAYMENT)).to.deep.include({ status: 200, body: { reference: 'invoice-17', repeated: true, balance: 500 } })
    })

    it('in a later message, with another memo, pays once', async () => {
      await post(PAYMENT)
      const body = Buffer.from(JSON.stringify({ ...PAYMENT, memo: 'again' }))

      expect((await post(body, { headers: signed(body, { id: 'msg_2', timestamp: NOW + 100 }) })).body).to.deep.include({ repeated: true, balance: 500 })
    })

    it('at the same time pays once', async () => {
      const replies = await Promise.all(Array.from({ length: 8 }, async () => post(PAYMENT)))

      expect(replies.map(({ status }) => status)).to.deep.equal(replies.map(() => 200))
      expect(replies.filter(({ body }) => body.repeated === false)).to.have.lengthOf(1)
      expect(balance()).to.equal(500)
    })

    it('after a restart pays once', async () => {
      await post(PAYMENT)
      await server.stop()
      server = await listen()

      expect((await post(PAYMENT)).body).to.deep.include({ repeated: true, balance: 500 })
    })

    for (const [name, change] of Object.entries({ amount: { amount: 501 }, type: { type: 'withdrawal' }, account: { account: '12D3KooWAdNV4YgGZqVkQx5Vn3xAvaaqoV3jTRoZKqxoZn5o7a84' } })) {
      it(`with another ${name} is a conflict`, async () => {
        await post(PAYMENT)

        expect((await post({ ...PAYMENT, ...change })).status).to.equal(409)
        expect(balance()).to.equal(500)
      })
    }
  })

  describe('signature', () => {
    const body = Buffer.from(JSON.stringify(PAYMENT))
    const good = signed(body)

    const bad: Record<string, Record<string, string | undefined>> = {
      'none at all': { 'webhook-id': undefined, 'webhook-timestamp': undefined, 'webhook-signature': undefined },
      'without an id': { 'webhook-id': undefined },
      'without a time': { 'webhook-timestamp': undefined },
      'without a signature': { 'webhook-signature': undefined },
      'an empty signature': { 'webhook-signature': '' },
      'of another id': { 'webhook-id': 'msg_other' },
      'of another time': { 'webhook-timestamp': `${NOW + 1}` },
      'of another secret': signed(body, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` }),
      'of another message': signed(Buffer.from(JSON.stringify({ ...PAYMENT, amount: 5 }))),
      'of another version': { 'webhook-signature': good['webhook-signature'].replace('v1,', 'v1a,') },
      truncated: { 'webhook-signature': good['webhook-signature'].slice(0, -8) },
      'with an id that has a full stop': signed(body, { id: 'msg.1' }),
      stale: signed(body, { timestamp: NOW - TIMESTAMP_TOLERANCE - 1 }),
      'from the future': signed(body, { timestamp: NOW + TIMESTAMP_TOLERANCE + 1 }),
      'with a time that is no number': signed(body, { timestamp: `${NOW}x` }),
      'with a time that is negative': signed(body, { timestamp: `-${NOW}` })
    }

    for (const [name, headers] of Object.entries(bad)) {
      it(`${name}: refused`, async () => {
        const { status, body } = await post(PAYMENT, { headers })

        expect(status).to.equal(401)
        expect(JSON.stringify(body)).to.not.include(good['webhook-signature'])
        expect(balance()).to.equal(0)
      })
    }

    it('at the ends of the tolerance: taken', async () => {
      for (const timestamp of [NOW - TIMESTAMP_TOLERANCE, NOW + TIMESTAMP_TOLERANCE]) {
        expect((await post(PAYMENT, { headers: signed(body, { timestamp }) })).status).to.equal(200)
      }
    })

    it('one good one of several: taken', async () => {
      const other = signed(body, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` })

      expect((await post(PAYMENT, { headers: { 'webhook-signature': `${other['webhook-signature']} v2,x ${good['webhook-signature']}` } })).status).to.equal(200)
    })

    it('is looked at before the message', async () => {
      expect((await post('no JSON', { headers: { 'webhook-signature': 'v1,' } })).status).to.equal(401)
    })
  })

  describe('amount', () => {
    const written = (amount: string): string => JSON.stringify(PAYMENT).replace('500', amount)

    for (const amount of ['0', '-0', '-1', '0.5', '500.0', '5e2', '1E3', '0.99999999999999999999', '9007199254740992', '9007199254740990.6', '99999999999999999999', '1e400', '"500"', 'true', 'null', '[500]', '{}']) {
      it(`${amount}: refused`, async () => {
        const { status, body } = await post(written(amount))

        expect({ status, error: body.error }).to.deep.equal({ status: 400, error: '"amount" has to be a whole number of units from 1 to 9007199254740991, written with digits only' })
        expect(balance()).to.equal(0)
      })
    }

    for (const amount of ['0500', '0x10', '+5', '.5', '1_000', 'NaN', 'Infinity']) {
      it(`${amount}: no JSON`, async () => {
        expect((await post(written(amount))).status).to.equal(400)
      })
    }

    for (const amount of [1, Number.MAX_SAFE_INTEGER]) {
      it(`${amount}: taken, and given back`, async () => {
        expect((await post({ ...PAYMENT, amount })).body.balance).to.equal(amount)
        expect((await post({ ...PAYMENT, type: 'withdrawal', reference: 'all', amount })).body.balance).to.equal(0)
      })
    }

    it('more than the books can hold: refused', async () => {
      await post({ ...PAYMENT, amount: Number.MAX_SAFE_INTEGER })

      expect((await post({ ...PAYMENT, reference: 'more', amount: 1 })).status).to.equal(400)
      expect(balance()).to.equal(Number.MAX_SAFE_INTEGER)
    })
  })

  describe('message', () => {
    const { amount, ...withoutAmount } = PAYMENT

    const bad: Record<string, unknown> = {
      'no JSON': 'deposit 500',
      empty: '',
      'no UTF-8': Buffer.from([0x22, 0xff, 0x22]),
      'a list': [PAYMENT],
      'a number': '500',
      null: 'null',
      'without an amount': withoutAmount,
      'with a field too many': { ...PAYMENT, currency: 'EUR' },
      'with __proto__': `{"__proto__":{},${JSON.stringify(PAYMENT).slice(1)}`,
      'of another type': { ...PAYMENT, type: 'gift' },
      'in another unit': { ...PAYMENT, unit: 'euro' },
      'without a unit': { ...PAYMENT, unit: undefined },
      'with a reference that is a number': { ...PAYMENT, reference: 17 },
      'with an empty reference': { ...PAYMENT, reference: '' },
      'with a reference that is too long': { ...PAYMENT, reference: 'x'.repeat(129) },
      'with a reference that is not ASCII': { ...PAYMENT, reference: 'Zahlung für März' },
      'with a memo that is too long': { ...PAYMENT, memo: 'x'.repeat(201) },
      'with a memo that is null': { ...PAYMENT, memo: null },
      'for no PeerId': { ...PAYMENT, account: 'alice' },
      'for the world': { ...PAYMENT, account: 'world' },
      'for a list with a PeerId': { ...PAYMENT, account: [ALICE] },
      'for a PeerId in another text': { ...PAYMENT, account: peerIdFromString(ALICE).toCID().toString() },
      'for an RSA key': { ...PAYMENT, account: 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N' }
    }

    for (const [name, message] of Object.entries(bad)) {
      it(`${name}: refused`, async () => {
        const { status, body } = await post(message)

        expect(status).to.equal(400)
        expect(body.error).to.be.a('string').that.does.not.include('\n')
        expect(balance()).to.equal(0)
      })
    }

    it('of 16 KiB, most of it space: taken', async () => {
      expect((await post(JSON.stringify(PAYMENT).padEnd(MAX_BODY_LENGTH))).status).to.equal(200)
    })

    it('of a byte more: refused, unread', async () => {
      expect((await post(JSON.stringify(PAYMENT).padEnd(MAX_BODY_LENGTH + 1))).status).to.equal(413)
    })
  })

  describe('request', () => {
    for (const path of ['/', '/payments/', '/payments?x=1', '/Payments', '//payments']) {
      it(`for ${path}: not found`, async () => {
        expect((await post(PAYMENT, { path })).status).to.equal(404)
      })
    }

    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      it(`${method}: not allowed`, async () => {
        const { status, headers } = await post(method === 'GET' ? '' : PAYMENT, { method })

        expect({ status, allow: headers.allow }).to.deep.equal({ status: 405, allow: 'POST' })
      })
    }

    it('with a body without end: refused when it is too long', async () => {
      const request = httpRequest({ host: '127.0.0.1', port: server.port, path: '/payments', method: 'POST', headers: signed(Buffer.alloc(0)), agent: false })
      request.on('error', () => {})
      request.write(Buffer.alloc(MAX_BODY_LENGTH))
      request.write(Buffer.alloc(1))
      const [response] = await once(request, 'response')

      expect(response.statusCode).to.equal(413)
      await once(response.resume(), 'close')
      request.destroy()
    })

    it('with headers that are too long: refused', async () => {
      const reply = await raw(server.port, `POST /payments HTTP/1.1\r\nHost: x\r\nwebhook-id: ${'x'.repeat(MAX_HEADER_LENGTH)}\r\n\r\n`)

      expect(reply).to.match(/^HTTP\/1\.1 431 /)
    })

    it('that is no HTTP: refused', async () => {
      expect(await raw(server.port, 'deposit 500 for alice\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /)
    })

    for (const [name, start] of Object.entries({
      'headers that never end': 'POST /payments HTTP/1.1\r\nHost: x\r\n',
      'a body that never ends': 'POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'
    })) {
      it(`with ${name}: ended in time`, async () => {
        const hasty = await listen({ timeout: 100 })

        expect(await raw(hasty.port, start)).to.match(/^HTTP\/1\.1 408 /)
        await hasty.stop()
      })
    }

    it('whose sender goes away: nothing happens', async () => {
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${JSON.stringify(PAYMENT)}`)
      socket.destroy()

      expect((await post(PAYMENT)).body.repeated).to.be.false()
    })

    it('on a connection too many: dropped', async () => {
      const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, async () => {
        const socket = connect(server.port, '127.0.0.1')
        await once(socket, 'connect')

        return socket
      }))

      expect(await raw(server.port, '')).to.equal('')
      sockets.forEach(socket => { socket.destroy() })
    })
  })

  it('says that it could not be made when the books cannot be written, and what that was to the log alone', async () => {
    const broken = await listen({}, { ...view(bank), deposit: () => { throw new Error('the disk is full') } })
    const { status, body } = await post(PAYMENT, { to: broken })

    expect({ status, body }).to.deep.equal({ status: 500, body: { error: 'The payment could not be made now: send it again later' } })
    await broken.stop()
  })

  it('logs neither the secret nor what was sent', async () => {
    const lines: unknown[] = []
    const logger = prefixLogger('test')
    const noted = Object.assign((...args: unknown[]) => { lines.push(args) }, { error: (...args: unknown[]) => { lines.push(args) }, trace: () => {}, enabled: true, newScope: () => noted })
    logger.forComponent = () => noted as any
    const noting = await PaymentServer.listen({ ...view(bank), withdraw: () => { throw new Error('the disk is full') } }, { port: 0, secret: SECRET }, { logger, now: () => NOW * 1_000 })

    for (const message of [PAYMENT, { ...PAYMENT, type: 'withdrawal' }, 'no JSON', { ...PAYMENT, stray: 'secret' }]) {
      await post(message, { to: noting })
    }

    await noting.stop()
    const text = JSON.stringify(lines)
    expect(lines).to.have.length.at.least(4)
    expect([SECRET, SECRET.slice(6), ALICE, 'invoice-17', 'secret'].filter(word => text.includes(word))).to.be.empty()
  })

  it('listens on this machine alone unless it is told otherwise', async () => {
    const socket = connect(server.port, '127.0.0.2')

    expect(await once(socket, 'connect').then(() => 'connected', err => err.code)).to.equal('ECONNREFUSED')
  })

  it('says when the port is in use', async () => {
    await expect(listen({ port: server.port })).to.eventually.be.rejected
      .with.property('message', `Payments cannot be taken on 127.0.0.1:${server.port}: another program listens there`)
  })

  it('says when the address is not one of this machine', async () => {
    await expect(listen({ host: '192.0.2.1' })).to.eventually.be.rejected.with.property('name', 'PaymentsListenError')
  })

  it('refuses what is no secret, without telling it', () => {
    const attempt = (secret: string) => () => paymentHandler(bank, secret)

    for (const secret of ['', 'whsec_', 'secret', SECRET.slice(6), `whsec_${Buffer.alloc(23).toString('base64')}`, `whsec_${Buffer.alloc(65).toString('base64')}`, `${SECRET} `, 'whsec_äöü']) {
      expect(attempt(secret), secret).to.throw().with.property('message', 'A secret for payments is "whsec_" and the base64 of 24 to 64 bytes')
    }
  })

  it('stops while requests are under way', async () => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    const closed = new Promise<void>(resolve => {
      socket.on('error', () => { resolve() })
      socket.on('close', () => { resolve() })
    })
    socket.write('POST /payments HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
    await server.stop()
    await closed
    server = await listen()
  })
})

/** As of the time of the specification's example. */
function signed (body: Uint8Array, signing: Signing = {}): ReturnType<typeof sign> {
  return sign(body, { timestamp: NOW, ...signing })
}

/** Sends bytes as they are; returns all that comes until the other end closes. */
async function raw (port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)

  return text(socket)
}

/** A bank whose methods can be replaced. */
function view (bank: SqlBank): PaymentBank {
  return {
    policy: bank.policy,
    deposit: (...args) => bank.deposit(...args),
    withdraw: (...args) => bank.withdraw(...args),
    balance: account => bank.balance(account)
  }
}
