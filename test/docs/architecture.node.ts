/** What ARCHITECTURE.md names is there, under that name. */
import { existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'aegir/chai'

const TEXT = readFileSync('ARCHITECTURE.md', 'utf8')
const SPANS = [...new Set([...TEXT.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span))]

describe('documentation: architecture', () => {
  it('names files that are there', () => {
    const paths = SPANS.filter(span => /^(src|protocols|test)\//.test(span) || span.endsWith('.cjs'))

    expect(paths.filter(path => !existsSync(path))).to.be.empty()
    expect(paths).to.have.length.above(40)
  })

  it('names classes, methods, functions and constants that are there', async () => {
    const files = await Promise.all(['src', 'protocols'].map(async folder => (await readdir(folder, { recursive: true })).filter(name => /(?<!pb.*)\.ts$/.test(name)).map(name => join(folder, name))))
    const sources = files.flat().map(path => readFileSync(path, 'utf8'))
    const missing = SPANS.filter(span => {
      const [, owner, member] = /^([A-Z]\w+)\.(\w+)$/.exec(span) ?? []

      if (owner != null) {
        const method = new RegExp(`^ {2}(async |get )?${member} (<\\w+> )?\\(`, 'm')

        return !sources.some(source => new RegExp(`(class|interface) ${owner}\\b`).test(source) && method.test(source))
      }

      return /^([A-Z][a-z]+[A-Z]\w+|[A-Z]+_[A-Z_]+|[a-z]+[A-Z]\w+)$/.test(span) && !sources.some(source => new RegExp(`\\b${span}\\b`).test(source))
    })

    expect(missing).to.be.empty()
  })

  it('quotes the names of tests that are there', () => {
    const [, invariants] = /^## Invariants\n(.*)/ms.exec(TEXT) ?? []
    const quotes = [...invariants.replace(/\n +/g, ' ').matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)]
    let source = ''

    for (const [, path, name] of quotes) {
      if (path == null) {
        expect(source).to.include(`it('${name}'`)
      } else {
        source = path.endsWith('.ts') ? readFileSync(path, 'utf8') : ''
      }
    }

    expect(quotes).to.have.length.above(15)
  })

  it('names all tables', () => {
    const files = ['src/holding/store.ts', 'src/client/grants.ts', 'src/client/pins.ts', 'src/client/known-providers.ts', 'src/server/schema.ts', 'src/ledger/schema.ts', 'src/bank/schema.ts', 'src/wallet/wallet.ts', 'src/judge/docket.ts', 'src/receipts/receipts.ts', 'src/home/migrate.ts']
    const tables = files.flatMap(path => [...readFileSync(path, 'utf8').matchAll(/CREATE (?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)/g)].map(([, table]) => table))

    expect(tables.filter(table => !SPANS.includes(table))).to.be.empty()
  })
})
