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
  purchase?: Purchase
  statement?: StatementRequest
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

        if (obj.purchase != null) {
          w.uint32(58)
          Purchase.codec().encode(obj.purchase, w)
        }

        if (obj.statement != null) {
          w.uint32(66)
          StatementRequest.codec().encode(obj.statement, w)
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
            case 7: {
              obj.purchase = Purchase.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.purchase
              })
              break
            }
            case 8: {
              obj.statement = StatementRequest.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.statement
              })
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
            case 7: {
              yield * Purchase.codec().stream(reader, reader.uint32(), `${prefix}.purchase`, {
                limits: opts.limits?.purchase
              })

              break
            }
            case 8: {
              yield * StatementRequest.codec().stream(reader, reader.uint32(), `${prefix}.statement`, {
                limits: opts.limits?.statement
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

  export interface TicketRequestPurchaseMaxPriceFieldEvent {
    field: '$.purchase.maxPrice'
    value: number
  }

  export interface TicketRequestPurchaseFirstFieldEvent {
    field: '$.purchase.first'
    value: number
  }

  export interface TicketRequestPurchaseCountFieldEvent {
    field: '$.purchase.count'
    value: number
  }

  export interface TicketRequestStatementBeforeFieldEvent {
    field: '$.statement.before'
    value: number
  }

  export interface TicketRequestStatementLimitFieldEvent {
    field: '$.statement.limit'
    value: number
  }

  export function encode (obj: Partial<TicketRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TicketRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketRequest>): TicketRequest {
    return decodeMessage(buf, TicketRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketRequest>): Generator<TicketRequestObjectFieldEvent | TicketRequestTokenFieldEvent | TicketRequestJwtFieldEvent | TicketRequestHaveManifestFieldEvent | TicketRequestRevocationEpochFieldEvent | TicketRequestFingerprintFieldEvent | TicketRequestPurchaseMaxPriceFieldEvent | TicketRequestPurchaseFirstFieldEvent | TicketRequestPurchaseCountFieldEvent | TicketRequestStatementBeforeFieldEvent | TicketRequestStatementLimitFieldEvent> {
    return streamMessage(buf, TicketRequest.codec(), opts)
  }
}

export interface Purchase {
  maxPrice: number
  first: number
  count: number
}

export namespace Purchase {
  let _codec: Codec<Purchase>

  export const codec = (): Codec<Purchase> => {
    if (_codec == null) {
      _codec = message<Purchase>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.maxPrice != null && obj.maxPrice !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.maxPrice)
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(16)
          w.uint32(obj.first)
        }

        if ((obj.count != null && obj.count !== 0)) {
          w.uint32(24)
          w.uint32(obj.count)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          maxPrice: 0,
          first: 0,
          count: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.maxPrice = reader.uint64Number()
              break
            }
            case 2: {
              obj.first = reader.uint32()
              break
            }
            case 3: {
              obj.count = reader.uint32()
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
                field: `${prefix}.maxPrice`,
                value: reader.uint64Number()
              }
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
                field: `${prefix}.count`,
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

  export interface PurchaseMaxPriceFieldEvent {
    field: '$.maxPrice'
    value: number
  }

  export interface PurchaseFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface PurchaseCountFieldEvent {
    field: '$.count'
    value: number
  }

  export function encode (obj: Partial<Purchase>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Purchase.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Purchase>): Purchase {
    return decodeMessage(buf, Purchase.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Purchase>): Generator<PurchaseMaxPriceFieldEvent | PurchaseFirstFieldEvent | PurchaseCountFieldEvent> {
    return streamMessage(buf, Purchase.codec(), opts)
  }
}

export interface StatementRequest {
  before: number
  limit: number
}

export namespace StatementRequest {
  let _codec: Codec<StatementRequest>

  export const codec = (): Codec<StatementRequest> => {
    if (_codec == null) {
      _codec = message<StatementRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.before != null && obj.before !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.before)
        }

        if ((obj.limit != null && obj.limit !== 0)) {
          w.uint32(16)
          w.uint32(obj.limit)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          before: 0,
          limit: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.before = reader.uint64Number()
              break
            }
            case 2: {
              obj.limit = reader.uint32()
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
                field: `${prefix}.before`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.limit`,
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

  export interface StatementRequestBeforeFieldEvent {
    field: '$.before'
    value: number
  }

  export interface StatementRequestLimitFieldEvent {
    field: '$.limit'
    value: number
  }

  export function encode (obj: Partial<StatementRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, StatementRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementRequest>): StatementRequest {
    return decodeMessage(buf, StatementRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementRequest>): Generator<StatementRequestBeforeFieldEvent | StatementRequestLimitFieldEvent> {
    return streamMessage(buf, StatementRequest.codec(), opts)
  }
}

export enum TicketStatus {
  TICKET_OK = 'TICKET_OK',
  TICKET_MALFORMED = 'TICKET_MALFORMED',
  TICKET_CREDENTIAL_NEEDED = 'TICKET_CREDENTIAL_NEEDED',
  TICKET_REFUSED = 'TICKET_REFUSED',
  TICKET_NOT_FOUND = 'TICKET_NOT_FOUND',
  TICKET_WRONG_SERVER = 'TICKET_WRONG_SERVER',
  TICKET_BUSY = 'TICKET_BUSY',
  TICKET_PAYMENT_NEEDED = 'TICKET_PAYMENT_NEEDED',
  TICKET_MONEY_SHORT = 'TICKET_MONEY_SHORT'
}

enum __TicketStatusValues {
  TICKET_OK = 0,
  TICKET_MALFORMED = 1,
  TICKET_CREDENTIAL_NEEDED = 2,
  TICKET_REFUSED = 3,
  TICKET_NOT_FOUND = 4,
  TICKET_WRONG_SERVER = 5,
  TICKET_BUSY = 6,
  TICKET_PAYMENT_NEEDED = 7,
  TICKET_MONEY_SHORT = 8
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
  quote?: Quote
  statement?: Statement
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

        if (obj.quote != null) {
          w.uint32(82)
          Quote.codec().encode(obj.quote, w)
        }

        if (obj.statement != null) {
          w.uint32(90)
          Statement.codec().encode(obj.statement, w)
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
            case 10: {
              obj.quote = Quote.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.quote
              })
              break
            }
            case 11: {
              obj.statement = Statement.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.statement
              })
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
            case 10: {
              yield * Quote.codec().stream(reader, reader.uint32(), `${prefix}.quote`, {
                limits: opts.limits?.quote
              })

              break
            }
            case 11: {
              yield * Statement.codec().stream(reader, reader.uint32(), `${prefix}.statement`, {
                limits: opts.limits?.statement
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

  export interface TicketResponseQuotePriceFieldEvent {
    field: '$.quote.price'
    value: number
  }

  export interface TicketResponseQuoteBondFieldEvent {
    field: '$.quote.bond'
    value: number
  }

  export interface TicketResponseQuoteBalanceFieldEvent {
    field: '$.quote.balance'
    value: number
  }

  export interface TicketResponseStatementUnitFieldEvent {
    field: '$.statement.unit'
    value: string
  }

  export interface TicketResponseStatementBalanceFieldEvent {
    field: '$.statement.balance'
    value: number
  }

  export interface TicketResponseStatementReservedFieldEvent {
    field: '$.statement.reserved'
    value: number
  }

  export interface TicketResponseStatementEarnedFieldEvent {
    field: '$.statement.earned'
    value: number
  }

  export interface TicketResponseStatementSpentFieldEvent {
    field: '$.statement.spent'
    value: number
  }

  export interface TicketResponseStatementBooksSerialFieldEvent {
    field: '$.statement.books[].serial'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface TicketResponseStatementBooksObjectFieldEvent {
    field: '$.statement.books[].object'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface TicketResponseStatementBooksFirstFieldEvent {
    field: '$.statement.books[].first'
    value: number
    index: number
  }

  export interface TicketResponseStatementBooksCountFieldEvent {
    field: '$.statement.books[].count'
    value: number
    index: number
  }

  export interface TicketResponseStatementBooksPriceFieldEvent {
    field: '$.statement.books[].price'
    value: number
    index: number
  }

  export interface TicketResponseStatementBooksRedeemedFieldEvent {
    field: '$.statement.books[].redeemed'
    value: number
    index: number
  }

  export interface TicketResponseStatementBooksBondFieldEvent {
    field: '$.statement.books[].bond'
    value: number
    index: number
  }

  export interface TicketResponseStatementBooksRedeemUntilFieldEvent {
    field: '$.statement.books[].redeemUntil'
    value: number
    index: number
  }

  export interface TicketResponseStatementMovementsIdFieldEvent {
    field: '$.statement.movements[].id'
    value: number
    index: number
  }

  export interface TicketResponseStatementMovementsTimeFieldEvent {
    field: '$.statement.movements[].time'
    value: number
    index: number
  }

  export interface TicketResponseStatementMovementsKindFieldEvent {
    field: '$.statement.movements[].kind'
    value: string
    index: number
  }

  export interface TicketResponseStatementMovementsAmountFieldEvent {
    field: '$.statement.movements[].amount'
    value: number
    index: number
  }

  export interface TicketResponseStatementMovementsCounterpartFieldEvent {
    field: '$.statement.movements[].counterpart'
    value: string
    index: number
  }

  export interface TicketResponseStatementMovementsMemoFieldEvent {
    field: '$.statement.movements[].memo'
    value: string
    index: number
  }

  export function encode (obj: Partial<TicketResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TicketResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketResponse>): TicketResponse {
    return decodeMessage(buf, TicketResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TicketResponse>): Generator<TicketResponseStatusFieldEvent | TicketResponseReasonFieldEvent | TicketResponseRetryAfterFieldEvent | TicketResponseCertificateFieldEvent | TicketResponseManifestFieldEvent | TicketResponseTicketFieldEvent | TicketResponseRevocationsFieldEvent | TicketResponseSecretsObjectKeyFieldEvent | TicketResponseSecretsSwarmSecretFieldEvent | TicketResponseSecretsEscrowSecretFieldEvent | TicketResponseHintsIdFieldEvent | TicketResponseHintsAddressesFieldEvent | TicketResponseQuotePriceFieldEvent | TicketResponseQuoteBondFieldEvent | TicketResponseQuoteBalanceFieldEvent | TicketResponseStatementUnitFieldEvent | TicketResponseStatementBalanceFieldEvent | TicketResponseStatementReservedFieldEvent | TicketResponseStatementEarnedFieldEvent | TicketResponseStatementSpentFieldEvent | TicketResponseStatementBooksSerialFieldEvent | TicketResponseStatementBooksObjectFieldEvent | TicketResponseStatementBooksFirstFieldEvent | TicketResponseStatementBooksCountFieldEvent | TicketResponseStatementBooksPriceFieldEvent | TicketResponseStatementBooksRedeemedFieldEvent | TicketResponseStatementBooksBondFieldEvent | TicketResponseStatementBooksRedeemUntilFieldEvent | TicketResponseStatementMovementsIdFieldEvent | TicketResponseStatementMovementsTimeFieldEvent | TicketResponseStatementMovementsKindFieldEvent | TicketResponseStatementMovementsAmountFieldEvent | TicketResponseStatementMovementsCounterpartFieldEvent | TicketResponseStatementMovementsMemoFieldEvent> {
    return streamMessage(buf, TicketResponse.codec(), opts)
  }
}

export interface Quote {
  price: number
  bond: number
  balance: number
}

export namespace Quote {
  let _codec: Codec<Quote>

  export const codec = (): Codec<Quote> => {
    if (_codec == null) {
      _codec = message<Quote>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.price != null && obj.price !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.price)
        }

        if ((obj.bond != null && obj.bond !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.bond)
        }

        if ((obj.balance != null && obj.balance !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.balance)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          price: 0,
          bond: 0,
          balance: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.price = reader.uint64Number()
              break
            }
            case 2: {
              obj.bond = reader.uint64Number()
              break
            }
            case 3: {
              obj.balance = reader.uint64Number()
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
                field: `${prefix}.price`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.bond`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.balance`,
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

  export interface QuotePriceFieldEvent {
    field: '$.price'
    value: number
  }

  export interface QuoteBondFieldEvent {
    field: '$.bond'
    value: number
  }

  export interface QuoteBalanceFieldEvent {
    field: '$.balance'
    value: number
  }

  export function encode (obj: Partial<Quote>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Quote.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Quote>): Quote {
    return decodeMessage(buf, Quote.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Quote>): Generator<QuotePriceFieldEvent | QuoteBondFieldEvent | QuoteBalanceFieldEvent> {
    return streamMessage(buf, Quote.codec(), opts)
  }
}

export interface Statement {
  unit: string
  balance: number
  reserved: number
  earned: number
  spent: number
  books: StatementBook[]
  movements: StatementMovement[]
}

export namespace Statement {
  let _codec: Codec<Statement>

  export const codec = (): Codec<Statement> => {
    if (_codec == null) {
      _codec = message<Statement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.unit != null && obj.unit !== '')) {
          w.uint32(10)
          w.string(obj.unit)
        }

        if ((obj.balance != null && obj.balance !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.balance)
        }

        if ((obj.reserved != null && obj.reserved !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.reserved)
        }

        if ((obj.earned != null && obj.earned !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.earned)
        }

        if ((obj.spent != null && obj.spent !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.spent)
        }

        if (obj.books != null && obj.books.length > 0) {
          for (const value of obj.books) {
            w.uint32(50)
            StatementBook.codec().encode(value, w)
          }
        }

        if (obj.movements != null && obj.movements.length > 0) {
          for (const value of obj.movements) {
            w.uint32(58)
            StatementMovement.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          unit: '',
          balance: 0,
          reserved: 0,
          earned: 0,
          spent: 0,
          books: [],
          movements: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.unit = reader.string()
              break
            }
            case 2: {
              obj.balance = reader.uint64Number()
              break
            }
            case 3: {
              obj.reserved = reader.uint64Number()
              break
            }
            case 4: {
              obj.earned = reader.uint64Number()
              break
            }
            case 5: {
              obj.spent = reader.uint64Number()
              break
            }
            case 6: {
              if (opts.limits?.books != null && obj.books.length === opts.limits.books) {
                throw new MaxLengthError('Decode error - repeated field "books" had too many elements')
              }

              if (obj.books.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "books" had too many elements')
              }

              obj.books.push(StatementBook.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.books$
              }))
              break
            }
            case 7: {
              if (opts.limits?.movements != null && obj.movements.length === opts.limits.movements) {
                throw new MaxLengthError('Decode error - repeated field "movements" had too many elements')
              }

              if (obj.movements.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "movements" had too many elements')
              }

              obj.movements.push(StatementMovement.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.movements$
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
          books: 256,
          movements: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.unit`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.balance`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.reserved`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.earned`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.spent`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              if (opts.limits?.books != null && obj.books === opts.limits.books) {
                throw new MaxLengthError('Streaming decode error - repeated field "books" had too many elements')
              }

              if (obj.books === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "books" had too many elements')
              }

              for (const evt of StatementBook.codec().stream(reader, reader.uint32(), `${prefix}.books[]`, {
                limits: opts.limits?.books$
              })) {
                yield {
                  ...evt,
                  index: obj.books
                }
              }

              obj.books++

              break
            }
            case 7: {
              if (opts.limits?.movements != null && obj.movements === opts.limits.movements) {
                throw new MaxLengthError('Streaming decode error - repeated field "movements" had too many elements')
              }

              if (obj.movements === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "movements" had too many elements')
              }

              for (const evt of StatementMovement.codec().stream(reader, reader.uint32(), `${prefix}.movements[]`, {
                limits: opts.limits?.movements$
              })) {
                yield {
                  ...evt,
                  index: obj.movements
                }
              }

              obj.movements++

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

  export interface StatementUnitFieldEvent {
    field: '$.unit'
    value: string
  }

  export interface StatementBalanceFieldEvent {
    field: '$.balance'
    value: number
  }

  export interface StatementReservedFieldEvent {
    field: '$.reserved'
    value: number
  }

  export interface StatementEarnedFieldEvent {
    field: '$.earned'
    value: number
  }

  export interface StatementSpentFieldEvent {
    field: '$.spent'
    value: number
  }

  export interface StatementBooksSerialFieldEvent {
    field: '$.books[].serial'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface StatementBooksObjectFieldEvent {
    field: '$.books[].object'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface StatementBooksFirstFieldEvent {
    field: '$.books[].first'
    value: number
    index: number
  }

  export interface StatementBooksCountFieldEvent {
    field: '$.books[].count'
    value: number
    index: number
  }

  export interface StatementBooksPriceFieldEvent {
    field: '$.books[].price'
    value: number
    index: number
  }

  export interface StatementBooksRedeemedFieldEvent {
    field: '$.books[].redeemed'
    value: number
    index: number
  }

  export interface StatementBooksBondFieldEvent {
    field: '$.books[].bond'
    value: number
    index: number
  }

  export interface StatementBooksRedeemUntilFieldEvent {
    field: '$.books[].redeemUntil'
    value: number
    index: number
  }

  export interface StatementMovementsIdFieldEvent {
    field: '$.movements[].id'
    value: number
    index: number
  }

  export interface StatementMovementsTimeFieldEvent {
    field: '$.movements[].time'
    value: number
    index: number
  }

  export interface StatementMovementsKindFieldEvent {
    field: '$.movements[].kind'
    value: string
    index: number
  }

  export interface StatementMovementsAmountFieldEvent {
    field: '$.movements[].amount'
    value: number
    index: number
  }

  export interface StatementMovementsCounterpartFieldEvent {
    field: '$.movements[].counterpart'
    value: string
    index: number
  }

  export interface StatementMovementsMemoFieldEvent {
    field: '$.movements[].memo'
    value: string
    index: number
  }

  export function encode (obj: Partial<Statement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Statement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Statement>): Statement {
    return decodeMessage(buf, Statement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Statement>): Generator<StatementUnitFieldEvent | StatementBalanceFieldEvent | StatementReservedFieldEvent | StatementEarnedFieldEvent | StatementSpentFieldEvent | StatementBooksSerialFieldEvent | StatementBooksObjectFieldEvent | StatementBooksFirstFieldEvent | StatementBooksCountFieldEvent | StatementBooksPriceFieldEvent | StatementBooksRedeemedFieldEvent | StatementBooksBondFieldEvent | StatementBooksRedeemUntilFieldEvent | StatementMovementsIdFieldEvent | StatementMovementsTimeFieldEvent | StatementMovementsKindFieldEvent | StatementMovementsAmountFieldEvent | StatementMovementsCounterpartFieldEvent | StatementMovementsMemoFieldEvent> {
    return streamMessage(buf, Statement.codec(), opts)
  }
}

export interface StatementBook {
  serial: Uint8Array<ArrayBuffer>
  object: Uint8Array<ArrayBuffer>
  first: number
  count: number
  price: number
  redeemed: number
  bond: number
  redeemUntil: number
}

export namespace StatementBook {
  let _codec: Codec<StatementBook>

  export const codec = (): Codec<StatementBook> => {
    if (_codec == null) {
      _codec = message<StatementBook>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.serial != null && obj.serial.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.serial)
        }

        if ((obj.object != null && obj.object.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.object)
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(24)
          w.uint32(obj.first)
        }

        if ((obj.count != null && obj.count !== 0)) {
          w.uint32(32)
          w.uint32(obj.count)
        }

        if ((obj.price != null && obj.price !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.price)
        }

        if ((obj.redeemed != null && obj.redeemed !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.redeemed)
        }

        if ((obj.bond != null && obj.bond !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.bond)
        }

        if ((obj.redeemUntil != null && obj.redeemUntil !== 0)) {
          w.uint32(64)
          w.uint64Number(obj.redeemUntil)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          serial: uint8ArrayAlloc(0),
          object: uint8ArrayAlloc(0),
          first: 0,
          count: 0,
          price: 0,
          redeemed: 0,
          bond: 0,
          redeemUntil: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.serial = reader.bytes()
              break
            }
            case 2: {
              obj.object = reader.bytes()
              break
            }
            case 3: {
              obj.first = reader.uint32()
              break
            }
            case 4: {
              obj.count = reader.uint32()
              break
            }
            case 5: {
              obj.price = reader.uint64Number()
              break
            }
            case 6: {
              obj.redeemed = reader.uint64Number()
              break
            }
            case 7: {
              obj.bond = reader.uint64Number()
              break
            }
            case 8: {
              obj.redeemUntil = reader.uint64Number()
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
                field: `${prefix}.serial`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.object`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.first`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.count`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.price`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.redeemed`,
                value: reader.uint64Number()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.bond`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.redeemUntil`,
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

  export interface StatementBookSerialFieldEvent {
    field: '$.serial'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementBookObjectFieldEvent {
    field: '$.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementBookFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface StatementBookCountFieldEvent {
    field: '$.count'
    value: number
  }

  export interface StatementBookPriceFieldEvent {
    field: '$.price'
    value: number
  }

  export interface StatementBookRedeemedFieldEvent {
    field: '$.redeemed'
    value: number
  }

  export interface StatementBookBondFieldEvent {
    field: '$.bond'
    value: number
  }

  export interface StatementBookRedeemUntilFieldEvent {
    field: '$.redeemUntil'
    value: number
  }

  export function encode (obj: Partial<StatementBook>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, StatementBook.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementBook>): StatementBook {
    return decodeMessage(buf, StatementBook.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementBook>): Generator<StatementBookSerialFieldEvent | StatementBookObjectFieldEvent | StatementBookFirstFieldEvent | StatementBookCountFieldEvent | StatementBookPriceFieldEvent | StatementBookRedeemedFieldEvent | StatementBookBondFieldEvent | StatementBookRedeemUntilFieldEvent> {
    return streamMessage(buf, StatementBook.codec(), opts)
  }
}

export interface StatementMovement {
  id: number
  time: number
  kind: string
  amount: number
  counterpart: string
  memo: string
}

export namespace StatementMovement {
  let _codec: Codec<StatementMovement>

  export const codec = (): Codec<StatementMovement> => {
    if (_codec == null) {
      _codec = message<StatementMovement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.id)
        }

        if ((obj.time != null && obj.time !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.time)
        }

        if ((obj.kind != null && obj.kind !== '')) {
          w.uint32(26)
          w.string(obj.kind)
        }

        if ((obj.amount != null && obj.amount !== 0)) {
          w.uint32(32)
          w.sint64Number(obj.amount)
        }

        if ((obj.counterpart != null && obj.counterpart !== '')) {
          w.uint32(42)
          w.string(obj.counterpart)
        }

        if ((obj.memo != null && obj.memo !== '')) {
          w.uint32(50)
          w.string(obj.memo)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: 0,
          time: 0,
          kind: '',
          amount: 0,
          counterpart: '',
          memo: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.uint64Number()
              break
            }
            case 2: {
              obj.time = reader.uint64Number()
              break
            }
            case 3: {
              obj.kind = reader.string()
              break
            }
            case 4: {
              obj.amount = reader.sint64Number()
              break
            }
            case 5: {
              obj.counterpart = reader.string()
              break
            }
            case 6: {
              obj.memo = reader.string()
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
                field: `${prefix}.id`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.time`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.kind`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.amount`,
                value: reader.sint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.counterpart`,
                value: reader.string()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.memo`,
                value: reader.string()
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

  export interface StatementMovementIdFieldEvent {
    field: '$.id'
    value: number
  }

  export interface StatementMovementTimeFieldEvent {
    field: '$.time'
    value: number
  }

  export interface StatementMovementKindFieldEvent {
    field: '$.kind'
    value: string
  }

  export interface StatementMovementAmountFieldEvent {
    field: '$.amount'
    value: number
  }

  export interface StatementMovementCounterpartFieldEvent {
    field: '$.counterpart'
    value: string
  }

  export interface StatementMovementMemoFieldEvent {
    field: '$.memo'
    value: string
  }

  export function encode (obj: Partial<StatementMovement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, StatementMovement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementMovement>): StatementMovement {
    return decodeMessage(buf, StatementMovement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<StatementMovement>): Generator<StatementMovementIdFieldEvent | StatementMovementTimeFieldEvent | StatementMovementKindFieldEvent | StatementMovementAmountFieldEvent | StatementMovementCounterpartFieldEvent | StatementMovementMemoFieldEvent> {
    return streamMessage(buf, StatementMovement.codec(), opts)
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
