/** https://github.com/libp2p/specs/blob/master/tls/tls.md */
export const TLS_PROTOCOL = '/tls/1.0.0'

/** What is negotiated by ALPN when it is not a muxer: the muxer is negotiated after the handshake. */
export const ALPN_LIBP2P = 'libp2p'

/** Where the caller sets no deadline, milliseconds. As long as libp2p gives a connection that comes in for all of its upgrade. */
export const HANDSHAKE_TIMEOUT = 10_000

/**
 * Bytes of a certificate. One with two RSA keys of 8,192 bits, the largest that libp2p takes, needs 5 KiB; OpenSSL would read
 * a hundred.
 */
export const MAX_CERTIFICATE_LENGTH = 8 * 1024

/** Before now, milliseconds: the other end's clock may be late. The same as in go-libp2p. */
export const CERTIFICATE_BACKDATED = 60 * 60 * 1_000

/** After now, milliseconds: a hundred years, as in go-libp2p. A certificate is as good as the host key that signed it. */
export const CERTIFICATE_LIFETIME = 100 * 365 * 24 * 60 * 60 * 1_000

/**
 * Bytes that wait at a socket before whoever writes has to wait. With the 64 KiB of Node one message has to leave before the
 * next one comes, which takes a third of the speed; with more than this, little messages wait longer behind large ones.
 */
export const MAX_UNSENT_LENGTH = 256 * 1024

/**
 * Bytes of a message that waits for others of the same moment, to leave with them in one TLS record and one system call. A
 * larger one leaves at once, and takes with it what waits.
 */
export const MAX_COLLECTED_LENGTH = 4 * 1024
