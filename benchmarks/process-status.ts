/** What Linux tells of another process while it runs. */
import { readFileSync } from 'node:fs'

/** Jiffies per second, on every Linux that Node runs on */
const CLOCK_TICKS = 100

/** Seconds of processor time, user and system, of all threads */
export function processorTime (pid: number): number {
  // the name of the program, in parentheses, may hold anything
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')

  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

/** Bytes of resident memory, now and at most */
export function residentMemory (pid: number): { now: number, peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (field: string): number => Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1]) * 1024

  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}
