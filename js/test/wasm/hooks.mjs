const host = new URL('./host.mjs', import.meta.url).href;

export function resolve(specifier, context, next) {
  const isHost = specifier === '#host' || specifier.endsWith('/src/host/node.mjs');
  return isHost ? { url: host, shortCircuit: true } : next(specifier, context);
}
