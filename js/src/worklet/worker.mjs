// The Worker of an AudioWorklet: makes its global scope, loads modules into it, makes processors, and renders
// the context when it is asked to.
import { performance } from 'node:perf_hooks';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { slots, workletCollect, workletOpen, workletPiece, workletQuantum } from '#host';
import { describe } from './failure.mjs';
import { load } from './modules.mjs';
import { construct } from './processor.mjs';
import { adopt, clock, forget, grow, run, startProcesses } from './process.mjs';
import { install } from './scope.mjs';

const IDLE = 0, RENDERED = 1; // wa_ahead
const SLICE_MS = 2; // then messages have their turn
const PAUSE_MS_MAX = 20;
const { process, setImmediate, setTimeout, clearTimeout, console } = globalThis;
const now = performance.now.bind(performance);
const post = (message) => parentPort.postMessage(message);

// -- messages -----------------------------------------------------------------------------------------------

async function addModule({ number, url, text }) {
  const failure = await load(url, text);
  post({ type: 'module', number, failure });
}

function addProcessor({ id, name, options, port, inputs, outputs }) {
  try {
    const { processor, params } = construct(name, options, port);
    adopt(id, processor, port, params, inputs, outputs);
  } catch (error) {
    adopt(id, null, port, [], inputs, outputs);
    post({ type: 'failed', id, failure: describe(error) });
  }
}

function handle(message) {
  if (message.type === 'module') void addModule(message);
  if (message.type === 'construct') addProcessor(message);
  if (message.type === 'job') renderJob(message);
  if (message.type === 'run') renderAhead(message);
  if (message.type === 'stop') stop();
}

// Before the engine calls a processor that is still on its way. This is in the middle of a quantum: what else
// was sent has its turn after it.
function catchUp() {
  for (let next; (next = receiveMessageOnPort(parentPort)) !== undefined;) {
    const { message } = next;
    if (message.type === 'construct') addProcessor(message);
    else setImmediate(handle, message);
  }
}

// Those whose nodes are gone.
function collect() {
  workletCollect();
  const { 0: count } = slots;
  if (count === 0) return;
  const ids = Array.from(slots.subarray(1, 1 + count));
  for (const id of ids) forget(id);
  post({ type: 'gone', ids });
}

// -- rendering ----------------------------------------------------------------------------------------------

// Messages that were sent before the job come first. Each quantum ends with a microtask checkpoint.
function renderJob({ renderer, frame }) {
  clock.frame = frame;
  const step = () => {
    const end = now() + SLICE_MS;
    do {
      slots[0] = renderer;
      slots[1] = workerData.quantum;
      workletPiece();
      if (slots[0] === 0) {
        collect();
        return;
      }
      if (slots[0] < 0) {
        setTimeout(step, 0); // the main thread has to answer first
        return;
      }
      clock.frame = slots[1];
    } while (now() < end);
    collect();
    setImmediate(step);
  };
  setImmediate(() => setImmediate(step)); // ports that were opened just now have their turn in between
}

let timer;
let immediate = false;
let isRunning = false;
let pauseMs = 1;

function renderAhead({ leadMs, frame }) {
  pauseMs = Math.min(Math.max(Math.floor(leadMs / 5), 1), PAUSE_MS_MAX);
  if (isRunning) return;
  clock.frame = frame;
  isRunning = true;
  if (!immediate) pump();
}

function stop() {
  isRunning = false;
  clearTimeout(timer);
  collect();
}

function pump() {
  immediate = false;
  if (!isRunning) return;
  const end = now() + SLICE_MS;
  let found;
  do {
    workletQuantum();
    found = slots[0];
    if (found === RENDERED) clock.frame = slots[1];
  } while (found === RENDERED && now() < end);
  collect();
  if (found === RENDERED) {
    immediate = true;
    setImmediate(pump);
  } else {
    timer = setTimeout(pump, found === IDLE ? 1 : pauseMs);
  }
}

// -- the beginning ------------------------------------------------------------------------------------------

// What a processor's listener throws is reported, as in a browser, and ends nothing.
const report = (error) => console.error('AudioWorklet: uncaught', error);
process.on('uncaughtException', report);
process.on('unhandledRejection', report);

// Where Node has no such function the checkpoints come after whole quanta.
const checkpoint = process._tickCallback ?? (() => {});
startProcesses({ quantum: workerData.quantum, catchUp, post, checkpoint });
slots[0] = workerData.pointer;
workletOpen(run, grow);
install({ sampleRate: workerData.sampleRate, quantum: workerData.quantum, port: workerData.port, post });
parentPort.on('message', handle);
