/**
 * HTML by template, where whatever is put in is escaped unless it was made by a template itself. Names and errors come from strangers.
 */
export class Html {
  readonly #text: string

  constructor (text: string) {
    this.#text = text
  }

  toString (): string {
    return this.#text
  }
}

/** What a template takes: nothing is written for undefined and false. */
export type Content = Html | string | number | undefined | false | Content[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' }

/**
 * Control characters are not allowed in HTML, and the marks that turn the writing direction would let a name rewrite what stands beside it. A lone surrogate is
 * not even text.
 */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu

export function html (strings: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(strings.map((string, i) => i === 0 ? string : write(contents[i - 1]) + string).join(''))
}

/** Without anything that could not be shown. */
export function printable (text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}

function write (content: Content): string {
  if (content == null || content === false) {
    return ''
  }

  if (Array.isArray(content)) {
    return content.map(write).join('')
  }

  return content instanceof Html ? content.toString() : printable(String(content)).replace(/[&<>"']/g, character => ENTITIES[character])
}
