// The render half in a Worker of Node's.
import { parentPort } from 'node:worker_threads';
import { serve } from '../../src/worklet/renderer.mjs';

const answer = serve((message) => parentPort.postMessage(message), () => performance.timeOrigin + performance.now());
parentPort.on('message', answer);
