// What a page does not have yet of the engine interface: processors in JavaScript. Asking for one is an error.
const absent = (what) => () => {
  throw new DOMException(`${what} is not there in pages yet`, 'NotSupportedError');
};

const worklets = absent('AudioWorklet');
export { worklets as renderAbandon, worklets as worklet, worklets as workletBridge, worklets as workletCollect,
  worklets as workletDrop, worklets as workletOpen, worklets as workletPiece, worklets as workletProcessor,
  worklets as workletProcessorDrop, worklets as workletQuantum };

const scripts = absent('ScriptProcessorNode');
export { scripts as hasListeners, scripts as script, scripts as scriptAnswer, scripts as scriptDestroy,
  scripts as scriptDrop, scripts as scriptNext };
