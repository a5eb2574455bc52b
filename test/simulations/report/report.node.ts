import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'aegir/chai'
import { parseHTML } from 'linkedom'
import { parseOutcomes, reportFiles, writeReport } from '../../../simulations/report/index.ts'
import { stringifyOutcomes } from '../../../simulations/report/json.ts'
import { pageOf } from '../../../simulations/report/page.ts'
import { figuresOf, parametersOf } from '../../../simulations/report/summary.ts'
import { bareOutcome, outcomeOf } from './fixture.ts'
import type { Outcome } from '../../../simulations/harness/outcome.ts'

const HOSTILE = '<script>alert("1")</script>\'><img src=x onerror=alert(2)>&amp;\u202egnp.exe\u0000\ud800'
/** Tags that have no end in HTML */
const VOID = new Set(['meta', 'br', 'img', 'hr', 'link', 'input'])

describe('report: the page', () => {
  it('shows everything of an outcome', () => {
    const outcome = outcomeOf({ composition: { mode: 'purchase' }, cheats: 4, findings: [{ what: 'all finish', holds: false, found: '3 of 4', allowed: 'all' }, { what: 'few copies', holds: true, found: '1.1', allowed: '1.2' }] })
    const document = parse(page([outcome]))
    const text = textOf(document)

    for (const { name, text: value, note = '' } of figuresOf(outcome)) {
      expect(text).to.include(`${name} ${value}`).and.include(note)
    }

    for (const [name, value] of parametersOf(outcome)) {
      expect(text).to.include(`${name} ${value}`)
    }

    for (const part of [outcome.title, outcome.summary, outcome.command, outcome.machine, outcome.date, ...outcome.peers.map(({ name }) => name)]) {
      expect(text).to.include(part)
    }

    expect([...document.querySelectorAll('ul.findings li')].map(textOf)).to.deep.equal(['✘ all finish : 3 of 4 (allowed: all)', '✔ few copies : 1.1 (allowed: 1.2)'])
    expect(textOf(document.querySelector('.verdict'))).to.equal('✘ 1 check of 2 failed')
    expect([...document.querySelectorAll('figure h3')].map(textOf)).to.deep.equal([
      'Completion', 'Upload of the server', 'Upload of all', 'Time by link and behaviour', 'Who served whom', 'Fairness', 'Cheaters’ gain'
    ])
  })

  it('is well-formed, and every id is there once', () => {
    const text = page(everything())
    const document = parse(text)
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)

    expect(unclosed(text)).to.deep.equal([])
    expect(new Set(ids)).to.have.property('size', ids.length)

    for (const link of document.querySelectorAll('a')) {
      expect(ids).to.include(link.getAttribute('href')?.slice(1))
    }

    for (const labelled of document.querySelectorAll('[aria-labelledby]')) {
      expect(ids).to.include.members(labelled.getAttribute('aria-labelledby')?.split(' ') ?? [])
    }
  })

  it('needs nothing but itself', () => {
    const text = page(everything())

    expect(text).to.not.match(/\ssrc=|https?:|url\(|@import|<script|<link|\son\w+=/i)
    expect([...text.matchAll(/href="([^"]*)"/g)].filter(([, href]) => !href.startsWith('#'))).to.deep.equal([])
    expect(text).to.include('default-src \'none\'')
  })

  it('says in words what each plot shows', () => {
    for (const svg of parse(page(everything())).querySelectorAll('svg[role=img]')) {
      expect(svg.querySelector('title')?.textContent).to.be.a('string').that.is.not.empty()
      expect(svg.querySelector('desc')?.textContent).to.be.a('string').that.is.not.empty()
    }
  })

  it('has colours from its style sheet alone, so that there is a dark one', () => {
    for (const [, colour] of page(everything()).matchAll(/(?:fill|stroke)="([^"]*)"/g)) {
      expect(colour).to.match(/^(var\(--\w+\)|currentColor|none)$/)
    }
  })

  it('shows no number where there is none', () => {
    const text = textOf(parse(page([bareOutcome(), bareOutcome()])))

    expect(text).to.not.match(/NaN|Infinity|undefined|null|\[object/)
    expect(page([bareOutcome(), ...everything()])).to.not.match(/NaN|Infinity|undefined/)
    expect(text).to.include('nobody there').and.include('Nothing was checked.')
  })

  it('shows a run of nobody, and a report of nothing', () => {
    expect(textOf(parse(page([outcomeOf({ clients: 0, size: 0, bound: 0 })])))).to.include('0 of 0').and.not.match(/NaN|Infinity|undefined/)
    expect(textOf(parse(page([])))).to.include('0 runs')
  })

  it('escapes what comes from strangers', () => {
    const outcome = hostile()
    const text = page([outcome, { ...outcome, seed: 8 }])
    const document = parse(text)

    expect(document.querySelectorAll('script, img')).to.have.lengthOf(0)
    expect(text).to.not.include('\u0000').and.not.include('\u202e').and.not.include('<img').and.not.include('<script')
    expect(unclosed(text)).to.deep.equal([])
    // it is there to be read, none the less
    expect(textOf(document)).to.include('<script>alert("1")</script>\'><img src=x onerror=alert(2)>&amp;\ufffdgnp.exe\ufffd\ufffd')
  })

  it('warns of a machine that was too slow', () => {
    expect(textOf(parse(page([outcomeOf({ load: { cpu: 9, lag: 2_400, lateness: 0.21 } })])))).to.include('The machine was too slow for this run')
  })

  it('has contents, an overview and comparisons when there are several runs', () => {
    const document = parse(page(everything()))

    expect([...document.querySelectorAll('nav ol li a')].map(textOf)).to.deep.equal(everything().map(({ title }) => title))
    expect(document.querySelectorAll('#overview tbody tr')).to.have.lengthOf(everything().length)
    expect(textOf(document.querySelector('#compared-1'))).to.include('Flash crowd: 3 runs compared').and.include('run 2 against run 1 −25.0 %')
    expect(document.querySelectorAll('#compared-1 figure')).to.have.lengthOf(3)
    expect(document.querySelector('#compared-2')).to.equal(null)
    expect(parse(page([outcomeOf()])).querySelector('nav')).to.equal(null)
  })

  it('is the same for the same outcomes', () => {
    expect(page(everything())).to.equal(page(everything()))
  })

  it('is small, and soon there, for 100,000 clients', function () {
    this.timeout(60_000)
    const outcome = outcomeOf({ by: 'model', clients: 100_000, cheats: 20_000, composition: { mode: 'proof' } })
    outcome.peers.forEach((peer, i) => { peer.link = { up: 1e5 + i, down: 1e6 + i, delay: 1 } })
    const begin = performance.now()
    const text = page([outcome])

    expect(text.length).to.be.below(2 ** 20)
    expect(performance.now() - begin).to.be.below(20_000)
  })
})

describe('report: the files', () => {
  let folder: string

  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'mssl-report-')) })

  afterEach(async () => { await rm(folder, { recursive: true }) })

  it('are a page and the same as JSON, and nothing else', async () => {
    const path = join(folder, 'out.html')
    await writeFile(path, 'an older one')
    await writeReport(everything(), path)

    expect(await readdir(folder)).to.have.members(['out.html', 'out.json'])
    expect(await readFile(path, 'utf8')).to.equal(pageOf(everything(), 'out.json'))
    expect(parseOutcomes(await readFile(join(folder, 'out.json'), 'utf8'))).to.deep.equal(everything())
  })

  it('have names by the path of either', () => {
    expect(reportFiles('a/out.html')).to.deep.equal({ html: 'a/out.html', json: 'a/out.json' })
    expect(reportFiles('a/out.json')).to.deep.equal({ html: 'a/out.html', json: 'a/out.json' })
    expect(reportFiles('a.b/out')).to.deep.equal({ html: 'a.b/out.html', json: 'a.b/out.json' })
    expect(reportFiles('out.HTM')).to.deep.equal({ html: 'out.HTM', json: 'out.json' })
  })

  it('leave nothing behind when they cannot be written', async () => {
    await expect(writeReport([outcomeOf()], join(folder, 'none', 'out.html'))).to.eventually.be.rejected.with.property('code', 'ENOENT')
    expect(await readdir(folder)).to.deep.equal([])
  })

  it('keep numbers that are none', () => {
    const outcome = bareOutcome()
    const [again] = parseOutcomes(stringifyOutcomes([outcome]))

    expect(again.completion.last).to.be.NaN()
    expect(again.peers[0].link).to.deep.equal(outcome.peers[0].link)
  })

  it('are refused when they are something else', () => {
    expect(() => parseOutcomes('{}')).to.throw(TypeError)
    expect(() => parseOutcomes('[{"version":2}]')).to.throw(TypeError)
    expect(() => parseOutcomes('[')).to.throw(SyntaxError)
  })
})

