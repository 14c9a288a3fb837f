// The render half of the module: on the memory of the control half, and on the stack that it has made. Runs in
// AudioWorklets and Workers; needs nothing that one of them has not got.
export const importsOf = (memory, nowMs) => ({ env: { memory }, wavepool: { nowMs } });

export function renderHalf(module, memory, { top, local }, nowMs) {
  const { exports } = new WebAssembly.Instance(module, importsOf(memory, nowMs));
  exports.__stack_pointer.value = top;
  exports.__wasm_init_tls(local);
  return exports;
}
