import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { base58btc } from 'multiformats/bases/base58'
import { formatLink, parseLink } from '../../src/link/link.ts'
import { object, peer } from '../ticket/fixtures.ts'
import type { Link } from '../../src/link/link.ts'

describe('link', () => {
  let link: Link

  before(async () => {
    const server = await peer(2)
    link = {
      server,
      fingerprint: new Uint8Array(32).fill(9),
      object: object(1),
      addresses: ['/ip4/192.0.2.1/tcp/4455', '/dns4/example.org/tcp/443/tls/ws', `/ip4/192.0.2.9/tcp/1/p2p/${await peer(7)}/p2p-circuit`]
        .map(address => multiaddr(`${address}/p2p/${server}`)),
      name: 'holiday film.mp4'
    }
  })

  function expectEqual (a: Link, b: Link): void {
    expect({ ...a, server: `${a.server}`, object: `${a.object}`, addresses: a.addresses.map(String), fingerprint: [...a.fingerprint] })
      .to.deep.equal({ ...b, server: `${b.server}`, object: `${b.object}`, addresses: b.addresses.map(String), fingerprint: [...b.fingerprint] })
  }

  it('should be one line that holds everything', () => {
    const text = formatLink(link)

    expect(text).to.match(/^mssl:z[1-9A-HJ-NP-Za-km-z]+\/holiday%20film\.mp4$/)
    expectEqual(parseLink(text), link)
    expectEqual(parseLink(`  ${text}\n`), link)
  })

  it('should do without object, addresses and name', () => {
    const short = { ...link, object: undefined, addresses: [], name: '' }
    expectEqual(parseLink(formatLink(short)), short)
  })

  it('should take any name and any address with or without the PeerId', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), name => {
      expect(parseLink(formatLink({ ...link, name })).name).to.equal(name)
    }), { seed: 4 })

    expectEqual(parseLink(formatLink({ ...link, addresses: [multiaddr('/ip4/192.0.2.1/tcp/4455')] })), { ...link, addresses: [link.addresses[0]] })
  })

  it('should keep the first 8 addresses', () => {
    expect(parseLink(formatLink({ ...link, addresses: new Array(9).fill(link.addresses[0]) })).addresses).to.have.lengthOf(8)
  })

  it('should see every wrong, missing or additional character', () => {
    const text = formatLink(link)
    const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl%./-'

    for (let i = 'mssl:'.length; i < text.length; i++) {
      const wrong = alphabet[(i * 7) % alphabet.length]

      for (const changed of [text.slice(0, i) + text.slice(i + 1), `${text.slice(0, i)}${wrong}${text.slice(i)}`, `${text.slice(0, i)}${wrong}${text.slice(i + 1)}`]) {
        if (changed !== text) {
          expect(() => parseLink(changed), changed).to.throw('wrong or missing character').with.property('name', 'InvalidLinkError')
        }
      }
    }
  })

  it('should say what is no link', () => {
    expect(() => parseLink('https://example.org')).to.throw('begins with')
    expect(() => parseLink(`mssl:${'z'.repeat(9_000)}`)).to.throw('characters')
    expect(() => parseLink('mssl:')).to.throw().with.property('name', 'InvalidLinkError')
    expect(() => parseLink('mssl:z')).to.throw().with.property('name', 'InvalidLinkError')
    expect(() => parseLink('mssl:z11111111')).to.throw().with.property('name', 'InvalidLinkError')
    expect(() => formatLink({ ...link, fingerprint: new Uint8Array(31) })).to.throw('32 bytes')
  })

  it('should refuse garbage whatever it is', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      expect(() => parseLink(`mssl:${base58btc.encode(bytes)}`)).to.throw().with.property('name', 'InvalidLinkError')
    }), { seed: 5 })
  })
})
