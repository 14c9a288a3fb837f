// The host is the module's, and node:test leaves out what is not here.
const host = new URL('./host.mjs', import.meta.url).href;
const filter = new URL('./filter.mjs', import.meta.url).href;

export function resolve(specifier, context, next) {
  if (specifier === '#host' || specifier.endsWith('/src/host/node.mjs')) return { url: host, shortCircuit: true };
  if (specifier === 'node:test' && context.parentURL !== filter) return { url: filter, shortCircuit: true };
  return next(specifier, context);
}
