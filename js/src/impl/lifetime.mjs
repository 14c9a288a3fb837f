// Nodes are given back to the engine when their wrappers are collected. Those that are made in one turn tend
// to die together: a few of them are a cohort, with one object that the collector tells of and that the state
// of each refers to. One that lives on keeps the few others; they are silent and cost memory alone.
import { cohort, slots } from '#host';
import { check } from '../errors.mjs';

const COHORT_MAX = 16; // abi.h
const COHORT = 7; // the slot that nodeCreate reads

function open(context) {
  slots[0] = context.pointer;
  const shared = cohort();
  check();
  return shared;
}

// Before nodeCreate: what the state of the node is to refer to. A heavy node is alone, so that its memory
// comes back with it.
export function enroll(context, isHeavy) {
  if (isHeavy) {
    const shared = open(context);
    slots[COHORT] = slots[1];
    return shared;
  }
  if (context.cohort === null || context.cohortRoom === 0) {
    context.cohort = open(context);
    context.cohortAddress = slots[1];
    context.cohortRoom = COHORT_MAX;
  }
  context.cohortRoom--;
  slots[COHORT] = context.cohortAddress;
  return context.cohort;
}
