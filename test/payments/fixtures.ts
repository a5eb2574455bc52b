import { createHmac } from 'node:crypto'

export const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

export interface Signing {
  secret?: string
  id?: string
  /** Seconds since the epoch */
  timestamp?: number | string
}

/** Headers as the specification says, and nothing of the product. */
export function signed (body: Uint8Array | string, { secret = SECRET, id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W', timestamp = Math.floor(Date.now() / 1_000) }: Signing = {}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const hmac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(`${id}.${timestamp}.`).update(body)

  return { 'webhook-id': id, 'webhook-timestamp': `${timestamp}`, 'webhook-signature': `v1,${hmac.digest('base64')}` }
}
