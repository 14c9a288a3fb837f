// node:test, for the package's tests on the module: these are skipped, each for its reason.
import { after, afterEach, before, beforeEach, describe, it as test } from 'node:test';

const reasons = {
  'a decoder': ['resolves, calls back, and detaches', 'rejects what is no audio, and what is detached',
    'many at once, on a closed context too'],
  'a device': ['give their node back as soon as they have ended, with the wrapper still there',
    'without listeners have no wrapper while they play', 'that play are held',
    'a suspended one that nobody holds goes',
    'all of them work in a context that was closed before they were made',
    'without listeners, and without events that were on their way', 'a closed context takes its pools with it',
    'ended is told of what is held', 'in real time'],
  'files': ['M4.6 a snapshot of everything', 'M4.6 a trace'],
  'a budget above the memory': ['100,000 nodes in one turn', 'bytes: everything, by category'],
  'a collector that knows of engine memory': ['dropped buffers come back before the budget is used up',
    'memory comes back with the wrapper, not before the last view'],
  'the addon, in a process of its own': ['an exception in a listener does not keep others from theirs'],
};
const skipped = new Map(Object.entries(reasons).flatMap(([reason, names]) =>
  names.map((name) => [name, `takes ${reason}`])));

export function it(name, ...rest) {
  const reason = skipped.get(name);
  return reason === undefined ? test(name, ...rest) : test(name, { skip: reason }, rest.at(-1));
}
export { after, afterEach, before, beforeEach, describe, it as test };
export default it;
