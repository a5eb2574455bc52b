import { readFileSync } from 'node:fs'

/**
 * Id of this run of the operating system; empty where there is none to be had. What a process before wrote and nobody
 * synced is there as long as the id is the same.
 */
export const BOOT_ID = (() => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
})()
