// A Worker that renders contexts offline: the render half of the module, told by messages which job to run.
import { renderHalf } from './half.mjs';

export function serve(post, nowMs) {
  let half = null;
  return ({ module, memory, thread, job }) => {
    if (module !== undefined) half = renderHalf(module, memory, thread, nowMs);
    if (job !== undefined) {
      half.webJobRun(job);
      post({ job });
    }
  };
}

if (typeof DedicatedWorkerGlobalScope !== 'undefined' && self instanceof DedicatedWorkerGlobalScope) {
  const answer = serve((message) => self.postMessage(message),
    () => performance.timeOrigin + performance.now());
  self.onmessage = ({ data }) => answer(data);
}
