// How much is made that the collector has to find again: objects, in the last second. The pressure on the
// collector is told from it.

export const tally = { objects: 0 }; // since the package was loaded

const BUCKETS = 100, BUCKET_MS = 10;
const counts = new Uint32Array(BUCKETS);
let noted = 0, newest = 0; // newest: the bucket that is filled, counted from the beginning of time

function advance() {
  const now = Math.floor(performance.now() / BUCKET_MS);
  for (let bucket = Math.max(newest + 1,
    now - BUCKETS + 1); bucket <= now; bucket++) counts[bucket % BUCKETS] = 0;
  newest = Math.max(newest, now);
}

// At the end of a turn in which something was made, and before a reading.
export function noteObjects() {
  if (tally.objects === noted) return;
  advance();
  counts[newest % BUCKETS] += tally.objects - noted;
  noted = tally.objects;
}

export function objectsPerSecond() {
  noteObjects();
  advance();
  let sum = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) sum += counts[bucket];
  return sum;
}
