// The client of the lvzhi API: what an application imports from `@lvzhi/client`.

export { createClient, type Client, type ClientOptions } from './client.js'
export { ApiError, NetworkError, StorageError, isUndecided, type ErrorCode, type FieldError } from './errors.js'
export { CONTRACT_VERSION, ERROR_CODES, type OperationId } from './generated/operations.js'
export type { Live, LiveArrival, LiveBoard, LiveMessage, LiveOptions, LiveSnapshot, LiveState, LiveUpdate } from './live.js'
export type { FlushReport, Queue, QueueEntry, QueueItem, QueueOutcome } from './queue.js'
export type { Account, Session } from './session.js'
export { memoryStorage } from './transport.js'
export type { ClientStorage, HttpRequest, HttpResponse, NetworkFailure, Signal, SocketEvents, Transport, UploadFile, WebFile, WxFile } from './transport.js'
export type { Args, CallOptions, Each, FileAnswer, Item, ListId, Method, Result, Schemas, TextAnswer } from './types.js'
