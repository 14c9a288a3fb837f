// Sound files by URL. Node's fetch knows neither `file:` nor relative URLs, and libraries load samples by
// both.
//
// A program that fetches what strangers name must not begin to hand out its files because it plays sounds. So
// only what is named as a sound is read; everything else is answered as forbidden.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TYPES = new Map([['.wav', 'audio/wav'], ['.wave', 'audio/wav'], ['.mp3', 'audio/mpeg'],
  ['.flac', 'audio/flac'], ['.ogg', 'audio/ogg'], ['.oga', 'audio/ogg'], ['.opus', 'audio/ogg'],
  ['.aif', 'audio/aiff'], ['.aiff', 'audio/aiff'], ['.aifc', 'audio/aiff'], ['.au', 'audio/basic'],
  ['.caf', 'audio/x-caf']]);

// What relative URLs are relative to: the working directory, as the page's address in a browser.
export const base = () => pathToFileURL(`${process.cwd()}/`);

function answer(url, body, status, statusText, type) {
  const response = new Response(body, { status, statusText, headers: { 'content-type': type } });
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}

async function fetchFile(url, init) {
  const refuse = (status, words) => answer(url, `wavepool/polyfill: ${url.href}: ${words}\n`, status, words,
    'text/plain');
  const method = String(init?.method ?? 'GET').toUpperCase();
  if (method !== 'GET') return refuse(405, 'files are only read');
  if (url.host !== '') return refuse(403, 'a file of another machine');
  const type = TYPES.get(extname(url.pathname).toLowerCase());
  if (type === undefined) return refuse(403, 'not named as a sound');
  try {
    const bytes = await readFile(fileURLToPath(url), { signal: init?.signal ?? undefined });
    return answer(url, bytes, 200, 'OK', type);
  } catch (error) {
    if (error.name === 'AbortError') throw init.signal.reason;
    return refuse(error.code === 'ENOENT' ? 404 : 403, error.code ?? error.message);
  }
}

const network = globalThis.fetch;

// fetch, and sounds from files.
export function fetch(input, init = undefined) {
  if (typeof input !== 'string' && !(input instanceof URL)) return network(input, init);
  let url;
  try {
    url = new URL(input, base());
  } catch {
    return network(input, init); // which says what is wrong with it
  }
  return url.protocol === 'file:' ? fetchFile(url, init) : network(url, init);
}
