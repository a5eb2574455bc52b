import { readFile } from 'node:fs/promises'
import { expect } from 'aegir/chai'
import { fromString } from 'uint8arrays/from-string'
import { MessageReader } from '../../../protocols/block/message-reader.ts'
import { ProviderMessage, RecipientMessage } from '../../../protocols/block/pb/block.ts'
import { readable, wireVectors } from '../../vectors/block-wire.ts'
import type { WireVectors } from '../../vectors/block-wire.ts'

describe('block wire vectors', () => {
  let vectors: WireVectors

  before(async () => {
    vectors = JSON.parse(await readFile(new URL('protocols/block/wire-vectors.json', `file://${process.cwd()}/`), 'utf8'))
  })

  it('are what this implementation writes', () => {
    expect(wireVectors()).to.deep.equal(vectors)
  })

  it('are read as what they mean', () => {
    for (const [list, codec] of [[vectors.recipient, RecipientMessage], [vectors.provider, ProviderMessage]] as const) {
      for (const vector of list) {
        const raw: number[] = []
        const messages: unknown[] = []
        const reader = new MessageReader({
          message: bytes => {
            const message: any = codec.decode(bytes)
            messages.push(readable(message))
            return message.block?.length ?? message.superBlock?.length
          },
          chunk: bytes => { raw.push(...bytes) },
          end: () => {}
        })
        reader.push(fromString(vector.encoded, 'base16'))

        expect(messages, vector.name).to.deep.equal([vector.message])
        expect(raw).to.deep.equal([...fromString('body' in vector ? vector.body ?? '' : '', 'base16')])
        expect(reader.atBoundary).to.equal(true)
      }
    }
  })
})
