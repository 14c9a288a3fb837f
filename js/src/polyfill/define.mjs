// Properties as WebIDL has those of the global object: they can be replaced, and do not show in loops.
export function define(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
}

export function defineMissing(object, name, value) {
  if (!(name in object)) define(object, name, value);
}
