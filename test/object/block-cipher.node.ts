import { expect } from 'aegir/chai'
import * as fc from 'fast-check'
import { BlockCipher as BrowserCipher } from '../../src/object/block-cipher.browser.ts'
import { BlockCipher } from '../../src/object/block-cipher.ts'

describe('block cipher', () => {
  it('is the same in browsers, whatever the pieces', () => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(2 ** 20),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }),
      (key, index, pieces) => {
        const here = new BlockCipher(key).block(index)
        const there = new BrowserCipher(key).block(index)

        for (const piece of pieces) {
          expect([...there.update(piece)]).to.deep.equal([...here.update(piece)])
        }
      }
    ), { seed: 7 })
  })

  it('refuses keys of another length', () => {
    for (const Cipher of [BlockCipher, BrowserCipher]) {
      expect(() => new Cipher(new Uint8Array(16))).to.throw().with.property('name', 'InvalidParametersError')
    }
  })
})