function page (outcomes: Outcome[]): string {
  return pageOf(outcomes, 'out.json')
}

/** One of each kind of run. */
function everything (): Outcome[] {
  return [
    outcomeOf({ clients: 6, completion: { median: 24, p95: 28, last: 28 } }),
    outcomeOf({ clients: 6, by: 'model', completion: { median: 18, p95: 28, last: 28 } }),
    outcomeOf({ clients: 30, composition: { mode: 'proof' } }),
    outcomeOf({ clients: 10, scenario: 'free-riders', title: 'Free riders', cheats: 4, composition: { mode: 'purchase' } }),
    outcomeOf({ clients: 10, scenario: 'steady-arrivals', title: 'Steady arrivals', over: 60, cheats: 2 })
  ]
}

/** Everything that is text is an attack. */
function hostile (): Outcome {
  const { findings, flows, fairness, ...outcome } = outcomeOf({ clients: 3, cheats: 1, composition: { mode: 'proof' } })

  return {
    ...outcome,
    scenario: HOSTILE,
    title: HOSTILE,
    summary: HOSTILE,
    machine: HOSTILE,
    date: HOSTILE,
    command: HOSTILE,
    composition: { ...outcome.composition, routing: HOSTILE as 'table' },
    peers: outcome.peers.map(peer => ({ ...peer, name: HOSTILE, error: HOSTILE, behaviour: HOSTILE as 'free-rider' })),
    findings: findings.map(({ holds }) => ({ holds, what: HOSTILE, found: HOSTILE, allowed: HOSTILE })),
    flows: { groups: flows.groups.map(() => HOSTILE), bytes: flows.bytes },
    fairness: { index: 1, points: fairness?.points.map(point => ({ ...point, name: HOSTILE, behaviour: HOSTILE as 'free-rider' })) ?? [] }
  }
}

function parse (text: string): Document {
  return parseHTML(text).document
}

/** With one space between the texts of two elements. */
function textOf (node: Node | null): string {
  const text = (node: Node): string => node.nodeType === 3 ? node.textContent ?? '' : ` ${[...node.childNodes].filter(({ nodeName }) => nodeName.toLowerCase() !== 'style').map(text).join('')} `

  return node == null ? '' : text(node).replace(/\s+/g, ' ').trim()
}

/** Tags that are not closed in the order in which they were opened. */
function unclosed (text: string): string[] {
  const open: string[] = []

  for (const [, end, name, rest] of text.replace(/<style>.*?<\/style>/gs, '').matchAll(/<(\/?)([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)) {
    if (end !== '') {
      if (open.at(-1) !== name) {
        return [...open, `/${name}`]
      }

      open.pop()
    } else if (!VOID.has(name) && !rest.endsWith('/')) {
      open.push(name)
    }
  }

  return open
}
