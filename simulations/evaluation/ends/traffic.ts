import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

let sockets: Socket[] = []

const opened = (message: unknown): void => { sockets.push((message as { socket: Socket }).socket) }

subscribe('net.client.socket', opened)
subscribe('net.server.socket', opened)

/** Forgets the connections of before. */
export function resetTraffic (): void {
  sockets = []
}

/** Bytes that this process has sent and received over TCP, headers of TCP and IP not included: all of libp2p's own, with Noise and Yamux. */
export function traffic (): number {
  return sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0)
}
