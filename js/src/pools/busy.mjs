// Pools of which something is handed out, or rings. Their context holds them as long, so that nothing is cut
// off because nobody holds the pool; and what gives itself back keeps the event loop going until it has.
import { updateKeepAlive } from '../impl/context_state.mjs';

export function becomeBusy(pool) {
  if (pool.isBusy) return;
  const { context } = pool;
  pool.isBusy = true;
  pool.nextBusy = context.busyPool;
  if (pool.nextBusy !== null) pool.nextBusy.beforeBusy = pool;
  context.busyPool = pool;
}

function becomeIdle(pool) {
  const { nextBusy, beforeBusy } = pool;
  if (beforeBusy !== null) beforeBusy.nextBusy = nextBusy;
  else pool.context.busyPool = nextBusy;
  if (nextBusy !== null) nextBusy.beforeBusy = beforeBusy;
  pool.nextBusy = pool.beforeBusy = null;
  pool.isBusy = false;
}

// How much of it sounds on by itself. True: that is news to the event loop.
function soundsNow(pool, count) {
  const { context } = pool;
  const before = context.soundingCount;
  context.soundingCount += count - pool.sounding;
  pool.sounding = count;
  return (before === 0) !== (context.soundingCount === 0);
}

export function sounds(pool, count) {
  if (soundsNow(pool, count) && pool.context.isLive) updateKeepAlive();
}

// After a poll. True: something begins to sound, or nothing does any more.
export function lookAtPools(context) {
  const before = context.soundingCount;
  for (let pool = context.busyPool; pool !== null;) {
    const { nextBusy } = pool;
    pool.lookAgain();
    soundsNow(pool, pool.soundingNow);
    if (pool.inUse === 0) becomeIdle(pool);
    pool = nextBusy;
  }
  return (before === 0) !== (context.soundingCount === 0);
}

// The context is given back, and all of its pools with it.
export function dropPools(context) {
  while (context.busyPool !== null) {
    context.busyPool.sounding = 0;
    becomeIdle(context.busyPool);
  }
  context.soundingCount = 0;
}
