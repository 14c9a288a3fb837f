// What hangs on our objects: the collector sees a few small ones and nothing of the engine's memory behind
// them. Unless it is told it leaves a hundred dropped contexts where they are, and the budget is used up.
import { external } from '#host';

// It acts for certain at some 70 MB, and late when the machine is busy; the budget is 100 MB.
export const FACTOR = 4;

class Weight {
  constructor() {
    this.bytes = 0;
  }

  set(bytes) {
    external(FACTOR * (bytes - this.bytes));
    this.bytes = bytes;
  }
}

const weights = new FinalizationRegistry((weight) => weight.set(0));

// The bytes that come back when holder is collected, or that weight.set() says after this.
export function weigh(holder, bytes) {
  const weight = new Weight();
  weight.set(bytes);
  weights.register(holder, weight);
  return weight;
}
