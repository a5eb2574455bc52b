/** One run in the report. */
import { clientsTable, kindsTable } from './clients.ts'
import { formatCounted } from './format.ts'
import { html } from './html.ts'
import { sizeOf } from './labels.ts'
import { figureOf } from './plots/drawing.ts'
import { picturesOf } from './plots/index.ts'
import { figuresOf, parametersOf, warningsOf } from './summary.ts'
import type { Html } from './html.ts'
import type { Finding, Outcome } from '../harness/outcome.ts'

/** Values longer than this have a line of their own. */
const LONG = 24

/**
 * @param id - unique on the page
 * @param outcome - what it is about
 * @param number - what stands before its title
 */
export function section (id: string, outcome: Outcome, number = ''): Html {
  const { title, summary, command, findings } = outcome

  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${number}${title}</h2>
<p class="what">${sizeOf(outcome)}</p>
<p class="lead">${summary}</p>
${warningsOf(outcome).map(warning => html`<p class="warning" role="note"><strong>⚠ Take care.</strong> ${warning}</p>`)}
${verdict(findings)}
<ul class="findings">${findings.map(finding)}</ul>
<h3>Key figures</h3>
<dl class="figures">${figuresOf(outcome).map(({ name, text, note }) => html`<div><dt>${name}</dt><dd><span class="value">${text}</span>${note != null && html` <span class="note">${note}</span>`}</dd></div>
`)}</dl>
${kindsTable(outcome)}
<h3>Plots</h3>
<div class="plots">
${picturesOf(outcome).map((picture, i) => html`${figureOf(`${id}-plot-${i + 1}`, picture)}
`)}</div>
<h3>How to run it again</h3>
<pre><code>${command}</code></pre>
<dl class="parameters">${parametersOf(outcome).map(([name, value]) => html`<div${value.length > LONG && html` class="long"`}><dt>${name}</dt><dd>${value}</dd></div>
`)}</dl>
${clientsTable(outcome)}
</section>`
}

/** All that had to hold in one line, told by sign and word as well as by colour. */
export function verdict (findings: Finding[]): Html {
  const failed = findings.filter(({ holds }) => !holds).length

  if (findings.length === 0) {
    return html`<p class="verdict">Nothing was checked.</p>`
  }

  return failed === 0
    ? html`<p class="verdict good"><span class="mark">✔</span>${findings.length === 1 ? 'The one check holds' : `All ${formatCounted(findings.length, 'check')} hold`}</p>`
    : html`<p class="verdict bad"><span class="mark">✘</span>${formatCounted(failed, 'check')} of ${findings.length} failed</p>`
}

function finding ({ what, holds, found, allowed }: Finding): Html {
  return html`<li${!holds && html` class="failed"`}><span class="mark ${holds ? 'good' : 'bad'}" role="img" aria-label="${holds ? 'holds' : 'failed'}">${holds ? '✔' : '✘'}</span><span>${what}<span class="found">: ${found}${allowed !== '' && html` (allowed: ${allowed})`}</span></span></li>
`
}
