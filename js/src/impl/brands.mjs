// AudioNode's root: what every node's wrapper is made of.
//
// A wrapper is an EventTarget. Making the internals of one costs more than the rest of a node, and most nodes
// never have a listener. So where that works, AudioNode inherits from EventTarget without running its
// constructor, and a wrapper gets its internals, the own properties of a fresh EventTarget, when they are
// first looked for.

// Only we construct with it.
export const TOKEN = Symbol('wavepool');

function internals() {
  return Object.getOwnPropertySymbols(new EventTarget());
}

function inherit(constructor) {
  Object.setPrototypeOf(constructor, EventTarget);
  Object.setPrototypeOf(constructor.prototype, EventTarget.prototype);
}

// Those of a fresh EventTarget, in place of what there is.
export function renewInternals(wrapper) {
  const fresh = new EventTarget();
  for (const symbol of Reflect.ownKeys(fresh)) {
    Object.defineProperty(wrapper, symbol, Object.getOwnPropertyDescriptor(fresh, symbol));
  }
}

// Accessors for the internals: whoever asks first moves those of a fresh EventTarget into the object.
// before(object) throws when it is none of ours; after(object) finds the internals there.
function adoptWhenNeeded(prototype, before, after) {
  const symbols = internals();
  const adopt = (wrapper) => {
    before(wrapper);
    renewInternals(wrapper);
    after(wrapper);
  };
  for (const symbol of symbols) {
    Object.defineProperty(prototype, symbol, {
      configurable: true,
      get() {
        adopt(this);
        return this[symbol];
      },
      set(value) {
        adopt(this);
        this[symbol] = value;
      },
    });
  }
}

// Whether all that depends on the internals works on an object that was made that way.
export function leanTargetsWork() {
  try {
    if (internals().length === 0) return false;
    class Probe {}
    inherit(Probe);
    adoptWhenNeeded(Probe.prototype, () => {}, () => {});
    const [probe, other] = [new Probe(), new Probe()];
    let count = 0;
    const listener = (event) => {
      count += event.target === probe && event.currentTarget === probe ? 1 : 100;
    };
    probe.addEventListener('probe', listener);
    other.dispatchEvent(new Event('probe'));
    probe.dispatchEvent(new Event('probe'));
    probe.removeEventListener('probe', listener);
    probe.dispatchEvent(new Event('probe'));
    probe.addEventListener('probe', listener, { once: true });
    probe.dispatchEvent(new Event('probe'));
    probe.dispatchEvent(new Event('probe'));
    return count === 2 && probe instanceof EventTarget;
  } catch {
    return false;
  }
}

const illegal = () => new TypeError('AudioNode: illegal constructor');

class Lean {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegal();
    this.#state = state;
  }
  static state = (of) => of.#state;
  static stateOf = (of) => (typeof of === 'object' && of !== null && #state in of ? of.#state : undefined);
}

class Full extends EventTarget {
  #state;
  constructor(token = undefined, state = undefined) {
    if (token !== TOKEN) throw illegal();
    super();
    this.#state = state;
    state.wrapper = this; // nobody tells us when it gets a listener
  }
  static state = (of) => of.#state;
  static stateOf = (of) => (typeof of === 'object' && of !== null && #state in of ? of.#state : undefined);
}

export const isLean = leanTargetsWork();
const Root = isLean ? Lean : Full;

// The state of a node's wrapper; a TypeError for everything else.
export const nodeState = Root.state;
// The same, undefined for everything else.
export const nodeStateOf = Root.stateOf;
delete Root.state;
delete Root.stateOf;
Object.defineProperty(Root, 'name', { value: 'AudioNode', configurable: true });
export const NodeRoot = Root;

// after(wrapper): it has just become a whole EventTarget.
export function whenAdopted(after) {
  if (!isLean) return;
  inherit(Lean);
  adoptWhenNeeded(Lean.prototype, nodeState, after);
}

export function nodeArgument(value, what) {
  const state = nodeStateOf(value);
  if (state === undefined) throw new TypeError(`${what}: not an AudioNode`);
  return state;
}
