// Nodes are given back to the engine when their wrappers are collected. Registering each with a FinalizationRegistry
// would cost more than all the rest of a node. Nodes that are made in one turn tend to die together: up to
// COHORT_MAX of them share one registered object, which the state of each refers to, and are given back together.
// One that lives on keeps at most so many others; they are silent and cost memory alone.
import { calls, slots } from '#host';
import { touch } from './context_state.mjs';

const COHORT_MAX = 32, WHEN_DONE = 4;

class Cohort {
  constructor() {
    this.handles = []; // low and high halves
    this.shared = {}; // what is registered; whoever holds it keeps them all
  }
}

// What the registry holds leads to no wrapper. A context that has been collected has given back all of its nodes.
const registry = new FinalizationRegistry(({ weak, epoch, handles }) => {
  const context = weak.deref();
  if (context === undefined || context.epoch !== epoch || context.pointer === 0) return;
  for (let index = 0; index < handles.length; index += 2) {
    slots[0] = context.pointer;
    slots[1] = handles[index];
    slots[2] = handles[index + 1];
    slots[3] = WHEN_DONE;
    calls.nodeRelease(); // one that was given back before is stale, which is no harm
  }
  touch(context);
});

function openCohort({ weak, epoch }) {
  const cohort = new Cohort();
  registry.register(cohort.shared, { weak, epoch, handles: cohort.handles });
  return cohort;
}

// What the state of the node is to refer to. The open cohort ends with the turn, at the flush. A heavy node is alone.
export function enroll(context, low, high, isHeavy) {
  let { cohort } = context;
  if (cohort === null || isHeavy || cohort.handles.length === 2 * COHORT_MAX) {
    cohort = openCohort(context);
    if (!isHeavy) context.cohort = cohort;
  }
  cohort.handles.push(low, high);
  return cohort.shared;
}
