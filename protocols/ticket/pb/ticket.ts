import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface TicketRequest {
  object?: Uint8Array<ArrayBuffer>
  token?: string
  jwt?: string
  haveManifest: boolean
  revocationEpoch: number
  fingerprint: Uint8Array<ArrayBuffer>
}

export namespace TicketRequest {
  let _codec: Codec<TicketRequest>

  export const codec = (): Codec<TicketRequest> => {
    if (_codec == null) {
      _codec = message<TicketRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.object != null) {
          w.uint32(10)
          w.bytes(obj.object)
        }

        if (obj.token != null) {
          w.uint32(18)
          w.string(obj.token)
        }

        if (obj.jwt != null) {
          w.uint32(26)
          w.string(obj.jwt)
        }

        if ((obj.haveManifest != null && obj.haveManifest !== false)) {
          w.uint32(32)
          w.bool(obj.haveManifest)
        }

        if ((obj.revocationEpoch != null && obj.revocationEpoch !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.revocationEpoch)
        }

        if ((obj.fingerprint != null && obj.fingerprint.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.fingerprint)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          haveManifest: false,
          revocationEpoch: 0,
          fingerprint: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.object = reader.bytes()
              break
            }
            case 2: {
              obj.token = reader.string()
              break
            }
            case 3: {
              obj.jwt = reader.string()
              break
            }
            case 4: {
              obj.haveManifest = reader.bool()
              break
            }
            case 5: {
              obj.revocationEpoch = reader.uint64Number()
              break
            }
            case 6: {
              obj.fingerprint = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.object`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.token`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.jwt`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.haveManifest`,
                value: reader.bool()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.revocationEpoch`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.fingerprint`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface TicketRequestObjectFieldEvent {
    field: '$.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketRequestTokenFieldEvent {
    field: '$.token'
    value: string
  }

  export interface TicketRequestJwtFieldEvent {
    field: '$.jwt'
    value: string
  }

  export interface TicketRequestHaveManifestFieldEvent {
    field: '$.haveManifest'
    value: boolean
  }

  export interface TicketRequestRevocationEpochFieldEvent {
    field: '$.revocationEpoch'
    value: number
  }

  export interface TicketRequestFingerprintFieldEvent {
    field: '$.fingerprint'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<TicketRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TicketRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketRequest>): TicketRequest {
    return decodeMessage(buf, TicketRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketRequest>): Generator<TicketRequestObjectFieldEvent | TicketRequestTokenFieldEvent | TicketRequestJwtFieldEvent | TicketRequestHaveManifestFieldEvent | TicketRequestRevocationEpochFieldEvent | TicketRequestFingerprintFieldEvent> {
    return streamMessage(buf, TicketRequest.codec(), opts)
  }
}

export enum TicketStatus {
  TICKET_OK = 'TICKET_OK',
  TICKET_MALFORMED = 'TICKET_MALFORMED',
  TICKET_CREDENTIAL_NEEDED = 'TICKET_CREDENTIAL_NEEDED',
  TICKET_REFUSED = 'TICKET_REFUSED',
  TICKET_NOT_FOUND = 'TICKET_NOT_FOUND',
  TICKET_WRONG_SERVER = 'TICKET_WRONG_SERVER',
  TICKET_BUSY = 'TICKET_BUSY'
}

enum __TicketStatusValues {
  TICKET_OK = 0,
  TICKET_MALFORMED = 1,
  TICKET_CREDENTIAL_NEEDED = 2,
  TICKET_REFUSED = 3,
  TICKET_NOT_FOUND = 4,
  TICKET_WRONG_SERVER = 5,
  TICKET_BUSY = 6
}

export namespace TicketStatus {
  export const codec = (): Codec<TicketStatus> => {
    return enumeration<TicketStatus>(__TicketStatusValues)
  }
}

export interface TicketResponse {
  status: TicketStatus
  reason: string
  retryAfter: number
  certificate: Uint8Array<ArrayBuffer>
  manifest: Uint8Array<ArrayBuffer>
  ticket: Uint8Array<ArrayBuffer>
  revocations: Uint8Array<ArrayBuffer>
  secrets?: Secrets
  hints: PeerHint[]
}

export namespace TicketResponse {
  let _codec: Codec<TicketResponse>

  export const codec = (): Codec<TicketResponse> => {
    if (_codec == null) {
      _codec = message<TicketResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __TicketStatusValues[obj.status] !== 0) {
          w.uint32(8)
          TicketStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if ((obj.retryAfter != null && obj.retryAfter !== 0)) {
          w.uint32(24)
          w.uint32(obj.retryAfter)
        }

        if ((obj.certificate != null && obj.certificate.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.certificate)
        }

        if ((obj.manifest != null && obj.manifest.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.manifest)
        }

        if ((obj.ticket != null && obj.ticket.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.ticket)
        }

        if ((obj.revocations != null && obj.revocations.byteLength > 0)) {
          w.uint32(58)
          w.bytes(obj.revocations)
        }

        if (obj.secrets != null) {
          w.uint32(66)
          Secrets.codec().encode(obj.secrets, w)
        }

        if (obj.hints != null && obj.hints.length > 0) {
          for (const value of obj.hints) {
            w.uint32(74)
            PeerHint.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: TicketStatus.TICKET_OK,
          reason: '',
          retryAfter: 0,
          certificate: uint8ArrayAlloc(0),
          manifest: uint8ArrayAlloc(0),
          ticket: uint8ArrayAlloc(0),
          revocations: uint8ArrayAlloc(0),
          hints: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = TicketStatus.codec().decode(reader)
              break
            }
            case 2: {
              obj.reason = reader.string()
              break
            }
            case 3: {
              obj.retryAfter = reader.uint32()
              break
            }
            case 4: {
              obj.certificate = reader.bytes()
              break
            }
            case 5: {
              obj.manifest = reader.bytes()
              break
            }
            case 6: {
              obj.ticket = reader.bytes()
              break
            }
            case 7: {
              obj.revocations = reader.bytes()
              break
            }
            case 8: {
              obj.secrets = Secrets.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.secrets
              })
              break
            }
            case 9: {
              if (opts.limits?.hints != null && obj.hints.length === opts.limits.hints) {
                throw new MaxLengthError('Decode error - repeated field "hints" had too many elements')
              }

              if (obj.hints.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "hints" had too many elements')
              }

              obj.hints.push(PeerHint.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.hints$
              }))
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          hints: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: TicketStatus.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.retryAfter`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.certificate`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.manifest`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.ticket`,
                value: reader.bytes()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.revocations`,
                value: reader.bytes()
              }
              break
            }
            case 8: {
              yield * Secrets.codec().stream(reader, reader.uint32(), `${prefix}.secrets`, {
                limits: opts.limits?.secrets
              })

              break
            }
            case 9: {
              if (opts.limits?.hints != null && obj.hints === opts.limits.hints) {
                throw new MaxLengthError('Streaming decode error - repeated field "hints" had too many elements')
              }

              if (obj.hints === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "hints" had too many elements')
              }

              for (const evt of PeerHint.codec().stream(reader, reader.uint32(), `${prefix}.hints[]`, {
                limits: opts.limits?.hints$
              })) {
                yield {
                  ...evt,
                  index: obj.hints
                }
              }

              obj.hints++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface TicketResponseStatusFieldEvent {
    field: '$.status'
    value: TicketStatus
  }

  export interface TicketResponseReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface TicketResponseRetryAfterFieldEvent {
    field: '$.retryAfter'
    value: number
  }

  export interface TicketResponseCertificateFieldEvent {
    field: '$.certificate'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseManifestFieldEvent {
    field: '$.manifest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseTicketFieldEvent {
    field: '$.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseRevocationsFieldEvent {
    field: '$.revocations'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseSecretsObjectKeyFieldEvent {
    field: '$.secrets.objectKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseSecretsSwarmSecretFieldEvent {
    field: '$.secrets.swarmSecret'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseSecretsEscrowSecretFieldEvent {
    field: '$.secrets.escrowSecret'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketResponseHintsIdFieldEvent {
    field: '$.hints[].id'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface TicketResponseHintsAddressesFieldEvent {
    field: '$.hints[].addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<TicketResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TicketResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketResponse>): TicketResponse {
    return decodeMessage(buf, TicketResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketResponse>): Generator<TicketResponseStatusFieldEvent | TicketResponseReasonFieldEvent | TicketResponseRetryAfterFieldEvent | TicketResponseCertificateFieldEvent | TicketResponseManifestFieldEvent | TicketResponseTicketFieldEvent | TicketResponseRevocationsFieldEvent | TicketResponseSecretsObjectKeyFieldEvent | TicketResponseSecretsSwarmSecretFieldEvent | TicketResponseSecretsEscrowSecretFieldEvent | TicketResponseHintsIdFieldEvent | TicketResponseHintsAddressesFieldEvent> {
    return streamMessage(buf, TicketResponse.codec(), opts)
  }
}

export interface Secrets {
  objectKey: Uint8Array<ArrayBuffer>
  swarmSecret: Uint8Array<ArrayBuffer>
  escrowSecret?: Uint8Array<ArrayBuffer>
}

export namespace Secrets {
  let _codec: Codec<Secrets>

  export const codec = (): Codec<Secrets> => {
    if (_codec == null) {
      _codec = message<Secrets>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.objectKey != null && obj.objectKey.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.objectKey)
        }

        if ((obj.swarmSecret != null && obj.swarmSecret.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.swarmSecret)
        }

        if (obj.escrowSecret != null) {
          w.uint32(26)
          w.bytes(obj.escrowSecret)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          objectKey: uint8ArrayAlloc(0),
          swarmSecret: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.objectKey = reader.bytes()
              break
            }
            case 2: {
              obj.swarmSecret = reader.bytes()
              break
            }
            case 3: {
              obj.escrowSecret = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.objectKey`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.swarmSecret`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.escrowSecret`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SecretsObjectKeyFieldEvent {
    field: '$.objectKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SecretsSwarmSecretFieldEvent {
    field: '$.swarmSecret'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SecretsEscrowSecretFieldEvent {
    field: '$.escrowSecret'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Secrets>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Secrets.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Secrets>): Secrets {
    return decodeMessage(buf, Secrets.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Secrets>): Generator<SecretsObjectKeyFieldEvent | SecretsSwarmSecretFieldEvent | SecretsEscrowSecretFieldEvent> {
    return streamMessage(buf, Secrets.codec(), opts)
  }
}

export interface PeerHint {
  id: Uint8Array<ArrayBuffer>
  addresses: Uint8Array<ArrayBuffer>[]
}

export namespace PeerHint {
  let _codec: Codec<PeerHint>

  export const codec = (): Codec<PeerHint> => {
    if (_codec == null) {
      _codec = message<PeerHint>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.id)
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: uint8ArrayAlloc(0),
          addresses: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 8) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addresses: 8
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 8) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.bytes()
              }

              obj.addresses++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PeerHintIdFieldEvent {
    field: '$.id'
    value: Uint8Array<ArrayBuffer>
  }

  export interface PeerHintAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<PeerHint>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, PeerHint.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeerHint>): PeerHint {
    return decodeMessage(buf, PeerHint.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeerHint>): Generator<PeerHintIdFieldEvent | PeerHintAddressesFieldEvent> {
    return streamMessage(buf, PeerHint.codec(), opts)
  }
}
