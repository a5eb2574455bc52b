import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect } from 'aegir/chai'
import selfsigned from 'selfsigned'
import { formatLink } from '../../src/link/link.ts'
import { formatWellKnown, parseWellKnown, resolveWellKnown } from '../../src/link/well-known.ts'
import { object, peer } from '../ticket/fixtures.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

describe('well-known', () => {
  const fingerprint = new Uint8Array(32).fill(9)
  const trusted = getCACertificates('default')
  let server: Server
  let origin: string
  let document: string
  let respond: (request: IncomingMessage, response: ServerResponse) => void

  before(async () => {
    const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
    })
    server = createServer({ key, cert }, (request, response) => { respond(request, response) })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    origin = `https://localhost:${(server.address() as AddressInfo).port}`
    setDefaultCACertificates([...trusted, cert])
  })

  beforeEach(async () => {
    const link = async (name: string, seed: number): Promise<{ name: string, link: string }> => ({
      name,
      link: formatLink({ server: await peer(2), fingerprint, object: object(seed), addresses: [], name })
    })
    document = formatWellKnown({ fingerprint, objects: [await link('one film.mp4', 1), await link('two', 2)] })
    respond = (request, response) => {
      response.writeHead(request.url === '/.well-known/mssl' ? 200 : 404, { 'content-type': 'application/json' }).end(document)
    }
  })

  after(() => {
    setDefaultCACertificates(trusted)
    server.close()
    server.closeAllConnections()
  })

  it('should name an object by its web address', async () => {
    const link = await resolveWellKnown(`${origin}/one%20film.mp4`)

    expect(link.name).to.equal('one film.mp4')
    expect(link.object?.equals(object(1))).to.be.true()
    expect(link.fingerprint).to.equalBytes(fingerprint)
  })

  it('should take the only object without a name, and ask for one otherwise', async () => {
    await expect(resolveWellKnown(origin)).to.eventually.be.rejectedWith('one film.mp4, two')
    await expect(resolveWellKnown(`${origin}/three`)).to.eventually.be.rejectedWith('no such object; it has: one film.mp4, two')

    const { objects } = parseWellKnown(document)
    document = formatWellKnown({ fingerprint, objects: objects.slice(1) })
    expect((await resolveWellKnown(origin)).name).to.equal('two')
    expect((await resolveWellKnown(`${origin}/.well-known/mssl`)).name).to.equal('two')
  })

  it('should not take links of another server than the domain vouches for', async () => {
    document = formatWellKnown({ fingerprint: new Uint8Array(32), objects: parseWellKnown(document).objects })
    await expect(resolveWellKnown(`${origin}/two`)).to.eventually.be.rejectedWith('another server')
  })

  it('should follow redirects over https only, and not for ever', async () => {
    const normal = respond
    respond = (request, response) => {
      if (request.url === '/moved') {
        request.url = '/.well-known/mssl'
        normal(request, response)
      } else {
        response.writeHead(302, { location: '/moved' }).end()
      }
    }
    expect((await resolveWellKnown(`${origin}/two`)).name).to.equal('two')

    respond = (request, response) => { response.writeHead(302, { location: 'http://localhost:1/mssl' }).end() }
    await expect(resolveWellKnown(`${origin}/two`)).to.eventually.be.rejectedWith('without https')

    respond = (request, response) => { response.writeHead(302, { location: '/again' }).end() }
    await expect(resolveWellKnown(`${origin}/two`)).to.eventually.be.rejectedWith('more than 5 times')
  })

  it('should insist on https', async () => {
    await expect(resolveWellKnown('http://localhost/two')).to.eventually.be.rejectedWith('https://')
  })

  it('should not listen to who sends too much', async () => {
    document = ' '.repeat(1024 * 1024) + document
    await expect(resolveWellKnown(`${origin}/two`)).to.eventually.be.rejectedWith('more than')
  })

  it('should refuse what is no such document', async () => {
    for (document of ['', '{', '[]', '{}', 'null', '{"version":2}', '{"version":1,"fingerprint":"00","objects":[]}', '{"version":1,"objects":[]}', '{"version":1,"fingerprint":"zz","objects":[]}', JSON.stringify({ version: 1, fingerprint: '00'.repeat(32), objects: [null] }), JSON.stringify({ version: 1, fingerprint: '00'.repeat(32), objects: {} })]) {
      await expect(resolveWellKnown(`${origin}/two`), document).to.eventually.be.rejected.with.property('name', 'WellKnownError')
    }

    respond = (request, response) => { response.writeHead(500).end() }
    await expect(resolveWellKnown(`${origin}/two`)).to.eventually.be.rejectedWith('status 500')
  })

  it('should not trust a certificate that is not trusted', async () => {
    setDefaultCACertificates(trusted)

    try {
      // another name, so that no open connection is used again
      await expect(resolveWellKnown(`${origin.replace('localhost', '127.0.0.1')}/two`)).to.eventually.be.rejected.with.property('name', 'WellKnownError')
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  it('should say when the address itself is none', async () => {
    for (const address of ['https://', 'https://[', `${origin}/%E0`]) {
      await expect(resolveWellKnown(address), address).to.eventually.be.rejected.with.property('name', 'InvalidParametersError')
    }
  })

  it('should stop when it is told to', async () => {
    respond = () => {}
    await expect(resolveWellKnown(origin, { signal: AbortSignal.timeout(50) })).to.eventually.be.rejected.with.property('name', 'AbortError')
  })
})
