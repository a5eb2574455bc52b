import type { Command } from 'commander'

/** Adds an Examples section to the help of a command. */
export function examples (command: Command, lines: Array<[commandLine: string, comment: string]>): void {
  const text = lines.map(([commandLine, comment]) => `  # ${comment}\n  $ ${commandLine}`).join('\n')

  command.addHelpText('after', `\nExamples:\n${text}`)
}
