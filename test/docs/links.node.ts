/** Links between the documents lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'aegir/chai'

const DOCUMENTS = ['.', 'protocols/ticket', 'protocols/block', 'protocols/ack', 'benchmarks', 'benchmarks/compare', 'simulations', 'docs/decisions']
  .flatMap(folder => readdirSync(folder).filter(name => name.endsWith('.md')).map(name => join(folder, name)))

/** The anchors of a document, as GitHub makes them of headings. */
function anchors (path: string): string[] {
  return [...readFileSync(path, 'utf8').replace(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)]
    .map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'))
}

describe('documentation: links', () => {
  for (const path of DOCUMENTS) {
    it(path, () => {
      const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      const broken = links.filter(([, file, anchor]) => {
        const target = file === '' ? path : join(dirname(path), file)

        return !existsSync(target) || (anchor != null && !anchors(target).includes(anchor))
      })

      expect(broken.map(([link]) => link)).to.be.empty()
    })
  }
})
