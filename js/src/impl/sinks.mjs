// What a sinkId means to the engine: '', a device's id, the same with its backend in front, or { type: 'none' }.
import { calls, devices, setText, slots } from '#host';
import { engineError, notSupported } from '../errors.mjs';
import { make as makeSinkInfo } from './audio_sink_info.mjs';

const BACKENDS = ['cubeb', 'jack', 'file', 'null'];
const FREE = ['file', 'null', 'none']; // what they open is not in any list
const LENGTH_MAX = 1000;
const CHANNELS = 2; // where nobody says how many there are
const NOT_SUPPORTED = 2, ENCODING = 7, FAILED = 16, IO = 17;

// { backend, device }; either may be empty
export function deviceOf(sinkId) {
  if (typeof sinkId === 'object') return { backend: 'none', device: '' };
  const [head, ...rest] = sinkId.split(':');
  if (BACKENDS.includes(head)) return { backend: head, device: rest.join(':') };
  return { backend: '', device: sinkId };
}

// What it records from: a device of the backend that plays.
export function inputOf(options, sinkId) {
  if (options === undefined) return {};
  const { channelCount, deviceId } = options;
  if (channelCount < 1 || channelCount > 32) {
    throw notSupported(`AudioContext: input.channelCount is ${channelCount}, its range is [1, 32]`);
  }
  if (deviceId.length >= LENGTH_MAX || deviceId.includes('\0')) throw unknown(deviceId);
  const { backend, device } = deviceOf(deviceId);
  const { backend: other } = deviceOf(sinkId);
  if (backend !== '' && other !== '' && backend !== other && !(backend === 'null' && other === 'none')) {
    throw notSupported(`AudioContext: it cannot play to ${other} and record from ${backend}`);
  }
  return { inputChannels: channelCount, input: device, inputBackend: backend };
}

export const idOf = ({ backend, id }) => (backend === id ? id : `${backend}:${id}`);

function listed(sinkId) {
  const { backend, device } = deviceOf(sinkId);
  const outputs = devices().filter((each) => !each.isInput);
  if (device === '') return outputs.find((each) => backend === '' ? each.backend !== 'null' && each.isDefault
    : each.backend === backend && each.isDefault);
  return outputs.find((each) => each.id === device && (backend === '' || each.backend === backend));
}

// "Sink identifier validation".
export function isKnown(sinkId) {
  if (sinkId === '' || typeof sinkId === 'object') return true;
  if (sinkId.length >= LENGTH_MAX || sinkId.includes('\0')) return false;
  return FREE.includes(deviceOf(sinkId).backend) || listed(sinkId) !== undefined;
}

// The most that it plays.
export function channelsOf(sinkId) {
  if (FREE.includes(deviceOf(sinkId).backend)) return CHANNELS;
  return listed(sinkId)?.channelCountMax ?? CHANNELS;
}

// As the attribute shows it; same: whether that would be the same.
export const shown = (sinkId) => (typeof sinkId === 'object' ? makeSinkInfo(sinkId.type) : sinkId);
export const isSame = (now, wanted) => (typeof now === 'object' && typeof wanted === 'object'
  ? now.type === wanted.type : now === wanted);

// undefined, or why the context cannot play there.
export function switchTo(context, sinkId) {
  const { backend, device } = deviceOf(sinkId);
  setText(`${backend}\0${device}\0`);
  slots[0] = context.pointer;
  calls.contextSetDevice();
  if (slots[0] === 0) return undefined;
  const isDevice = [NOT_SUPPORTED, ENCODING, FAILED, IO].includes(slots[0]);
  const error = engineError();
  return isDevice ? new DOMException(error.message, 'InvalidAccessError') : error;
}

export const unknown = (sinkId) => new DOMException(
  `AudioContext: there is no device '${String(sinkId).slice(0, 100)}'`, 'NotFoundError');
export const isDeviceFailure = (status) => status === FAILED || status === IO;
