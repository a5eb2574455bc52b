/** The page: head, table of contents, overview, and a section per run. */
import { comparison, repeated } from './comparison.ts'
import { ABSENT, formatBytes, formatCount, formatCounted } from './format.ts'
import { Html, html } from './html.ts'
import { sizeOf } from './labels.ts'
import { section, verdict } from './section.ts'
import { STYLE } from './style.ts'
import { columnOf, figure, warningsOf } from './summary.ts'
import { tableOf } from './table.ts'
import type { FigureId } from './summary.ts'
import type { Outcome } from '../harness/outcome.ts'

const COLUMNS: FigureId[] = ['done', 'median', 'p95', 'last', 'bound', 'copies', 'fromPeers', 'overhead', 'fairness', 'gained', 'honestLost', 'perNode']

/** The whole file. Nothing in it is fetched, and nothing in it runs. */
export function pageOf (outcomes: Outcome[], json: string): string {
  const title = outcomes.length === 1 ? `${outcomes[0].title} – mSSL simulation` : 'mSSL simulations'
  const groups = repeated(outcomes)

  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
<h1>${outcomes.length === 1 ? 'mSSL simulation' : 'mSSL simulations'}</h1>
<p class="soft">${provenance(outcomes)}</p>
</header>
${outcomes.length > 1 && contents(outcomes, groups)}
<main>
${outcomes.length > 1 && overview(outcomes)}
${groups.map((runs, i) => comparison(`compared-${i + 1}`, runs))}
${outcomes.map((outcome, i) => html`${section(`run-${i + 1}`, outcome, outcomes.length > 1 ? `${i + 1}. ` : '')}
`)}</main>
<footer>
<p>Times are from a client’s arrival to its last verified block, in simulated time. The lower bound is what not even a perfect protocol could beat over these links. KiB, MiB and GiB are powers of 1024; links are in bits per second.</p>
<p>The same for programs, with every client and every point of the plots: <code>${json}</code>, beside this file.</p>
</footer>
</body>
</html>
`.toString()
}

function provenance (outcomes: Outcome[]): string {
  const days = [...new Set(outcomes.map(({ date }) => date.slice(0, 10)))].sort()
  const machines = [...new Set(outcomes.map(({ machine }) => machine))]

  return [formatCounted(outcomes.length, 'run'), days.length > 1 ? `${days[0]} to ${days[days.length - 1]}` : days[0], machines.length > 1 ? formatCounted(machines.length, 'machine') : machines[0]]
    .filter(Boolean).join(' · ')
}

function contents (outcomes: Outcome[], groups: ReturnType<typeof repeated>): Html {
  return html`<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ul>
<li><a href="#overview">Overview</a></li>
${groups.map((runs, i) => html`<li><a href="#compared-${i + 1}">${runs[0].outcome.title}: ${formatCount(runs.length)} runs compared</a></li>
`)}</ul><ol>
${outcomes.map((outcome, i) => html`<li><a href="#run-${i + 1}">${outcome.title}</a> <span class="soft">${sizeOf(outcome)}</span></li>
`)}</ol></nav>`
}

function overview (outcomes: Outcome[]): Html {
  const columns = COLUMNS.filter(id => outcomes.some(outcome => figure(outcome, id) != null))

  return html`<section class="wide" id="overview" aria-labelledby="overview-heading">
<h2 id="overview-heading">Overview</h2>
${verdict(outcomes.flatMap(({ findings }) => findings))}
${tableOf({
    caption: 'One row per run',
    head: ['Scenario', 'Checks', 'By', 'Clients', 'Object', 'Mode', ...columns.map(columnOf)],
    rows: outcomes.map((outcome, i) => [
      html`<a href="#run-${i + 1}">${i + 1}. ${outcome.title}</a>`,
      checks(outcome),
      outcome.by,
      formatCount(outcome.peers.length),
      formatBytes(outcome.size),
      outcome.composition.mode,
      ...columns.map(id => figure(outcome, id)?.text ?? ABSENT)
    ])
  })}
${outcomes.some(outcome => warningsOf(outcome).length > 0) && html`<p class="soft">⚠ The machine was too slow for such a run: its seconds say little.</p>`}
</section>`
}

function checks (outcome: Outcome): Html {
  const { findings } = outcome
  const held = findings.filter(({ holds }) => holds).length

  if (findings.length === 0) {
    return html`${ABSENT}`
  }

  return html`<span class="${held === findings.length ? 'good' : 'bad'}">${held === findings.length ? '✔' : '✘'} ${held} of ${findings.length}</span>${warningsOf(outcome).length > 0 && ' ⚠'}`
}
