// What an ErrorEvent says of something that was thrown.

const PLACE = /^ +at (?:.* \()?([a-z]+:.*):(\d+):(\d+)\)?$/;

// { message, filename, lineno, colno, error }: can be sent to another thread.
export function describe(thrown) {
  const isError = typeof thrown === 'object' && thrown !== null && typeof thrown.stack === 'string';
  let message;
  try {
    message = isError ? `Uncaught ${thrown.name}: ${thrown.message}` : `Uncaught ${String(thrown)}`;
  } catch {
    message = 'Uncaught exception';
  }
  const line = isError ? thrown.stack.split('\n').find((each) => PLACE.test(each)) : undefined;
  const [, filename = '', lineno = 0, colno = 0] = line === undefined ? [] : PLACE.exec(line);
  let error = null;
  try {
    error = structuredCloneable(thrown);
  } catch {
    // It has something that cannot be sent: its words are enough.
  }
  return { message, filename, lineno: Number(lineno), colno: Number(colno), error };
}

const { structuredClone } = globalThis;

function structuredCloneable(thrown) {
  structuredClone(thrown);
  return thrown;
}
