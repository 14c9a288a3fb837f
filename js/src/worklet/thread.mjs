// The Worker that an AudioWorkletGlobalScope lives in, seen from the thread of its context; and the channels
// between the two. The thread does not keep the process alive by itself.
import { MessageChannel, Worker } from 'node:worker_threads';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveObjectURL } from 'node:buffer';

const hidden = (value) => ({ value, writable: true, configurable: true });

// Two entangled ports: ours, and the one to be transferred. A port with a listener keeps the event loop
// alive, as everywhere in Node, until its owner is at rest; for as long it also holds its owner, since who
// listens still wants to hear, and is one of owner.listening.
export function channel(owner) {
  const { port1, port2 } = new MessageChannel();
  const { ref, unref } = port1;
  const reference = new WeakRef(owner);
  const leave = () => {
    port1.held?.listening.delete(port1);
    port1.held = undefined;
  };
  Object.defineProperties(port1, {
    held: hidden(undefined),
    ref: hidden(() => {
      const alive = reference.deref();
      if (alive === undefined || alive.isAtRest) return;
      port1.held = alive;
      alive.listening.add(port1);
      ref.call(port1);
    }),
    unref: hidden(() => {
      leave();
      unref.call(port1);
    }),
  });
  port1.once('close', leave);
  return [port1, port2];
}

const isUrl = (text) => /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[a-z]:[\\/]/i.test(text);

// What a browser would resolve against the document's address: a path is one of the working directory.
export function moduleUrl(text) {
  if (isUrl(text)) return new URL(text).href;
  if (isAbsolute(text)) return pathToFileURL(text).href;
  return new URL(text, pathToFileURL(`${process.cwd()}/`)).href;
}

// A Blob is known to this thread alone.
export async function blobText(url) {
  const blob = resolveObjectURL(url);
  if (blob === undefined) throw new Error(`${url} is not there`);
  return blob.text();
}

// The scope compiles modules by itself, as modules, whatever a package.json says.
const FLAGS = ['--experimental-vm-modules', '--no-warnings'];

export class Thread {
  // receive(message), ended(error or undefined): called in tasks; they should not hold what holds the thread.
  constructor(data, transferList, receive, ended) {
    this.worker = new Worker(new URL('./worker.mjs', import.meta.url),
      { workerData: data, transferList, execArgv: FLAGS, name: 'AudioWorklet' });
    let failure;
    this.worker.on('message', receive);
    this.worker.on('error', (error) => {
      failure = error;
    });
    this.worker.on('exit', () => ended(failure));
    this.worker.unref();
  }

  post(message, transferList = []) {
    this.worker.postMessage(message, transferList);
  }

  // While somebody waits for an answer.
  keep(isAwaited) {
    if (isAwaited) this.worker.ref();
    else this.worker.unref();
  }

  end() {
    return this.worker.terminate();
  }
}
