// loaded into a measured process with `--import`: reports what it used on file descriptor 3
import { writeSync } from 'node:fs'

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const main = process.threadCpuUsage()
  writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, mainThread: (main.user + main.system) / 1e6, peakMemory: maxRSS * 1024 }))
})
