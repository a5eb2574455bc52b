import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { DerReader, Tag, encodeDer, readAll } from '../../../src/node/tls/der.ts'

describe('tls: DER', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535]) {
    it(`reads ${length} bytes as it wrote them`, () => {
      const content = new Uint8Array(length).fill(7)
      const whole = encodeDer(Tag.OCTET_STRING, content)

      expect(new DerReader(whole).readWhole(Tag.OCTET_STRING)).to.deep.equal(whole)
      const reader = new DerReader(whole)
      expect(reader.read(Tag.OCTET_STRING)).to.deep.equal(content)
      reader.finish()
    })

    it(`says so when the last of ${length} bytes is missing`, () => {
      const whole = encodeDer(Tag.OCTET_STRING, new Uint8Array(length))

      expect(() => new DerReader(whole.subarray(0, -1)).read(Tag.OCTET_STRING)).to.throw().with.property('name', 'DerError')
    })
  }

  for (const [what, bytes] of Object.entries({
    'a long form of a short length': [0x04, 0x81, 0x01, 0x00],
    'a length with a leading zero': [0x04, 0x82, 0x00, 0x80, ...new Array(128).fill(0)],
    'no end': [0x04, 0x80, 0x01, 0x00, 0x00],
    'a length of three bytes': [0x04, 0x83, 0x01, 0x00, 0x00],
    'a reserved length': [0x04, 0xff],
    'no length': [0x04],
    'another tag': [0x05, 0x00],
    nothing: []
  })) {
    it(`refuses ${what}`, () => {
      expect(() => new DerReader(Uint8Array.from(bytes)).read(Tag.OCTET_STRING)).to.throw().with.property('name', 'DerError')
    })
  }

  it('refuses what is left over', () => {
    const reader = new DerReader(Uint8Array.of(0x04, 0x00, 0x00))
    reader.read(Tag.OCTET_STRING)

    expect(() => { reader.finish() }).to.throw().with.property('name', 'DerError')
  })

  it('reads the same, or refuses, whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
      const parts: Uint8Array[] = []

      try {
        for (const reader of readAll(bytes, Tag.SEQUENCE)) {
          while (!reader.isDone) {
            parts.push(reader.read(Tag.OCTET_STRING))
          }
        }
      } catch (err: any) {
        expect(err.name).to.equal('DerError')
      }

      expect(parts.reduce((sum, { byteLength }) => sum + byteLength + 2, 0)).to.be.at.most(bytes.byteLength)
    }))
  })
})
