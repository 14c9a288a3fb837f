// What navigator.mediaDevices says of sounds: which devices there are, and that this has changed.
import { devices, queueTask } from '#host';
import { idOf } from './sinks.mjs';
import { setHandler, handler } from './events.mjs';
import { illegalConstructor, illegalInvocation } from '../webidl.mjs';
import { TOKEN } from './brands.mjs';

const described = (each) => Object.freeze({ deviceId: idOf(each), groupId: '',
  kind: each.isInput ? 'audioinput' : 'audiooutput', label: each.name, isDefault: each.isDefault,
  maxChannelCount: each.channelCountMax, sampleRate: each.sampleRate });

class MediaDevices extends EventTarget {
  #state = { wrapper: this, handlers: null, isTarget: true };
  constructor(token = undefined) {
    if (token !== TOKEN) throw illegalConstructor('MediaDevices');
    super();
  }

  async enumerateDevices() {
    if (!(#state in this)) throw illegalInvocation('MediaDevices.enumerateDevices');
    return devices().map(described);
  }

  get ondevicechange() {
    return handler(this.#state, 'devicechange');
  }

  set ondevicechange(value) {
    setHandler(this, this.#state, 'devicechange', value);
  }
}

export const mediaDevices = new MediaDevices(TOKEN);

// Several contexts may tell of one change.
let isTold = false;
export function devicesChanged() {
  if (isTold) return;
  isTold = true;
  queueTask(() => {
    isTold = false;
    mediaDevices.dispatchEvent(new Event('devicechange'));
  });
}
