// One table from the engine's statuses to exceptions; see docs/errors.md.
import { calls, getText, slots } from '#host';

// By status; INVALID_STATE is 1.
const NAMES = [undefined,
  'InvalidStateError', 'NotSupportedError', 'IndexSizeError', 'InvalidAccessError', 'RANGE', 'TYPE',
  'EncodingError', 'QuotaExceededError', 'QuotaExceededError', 'InvalidStateError', 'InvalidAccessError',
  'TYPE', 'InvalidStateError', 'InvalidStateError', 'UnknownError', 'InvalidAccessError', 'UnknownError',
  'AbortError', 'InvalidStateError', 'NotSupportedError'];

export function exception(status, message) {
  const name = NAMES[status] ?? 'UnknownError';
  if (name === 'RANGE') return new RangeError(message);
  if (name === 'TYPE') return new TypeError(message);
  return new DOMException(message, name);
}

// What the last call failed with; its status is still in the mailbox.
export function engineError() {
  const status = slots[0];
  calls.errorMessage();
  return exception(status, getText());
}

export function check() {
  if (slots[0] !== 0) throw engineError();
}

export const invalidState = (message) => new DOMException(message, 'InvalidStateError');
export const notSupported = (message) => new DOMException(message, 'NotSupportedError');
export const indexSize = (message) => new DOMException(message, 'IndexSizeError');
export const invalidAccess = (message) => new DOMException(message, 'InvalidAccessError');

// An interface of the specification that this version has not got.
export const missing = (name) => notSupported(`${name} is not there yet`);
