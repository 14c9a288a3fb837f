// ErrorEvent, which Node has not got in all versions.
class OwnErrorEvent extends Event {
  #init;
  constructor(type, { message = '', filename = '', lineno = 0, colno = 0, error = undefined, ...init } = {}) {
    super(type, init);
    this.#init = { message: String(message), filename: String(filename), lineno, colno, error };
  }

  get message() {
    return this.#init.message;
  }

  get filename() {
    return this.#init.filename;
  }

  get lineno() {
    return this.#init.lineno;
  }

  get colno() {
    return this.#init.colno;
  }

  get error() {
    return this.#init.error;
  }
}
Object.defineProperty(OwnErrorEvent, 'name', { value: 'ErrorEvent', configurable: true });
Object.defineProperty(OwnErrorEvent.prototype, Symbol.toStringTag,
  { value: 'ErrorEvent', configurable: true });

export const ErrorEvent = globalThis.ErrorEvent ?? OwnErrorEvent;
