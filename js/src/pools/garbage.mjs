// What the collector of JavaScript did, where the platform tells: Node's performance hooks.

const MINOR = 1; // NODE_PERFORMANCE_GC_MINOR; all others look at more than the young generation
const MAJOR = 4, INCREMENTAL = 8;

const seen = { minor: 0, major: 0, incremental: 0, pauseMs: 0, longestPauseMs: 0 };
let observer = null;

export const canObserve = globalThis.PerformanceObserver?.supportedEntryTypes?.includes('gc') ?? false;

function note({ duration, detail }) {
  const kind = detail?.kind;
  if (kind === MINOR) seen.minor++;
  else if (kind === MAJOR) seen.major++;
  else if (kind === INCREMENTAL) seen.incremental++;
  seen.pauseMs += duration;
  seen.longestPauseMs = Math.max(seen.longestPauseMs, duration);
}

// From the first call on, for the whole process.
export function observe() {
  if (!canObserve || observer !== null) return;
  observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
  observer.observe({ entryTypes: ['gc'] });
}

// { minor, major, incremental, pauseMs, longestPauseMs } since observe(); null where nobody tells.
export function garbage() {
  if (observer === null) return null;
  observer.takeRecords().forEach(note);
  return { ...seen };
}
