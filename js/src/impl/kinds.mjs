// What types of nodes say of themselves.

export const MODES = ['', 'max', 'clamped-max', 'explicit']; // by the engine's numbers
export const INTERPRETATIONS = ['', 'speakers', 'discrete'];
export const MODE_NUMBERS = { 'max': 1, 'clamped-max': 2, 'explicit': 3 };
export const INTERPRETATION_NUMBERS = { speakers: 1, discrete: 2 };
export const OWN = 11; // the slot of a type's first own option

// A type of node. params: [name, default, min, max, rate, isRateFixed]; a limit may be a function of the
// node's state. bytes(context), of a heavy one: what it will take, by its options in the mailbox.
export function nodeKind(name, type, { inputs = 1, outputs = 1, channelCount = 2, mode = 'max',
  interpretation = 'speakers', isSource = false, isHeavy = false, isEnd = false, bytes = undefined,
  params = [] } = {}) {
  return { name, type, inputs, outputs, channelCount, mode: MODE_NUMBERS[mode],
    interpretation: INTERPRETATION_NUMBERS[interpretation], isSource, isHeavy, bytes,
    isNarrow: mode === 'clamped-max', isFixed: mode === 'explicit' && !isEnd,
    isDiscrete: interpretation === 'discrete',
    params: params.map(([param, value, min, max, rate = 'a-rate', isRateFixed = false]) =>
      ({ name: param, value, min, max, rate, isRateFixed })) };
}
