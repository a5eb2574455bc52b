/** What a provider's escrow secret is derived with, and a session's key from that. */
export const ESCROW_DOMAIN = 'mssl/escrow/1'
export const BLOCK_KEYS_INFO = 'mssl/block-keys/1'

/** What the serials of tickets of mode proof are derived with. */
export const SERIAL_DOMAIN = 'mssl/serial/1'
