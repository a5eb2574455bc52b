/**
 * Runs of one scenario beside each other: by nodes and by the model, or with other compositions.
 */
import * as Plot from '@observablehq/plot'
import { ABSENT, formatCount } from './format.ts'
import { html } from './html.ts'
import { differences } from './labels.ts'
import { axis, largest, resampled } from './plots/axes.ts'
import { waitsOf } from './plots/completion.ts'
import { draw, legendOf, lineGlyph } from './plots/drawing.ts'
import { figure, honest } from './summary.ts'
import { tableOf } from './table.ts'
import type { Html } from './html.ts'
import type { FigureId } from './summary.ts'
import type { Outcome, Series } from '../harness/outcome.ts'

const MOST_POINTS = 120
const PANEL = { width: 260, height: 170 }
const MOST_PANELS = 12

const COMPARED: FigureId[] = ['median', 'p95', 'last', 'copies', 'fromPeers', 'overhead', 'fairness', 'perNode']

/** A run's number in the report, counted from 0, with it. */
export interface Run {
  number: number
  outcome: Outcome
}

/** Scenarios that were run more than once, in the order of their first run. */
export function repeated (outcomes: Outcome[]): Run[][] {
  const groups = new Map<string, Run[]>()

  outcomes.forEach((outcome, number) => {
    const group = groups.get(outcome.scenario) ?? []
    group.push({ number, outcome })
    groups.set(outcome.scenario, group)
  })

  return [...groups.values()].filter(group => group.length > 1)
}

/** @param id - unique on the page */
export function comparison (id: string, runs: Run[]): Html {
  const names = differences(runs.map(({ outcome }) => outcome))
  const panels = runs.slice(0, MOST_PANELS)

  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${runs[0].outcome.title}: ${formatCount(runs.length)} runs compared</h2>
<p class="soft">Time from arrival to completion, in units of each run’s own lower bound, so that runs of any size can be compared. The run of a panel is the strong line, the others are behind it.</p>
${legendOf([{ label: 'this run', glyph: lineGlyph(THIS) }, { label: 'the others', glyph: lineGlyph(OTHER) }, { label: 'lower bound', glyph: lineGlyph(BOUND) }])}
<div class="panels">${panels.map((_, i) => panel(`${id}-${i + 1}`, names, panels.map(({ outcome }) => outcome), i))}</div>
${runs.length > panels.length && html`<p class="soft">The other ${formatCount(runs.length - panels.length)} are in the table.</p>`}
${comparisonTable(runs, names)}
${deviations(runs)}
</section>`
}

const THIS = { stroke: 'var(--clients)', strokeWidth: 2.5 }
const OTHER = { stroke: 'var(--ghost)', strokeWidth: 1.25 }
const BOUND = { stroke: 'var(--bound)', strokeDasharray: '6 4', strokeWidth: 1.25 }

function panel (id: string, names: string[], outcomes: Outcome[], shown: number): Html {
  const curves = outcomes.map(relativeCurve)
  const end = Math.max(1.1, 1.04 * largest(curves.map(curve => curve.at(-1)?.[0])))
  const [median, last] = (['median', 'last'] as const).map(id => figure(outcomes[shown], id)?.note)
  const description = median == null || last == null ? 'Nobody is done, or there is no bound.' : `${median} at the median, ${last} for the last client.`

  return html`<figure id="${id}"><figcaption><h3>${names[shown]}</h3><p>${description}</p></figcaption>${draw({
    ...PANEL,
    marginTop: 22,
    marginLeft: 40,
    x: axis('× lower bound', end, { ticks: 4 }),
    y: axis('% done', 100, { grid: true, ticks: 3 }),
    marks: [
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      Plot.ruleX([1], BOUND),
      ...curves.filter((_, i) => i !== shown).map(curve => Plot.line(curve, { ...OTHER, curve: 'step-after' })),
      Plot.line(curves[shown], { ...THIS, curve: 'step-after' })
    ]
  }, { id, title: names[shown], description })}</figure>`
}

/** Percent of the honest clients that took so many times the lower bound at most. */
function relativeCurve (outcome: Outcome): Series {
  const clients = honest(outcome).length
  const points = resampled([[0, 0], ...waitsOf(outcome)], MOST_POINTS).map(([time, n]): [number, number] => [time / outcome.bound, 100 * n / clients])

  return points.filter(point => point.every(Number.isFinite))
}

function comparisonTable (runs: Run[], names: string[]): Html {
  const columns = COMPARED.filter(id => runs.some(({ outcome }) => figure(outcome, id) != null))

  return tableOf({
    caption: 'Figures of these runs',
    head: ['Run', ...columns.map(id => figure(runs.find(({ outcome }) => figure(outcome, id) != null)?.outcome ?? runs[0].outcome, id)?.short)],
    rows: runs.map(({ number, outcome }, i) => [html`<a href="#run-${number + 1}">${number + 1}. ${names[i]}</a>`, ...columns.map(id => figure(outcome, id)?.text ?? ABSENT)])
  })
}

/** Where nodes and model have run the same: how far the model is off. */
function deviations (runs: Run[]): Html | undefined {
  const pairs = runs.filter(({ outcome }) => outcome.by === 'nodes').flatMap(real => {
    const model = runs.find(({ outcome }) => outcome.by === 'model' && likeness(outcome) === likeness(real.outcome))

    return model == null ? [] : [{ real, model }]
  })

  return pairs.length === 0
    ? undefined
    : tableOf({
      caption: 'How far the model is off, where nodes have run the same plan',
      head: ['Runs', ...COMPARED.slice(0, 6).map(id => figure(pairs[0].real.outcome, id)?.short)],
      rows: pairs.map(({ real, model }) => [
        html`<a href="#run-${model.number + 1}">run ${model.number + 1}</a> against <a href="#run-${real.number + 1}">run ${real.number + 1}</a>`,
        ...COMPARED.slice(0, 6).map(id => deviation(figure(model.outcome, id)?.value, figure(real.outcome, id)?.value))
      ])
    })
}

/** The same for runs of one plan: its lower bound tells other links from these, and the clients other parts that misbehave. */
function likeness ({ peers, size, composition, seed, server, bound }: Outcome): string {
  const clients = peers.map(({ behaviour = 'honest' }) => behaviour).sort()

  return JSON.stringify([clients, size, seed, server.link, bound, Object.entries(composition).sort()])
}

function deviation (model = NaN, real = NaN): string {
  const part = model / real - 1

  return Number.isFinite(part) ? `${part < 0 ? '−' : '+'}${Math.abs(100 * part).toFixed(1)} %` : ABSENT
}
