/**
 * How every plot of the report is drawn: by Observable Plot into SVG when the report is written, so that it needs no script to be read. Sizes are of the plot's own
 * coordinates; the page scales it, down to a phone.
 */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Html, html, printable } from '../html.ts'
import type { Content } from '../html.ts'

export const WIDTH = 400
export const HEIGHT = 250
/** A phone shows a plot at four fifths of its width: this is what can be read there still */
const FONT_SIZE = 12.5
export const GLYPH = { width: 22, height: 14 }

const { document } = parseHTML('<!doctype html><html></html>')

/** A plot with what a person has to know to read it. */
export interface Picture {
  /** A few words, unique in an outcome */
  title: string
  /** What is to be seen, in a sentence or two */
  description: string
  /** Besides, for those who do not see it */
  words?: string
  legend?: Html
  plot: Plot.PlotOptions
}

/** A kind of thing in a plot, and what it looks like there; never told by its colour alone. */
export interface Key {
  label: string
  glyph: Plot.Markish
}

/** @param id - unique on the page */
export function figureOf (id: string, { title, description, words, legend, plot }: Picture): Html {
  return html`<figure id="${id}"><figcaption><h3>${title}</h3><p>${description}</p>${legend}</figcaption>${draw(plot, { id, title, description: words ?? description })}</figure>`
}

export function legendOf (keys: Key[]): Html {
  return html`<ul class="legend">${keys.map(({ label, glyph }) => html`<li>${drawGlyph(glyph)}${label}</li>`)}</ul>`
}

/** A line from left to right, for a legend. */
export function lineGlyph (options: Plot.LineOptions): Plot.Markish {
  return Plot.line([[0, GLYPH.height / 2], [GLYPH.width, GLYPH.height / 2]], { strokeWidth: 2, ...options })
}

export function areaGlyph (options: Plot.RectOptions): Plot.Markish {
  return Plot.rect([0], { x1: 0, x2: GLYPH.width, y1: 1, y2: GLYPH.height - 1, ...options })
}

export function dotGlyph (options: Plot.DotOptions): Plot.Markish {
  return Plot.dot([[GLYPH.width / 2, GLYPH.height / 2]], { r: 4, ...options })
}

export function draw (options: Plot.PlotOptions, about: { id: string, title: string, description: string }): Html {
  const svg = render({ width: WIDTH, height: HEIGHT, marginTop: 24, marginRight: 14, marginBottom: 38, ...options })

  return framed(svg, html`role="img" aria-labelledby="${about.id}-title ${about.id}-desc"`, [
    html`<title id="${about.id}-title">${about.title}</title>`, html`<desc id="${about.id}-desc">${about.description}</desc>`
  ])
}

/** Text from outside, fit to stand in a plot. */
export function short (text: string, length: number): string {
  const characters = [...printable(text)]

  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : characters.join('')
}

/** A small piece of what is drawn, for a legend. */
export function drawGlyph (mark: Plot.Markish): Html {
  return framed(render({ ...GLYPH, margin: 0, axis: null, x: { type: 'identity' }, y: { type: 'identity' }, color: { type: 'identity' }, marks: [mark] }), html`aria-hidden="true" preserveAspectRatio="none"`)
}

function render (options: Plot.PlotOptions): Element {
  const svg = Plot.plot({ ...options, document }) as Element
  // the page's style sheet says it once for all
  svg.querySelectorAll('style').forEach(style => { style.remove() })
  // the whole is one picture, with a title and a description
  svg.querySelectorAll('[aria-label], [aria-hidden]').forEach(part => {
    part.removeAttribute('aria-label')
    part.removeAttribute('aria-hidden')
  })

  return svg
}

function framed (svg: Element, attributes: Html, contents: Content = []): Html {
  // escaped by the DOM that made it
  return html`<svg viewBox="${svg.getAttribute('viewBox') ?? ''}" ${attributes} font-size="${FONT_SIZE}" fill="currentColor" text-anchor="middle">${contents}${new Html(svg.innerHTML)}</svg>`
}
