/**
 * Loaded into a process with `--import …/clock-ahead.js?by=<milliseconds>`: its clock is ahead by that. So a week passes in a
 * simulation without waiting for it.
 */
const by = Number(new URL(import.meta.url).searchParams.get('by'))
const now = Date.now.bind(Date)

globalThis.Date = class extends Date {
  constructor (...args: [] | [any]) {
    args.length === 0 ? super(now() + by) : super(...args)
  }

  static now (): number {
    return now() + by
  }
} as DateConstructor
