import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface AckRequest {
  acknowledgement?: Acknowledgement
  recovery?: Recovery
  complaint?: Complaint
  claims?: Claims
  entries?: Entries
}

export namespace AckRequest {
  let _codec: Codec<AckRequest>

  export const codec = (): Codec<AckRequest> => {
    if (_codec == null) {
      _codec = message<AckRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.entries != null) {
          obj.claims = undefined
          obj.complaint = undefined
          obj.recovery = undefined
          obj.acknowledgement = undefined
        }

        if (obj.claims != null) {
          obj.entries = undefined
          obj.complaint = undefined
          obj.recovery = undefined
          obj.acknowledgement = undefined
        }

        if (obj.complaint != null) {
          obj.entries = undefined
          obj.claims = undefined
          obj.recovery = undefined
          obj.acknowledgement = undefined
        }

        if (obj.recovery != null) {
          obj.entries = undefined
          obj.claims = undefined
          obj.complaint = undefined
          obj.acknowledgement = undefined
        }

        if (obj.acknowledgement != null) {
          obj.entries = undefined
          obj.claims = undefined
          obj.complaint = undefined
          obj.recovery = undefined
        }

        if (obj.acknowledgement != null) {
          w.uint32(10)
          Acknowledgement.codec().encode(obj.acknowledgement, w)
        }

        if (obj.recovery != null) {
          w.uint32(18)
          Recovery.codec().encode(obj.recovery, w)
        }

        if (obj.complaint != null) {
          w.uint32(26)
          Complaint.codec().encode(obj.complaint, w)
        }

        if (obj.claims != null) {
          w.uint32(34)
          Claims.codec().encode(obj.claims, w)
        }

        if (obj.entries != null) {
          w.uint32(42)
          Entries.codec().encode(obj.entries, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.acknowledgement = Acknowledgement.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.acknowledgement
              })
              break
            }
            case 2: {
              obj.recovery = Recovery.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.recovery
              })
              break
            }
            case 3: {
              obj.complaint = Complaint.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.complaint
              })
              break
            }
            case 4: {
              obj.claims = Claims.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.claims
              })
              break
            }
            case 5: {
              obj.entries = Entries.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.entries
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.entries != null) {
          delete obj.claims
          delete obj.complaint
          delete obj.recovery
          delete obj.acknowledgement
        }

        if (obj.claims != null) {
          delete obj.entries
          delete obj.complaint
          delete obj.recovery
          delete obj.acknowledgement
        }

        if (obj.complaint != null) {
          delete obj.entries
          delete obj.claims
          delete obj.recovery
          delete obj.acknowledgement
        }

        if (obj.recovery != null) {
          delete obj.entries
          delete obj.claims
          delete obj.complaint
          delete obj.acknowledgement
        }

        if (obj.acknowledgement != null) {
          delete obj.entries
          delete obj.claims
          delete obj.complaint
          delete obj.recovery
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Acknowledgement.codec().stream(reader, reader.uint32(), `${prefix}.acknowledgement`, {
                limits: opts.limits?.acknowledgement
              })

              break
            }
            case 2: {
              yield * Recovery.codec().stream(reader, reader.uint32(), `${prefix}.recovery`, {
                limits: opts.limits?.recovery
              })

              break
            }
            case 3: {
              yield * Complaint.codec().stream(reader, reader.uint32(), `${prefix}.complaint`, {
                limits: opts.limits?.complaint
              })

              break
            }
            case 4: {
              yield * Claims.codec().stream(reader, reader.uint32(), `${prefix}.claims`, {
                limits: opts.limits?.claims
              })

              break
            }
            case 5: {
              yield * Entries.codec().stream(reader, reader.uint32(), `${prefix}.entries`, {
                limits: opts.limits?.entries
              })

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

  export interface AckRequestAcknowledgementSessionFieldEvent {
    field: '$.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestAcknowledgementCountFieldEvent {
    field: '$.acknowledgement.count'
    value: number
  }

  export interface AckRequestAcknowledgementIndicesFieldEvent {
    field: '$.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestAcknowledgementEntriesFieldEvent {
    field: '$.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestAcknowledgementSignatureFieldEvent {
    field: '$.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionTicketFieldEvent {
    field: '$.recovery.session.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionProviderFieldEvent {
    field: '$.recovery.session.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionRecipientNonceFieldEvent {
    field: '$.recovery.session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionProviderNonceFieldEvent {
    field: '$.recovery.session.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionAcknowledgementSessionFieldEvent {
    field: '$.recovery.session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionAcknowledgementCountFieldEvent {
    field: '$.recovery.session.acknowledgement.count'
    value: number
  }

  export interface AckRequestRecoverySessionAcknowledgementIndicesFieldEvent {
    field: '$.recovery.session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionAcknowledgementEntriesFieldEvent {
    field: '$.recovery.session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionAcknowledgementSignatureFieldEvent {
    field: '$.recovery.session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoverySessionBlocksFieldEvent {
    field: '$.recovery.session.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoveryFirstFieldEvent {
    field: '$.recovery.first'
    value: number
  }

  export interface AckRequestRecoveryBeforeFieldEvent {
    field: '$.recovery.before'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestRecoveryHashesFieldEvent {
    field: '$.recovery.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionTicketFieldEvent {
    field: '$.complaint.session.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionProviderFieldEvent {
    field: '$.complaint.session.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionRecipientNonceFieldEvent {
    field: '$.complaint.session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionProviderNonceFieldEvent {
    field: '$.complaint.session.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionAcknowledgementSessionFieldEvent {
    field: '$.complaint.session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionAcknowledgementCountFieldEvent {
    field: '$.complaint.session.acknowledgement.count'
    value: number
  }

  export interface AckRequestComplaintSessionAcknowledgementIndicesFieldEvent {
    field: '$.complaint.session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionAcknowledgementEntriesFieldEvent {
    field: '$.complaint.session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionAcknowledgementSignatureFieldEvent {
    field: '$.complaint.session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintSessionBlocksFieldEvent {
    field: '$.complaint.session.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintPositionFieldEvent {
    field: '$.complaint.position'
    value: number
  }

  export interface AckRequestComplaintBeforeFieldEvent {
    field: '$.complaint.before'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestComplaintHashesFieldEvent {
    field: '$.complaint.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestClaimsTicketFieldEvent {
    field: '$.claims.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestClaimsClaimsSessionTicketFieldEvent {
    field: '$.claims.claims[].session.ticket'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionProviderFieldEvent {
    field: '$.claims.claims[].session.provider'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionRecipientNonceFieldEvent {
    field: '$.claims.claims[].session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionProviderNonceFieldEvent {
    field: '$.claims.claims[].session.providerNonce'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionAcknowledgementSessionFieldEvent {
    field: '$.claims.claims[].session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionAcknowledgementCountFieldEvent {
    field: '$.claims.claims[].session.acknowledgement.count'
    value: number
    index: number
  }

  export interface AckRequestClaimsClaimsSessionAcknowledgementIndicesFieldEvent {
    field: '$.claims.claims[].session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionAcknowledgementEntriesFieldEvent {
    field: '$.claims.claims[].session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionAcknowledgementSignatureFieldEvent {
    field: '$.claims.claims[].session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSessionBlocksFieldEvent {
    field: '$.claims.claims[].session.blocks'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestClaimsClaimsSignatureFieldEvent {
    field: '$.claims.claims[].signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface AckRequestEntriesSessionFieldEvent {
    field: '$.entries.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckRequestEntriesHashesFieldEvent {
    field: '$.entries.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<AckRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, AckRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AckRequest>): AckRequest {
    return decodeMessage(buf, AckRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AckRequest>): Generator<AckRequestAcknowledgementSessionFieldEvent | AckRequestAcknowledgementCountFieldEvent | AckRequestAcknowledgementIndicesFieldEvent | AckRequestAcknowledgementEntriesFieldEvent | AckRequestAcknowledgementSignatureFieldEvent | AckRequestRecoverySessionTicketFieldEvent | AckRequestRecoverySessionProviderFieldEvent | AckRequestRecoverySessionRecipientNonceFieldEvent | AckRequestRecoverySessionProviderNonceFieldEvent | AckRequestRecoverySessionAcknowledgementSessionFieldEvent | AckRequestRecoverySessionAcknowledgementCountFieldEvent | AckRequestRecoverySessionAcknowledgementIndicesFieldEvent | AckRequestRecoverySessionAcknowledgementEntriesFieldEvent | AckRequestRecoverySessionAcknowledgementSignatureFieldEvent | AckRequestRecoverySessionBlocksFieldEvent | AckRequestRecoveryFirstFieldEvent | AckRequestRecoveryBeforeFieldEvent | AckRequestRecoveryHashesFieldEvent | AckRequestComplaintSessionTicketFieldEvent | AckRequestComplaintSessionProviderFieldEvent | AckRequestComplaintSessionRecipientNonceFieldEvent | AckRequestComplaintSessionProviderNonceFieldEvent | AckRequestComplaintSessionAcknowledgementSessionFieldEvent | AckRequestComplaintSessionAcknowledgementCountFieldEvent | AckRequestComplaintSessionAcknowledgementIndicesFieldEvent | AckRequestComplaintSessionAcknowledgementEntriesFieldEvent | AckRequestComplaintSessionAcknowledgementSignatureFieldEvent | AckRequestComplaintSessionBlocksFieldEvent | AckRequestComplaintPositionFieldEvent | AckRequestComplaintBeforeFieldEvent | AckRequestComplaintHashesFieldEvent | AckRequestClaimsTicketFieldEvent | AckRequestClaimsClaimsSessionTicketFieldEvent | AckRequestClaimsClaimsSessionProviderFieldEvent | AckRequestClaimsClaimsSessionRecipientNonceFieldEvent | AckRequestClaimsClaimsSessionProviderNonceFieldEvent | AckRequestClaimsClaimsSessionAcknowledgementSessionFieldEvent | AckRequestClaimsClaimsSessionAcknowledgementCountFieldEvent | AckRequestClaimsClaimsSessionAcknowledgementIndicesFieldEvent | AckRequestClaimsClaimsSessionAcknowledgementEntriesFieldEvent | AckRequestClaimsClaimsSessionAcknowledgementSignatureFieldEvent | AckRequestClaimsClaimsSessionBlocksFieldEvent | AckRequestClaimsClaimsSignatureFieldEvent | AckRequestEntriesSessionFieldEvent | AckRequestEntriesHashesFieldEvent> {
    return streamMessage(buf, AckRequest.codec(), opts)
  }
}

export interface AckResponse {
  keys?: Keys
  ruling?: Ruling
  verdicts?: Verdicts
}

export namespace AckResponse {
  let _codec: Codec<AckResponse>

  export const codec = (): Codec<AckResponse> => {
    if (_codec == null) {
      _codec = message<AckResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.verdicts != null) {
          obj.ruling = undefined
          obj.keys = undefined
        }

        if (obj.ruling != null) {
          obj.verdicts = undefined
          obj.keys = undefined
        }

        if (obj.keys != null) {
          obj.verdicts = undefined
          obj.ruling = undefined
        }

        if (obj.keys != null) {
          w.uint32(10)
          Keys.codec().encode(obj.keys, w)
        }

        if (obj.ruling != null) {
          w.uint32(18)
          Ruling.codec().encode(obj.ruling, w)
        }

        if (obj.verdicts != null) {
          w.uint32(26)
          Verdicts.codec().encode(obj.verdicts, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.keys = Keys.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.keys
              })
              break
            }
            case 2: {
              obj.ruling = Ruling.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.ruling
              })
              break
            }
            case 3: {
              obj.verdicts = Verdicts.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.verdicts
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.verdicts != null) {
          delete obj.ruling
          delete obj.keys
        }

        if (obj.ruling != null) {
          delete obj.verdicts
          delete obj.keys
        }

        if (obj.keys != null) {
          delete obj.verdicts
          delete obj.ruling
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Keys.codec().stream(reader, reader.uint32(), `${prefix}.keys`, {
                limits: opts.limits?.keys
              })

              break
            }
            case 2: {
              yield * Ruling.codec().stream(reader, reader.uint32(), `${prefix}.ruling`, {
                limits: opts.limits?.ruling
              })

              break
            }
            case 3: {
              yield * Verdicts.codec().stream(reader, reader.uint32(), `${prefix}.verdicts`, {
                limits: opts.limits?.verdicts
              })

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

  export interface AckResponseKeysStatusFieldEvent {
    field: '$.keys.status'
    value: AckStatus
  }

  export interface AckResponseKeysReasonFieldEvent {
    field: '$.keys.reason'
    value: string
  }

  export interface AckResponseKeysRetryAfterFieldEvent {
    field: '$.keys.retryAfter'
    value: number
  }

  export interface AckResponseKeysFirstFieldEvent {
    field: '$.keys.first'
    value: number
  }

  export interface AckResponseKeysKeysFieldEvent {
    field: '$.keys.keys'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckResponseKeysWindowFieldEvent {
    field: '$.keys.window'
    value: number
  }

  export interface AckResponseRulingStatusFieldEvent {
    field: '$.ruling.status'
    value: AckStatus
  }

  export interface AckResponseRulingReasonFieldEvent {
    field: '$.ruling.reason'
    value: string
  }

  export interface AckResponseRulingRetryAfterFieldEvent {
    field: '$.ruling.retryAfter'
    value: number
  }

  export interface AckResponseRulingKeyFieldEvent {
    field: '$.ruling.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckResponseRulingBlockFieldEvent {
    field: '$.ruling.block'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckResponseRulingPathFieldEvent {
    field: '$.ruling.path'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AckResponseVerdictsStatusFieldEvent {
    field: '$.verdicts.status'
    value: AckStatus
  }

  export interface AckResponseVerdictsReasonFieldEvent {
    field: '$.verdicts.reason'
    value: string
  }

  export interface AckResponseVerdictsRetryAfterFieldEvent {
    field: '$.verdicts.retryAfter'
    value: number
  }

  export interface AckResponseVerdictsVerdictsStatusFieldEvent {
    field: '$.verdicts.verdicts[].status'
    value: ClaimStatus
    index: number
  }

  export interface AckResponseVerdictsVerdictsReasonFieldEvent {
    field: '$.verdicts.verdicts[].reason'
    value: string
    index: number
  }

  export interface AckResponseVerdictsVerdictsCreditedFieldEvent {
    field: '$.verdicts.verdicts[].credited'
    value: number
    index: number
  }

  export interface AckResponseVerdictsVerdictsAmountFieldEvent {
    field: '$.verdicts.verdicts[].amount'
    value: number
    index: number
  }

  export interface AckResponseVerdictsBalanceFieldEvent {
    field: '$.verdicts.balance'
    value: number
  }

  export interface AckResponseVerdictsStandingFieldEvent {
    field: '$.verdicts.standing'
    value: number
  }

  export function encode (obj: Partial<AckResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, AckResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AckResponse>): AckResponse {
    return decodeMessage(buf, AckResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<AckResponse>): Generator<AckResponseKeysStatusFieldEvent | AckResponseKeysReasonFieldEvent | AckResponseKeysRetryAfterFieldEvent | AckResponseKeysFirstFieldEvent | AckResponseKeysKeysFieldEvent | AckResponseKeysWindowFieldEvent | AckResponseRulingStatusFieldEvent | AckResponseRulingReasonFieldEvent | AckResponseRulingRetryAfterFieldEvent | AckResponseRulingKeyFieldEvent | AckResponseRulingBlockFieldEvent | AckResponseRulingPathFieldEvent | AckResponseVerdictsStatusFieldEvent | AckResponseVerdictsReasonFieldEvent | AckResponseVerdictsRetryAfterFieldEvent | AckResponseVerdictsVerdictsStatusFieldEvent | AckResponseVerdictsVerdictsReasonFieldEvent | AckResponseVerdictsVerdictsCreditedFieldEvent | AckResponseVerdictsVerdictsAmountFieldEvent | AckResponseVerdictsBalanceFieldEvent | AckResponseVerdictsStandingFieldEvent> {
    return streamMessage(buf, AckResponse.codec(), opts)
  }
}

export enum AckStatus {
  ACK_OK = 'ACK_OK',
  ACK_MALFORMED = 'ACK_MALFORMED',
  ACK_NOT_FOUND = 'ACK_NOT_FOUND',
  ACK_FALSE = 'ACK_FALSE',
  ACK_TICKET_INVALID = 'ACK_TICKET_INVALID',
  ACK_EXPIRED = 'ACK_EXPIRED',
  ACK_BUSY = 'ACK_BUSY',
  ACK_WRONG_SERVER = 'ACK_WRONG_SERVER',
  ACK_VOID = 'ACK_VOID'
}

enum __AckStatusValues {
  ACK_OK = 0,
  ACK_MALFORMED = 1,
  ACK_NOT_FOUND = 2,
  ACK_FALSE = 3,
  ACK_TICKET_INVALID = 4,
  ACK_EXPIRED = 5,
  ACK_BUSY = 6,
  ACK_WRONG_SERVER = 7,
  ACK_VOID = 8
}

export namespace AckStatus {
  export const codec = (): Codec<AckStatus> => {
    return enumeration<AckStatus>(__AckStatusValues)
  }
}

export interface Acknowledgement {
  session: Uint8Array<ArrayBuffer>
  count: number
  indices: Uint8Array<ArrayBuffer>
  entries: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export namespace Acknowledgement {
  let _codec: Codec<Acknowledgement>

  export const codec = (): Codec<Acknowledgement> => {
    if (_codec == null) {
      _codec = message<Acknowledgement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.session != null && obj.session.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.session)
        }

        if ((obj.count != null && obj.count !== 0)) {
          w.uint32(16)
          w.uint32(obj.count)
        }

        if ((obj.indices != null && obj.indices.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.indices)
        }

        if ((obj.entries != null && obj.entries.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.entries)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          session: uint8ArrayAlloc(0),
          count: 0,
          indices: uint8ArrayAlloc(0),
          entries: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.session = reader.bytes()
              break
            }
            case 2: {
              obj.count = reader.uint32()
              break
            }
            case 3: {
              obj.indices = reader.bytes()
              break
            }
            case 4: {
              obj.entries = reader.bytes()
              break
            }
            case 5: {
              obj.signature = reader.bytes()
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
                field: `${prefix}.session`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.count`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.indices`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.entries`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.signature`,
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

  export interface AcknowledgementSessionFieldEvent {
    field: '$.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcknowledgementCountFieldEvent {
    field: '$.count'
    value: number
  }

  export interface AcknowledgementIndicesFieldEvent {
    field: '$.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcknowledgementEntriesFieldEvent {
    field: '$.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AcknowledgementSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Acknowledgement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Acknowledgement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Acknowledgement {
    return decodeMessage(buf, Acknowledgement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledgement>): Generator<AcknowledgementSessionFieldEvent | AcknowledgementCountFieldEvent | AcknowledgementIndicesFieldEvent | AcknowledgementEntriesFieldEvent | AcknowledgementSignatureFieldEvent> {
    return streamMessage(buf, Acknowledgement.codec(), opts)
  }
}

export interface Keys {
  status: AckStatus
  reason: string
  retryAfter: number
  first: number
  keys: Uint8Array<ArrayBuffer>
  window: number
}

export namespace Keys {
  let _codec: Codec<Keys>

  export const codec = (): Codec<Keys> => {
    if (_codec == null) {
      _codec = message<Keys>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __AckStatusValues[obj.status] !== 0) {
          w.uint32(8)
          AckStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if ((obj.retryAfter != null && obj.retryAfter !== 0)) {
          w.uint32(24)
          w.uint32(obj.retryAfter)
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(32)
          w.uint32(obj.first)
        }

        if ((obj.keys != null && obj.keys.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.keys)
        }

        if ((obj.window != null && obj.window !== 0)) {
          w.uint32(48)
          w.uint32(obj.window)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: AckStatus.ACK_OK,
          reason: '',
          retryAfter: 0,
          first: 0,
          keys: uint8ArrayAlloc(0),
          window: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = AckStatus.codec().decode(reader)
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
              obj.first = reader.uint32()
              break
            }
            case 5: {
              obj.keys = reader.bytes()
              break
            }
            case 6: {
              obj.window = reader.uint32()
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
                field: `${prefix}.status`,
                value: AckStatus.codec().decode(reader)
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
                field: `${prefix}.first`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.keys`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.window`,
                value: reader.uint32()
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

  export interface KeysStatusFieldEvent {
    field: '$.status'
    value: AckStatus
  }

  export interface KeysReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface KeysRetryAfterFieldEvent {
    field: '$.retryAfter'
    value: number
  }

  export interface KeysFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface KeysKeysFieldEvent {
    field: '$.keys'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KeysWindowFieldEvent {
    field: '$.window'
    value: number
  }

  export function encode (obj: Partial<Keys>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Keys.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Keys>): Keys {
    return decodeMessage(buf, Keys.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Keys>): Generator<KeysStatusFieldEvent | KeysReasonFieldEvent | KeysRetryAfterFieldEvent | KeysFirstFieldEvent | KeysKeysFieldEvent | KeysWindowFieldEvent> {
    return streamMessage(buf, Keys.codec(), opts)
  }
}

export interface Session {
  ticket: Uint8Array<ArrayBuffer>
  provider: Uint8Array<ArrayBuffer>
  recipientNonce: Uint8Array<ArrayBuffer>
  providerNonce: Uint8Array<ArrayBuffer>
  acknowledgement?: Acknowledgement
  blocks: Uint8Array<ArrayBuffer>
}

export namespace Session {
  let _codec: Codec<Session>

  export const codec = (): Codec<Session> => {
    if (_codec == null) {
      _codec = message<Session>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.ticket != null && obj.ticket.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.ticket)
        }

        if ((obj.provider != null && obj.provider.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.provider)
        }

        if ((obj.recipientNonce != null && obj.recipientNonce.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.recipientNonce)
        }

        if ((obj.providerNonce != null && obj.providerNonce.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.providerNonce)
        }

        if (obj.acknowledgement != null) {
          w.uint32(42)
          Acknowledgement.codec().encode(obj.acknowledgement, w)
        }

        if ((obj.blocks != null && obj.blocks.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.blocks)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          ticket: uint8ArrayAlloc(0),
          provider: uint8ArrayAlloc(0),
          recipientNonce: uint8ArrayAlloc(0),
          providerNonce: uint8ArrayAlloc(0),
          blocks: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ticket = reader.bytes()
              break
            }
            case 2: {
              obj.provider = reader.bytes()
              break
            }
            case 3: {
              obj.recipientNonce = reader.bytes()
              break
            }
            case 4: {
              obj.providerNonce = reader.bytes()
              break
            }
            case 5: {
              obj.acknowledgement = Acknowledgement.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.acknowledgement
              })
              break
            }
            case 6: {
              obj.blocks = reader.bytes()
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
                field: `${prefix}.ticket`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.provider`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.recipientNonce`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.providerNonce`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield * Acknowledgement.codec().stream(reader, reader.uint32(), `${prefix}.acknowledgement`, {
                limits: opts.limits?.acknowledgement
              })

              break
            }
            case 6: {
              yield {
                field: `${prefix}.blocks`,
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

  export interface SessionTicketFieldEvent {
    field: '$.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionProviderFieldEvent {
    field: '$.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionRecipientNonceFieldEvent {
    field: '$.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionProviderNonceFieldEvent {
    field: '$.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionAcknowledgementSessionFieldEvent {
    field: '$.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionAcknowledgementCountFieldEvent {
    field: '$.acknowledgement.count'
    value: number
  }

  export interface SessionAcknowledgementIndicesFieldEvent {
    field: '$.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionAcknowledgementEntriesFieldEvent {
    field: '$.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionAcknowledgementSignatureFieldEvent {
    field: '$.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SessionBlocksFieldEvent {
    field: '$.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Session>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Session.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Session>): Session {
    return decodeMessage(buf, Session.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Session>): Generator<SessionTicketFieldEvent | SessionProviderFieldEvent | SessionRecipientNonceFieldEvent | SessionProviderNonceFieldEvent | SessionAcknowledgementSessionFieldEvent | SessionAcknowledgementCountFieldEvent | SessionAcknowledgementIndicesFieldEvent | SessionAcknowledgementEntriesFieldEvent | SessionAcknowledgementSignatureFieldEvent | SessionBlocksFieldEvent> {
    return streamMessage(buf, Session.codec(), opts)
  }
}

export interface Recovery {
  session?: Session
  first: number
  before: Uint8Array<ArrayBuffer>
  hashes: Uint8Array<ArrayBuffer>
}

export namespace Recovery {
  let _codec: Codec<Recovery>

  export const codec = (): Codec<Recovery> => {
    if (_codec == null) {
      _codec = message<Recovery>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.session != null) {
          w.uint32(10)
          Session.codec().encode(obj.session, w)
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(16)
          w.uint32(obj.first)
        }

        if ((obj.before != null && obj.before.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.before)
        }

        if ((obj.hashes != null && obj.hashes.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.hashes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          first: 0,
          before: uint8ArrayAlloc(0),
          hashes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.session = Session.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.session
              })
              break
            }
            case 2: {
              obj.first = reader.uint32()
              break
            }
            case 3: {
              obj.before = reader.bytes()
              break
            }
            case 4: {
              obj.hashes = reader.bytes()
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
              yield * Session.codec().stream(reader, reader.uint32(), `${prefix}.session`, {
                limits: opts.limits?.session
              })

              break
            }
            case 2: {
              yield {
                field: `${prefix}.first`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.before`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.hashes`,
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

  export interface RecoverySessionTicketFieldEvent {
    field: '$.session.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionProviderFieldEvent {
    field: '$.session.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionRecipientNonceFieldEvent {
    field: '$.session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionProviderNonceFieldEvent {
    field: '$.session.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionAcknowledgementSessionFieldEvent {
    field: '$.session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionAcknowledgementCountFieldEvent {
    field: '$.session.acknowledgement.count'
    value: number
  }

  export interface RecoverySessionAcknowledgementIndicesFieldEvent {
    field: '$.session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionAcknowledgementEntriesFieldEvent {
    field: '$.session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionAcknowledgementSignatureFieldEvent {
    field: '$.session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoverySessionBlocksFieldEvent {
    field: '$.session.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoveryFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface RecoveryBeforeFieldEvent {
    field: '$.before'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecoveryHashesFieldEvent {
    field: '$.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Recovery>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Recovery.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Recovery>): Recovery {
    return decodeMessage(buf, Recovery.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Recovery>): Generator<RecoverySessionTicketFieldEvent | RecoverySessionProviderFieldEvent | RecoverySessionRecipientNonceFieldEvent | RecoverySessionProviderNonceFieldEvent | RecoverySessionAcknowledgementSessionFieldEvent | RecoverySessionAcknowledgementCountFieldEvent | RecoverySessionAcknowledgementIndicesFieldEvent | RecoverySessionAcknowledgementEntriesFieldEvent | RecoverySessionAcknowledgementSignatureFieldEvent | RecoverySessionBlocksFieldEvent | RecoveryFirstFieldEvent | RecoveryBeforeFieldEvent | RecoveryHashesFieldEvent> {
    return streamMessage(buf, Recovery.codec(), opts)
  }
}

export interface Complaint {
  session?: Session
  position: number
  before: Uint8Array<ArrayBuffer>
  hashes: Uint8Array<ArrayBuffer>
}

export namespace Complaint {
  let _codec: Codec<Complaint>

  export const codec = (): Codec<Complaint> => {
    if (_codec == null) {
      _codec = message<Complaint>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.session != null) {
          w.uint32(10)
          Session.codec().encode(obj.session, w)
        }

        if ((obj.position != null && obj.position !== 0)) {
          w.uint32(16)
          w.uint32(obj.position)
        }

        if ((obj.before != null && obj.before.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.before)
        }

        if ((obj.hashes != null && obj.hashes.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.hashes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          position: 0,
          before: uint8ArrayAlloc(0),
          hashes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.session = Session.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.session
              })
              break
            }
            case 2: {
              obj.position = reader.uint32()
              break
            }
            case 3: {
              obj.before = reader.bytes()
              break
            }
            case 4: {
              obj.hashes = reader.bytes()
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
              yield * Session.codec().stream(reader, reader.uint32(), `${prefix}.session`, {
                limits: opts.limits?.session
              })

              break
            }
            case 2: {
              yield {
                field: `${prefix}.position`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.before`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.hashes`,
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

  export interface ComplaintSessionTicketFieldEvent {
    field: '$.session.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionProviderFieldEvent {
    field: '$.session.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionRecipientNonceFieldEvent {
    field: '$.session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionProviderNonceFieldEvent {
    field: '$.session.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionAcknowledgementSessionFieldEvent {
    field: '$.session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionAcknowledgementCountFieldEvent {
    field: '$.session.acknowledgement.count'
    value: number
  }

  export interface ComplaintSessionAcknowledgementIndicesFieldEvent {
    field: '$.session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionAcknowledgementEntriesFieldEvent {
    field: '$.session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionAcknowledgementSignatureFieldEvent {
    field: '$.session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintSessionBlocksFieldEvent {
    field: '$.session.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintPositionFieldEvent {
    field: '$.position'
    value: number
  }

  export interface ComplaintBeforeFieldEvent {
    field: '$.before'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ComplaintHashesFieldEvent {
    field: '$.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Complaint>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Complaint.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Complaint>): Complaint {
    return decodeMessage(buf, Complaint.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Complaint>): Generator<ComplaintSessionTicketFieldEvent | ComplaintSessionProviderFieldEvent | ComplaintSessionRecipientNonceFieldEvent | ComplaintSessionProviderNonceFieldEvent | ComplaintSessionAcknowledgementSessionFieldEvent | ComplaintSessionAcknowledgementCountFieldEvent | ComplaintSessionAcknowledgementIndicesFieldEvent | ComplaintSessionAcknowledgementEntriesFieldEvent | ComplaintSessionAcknowledgementSignatureFieldEvent | ComplaintSessionBlocksFieldEvent | ComplaintPositionFieldEvent | ComplaintBeforeFieldEvent | ComplaintHashesFieldEvent> {
    return streamMessage(buf, Complaint.codec(), opts)
  }
}

export interface Ruling {
  status: AckStatus
  reason: string
  retryAfter: number
  key: Uint8Array<ArrayBuffer>
  block: Uint8Array<ArrayBuffer>
  path: Uint8Array<ArrayBuffer>
}

export namespace Ruling {
  let _codec: Codec<Ruling>

  export const codec = (): Codec<Ruling> => {
    if (_codec == null) {
      _codec = message<Ruling>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __AckStatusValues[obj.status] !== 0) {
          w.uint32(8)
          AckStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if ((obj.retryAfter != null && obj.retryAfter !== 0)) {
          w.uint32(24)
          w.uint32(obj.retryAfter)
        }

        if ((obj.key != null && obj.key.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.key)
        }

        if ((obj.block != null && obj.block.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.block)
        }

        if ((obj.path != null && obj.path.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.path)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: AckStatus.ACK_OK,
          reason: '',
          retryAfter: 0,
          key: uint8ArrayAlloc(0),
          block: uint8ArrayAlloc(0),
          path: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = AckStatus.codec().decode(reader)
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
              obj.key = reader.bytes()
              break
            }
            case 5: {
              obj.block = reader.bytes()
              break
            }
            case 6: {
              obj.path = reader.bytes()
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
                field: `${prefix}.status`,
                value: AckStatus.codec().decode(reader)
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
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.block`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.path`,
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

  export interface RulingStatusFieldEvent {
    field: '$.status'
    value: AckStatus
  }

  export interface RulingReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface RulingRetryAfterFieldEvent {
    field: '$.retryAfter'
    value: number
  }

  export interface RulingKeyFieldEvent {
    field: '$.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RulingBlockFieldEvent {
    field: '$.block'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RulingPathFieldEvent {
    field: '$.path'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Ruling>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Ruling.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ruling>): Ruling {
    return decodeMessage(buf, Ruling.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ruling>): Generator<RulingStatusFieldEvent | RulingReasonFieldEvent | RulingRetryAfterFieldEvent | RulingKeyFieldEvent | RulingBlockFieldEvent | RulingPathFieldEvent> {
    return streamMessage(buf, Ruling.codec(), opts)
  }
}

export interface Claims {
  ticket: Uint8Array<ArrayBuffer>
  claims: Claim[]
}

export namespace Claims {
  let _codec: Codec<Claims>

  export const codec = (): Codec<Claims> => {
    if (_codec == null) {
      _codec = message<Claims>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.ticket != null && obj.ticket.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.ticket)
        }

        if (obj.claims != null && obj.claims.length > 0) {
          for (const value of obj.claims) {
            w.uint32(18)
            Claim.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          ticket: uint8ArrayAlloc(0),
          claims: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ticket = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.claims != null && obj.claims.length === opts.limits.claims) {
                throw new MaxLengthError('Decode error - repeated field "claims" had too many elements')
              }

              if (obj.claims.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "claims" had too many elements')
              }

              obj.claims.push(Claim.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.claims$
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
          claims: 64
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.ticket`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.claims != null && obj.claims === opts.limits.claims) {
                throw new MaxLengthError('Streaming decode error - repeated field "claims" had too many elements')
              }

              if (obj.claims === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "claims" had too many elements')
              }

              for (const evt of Claim.codec().stream(reader, reader.uint32(), `${prefix}.claims[]`, {
                limits: opts.limits?.claims$
              })) {
                yield {
                  ...evt,
                  index: obj.claims
                }
              }

              obj.claims++

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

  export interface ClaimsTicketFieldEvent {
    field: '$.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimsClaimsSessionTicketFieldEvent {
    field: '$.claims[].session.ticket'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionProviderFieldEvent {
    field: '$.claims[].session.provider'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionRecipientNonceFieldEvent {
    field: '$.claims[].session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionProviderNonceFieldEvent {
    field: '$.claims[].session.providerNonce'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionAcknowledgementSessionFieldEvent {
    field: '$.claims[].session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionAcknowledgementCountFieldEvent {
    field: '$.claims[].session.acknowledgement.count'
    value: number
    index: number
  }

  export interface ClaimsClaimsSessionAcknowledgementIndicesFieldEvent {
    field: '$.claims[].session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionAcknowledgementEntriesFieldEvent {
    field: '$.claims[].session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionAcknowledgementSignatureFieldEvent {
    field: '$.claims[].session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSessionBlocksFieldEvent {
    field: '$.claims[].session.blocks'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimsClaimsSignatureFieldEvent {
    field: '$.claims[].signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export function encode (obj: Partial<Claims>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Claims.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claims>): Claims {
    return decodeMessage(buf, Claims.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claims>): Generator<ClaimsTicketFieldEvent | ClaimsClaimsSessionTicketFieldEvent | ClaimsClaimsSessionProviderFieldEvent | ClaimsClaimsSessionRecipientNonceFieldEvent | ClaimsClaimsSessionProviderNonceFieldEvent | ClaimsClaimsSessionAcknowledgementSessionFieldEvent | ClaimsClaimsSessionAcknowledgementCountFieldEvent | ClaimsClaimsSessionAcknowledgementIndicesFieldEvent | ClaimsClaimsSessionAcknowledgementEntriesFieldEvent | ClaimsClaimsSessionAcknowledgementSignatureFieldEvent | ClaimsClaimsSessionBlocksFieldEvent | ClaimsClaimsSignatureFieldEvent> {
    return streamMessage(buf, Claims.codec(), opts)
  }
}

export interface Claim {
  session?: Session
  signature: Uint8Array<ArrayBuffer>
}

export namespace Claim {
  let _codec: Codec<Claim>

  export const codec = (): Codec<Claim> => {
    if (_codec == null) {
      _codec = message<Claim>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.session != null) {
          w.uint32(10)
          Session.codec().encode(obj.session, w)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.session = Session.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.session
              })
              break
            }
            case 2: {
              obj.signature = reader.bytes()
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
              yield * Session.codec().stream(reader, reader.uint32(), `${prefix}.session`, {
                limits: opts.limits?.session
              })

              break
            }
            case 2: {
              yield {
                field: `${prefix}.signature`,
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

  export interface ClaimSessionTicketFieldEvent {
    field: '$.session.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionProviderFieldEvent {
    field: '$.session.provider'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionRecipientNonceFieldEvent {
    field: '$.session.recipientNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionProviderNonceFieldEvent {
    field: '$.session.providerNonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionAcknowledgementSessionFieldEvent {
    field: '$.session.acknowledgement.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionAcknowledgementCountFieldEvent {
    field: '$.session.acknowledgement.count'
    value: number
  }

  export interface ClaimSessionAcknowledgementIndicesFieldEvent {
    field: '$.session.acknowledgement.indices'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionAcknowledgementEntriesFieldEvent {
    field: '$.session.acknowledgement.entries'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionAcknowledgementSignatureFieldEvent {
    field: '$.session.acknowledgement.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSessionBlocksFieldEvent {
    field: '$.session.blocks'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ClaimSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Claim>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Claim.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Claim {
    return decodeMessage(buf, Claim.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Generator<ClaimSessionTicketFieldEvent | ClaimSessionProviderFieldEvent | ClaimSessionRecipientNonceFieldEvent | ClaimSessionProviderNonceFieldEvent | ClaimSessionAcknowledgementSessionFieldEvent | ClaimSessionAcknowledgementCountFieldEvent | ClaimSessionAcknowledgementIndicesFieldEvent | ClaimSessionAcknowledgementEntriesFieldEvent | ClaimSessionAcknowledgementSignatureFieldEvent | ClaimSessionBlocksFieldEvent | ClaimSignatureFieldEvent> {
    return streamMessage(buf, Claim.codec(), opts)
  }
}

export interface Entries {
  session: Uint8Array<ArrayBuffer>
  hashes: Uint8Array<ArrayBuffer>
}

export namespace Entries {
  let _codec: Codec<Entries>

  export const codec = (): Codec<Entries> => {
    if (_codec == null) {
      _codec = message<Entries>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.session != null && obj.session.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.session)
        }

        if ((obj.hashes != null && obj.hashes.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.hashes)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          session: uint8ArrayAlloc(0),
          hashes: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.session = reader.bytes()
              break
            }
            case 2: {
              obj.hashes = reader.bytes()
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
                field: `${prefix}.session`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.hashes`,
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

  export interface EntriesSessionFieldEvent {
    field: '$.session'
    value: Uint8Array<ArrayBuffer>
  }

  export interface EntriesHashesFieldEvent {
    field: '$.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Entries>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Entries.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entries>): Entries {
    return decodeMessage(buf, Entries.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Entries>): Generator<EntriesSessionFieldEvent | EntriesHashesFieldEvent> {
    return streamMessage(buf, Entries.codec(), opts)
  }
}

export interface Verdicts {
  status: AckStatus
  reason: string
  retryAfter: number
  verdicts: Verdict[]
  balance: number
  standing: number
}

export namespace Verdicts {
  let _codec: Codec<Verdicts>

  export const codec = (): Codec<Verdicts> => {
    if (_codec == null) {
      _codec = message<Verdicts>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __AckStatusValues[obj.status] !== 0) {
          w.uint32(8)
          AckStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if ((obj.retryAfter != null && obj.retryAfter !== 0)) {
          w.uint32(24)
          w.uint32(obj.retryAfter)
        }

        if (obj.verdicts != null && obj.verdicts.length > 0) {
          for (const value of obj.verdicts) {
            w.uint32(34)
            Verdict.codec().encode(value, w)
          }
        }

        if ((obj.balance != null && obj.balance !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.balance)
        }

        if ((obj.standing != null && obj.standing !== 0)) {
          w.uint32(48)
          w.uint32(obj.standing)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: AckStatus.ACK_OK,
          reason: '',
          retryAfter: 0,
          verdicts: [],
          balance: 0,
          standing: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = AckStatus.codec().decode(reader)
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
              if (opts.limits?.verdicts != null && obj.verdicts.length === opts.limits.verdicts) {
                throw new MaxLengthError('Decode error - repeated field "verdicts" had too many elements')
              }

              if (obj.verdicts.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "verdicts" had too many elements')
              }

              obj.verdicts.push(Verdict.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.verdicts$
              }))
              break
            }
            case 5: {
              obj.balance = reader.uint64Number()
              break
            }
            case 6: {
              obj.standing = reader.uint32()
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
          verdicts: 64
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: AckStatus.codec().decode(reader)
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
              if (opts.limits?.verdicts != null && obj.verdicts === opts.limits.verdicts) {
                throw new MaxLengthError('Streaming decode error - repeated field "verdicts" had too many elements')
              }

              if (obj.verdicts === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "verdicts" had too many elements')
              }

              for (const evt of Verdict.codec().stream(reader, reader.uint32(), `${prefix}.verdicts[]`, {
                limits: opts.limits?.verdicts$
              })) {
                yield {
                  ...evt,
                  index: obj.verdicts
                }
              }

              obj.verdicts++

              break
            }
            case 5: {
              yield {
                field: `${prefix}.balance`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.standing`,
                value: reader.uint32()
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

  export interface VerdictsStatusFieldEvent {
    field: '$.status'
    value: AckStatus
  }

  export interface VerdictsReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface VerdictsRetryAfterFieldEvent {
    field: '$.retryAfter'
    value: number
  }

  export interface VerdictsVerdictsStatusFieldEvent {
    field: '$.verdicts[].status'
    value: ClaimStatus
    index: number
  }

  export interface VerdictsVerdictsReasonFieldEvent {
    field: '$.verdicts[].reason'
    value: string
    index: number
  }

  export interface VerdictsVerdictsCreditedFieldEvent {
    field: '$.verdicts[].credited'
    value: number
    index: number
  }

  export interface VerdictsVerdictsAmountFieldEvent {
    field: '$.verdicts[].amount'
    value: number
    index: number
  }

  export interface VerdictsBalanceFieldEvent {
    field: '$.balance'
    value: number
  }

  export interface VerdictsStandingFieldEvent {
    field: '$.standing'
    value: number
  }

  export function encode (obj: Partial<Verdicts>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Verdicts.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Verdicts>): Verdicts {
    return decodeMessage(buf, Verdicts.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Verdicts>): Generator<VerdictsStatusFieldEvent | VerdictsReasonFieldEvent | VerdictsRetryAfterFieldEvent | VerdictsVerdictsStatusFieldEvent | VerdictsVerdictsReasonFieldEvent | VerdictsVerdictsCreditedFieldEvent | VerdictsVerdictsAmountFieldEvent | VerdictsBalanceFieldEvent | VerdictsStandingFieldEvent> {
    return streamMessage(buf, Verdicts.codec(), opts)
  }
}

export enum ClaimStatus {
  CLAIM_SETTLED = 'CLAIM_SETTLED',
  CLAIM_AUDIT = 'CLAIM_AUDIT',
  CLAIM_VOID = 'CLAIM_VOID',
  CLAIM_EXPIRED = 'CLAIM_EXPIRED',
  CLAIM_INVALID = 'CLAIM_INVALID',
  CLAIM_BUSY = 'CLAIM_BUSY'
}

enum __ClaimStatusValues {
  CLAIM_SETTLED = 0,
  CLAIM_AUDIT = 1,
  CLAIM_VOID = 2,
  CLAIM_EXPIRED = 3,
  CLAIM_INVALID = 4,
  CLAIM_BUSY = 5
}

export namespace ClaimStatus {
  export const codec = (): Codec<ClaimStatus> => {
    return enumeration<ClaimStatus>(__ClaimStatusValues)
  }
}

export interface Verdict {
  status: ClaimStatus
  reason: string
  credited: number
  amount: number
}

export namespace Verdict {
  let _codec: Codec<Verdict>

  export const codec = (): Codec<Verdict> => {
    if (_codec == null) {
      _codec = message<Verdict>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __ClaimStatusValues[obj.status] !== 0) {
          w.uint32(8)
          ClaimStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if ((obj.credited != null && obj.credited !== 0)) {
          w.uint32(24)
          w.uint32(obj.credited)
        }

        if ((obj.amount != null && obj.amount !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.amount)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: ClaimStatus.CLAIM_SETTLED,
          reason: '',
          credited: 0,
          amount: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = ClaimStatus.codec().decode(reader)
              break
            }
            case 2: {
              obj.reason = reader.string()
              break
            }
            case 3: {
              obj.credited = reader.uint32()
              break
            }
            case 4: {
              obj.amount = reader.uint64Number()
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
                field: `${prefix}.status`,
                value: ClaimStatus.codec().decode(reader)
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
                field: `${prefix}.credited`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.amount`,
                value: reader.uint64Number()
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

  export interface VerdictStatusFieldEvent {
    field: '$.status'
    value: ClaimStatus
  }

  export interface VerdictReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface VerdictCreditedFieldEvent {
    field: '$.credited'
    value: number
  }

  export interface VerdictAmountFieldEvent {
    field: '$.amount'
    value: number
  }

  export function encode (obj: Partial<Verdict>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Verdict.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Verdict>): Verdict {
    return decodeMessage(buf, Verdict.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Verdict>): Generator<VerdictStatusFieldEvent | VerdictReasonFieldEvent | VerdictCreditedFieldEvent | VerdictAmountFieldEvent> {
    return streamMessage(buf, Verdict.codec(), opts)
  }
}
