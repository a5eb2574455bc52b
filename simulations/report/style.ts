/**
 * The report's one style sheet. Colours are Okabe and Ito's, which people with any colour vision tell apart. Dark only on a screen: paper is white.
 */
export const STYLE = `
:root {
  color-scheme: light;
  --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #ffffff; --panel: #f6f8fa;
  --good: #006b4f; --bad: #b03a00; --warn: #8a5a00; --warn-panel: #fff6e0;
  --clients: #0072b2; --server: #d55e00; --honest: #0072b2; --cheat: #d55e00; --bound: #1b1f24; --ghost: #b6bec8;
  --heat0: #e4eff8; --heat1: #bfdcf0; --heat2: #8cc2e3; --heat3: #559fcf; --heat4: #2b7ab5; --heat5: #0f5490; --heat6: #082f5c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --ink: #e6e9ed; --soft: #9aa4af; --line: #343b44; --paper: #15181c; --panel: #1d2127;
    --good: #35c796; --bad: #ff8a4c; --warn: #f0c04a; --warn-panel: #2e2714;
    --clients: #56b4e9; --server: #f08a3c; --honest: #56b4e9; --cheat: #f08a3c; --bound: #e6e9ed; --ghost: #4d5763;
    --heat0: #17283a; --heat1: #163a58; --heat2: #175078; --heat3: #1f6d9f; --heat4: #3a92c8; --heat5: #7dbfe8; --heat6: #d6edfb;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main, body > header, nav, body > footer { max-width: 76rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
body > header { padding-top: 2.5rem; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 5vw, 2.25rem); margin: 0 0 .5rem; letter-spacing: -.015em; }
h2 { font-size: clamp(1.3rem, 4vw, 1.65rem); margin: 0 0 .25rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; margin: 2rem 0 .75rem; }
p { margin: .5rem 0; max-width: 48rem; overflow-wrap: anywhere; }
a { color: var(--clients); text-underline-offset: .15em; }
section { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 2rem; }
.soft, figcaption p, footer, caption { color: var(--soft); }
.lead { font-size: 1.05rem; }
.what { color: var(--soft); margin: 0; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); }
.mark { font-weight: 700; display: inline-block; width: 1.4em; }
.verdict { font-weight: 650; margin-top: 1.25rem; }
.warning { border-left: 4px solid var(--warn); background: var(--warn-panel); padding: .6rem 1rem; margin: 1rem 0; }
.warning strong { color: var(--warn); }
nav ol, nav ul { padding-left: 1.6rem; margin: .5rem 0; }
nav ul { list-style: none; padding: 0; }
nav ol { columns: 30rem auto; column-gap: 2.5rem; font-variant-numeric: tabular-nums; }
nav li { break-inside: avoid; overflow-wrap: anywhere; }
nav h2 { font-size: 1rem; margin-top: 1.5rem; }
ul.findings { list-style: none; padding: 0; margin: .5rem 0; display: grid; gap: .3rem; }
ul.findings li { display: grid; grid-template-columns: 1.4em 1fr; overflow-wrap: anywhere; }
ul.findings .found { color: var(--soft); }
ul.findings li.failed .found { color: inherit; font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 1.5rem; margin: 0; }
.figures > div { border-top: 1px solid var(--line); padding: .55rem 0 .65rem; break-inside: avoid; }
.figures dt { color: var(--soft); font-size: .875rem; }
.figures dd { margin: 0; font-variant-numeric: tabular-nums; }
.figures .value { font-size: 1.25rem; font-weight: 600; }
.figures .note { display: block; color: var(--soft); font-size: .8125rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 2rem; align-items: start; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption h3 { margin: 0; font-size: .95rem; }
figcaption p { margin: .15rem 0 .4rem; font-size: .8125rem; line-height: 1.4; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; font-family: inherit; font-variant-numeric: tabular-nums; }
figure svg text { white-space: pre; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1.25rem 1.5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0; margin: .15rem 0 .4rem; font-size: .8125rem; color: var(--soft); }
.legend li { overflow-wrap: anywhere; }
.legend svg { flex: none; width: 1.4em; height: .9em; display: inline-block; vertical-align: -.05em; margin-right: .35em; }
.legend.scale { gap: 0 .6rem; align-items: center; margin-top: 0; }
.legend.scale svg { width: 6rem; height: .8em; margin: 0; }
.scroll { overflow-x: auto; margin: 1rem 0; }
.scroll:focus-visible { outline: 2px solid var(--clients); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { text-align: right; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th { font-weight: 600; } thead th { color: var(--soft); vertical-align: bottom; }
th:first-child, td.text, th.text { text-align: left; }
tbody th:first-child, td.text { white-space: normal; min-width: 9rem; max-width: 24rem; overflow-wrap: anywhere; font-weight: 500; }
td.text { font-weight: 400; }
.parameters { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .1rem 2rem; margin: 0; font-size: .875rem; }
.parameters > div { display: flex; gap: .6rem; justify-content: space-between; border-bottom: 1px solid var(--line); padding: .25rem 0; break-inside: avoid; }
.parameters .long { grid-column: 1 / -1; justify-content: flex-start; }
.parameters dt { color: var(--soft); } .parameters dd { margin: 0; text-align: right; flex: none; }
.parameters .long dt { flex: none; } .parameters .long dd { flex: 0 1 auto; min-width: 0; text-align: left; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; margin: .5rem 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
summary { cursor: pointer; font-weight: 600; margin-top: 1.5rem; }
body > footer { font-size: .875rem; padding-top: 2rem; padding-bottom: 3rem; }
@media (min-width: 40rem) {
  .figures { grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0 2rem; }
}
@media (min-width: 62rem) {
  .plots { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 2.25rem 2rem; }
}
@media print {
  @page { margin: 14mm; }
  @page wide { size: landscape; margin: 14mm; }
  .wide { page: wide; }
  body { font-size: 10pt; }
  main, body > header, nav, body > footer { max-width: none; padding: 0; }
  section { border: 0; margin-top: 0; padding-top: 0; break-before: page; }
  main > section:first-child { break-before: auto; margin-top: 1.5rem; }
  .plots { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem 1.5rem; }
  .panels { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .figures, .parameters { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .figures > div { padding: .3rem 0 .35rem; }
  h3 { margin: 1.25rem 0 .5rem; }
  h1, h2, h3, .verdict, caption { break-after: avoid; }
  tr, .warning, pre { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding-right: .9em; } tbody th:first-child, td.text { min-width: 8em; }
  details:not([open]) { display: none; }
  a { color: inherit; text-decoration: none; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
