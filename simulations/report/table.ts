import { html } from './html.ts'
import type { Content, Html } from './html.ts'

export interface Table {
  caption: string
  head: Content[]
  /** The first cell of each is its head */
  rows: Content[][]
  /** Columns, counted from 0, that are text rather than numbers */
  text?: number[]
}

/** On a narrow screen the table scrolls in a box of its own, which can be reached by keyboard. */
export function tableOf ({ caption, head, rows, text = [] }: Table): Html {
  const style = (column: number): Html | undefined => text.includes(column) ? html` class="text"` : undefined

  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell, i) => html`<th scope="col"${style(i)}>${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(([first, ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell, i) => html`<td${style(i + 1)}>${cell}</td>`)}</tr>
`)}</tbody>
</table></div>`
}
